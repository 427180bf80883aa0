"""Many places asked at once are told what each alone is told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.point import Point
from geo.roads.classes import Mode
from tests.road_maps import at, drawn, road, station, table

_METRES = st.floats(-400, 1400)

#: Streets around a block, a path through it, a lane too narrow for an engine, an island beyond; a street and
#: a path in the block that nothing leads to.
_TOWN = drawn(
    road((0, 0), (500, 0), (1000, 0)),
    road((1000, 0), (1000, 800)),
    road((0, 0), (0, 800), one_way=True),
    road((0, 800), (1000, 800)),
    road((500, 0), (500, 400), road_class="path"),
    road((500, 400), (500, 800), width_m=1.2),
    road((1300, 1300), (1400, 1300)),
    road((600, 150), (600, 650), (900, 650), (900, 350)),
    road((200, 100), (200, 700), (400, 700), (400, 200), road_class="path"),
)


@given(
    places=st.lists(st.tuples(_METRES, _METRES), min_size=1, max_size=12),
    closures=st.lists(st.sampled_from([(250, 0), (1000, 400), (500, 200)]), max_size=2, unique=True),
)
def test_many_places_are_told_what_each_alone_is_told(
    places: list[tuple[float, float]], closures: list[tuple[float, float]]
) -> None:
    stations = (station(100, 5), station(900, 790, Mode.MOTORCYCLE, "S-2"), station(-390, -390, name="S-3"))
    found = table(_TOWN, *stations, closures=[at(*closure) for closure in closures])
    points = [at(*place) for place in places]
    lon, lat = np.array([p.lon for p in points]), np.array([p.lat for p in points])

    parts = list(found.to_many(lon, lat))

    assert [part.start for part, _, _ in parts] == [0]
    for point, on_road, seconds in zip(points, parts[0][1], parts[0][2], strict=True):
        alone = found.to(point)
        assert seconds.tolist() == alone.travel_s.tolist()
        assert on_road == bool(found.ground.snap(point, found._closed))


def test_more_places_than_are_looked_at_together_are_told_in_parts() -> None:
    found = table(_TOWN, station(100, 5))
    parts = list(found.to_many(np.full(2500, at(200, 10).lon), np.full(2500, at(200, 10).lat)))

    assert [len(seconds) for _, _, seconds in parts] == [1000, 1000, 500]
    assert {float(second) for _, _, part in parts for second in part[:, 0]} == {
        float(found.to(Point(at(200, 10).lon, at(200, 10).lat)).travel_s[0])
    }
