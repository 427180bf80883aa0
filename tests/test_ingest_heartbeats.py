"""Heartbeats have their own lane."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.heartbeats import Heartbeats, Pace, write
from ingest.intake import Arrival
from ingest.reading import Reading
from store.database import Database
from store.places import Device
from store.signals import DeviceState
from tests.clock import ManualClock
from tests.factories import make_device

_T0 = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)


def after(ms: float) -> datetime:
    return _T0 + timedelta(milliseconds=ms)


def waiting(number: int, newest_ms: float = 0) -> list[Arrival]:
    """The oldest arrived at the start, the others together."""
    times = [_T0, *([after(newest_ms)] * (number - 1))]
    return [Arrival("native", "topic", b"", at) for at in times]


@pytest.mark.parametrize(
    ("number", "newest_ms", "now_ms", "is_due"),
    [
        (1, 0, 500, False),
        (1, 0, 1000, True),
        (15, 0, 500, False),  # a quiet village: once a second will do
        (20, 10, 29, False),
        (20, 10, 30, True),  # the broker may be waiting for us
        (199, 400, 401, False),
        (200, 400, 400, True),
        (1, 0, -5000, True),  # the clock was set back
    ],
)
def test_when_to_write(number: int, newest_ms: float, now_ms: float, is_due: bool) -> None:
    due_in_s = Pace().due_in_s(waiting(number, newest_ms), after(now_ms))
    assert due_in_s is not None
    assert (due_in_s <= 0) is is_due


def test_nothing_is_due_when_nothing_waits() -> None:
    assert Pace().due_in_s([], _T0) is None


@given(number=st.integers(1, 1100), newest_ms=st.integers(0, 3000), more_ms=st.integers(0, 3000))
def test_no_message_ever_waits_longer_than_a_second(number: int, newest_ms: int, more_ms: int) -> None:
    now = after(newest_ms + more_ms)
    wait_s = Pace().due_in_s(waiting(number, newest_ms), now)
    assert wait_s is not None
    assert now + timedelta(seconds=max(wait_s, 0)) <= max(now, after(1000))


def test_a_broker_that_falls_silent_after_the_same_number_is_not_waited_for_again() -> None:
    pace = Pace()
    for _ in range(3):
        assert pace.due_in_s(waiting(20), after(1)) != 0
        pace.learn(waiting(20), after(20))
    assert pace.due_in_s(waiting(20), after(1)) == 0
    assert pace.due_in_s(waiting(19), after(1)) != 0


def test_silence_after_different_numbers_is_no_limit() -> None:
    pace = Pace()
    for number in (20, 31, 20, 31, 16, 16, 16, 16):
        pace.learn(waiting(number), after(20))
    for _ in range(5):
        pace.learn(waiting(40), after(1))  # written because the oldest had waited long enough
    assert pace.limit == 200


def heard(clock: ManualClock, device_id: str, batch: Heartbeats, reading: Reading) -> Arrival:
    arrival = Arrival("native", device_id, b"", clock.now())
    batch.add(arrival, [(device_id, reading)])
    return arrival


def test_many_heartbeats_of_a_device_are_one_row(database: Database, clock: ManualClock) -> None:
    with database.begin() as session:
        make_device(session, "a")
        make_device(session, "b")
    batch = Heartbeats()
    heard(clock, "a", batch, Reading("a", battery=70))
    clock.advance(5)
    heard(clock, "a", batch, Reading("a"))
    heard(clock, "b", batch, Reading("b"))
    assert len(batch.arrivals) == 3
    with database.begin() as session:
        assert write(session, batch) == []
    with database.read() as session:
        a, b = session.get_one(DeviceState, "a"), session.get_one(DeviceState, "b")
    assert (a.last_seen_at, a.battery, a.state, a.conditions) == (clock.now(), 70, "normal", {})
    assert (b.last_seen_at, b.battery) == (clock.now(), None)


def test_an_older_heartbeat_never_moves_the_time_back(database: Database, clock: ManualClock) -> None:
    old = Heartbeats()
    with database.begin() as session:
        make_device(session, "a")
    heard(clock, "a", old, Reading("a", battery=50))
    later = clock.advance(60)
    with database.begin() as session:
        session.add(DeviceState(device_id="a", conditions={"smoke": True}, state="alarm", last_seen_at=later))
    with database.begin() as session:
        assert write(session, old) == []
    with database.read() as session:
        state = session.get_one(DeviceState, "a")
    assert (state.last_seen_at, state.battery, state.state) == (later, 50, "alarm")


def test_what_turns_out_to_be_news_is_given_back(database: Database, clock: ManualClock) -> None:
    with database.begin() as session:
        make_device(session, "a")
        session.add(DeviceState(device_id="a", conditions={"smoke": True}, state="alarm"))
    batch = Heartbeats()
    arrival = heard(clock, "a", batch, Reading("a", {"smoke": False}))
    heard(clock, "a", batch, Reading("a", {"smoke": False}))
    with database.begin() as session:
        assert write(session, batch) == [(arrival, Reading("a", {"smoke": False}))]


def test_what_was_settled_since_is_not_asked_again(database: Database, clock: ManualClock) -> None:
    with database.begin() as session:
        make_device(session, "a")
        session.add(DeviceState(device_id="a", conditions={"smoke": True}, state="alarm"))
    batch = Heartbeats()
    heard(clock, "a", batch, Reading("a", {"smoke": False}))
    batch.settle("a")
    with database.begin() as session:
        assert write(session, batch) == []


def test_a_device_that_has_left_the_registry_is_news(database: Database, clock: ManualClock) -> None:
    batch = Heartbeats()
    arrival = heard(clock, "gone", batch, Reading("gone", {"smoke": False}))
    with database.begin() as session:
        assert write(session, batch) == [(arrival, Reading("gone", {"smoke": False}))]


def test_a_device_stands_behind_the_gateway_that_it_is_heard_through(
    database: Database, clock: ManualClock
) -> None:
    with database.begin() as session:
        make_device(session, "bridge", kind="gateway", source="zigbee2mqtt", external_id="zigbee2mqtt/bridge")
        make_device(session, "detector", source="zigbee2mqtt")
        make_device(session, "other", source="zigbee2mqtt", gateway_id="elsewhere")
    batch = Heartbeats()
    for device_id in ("detector", "other"):
        arrival = Arrival("zigbee2mqtt", "topic", b"", clock.now())
        batch.add(arrival, [(device_id, Reading(device_id, gateway="zigbee2mqtt/bridge"))])
    with database.begin() as session:
        write(session, batch)
    with database.read() as session:
        assert session.get_one(Device, "detector").gateway_id == "bridge"
        assert session.get_one(Device, "other").gateway_id == "elsewhere"


def test_a_heartbeat_does_not_move_when_supervision_looks_next(
    database: Database, clock: ManualClock
) -> None:
    with database.begin() as session:
        make_device(session, "detector")
    for _ in range(2):
        batch = Heartbeats()
        arrival = Arrival("native", "topic", b"", clock.now())
        batch.add(arrival, [("detector", Reading("detector"))])
        with database.begin() as session:
            write(session, batch)
        clock.advance(60)
    with database.read() as session:
        state = session.get_one(DeviceState, "detector")
    assert (state.check_at, state.last_seen_at) == (_T0, _T0 + timedelta(seconds=60))
