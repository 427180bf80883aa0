"""Load district data: a folder of CSV files or one XLSX, all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from registry.changes import registry_changes
from registry.difference import Counts
from registry.faults import DistrictDataError, Fault
from registry.history import history_change
from registry.reading import read_district
from registry.version import lock_registry
from registry.writing import Writable, checked, write
from store.database import Database


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did, by file as it was named; with faults, nothing at all."""

    counts: Mapping[str, Counts] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    dry_run: bool = False

    def lines(self) -> list[str]:
        """The report for people, one line a file."""
        lines = [
            f"{file}: created {counts.created}, changed {counts.changed}, unchanged {counts.unchanged}"
            for file, counts in self.counts.items()
        ]
        return [*lines, "dry run: nothing was written"] if self.dry_run and not self.faults else lines


def load(
    database: Database, path: Path, *, dry_run: bool = False, accept_shift: bool = False, now: datetime
) -> LoadReport:
    """Check every row of every file, then write all of them in one transaction, or none.

    Args:
        database: where to.
        path: a folder of CSV files, or an XLSX file.
        dry_run: check and count only.
        accept_shift: take positions that all moved as a wrong datum would move them.
        now: the instant of the load, for what it corrects in past incidents.
    """
    batch = read_district(path)
    writes = not dry_run and not batch.faults
    try:
        with database.begin() if writes else database.read() as session:
            if writes:
                lock_registry(session)
            world = checked(session, batch, accept_shift=accept_shift)
            changes: dict[str, Writable] = {**registry_changes(session, batch, world)}
            changes["responses"] = history_change(session, batch, world, now)
            if writes:
                write(session, changes)
    except DistrictDataError as refused:
        return LoadReport(faults=refused.faults, dry_run=dry_run)
    counts = {file: changes[kind].counts for kind, file in batch.files.items()}
    return LoadReport(counts=counts, dry_run=dry_run)
