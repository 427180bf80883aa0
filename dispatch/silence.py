"""Stations that do not answer, or answered and do not come: the next is sent, duty officers are told.

What is new is told at once, a notice for each station. What is repeated is one notice for all stations of
the incident, thins out, and pauses once a duty officer has answered, until something else happens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from dispatch import asking_texts, duty_answers, escalation, messages, paging, telling
from dispatch.describe import has_answered
from dispatch.escalation import Step
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from store.incidents import Assignment, Incident


@dataclass(frozen=True, slots=True)
class _Matter:
    """Something that is told again: which step told it first, and in which words."""

    name: str
    first_step: Step
    text: Callable[..., str]


_NO_ANSWER = _Matter("no_answer", Step.NEXT_STATION, messages.duty_no_answer)
_NOT_ON_SCENE = _Matter("not_on_scene", Step.ASK_PROGRESS, asking_texts.duty_not_on_scene)


@dataclass(frozen=True, slots=True)
class _Beat:
    """One repetition of a matter: the how-manyeth, and since when the matter stands."""

    matter: _Matter
    since: datetime
    time: int

    @property
    def what(self) -> str:
        """The name of its notices."""
        return f"{self.matter.name}:{self.time}"


def no_answer(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    assignment: Assignment,
    due_at: datetime,
    *,
    now: datetime,
) -> None:
    """A station has not answered in time: the next nearest goes, unless too many are silent already."""
    beat = _beat(session, setup, incident, _NO_ANSWER, due_at)
    text = partial(messages.duty_no_answer, others=len(_unanswered(setup, incident, now)) - 1)
    paging.send_next_and_tell(
        session, setup, incident, assignment, beat.what, text, beyond_most=False, now=now
    )


def no_answer_again(
    session: Session, setup: DispatchSetup, incident: Incident, due_at: datetime, *, now: datetime
) -> None:
    """A station is paged again: duty officers hear how many are silent, once in each repetition."""
    beat = _beat(session, setup, incident, _NO_ANSWER, due_at)
    _tell_again(session, setup, incident, beat, _unanswered(setup, incident, now), now)


def not_on_scene(
    session: Session,
    setup: DispatchSetup,
    assignment: Assignment,
    due_at: datetime,
    *,
    attempt: int,
    sends_next: bool,
    now: datetime,
) -> None:
    """A station answered and is not there in time: told; where it says nothing more, the next one goes."""
    incident = assignment.incident
    what = _beat(session, setup, incident, _NOT_ON_SCENE, due_at).what
    text = partial(asking_texts.duty_not_on_scene, attempt=attempt)
    if sends_next:
        paging.send_next_and_tell(
            session, setup, incident, assignment, what, text, beyond_most=False, now=now
        )
    else:
        key = f"{what}:{assignment.id}"
        telling.tell_duty_officers(session, setup, incident, key, text, assignment, now=now)


def not_on_scene_again(
    session: Session, setup: DispatchSetup, incident: Incident, due_at: datetime, *, now: datetime
) -> None:
    """A station is asked again where it is: duty officers hear how many are late, once in each repetition."""
    beat = _beat(session, setup, incident, _NOT_ON_SCENE, due_at)
    _tell_again(session, setup, incident, beat, _late(setup, incident, now), now)


def _beat(
    session: Session, setup: DispatchSetup, incident: Incident, matter: _Matter, due_at: datetime
) -> _Beat:
    since = duty_answers.first_run_at(session, incident.id, matter.first_step) or incident.opened_at
    return _Beat(matter, since, escalation.times(setup.plan.repeat_every_s, since, due_at))


def _tell_again(
    session: Session,
    setup: DispatchSetup,
    incident: Incident,
    beat: _Beat,
    concerned: list[Assignment],
    now: datetime,
) -> None:
    """One notice of all `concerned`, unless this repetition has had one, or a duty officer has answered."""
    if not concerned or not escalation.is_said(beat.time):
        return
    if telling.duty_was_told(session, incident.id, beat.what):
        return
    if duty_answers.silence_was_heard(session, incident.id, since=beat.since):
        return
    text = partial(beat.matter.text, others=len(concerned) - 1, attempt=beat.time)
    telling.tell_duty_officers(session, setup, incident, beat.what, text, concerned[0], now=now)


def _unanswered(setup: DispatchSetup, incident: Incident, now: datetime) -> list[Assignment]:
    """The stations that have had their time to answer and have not, the longest silent first."""
    sent_by = now - timedelta(seconds=setup.plan.next_station_after_s)
    rows = [row for row in incident.assignments if not has_answered(row) and row.declined_at is None]
    return [row for row in rows if row.created_at <= sent_by]


def _late(setup: DispatchSetup, incident: Incident, now: datetime) -> list[Assignment]:
    """The stations that come and should have been there by now."""
    coming = [row for row in incident.assignments if has_answered(row) and row.declined_at is None]
    rows = [row for row in coming if row.on_scene_at is None and row.cleared_at is None]
    targets = {tier: timedelta(seconds=setup.plan.of(tier).target_response_s) for tier in Tier}
    return [row for row in rows if row.created_at + targets[Tier(row.tier)] <= now]
