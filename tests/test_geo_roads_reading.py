"""Road files: what is read, what is left out and counted, what is refused in one line."""

import gzip
import json
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.roads.building import Drawing, parts
from geo.roads.classes import Mode
from geo.roads.errors import RoadFileError
from geo.roads.network import RoadNetwork, split
from geo.roads.osm_tags import way_of
from geo.roads.reading import read_roads
from geo.roads.summary import summarise
from tests.road_maps import EXTRACTS, drawn, road

OSM = """<osm version="0.6">
<node id="1" lat="24.70" lon="118.15"/><node id="2" lat="24.71" lon="118.15"/>
<node id="3" lat="24.72" lon="118.15"><tag k="barrier" v="bollard"/></node>
<node id="4" lat="24.725" lon="118.15"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="99"/><tag k="highway" v="primary"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="proposed"/></way>
</osm>"""


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def line(*positions: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "LineString", "coordinates": list(positions)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


HERE, THERE = [118.15, 24.70], [118.15, 24.71]


def test_an_extract_cut_at_its_border_is_read_and_says_what_is_missing(tmp_path: Path) -> None:
    network = read_roads(written(tmp_path, "cut.osm", OSM))
    assert network.class_names == ("primary", "residential")
    left_out = dict(network.origin.left_out)
    assert left_out == {
        "ways of class proposed": 1,
        "segments to nodes that the file does not hold": 1,
        "segments without length": 1,
    }
    assert "OpenStreetMap" in network.origin.attribution
    barred = network.length_m[network.barred == Mode.ENGINE.bit].sum()
    assert barred == pytest.approx(554, abs=2), "the bollard bars the shorter side to engines"


def test_the_same_extract_compressed_is_the_same_network(tmp_path: Path) -> None:
    plain = read_roads(written(tmp_path, "a.osm", OSM))
    packed = read_roads(written(tmp_path, "a.osm.gz", gzip.compress(OSM.encode())))
    assert packed.length_m.tolist() == plain.length_m.tolist()


def test_a_real_extract_is_summed_up() -> None:
    summary = summarise(read_roads(EXTRACTS / "andorra.osm.pbf"))
    assert summary.km_by_class["primary"] == pytest.approx(158, abs=40)
    assert summary.share_connected > 0.9
    assert summary.directed_edges > summary.nodes
    assert summary.km_not_for_engines > 100
    assert summary.left_out["ways of class construction"] == 2


PBF = (EXTRACTS / "andorra.osm.pbf").read_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.osm.pbf", PBF[:300_000]),
        ("text.osm.pbf", b"hello"),
        ("empty.osm.pbf", b""),
        ("cut.osm", OSM[:400]),
        ("page.osm", "<html></html>"),
        ("nan.osm", OSM.replace('lat="24.70"', 'lat="NaN"')),
        ("cut.osm.gz", gzip.compress(OSM.encode(), mtime=0)[:100]),
        ("bare.osm", '<osm version="0.6"></osm>'),
        ("x.geojson", "{"),
        ("x.geojson", b"\xff\xfe"),
        ("x.geojson", "[" * 100_000),
        ("x.geojson", "[]"),
        ("x.geojson", lines()),
        ("x.geojson", lines(line(HERE, HERE))),
        ("x.geojson", lines(line(HERE))),
        ("x.geojson", lines(line(HERE, [24.71, 118.15]))),
        ("x.geojson", lines(line(HERE, [118.15, float("nan")]))),
        ("x.geojson", lines(line(HERE, ["118.15", "24.71"]))),
        ("x.geojson", lines(line(HERE, [10**400, 1]))),
        ("x.geojson", lines(line(HERE, THERE, speed_kmh=0))),
        ("x.geojson", lines(line(HERE, THERE, speed_kmh=-30))),
        ("x.geojson", lines(line(HERE, THERE, width_m="wide"))),
        ("x.geojson", lines(line(HERE, [-118.15, -24.71]))),
        ("x.geojson", lines(line(HERE, THERE, oneway="perhaps"))),
        ("x.geojson", lines(line(HERE, THERE) | {"properties": [1]})),
        ("x.geojson", lines({"geometry": {"type": "MultiLineString", "coordinates": 7}})),
        ("roads.csv", "a,b"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path: Path, name: str, content: str | bytes) -> None:
    with pytest.raises(RoadFileError, match=rf"^{name}: .+; ") as refused:
        read_roads(written(tmp_path, name, content))
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RoadFileError, match="no such file"):
        read_roads(tmp_path / "none.osm.pbf")


def test_geojson_says_which_feature_is_wrong(tmp_path: Path) -> None:
    content = lines(line(HERE, THERE), line(HERE, THERE, speed_kmh=-1))
    with pytest.raises(RoadFileError, match="feature 2: speed_kmh -1"):
        read_roads(written(tmp_path, "x.geojson", content))


@pytest.mark.parametrize(
    "wrong",
    [
        line(HERE, [118.15, float("nan")]),
        line(HERE, THERE, speed_kmh=float("nan")),
        line(HERE, THERE, speed_kmh=10**400),
        line(HERE, THERE, speed_kmh=True),
        line(HERE, THERE, width_m=True),
        line(HERE, THERE, speed_kmh=201),
    ],
)
def test_what_is_no_number_or_no_speed_is_refused_by_its_feature(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(RoadFileError, match=r"^x.geojson: feature 2: .+; correct it") as refused:
        read_roads(written(tmp_path, "x.geojson", lines(line(HERE, THERE), wrong)))
    assert "\n" not in str(refused.value)


def test_a_line_around_the_globe_is_left_out_and_counted(tmp_path: Path) -> None:
    network = read_roads(written(tmp_path, "x.geojson", lines(line(HERE, THERE), line(HERE, [24.71, 48.15]))))
    assert network.origin.left_out["segments longer than 100 km"] == 1
    assert network.length_m.sum() == pytest.approx(1108, abs=2)


def test_a_folder_named_by_a_dot_is_named() -> None:
    with pytest.raises(RoadFileError, match=r"^\.: is no known kind"):
        read_roads(Path())


def test_geojson_lines_with_their_properties(tmp_path: Path) -> None:
    parts = {"type": "MultiLineString", "coordinates": [[HERE, THERE], [THERE, [118.16, 24.71, 55.0]]]}
    content = lines(
        line(HERE, THERE, speed_kmh="40", oneway=-1, width_m=2.5, highway="service"),
        {"type": "Feature", "geometry": parts, "properties": None},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": HERE}, "properties": {}},
        line(HERE, THERE, highway="canal"),
    )
    network = read_roads(written(tmp_path, "x.geojson", "\ufeff" + content))
    service = network.road_class == network.class_names.index("service")
    assert set(network.speed_kmh[service]) == {40.0}
    assert set(network.width_m[service]) == {2.5}
    assert network.one_way[service].all()
    assert network.lat[network.start[service]].max() > network.lat[network.end[service]].min()
    assert np.isnan(network.speed_kmh[~service]).all()
    assert network.origin.left_out == {"features that are no lines (Point)": 1, "lines of class canal": 1}


def test_a_lane_that_ends_on_the_middle_of_a_street_joins_it_and_one_that_passes_over_does_not(
    tmp_path: Path,
) -> None:
    street = line([118.15, 24.70], [118.17, 24.70])
    lane, bridge = line([118.16, 24.700001], [118.16, 24.71]), line([118.155, 24.69], [118.155, 24.72])
    network = read_roads(written(tmp_path, "x.geojson", lines(street, lane, bridge)))
    part = parts(network, np.ones(network.segments, bool), both_ways=False)
    _, segments = np.unique(part[network.start], return_counts=True)
    assert len(segments) == 2


def test_no_piece_of_road_is_longer_than_a_hundred_metres() -> None:
    network = drawn(road((0, 0), (2950, 0)))
    assert network.length_m.max() <= 100
    assert network.length_m.sum() == pytest.approx(2950, rel=2e-3)


def test_scraps_are_left_out_and_islands_stay() -> None:
    network = drawn(road((0, 0), (3000, 0)), road((0, 500), (900, 500)), road((0, 5000), (1200, 5000)))
    assert network.length_m.sum() == pytest.approx(4200, rel=2e-3)
    assert list(network.origin.left_out) == ["segments of scraps that hang together with nothing"]


def test_nodes_drawn_twice_are_one_junction() -> None:
    network = drawn(road((0, 0), (1000, 0)), road((1000, 0.001), (2000, 0)))
    assert network.origin.left_out == {"nodes drawn twice, taken as one": 1}
    assert summarise(network).share_connected == 1


def test_a_network_survives_being_kept() -> None:
    network = read_roads(EXTRACTS / "andorra.osm.pbf")
    kept = RoadNetwork.from_bytes(network.to_bytes())
    assert np.array_equal(kept.length_m, network.length_m)
    assert np.array_equal(kept.width_m, network.width_m, equal_nan=True)
    assert kept.origin == network.origin
    assert kept.class_names == network.class_names


@pytest.mark.parametrize("damage", [b"", b"hello", b"PK\x03\x04", None])
def test_a_damaged_network_is_refused_in_one_line(damage: bytes | None) -> None:
    whole = drawn(road((0, 0), (1000, 0))).to_bytes()
    with pytest.raises(RoadFileError, match="stored road network: damaged"):
        RoadNetwork.from_bytes(whole[: len(whole) // 2] if damage is None else damage)


def test_a_network_cannot_be_changed() -> None:
    network = drawn(road((0, 0), (1000, 0)))
    with pytest.raises(ValueError, match="read-only"):
        network.length_m[0] = 1


@pytest.mark.parametrize(
    ("tags", "one_way", "barred"),
    [
        ({"highway": "primary"}, False, set()),
        ({"highway": "primary", "oneway": "yes"}, True, set()),
        ({"highway": "motorway"}, True, set()),
        ({"highway": "motorway", "oneway": "no"}, False, set()),
        ({"highway": "tertiary", "junction": "roundabout"}, True, set()),
        ({"highway": "service", "access": "private"}, False, set()),
        ({"highway": "service", "access": "no"}, False, set(Mode)),
        ({"highway": "service", "access": "no", "foot": "yes"}, False, {Mode.ENGINE, Mode.MOTORCYCLE}),
        ({"highway": "service", "motor_vehicle": "no"}, False, {Mode.ENGINE, Mode.MOTORCYCLE}),
        ({"highway": "service", "motor_vehicle": "no", "emergency": "yes"}, False, set()),
        ({"highway": "service", "emergency": "no"}, False, {Mode.ENGINE}),
        ({"highway": "track", "motorcycle": "no"}, False, {Mode.MOTORCYCLE}),
    ],
)
def test_tags_say_who_may_drive_where(tags: dict[str, str], one_way: bool, barred: set[Mode]) -> None:
    way = way_of([1, 2], tags, Drawing())
    assert way is not None
    assert way.one_way is one_way
    assert way.barred == sum(mode.bit for mode in barred)


def test_against_the_drawing_is_turned_round() -> None:
    way = way_of([1, 2, 3], {"highway": "service", "oneway": "-1"}, Drawing())
    assert way is not None
    assert list(way.nodes) == [3, 2, 1]


def test_a_path_opened_to_emergency_vehicles_is_driven() -> None:
    way = way_of([1, 2], {"highway": "path", "emergency": "yes"}, Drawing())
    assert way is not None
    assert way.road_class == "service"


@pytest.mark.parametrize(
    ("maxspeed", "kmh"),
    [
        ("50", 50),
        ("30 mph", 48.28),
        ("walk", 7),
        ("none", None),
        ("CN:urban", None),
        ("0", None),
        ("-5", None),
    ],
)
def test_speed_limits(maxspeed: str, kmh: float | None) -> None:
    way = way_of([1, 2], {"highway": "primary", "maxspeed": maxspeed}, Drawing())
    assert way is not None
    assert isnan(way.limit_kmh) if kmh is None else way.limit_kmh == pytest.approx(kmh, abs=0.01)


@pytest.mark.parametrize(
    ("tags", "width_m"),
    [({"width": "3.5"}, 3.5), ({"width": "3,5 m", "maxwidth": "2"}, 2), ({"width": "10'"}, None), ({}, None)],
)
def test_widths_are_the_narrowest_told(tags: dict[str, str], width_m: float | None) -> None:
    way = way_of([1, 2], {"highway": "primary"} | tags, Drawing())
    assert way is not None
    assert isnan(way.width_m) if width_m is None else way.width_m == width_m


@given(st.dictionaries(st.sampled_from(["maxspeed", "width", "oneway", "access", "emergency"]), st.text()))
def test_no_tag_breaks_the_reader(tags: dict[str, str]) -> None:
    assert way_of([1, 2], tags | {"highway": "primary"}, Drawing()) is not None


def test_a_segment_is_cut_at_several_places_at_once() -> None:
    network = drawn(road((0, 0), (90, 0)))
    finer, nodes = split(network, np.array([0, 0]), np.array([0.75, 0.25]))
    assert (finer.length_m / network.length_m[0]).tolist() == pytest.approx([0.25, 0.5, 0.25])
    assert finer.start.tolist()[1:] == finer.end.tolist()[:-1] == [nodes[1], nodes[0]]
