"""The way in for what does not come by MQTT: commits, refusals, clashes, outages, many threads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from dispatch.errors import ConflictError
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind
from ingest import intake
from ingest.door import Door
from ingest.intake import Arrival, Taken
from ingest.reading import Condition, Reading
from ingest.transaction import DatabaseTroubleError
from store.database import Database
from store.incidents import Incident
from store.signals import EventRecord, RejectedMessage
from tests.clock import ManualClock
from tests.factories import District, make_device, make_district

_SOURCE = "gb26875"
_SMOKE = "a1/1"


class Entrance:
    """A door into the invented district, with one detector of its own source."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock, self.woken = database, clock, 0
        with database.begin() as session:
            district: District = make_district(session)
            make_device(
                session, "panel-smoke", source=_SOURCE, external_id=_SMOKE, premises_id=district.premises
            )
        self.door = Door(database, DispatchSetup(), now=clock.now, on_queued=self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def arrival(self, payload: bytes = b"\x40\x40") -> Arrival:
        return Arrival(_SOURCE, "192.0.2.7:5000", payload, self.clock.now())

    def say(self, *, smoke: bool, dedup_key: str | None = None, name: str = _SMOKE) -> Taken:
        reading = Reading(name, {Condition.SMOKE: smoke}, dedup_key=dedup_key)
        return self.door.take(self.arrival(), [reading])

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def reasons(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(RejectedMessage.reason).order_by(RejectedMessage.id)))


@pytest.fixture
def entrance(database: Database, clock: ManualClock) -> Entrance:
    return Entrance(database, clock)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_an_alarm_is_committed_counted_and_wakes_the_sender(entrance: Entrance) -> None:
    before = counted("fire135_events_total", kind="alarm")
    taken = entrance.say(smoke=True)
    assert taken.kinds == [EventKind.ALARM]
    assert entrance.woken == 1
    assert entrance.count(Incident) == 1
    assert counted("fire135_events_total", kind="alarm") == before + 1


def test_a_message_without_news_wakes_nobody(entrance: Entrance) -> None:
    assert entrance.say(smoke=False).kinds == [EventKind.HEARTBEAT]
    assert entrance.woken == 0
    assert entrance.count(EventRecord) == 0


def test_a_refused_message_is_kept_with_its_reason(entrance: Entrance) -> None:
    before = counted("fire135_rejected_messages_total", source=_SOURCE)
    entrance.door.reject(entrance.arrival(b"\x00junk"), "checksum wrong")
    assert entrance.reasons() == ["checksum wrong"]
    assert counted("fire135_rejected_messages_total", source=_SOURCE) == before + 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ConflictError("device x: not now"), "device x: not now"),
        (RuntimeError("our own mistake"), "could not be taken: RuntimeError('our own mistake')"),
    ],
)
def test_what_cannot_be_taken_is_kept_and_does_not_stop_the_next(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch, fault: Exception, reason: str
) -> None:
    def refuse(*_args: object, **_more: object) -> Taken:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(intake, "take", refuse)
        assert entrance.say(smoke=True).refusals == 1
    assert entrance.reasons() == [reason]
    entrance.say(smoke=True)
    assert entrance.count(Incident) == 1


def test_in_an_outage_nothing_is_taken_and_the_repetition_has_the_effect(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_more: object) -> Taken:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(intake, "take", gone)
        patch.setattr(intake, "reject", gone)
        with pytest.raises(DatabaseTroubleError, match="server closed the connection"):
            entrance.say(smoke=True)
        with pytest.raises(DatabaseTroubleError):
            entrance.door.reject(entrance.arrival(), "checksum wrong")
    assert (entrance.woken, entrance.reasons()) == (0, [])
    entrance.say(smoke=True)
    assert (entrance.woken, entrance.count(Incident)) == (1, 1)


def test_a_clash_with_another_process_is_tried_again(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = intake.take, 0

    def clash_once(*args: Any, **more: Any) -> Taken:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OperationalError("UPDATE", {}, Exception("deadlock detected"))
        return real(*args, **more)

    monkeypatch.setattr(intake, "take", clash_once)
    assert entrance.say(smoke=True).kinds == [EventKind.ALARM]
    assert entrance.count(Incident) == 1


def test_the_same_alarm_through_many_threads_has_one_effect(entrance: Entrance) -> None:
    with ThreadPoolExecutor(4) as threads:
        said = [threads.submit(entrance.say, smoke=True, dedup_key="7") for _ in range(8)]
    kinds = [kind for done in said for kind in done.result().kinds]
    assert kinds.count(EventKind.ALARM) == 1
    assert (entrance.count(EventRecord), entrance.count(Incident)) == (1, 1)
