"""Before a message is sent again that its carrier may have taken already: ask the carrier what it has.

Only what is certain spares a page: a message that the carrier has, with these words for this phone (a call:
to this phone), that belongs to no other of ours. Two of ours may say the same to the same phone, and the
carrier cannot tell them apart; where another might be meant it is sent: twice is better than never. A carrier
that gives no answer to the question would hardly answer a message, but may take it: then it is asked again
first, a few times.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, text, true
from sqlalchemy.orm import Session

from dispatch.channels.carrier import Carrier, Channel, Remembers, SendResult, SendStatus
from dispatch.claiming import Claim
from dispatch.recording import AWAY
from store.database import Database
from store.incidents import TO_SEND, Notification

#: An attempt may end so long after its message expired: its request, and clocks that differ (ours).
_ENDS_WITHIN_S = 30
#: Without an answer every so many-th attempt sends all the same (ours): some 7 s after the first.
_SENDS_UNANSWERED = 4
_NO_ANSWER = SendResult(
    SendStatus.AMBIGUOUS, failure="the carrier does not say whether it has it; asked again before it is sent"
)


def already_taken(database: Database, carrier: Carrier | None, claim: Claim) -> SendResult | None:
    """What became of the request whose answer was lost, as far as can be known; None: it is to be sent.

    The carrier is asked first and the record after it: whatever the carrier shows was claimed before, so
    its own row is there to be seen.
    """
    since = claim.ambiguous_since
    if since is None or not isinstance(carrier, Remembers):
        return None
    found = carrier.taken(claim.message, since=since)
    if found is None and claim.attempt % _SENDS_UNANSWERED:
        return _NO_ANSWER
    if not found:
        return None
    try:
        with database.read() as session:
            ours = [] if _has_twin(session, claim, since) else _not_of_others(session, claim, found)
    except AWAY:
        return None
    return next((each for each in ours if each.status is not SendStatus.PERMANENT), ours[0] if ours else None)


def _has_twin(session: Session, claim: Claim, since: datetime) -> bool:
    """Whether another message, with the same words for the same phone, may be what the carrier shows.

    The carrier shows no words of a call, so there any other call will do.
    """
    message = claim.message
    # said as the indexes say it
    is_ambiguous = and_(
        text("is_ambiguous"),
        Notification.expires_at >= since - timedelta(seconds=_ENDS_WITHIN_S),
    )
    is_under_way = and_(text(TO_SEND), Notification.status == "sending")
    twins = select(Notification.id).where(
        or_(is_ambiguous, is_under_way),
        Notification.phone == message.phone,
        Notification.body == message.body if message.channel is not Channel.VOICE else true(),
        Notification.carrier == claim.carrier,
        Notification.channel == message.channel,
        Notification.id != message.notification_id,
    )
    return session.scalar(twins.limit(1)) is not None


def _not_of_others(session: Session, claim: Claim, found: Sequence[SendResult]) -> list[SendResult]:
    """Without those that are recorded as another message of ours."""
    others = select(Notification.carrier_id).where(
        Notification.carrier == claim.carrier,
        Notification.carrier_id.in_([each.carrier_id for each in found]),
        Notification.id != claim.message.notification_id,
    )
    known = set(session.scalars(others))
    return [each for each in found if each.carrier_id not in known]
