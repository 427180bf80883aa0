"""The invented county of a chaos run: villages with a chief, a town team, and one detector a building."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DISTRICT, TOWN = "350212", "350212110"
_VILLAGES = 6
#: Deputies' numbers follow the chiefs', the duty officer's both.
_DEPUTIES_FROM, _DUTY = 20, 40
_HOUSE = re.compile(r"混沌楼\d{5}")
_HERE = {"lon": "118.19", "crs": "wgs84"}


@dataclass(frozen=True, slots=True)
class House:
    """A building: its id, which is also its name and address, its detector, and whom its alarm must reach."""

    id: str
    device_id: str
    chief_phone: str
    village: int


def house_in(text: str) -> str | None:
    """The house that a message speaks of."""
    found = _HOUSE.search(text)
    return found.group() if found else None


def station_of(phone: str) -> int | None:
    """Whose chief or deputy a phone belongs to: the villages, the town, the brigade; None: nobody's."""
    number = int(phone[-3:])
    return number % _DEPUTIES_FROM if number < _DUTY else None


class County:
    """So many houses, the same each time; phone numbers are invented."""

    def __init__(self, houses: int) -> None:
        self.houses = [
            House(f"混沌楼{number:05d}", f"d-{number:05d}", _phone(number % _VILLAGES), number % _VILLAGES)
            for number in range(houses)
        ]

    def write(self, folder: Path, edition: int = 0) -> Path:
        """Write the district's files; every edition changes each house's notes. Gives the folder."""
        folder.mkdir(exist_ok=True)
        _csv(folder / "regions.csv", list(_regions()))
        _csv(folder / "stations.csv", list(_stations()))
        _csv(folder / "people.csv", list(_people()))
        premises = [
            {
                "id": house.id,
                "name": house.id,
                "address": house.id,
                "village_code": _code(house.village),
                "notes": f"edition {edition}",
                **_at(house.village),
            }
            for house in self.houses
        ]
        _csv(folder / "premises.csv", premises)
        smoke = {"kind": "smoke", "source": "native", "floor": "1"}
        devices = [{"id": house.device_id, "premises_id": house.id, **smoke} for house in self.houses]
        _csv(folder / "devices.csv", devices)
        return folder


def _regions() -> Iterator[dict[str, str]]:
    yield {"code": DISTRICT, "name": "混沌区", "level": "district", "parent_code": "", **_at(0)}
    yield {"code": TOWN, "name": "混沌镇", "level": "town", "parent_code": DISTRICT, **_at(0)}
    for village in range(_VILLAGES):
        name = f"混沌{village}村"
        yield {"code": _code(village), "name": name, "level": "village", "parent_code": TOWN, **_at(village)}


def _stations() -> Iterator[dict[str, str]]:
    for village in range(_VILLAGES):
        yield {"id": f"v{village}", "tier": "village", "region_code": _code(village), **_named(village)}
    yield {"id": "town", "tier": "town", "region_code": TOWN, **_named(0)}
    yield {"id": "brigade", "tier": "district", "region_code": DISTRICT, **_named(0)}


def _people() -> Iterator[dict[str, str]]:
    stations = [*(f"v{village}" for village in range(_VILLAGES)), "town", "brigade"]
    for number, station in enumerate(stations):
        yield _person(f"{station}-chief", number, "chief", station_id=station)
        yield _person(f"{station}-deputy", number + _DEPUTIES_FROM, "deputy", station_id=station)
    yield _person("duty", _DUTY, "duty_officer", region_code=DISTRICT)


def _person(name: str, number: int, role: str, station_id: str = "", region_code: str = "") -> dict[str, str]:
    return {
        "id": name,
        "name": "虚构",
        "phone": _phone(number),
        "role": role,
        "station_id": station_id,
        "region_code": region_code,
    }


def _phone(number: int) -> str:
    return f"+8613800138{number:03d}"


def _code(village: int) -> str:
    return f"{TOWN}{200 + village}"


def _at(village: int) -> dict[str, str]:
    return {"lat": f"{24.70 + village * 0.05:.2f}", **_HERE}


def _named(village: int) -> dict[str, str]:
    return {"name": "混沌站", "active": "yes", **_at(village)}


def _csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
