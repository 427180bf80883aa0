"""Roads: read a network, keep it, and tell how long each station needs to a place by it.

    network = read_roads(path)                    # RoadFileError: one line of what is wrong
    ground = Ground(network, stations)            # anew when a station moves
    table = TravelTable(ground, closures, places) # anew when a road closes or opens, then swapped
    table.registered["P-1"]                       # a registered place; table.to(point) for any other
    RoadTravel(table).compare(place, stations)    # one yardstick for all stations of an alarm

Pure geography: knows no database, no incident and no clock.
"""

from geo.roads.classes import Mode
from geo.roads.comparing import RoadTravel
from geo.roads.errors import ClosureError, RoadFileError
from geo.roads.ground import OFF_ROAD_M, Ground, NotByRoad, StationSite
from geo.roads.network import RoadNetwork
from geo.roads.reading import read_roads
from geo.roads.summary import RoadSummary, summarise
from geo.roads.table import Journeys, TravelTable

__all__ = [
    "OFF_ROAD_M",
    "ClosureError",
    "Ground",
    "Journeys",
    "Mode",
    "NotByRoad",
    "RoadFileError",
    "RoadNetwork",
    "RoadSummary",
    "RoadTravel",
    "StationSite",
    "TravelTable",
    "read_roads",
    "summarise",
]
