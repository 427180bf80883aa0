"""The communication test: every chief is asked to answer a marked message, and who does not is listed.

It is no incident and enters no figure of response. Its messages never hold up a page: they are spread
over time, and whatever the outbox holds that is urgent goes first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch import communication_results, outbox, watch_texts
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
#: One message every so often: 32 can be under way at once, so 31 of them stay free for pages (ours).
STEP = timedelta(seconds=0.2)
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
    """Ask every chief of an active station, of one region where it is given.

    Raises NotFoundError for an unknown region, ConflictError where nobody could be asked or where a
    test is running that asks some of them already.
    """
    roster = setup.roster.get(session)
    if region is not None and roster.tree.get(region) is None:
        raise NotFoundError(f"region {region}: not in the registry")
    if month is None:
        _check_none_runs(session, roster, region, now)
    test = CommunicationTest(
        started_at=now, ends_at=now + LASTS, region_code=region, started_by=started_by, month=month
    )
    session.add(test)
    session.flush()
    asked = 0
    for card in _stations(roster, region):
        for chief in card.people:
            if chief.role is PersonRole.CHIEF:
                body = watch_texts.communication_test(card.name, chief.language)
                key = f"{PURPOSE}:{test.id}"
                draft = Draft(to=chief, purpose=PURPOSE, body=body, key=key, communication_test_id=test.id)
                notice_id = outbox.enqueue(session, setup, draft, now=now)
                if notice_id is not None:
                    row = session.get_one(Notification, notice_id)
                    row.next_attempt_at += asked * STEP
                    row.expires_at += asked * STEP
                    asked += 1
    if not asked:
        raise ConflictError("no active station there has a chief to ask; add one to people.csv")
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
    """Begin the test of the month when its hour has come, and tell how each test ended.

    Of any number of processes one does it. Returns whether something is to be sent.
    """
    month = due_month(setup.plan, setup.zone, now)
    with database.read() as session:
        is_due = month is not None and _is_first(session, month, setup.zone, now)
        over = list(session.scalars(_over(now)))
    has_begun = is_due and _begin(database, setup, month, now)
    for test_id in over:
        with database.begin() as session:
            if _claim(session, test_id, now):
                _tell_end(session, setup, session.get_one(CommunicationTest, test_id), now)
    return has_begun or bool(over)


def due_month(plan: ResponsePlan, zone: ZoneInfo, now: datetime) -> str | None:
    """The month (`2026-12`) whose test begins in this hour of local time; None at any other time."""
    local = now.astimezone(zone)
    is_due = (local.day, local.hour) == (plan.communication_test_day, plan.communication_test_hour)
    return f"{local:%Y-%m}" if is_due else None


def running(session: Session, *, now: datetime) -> list[CommunicationTest]:
    """The tests that still wait for answers."""
    return list(session.scalars(select(CommunicationTest).where(CommunicationTest.ends_at > now)))


def _check_none_runs(session: Session, roster: Roster, region: str | None, now: datetime) -> None:
    for other in running(session, now=now):
        theirs = other.region_code
        is_apart = (
            region is not None
            and theirs is not None
            and not roster.tree.contains(region, theirs)
            and not roster.tree.contains(theirs, region)
        )
        if not is_apart:
            raise ConflictError(
                f"communication test {other.id}: asks the same people until {other.ends_at.isoformat()}"
            )


def _stations(roster: Roster, region: str | None) -> list[StationCard]:
    return [
        card for card in roster.stations if region is None or roster.tree.contains(region, card.region_code)
    ]


def _is_first(session: Session, month: str, zone: ZoneInfo, now: datetime) -> bool:
    """Whether nobody has begun it; a service that has no older message has just been set up."""
    begun = session.scalar(select(CommunicationTest.id).where(CommunicationTest.month == month))
    oldest = session.scalar(select(Notification.created_at).order_by(Notification.id).limit(1))
    hour_began_at = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    return begun is None and oldest is not None and oldest < hour_began_at


def _begin(database: Database, setup: DispatchSetup, month: str | None, now: datetime) -> bool:
    try:
        with database.begin() as session:
            start(session, setup, None, started_by=BY_ITSELF, now=now, month=month)
    except (IntegrityError, ConflictError):  # another process was faster, or there is nobody to ask
        return False
    return True


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
    asked = communication_results.results(session, setup, test.id)
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
