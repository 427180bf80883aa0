"""The short help to a phone whose text was not understood, and what keeps two robots from looping."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch import messages, outbox
from dispatch.duty import Contact
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.incidents import Reply
from store.places import Person

#: The short help goes out at most this often to one phone (contract section 7).
HELP_EVERY_S = 60
#: So often it goes to one phone within an hour without a valid answer between; then whoever writes from
#: there does not read it, an automatic reply above all (ours).
HELP_AT_MOST = 5
HELP_WITHIN_S = 3600


def send_help(
    session: Session,
    setup: DispatchSetup,
    reply: Reply,
    people: Sequence[Person],
    codes: Sequence[str],
    *,
    now: datetime,
) -> bool:
    """Say how to answer; False where the phone has had the help often enough.

    `people` are those whose phone it is; `codes` the incidents that are open for them.
    """
    language = people[0].language if people else "zh"
    return say(session, setup, reply, people, messages.help_text(language, codes=codes), now=now)


def say(
    session: Session,
    setup: DispatchSetup,
    reply: Reply,
    people: Sequence[Person],
    body: str,
    *,
    now: datetime,
) -> bool:
    """Say what was wrong with a text, as rarely as the short help; False where that was often enough."""
    if _had_enough(session, reply.phone, reply.received_at):
        return False
    text_back(session, setup, reply, people, "help", body, now=now)
    return True


def text_back(
    session: Session,
    setup: DispatchSetup,
    reply: Reply,
    people: Sequence[Person],
    purpose: str,
    body: str,
    *,
    now: datetime,
) -> None:
    """Answer a text at the phone it came from, once."""
    to = Contact(
        id=people[0].id if people else f"phone:{reply.phone}",
        name=people[0].name if people else reply.phone,
        phone=reply.phone,
        role=PersonRole.MEMBER,
        rank=1,
        language=people[0].language if people else "zh",
    )
    key = f"{purpose}:{reply.carrier}:{reply.carrier_message_id}"
    outbox.enqueue(session, setup, Draft(to=to, purpose=purpose, body=body, key=key), now=now)


def _had_enough(session: Session, phone: str, at: datetime) -> bool:
    if _helped_since(session, phone, at - timedelta(seconds=HELP_EVERY_S)):
        return True
    an_hour_ago = at - timedelta(seconds=HELP_WITHIN_S)
    valid = select(func.max(Reply.received_at)).where(Reply.phone == phone, Reply.result == "accepted")
    return (
        _helped_since(session, phone, max(an_hour_ago, session.scalar(valid) or an_hour_ago)) >= HELP_AT_MOST
    )


def _helped_since(session: Session, phone: str, since: datetime) -> int:
    helped = select(func.count()).where(
        Reply.phone == phone, Reply.result == "help_sent", Reply.received_at > since
    )
    return session.scalar(helped) or 0
