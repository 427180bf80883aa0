"""What each segment costs to each way of moving, and how seconds and metres are added as one number.

A cost is one float64 that holds a whole number: ticks of 10 microseconds x 2**22 + decimetres. Adding
costs adds both; the smaller cost is the faster way, among equally fast ones the shorter. So the shortest
paths carry their metres along, without a second pass over the predecessors. Exact up to 2**53: journeys
of 5 h and 400 km.
"""

from typing import Any

import numpy as np

from geo.roads.classes import Mode, road_classes
from geo.roads.network import Floats, RoadNetwork
from geo.travel import DETOUR_FACTOR

TICKS_PER_S = 100_000
PER_TICK = float(2**22)
PER_METRE = 10
_M_PER_S = 1 / 3.6
#: The order of the layers of cost: the two vehicles, then people on foot.
LAYERS = (Mode.ENGINE, Mode.MOTORCYCLE, Mode.FOOT)


def pack(ticks: Any, length: Any) -> Any:
    """One cost of whole ticks and whole decimetres (numbers or arrays); infinite ticks stay infinite."""
    return ticks * PER_TICK + length


def unpack(cost: Floats) -> tuple[Floats, Floats]:
    """Seconds and metres of costs; both infinite where a cost is."""
    ticks = np.floor(cost / PER_TICK)
    if not cost.size or cost.item(cost.argmax()) < np.inf:
        length = cost - ticks * PER_TICK
    else:
        length = np.full_like(cost, np.inf)
        np.subtract(cost, ticks * PER_TICK, out=length, where=np.isfinite(cost))
    return ticks / TICKS_PER_S, length / PER_METRE


def lengths(network: RoadNetwork) -> Floats:
    """Each segment in whole decimetres."""
    return np.rint(network.length_m * PER_METRE)


def ticks(network: RoadNetwork) -> tuple[Floats, Floats]:
    """Ticks along each segment and back, [segments x layers]; infinite where a layer may not go."""
    along = np.stack([_ticks(network, mode) for mode in LAYERS], axis=1)
    back = along.copy()
    back[network.one_way, : LAYERS.index(Mode.FOOT)] = np.inf  # people on foot go both ways
    return along, back


def usable(network: RoadNetwork, mode: Mode) -> Any:
    """The segments that a mode may use in their direction, as a mask."""
    return np.isfinite(_ticks(network, mode))


def _ticks(network: RoadNetwork, mode: Mode) -> Floats:
    rules = road_classes()
    of_class = np.array([rules.speed_kmh[name][mode] for name in network.class_names], dtype=float)
    class_kmh = of_class[network.road_class]
    kmh = class_kmh
    if mode is not Mode.FOOT:
        kmh = np.fmin(kmh, network.limit_kmh)  # fmin passes over NaN
        kmh = np.where(np.isnan(network.speed_kmh), kmh, network.speed_kmh)
    too_narrow = network.width_m < rules.need_width_m[mode]  # never true of NaN
    shut = (class_kmh <= 0) | too_narrow | ((network.barred & mode.bit) != 0)
    seconds = network.length_m / np.where(shut, 1, kmh * _M_PER_S)
    return np.where(shut, np.inf, np.maximum(np.rint(seconds * TICKS_PER_S), 1))


def off_road(metres: float, kmh: float | None = None) -> float:
    """The cost of a straight line beside the roads, with the detour factor; on foot unless told."""
    ticks, length = _beside(metres, kmh)
    return float(pack(round(ticks), round(length)))


def off_roads(metres: Floats) -> Floats:
    """The same for many lines, on foot."""
    ticks, length = _beside(metres, None)
    cost: Floats = pack(np.rint(ticks), np.rint(length))
    return cost


def _beside(metres: Any, kmh: float | None) -> tuple[Any, Any]:
    """Ticks and decimetres of lines, not rounded."""
    way_m = metres * DETOUR_FACTOR
    speed = road_classes().off_road.foot_kmh if kmh is None else kmh
    return way_m / (speed * _M_PER_S) * TICKS_PER_S, way_m * PER_METRE
