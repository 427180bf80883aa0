"""A batch is checked whole and written whole: the one way by which district data gets in."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy.orm import Session

from registry.batch import Batch
from registry.borders import misplaced_boundaries
from registry.checking import check
from registry.datum_check import check_datums
from registry.difference import Counts
from registry.faults import DistrictDataError, Fault
from registry.version import bump_version
from registry.world import World, read_world


class Writable(Protocol):
    """What one file's rows change."""

    @property
    def counts(self) -> Counts:
        """How many rows were new, different, or as stored."""

    def write(self, session: Session) -> None:
        """Make the change."""


def checked(session: Session, batch: Batch, *, accept_shift: bool = False) -> World:
    """The registry as it will be with this batch.

    Args:
        session: the transaction.
        batch: what is to be written.
        accept_shift: a person has said that positions which look misread are the right ones.

    Raises DistrictDataError with every fault, in the order of the files and their rows.
    """
    if batch.incomplete:
        raise DistrictDataError(_in_order(batch.faults, batch))
    world = read_world(session, batch)
    misplaced = misplaced_boundaries(batch, world)
    for code in misplaced:  # nothing is held against a boundary that is wrong itself
        del world.boundaries[code]
    faults = [*batch.faults, *misplaced.values(), *check(batch, world)]
    if not accept_shift:
        faults += check_datums(batch, world)
    if faults:
        raise DistrictDataError(_in_order(faults, batch))
    return world


def write(session: Session, changes: Mapping[str, Writable]) -> None:
    """Write what was found in the same transaction; whoever caches the registry sees a new version."""
    for change in changes.values():
        change.write(session)
    if differs(changes):
        bump_version(session)


def differs(changes: Mapping[str, Writable]) -> bool:
    """Tell whether there is anything to write."""
    return any(change.counts.created or change.counts.changed for change in changes.values())


def _in_order(faults: Iterable[Fault], batch: Batch) -> list[Fault]:
    """By file and row, one fault a cell: the first says what has to be corrected first."""
    first: dict[tuple[str | None, int | None, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.file, fault.row, fault.column), fault)
    files = list(batch.files.values())
    return sorted(first.values(), key=lambda f: (files.index(f.file) if f.file in files else -1, f.row or 0))
