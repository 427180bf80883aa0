"""How long coverage takes: from the record to the answer's bytes, what if, and where next.

    python -m benchmarks.coverage [--premises 20000 240000] [--stations 30]

The roads of Liechtenstein, invented stations that travel by motorcycle, and premises beside random streets,
in a SQLite database. Each row is the work of one request, with the roads kept ready as in the service: the
faster of two runs by the wall clock, and how much of it the processor worked.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import insert, true

from api import coverage_facts, coverage_views
from benchmarks.roads import places_beside, stations_on
from dispatch.road_tables import RoadsInUse, Wanted, build
from dispatch.setup import DispatchSetup
from dispatch.values import Tier
from geo.point import Point
from geo.roads import Mode, RoadNetwork, StationSite, read_roads
from registry.version import bump_version
from store.database import Database
from store.places import Premises, Region, Station
from store.schema import migrate
from tests.road_maps import EXTRACTS

_VILLAGE, _NOW = "350212110212", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_WITHIN_S = 180


def main() -> None:
    """Print the seconds of each request for each number of premises."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--premises", nargs="+", type=int, default=[20_000, 240_000])
    parser.add_argument("--stations", type=int, default=30)
    options = parser.parse_args()
    network = read_roads(EXTRACTS / "liechtenstein.osm.pbf")
    sites = [
        StationSite(site.id, site.point, Mode.MOTORCYCLE)
        for site in stations_on(network, options.stations, random.Random(135))
    ]
    roads = build(Wanted(1, tuple(sites), {}, {}), network, None)
    for premises in options.premises:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{Path(folder) / 'coverage.db'}")
            _fill(database, network, sites, premises)
            _requests(database, roads, premises)
            database.dispose()


def _fill(database: Database, network: RoadNetwork, sites: list[StationSite], premises: int) -> None:
    migrate(database)
    chance = random.Random(136)
    places = places_beside(network, premises, chance)
    with database.begin() as session:
        session.execute(insert(Region), [{"code": _VILLAGE, "name": "村", "level": "village"}])
        common = {"tier": Tier.VILLAGE, "region_code": _VILLAGE}
        stations = [
            {"id": s.id, "name": s.id, "lon": s.point.lon, "lat": s.point.lat, **common} for s in sites
        ]
        session.execute(insert(Station), stations)
        rows = [
            {"id": f"p{n:06}", "name": f"楼 {n}", "address": "址", "village_code": _VILLAGE}
            | {"lon": place.lon, "lat": place.lat, "residents": chance.randrange(12)}
            for n, place in enumerate(places)
        ]
        session.execute(insert(Premises), rows)
        bump_version(session)


def _requests(database: Database, roads: RoadsInUse, premises: int) -> None:
    setup = DispatchSetup()
    setup.roads.in_use = roads
    middle = Point(float(roads.network.lon.mean()), float(roads.network.lat.mean()))
    place = {"lon": middle.lon, "lat": middle.lat}
    added = coverage_views.WhatIf.model_validate({"add": [place]})
    closed = coverage_views.WhatIf.model_validate({"close_roads": [_on_road(roads)]})

    def seen() -> coverage_facts.Seen:
        with database.read() as session:
            return coverage_facts.look(
                session, setup, [true()], Tier.VILLAGE, _WITHIN_S, None, None, now=_NOW
            )

    late = seen().summary(seen().reach, ()).not_reached
    print(f"\n{premises:,} premises, {late:,} not reached, {len(roads.ground.stations)} stations")
    _print("from the record", seen)
    for name, work in (
        ("unreached premises, 20,000 at most", lambda: coverage_facts.unreached_premises(seen(), 20_000)),
        ("unreached premises, all", lambda: coverage_facts.unreached_premises(seen(), premises)),
        ("map", lambda: coverage_facts.drawn(seen())),
        ("what if a station were added", lambda: coverage_facts.what_if(seen(), added)),
        ("what if a road were closed", lambda: coverage_facts.what_if(seen(), closed)),
        ("the three best sites", lambda: coverage_facts.best(seen(), 3)),
    ):
        _print(name, partial(_as_json, work))


def _as_json(work: Callable[[], BaseModel]) -> str:
    return work().model_dump_json()


def _on_road(roads: RoadsInUse) -> dict[str, float]:
    node = int(roads.network.start[7])
    return {"lon": float(roads.network.lon[node]), "lat": float(roads.network.lat[node])}


def _print(name: str, work: Callable[[], object]) -> None:
    wall, processor = [], []
    for _ in range(2):
        start, worked = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - worked)
    print(f"  {name}: {min(wall):.2f} s, of the processor {min(processor):.2f} s", flush=True)


if __name__ == "__main__":
    main()
