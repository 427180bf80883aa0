"""Stored pushes are taken once, in order, whatever breaks in between."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from dispatch.setup import DispatchSetup
from ingest import intake
from ingest.door import Door
from ingest.formats import FORMATS
from ingest.intake import Taken
from ingest.push_worker import KEPT_FOR, PushWorker
from ingest.transaction import DatabaseTroubleError
from store.database import Database
from store.incidents import Incident
from store.places import Device
from store.signals import DeviceState, EventRecord, PushedMessage, RejectedMessage
from tests.clock import ManualClock
from tests.factories import make_device, make_district
from tests.wire import until

IMEI = "860000000000001"  # invented
DEVICE_ID = "acf7baaee65e431eadfb8f5fe50e8b81"


class Store:
    """What was pushed and answered, and a detector of CTWing that is registered by its IMEI."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock, self.woken = database, clock, 0
        with database.begin() as session:
            district = make_district(session)
            make_device(session, "nb-smoke", source="ctwing", external_id=IMEI, premises_id=district.premises)
        self.worker = self.new_worker()

    def new_worker(self) -> PushWorker:
        door = Door(self.database, DispatchSetup(), now=self.clock.now, on_queued=self._wake)
        return PushWorker(self.database, door, now=self.clock.now)

    def _wake(self) -> None:
        self.woken += 1

    def push(self, payload: object, source: str = "ctwing") -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        row = PushedMessage(
            received_at=self.clock.now(), source=source, address=f"/ingest/{source}", payload=body
        )
        with self.database.begin() as session:
            session.add(row)

    def say(self, status: int, **more: Any) -> None:
        envelope = {"messageType": "dataReport", "IMEI": IMEI, "deviceId": DEVICE_ID, "productId": "15014772"}
        self.push({**envelope, "payload": {"Alarm_Status": status}, **more})

    def events(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(EventRecord.kind).order_by(EventRecord.id)))

    def refusals(self) -> list[tuple[str, str, bytes]]:
        with self.database.read() as session:
            rows = session.scalars(select(RejectedMessage).order_by(RejectedMessage.id))
            return [(row.address, row.reason, row.payload) for row in rows]

    def waiting(self) -> int:
        query = select(func.count()).select_from(PushedMessage).where(PushedMessage.done_at.is_(None))
        with self.database.read() as session:
            return session.scalar(query) or 0

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def pushed(database: Database, clock: ManualClock) -> Store:
    return Store(database, clock)


def test_what_waits_is_taken_in_order_and_once(pushed: Store) -> None:
    for status in (1, 7, 1, 7):
        pushed.say(status)
    assert pushed.worker.run_once() == 4
    assert pushed.events() == ["alarm", "restore", "alarm", "restore"]
    assert (pushed.waiting(), pushed.woken > 0) == (0, True)
    assert pushed.worker.run_once() == 0
    assert pushed.count(Incident) == 1


def test_an_alarm_is_received_when_it_was_pushed_not_when_it_is_taken(pushed: Store) -> None:
    at = pushed.clock.now()
    pushed.say(1)
    pushed.clock.advance(7)
    pushed.worker.run_once()
    with pushed.database.read() as session:
        assert session.scalars(select(EventRecord.received_at)).one() == at
        assert session.scalars(select(Incident.opened_at)).one() == at
        assert session.scalars(select(PushedMessage.done_at)).one() == pushed.clock.now()


def test_a_push_that_the_cloud_sends_again_has_no_second_effect(pushed: Store) -> None:
    pushed.say(1)
    pushed.say(1)
    pushed.worker.run_once()
    assert pushed.events() == ["alarm"]


def test_garbage_is_kept_with_its_reason_and_stops_nothing(pushed: Store) -> None:
    pushed.push(b"\xff\x00")
    pushed.push({"messageType": "dataReport"}, source="weather")
    pushed.say(1)
    pushed.worker.run_once()
    (first, second) = pushed.refusals()
    assert first == ("/ingest/ctwing", "not UTF-8 at byte 0", b"\xff\x00")
    assert second[1] == "'weather' is no format"
    assert (pushed.events(), pushed.waiting()) == (["alarm"], 0)


def test_a_decoder_that_breaks_is_a_refusal(pushed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Sequence[Any]:
        raise RuntimeError("boom")

    breaking = replace(FORMATS["ctwing"], new_decoder=lambda: broken)
    monkeypatch.setattr("ingest.push_worker.FORMATS", {"ctwing": breaking})
    pushed.say(1)
    pushed.worker.run_once()
    assert pushed.refusals()[0][1] == "could not be decoded: RuntimeError('boom')"
    assert pushed.waiting() == 0


def test_a_message_that_breaks_us_is_refused_and_the_next_one_is_taken(
    pushed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, calls = intake.take, []

    def first_breaks(*given: Any, **more: Any) -> Taken:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("boom")
        return honest(*given, **more)

    monkeypatch.setattr("ingest.door.intake.take", first_breaks)
    pushed.say(1)
    pushed.say(1)
    pushed.worker.run_once()
    assert "boom" in pushed.refusals()[0][1]
    assert (pushed.events(), pushed.waiting()) == (["alarm"], 0)


def test_a_message_that_cannot_even_be_refused_waits_and_holds_up_nothing(
    pushed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("boom")

    pushed.push(b"garbage")
    pushed.say(1)
    monkeypatch.setattr("ingest.door.intake.reject", broken)
    pushed.worker.run_once()
    assert (pushed.events(), pushed.waiting()) == (["alarm"], 1)


def test_a_crash_before_the_commit_leaves_neither_effect_nor_mark(
    pushed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = intake.take

    def killed(*given: Any, **more: Any) -> Taken:
        honest(*given, **more)
        raise KeyboardInterrupt

    pushed.say(1)
    with monkeypatch.context() as patched:
        patched.setattr("ingest.door.intake.take", killed)
        with pytest.raises(KeyboardInterrupt):
            pushed.worker.run_once()
    assert (pushed.events(), pushed.waiting(), pushed.count(Incident)) == ([], 1, 0)

    pushed.new_worker().run_once()
    assert (pushed.events(), pushed.waiting(), pushed.count(Incident)) == (["alarm"], 0, 1)


def test_an_outage_leaves_everything_waiting(pushed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def outage(*_: Any, **__: Any) -> Taken:
        raise OperationalError("take", {}, Exception("no connection"))

    pushed.say(1)
    with monkeypatch.context() as patched:
        patched.setattr("ingest.door.intake.take", outage)
        with pytest.raises(DatabaseTroubleError, match="no connection"):
            pushed.worker.run_once()
    assert (pushed.waiting(), pushed.refusals()) == (1, [])
    pushed.worker.run_once()
    assert pushed.events() == ["alarm"]


def test_several_workers_take_each_message_once_and_in_order(pushed: Store) -> None:
    for _ in range(5):
        pushed.say(1)
        pushed.say(7)
    workers = [pushed.new_worker() for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(PushWorker.run_once, workers))
    assert pushed.events() == ["alarm", "restore"] * 5
    assert pushed.waiting() == 0


def test_a_message_that_another_process_took_meanwhile_is_left_to_it(pushed: Store) -> None:
    pushed.push(b"garbage")
    pushed.say(1)
    door, others = Door(pushed.database, DispatchSetup(), now=pushed.clock.now), [pushed.new_worker()]

    class Late:
        """Another worker comes first whenever this one stands at the door."""

        def take(self, *given: Any, **more: Any) -> Taken:
            for worker in others:
                worker.run_once()
            return door.take(*given, **more)

        def reject(self, *given: Any, **more: Any) -> None:
            for worker in others:
                worker.run_once()
            door.reject(*given, **more)

    PushWorker(pushed.database, cast("Door", Late()), now=pushed.clock.now).run_once()
    assert len(pushed.refusals()) == 1
    assert pushed.events() == ["alarm"]


def test_a_device_that_comes_and_goes_without_its_imei_is_the_same_device(pushed: Store) -> None:
    pushed.say(7)
    gone = {"messageType": "deviceOnlineOfflineReport", "deviceId": DEVICE_ID, "productId": "15014772"}
    pushed.push({**gone, "eventType": 0})
    pushed.worker.run_once()
    assert pushed.events() == ["offline"]
    with pushed.database.read() as session:
        assert session.get_one(DeviceState, "nb-smoke").state == "offline"
        assert session.scalars(select(Device).where(Device.registered.is_(False))).all() == []


def test_what_was_taken_is_kept_for_a_week(pushed: Store) -> None:
    pushed.say(7)
    pushed.worker.run_once()
    pushed.clock.advance(KEPT_FOR.total_seconds() - 1)
    pushed.say(7)
    pushed.worker.run_once()
    assert pushed.count(PushedMessage) == 2
    pushed.clock.advance(3600)
    pushed.worker.run_once()
    assert pushed.count(PushedMessage) == 1


def test_what_waits_is_never_swept_away(pushed: Store) -> None:
    pushed.say(1)
    pushed.clock.advance(2 * KEPT_FOR.total_seconds())
    pushed.worker.run_once()
    assert pushed.events() == ["alarm"]


@pytest.mark.parametrize("source", ["ctwing", "onenet", "huawei"])
def test_every_cloud_has_its_decoder(pushed: Store, source: str) -> None:
    assert FORMATS[source].filters == ()
    pushed.push({"nobody": 1}, source)
    pushed.worker.run_once()
    assert len(pushed.refusals()) == 1
    assert "is no format" not in pushed.refusals()[0][1]


def test_a_thread_takes_what_an_earlier_one_left_and_what_it_is_woken_for(pushed: Store) -> None:
    pushed.say(1)
    worker = pushed.new_worker()
    worker.start()
    assert worker.is_alive
    until(lambda: pushed.waiting() == 0)
    pushed.say(7)
    worker.wake()
    until(lambda: pushed.waiting() == 0)
    worker.stop()
    assert not worker.is_alive
    assert pushed.events() == ["alarm", "restore"]
