"""What needs a human now: told from the facts of the open incidents, the villages and the service. Pure.

The plan goes on by itself meanwhile: nothing here sends or schedules anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch import attention_texts
from dispatch.plan import ResponsePlan
from dispatch.readiness_texts import Words
from dispatch.values import HandoverStatus


class NeedKind(StrEnum):
    """Why somebody has to act, the most urgent first."""

    SERVICE_FAILS = "service_fails"
    NOBODY_LEFT = "nobody_left"
    NOBODY_REACHED = "nobody_reached"
    NO_ANSWER = "no_answer"
    HANDOVER_OPEN = "handover_open"
    PLACE_UNKNOWN = "place_unknown"
    MESSAGES_LATE = "messages_late"
    VILLAGE_DARK = "village_dark"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An open incident, as far as it matters here.

    Of the stations `sent`, so many have `answered` and not declined since, so many have `declined`, and
    so many neither answered nor can be reached: each of their messages failed, or they had none.
    """

    id: str
    code: str
    place: str
    #: Name of its village, or of the town where no village is known.
    area: str | None
    drill: bool
    opened_at: datetime
    is_placed: bool
    #: A HandoverStatus.
    handover: str
    handover_at: datetime | None
    sent: int
    answered: int
    declined: int
    unreached: int


@dataclass(frozen=True, slots=True)
class DarkVillage:
    """A village most of whose devices fell silent together."""

    code: str
    name: str
    since: datetime
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class ServiceFault:
    """A part of the service that stands still, in words; `delays` where only messages come late."""

    words: Words
    delays: bool


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that somebody has to see to. `since` None: the record does not show it."""

    kind: NeedKind
    words: Words
    since: datetime | None = None
    incident: OpenIncident | None = None
    village: DarkVillage | None = None


def find(
    plan: ResponsePlan,
    incidents: Iterable[OpenIncident],
    villages: Iterable[DarkVillage],
    faults: Iterable[ServiceFault],
    now: datetime,
) -> list[Need]:
    """Everything that needs somebody, the most urgent first and the oldest first of a kind; drills last."""
    needs = [need for incident in incidents for need in _of_incident(plan, incident, now)]
    needs += [_dark(village) for village in villages if village.taken_by is None]
    needs += [
        Need(NeedKind.MESSAGES_LATE if fault.delays else NeedKind.SERVICE_FAILS, fault.words)
        for fault in faults
    ]
    urgency = list(NeedKind)
    return sorted(needs, key=lambda need: (_is_drill(need), urgency.index(need.kind), need.since or now))


def _is_drill(need: Need) -> bool:
    return need.incident is not None and need.incident.drill


def _of_incident(plan: ResponsePlan, incident: OpenIncident, now: datetime) -> Iterator[Need]:
    if (kind := _who_comes(plan, incident, now)) is not None:
        yield Need(kind, attention_texts.WORDS[kind], incident.opened_at, incident)
    if _is_not_accepted(plan, incident, now):
        words = attention_texts.handover_open(plan.handover_accept_within_s, incident.handover)
        yield Need(NeedKind.HANDOVER_OPEN, words, incident.handover_at, incident)
    if not incident.is_placed:
        words = attention_texts.WORDS[NeedKind.PLACE_UNKNOWN]
        yield Need(NeedKind.PLACE_UNKNOWN, words, incident.opened_at, incident)


def _who_comes(plan: ResponsePlan, incident: OpenIncident, now: datetime) -> NeedKind | None:
    """None where a station has answered, or may yet before its chief is rung up."""
    if incident.answered:
        return None
    if incident.sent == incident.declined:
        return NeedKind.NOBODY_LEFT
    if incident.sent == incident.declined + incident.unreached:
        return NeedKind.NOBODY_REACHED
    is_silent = now - incident.opened_at >= timedelta(seconds=plan.voice_after_s)
    return NeedKind.NO_ANSWER if is_silent else None


def _is_not_accepted(plan: ResponsePlan, incident: OpenIncident, now: datetime) -> bool:
    if incident.handover == HandoverStatus.REJECTED:
        return True
    if incident.handover != HandoverStatus.SENT or incident.handover_at is None:
        return False
    return now - incident.handover_at >= timedelta(seconds=plan.handover_accept_within_s)


def _dark(village: DarkVillage) -> Need:
    return Need(
        NeedKind.VILLAGE_DARK, attention_texts.village_dark(village.name), village.since, village=village
    )
