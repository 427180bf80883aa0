"""One person's shifts and days off: read, and replaced as a whole with the checks of a load."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from registry.batch import Batch, rows_of
from registry.changes import registry_changes
from registry.version import bump_version, lock_registry
from registry.writing import checked, write
from store.places import Shift

#: How a fault names the list: `shifts:2:from: …` is its second item.
_LIST = "shifts"


def put_shifts(session: Session, person_id: str, items: Sequence[Mapping[str, object]]) -> None:
    """Make a person's shifts exactly these; without any he is always on duty.

    Args:
        session: the transaction, which the caller commits.
        person_id: whose.
        items: by the columns of shifts.csv, without `person_id`.

    Raises DistrictDataError with every fault, counting the items from 1.
    """
    batch = Batch(files={_LIST: _LIST})
    for line, values in enumerate(items, start=1):
        batch.add(_LIST, {**values, "person_id": person_id}, _LIST, line)
    lock_registry(session)
    change = registry_changes(session, batch, checked(session, batch))[_LIST]
    wanted = {(row.weekday, row.on_date, row.from_time) for row in rows_of(batch.shifts)}
    gone = [
        row.id
        for row in shifts_of(session, person_id)
        if (row.weekday, row.on_date, row.from_time) not in wanted
    ]
    write(session, {_LIST: change})
    if gone:
        session.execute(delete(Shift).where(Shift.id.in_(gone)))
        bump_version(session)
    session.expire_all()  # the rows were written past the objects that the session may hold


def shifts_of(session: Session, person_id: str) -> Sequence[Shift]:
    """A person's shifts and days off, as they were given."""
    return session.scalars(select(Shift).where(Shift.person_id == person_id).order_by(Shift.id)).all()
