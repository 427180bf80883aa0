"""What people call the places of the record, whole: a report names many of them."""

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.places import Region, Station


def division_names(session: Session) -> dict[str, str]:
    """The names of all divisions by code."""
    return _names(session, Region.code, Region.name)


def station_names(session: Session) -> dict[str, str]:
    """The names of all stations by id."""
    return _names(session, Station.id, Station.name)


def _names(
    session: Session, key: InstrumentedAttribute[str], name: InstrumentedAttribute[str]
) -> dict[str, str]:
    return {key: name for key, name in session.execute(select(key, name))}  # noqa: C416 - rows are no pairs to mypy
