"""When nobody will come, against a look at every minute."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.duty import Absence, Contact, ShiftTime
from dispatch.forecast import Gap, Reason, Window, coming_night, covered, gaps, turns
from dispatch.selection import StationCard
from dispatch.values import PersonRole, Tier
from geo.point import Point
from geo.regions import Division, DivisionTree
from geo.travel import StraightLine

TONGAN = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
#: A zone, and a day near which its clocks change by an hour, or by half of one.
ZONES = [
    ("Asia/Shanghai", date(2026, 3, 2)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),  # at midnight, forwards
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by 30 minutes
]


def card(*people: Contact, **given: object) -> StationCard:
    defaults: dict[str, object] = {"in_service": True, "out_until": None, "out_reason": None, "point": None}
    return StationCard("s", "s", Tier.VILLAGE, "350212110212", people=people, **(defaults | given))  # type: ignore[arg-type]


def guard(name: str = "g", **given: object) -> Contact:
    return Contact(name, name, "+8613800138000", PersonRole.MEMBER, 1, "zh", **given)  # type: ignore[arg-type]


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=TONGAN).astimezone(UTC)


def test_a_village_without_a_second_watch_has_a_gap_from_two_to_six() -> None:
    early = guard(shifts=(ShiftTime(time(18), time(2), weekday="mon"),))
    late = guard("l", shifts=(ShiftTime(time(6), time(14), weekday="tue"),))
    night = coming_night(local(2, 15, 12), TONGAN)
    assert night == Window(local(2, 22), local(3, 6))
    assert gaps(card(early, late), night, TONGAN) == [Gap(local(3, 2), local(3, 6), Reason.NOBODY_ON_DUTY)]
    assert [(turn.person.id, turn.start, turn.end) for turn in turns(card(early, late), night, TONGAN)] == [
        ("g", local(2, 22), local(3, 2))
    ]


def test_a_station_out_of_service_is_named_as_that_and_who_is_always_there_leaves_no_gap() -> None:
    night = Window(local(2, 22), local(3, 6))
    assert gaps(card(guard()), night, TONGAN) == []
    away = card(guard(), in_service=False, out_until=local(3, 1))
    assert gaps(away, night, TONGAN) == [Gap(local(2, 22), local(3, 1), Reason.OUT_OF_SERVICE)]
    assert gaps(card(), night, TONGAN) == [Gap(local(2, 22), local(3, 6), Reason.NOBODY_ON_DUTY)]


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        (local(2, 6), local(2, 22), local(3, 6)),
        (local(2, 23), local(2, 23), local(3, 6)),
        (local(3, 3), local(3, 3), local(3, 6)),
        (local(3, 5, 59), local(3, 5, 59), local(3, 6)),
    ],
)
def test_the_coming_night_is_what_is_left_of_it(now: datetime, start: datetime, end: datetime) -> None:
    assert coming_night(now, TONGAN) == Window(start, end)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[StationCard, Window, ZoneInfo]:
    name, day = draw(st.sampled_from(ZONES))
    zone = ZoneInfo(name)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    minutes = st.integers(0, 72 * 60)
    clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
    days = st.integers(-2, 3).map(lambda offset: day + timedelta(days=offset))
    weekdays = st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    turn = st.builds(ShiftTime, clocks, clocks, weekdays) | st.builds(
        ShiftTime, clocks, clocks, st.none(), days
    )
    absence = st.tuples(minutes, minutes).map(
        lambda span: Absence(start + span[0] * MINUTE, start + (span[0] + span[1]) * MINUTE)
    )
    person = st.builds(
        guard,
        shifts=st.lists(turn, max_size=6).map(tuple),
        days_off=st.frozensets(days, max_size=2),
        leave=st.lists(absence, max_size=2).map(tuple),
    )
    people = draw(st.lists(person, max_size=3))
    begins = start + draw(minutes) * MINUTE
    window = Window(begins, begins + draw(st.integers(1, 40 * 60)) * MINUTE)
    until = draw(st.none() | minutes.map(lambda passed: start + passed * MINUTE))
    in_service = draw(st.booleans())
    return card(*people, in_service=in_service, out_until=until), window, zone


def _minute_by_minute(station: StationCard, window: Window, zone: ZoneInfo) -> list[Gap]:
    found: list[Gap] = []
    at = window.start
    while at < window.end:
        reason = None
        if not station.is_in_service(at):
            reason = Reason.OUT_OF_SERVICE
        elif not any(person.is_on_duty(at, zone) for person in station.people):
            reason = Reason.NOBODY_ON_DUTY
        if reason and found and found[-1].end == at and found[-1].reason is reason:
            found[-1] = Gap(found[-1].start, at + MINUTE, reason)
        elif reason:
            found.append(Gap(at, at + MINUTE, reason))
        at += MINUTE
    return found


@given(_cases())
def test_gaps_are_what_a_look_at_every_minute_finds(case: tuple[StationCard, Window, ZoneInfo]) -> None:
    station, window, zone = case
    assert gaps(station, window, zone) == _minute_by_minute(station, window, zone)


@given(_cases())
def test_turns_and_gaps_tell_the_same(case: tuple[StationCard, Window, ZoneInfo]) -> None:
    station, window, zone = case
    told, empty = turns(station, window, zone), gaps(station, window, zone)
    at = window.start
    while at < window.end:
        on = {turn.person for turn in told if turn.start <= at < turn.end}
        assert on == {person for person in station.people if person.is_on_duty(at, zone)}
        nobody = any(g.start <= at < g.end and g.reason is Reason.NOBODY_ON_DUTY for g in empty)
        assert nobody == (not on and station.is_in_service(at))
        at += 7 * MINUTE


def test_a_village_without_a_station_is_covered_by_the_nearest_be_it_out_of_service() -> None:
    middle = Point(118.19, 24.77)
    tree = DivisionTree(
        [
            Division("3", "区", "district"),
            Division("31", "镇", "town", "3"),
            Division("311", "有站的村", "village", "31", middle),
            Division("312", "无站的村", "village", "31", Point(118.20, 24.77)),
            Division("313", "不知位置的村", "village", "31"),
        ],
        {},
    )
    near = replace(card(in_service=False), id="near", region_code="311", point=Point(118.199, 24.77))
    far = replace(card(guard()), id="far", region_code="31", point=middle)
    assert covered(tree, [far, near], StraightLine()) == {"312": near, "313": far}
    assert covered(tree, [far], StraightLine())["311"] is far
    assert covered(tree, [], StraightLine()) == {"311": None, "312": None, "313": None}
