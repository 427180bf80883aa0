"""Rows that are valid by default, and a small invented district to tell stories in.

Names of divisions are those of Tong'an; positions, people and phone numbers are invented.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from store.places import Device, Person, Premises, Region, RegistryVersion, Station
from store.tables import Base

_phone_numbers = count()
_Row = TypeVar("_Row")


def invented_phone() -> str:
    """The next of 850 clearly invented mobile numbers, E.164.

    850 to 899 are the invented district's people, 900 to 999 are left to strangers.
    """
    return f"+8613800138{next(_phone_numbers) % 850:03d}"


def make_region(session: Session, code: str, name: str, level: str, **given: Any) -> Region:
    """Insert a division; `level` is district, town or village."""
    return _add(session, Region(code=code, name=name, level=level, **given))


def make_station(session: Session, station_id: str, region_code: str, **given: Any) -> Station:
    """Insert a station: a village micro station in service unless told otherwise."""
    defaults = {"name": f"{station_id}消防站", "tier": "village", "lon": 118.19, "lat": 24.77}
    return _add(session, Station(id=station_id, region_code=region_code, **(defaults | given)))


def make_person(session: Session, person_id: str, **given: Any) -> Person:
    """Insert a person: a chief who reads Chinese unless told otherwise; give a station or a region."""
    defaults = {"name": f"虚构{person_id}", "phone": invented_phone(), "role": "chief", "rank": 1}
    return _add(session, Person(id=person_id, **(defaults | given)))


def make_premises(session: Session, premises_id: str, village_code: str, **given: Any) -> Premises:
    """Insert a building: a self-built house of three floors unless told otherwise."""
    defaults = {
        "name": f"{premises_id}民宅",
        "address": f"{premises_id}号",
        "use": "self_built",
        "floors": 3,
        "residents": 5,
        "lon": 118.19,
        "lat": 24.77,
    }
    return _add(session, Premises(id=premises_id, village_code=village_code, **(defaults | given)))


def make_device(session: Session, device_id: str, **given: Any) -> Device:
    """Insert a device: a native smoke detector on the first floor unless told otherwise."""
    defaults = {"kind": "smoke", "source": "native", "external_id": device_id, "floor": "1", "room": "客厅"}
    return _add(session, Device(id=device_id, **(defaults | given)))


@dataclass(frozen=True, slots=True)
class District:
    """The ids of the invented district's rows. `phones` maps a person's id to the E.164 number."""

    code: str = "350212"
    town: str = "350212110"
    other_town: str = "350212105"
    village: str = "350212110212"
    next_village: str = "350212110211"
    villages: tuple[str, ...] = ("350212110212", "350212110211", "350212105206", "350212105213")
    #: Straight-line metres to the premises: home 500, next 1,500, town team 2,500, far over 9,000.
    home_station: str = "songzhai"
    next_station: str = "mingxi"
    far_stations: tuple[str, ...] = ("junying", "xiaoping")
    town_team: str = "wuxian-team"
    other_town_team: str = "lianhua-team"
    brigade: str = "tongan-brigade"
    chief: str = "songzhai-chief"
    deputy: str = "songzhai-deputy"
    member: str = "songzhai-member"
    next_chief: str = "mingxi-chief"
    town_chief: str = "wuxian-team-chief"
    town_deputy: str = "wuxian-team-deputy"
    other_town_chief: str = "lianhua-team-chief"
    brigade_chief: str = "tongan-brigade-chief"
    duty_officer: str = "tongan-duty"
    building_leader: str = "songzhai-leader"
    premises: str = "xiaxuli-7"
    other_premises: str = "mingxi-12"
    smoke: str = "smoke-living-room"
    smoke_upstairs: str = "smoke-bedroom"
    call_point: str = "call-point"
    window: str = "window-2"
    other_window: str = "window-3"
    gateway: str = "gateway"
    terminal: str = "terminal"
    #: Zigbee2MQTT friendly name of `smoke`; `smoke_upstairs` and the others are native.
    smoke_external_id: str = "living_room_smoke"
    phones: dict[str, str] = field(default_factory=dict)


def make_district(session: Session) -> District:
    """Insert the invented district into an empty database and give its ids.

    The rows are the same each time: made once in a process, and copied from then on.
    """
    if not _made_before:
        _made_before.append((_make_district(session), _rows_of(session)))
        return _made_before[0][0]
    district, rows = _made_before[0]
    for table, values in rows.items():
        session.execute(insert(table), values)
    return district


_made_before: list[tuple[District, dict[Table, list[dict[str, Any]]]]] = []


def _rows_of(session: Session) -> dict[Table, list[dict[str, Any]]]:
    """Every row in the database by table, those that others point at first."""
    found = {
        table: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }
    return {table: rows for table, rows in found.items() if rows}


def _make_district(session: Session) -> District:
    district = District()
    _add_regions(session, district)
    session.flush()  # here and below: what the following rows point at, all at once
    phones = (f"+8613800138{number}" for number in range(850, 900))
    for station_id in _add_stations(session, district):
        for rank, role in enumerate(("chief", "deputy", "member"), start=1):
            given = {"station_id": station_id, "role": role, "rank": rank, "phone": next(phones)}
            person = make_person(session, f"{station_id}-{role}", **given)
            district.phones[person.id] = person.phone
    given = {"role": "duty_officer", "region_code": district.code, "phone": next(phones)}
    duty = make_person(session, district.duty_officer, **given)
    given = {"role": "building_leader", "region_code": district.village, "phone": next(phones)}
    leader = make_person(session, district.building_leader, **given)
    district.phones.update({duty.id: duty.phone, leader.id: leader.phone})
    session.flush()
    _add_premises(session, district, leader)
    session.flush()
    _add_devices(session, district)
    session.merge(RegistryVersion(id=1, version=1))
    session.flush()
    return district


def _add_regions(session: Session, district: District) -> None:
    make_region(session, district.code, "同安区", "district", lon=118.152, lat=24.723)
    towns = {district.town: ("五显镇", 118.19, 24.755), district.other_town: ("莲花镇", 118.09, 24.79)}
    for code, (name, lon, lat) in towns.items():
        make_region(session, code, name, "town", parent_code=district.code, lon=lon, lat=lat)
    names = ("宋宅村", "明溪村", "军营村", "小坪村")
    for code, name in zip(district.villages, names, strict=True):
        make_region(session, code, name, "village", parent_code=code[:9])


def _add_stations(session: Session, district: District) -> list[str]:
    # 0.0045 degrees of latitude are 500 m; the premises stand at 118.1900, 24.7700
    home, following, far, farther = district.villages
    rows = [
        (district.home_station, "宋宅村微型消防站", "village", home, 118.19, 24.7745),
        (district.next_station, "明溪村微型消防站", "village", following, 118.19, 24.7835),
        (district.far_stations[0], "军营村微型消防站", "village", far, 118.09, 24.79),
        (district.far_stations[1], "小坪村微型消防站", "village", farther, 118.07, 24.80),
        (district.town_team, "五显镇专职消防队", "town", district.town, 118.19, 24.7475),
        (district.other_town_team, "莲花镇专职消防队", "town", district.other_town, 118.09, 24.79),
        (district.brigade, "同安区消防救援大队", "district", district.code, 118.152, 24.723),
    ]
    for station_id, name, tier, region_code, lon, lat in rows:
        make_station(session, station_id, region_code, name=name, tier=tier, lon=lon, lat=lat)
    return [row[0] for row in rows]


def _add_premises(session: Session, district: District, leader: Person) -> None:
    make_premises(
        session,
        district.premises,
        district.village,
        name="下许里7号",
        address="五显镇宋宅村下许里7号",
        contact_name=leader.name,
        contact_phone=leader.phone,
        notes="二楼住两位老人",
    )
    make_premises(
        session,
        district.other_premises,
        district.next_village,
        name="明溪12号",
        address="五显镇明溪村12号",
        lat=24.7835,
    )


def _add_devices(session: Session, district: District) -> None:
    here = {"premises_id": district.premises, "gateway_id": district.gateway}
    make_device(session, district.gateway, kind="gateway", premises_id=district.premises, room="弱电箱")
    make_device(session, district.smoke, source="zigbee2mqtt", external_id=district.smoke_external_id, **here)
    make_device(session, district.smoke_upstairs, floor="2", room="卧室", heartbeat_s=600, **here)
    make_device(session, district.call_point, kind="call_point", room="门厅", **here)
    make_device(session, district.window, kind="escape_window", floor="2", room="南窗", **here)
    make_device(session, district.other_window, kind="escape_window", floor="3", room="南窗", **here)
    make_device(
        session,
        district.terminal,
        kind="station_terminal",
        station_id=district.home_station,
        floor=None,
        room=None,
    )


def _add(session: Session, row: _Row) -> _Row:
    session.add(row)
    return row
