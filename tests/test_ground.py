"""The ground that the tests stand on: both databases, the clock, the invented district."""

from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from sqlalchemy import select

from geo.point import Point, distance_m
from store.database import Database
from store.places import Device, Person, Premises, Station
from tests.clock import ManualClock
from tests.factories import make_district


def test_the_clock_stands_until_it_is_moved(clock: ManualClock) -> None:
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 7, 12, tzinfo=UTC)
    assert clock.advance(90) == clock.now() == datetime(2026, 3, 2, 7, 12, tzinfo=UTC) + timedelta(seconds=90)


def test_the_clock_does_not_run_backwards(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_each_test_begins_with_an_empty_database(database: Database) -> None:
    with database.begin() as session:
        assert session.scalars(select(Station)).all() == []
        make_district(session)


def test_the_district_holds_what_the_stories_need(database: Database) -> None:
    with database.begin() as session:
        district = make_district(session)
    with database.read() as session:
        leader = session.get_one(Person, district.building_leader)
        home = session.get_one(Station, district.home_station)
        assert leader.region_code == district.village
        assert [person.role for person in home.people] == ["chief", "deputy", "member"]
        kinds = [device.kind for device in session.scalars(select(Device)) if device.premises_id]
        assert sorted(kinds) == ["call_point", "escape_window", "escape_window", "gateway", "smoke", "smoke"]
        assert session.get_one(Device, district.terminal).station_id == district.home_station


def test_every_phone_of_the_district_is_an_invented_mobile_of_its_own(database: Database) -> None:
    with database.begin() as session:
        phones = list(make_district(session).phones.values())
    assert len(set(phones)) == len(phones)
    for phone in phones:
        assert phone.startswith("+8613800138")
        assert phonenumbers.number_type(phonenumbers.parse(phone)) == phonenumbers.PhoneNumberType.MOBILE


def test_the_home_station_is_nearest_and_the_others_follow(database: Database) -> None:
    with database.begin() as session:
        district = make_district(session)
        place = session.get_one(Premises, district.premises)
        metres = {}
        for station in session.scalars(select(Station)):
            here = Point(station.lon or 0, station.lat or 0)
            metres[station.id] = distance_m(here, Point(place.lon or 0, place.lat or 0))
    assert metres[district.home_station] == pytest.approx(500, abs=5)
    assert metres[district.next_station] == pytest.approx(1500, abs=10)
    assert metres[district.town_team] == pytest.approx(2500, abs=10)
    assert all(metres[far] > 9_000 for far in (*district.far_stations, district.other_town_team))
