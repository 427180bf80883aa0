"""Every fault of district data is named by file, row and column. No database: the world is empty or given."""

from pathlib import Path

import pytest

from registry.checking import check
from registry.reading import read_district
from registry.world import DeviceFact, World, lay_over
from tests.district_files import FILES, edited, write_district


def faults_of(folder: Path, files: dict[str, str], world: World | None = None) -> list[str]:
    batch = read_district(write_district(folder, files))
    world = world or World()
    lay_over(world, batch)
    return [str(fault) for fault in [*batch.faults, *check(batch, world)]]


def test_the_small_district_is_faultless(tmp_path: Path) -> None:
    assert faults_of(tmp_path, dict(FILES)) == []


_E164 = "write it as E.164, such as +8613800138000"
CASES = {
    "a parent that nobody knows": (
        edited("regions.csv", ("明溪村委会,village,350212110", "明溪村委会,village,350212199")),
        "regions.csv:5:parent_code: unknown region '350212199'; correct it, or load that row too",
    ),
    "a village right below a district": (
        edited("regions.csv", ("明溪村委会,village,350212110", "明溪村委会,village,350212")),
        "regions.csv:5:parent_code: '350212' is a district; the parent of a village is a town",
    ),
    "a district below something": (
        edited("regions.csv", ("district,,", "district,350212110,")),
        "regions.csv:2:parent_code: '350212110': a district has no parent here; leave it empty",
    ),
    "a town without a district": (
        edited("regions.csv", ("town,350212", "town,")),
        "regions.csv:3:parent_code: empty; a town needs its district",
    ),
    "a level that does not exist": (
        edited("regions.csv", ("同安区,district", "同安区,county")),
        "regions.csv:2:level: 'county' is none of village, town, district",
    ),
    "a region twice": (
        edited(
            "regions.csv", ("118.20,24.78,\n", "118.20,24.78,\n350212110212,宋宅村,village,350212110,,,\n")
        ),
        "regions.csv:6:code: '350212110212' stands in row 4 already",
    ),
    "a datum that does not exist": (
        edited("stations.csv", ("118.19,24.77,wgs84", "118.19,24.77,cgcs2000")),
        "stations.csv:2:crs: 'cgcs2000' is none of wgs84, gcj02, bd09",
    ),
    "lon and lat swapped": (
        edited("stations.csv", ("118.19,24.77", "24.77,118.19")),
        "stations.csv:2:lon: no place on earth: lon 24.77, lat 118.19 (degrees, WGS 84)",
    ),
    "a Chinese datum outside China": (
        edited("stations.csv", ("118.19,24.77,wgs84", "18.19,24.77,gcj02")),
        (
            "stations.csv:2:lon: lon 18.19, lat 24.77 is outside China, where gcj02 has no meaning;"
            " correct lon, lat or crs"
        ),
    ),
    "half a position": (
        edited("stations.csv", ("118.19,24.77", "118.19,")),
        "stations.csv:2:lat: empty, but lon is given; give both or none",
    ),
    "a position that is no number": (
        edited("stations.csv", ("118.19,24.77", "118.19,nan")),
        "stations.csv:2:lat: 'nan' is no number",
    ),
    "a position without end": (
        edited("stations.csv", ("118.19,24.77", "inf,24.77")),
        "stations.csv:2:lon: 'inf' is no number",
    ),
    "a station far outside its district": (
        edited("stations.csv", ("118.19,24.75,wgs84", "118.29,24.75,wgs84")),
        (
            "stations.csv:3:lon: 9.1 km outside its district 同安区 (350212), more than 5 km;"
            " correct lon, lat, crs or the region"
        ),
    ),
    "premises far outside their district": (
        edited("premises.csv", ("118.191,24.771", "118.191,23.771")),
        (
            "premises.csv:2:lon: 105.1 km outside its district 同安区 (350212), more than 5 km;"
            " correct lon, lat, crs or the region"
        ),
    ),
    "a station of an unknown region": (
        edited("stations.csv", (",town,350212110,", ",town,350212999,")),
        "stations.csv:3:region_code: unknown region '350212999'; correct it, or load that row too",
    ),
    "a town by the code that it had": (
        edited("stations.csv", (",town,350212110,", ",town,350212106,")),
        "stations.csv:3:region_code: unknown region '350212106'; the town is now '350212003'",
    ),
    "a village of a town that is no more": (
        edited("premises.csv", ("明溪村12号,350212110211", "明溪村12号,350212108203")),
        "premises.csv:3:village_code: unknown region '350212108203'; the town is now '350212004'",
    ),
    "a team of the wrong tier": (
        edited("stations.csv", (",district,350212,", ",town,350212,")),
        "stations.csv:4:tier: a town station belongs to a town, but '350212' is a district",
    ),
    "a station twice": (
        edited("stations.csv", ("tongan,", "songzhai,")),
        "stations.csv:4:id: 'songzhai' stands in row 2 already",
    ),
    "a station neither active nor not": (
        edited("stations.csv", (",yes\nwuxian", ",perhaps\nwuxian")),
        "stations.csv:2:active: 'perhaps' is neither yes nor no",
    ),
    "a phone without country code": (
        edited("people.csv", ("+8613800138000", "13800138000")),
        f"people.csv:2:phone: '13800138000' has no + and country code; {_E164}",
    ),
    "a phone on a desk": (
        edited("people.csv", ("+8613800138000", "+865927123456")),
        "people.csv:2:phone: '+865927123456' is no mobile number; it must be able to receive SMS",
    ),
    "a phone with a digit too few": (
        edited("people.csv", ("+8613800138000", "+861380013800")),
        f"people.csv:2:phone: '+861380013800' is no valid phone number; {_E164}",
    ),
    "a phone with blanks": (
        edited("people.csv", ("+8613800138000", "+86 138 0013 8000")),
        f"people.csv:2:phone: '+86 138 0013 8000' has more than + and digits; {_E164}",
    ),
    "a phone that is a word": (
        edited("people.csv", ("+8613800138000", "+unknown")),
        f"people.csv:2:phone: '+unknown' is no phone number; {_E164}",
    ),
    "a person without a phone": (
        edited("people.csv", ("+8613800138000", "")),
        "people.csv:2:phone: empty, but required",
    ),
    "a person of an unknown station": (
        edited("people.csv", ("chief,songzhai,", "chief,songzai,")),
        "people.csv:2:station_id: unknown station 'songzai'; correct it, or load that row too",
    ),
    "a person of two homes": (
        edited("people.csv", ("chief,songzhai,,", "chief,songzhai,350212,")),
        "people.csv:2:region_code: filled, and station_id too; fill one of the two",
    ),
    "a person of no home": (
        edited("people.csv", ("chief,songzhai,,", "chief,,,")),
        "people.csv:2:station_id: empty, and region_code too; fill one of the two",
    ),
    "a role that does not exist": (
        edited("people.csv", (",deputy,", ",captain,")),
        "people.csv:3:role: 'captain' is none of chief, deputy, member, duty_officer, building_leader",
    ),
    "a rank below the first": (
        edited("people.csv", ("songzhai,,2", "songzhai,,0")),
        "people.csv:3:rank: '0': input should be greater than or equal to 1",
    ),
    "premises of an unknown village": (
        edited("premises.csv", ("350212110211", "350212110299")),
        "premises.csv:3:village_code: unknown region '350212110299'; correct it, or load that row too",
    ),
    "premises of a town": (
        edited("premises.csv", ("350212110211", "350212110")),
        "premises.csv:3:village_code: '350212110' is a town; name the village",
    ),
    "a contact without a mobile": (
        edited("premises.csv", ("+8613800138003", "119")),
        f"premises.csv:2:contact_phone: '119' has no + and country code; {_E164}",
    ),
    "half a floor": (
        edited("premises.csv", ("self_built,4", "self_built,4.5")),
        "premises.csv:2:floors: '4.5' is no whole number",
    ),
    "a device in unknown premises": (
        edited("devices.csv", ("call_point,xiaxuli-7", "call_point,xiaxuli-8")),
        "devices.csv:3:premises_id: unknown premises 'xiaxuli-8'; correct it, or load that row too",
    ),
    "a smoke detector in a station": (
        edited("devices.csv", ("call_point,xiaxuli-7", "call_point,songzhai")),
        "devices.csv:3:premises_id: unknown premises 'songzhai'; correct it, or load that row too",
    ),
    "a terminal nowhere": (
        edited("devices.csv", ("station_terminal,songzhai", "station_terminal,")),
        "devices.csv:5:premises_id: empty; name the station (or the premises) that the terminal stands in",
    ),
    "a terminal in a village without a station": (
        edited("devices.csv", ("station_terminal,songzhai", "station_terminal,mingxi-12")),
        (
            "devices.csv:5:premises_id: no station in the village of premises 'mingxi-12';"
            " name the terminal's station itself"
        ),
    ),
    "a format that does not exist": (
        edited("devices.csv", ("zigbee2mqtt", "zigbee")),
        (
            "devices.csv:2:source: 'zigbee' is none of native, zigbee2mqtt, chirpstack, tts, shelly, tasmota,"
            " homeassistant, sparkplug, ctwing, onenet, huawei, gb26875"
        ),
    ),
    "a foreign device without its name": (
        edited("devices.csv", ("living_room_smoke", "")),
        "devices.csv:2:external_id: empty; say what zigbee2mqtt calls the device",
    ),
    "a native device with another name": (
        edited("devices.csv", ("门厅,native,", "门厅,native,button")),
        "devices.csv:3:external_id: 'button': a native device is known by its id; leave it empty",
    ),
    "a native device whose id no topic can carry": (
        edited("devices.csv", ("call-point,", "hall/call-point,")),
        "devices.csv:3:id: 'hall/call-point' has a / + or #, which no MQTT topic can carry",
    ),
    "two devices of one name": (
        edited("devices.csv", ("门厅,native,", "门厅,zigbee2mqtt,living_room_smoke")),
        "devices.csv:3:external_id: 'zigbee2mqtt, living_room_smoke' stands in row 2 already",
    ),
    "a shift of nobody": (
        edited("shifts.csv", ("chief,mon", "chef,mon")),
        "shifts.csv:2:person_id: unknown person 'chef'; correct it, or load that row too",
    ),
    "a shift on two kinds of day": (
        edited("shifts.csv", ("mon,,", "mon,2026-05-02,")),
        "shifts.csv:2:date: filled, and weekday too; fill one of the two",
    ),
    "a shift on no day": (
        edited("shifts.csv", ("mon,,", ",,")),
        "shifts.csv:2:weekday: empty, and date too; fill one of the two",
    ),
    "a shift that begins at no time": (
        edited("shifts.csv", ("08:00,", "24:00,")),
        "shifts.csv:2:from: '24:00' is no time of day; write it as 08:00",
    ),
    "a weekday without times": (
        edited("shifts.csv", ("08:00,20:00", ",")),
        "shifts.csv:2:from: empty; a weekday needs its times, only a date without them is a day off",
    ),
    "a date with half its times": (
        edited("shifts.csv", ("00:00,24:00", "08:00,")),
        "shifts.csv:3:to: empty; give both times, or none for a day off",
    ),
    "a day off twice": (
        edited("shifts.csv", ("00:00,24:00", ",\nchief,,2026-05-01,,")),
        "shifts.csv:4:from: 'chief, 2026-05-01, day off' stands in row 3 already",
    ),
    "a shift twice": (
        edited("shifts.csv", ("chief,,2026-05-01,00:00,24:00", "chief,mon,,8:00,12:00")),
        "shifts.csv:3:from: 'chief, mon, 08:00' stands in row 2 already",
    ),
    "history without a time zone": (
        edited("responses.csv", ("2026-02-06T09:00:00+08:00", "2026-02-06 09:00:00")),
        (
            "responses.csv:4:received_at: '2026-02-06 09:00:00' has no time zone;"
            " write it as 2026-03-02T15:12:00+08:00"
        ),
    ),
    "history that happened nowhere": (
        edited("responses.csv", ("118.2,24.78", ",")),
        "responses.csv:4:premises_id: empty; name the premises, lon and lat, or region_code",
    ),
    "history of an unknown station": (
        edited("responses.csv", (",,songzhai,,", ",,songzai,,")),
        "responses.csv:4:station_id: unknown station 'songzai'; correct it, or load that row too",
    ),
    "history of another tier": (
        edited("responses.csv", ("wuxian,town", "wuxian,district")),
        "responses.csv:3:tier: station 'wuxian' is of tier town, not district",
    ),
    "one station twice at one incident": (
        edited("responses.csv", ("wuxian,town", "songzhai,village")),
        "responses.csv:3:station_id: 'h1, songzhai' stands in row 2 already",
    ),
    "one incident at two times": (
        edited("responses.csv", ("2026-01-05T00:00:00Z", "2026-01-05T00:00:01Z")),
        (
            "responses.csv:3:received_at: '2026-01-05 00:00:01+00:00', but row 2 of the same incident says"
            " '2026-01-05 00:00:00+00:00'"
        ),
    ),
}


@pytest.mark.parametrize("story", CASES)
def test_a_fault_is_named_by_file_row_and_column(story: str, tmp_path: Path) -> None:
    files, line = CASES[story]
    assert faults_of(tmp_path, files) == [line]


def test_every_fault_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    files = {
        **edited("people.csv", ("+8613800138000", "110"), ("deputy,songzhai", "deputy,songzai")),
        "stations.csv": edited("stations.csv", (",town,350212110,", ",town,350212999,"))["stations.csv"],
    }
    named = [line.rsplit(": ", 1)[0].split(": ")[0] for line in faults_of(tmp_path, files)]
    assert sorted(named) == ["people.csv:2:phone", "people.csv:3:station_id", "stations.csv:3:region_code"]


def test_a_row_with_a_fault_is_still_known_to_others(tmp_path: Path) -> None:
    files = edited("stations.csv", ("118.19,24.77,wgs84", "118.19,24.77,moon"))
    assert [line.split(": ")[0] for line in faults_of(tmp_path, files)] == ["stations.csv:2:crs"]


def test_a_row_with_one_fault_shows_its_others(tmp_path: Path) -> None:
    files = edited("people.csv", ("+8613800138000,chief,songzhai", "110,chief,songzai"))
    assert [line.split(": ")[0] for line in faults_of(tmp_path, files)] == [
        "people.csv:2:phone",
        "people.csv:2:station_id",
    ]


def test_a_station_may_stand_five_kilometres_outside(tmp_path: Path) -> None:
    files = edited("stations.csv", ("118.19,24.75,wgs84", "118.235,24.75,wgs84"))
    assert faults_of(tmp_path, files) == []


def test_a_boundary_says_where_the_district_ends(tmp_path: Path) -> None:
    ring = "[[118.0,24.6],[118.4,24.6],[118.4,24.9],[118.0,24.9],[118.0,24.6]]"
    boundary = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":350212},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    )
    files = edited("stations.csv", ("118.19,24.75,wgs84", "118.35,24.75,wgs84"))
    assert faults_of(tmp_path, {**files, "boundaries.geojson": boundary}) == []


def test_a_device_does_not_take_the_address_of_a_registered_one(tmp_path: Path) -> None:
    world = World(stored_devices={("zigbee2mqtt", "living_room_smoke"): DeviceFact("old", registered=True)})
    assert faults_of(tmp_path, dict(FILES), world) == [
        "devices.csv:2:external_id: 'living_room_smoke' of zigbee2mqtt is device 'old' already"
    ]


def test_a_device_takes_the_address_of_an_unregistered_one(tmp_path: Path) -> None:
    listed = DeviceFact("zigbee2mqtt:living_room_smoke", registered=False)
    world = World(stored_devices={("zigbee2mqtt", "living_room_smoke"): listed})
    assert faults_of(tmp_path, dict(FILES), world) == []


def test_two_devices_may_swap_their_addresses(tmp_path: Path) -> None:
    stored = {
        ("zigbee2mqtt", "living_room_smoke"): DeviceFact("other", registered=True),
        ("zigbee2mqtt", "bedroom_smoke"): DeviceFact("smoke", registered=True),
    }
    swapped = FILES["devices.csv"] + "other,smoke,xiaxuli-7,2,卧室,zigbee2mqtt,bedroom_smoke,\n"
    assert faults_of(tmp_path, {**FILES, "devices.csv": swapped}, World(stored_devices=stored)) == []


def test_history_does_not_overwrite_a_live_incident(tmp_path: Path) -> None:
    assert faults_of(tmp_path, dict(FILES), World(live_incidents={"h2"})) == [
        "responses.csv:4:incident_id: 'h2' is an incident of this service; history cannot overwrite it"
    ]


def test_a_level_stays_while_something_needs_it(tmp_path: Path) -> None:
    line = "regions.csv:5:level: '350212110211' is a town to what belongs to it; keep its level"
    inhabited = World(stored_levels={"350212110211": "town"}, inhabited={"350212110211"})
    assert faults_of(tmp_path / "a", dict(FILES), inhabited) == [line]
    free = World(stored_levels={"350212110211": "town"})
    assert faults_of(tmp_path / "b", dict(FILES), free) == []
