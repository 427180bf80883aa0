"""Send what is due without threads: what the sender and the loop beside it do, one after the other."""

from collections.abc import Mapping
from datetime import datetime
from threading import Event

from sqlalchemy.orm import Session

from dispatch import centre_queue, centre_sender, claiming
from dispatch.centre_line import Line
from dispatch.channels.carrier import Carrier
from dispatch.claiming import Claim
from dispatch.overdue import Overdue
from dispatch.recording import Recorder
from dispatch.sender import send_one
from dispatch.setup import DispatchSetup
from store.database import Database
from tests.clock import ManualClock


def claim_due(session: Session, *, now: datetime, limit: int = 100) -> list[Claim]:
    """Up to `limit` messages of every route."""
    routes = claiming.due_routes(session, now=now)
    return [
        claim
        for route in routes
        for claim in claiming.claim(session, route, now=now, limit=limit, under_way=())
    ]


def see_to_overdue(database: Database, setup: DispatchSetup, clock: ManualClock) -> None:
    """One round of the loop that looks after what a carrier has and has not delivered."""
    Overdue(database, setup, list, now=clock.now, wake_sender=Event().set).look()


def send_due(
    database: Database, setup: DispatchSetup, carriers: Mapping[str, Carrier], clock: ManualClock
) -> None:
    """Everything that is due, and what follows from it at once."""
    see_to_overdue(database, setup, clock)
    recorder, at_once = Recorder(database, setup), Event()
    at_once.set()
    while True:
        with database.read() as session:
            if not claiming.due_routes(session, now=clock.now()):
                return
        with database.begin() as session:
            claims = claim_due(session, now=clock.now())
        for claim in claims:
            send_one(database, recorder, carriers, claim, clock, giving_up=at_once, heard=lambda *_: None)


def send_due_to_centre(database: Database, line: Line | None, clock: ManualClock) -> int:
    """All that the 119 centre is to be told now; returns how many requests were made."""
    sent = 0
    while True:
        with database.read() as session:
            incident_ids = centre_queue.waiting(session, now=clock.now())
        if not incident_ids:
            return sent
        for incident_id in incident_ids:
            claim = centre_sender.claim_for(database, line, incident_id, clock)
            if claim is not None and line is not None:
                centre_sender.send_one(database, line, claim, clock)
                sent += 1
