"""The invented district of the benchmarks: villages and towns with one chief each, buildings, devices."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DISTRICT = "350212"
#: How the name of every building begins.
PLACE_PREFIX = "基准楼"
_BESIDE_DEG = 0.02  # villages stand some two kilometres apart


@dataclass(frozen=True)
class Size:
    """How large the district is: every village and every town has a station with one chief."""

    premises: int
    villages: int = 1
    towns: int = 1
    living: int = 0  # devices that never alarm


def premises_name(number: int) -> str:
    """What texts call a building."""
    return f"{PLACE_PREFIX}{number:05d}"


def village_chief(number: int) -> str:
    """The invented phone of a village's chief."""
    return f"+86138001381{number:02d}"


def write_district(folder: Path, size: Size) -> None:
    """Write the files that `fire135 load` reads; premises and villages are dealt out in turns."""
    towns = [(f"{DISTRICT}{number + 100:03d}", f"基准{number}镇") for number in range(size.towns)]
    villages = [
        (f"{towns[number % size.towns][0]}{number + 200:03d}", f"基准{number}村")
        for number in range(size.villages)
    ]
    district = {"code": DISTRICT, "name": "同安区", "level": "district", "parent_code": "", **_at(0)}
    regions = [district]
    regions += [
        {"code": code, "name": name, "level": "town", "parent_code": DISTRICT, **_at(number)}
        for number, (code, name) in enumerate(towns)
    ]
    regions += [
        {"code": code, "name": name, "level": "village", "parent_code": code[:9], **_at(number)}
        for number, (code, name) in enumerate(villages)
    ]
    stations = [("v", "village", number, code) for number, (code, _) in enumerate(villages)]
    stations += [("t", "town", number, code) for number, (code, _) in enumerate(towns)]
    places = [(number, villages[number % size.villages][0]) for number in range(size.premises)]
    _csv(folder / "regions.csv", regions)
    _csv(
        folder / "stations.csv",
        [
            {"id": f"{kind}{n}", "name": f"基准{kind}{n}站", "tier": tier, "region_code": code, **_at(n)}
            for kind, tier, n, code in stations
        ],
    )
    _csv(folder / "people.csv", [_chief(kind, number) for kind, _, number, _ in stations])
    _csv(
        folder / "premises.csv",
        [
            {"id": f"p{n}", "name": premises_name(n), "address": premises_name(n), "village_code": code}
            | _at(n % size.villages)
            for n, code in places
        ],
    )
    devices = [(f"a-{number}", number) for number, _ in places]
    devices += [(f"h-{number}", 0) for number in range(size.living)]
    _csv(
        folder / "devices.csv",
        [
            {"id": name, "kind": "smoke", "premises_id": f"p{place}", "source": "native", "floor": "1"}
            for name, place in devices
        ],
    )


def _at(number: int) -> dict[str, str]:
    east, north = number % 10, number // 10
    lon, lat = 118.10 + east * _BESIDE_DEG, 24.70 + north * _BESIDE_DEG
    return {"lon": f"{lon:.4f}", "lat": f"{lat:.4f}", "crs": "wgs84"}


def _chief(kind: str, number: int) -> dict[str, str]:
    phone = village_chief(number) if kind == "v" else f"+86138001382{number:02d}"
    station = f"{kind}{number}"
    return {"id": f"{station}-chief", "name": "虚构", "phone": phone, "role": "chief", "station_id": station}


def _csv(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
