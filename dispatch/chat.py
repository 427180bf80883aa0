"""Notices to group chats, through the outbox like everything else. A robot is nobody: it never answers.

A chat has readers whom we do not know, so nothing personal goes there: homes are named by their address
rather than by a family, and no phone number leaves.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from phonenumbers import PhoneNumberMatcher
from sqlalchemy.orm import Session

from dispatch import messages, outbox
from dispatch.channels.carrier import Channel
from dispatch.describe import facts_of, regions_of
from dispatch.duty import Contact
from dispatch.messages import IncidentFacts
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup, Robot
from dispatch.values import PersonRole
from store.incidents import Incident

#: A chat has one language.
_LANGUAGE = "zh"
#: Uses of premises that are somebody's home, and may be named after a family.
_HOMES = ("self_built", "rental")
_LEFT_OUT = "…"


def post(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    what: str,
    text: Callable[[IncidentFacts, str], str],
    *,
    now: datetime,
    station_name: str | None = None,
    purpose: str = "chat",
) -> None:
    """One notice to every robot of the incident's divisions; `what` makes it unique."""
    robots = _robots_of(setup, incident)
    if not robots:
        return
    body = _without_phones(text(_facts(incident, station_name), _LANGUAGE))
    for robot in robots:
        draft = Draft(
            to=_as_contact(robot),
            purpose=purpose,
            body=body,
            key=f"chat:{incident.id}:{what}",
            channel=Channel.CHAT,
            incident_id=incident.id,
        )
        outbox.enqueue(session, setup, draft, now=now, carrier=robot.name)


def post_opening(session: Session, setup: DispatchSetup, incident: Incident, *, now: datetime) -> None:
    """A new incident: where, what sounded, and who is sent."""
    roster = setup.roster.get(session)
    sent = [roster.station(assignment.station_id) for assignment in incident.assignments]
    names = [card.name for card in sent if card is not None]
    post(session, setup, incident, "opened", partial(messages.opened, stations=names), now=now)


def _robots_of(setup: DispatchSetup, incident: Incident) -> list[Robot]:
    """A place in no division that we know is everybody's."""
    codes = regions_of(incident)
    return [robot for robot in setup.robots if robot.region is None or not codes or robot.region in codes]


def _facts(incident: Incident, station_name: str | None) -> IncidentFacts:
    facts = facts_of(incident, station_name=station_name)
    is_home = incident.premises is not None and incident.premises.use in _HOMES
    return replace(facts, place=facts.address) if is_home and facts.address else facts


def _without_phones(text: str) -> str:
    for found in reversed(list(PhoneNumberMatcher(text, "CN"))):
        text = text[: found.start] + _LEFT_OUT + text[found.end :]
    return text


def _as_contact(robot: Robot) -> Contact:
    return Contact(robot.name, robot.name, robot.name, PersonRole.MEMBER, rank=1, language=_LANGUAGE)
