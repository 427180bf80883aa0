"""What would fail an alarm, and the communication tests that find out whom we cannot reach."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import scope
from api.callers import Caller, Dispatcher, Reader
from api.context import Service, ServiceDep
from api.fields import Body, Name
from api.masking import for_caller
from api.once import OnceDep
from api.paging import Page, PagingDep
from api.personal_data import Subject
from api.readiness_views import (
    AskedView,
    FaultView,
    ProbeView,
    ReadinessView,
    SetUpView,
    TestDetails,
    TestView,
)
from dispatch import communication, communication_results, probe, readiness, readiness_texts
from dispatch.communication_results import Asked, Reached
from dispatch.errors import NotFoundError
from dispatch.readiness import Fault, FaultKind
from dispatch.setup import DispatchSetup
from store.reliability import CommunicationTest

router = APIRouter(tags=["readiness"])


class Order(Body):
    """A communication test is to begin."""

    region: Name | None = Field(
        default=None, description="Code of the division to ask; left out: all that the caller sees"
    )


@router.get("/readiness")
def show(caller: Reader, service: ServiceDep) -> ReadinessView:
    """Whom an alarm would not reach, which parts stand still, and how the last test of people went."""
    with service.database.read() as session:
        faults = [*unwritten(service), *readiness.find(session, service.setup, now=service.clock.now())]
        state = probe.state(session)
        test = session.scalar(select(CommunicationTest).order_by(CommunicationTest.id.desc()).limit(1))
        return ReadinessView(
            faults=[
                _fault(caller, fault)
                for fault in faults
                if fault.region_code is None or _is_seen(service.setup, session, caller, fault.region_code)
            ],
            probe=ProbeView(arrived_at=state.arrived_at, took_s=state.took_s, missed_at=state.missed_at),
            set_up=SetUpView(
                handover=bool(service.settings.handover_url),
                robots=bool(service.settings.robots),
                heartbeat=bool(service.settings.heartbeat_url),
            ),
            last_communication_test=(
                _view(test, _asked(session, service.setup, caller, test)) if test else None
            ),
        )


@router.get("/communication-tests")
def list_tests(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[TestView]:
    """Communication tests, newest first."""
    query = select(CommunicationTest).order_by(CommunicationTest.id.desc()).limit(paging.limit + 1)
    if (after := paging.after(int)) is not None:
        query = query.where(CommunicationTest.id < after[0])
    with service.database.read() as session:
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda test: (test.id,),
            view_of=lambda test: _view(test, _asked(session, service.setup, caller, test)),
        )


@router.get("/communication-tests/{test_id}")
def show_test(test_id: int, caller: Reader, service: ServiceDep) -> TestDetails:
    """One communication test: who was asked, and what became of it; who did not answer comes first."""
    with service.database.read() as session:
        test = session.get(CommunicationTest, test_id)
        if test is None:
            raise NotFoundError(f"communication test {test_id}: not known")
        return _details(session, service.setup, caller, test)


@router.post("/communication-tests", status_code=201, response_model=TestDetails)
def start_test(body: Order, caller: Dispatcher, service: ServiceDep, once: OnceDep) -> Response:
    """Ask every chief by SMS to answer 1. It is marked as a test, is no incident, and delays no page."""

    def work(session: Session, now: datetime) -> tuple[int, TestDetails]:
        region = body.region or caller.region_code
        if region is not None:
            scope.check_region(session, caller, region)
        test = communication.start(session, service.setup, region, started_by=caller.name, now=now)
        session.flush()
        return 201, _details(session, service.setup, caller, test)

    return once.run(body, work)


def unwritten(service: Service) -> Iterator[Fault]:
    """What the record cannot show, for it is not written."""
    if (ask := service.readiness.get("database")) is not None and ask() is not None:
        yield Fault(FaultKind.NOTHING_WRITTEN, readiness_texts.nothing_written())


def _is_seen(setup: DispatchSetup, session: Session, caller: Caller, code: str | None) -> bool:
    return caller.region_code is None or setup.roster.get(session).tree.contains(caller.region_code, code)


def _fault(caller: Caller, fault: Fault) -> FaultView:
    of = Subject("person", fault.person.id) if fault.person else Subject("fault", fault.what)
    return FaultView(
        what=fault.what,
        text_zh=for_caller(caller, fault.words.zh, of),
        text_en=for_caller(caller, fault.words.en, of),
        region_code=fault.region_code,
        station_id=fault.station.id if fault.station else None,
        person_id=fault.person.id if fault.person else None,
        phone=for_caller(caller, fault.person.phone, of) if fault.person else None,
        premises_id=fault.premises_id,
    )


def _asked(session: Session, setup: DispatchSetup, caller: Caller, test: CommunicationTest) -> list[Asked]:
    """Whom a test asked, as far as the caller sees their stations."""
    return [
        one
        for one in communication_results.results(session, setup, test)
        if _is_seen(setup, session, caller, one.station.region_code if one.station else None)
    ]


def _view(test: CommunicationTest, asked: Sequence[Asked]) -> TestView:
    return TestView(
        id=test.id,
        started_at=test.started_at,
        ends_at=test.ends_at,
        started_by=test.started_by,
        region_code=test.region_code,
        asked=len(asked),
        delivered=sum(one.reached in (Reached.DELIVERED, Reached.ANSWERED) for one in asked),
        answered=sum(one.reached is Reached.ANSWERED for one in asked),
    )


def _details(session: Session, setup: DispatchSetup, caller: Caller, test: CommunicationTest) -> TestDetails:
    asked = _asked(session, setup, caller, test)
    people = [
        AskedView(
            person_id=one.person_id,
            name=one.name,
            phone=for_caller(caller, one.phone, Subject("person", one.person_id)),
            station_id=one.station.id if one.station else None,
            station_name=one.station.name if one.station else None,
            reached=one.reached,
            sent_at=one.sent_at,
            delivered_at=one.delivered_at,
            answered_at=one.answered_at,
            answered_after_s=one.answered_after_s,
            failure=for_caller(caller, one.failure, Subject("person", one.person_id)),
        )
        for one in asked
    ]
    return TestDetails(**_view(test, asked).model_dump(), people=people)
