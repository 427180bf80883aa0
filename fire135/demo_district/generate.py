"""Write the demo district's CSV files: `python -m fire135.demo_district.generate`.

The names and codes of the divisions are real (source/divisions.csv). Positions, people, phone
numbers, premises and devices are invented, by rule and without chance, so that the committed files
can be made again and compared.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin, sqrt

from fire135.demo_district import FOLDER

_Row = dict[str, object]
_DIVISIONS = FOLDER / "source" / "divisions.csv"
_LEVELS = {"county": "district", "township": "town", "village": "village"}  # the city has no place in it

_CENTRE = (118.15, 24.72)  # roughly the district's, degrees
_KM_PER_DEGREE = (101.2, 110.8)  # east and north, at that latitude
_GOLDEN_ANGLE = pi * (3 - sqrt(5))

#: Invented centres of the towns, km east and north of the district's, and how far apart villages lie.
_TOWNS = {
    "大同街道": (0.0, 1.0, 0.55),
    "祥平街道": (-4.5, 3.0, 0.55),
    "新民街道": (-6.5, -3.5, 0.55),
    "西柯街道": (-1.0, -8.0, 0.55),
    "祥和街道": (-1.5, -3.5, 0.55),
    "新美街道": (3.5, -4.5, 0.55),
    "美林街道": (-10.5, 0.0, 0.55),
    "莲花镇": (-13.0, 7.0, 0.8),
    "洪塘镇": (8.5, -1.0, 0.8),
    "汀溪镇": (-3.5, 13.0, 0.8),
    "五显镇": (6.5, 7.0, 0.8),
}
#: The village of the demo's first story lies next to its town, so that both units can be there in 3 minutes.
_STORY_VILLAGE = "350212110212"
_STORY_PREMISES = "p-songzhai-xiaxuli-7"
_USES = (
    "self_built",
    "rental",
    "shop",
    "three_in_one",
    "self_built",
    "factory",
    "school",
    "care_home",
    "other",
)
_CHIEFS = {"village": "站长", "town": "队长", "district": "大队长"}


@dataclass(frozen=True, slots=True)
class _Place:
    """A division with its invented centre, km east and north of the district's."""

    code: str
    name: str
    level: str
    parent_code: str
    east_km: float
    north_km: float

    @property
    def short_name(self) -> str:
        """As people say it: 宋宅村 for 宋宅村委会, 顶村 for 顶村村委会, 同新社区 for 同新社区居委会."""
        stem = self.name.removesuffix("居委会").removesuffix("委会")
        return stem.removesuffix("村") if stem.endswith("村村") else stem

    def at(self, east_km: float = 0, north_km: float = 0) -> _Row:
        """The position some way from the centre, as CSV columns."""
        lon = _CENTRE[0] + (self.east_km + east_km) / _KM_PER_DEGREE[0]
        lat = _CENTRE[1] + (self.north_km + north_km) / _KM_PER_DEGREE[1]
        return {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "crs": "wgs84"}


class _Phones:
    """The invented series: +861380013 and four digits, one after the other."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self) -> str:
        phone = f"+861380013{self._next:04d}"
        self._next += 1
        return phone


def generate() -> dict[str, str]:
    """Every file's name and content."""
    places = list(_places())
    by_code = {place.code: place for place in places}
    villages = [place for place in places if place.level == "village"]
    phones = _Phones()
    people = [*_crews(places, phones), *_duty_officers(places[0], phones), *_leaders(villages, phones)]
    premises = [
        row for village in villages for row in _premises(village, by_code[village.parent_code], phones)
    ]
    files = {
        "regions": [_region(place) for place in places],
        "stations": [_station(place) for place in places],
        "people": people,
        "premises": premises,
        "cards": [_card(phones())],
        "devices": [*(row for place in premises for row in _devices(place)), _terminal()],
    }
    return {f"{name}.csv": _csv(rows) for name, rows in files.items()}


def _places() -> Iterator[_Place]:
    with _DIVISIONS.open(encoding="utf-8", newline="") as lines:
        given = [row for row in csv.DictReader(lines) if row["level"] in _LEVELS]
    for row in given:
        if row["level"] == "county":
            yield _Place(row["code"], row["name"], "district", "", 0, 0)
    for town in (row for row in given if row["level"] == "township"):
        east, north, apart = _TOWNS[town["name"]]
        yield _Place(town["code"], town["name"], "town", town["parent_code"], east, north)
        below = [row for row in given if row["parent_code"] == town["code"]]
        below.sort(key=lambda row: (row["code"] != _STORY_VILLAGE, row["code"]))
        for number, row in enumerate(below):
            # a sunflower: evenly spread, none on top of another
            radius, angle = apart * sqrt(number + 0.5), number * _GOLDEN_ANGLE
            centre = (east + radius * sin(angle), north + radius * cos(angle))
            yield _Place(row["code"], row["name"], "village", town["code"], *centre)


def _region(place: _Place) -> _Row:
    own = {"code": place.code, "name": place.name, "level": place.level, "parent_code": place.parent_code}
    return own | place.at()


def _station(place: _Place) -> _Row:
    name = {
        "village": f"{place.short_name}微型消防站",
        "town": f"{place.name}专职消防队",
        "district": f"{place.name}消防救援大队",
    }[place.level]
    own: _Row = {"id": f"st-{place.code}", "name": name, "tier": place.level, "region_code": place.code}
    return own | place.at(0.06, 0.04) | {"active": "yes"}


def _crews(places: list[_Place], phones: _Phones) -> Iterator[_Row]:
    for place in places:
        chief = _CHIEFS[place.level]
        crew = (
            ("chief", chief, 1),
            ("deputy", f"副{chief}", 1),
            ("member", "队员甲", 1),
            ("member", "队员乙", 2),
        )
        for number, (role, title, rank) in enumerate(crew, start=1):
            person_id = f"person-{place.code}-{number}"
            name = f"演示{place.short_name}{title}"
            yield _person(person_id, name, phones(), role, station_id=f"st-{place.code}", rank=rank)


def _duty_officers(district: _Place, phones: _Phones) -> Iterator[_Row]:
    for rank in (1, 2, 3):
        name = f"演示值班员{'甲乙丙'[rank - 1]}"
        yield _person(
            f"person-duty-{rank}", name, phones(), "duty_officer", region_code=district.code, rank=rank
        )


def _leaders(villages: list[_Place], phones: _Phones) -> Iterator[_Row]:
    for village in villages:
        name = f"演示{village.short_name}楼长"
        yield _person(
            f"person-{village.code}-leader",
            name,
            phones(),
            "building_leader",
            region_code=village.code,
            rank=1,
        )


def _person(
    person_id: str,
    name: str,
    phone: str,
    role: str,
    *,
    rank: int,
    station_id: str = "",
    region_code: str = "",
) -> _Row:
    return {
        "id": person_id,
        "name": name,
        "phone": phone,
        "role": role,
        "station_id": station_id,
        "region_code": region_code,
        "rank": rank,
        "language": "zh",
    }


def _premises(village: _Place, town: _Place, phones: _Phones) -> Iterator[_Row]:
    if village.code == _STORY_VILLAGE:
        yield _building(
            _STORY_PREMISES,
            "下许里7号",
            village,
            town,
            village.at(-0.12, -0.2),
            phones(),
            use="self_built",
            floors=4,
            residents=6,
            notes="演示数据：二楼住两位老人",
        )
    stem = village.short_name.removesuffix("村").removesuffix("社区")
    seed = int(village.code[-3:])
    for number in range(1, 3 + seed % 2):
        radius, angle = 0.15 + 0.07 * number, seed + number * _GOLDEN_ANGLE
        yield _building(
            f"p-{village.code}-{number}",
            f"{stem}里{seed + 4 * number}号",
            village,
            town,
            village.at(radius * sin(angle), radius * cos(angle)),
            phones(),
            use=_USES[(seed + number) % len(_USES)],
            floors=2 + (seed + number) % 5,
            residents=3 + (seed * number) % 23,
            notes="演示数据",
        )


def _card(phone: str) -> _Row:
    """The card of the house that the stories burn in."""
    return {
        "premises_id": _STORY_PREMISES,
        "needs_help": "2楼: 两位老人,其中一位卧床(演示)",
        "hazards": "1楼: 电动车充电(演示); 厨房液化气一瓶(演示)",
        "water": "村口消火栓,约120米(演示)",
        "access": "南侧巷道,院门平时上锁(演示)",
        "lane_width_m": 2.8,
        "key_holder_name": "演示邻居",
        "key_holder_phone": phone,
    }


def _building(
    premises_id: str,
    name: str,
    village: _Place,
    town: _Place,
    position: _Row,
    phone: str,
    *,
    use: str,
    floors: int,
    residents: int,
    notes: str,
) -> _Row:
    return {
        "id": premises_id,
        "name": name,
        "address": f"{town.name}{village.short_name}{name}",
        "village_code": village.code,
        **position,
        "use": use,
        "floors": floors,
        "residents": residents,
        "contact_name": f"演示{name}联系人",
        "contact_phone": phone,
        "notes": notes,
    }


def _devices(premises: _Row) -> Iterator[_Row]:
    here = str(premises["id"])
    if here != _STORY_PREMISES:
        yield _device(f"{here}-smoke", "smoke", here, "1", "客厅")
        return
    yield _device("gw-xiaxuli7", "gateway", here, "1", "弱电箱", heartbeat_s=3600)
    bridge = ("bridge-xiaxuli7", "gateway", here, "1", "弱电箱")
    yield _device(*bridge, source="zigbee2mqtt", external_id="zigbee2mqtt/bridge")
    for external_id, kind, floor, room in (
        ("xiaxuli7_livingroom_smoke", "smoke", "1", "客厅"),
        ("xiaxuli7_bedroom_smoke", "smoke", "2", "卧室"),
        ("xiaxuli7_window_2", "escape_window", "2", "南窗"),
        ("xiaxuli7_window_3", "escape_window", "3", "南窗"),
    ):
        device_id = external_id.replace("_", "-")
        yield _device(device_id, kind, here, floor, room, source="zigbee2mqtt", external_id=external_id)
    yield _device("xiaxuli7-call-point", "call_point", here, "1", "门厅")


def _terminal() -> _Row:
    return _device("terminal-songzhai", "station_terminal", f"st-{_STORY_VILLAGE}", "", "", heartbeat_s=3600)


def _device(
    device_id: str,
    kind: str,
    place_id: str,
    floor: str,
    room: str,
    *,
    source: str = "native",
    external_id: str = "",
    heartbeat_s: int = 86_400,
) -> _Row:
    return {
        "id": device_id,
        "kind": kind,
        "premises_id": place_id,
        "floor": floor,
        "room": room,
        "source": source,
        "external_id": external_id,
        "heartbeat_s": heartbeat_s,
    }


def _csv(rows: list[_Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    for name, content in generate().items():
        (FOLDER / name).write_text(content, encoding="utf-8", newline="")
