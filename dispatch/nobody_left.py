"""Say that help runs out: no station of a tier is left to send, or all that were sent are silent.

Thin verbs in the caller's transaction.
"""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from dispatch import asking_texts, journal, messages, steps, telling
from dispatch.escalation import Step
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from store.incidents import Incident


def ensure_duty_repeat(session: Session, setup: DispatchSetup, incident: Incident, *, now: datetime) -> None:
    """See to it that the duty officer is told again, every so often, that no station can be sent."""
    steps.write_once(
        session, incident.id, Step.DUTY_REPEAT, now + timedelta(seconds=setup.plan.repeat_every_s)
    )


def say_no_station_left(
    session: Session, setup: DispatchSetup, incident: Incident, tier: Tier, now: datetime
) -> None:
    """Every station of a tier was sent or is out of service: the duty officer hears it until he answers."""
    journal.record(session, incident.id, "no_station_left", at=now, recorded_at=now, tier=tier)
    ensure_duty_repeat(session, setup, incident, now=now)
    text = partial(messages.duty_no_station_left, tier=tier)
    telling.tell_duty_officers(session, setup, incident, f"no_station_left:{tier}", text, now=now)


def say_stations_silent(
    session: Session, setup: DispatchSetup, incident: Incident, tier: Tier, now: datetime
) -> None:
    """Once for each tier: paging goes on, but no further station is sent for silence alone."""
    what = f"stations_silent:{tier}"
    if telling.duty_was_told(session, incident.id, what):
        return
    journal.record(session, incident.id, "stations_silent", at=now, recorded_at=now, tier=tier)
    text = partial(asking_texts.duty_stations_silent, tier=tier)
    telling.tell_duty_officers(session, setup, incident, what, text, now=now)
