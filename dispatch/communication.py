"""The communication test: every chief is asked to answer a marked message, and who does not is listed.

It is no incident and enters no figure of response. Its messages never hold up a page: they are spread
over time, and whatever the outbox holds that is urgent goes first.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch import communication_results, outbox, troubles, watch_texts
from dispatch.duty import Contact
from dispatch.errors import ConflictError, NotFoundError
from dispatch.outbox import Draft
from dispatch.plan import ResponsePlan
from dispatch.roster import Roster
from dispatch.selection import StationCard
from dispatch.setup import DispatchSetup
from dispatch.values import PersonRole
from store.database import Database
from store.incidents import Notification
from store.places import Person
from store.reliability import CommunicationTest

PURPOSE, SUMMARY = "communication_test", "communication_summary"
#: Who has not answered by then counts as not reached (ours).
LASTS = timedelta(hours=2)
#: One message every so often: of the hundred that can be under way at once a page always finds room (ours).
STEP = timedelta(seconds=0.2)
#: So many are written in one round, which comes every two seconds: an alarm never waits long for SQLite's
#: only writer, and they are written twice as fast as they are sent.
WRITTEN_AT_ONCE = 20
#: A late answer is taken for so long, although the test is over (ours).
ANSWERED_WITHIN = timedelta(days=1)
#: Who started the test of a month.
BY_ITSELF = "plan"


def start(
    session: Session,
    setup: DispatchSetup,
    region: str | None,
    *,
    started_by: str,
    now: datetime,
    month: str | None = None,
) -> CommunicationTest:
    """Begin to ask every chief of an active station, of one region where it is given; `run` writes to them.

    Who is on leave is not asked. The test of a month leaves out whom another test asks already. Raises
    NotFoundError for an unknown region, ConflictError where nobody could be asked or where a test is
    running that asks some of them.
    """
    troubles.take_turn(session)  # two that begin at once see each other
    roster = setup.roster.get(session)
    if region is not None and roster.tree.get(region) is None:
        raise NotFoundError(f"region {region}: not in the registry")
    chiefs = [
        chief.id
        for card, chief in _chiefs(roster)
        if (region is None or roster.tree.contains(region, card.region_code))
        and chief.on_leave_until(now) is None
    ]
    for other in running(session, now=now):
        left = [chief for chief in chiefs if chief not in other.person_ids]
        if month is None and len(left) < len(chiefs):
            raise ConflictError(
                f"communication test {other.id}: asks the same people until {other.ends_at.isoformat()}"
            )
        chiefs = left
    if not chiefs:
        raise ConflictError(
            "no active station there has a chief to ask who is not on leave; add one to people.csv"
        )
    test = CommunicationTest(
        started_at=now,
        ends_at=now + LASTS,
        region_code=region,
        started_by=started_by,
        month=month,
        person_ids=chiefs,
    )
    session.add(test)
    session.flush()
    return test


def take_answer(session: Session, people: Sequence[Person], *, now: datetime) -> bool:
    """Somebody has texted back while no incident needs his word; False where no test asked him."""
    since = select(CommunicationTest.id).where(CommunicationTest.started_at > now - ANSWERED_WITHIN)
    asked = select(Notification).where(
        Notification.communication_test_id.in_(since),
        Notification.person_id.in_([person.id for person in people]),
    )
    rows = session.scalars(asked.order_by(Notification.id).with_for_update()).all()
    for row in rows:
        row.answered_at = row.answered_at or now
    return bool(rows)


def run(database: Database, setup: DispatchSetup, *, now: datetime) -> bool:
    """Begin the test of the month when its hour has come, write messages, tell how each test ended.

    Of any number of processes one does it. Returns whether something is to be sent.
    """
    month = due_month(setup.plan, setup.zone, now)
    with database.read() as session:
        is_due = month is not None and _is_first(session, month, setup.zone, now)
        over = list(session.scalars(_over(now)))
    if is_due:
        _begin(database, setup, month, now)
    has_written = _write_next(database, setup, now)
    for test_id in over:
        with database.begin() as session:
            if _claim(session, test_id, now):
                _tell_end(session, setup, session.get_one(CommunicationTest, test_id), now)
    return has_written or bool(over)


def due_month(plan: ResponsePlan, zone: ZoneInfo, now: datetime) -> str | None:
    """The month (`2026-12`) whose test begins in this hour of local time; None at any other time."""
    local = now.astimezone(zone)
    is_due = (local.day, local.hour) == (plan.communication_test_day, plan.communication_test_hour)
    return f"{local:%Y-%m}" if is_due else None


def running(session: Session, *, now: datetime) -> list[CommunicationTest]:
    """The tests that still wait for answers."""
    return list(session.scalars(select(CommunicationTest).where(CommunicationTest.ends_at > now)))


def _chiefs(roster: Roster) -> list[tuple[StationCard, Contact]]:
    return [
        (card, person)
        for card in roster.stations
        for person in card.people
        if person.role is PersonRole.CHIEF
    ]


def _write_next(database: Database, setup: DispatchSetup, now: datetime) -> bool:
    """Write the next messages of every running test, each test in a transaction of its own."""
    with database.read() as session:
        drafts = [_next_drafts(session, setup, test, now) for test in running(session, now=now)]
    for some in filter(None, drafts):
        with database.begin() as session:
            for draft in some:
                outbox.enqueue(session, setup, draft, now=now)
    return any(drafts)


def _next_drafts(
    session: Session, setup: DispatchSetup, test: CommunicationTest, now: datetime
) -> list[Draft]:
    """Who is no chief any more is not asked."""
    asked = select(Notification.person_id).where(Notification.communication_test_id == test.id)
    written = set(session.scalars(asked))
    if written.issuperset(test.person_ids):
        return []
    chiefs = {chief.id: (card, chief) for card, chief in _chiefs(setup.roster.get(session))}
    drafts = (
        Draft(
            to=chiefs[chief_id][1],
            purpose=PURPOSE,
            body=watch_texts.communication_test(chiefs[chief_id][0].name, chiefs[chief_id][1].language),
            key=f"{PURPOSE}:{test.id}",
            communication_test_id=test.id,
            at=max(now, test.started_at + number * STEP),
        )
        for number, chief_id in enumerate(test.person_ids)
        if chief_id in chiefs and chief_id not in written
    )
    return list(islice(drafts, WRITTEN_AT_ONCE))


def _is_first(session: Session, month: str, zone: ZoneInfo, now: datetime) -> bool:
    """Whether nobody has begun it; a service that has no older message has just been set up."""
    begun = session.scalar(select(CommunicationTest.id).where(CommunicationTest.month == month))
    oldest = session.scalar(select(Notification.created_at).order_by(Notification.id).limit(1))
    hour_began_at = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    return begun is None and oldest is not None and oldest < hour_began_at


def _begin(database: Database, setup: DispatchSetup, month: str | None, now: datetime) -> None:
    # another process may be faster, or there may be nobody to ask
    with suppress(IntegrityError, ConflictError), database.begin() as session:
        start(session, setup, None, started_by=BY_ITSELF, now=now, month=month)


def _over(now: datetime) -> Select[int]:
    return select(CommunicationTest.id).where(
        CommunicationTest.ends_at <= now, CommunicationTest.told_at.is_(None)
    )


def _claim(session: Session, test_id: int, now: datetime) -> bool:
    claimed = (
        update(CommunicationTest)
        .where(CommunicationTest.id == test_id, CommunicationTest.told_at.is_(None))
        .values(told_at=now)
        .returning(CommunicationTest.id)
    )
    return session.scalar(claimed) is not None


def _tell_end(session: Session, setup: DispatchSetup, test: CommunicationTest, now: datetime) -> None:
    """One message to the duty officers of the region, or of each district about its own chiefs."""
    roster = setup.roster.get(session)
    asked = communication_results.results(session, setup, test)
    for place in [test.region_code] if test.region_code else roster.tree.codes_of_level("district"):
        theirs = [
            one for one in asked if one.station and roster.tree.contains(place, one.station.region_code)
        ]
        silent = [one.name for one in theirs if one.answered_at is None]
        codes = (place, *roster.tree.ancestors(place))
        for officer in roster.duty_officers(codes, now, setup.zone) if theirs else ():
            body = watch_texts.communication_summary(
                len(theirs), len(theirs) - len(silent), silent, officer.language
            )
            draft = Draft(to=officer, purpose=SUMMARY, body=body, key=f"{SUMMARY}:{test.id}:{place}")
            outbox.enqueue(session, setup, draft, now=now)
