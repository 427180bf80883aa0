"""One call at a time: a phone that rings, or is spoken on, is busy for everybody else.

A chief whose brigade is sent to seven incidents is called for one of them, and for the next when that
call has ended; the texts go out meanwhile.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from store.incidents import CALLS, TO_SEND, Notification

#: A call that no receipt has ended is taken for ended: it rings for 30 s and speaks twice (ours).
LONGEST_CALL_S = 45
#: What waits for a phone is looked at again so often, so that nobody takes it for forgotten.
AGAIN_S = 1
#: Shown with a call while it waits, and if it is never made.
WHY = "another call to this phone was under way"
_LOCK = 135_008  # any number that nothing else locks; ours


def busy_phones(session: Session, *, now: datetime) -> set[str]:
    """The phones with a call under way, of any process; until the commit no other claims calls."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    is_call = Notification.channel == "voice"
    asked = select(Notification.phone).where(
        text(TO_SEND), is_call, Notification.status == "sending", Notification.claimed_until > now
    )
    rings = select(Notification.phone).where(
        text(CALLS),
        Notification.sent_at > now - timedelta(seconds=LONGEST_CALL_S),
    )
    return {*session.scalars(asked), *session.scalars(rings)}


def put_off(session: Session, calls: Collection[int], now: datetime) -> None:
    """Calls that wait for their phone say so; all that wait come at the same instants, to be compared."""
    again_at = (now + timedelta(seconds=AGAIN_S)).replace(microsecond=0)
    session.execute(
        update(Notification)
        .where(Notification.id.in_(calls))
        .values(next_attempt_at=again_at, failure=WHY)
        .execution_options(synchronize_session=False)
    )
