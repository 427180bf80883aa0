"""Read a road file of any kind."""

from pathlib import Path

from geo.roads.errors import RoadFileError
from geo.roads.network import RoadNetwork
from geo.roads.reading_geojson import read_geojson
from geo.roads.reading_osm import read_osm

_READERS = {
    ".osm.pbf": read_osm,
    ".osm.gz": read_osm,
    ".osm": read_osm,
    ".geojson": read_geojson,
    ".json": read_geojson,
}


def read_roads(path: Path) -> RoadNetwork:
    """Read roads from an OpenStreetMap extract or from GeoJSON lines, told apart by the file's name.

    Raises RoadFileError when it cannot be used; nothing is half-built.
    """
    reader = next((read for ending, read in _READERS.items() if path.name.lower().endswith(ending)), None)
    if reader is None:
        name = path.name or str(path)  # a dot has no name
        raise RoadFileError(name, "is no known kind of road file", f"give one of {', '.join(_READERS)}")
    if not path.is_file():
        raise RoadFileError(path.name, "there is no such file", "check the path")
    return reader(path)
