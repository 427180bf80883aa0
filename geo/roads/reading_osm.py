"""Read the roads of an OpenStreetMap extract (.osm.pbf, .osm.gz, .osm) with pyosmium."""

from collections.abc import Iterator
from math import nan
from pathlib import Path

import osmium
from osmium.osm.types import Node, NodeRef, OSMEntity, Way

from geo.roads.building import Drawing, build
from geo.roads.classes import road_classes
from geo.roads.errors import RoadFileError
from geo.roads.network import RoadNetwork
from geo.roads.osm_tags import way_of

#: To be shown wherever the data or anything derived from it is shown (ODbL 1.0, section 4.3).
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
_ADVICE = "fetch the extract again and check its size"


def read_osm(path: Path) -> RoadNetwork:
    """Read an extract.

    Raises RoadFileError when it is damaged, cut off, no OSM file, or holds no road.
    """
    drawing, numbers, barriers = Drawing(), dict[int, int](), dict[int, int]()
    try:
        for entity in _roads_and_barriers(path):
            if isinstance(entity, Node):
                stopped = road_classes().stopped_at(entity.tags.get("barrier") or "")
                if stopped:
                    barriers[entity.id] = stopped
            elif isinstance(entity, Way) and "highway" in entity.tags:
                nodes = [_number(ref, numbers, drawing) for ref in entity.nodes]
                way = way_of(nodes, {tag.k: tag.v for tag in entity.tags}, drawing)
                if way is not None:
                    drawing.ways.append(way)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as fault:
        raise RoadFileError(path.name, f"cannot be read as OpenStreetMap data: {fault}", _ADVICE) from None
    drawing.barriers = {numbers[ref]: modes for ref, modes in barriers.items() if ref in numbers}
    return build(drawing, path.name, ATTRIBUTION)


def _roads_and_barriers(path: Path) -> Iterator[OSMEntity]:
    """Nodes come before ways in every extract; pyosmium keeps their positions for the ways."""
    kinds = osmium.osm.NODE | osmium.osm.WAY
    wanted = osmium.filter.KeyFilter("highway", "barrier")
    yield from osmium.FileProcessor(path, kinds).with_locations().with_filter(wanted)


def _number(ref: NodeRef, numbers: dict[int, int], drawing: Drawing) -> int:
    """The index of a node in the drawing; a new one for a node met first. NaN where the file lacks it."""
    number = numbers.get(ref.ref)
    if number is None:
        number = numbers[ref.ref] = len(drawing.lon)
        position = ref.location
        known = position.valid()
        drawing.lon.append(position.lon if known else nan)
        drawing.lat.append(position.lat if known else nan)
    return number
