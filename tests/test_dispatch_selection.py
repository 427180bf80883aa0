"""Who goes, in which order, and why the others do not."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dispatch import selection
from dispatch.duty import Contact, ShiftTime, call_order, first_called, on_duty
from dispatch.selection import Place, StationCard, rank
from dispatch.values import PersonRole, Tier
from geo.point import Point
from geo.travel import StraightLine

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)  # Monday 15:12 in Tong'an
HOME, NEXT = "350212110212", "350212110211"


def person(name: str = "p", role: PersonRole = PersonRole.CHIEF, **given: object) -> Contact:
    defaults = {"id": name, "name": name, "phone": "+8613800138000", "rank": 1, "language": "zh"}
    return Contact(role=role, **(defaults | given))  # type: ignore[arg-type]


def station(station_id: str, metres_north: float, region: str = HOME, **given: object) -> StationCard:
    defaults: dict[str, object] = {
        "name": station_id,
        "tier": Tier.VILLAGE,
        "point": Point(118.19, 24.77 + metres_north / 110_766),
        "in_service": True,
        "out_until": None,
        "out_reason": None,
        "people": (person(),),
    }
    return StationCard(id=station_id, region_code=region, **(defaults | given))  # type: ignore[arg-type]


def ranked(stations: list[StationCard], place: Place | None = None, **given: object) -> selection.Ranking:
    where = place or Place(Point(118.19, 24.77), (HOME, "350212110", "350212"))
    return rank(stations, where, StraightLine(), now=NOW, zone=ZONE, **given)  # type: ignore[arg-type]


def ids(ranking: selection.Ranking) -> list[str]:
    return [candidate.station.id for candidate in ranking.candidates]


def test_nearest_first_with_time_by_the_straight_line_rule() -> None:
    ranking = ranked([station("far", 3000), station("near", 1000)])

    assert ids(ranking) == ["near", "far"]
    travel = ranking.candidates[0].travel
    assert travel is not None
    assert abs(travel.travel_s - 1000 * 1.4 / (30 / 3.6)) < 1
    assert travel.method == "straight_line"


def test_out_of_service_is_passed_over_with_its_reason_until_its_end() -> None:
    off = station("off", 10, in_service=False, out_reason="车辆维修", out_until=NOW + timedelta(minutes=1))
    back = station("back", 20, in_service=False, out_until=NOW)

    ranking = ranked([off, back])

    assert ids(ranking) == ["back"]
    assert [(p.station_id, p.reason) for p in ranking.passed_over] == [("off", "out_of_service: 车辆维修")]


def test_a_station_that_is_there_already_is_passed_over() -> None:
    ranking = ranked([station("a", 10), station("b", 20)], already_sent={"a"})

    assert ids(ranking) == ["b"]
    assert ranking.passed_over[0].reason == "already_sent"


def test_a_station_with_nobody_to_call_ranks_behind_and_says_so() -> None:
    ranking = ranked([station("empty", 10, people=()), station("staffed", 5000)])

    assert ids(ranking) == ["staffed", "empty"]
    assert ranking.candidates[1].reason == selection.NEAREST_UNSTAFFED


def test_without_a_point_the_region_decides() -> None:
    place = Place(None, (HOME, "350212110", "350212"))

    assert ids(ranked([station("b", 10, NEXT), station("a", 9000)], place)) == ["a", "b"]


def test_the_home_village_goes_as_well_when_another_is_nearer() -> None:
    ranking = ranked([station("home", 2000), station("neighbour", 500, NEXT), station("third", 900, NEXT)])
    place = Place(Point(118.19, 24.77), (HOME,))

    chosen = selection.first_sent(ranking, Tier.VILLAGE, 1, place)

    assert [(c.station.id, c.reason) for c in chosen] == [
        ("neighbour", selection.NEAREST),
        ("home", selection.HOME_VILLAGE),
    ]


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=12))
def test_the_order_never_depends_on_the_order_of_the_rows(metres: list[int]) -> None:
    stations = [station(f"s{index}", away) for index, away in enumerate(metres)]

    assert ids(ranked(stations)) == ids(ranked(stations[::-1]))


def test_chiefs_are_called_first_then_deputies_then_members_by_rank() -> None:
    people = [
        person("m", PersonRole.MEMBER),
        person("c2", rank=2),
        person("d", PersonRole.DEPUTY),
        person("c1", rank=1),
    ]

    assert [p.id for p in call_order(people)] == ["c1", "c2", "d", "m"]
    assert [p.id for p in first_called(call_order(people))] == ["c1", "c2"]
    assert [p.id for p in first_called(call_order(people[2:3]))] == ["d"]


def test_shifts_are_local_time_and_may_pass_midnight() -> None:
    night = ShiftTime(time(22), time(6), weekday="mon")
    monday = date(2026, 3, 2)
    guard = person("g", shifts=(night,))

    def at(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), ZONE)

    assert not guard.is_on_duty(at(monday, 21), ZONE)
    assert guard.is_on_duty(at(monday, 22), ZONE)
    assert guard.is_on_duty(at(monday + timedelta(days=1), 5), ZONE)
    assert not guard.is_on_duty(at(monday + timedelta(days=1), 6), ZONE)
    assert not guard.is_on_duty(at(monday, 5), ZONE)
    assert on_duty([guard, person("always")], at(monday, 12), ZONE)[0].id == "always"


def test_a_dated_shift_holds_on_its_day_only() -> None:
    holiday = person("h", shifts=(ShiftTime(time(8), time(18), on_date=date(2026, 10, 1)),))

    assert holiday.is_on_duty(datetime(2026, 10, 1, 9, tzinfo=ZONE), ZONE)
    assert not holiday.is_on_duty(datetime(2026, 10, 2, 9, tzinfo=ZONE), ZONE)
