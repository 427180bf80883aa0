"""Write what falls due, in the caller's transaction; `escalate` takes it when its time comes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.escalation import Due, Step
from store.direct import later, table_of
from store.incidents import DueStep

# past the ORM: an alarm waits for every row that it writes, and these are many
_INSERT = insert(table_of(DueStep))


def write(session: Session, incident_id: str, due: Due, *, assignment_id: int | None = None) -> None:
    """Write a due step."""
    write_all(session, incident_id, [(due, assignment_id)])


def write_all(session: Session, incident_id: str, steps: Sequence[tuple[Due, int | None]]) -> None:
    """Write due steps, of assignments or of the incident itself, in one statement."""
    rows = [
        {
            "incident_id": incident_id,
            "assignment_id": assignment_id,
            "step": due.step,
            "round": due.round,
            "due_at": due.due_at,
        }
        for due, assignment_id in steps
    ]
    later(session, _INSERT, *rows)


def write_once(
    session: Session, incident_id: str, step: Step, at: datetime, *, assignment_id: int | None = None
) -> Due | None:
    """Write the next round of a step; None where one waits already."""
    mine = (
        DueStep.incident_id == incident_id,
        DueStep.assignment_id == assignment_id,
        DueStep.step == step,
    )
    last = session.scalar(select(DueStep).where(*mine).order_by(DueStep.round.desc()).limit(1))
    if last is not None and last.outcome is None:
        return None
    due = Due(step, at, last.round + 1 if last else 1)
    write(session, incident_id, due, assignment_id=assignment_id)
    return due
