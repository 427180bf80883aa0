"""The division tree of the database, kept in memory until the registry changes."""

from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, select
from sqlalchemy.orm import Session

from geo.point import Point
from geo.regions import Division, DivisionTree, Outline
from registry.version import read_version
from store.places import Boundary, Region, Station

#: The newest tree of each open database with the registry version it shows; gone with its pool.
_trees: WeakKeyDictionary[Pool, tuple[int, DivisionTree]] = WeakKeyDictionary()


def load_tree(session: Session) -> DivisionTree:
    """The divisions at the registry's present version; read again only when that has grown.

    Not for a transaction that has changed the registry itself: what it may still roll back must
    not be remembered for others.
    """
    version = read_version(session)
    bind = session.get_bind()
    pool = (bind.engine if isinstance(bind, Connection) else bind).pool
    cached = _trees.get(pool)
    if cached is None or cached[0] != version:
        cached = (version, _read_tree(session))
        _trees[pool] = cached
    return cached[1]


def _read_tree(session: Session) -> DivisionTree:
    """Where a village has neither centre nor boundary, its station says where it is."""
    stations = session.execute(
        select(Station.region_code, Station.lon, Station.lat)
        .where(Station.active)
        .order_by(Station.id.desc())  # the lowest id is kept
    )
    stand_ins = {code: Point(lon, lat) for code, lon, lat in stations if lon is not None and lat is not None}
    return DivisionTree(read_divisions(session), read_outlines(session), stand_ins)


def read_divisions(session: Session) -> list[Division]:
    """The divisions as this transaction sees them, its own changes included."""
    rows = session.execute(
        select(Region.code, Region.name, Region.level, Region.parent_code, Region.lon, Region.lat)
    )
    return [
        Division(code, name, level, parent_code, None if lon is None or lat is None else Point(lon, lat))
        for code, name, level, parent_code, lon, lat in rows
    ]


def read_outlines(session: Session) -> dict[str, Outline]:
    """The boundaries by code as this transaction sees them."""
    return dict(session.execute(select(Boundary.region_code, Boundary.geometry)).all())
