"""The demo district: Tong'an's real divisions, everything else invented and fit for the demo's stories."""

import csv
from collections import Counter

import phonenumbers
import pytest
from sqlalchemy import func, select

from fire135.demo_district import FOLDER
from fire135.demo_district.generate import generate
from geo.point import Point, distance_m
from geo.travel import StraightLine
from registry.loading import load
from registry.tree import load_tree
from store.database import Database
from store.places import Device, Person, Premises, Region, Station
from tests.clock import STORY_START

HOUSE = "p-songzhai-xiaxuli-7"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def point(row: dict[str, str]) -> Point:
    return Point(float(row["lon"]), float(row["lat"]))


@pytest.mark.parametrize(
    "name", ["regions.csv", "stations.csv", "people.csv", "premises.csv", "cards.csv", "devices.csv"]
)
def test_the_files_are_what_the_generator_makes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == generate()[name]


def test_it_loads_without_a_fault(database: Database) -> None:
    report = load(database, FOLDER, now=STORY_START)
    assert report.faults == ()
    with database.read() as session:
        levels = Counter(session.scalars(select(Region.level)))
        tiers = Counter(session.scalars(select(Station.tier)))
        assert levels == {"district": 1, "town": 11, "village": 144}
        assert tiers == {"district": 1, "town": 11, "village": 144}
        assert session.scalar(select(func.count()).select_from(Person)) == 156 * 4 + 3 + 144
    assert all(counts.unchanged == 0 for counts in report.counts.values())


def test_divisions_carry_their_real_names() -> None:
    names = {row["code"]: row["name"] for row in rows("regions.csv")}
    given = {row["code"]: row["name"] for row in rows("source/divisions.csv") if row["level"] != "city"}
    assert names == given
    assert (names["350212"], names["350212110"], names["350212110212"]) == ("同安区", "五显镇", "宋宅村委会")


def test_stations_are_named_as_people_say_it() -> None:
    names = {row["region_code"]: row["name"] for row in rows("stations.csv")}
    assert names["350212"] == "同安区消防救援大队"
    assert names["350212110"] == "五显镇专职消防队"
    assert names["350212110212"] == "宋宅村微型消防站"
    assert names["350212109207"] == "顶村微型消防站"  # 顶村村委会
    assert names["350212110001"] == "香溪社区微型消防站"  # 香溪社区居委会
    assert len(set(names.values())) == 156


def test_towns_are_clusters_of_villages(database: Database) -> None:
    load(database, FOLDER, now=STORY_START)
    with database.read() as session:
        tree = load_tree(session)
    towns = {code: tree.point_of(code) for code in tree.codes_of_level("town")}
    for village in tree.codes_of_level("village"):
        centre = tree.point_of(village)
        assert centre is not None
        nearest = min(towns, key=lambda code: distance_m(towns[code] or centre, centre))
        assert nearest == tree.town_of(village)


def test_every_house_is_nearest_to_its_own_village_and_its_station() -> None:
    stations = [row for row in rows("stations.csv") if row["tier"] == "village"]
    centres = [(row["region_code"], point(row)) for row in stations]
    for row in rows("premises.csv"):
        place = point(row)
        nearest, there = min(centres, key=lambda centre: distance_m(centre[1], place))
        assert nearest == row["village_code"]
        assert distance_m(there, place) < 700


def test_people_are_invented_and_say_so() -> None:
    people = rows("people.csv")
    phones = [row["phone"] for row in people] + [row["contact_phone"] for row in rows("premises.csv")]
    assert all(row["name"].startswith("演示") for row in people)
    assert len(set(phones)) == len(phones)
    for phone in phones:
        assert phone.startswith("+861380013")
        assert phonenumbers.number_type(phonenumbers.parse(phone)) == phonenumbers.PhoneNumberType.MOBILE


def test_every_station_has_its_crew_and_the_district_its_duty_officers() -> None:
    crews = Counter((row["station_id"], row["role"]) for row in rows("people.csv"))
    for station in rows("stations.csv"):
        assert [crews[station["id"], role] for role in ("chief", "deputy", "member")] == [1, 1, 2]
    at_regions = Counter(
        (row["region_code"], row["role"]) for row in rows("people.csv") if row["region_code"]
    )
    assert at_regions["350212", "duty_officer"] == 3
    assert sum(role == "building_leader" for _, role in at_regions) == 144


def test_the_house_of_the_first_story_has_its_devices(database: Database) -> None:
    load(database, FOLDER, now=STORY_START)
    with database.read() as session:
        house = session.get_one(Premises, HOUSE)
        assert (house.name, house.address) == ("下许里7号", "五显镇宋宅村下许里7号")
        assert (house.use, house.floors, house.village_code) == ("self_built", 4, "350212110212")
        devices = session.scalars(select(Device).where(Device.premises_id == HOUSE)).all()
        kinds = Counter((device.kind, device.source) for device in devices)
        assert kinds == {
            ("smoke", "zigbee2mqtt"): 2,
            ("escape_window", "zigbee2mqtt"): 2,
            ("call_point", "native"): 1,
            ("gateway", "native"): 1,
            ("gateway", "zigbee2mqtt"): 1,
        }
        assert "xiaxuli7_livingroom_smoke" in {device.external_id for device in devices}
        terminal = session.scalars(select(Device).where(Device.kind == "station_terminal")).one()
        assert terminal.station_id == "st-350212110212"


def test_village_and_town_reach_the_first_story_in_three_minutes() -> None:
    (house,) = [row for row in rows("premises.csv") if row["id"] == HOUSE]
    for tier in ("village", "town"):
        stations = [row for row in rows("stations.csv") if row["tier"] == tier]
        journeys = StraightLine().compare(point(house), {row["name"]: point(row) for row in stations}).travels
        nearest = next(iter(journeys))
        assert nearest == {"village": "宋宅村微型消防站", "town": "五显镇专职消防队"}[tier]
        assert journeys[nearest].travel_s < 150
