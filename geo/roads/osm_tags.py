"""What the tags of an OpenStreetMap way say about driving it. Pure.

Access: a fire engine may use what is private, for residents or for customers; `no` bars a mode, unless
`emergency=yes` opens it (https://wiki.openstreetmap.org/wiki/Key:access, most particular key first). That
is the careful reading: a legal `no` would not stop an engine, but the tag is also how a road that cannot
be driven is marked, and the last part is then counted on foot, so that no arrival is promised too early.
"""

import re
from collections.abc import Mapping, Sequence
from math import nan

from geo.roads.building import Drawing, Way
from geo.roads.classes import Mode, road_classes

_ACCESS_KEYS: Mapping[Mode, tuple[str, ...]] = {
    Mode.ENGINE: ("motor_vehicle", "vehicle", "access"),
    Mode.MOTORCYCLE: ("motorcycle", "motor_vehicle", "vehicle", "access"),
    Mode.FOOT: ("foot", "access"),
}
_OPEN = {"yes", "designated", "official", "permissive", "destination"}
_ONE_WAY = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1, "no": 0, "false": 0, "0": 0}
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?")
_WIDTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*m?")
_KM_PER_MILE = 1.609344
_WALKING_LIMIT_KMH = 7.0  # maxspeed=walk: the usual reading of walking pace by courts and routers


def way_of(nodes: Sequence[int], tags: Mapping[str, str], drawing: Drawing) -> Way | None:
    """Understand one way; None where it is no road. What is left out is counted in the drawing."""
    road_class = tags["highway"]
    if road_class not in road_classes().speed_kmh:
        drawing.leave_out(f"ways of class {road_class}")
        return None
    direction = _direction(tags)
    return Way(
        nodes=nodes[::-1] if direction < 0 else nodes,
        road_class=_opened_class(road_class, tags),
        one_way=direction != 0,
        limit_kmh=_limit_kmh(tags, drawing),
        width_m=_width_m(tags, drawing),
        barred=_barred(tags),
    )


def _direction(tags: Mapping[str, str]) -> int:
    """1 only along the nodes, -1 only against them, 0 both."""
    implied = tags.get("junction") in {"roundabout", "circular"} or tags["highway"] == "motorway"
    return _ONE_WAY.get(tags.get("oneway", ""), int(implied))


def _opened_class(road_class: str, tags: Mapping[str, str]) -> str:
    """A path that vehicles, or emergency vehicles, are let onto is driven like a service road."""
    opened = tags.get("emergency") in _OPEN or tags.get("motor_vehicle") in _OPEN
    walked = road_classes().speed_kmh[road_class].get(Mode.ENGINE, 0) == 0
    return "service" if opened and walked and road_class != "steps" else road_class


def _barred(tags: Mapping[str, str]) -> int:
    modes = [mode for mode in Mode if next((tags[k] for k in _ACCESS_KEYS[mode] if k in tags), None) == "no"]
    barred = sum(mode.bit for mode in modes)
    if tags.get("emergency") in _OPEN:
        return barred & Mode.FOOT.bit
    return barred | Mode.ENGINE.bit if tags.get("emergency") == "no" else barred


def _limit_kmh(tags: Mapping[str, str], drawing: Drawing) -> float:
    told = tags.get("maxspeed")
    if told is None or told == "none":
        return nan
    if told == "walk":
        return _WALKING_LIMIT_KMH
    number = _SPEED.fullmatch(told.strip())
    if number is None or float(number[1]) == 0:
        drawing.leave_out("speed limits that are no number")
        return nan
    return float(number[1]) * (_KM_PER_MILE if number[2] == "mph" else 1)


def _width_m(tags: Mapping[str, str], drawing: Drawing) -> float:
    """The narrowest of what is told."""
    widths = []
    for key in ("width", "maxwidth", "maxwidth:physical"):
        number = _WIDTH.fullmatch(tags[key].strip()) if key in tags else None
        if number is not None and (width := float(number[1].replace(",", "."))) > 0:
            widths.append(width)
        elif key in tags:
            drawing.leave_out("widths that are no number of metres")
    return min(widths, default=nan)
