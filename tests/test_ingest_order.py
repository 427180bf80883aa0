"""Which message is newer, and which standing alarm sounds again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import order
from ingest.order import Heard, Place
from ingest.reading import Condition, Counter, Message, Reading
from tests.clock import STORY_START
from tests.village import Village, village

__all__ = ["village"]

SMOKE: dict[str, bool] = {Condition.SMOKE: True}
CLEAR: dict[str, bool] = {Condition.SMOKE: False}


def frame(number: int, conditions: dict[str, bool] | None = None, session: str = "a") -> Reading:
    return Reading("d", CLEAR if conditions is None else conditions, counter=Counter(session, number))


def heard(number: int = 10, session: str = "a") -> Heard:
    return order.remember(Heard(), frame(number, session=session), STORY_START, has_sounded=False)


@pytest.mark.parametrize(
    ("number", "session", "after_s", "place"),
    [
        (11, "a", 1, Place.NEWER),
        (15, "a", 1, Place.AFTER_GAP),
        (10, "a", 1, Place.REPEATED),
        (9, "a", 1, Place.LATE),
        (0, "b", 1, Place.NEWER),  # joined anew
        (0, "a", 61, Place.NEWER),  # the same session, and a counter that restarted
        (10, "a", 61, Place.NEWER),
    ],
)
def test_a_message_is_placed_by_the_devices_own_counter(
    number: int, session: str, after_s: int, place: Place
) -> None:
    at = STORY_START + timedelta(seconds=after_s)
    assert order.place(heard(), frame(number, session=session), at) is place


def test_a_report_of_the_battery_alone_makes_no_alarm_before_it_late() -> None:
    memory = order.remember(
        heard(), frame(12, {Condition.LOW_BATTERY: False}), STORY_START, has_sounded=False
    )
    assert order.place(memory, frame(11, SMOKE), STORY_START) is Place.NEWER


def test_without_a_counter_or_of_the_past_nothing_is_out_of_order() -> None:
    assert order.place(heard(), Reading("d", SMOKE), STORY_START) is Place.NEWER
    past = Reading("d", SMOKE, counter=Counter("a", 1), live=False)
    assert order.place(heard(), past, STORY_START) is Place.NEWER


@given(st.lists(st.integers(0, 65_535), min_size=1, max_size=30))
def test_a_rising_counter_is_never_refused_and_a_copy_always_is(steps: list[int]) -> None:
    memory, number = Heard(), 0
    for step in steps:
        number += step + 1
        reading = frame(number, SMOKE)
        assert order.place(memory, reading, STORY_START) in (Place.NEWER, Place.AFTER_GAP)
        memory = order.remember(memory, reading, STORY_START, has_sounded=False)
        assert order.place(memory, reading, STORY_START) is Place.REPEATED


# -- as the villages live through it ----------------------------------------------------------------


def lora(village: Village, number: int, *, smoke: bool) -> list[str]:
    """A detector with a counter and no cache says what it sees."""
    device = village.district.smoke_upstairs
    reading = Reading(device, {Condition.SMOKE: smoke}, counter=Counter("devaddr", number))
    return [str(kind) for kind in village.take("native", Message("up", b"{}"), [reading]).kinds]


def open_and_all(village: Village) -> tuple[int, int]:
    rows = village.incidents()
    return sum(row.status == "open" for row in rows), len(rows)


def test_a_frame_heard_by_two_gateways_is_one(village: Village) -> None:
    assert lora(village, 7, smoke=True) == ["alarm"]
    assert lora(village, 7, smoke=True) == []
    assert village.rejections() == ["repeated: message 7 of smoke-bedroom had its effect before"]


def test_an_alarm_that_comes_after_its_restore_opens_nothing(village: Village) -> None:
    lora(village, 7, smoke=False)
    lora(village, 9, smoke=False)
    assert lora(village, 8, smoke=True) == []
    assert open_and_all(village) == (0, 0)
    assert "late: message 8" in village.rejections()[0]


def test_a_battery_changed_and_the_count_begins_again_the_alarm_is_heard(village: Village) -> None:
    lora(village, 500, smoke=False)
    village.clock.advance(90)
    assert lora(village, 3, smoke=True) == ["alarm"]
    assert open_and_all(village) == (1, 1)


def test_the_restore_is_lost_and_the_next_fire_is_heard(village: Village) -> None:
    lora(village, 1, smoke=True)
    village.close()
    village.clock.advance(3600)
    assert lora(village, 2, smoke=True) == ["alarm"]
    assert open_and_all(village) == (1, 2)


def test_missed_frames_may_have_held_the_restore(village: Village) -> None:
    lora(village, 1, smoke=True)
    village.close()
    assert lora(village, 2, smoke=True) == ["heartbeat"]
    assert lora(village, 9, smoke=True) == ["alarm"]
    assert open_and_all(village) == (1, 2)


def test_a_detector_that_keeps_on_saying_smoke_stays_with_its_incident(village: Village) -> None:
    for number in range(1, 40):
        lora(village, number, smoke=True)
        village.clock.advance(60)
    village.clock.advance(1800)
    lora(village, 60, smoke=True)
    assert open_and_all(village) == (1, 1)
    assert village.signals() == 1
    village.close()
    for number in range(61, 70):
        lora(village, number, smoke=True)
        village.clock.advance(60)
    assert open_and_all(village) == (0, 1)


def test_what_a_bridge_remembers_never_sounds_again(village: Village) -> None:
    name = village.district.smoke_external_id
    village.topic("bridge/state", b'{"state":"online"}', retained=True)
    village.clock.advance(120)
    village.zigbee(name, smoke=True, battery=90, linkquality=100)
    village.close()
    for battery in (90, 89, 88):  # each the whole cache, sent for the battery
        village.clock.advance(86_400)
        village.zigbee(name, smoke=True, battery=battery - 1, linkquality=80)
    village.topic("bridge/state", b'{"state":"offline"}')
    village.clock.advance(86_400)
    village.topic("bridge/state", b'{"state":"online"}')
    village.clock.advance(2)
    village.zigbee(name, smoke=True, battery=87, linkquality=80)  # published again at start-up
    assert open_and_all(village) == (0, 1)


def test_a_cached_detector_that_never_restores_is_heard_again(village: Village) -> None:
    name = village.district.smoke_external_id
    village.topic("bridge/state", b'{"state":"online"}', retained=True)
    village.clock.advance(120)
    village.zigbee(name, smoke=True, battery=90, linkquality=100)
    village.close()
    village.clock.advance(86_400)
    village.zigbee(name, smoke=True, battery=89, linkquality=90)
    village.clock.advance(3600)
    village.zigbee(name, smoke=True, battery=89, linkquality=42)  # nothing else has changed
    assert open_and_all(village) == (1, 2)


def test_a_retained_alarm_handed_out_again_is_the_old_one(village: Village) -> None:
    name = village.district.smoke_external_id
    payload = b'{"smoke": true}'
    village.topic("bridge/state", b'{"state":"online"}', retained=True)
    village.topic(name, payload, retained=True)
    village.close()
    village.clock.advance(86_400)
    village.topic(name, payload, retained=True)
    assert open_and_all(village) == (0, 1)
