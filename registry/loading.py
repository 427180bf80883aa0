"""Load district data: a folder of CSV files or one XLSX, all of it or nothing.

An alarm waits for whoever writes, on SQLite for anybody. So everything is read, checked and compared
in a snapshot, and what has to be written goes in one short transaction afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.batch import Batch, rows_of
from registry.cards import card_change
from registry.changes import registry_changes
from registry.difference import Counts
from registry.faults import DistrictDataError, Fault
from registry.history import history_change, stored_parts
from registry.outside import rows_outside
from registry.reading import read_district
from registry.remarks import Remark, remarks_on
from registry.version import lock_registry, read_version
from registry.world import mentioned
from registry.writing import Writable, checked, differs, write
from store.database import Database

#: So often others may change the registry while it is compared; then they have to wait.
_SNAPSHOTS = 3
#: Who changed a card that a load changed.
_LOAD = "load"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did, by file as it was named; with faults, nothing at all."""

    counts: Mapping[str, Counts] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Remark, ...] = ()
    dry_run: bool = False

    def lines(self) -> list[str]:
        """The report for people, one line a file."""
        lines = [
            f"{file}: created {counts.created}, changed {counts.changed}, unchanged {counts.unchanged}"
            for file, counts in self.counts.items()
        ]
        return [*lines, "dry run: nothing was written"] if self.dry_run and not self.faults else lines


@dataclass(frozen=True, slots=True)
class _Load:
    """One load under way."""

    database: Database
    batch: Batch
    accept_shift: bool
    region: str | None
    now: datetime

    def find(self) -> dict[str, Writable]:
        """What would be changed. Raises DistrictDataError."""
        with self.database.snapshot() as session:
            return self._compare(session)

    def carry_out(self) -> dict[str, Writable]:
        """Change it, and say what. Raises DistrictDataError."""
        for _ in range(_SNAPSHOTS):
            with self.database.snapshot() as session:
                basis = self._basis(session)
                changes = self._compare(session)
            if not differs(changes) or self._write(changes, basis):
                return changes
        with self.database.begin() as session:
            lock_registry(session)
            changes = self._compare(session)
            write(session, changes)
        return changes

    def _compare(self, session: Session) -> dict[str, Writable]:
        world = checked(session, self.batch, accept_shift=self.accept_shift)
        if self.region is not None:
            outside = list(rows_outside(session, self.batch, world, self.region))
            if outside:
                raise DistrictDataError(outside)
        return {
            **registry_changes(session, self.batch, world),
            "cards": card_change(session, rows_of(self.batch.cards), actor=_LOAD, now=self.now),
            "responses": history_change(session, self.batch, world, self.now),
        }

    def _basis(self, session: Session) -> object:
        """What a comparison rests on: equal as long as it still holds."""
        # persons correct the milestones of past incidents, too, and that is no change of the registry
        parts = stored_parts(session, mentioned(self.batch.responses, "incident_id"))
        return read_version(session), parts

    def _write(self, changes: dict[str, Writable], basis: object) -> bool:
        """Write in one transaction; False, and nothing is written, when the basis has changed."""
        try:
            with self.database.begin() as session:
                lock_registry(session)
                holds = self._basis(session) == basis
                if holds:
                    write(session, changes)
        except IntegrityError:  # a device of ours has spoken unregistered, which counts no version
            return False
        return holds


def load(
    database: Database,
    path: Path,
    *,
    dry_run: bool = False,
    accept_shift: bool = False,
    region: str | None = None,
    now: datetime,
) -> LoadReport:
    """Check every row of every file, then write all of them in one transaction, or none.

    Args:
        database: where to.
        path: a folder of CSV files, or an XLSX file.
        dry_run: check and count only.
        accept_shift: take positions that all moved as a wrong datum would move them.
        region: whoever loads is bound to it: rows elsewhere are faults. None loads everywhere.
        now: the instant of the load, for what it corrects in past incidents.
    """
    batch = read_district(path)
    started = _Load(database, batch, accept_shift, region, now)
    try:
        changes = started.find() if dry_run or batch.faults else started.carry_out()
    except DistrictDataError as refused:
        return LoadReport(faults=refused.faults, dry_run=dry_run)
    counts = {file: changes[kind].counts for kind, file in batch.files.items()}
    return LoadReport(counts=counts, remarks=remarks_on(batch, changes), dry_run=dry_run)
