"""The way of one message: lanes, acknowledgement, refusal, outage."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import IntegrityError, OperationalError

from dispatch.errors import ConflictError
from ingest import devices, intake
from ingest.formats import Format, Routes
from ingest.reading import Message
from ingest.transaction import DatabaseTroubleError
from registry.version import bump_version
from store.database import Database
from store.incidents import Incident
from store.places import Device
from store.signals import DeviceState, EventRecord, RejectedMessage
from tests.clock import ManualClock
from tests.ingesting import Ingest, district, ingest

__all__ = ["district", "ingest"]
from tests.factories import District, make_device


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_an_alarm_is_committed_and_acknowledged_at_once_and_wakes_the_sender(ingest: Ingest) -> None:
    before = counted("fire135_events_total", kind="alarm")
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged == ["alarm"]
    assert ingest.woken == 1
    assert len(ingest.all(Incident)) == 1
    assert counted("fire135_events_total", kind="alarm") == before + 1


def test_heartbeats_wait_for_each_other_and_are_acknowledged_after_their_commit(
    ingest: Ingest, district: District
) -> None:
    before = counted("fire135_events_total", kind="heartbeat")
    ingest.smoke(False, "first")
    ingest.clock.advance(0.5)
    ingest.smoke(False, "second")
    assert ingest.pipeline.tick() == pytest.approx(0.5)
    assert ingest.acknowledged == []
    ingest.clock.advance(0.5)
    ingest.pipeline.tick()
    assert ingest.acknowledged == ["first", "second"]
    assert counted("fire135_events_total", kind="heartbeat") == before + 2
    (state,) = [row for row in ingest.all(DeviceState) if row.device_id == district.smoke]
    assert state.last_seen_at is not None
    assert (ingest.clock.now() - state.last_seen_at).total_seconds() == 0.5


def test_an_alarm_does_not_wait_behind_heartbeats(ingest: Ingest) -> None:
    for number in range(5):
        ingest.hear("fire135/v1/gateway/event", {"id": str(number), "kind": "heartbeat"}, "heartbeat")
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged == ["alarm"]


def test_a_heartbeat_from_before_an_alarm_does_not_restore_it(ingest: Ingest) -> None:
    ingest.smoke(False)
    ingest.smoke(False, "waiting")
    ingest.smoke(True)
    ingest.pipeline.flush()
    assert [event.kind for event in ingest.all(EventRecord)] == ["alarm"]
    assert "waiting" in ingest.acknowledged


def test_two_processes_that_hear_one_device_lose_no_alarm_and_no_restore(
    ingest: Ingest, database: Database, clock: ManualClock
) -> None:
    other = Ingest(database, clock)
    ingest.smoke(False)
    other.smoke(False)
    ingest.smoke(True)
    other.smoke(False)  # no news to the other process, which never heard the alarm
    other.pipeline.flush()
    ingest.smoke(True)  # no news to this one, which never heard the restore
    ingest.pipeline.flush()
    assert [event.kind for event in ingest.all(EventRecord)] == ["alarm", "restore", "alarm"]


def test_a_change_of_the_registry_is_followed(ingest: Ingest, database: Database) -> None:
    with database.begin() as session:
        make_device(session, "new", source="zigbee2mqtt", external_id="hall")
        bump_version(session)
    ingest.clock.advance(2)
    ingest.pipeline.tick()
    ingest.smoke(False, "heartbeat", name="hall")
    assert ingest.acknowledged == []
    ingest.pipeline.flush()
    assert ingest.acknowledged == ["heartbeat"]
    assert [row.device_id for row in ingest.all(DeviceState)] == ["new"]


def test_commands_are_acknowledged_and_leave_nothing(ingest: Ingest) -> None:
    ingest.hear("zigbee2mqtt/living_room_smoke/set", {"silence": "ON"}, "set")
    assert ingest.acknowledged == ["set"]
    assert ingest.all(DeviceState) == ingest.all(RejectedMessage) == []


def test_nothing_that_a_message_holds_stops_the_next(ingest: Ingest) -> None:
    before = counted("fire135_rejected_messages_total", source="native")
    native = "fire135/v1/smoke-bedroom/event"
    wrong: list[tuple[str, Any]] = [
        (native, b"{"),
        (native, b"\xff\xfe"),
        (native, {"id": 1, "kind": "alarm"}),
        (native, b'"' + b"x" * 300_000 + b'"'),
        (native, {"id": "a", "kind": "explosion"}),
        ("zigbee2mqtt/x", b"[]"),
        ("zigbee2mqtt/x", {"smoke": "perhaps"}),
        ("elsewhere/x", b"{}"),
    ]
    for topic, payload in wrong:
        ingest.hear(topic, payload, "refused")
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged == ["refused"] * len(wrong) + ["alarm"]
    assert len(ingest.reasons()) == len(wrong)
    assert all(ingest.reasons())
    assert [kept.source for kept in ingest.all(RejectedMessage)] == ["native"] * 5 + ["zigbee2mqtt"] * 2 + [
        "unknown"
    ]
    assert counted("fire135_rejected_messages_total", source="native") == before + 5
    assert len(ingest.all(Incident)) == 1


def test_what_dispatch_refuses_is_kept_with_its_reason(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise ConflictError("incident K7: closed; open a new one")

    monkeypatch.setattr(intake, "receive_event", refuse)
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged == ["alarm"]
    assert ingest.reasons() == ["incident K7: closed; open a new one"]


def test_a_decoder_that_breaks_is_a_refusal(
    database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_message: Message) -> list[Any]:
        raise ZeroDivisionError("oops")

    ingest = Ingest(database, clock, Routes([(Format("broken", ("b/#",), lambda: broken), "b/#")]))
    ingest.hear("b/1", b"x", "message")
    assert ingest.acknowledged == ["message"]
    assert ingest.reasons() == ["the decoder failed: ZeroDivisionError('oops')"]
    assert "decoder broken failed" in caplog.text


def test_a_message_that_breaks_us_is_a_refusal(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(intake, "take", broken)
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged == ["alarm"]
    assert ingest.reasons() == ["could not be taken: KeyError('oops')"]
    assert "had no effect" in caplog.text


def test_a_message_that_cannot_be_compared_stops_nothing(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: Any) -> bool:
        raise KeyError("oops")

    ingest.smoke(False)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.heartbeats.has_news", fail)
        ingest.smoke(False, "strange")
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged[-2:] == ["strange", "alarm"]
    assert ingest.reasons() == ["the decoder failed: KeyError('oops')"]
    assert "cannot be compared" in caplog.text


def test_text_that_the_database_cannot_hold_is_a_refusal_or_kept_but_never_stops_us(ingest: Ingest) -> None:
    ingest.hear("fire135/v1/smoke-bedroom/event", {"id": "a", "kind": "alarm", "data": {"x": "\x00"}}, "nul")
    assert ingest.acknowledged == ["nul"]
    assert len(ingest.all(EventRecord)) + len(ingest.reasons()) == 1


def _outage(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any, **_more: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(intake, "take", gone)


def test_in_an_outage_nothing_is_acknowledged(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _outage(patch)
        with pytest.raises(DatabaseTroubleError, match="server closed the connection"):
            ingest.smoke(True, "alarm")
    assert ingest.acknowledged == []
    ingest.pipeline.resume()
    assert ingest.all(Incident) == []
    ingest.smoke(True, "redelivered")
    assert ingest.acknowledged == ["redelivered"]
    assert len(ingest.all(Incident)) == 1


def test_an_alarm_that_nobody_will_repeat_is_kept_through_an_outage(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        _outage(patch)
        with pytest.raises(DatabaseTroubleError):
            ingest.smoke(True, qos=0)
        with pytest.raises(DatabaseTroubleError):
            ingest.pipeline.resume()
    received_at = ingest.clock.now()
    ingest.clock.advance(30)
    ingest.pipeline.resume()
    ingest.pipeline.resume()
    (event,) = ingest.all(EventRecord)
    assert event.received_at == received_at
    assert len(ingest.all(Incident)) == 1


def test_a_clash_with_another_process_is_tried_again(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = intake.take, 0

    def clash_once(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OperationalError("UPDATE", {}, Exception("deadlock detected"))
        return real(*args, **more)

    monkeypatch.setattr(intake, "take", clash_once)
    ingest.smoke(True, "alarm")
    assert ingest.acknowledged == ["alarm"]
    assert len(ingest.all(Incident)) == 1


def test_a_device_listed_by_another_process_in_the_same_instant_is_found(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = devices.list_new
    other = Ingest(ingest.database, ingest.clock)

    def outrun(session: Any, *args: Any) -> Device:
        monkeypatch.setattr(devices, "list_new", real)
        session.rollback()
        other.smoke(True, name="attic")
        raise IntegrityError("INSERT", {}, Exception("duplicate key"))

    monkeypatch.setattr(devices, "list_new", outrun)
    ingest.smoke(True, "alarm", name="attic")
    assert ingest.acknowledged == ["alarm"]
    assert [event.kind for event in ingest.all(EventRecord)] == ["alarm"]


def test_a_waiting_batch_that_cannot_be_written_is_left_to_the_broker(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.smoke(False, "waiting")

    def gone(*_args: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with monkeypatch.context() as patch:
        patch.setattr("ingest.heartbeats.write", gone)
        with pytest.raises(DatabaseTroubleError):
            ingest.pipeline.flush()
    ingest.pipeline.flush()
    assert ingest.acknowledged == []
    assert ingest.all(DeviceState) == []


def test_a_name_too_long_for_any_index_is_refused_and_the_next_message_goes_on(ingest: Ingest) -> None:
    ingest.hear("zigbee2mqtt/" + "x" * 6000, {"smoke": True}, "long")
    ingest.smoke(True, "real")

    assert ingest.acknowledged == ["long", "real"]
    assert any("250 characters" in reason for reason in ingest.reasons())
    assert len(ingest.all(Incident)) == 1
