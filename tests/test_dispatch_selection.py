"""Who goes, in which order, and why the others do not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dispatch import selection
from dispatch.duty import Contact, ShiftTime, call_order, first_called, on_duty
from dispatch.selection import Place, StationCard, rank
from dispatch.values import PersonRole, Tier
from geo.point import Point
from geo.travel import Comparison, StraightLine, Travel

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)  # Monday 15:12 in Tong'an
HOME, NEXT = "350212110212", "350212110211"
PLACE = Place(Point(118.19, 24.77), (HOME, "350212110", "350212"))


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
    defaults: dict[str, object] = {"too_far_s": 1800}
    return rank(stations, place or PLACE, StraightLine(), now=NOW, zone=ZONE, **(defaults | given))  # type: ignore[arg-type]


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
    off_duty = person(shifts=(ShiftTime(time(22), time(6), weekday="sun"),))
    nobody = station("nobody", 10, people=())
    ranking = ranked([nobody, station("asleep", 20, people=(off_duty,)), station("staffed", 5000)])

    assert [(c.station.id, c.why) for c in ranking.candidates] == [
        ("staffed", selection.NEAREST),
        ("nobody", selection.NO_CHIEF_REACHABLE),
        ("asleep", selection.NEAREST_UNSTAFFED),
    ]
    assert ranking.passed_over == (), "help is help: both go when the staffed one is gone"


def test_a_station_at_another_incident_ranks_behind_a_free_one_and_names_it() -> None:
    ranking = ranked([station("held", 10), station("free", 3000)], committed={"held": "K7"})

    assert [(c.station.id, c.why) for c in ranking.candidates] == [
        ("free", selection.NEAREST),
        ("held", "committed: K7"),
    ]


def test_a_held_station_goes_before_one_without_anybody() -> None:
    ranking = ranked([station("empty", 10, people=()), station("held", 20)], committed={"held": "K7"})

    assert ids(ranking) == ["held", "empty"]


def test_who_is_too_far_is_passed_over_while_five_staffed_ones_are_nearer() -> None:
    near = [station(f"near{n}", 1000 * n, NEXT) for n in range(1, 6)]
    far = station("far", 12_000, NEXT)  # 2,016 s by the straight-line rule

    ranking = ranked([far, *near])
    assert ids(ranking) == [f"near{n}" for n in range(1, 6)]
    assert [(p.station_id, p.reason) for p in ranking.passed_over] == [("far", selection.TOO_FAR)]

    fewer = ranked([far, *near], already_sent={"near1"})
    assert ids(fewer)[-1] == "far", "with four left it is help again"
    assert fewer.candidates[-1].why == selection.TOO_FAR


def test_the_home_village_is_never_too_far() -> None:
    near = [station(f"near{n}", 1000 * n, NEXT) for n in range(1, 6)]

    assert "home" in ids(ranked([station("home", 12_000), *near]))


def test_a_far_free_station_ranks_behind_a_near_held_one() -> None:
    ranking = ranked([station("far", 12_000, NEXT), station("held", 500)], committed={"held": "K7"})

    assert ids(ranking) == ["held", "far"]


class ByRoad:
    """Travel as a test wants it."""

    def __init__(self, **travels: Travel) -> None:
        self.travels = travels

    def compare(
        self, place: Point, stations: Mapping[str, Point], *, place_id: str | None = None
    ) -> Comparison:
        missing = {i: "unreachable" for i in stations if self.travels[i].method != "road"}
        return Comparison({i: self.travels[i] for i in stations}, not_by_road=missing)


def test_a_journey_by_straight_line_is_not_held_against_those_by_road() -> None:
    roads = ByRoad(
        near=Travel(60, 400, "road"), far=Travel(900, 9000, "road"), island=Travel(20, 150, "straight_line")
    )
    stations = [station("island", 100), station("far", 6000), station("near", 300)]
    ranking = rank(stations, PLACE, roads, now=NOW, zone=ZONE, too_far_s=1800)

    assert ids(ranking) == ["near", "far", "island"]
    assert [c.not_by_road for c in ranking.candidates] == [None, None, "unreachable"]


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


def test_the_nearest_goes_although_it_is_held_and_the_nearest_free_one_as_well() -> None:
    """Contract section 7 sends the nearest in service; that it may be busy only adds help."""
    stations = [station("held", 500, NEXT), station("free", 900, NEXT), station("third", 1500, NEXT)]
    ranking = ranked(stations, committed={"held": "K7"})

    chosen = selection.first_sent(ranking, Tier.TOWN, 1, PLACE)

    assert [(c.station.id, c.reason) for c in chosen] == [
        ("free", selection.NEAREST),
        ("held", selection.COMMITTED),
    ]


def test_where_all_are_held_the_nearest_goes() -> None:
    ranking = ranked([station("a", 500, NEXT), station("b", 900, NEXT)], committed={"a": "K7", "b": "K8"})

    assert [c.station.id for c in selection.first_sent(ranking, Tier.TOWN, 1, PLACE)] == ["a"]


def test_a_plan_that_sends_none_of_a_tier_sends_none() -> None:
    assert selection.first_sent(ranked([station("a", 500)]), Tier.VILLAGE, 0, PLACE) == []


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
