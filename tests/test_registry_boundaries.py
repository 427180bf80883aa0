"""boundaries.geojson: each feature with its region; a fault's row is the feature's number."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.batch import Batch
from registry.checking import check
from registry.reading import read_district
from registry.world import World, lay_over
from tests.district_files import FILES, write_district

RING = [[118.1, 24.7], [118.3, 24.7], [118.3, 24.9], [118.1, 24.9], [118.1, 24.7]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}


def feature(code: object, geometry: object = SQUARE) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def read(folder: Path, content: str | bytes) -> Batch:
    files = {"regions.csv": FILES["regions.csv"]}
    write_district(folder, files)
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "boundaries.geojson").write_bytes(data)
    return read_district(folder)


def faults(folder: Path, *features: object) -> list[str]:
    batch = read(folder, json.dumps({"type": "FeatureCollection", "features": features}))
    world = World()
    lay_over(world, batch)
    return [str(fault) for fault in [*batch.faults, *check(batch, world)]]


def test_polygons_and_multipolygons_are_taken(tmp_path: Path) -> None:
    several = {"type": "MultiPolygon", "coordinates": [[RING]]}
    assert faults(tmp_path, feature("350212"), feature(350212110, several)) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (feature("999"), "code: unknown region '999'; correct it, or load that row too"),
        (feature("350212"), "code: '350212' stands in row 1 already"),
        (feature(None), "code: the feature has no property code; name its region"),
        (feature([1]), "code: [1] is not one value"),
        (feature("350212110", None), "geometry: not a GeoJSON geometry with rings of [lon, lat] pairs"),
        (
            feature("350212110", {"type": "LineString", "coordinates": RING}),
            "geometry: a LineString; give a Polygon or MultiPolygon",
        ),
        (
            feature("350212110", {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in RING]]}),
            "geometry: covers no place on earth; give rings of [lon, lat] pairs in degrees, WGS 84",
        ),
    ],
)
def test_a_fault_is_named_by_feature_and_member(wrong: dict[str, Any], fault: str, tmp_path: Path) -> None:
    assert faults(tmp_path, feature("350212"), wrong) == [f"boundaries.geojson:2:{fault}"]


def test_a_town_far_outside_the_boundary_of_its_district_is_refused(tmp_path: Path) -> None:
    small = {
        "type": "Polygon",
        "coordinates": [[[118.1, 24.7], [118.14, 24.7], [118.12, 24.74], [118.1, 24.7]]],
    }
    assert faults(tmp_path, feature("350212", small))[-1] == (
        "regions.csv:5:lon: 9.2 km outside its district 同安区 (350212), more than 1 km;"
        " correct lon, lat, crs or the region"
    )


def test_a_feature_that_is_none_has_every_fault(tmp_path: Path) -> None:
    assert [line.split(": ")[0] for line in faults(tmp_path, 7)] == [
        "boundaries.geojson:1:code",
        "boundaries.geojson:1:geometry",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"type": "FeatureCollection",\n "features": [}', "2:15: cannot be read as JSON: Expecting value"),
        ("[]", "1:-: no GeoJSON FeatureCollection"),
        ('{"features": {}}', "1:-: no GeoJSON FeatureCollection"),
        ('{"features": [NaN]}', "1:-: cannot be read as JSON: NaN is no number"),
    ],
)
def test_a_file_that_is_no_collection_is_refused(content: str, fault: str, tmp_path: Path) -> None:
    batch = read(tmp_path, content)
    assert batch.incomplete
    assert [str(f) for f in batch.faults] == [f"boundaries.geojson:{fault}"]


def test_a_file_that_nests_without_end_is_refused(tmp_path: Path) -> None:
    (fault,) = read(tmp_path, "[" * 100_000).faults
    assert str(fault).startswith("boundaries.geojson:1:-: cannot be read as JSON: ")


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(st.sampled_from(["type", "coordinates", "code", "x"]), inner)
    ),
)
_rings = st.lists(st.lists(st.lists(st.floats() | st.integers(), max_size=3), max_size=6), max_size=3)
_geometries = st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": st.one_of(_rings, _json)}
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(),
        st.builds(
            lambda c, g: json.dumps({"features": [feature(c, g)]}), _json, st.one_of(_json, _geometries)
        ),
    )
)
def test_nothing_in_the_file_raises_anything_but_faults(content: str | bytes, tmp_path: Path) -> None:
    batch = read(tmp_path, content)
    assert batch.faults or batch.boundaries
    assert all(str(fault).startswith("boundaries.geojson:") for fault in batch.faults)
