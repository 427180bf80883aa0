"""`fire135 roads FILE`: read a road network, say what it holds and whom it reaches, and put it in use."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from dispatch.plan import load_plan
from dispatch.road_keeper import places, sites
from dispatch.setup import DispatchSetup
from fire135.administration import open_database
from fire135.clock import SystemClock
from fire135.errors import UserError
from fire135.settings import Settings
from geo.point import Point
from geo.roads import (
    OFF_ROAD_M,
    Ground,
    NotByRoad,
    RoadFileError,
    RoadNetwork,
    StationSite,
    TravelTable,
    read_roads,
    summarise,
)
from registry import roads as kept
from store.roads import RoadNetworkFile

#: How a journey is made, as people read it, in the order in which it is told.
_REACHED = {
    None: "by road",
    NotByRoad.PLACE_OFF_ROAD: "more than 300 m from every road",
    NotByRoad.STATION_OFF_ROAD: "more than 300 m from every road",
    NotByRoad.UNREACHABLE: "no way by road from any station",
}


def load_roads(settings: Settings, path: Path, *, dry_run: bool, anyway: bool) -> Iterator[str]:
    """Read and check everything, then keep it in one transaction, unless only tried; tells line by line.

    Raises UserError for a file that cannot be used, and unless `anyway` for one beside whose roads no station
    stands; the rooms' errors for settings and databases that cannot.
    """
    try:
        network = read_roads(path)
    except RoadFileError as fault:
        raise UserError(str(fault)) from None
    yield from _summary(network)
    setup = DispatchSetup(plan=load_plan(settings.plan), zone=settings.zone)
    with open_database(settings) as database:
        with database.read() as session:
            stations, premises = sites(session, setup), places(session)
        ground = Ground(network, stations)
        if stations and not anyway and not _is_reached(ground):
            raise UserError(_why_refused(network, stations))
        yield from _reach(ground, premises)
        if dry_run:
            yield "only tried: nothing was kept"
            return
        file = RoadNetworkFile(
            source=network.origin.source,
            attribution=network.origin.attribution,
            built_at=SystemClock().now(),
            packed=network.to_bytes(),
        )
        with database.begin() as session:
            kept.keep(session, file)
    yield "kept: a running service compares by these roads in some seconds"


def _summary(network: RoadNetwork) -> Iterator[str]:
    found = summarise(network)
    yield f"{found.source}: {found.nodes} nodes, {found.directed_edges} directed edges"
    km = ", ".join(f"{name} {length:g}" for name, length in found.km_by_class.items())
    yield f"km by class: {km}; not for engines: {found.km_not_for_engines:g}"
    yield f"largest part in which every place reaches every other: {found.share_connected:.1%} of the streets"
    if found.left_out:
        yield f"left out: {', '.join(f'{reason} {count}' for reason, count in found.left_out.items())}"
    if found.attribution:
        yield found.attribution


def _is_reached(ground: Ground) -> bool:
    return bool((ground.station_nodes >= 0).any())


def _why_refused(network: RoadNetwork, stations: tuple[StationSite, ...]) -> str:
    """One line, with longitude and latitude tried the other way round."""
    swapped = replace(network, lon=network.lat, lat=network.lon)
    advice = (
        "its longitudes and latitudes are swapped: write them the other way round"
        if np.abs(network.lon).max() <= 90 and _is_reached(Ground(swapped, stations))
        else "check that it holds the roads of this district, in degrees of WGS 84"
    )
    return (
        f"{network.origin.source}: none of the {len(stations)} stations of the registry stands within "
        f"{OFF_ROAD_M:.0f} m of a road of it, so nothing was kept; {advice}, or give --anyway"
    )


def _reach(ground: Ground, premises: dict[str, Point]) -> Iterator[str]:
    on_road = [None if node >= 0 else NotByRoad.STATION_OFF_ROAD for node in ground.station_nodes]
    yield _told("stations", on_road)
    if ground.stations:
        table = TravelTable(ground, places=premises)
        yield _told("premises", (journeys.reason for journeys in table.registered.values()))


def _told(what: str, reasons: Iterable[NotByRoad | None]) -> str:
    counts = Counter(_REACHED[reason] for reason in reasons)
    whole = sum(counts.values())
    if not whole:
        return f"{what}: the registry has none with a position yet"
    parts = (f"{counts[how]} {how} ({counts[how] / whole:.1%})" for how in dict.fromkeys(_REACHED.values()))
    return f"{what}: {', '.join(parts)}"
