"""The division tree of the database, kept in memory until the registry changes."""

from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, select
from sqlalchemy.orm import Session

from geo.point import Point
from geo.regions import Division, DivisionTree
from registry.version import read_version
from store.places import Boundary, Region

#: The newest tree of each open database with the registry version it shows; gone with its pool.
_trees: WeakKeyDictionary[Pool, tuple[int, DivisionTree]] = WeakKeyDictionary()


def load_tree(session: Session) -> DivisionTree:
    """The divisions at the registry's present version; read again only when that has grown.

    A transaction that changes the registry itself asks `read_tree`: what it may still roll back
    must not be remembered for others.
    """
    version = read_version(session)
    bind = session.get_bind()
    pool = (bind.engine if isinstance(bind, Connection) else bind).pool
    cached = _trees.get(pool)
    if cached is None or cached[0] != version:
        cached = (version, read_tree(session))
        _trees[pool] = cached
    return cached[1]


def read_tree(session: Session) -> DivisionTree:
    """The divisions as this transaction sees them, its own changes included."""
    divisions = [
        Division(code, name, level, parent_code, None if lon is None or lat is None else Point(lon, lat))
        for code, name, level, parent_code, lon, lat in session.execute(
            select(Region.code, Region.name, Region.level, Region.parent_code, Region.lon, Region.lat)
        )
    ]
    boundaries = session.execute(select(Boundary.region_code, Boundary.geometry)).tuples()
    return DivisionTree(divisions, dict(boundaries.all()))
