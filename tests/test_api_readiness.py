"""Readiness and communication tests over HTTP: who sees what, who may start one."""

from datetime import timedelta
from typing import Any

from api.access import Role
from dispatch import communication, probe
from dispatch.channels.carrier import SendResult, SendStatus
from dispatch.values import EventKind, SensorEvent
from registry.version import bump_version
from store.places import PROBE_DEVICE
from tests.factories import make_station
from tests.story import Phones
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]


def start(web: Web, asker: Asker | None = None, **body: str) -> int:
    answer = (asker or web.dispatcher).post("/communication-tests", body)
    assert answer.status_code == 201, answer.text
    communication.run(web.story.database, web.story.setup, now=web.story.clock.now())
    web.story.wait(10)
    test_id: int = answer.json()["id"]
    return test_id


def test_a_sound_district_is_ready_and_says_what_is_not_set_up(web: Web) -> None:
    answer = web.viewer.get("/readiness").json()
    assert answer == {
        "faults": [],
        "probe": {"arrived_at": None, "took_s": None, "missed_at": None},
        "set_up": {"handover": False, "robots": False, "heartbeat": False},
        "last_communication_test": None,
    }


def test_the_probe_is_shown_and_measured(web: Web) -> None:
    assert "\nfire135_probe_last" not in web.nobody().ask("GET", "/metrics").text
    now = web.story.clock.now()
    event = SensorEvent(PROBE_DEVICE, EventKind.ALARM, "p1", "native", now, now - timedelta(seconds=2))
    with web.story.database.begin() as session:
        probe.take(session, web.story.setup, event, now=now)
    web.story.carriers["probe"] = Phones("probe")
    web.story.send()
    assert web.viewer.get("/readiness").json()["probe"]["took_s"] == 2
    lines = web.nobody().ask("GET", "/metrics").text.splitlines()
    (line,) = [line for line in lines if line.startswith("fire135_probe_last_success_timestamp_seconds ")]
    assert float(line.split()[1]) == now.timestamp()


def test_faults_are_seen_in_ones_own_region_and_phones_by_those_who_ring(web: Web) -> None:
    district = web.district
    phone = district.phones[district.next_chief]
    refused = SendResult(SendStatus.PERMANENT, failure=f"{phone} is no mobile number")
    web.story.carriers["console"].results[phone] = [refused]
    with web.story.database.begin() as session:
        make_station(session, "lonely", district.villages[2])
        bump_version(session)
    start(web, region=district.next_village)

    def faults(asker: Asker) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = asker.get("/readiness").json()["faults"]
        return found

    first, second = faults(web.dispatcher)
    assert (first["what"], first["station_id"], first["phone"]) == ("no_chief", "lonely", None)
    assert (second["what"], second["person_id"], second["phone"]) == (
        "phone_refused",
        district.next_chief,
        phone,
    )
    assert phone in second["text_zh"]
    masked = faults(web.viewer)[1]
    assert phone not in str(masked)
    assert masked["phone"].endswith(phone[-4:])
    assert [fault["what"] for fault in faults(web.caller(Role.DISPATCHER, district.town))] == [
        "phone_refused"
    ]


def test_a_test_is_started_answered_and_listed(web: Web) -> None:
    test_id = start(web)
    web.story.reply(web.district.chief, "1")
    details = web.viewer.get(f"/communication-tests/{test_id}").json()
    assert (details["asked"], details["delivered"], details["answered"]) == (7, 7, 1)
    assert details["started_by"] == "dispatcher-everywhere"
    last = details["people"][-1]
    assert (last["person_id"], last["reached"]) == (web.district.chief, "answered")
    assert last["answered_after_s"] is not None
    assert "****" in last["phone"]
    (listed,) = web.viewer.items("/communication-tests")
    assert listed == {key: value for key, value in details.items() if key != "people"}
    assert web.viewer.get("/readiness").json()["last_communication_test"] == listed


def test_who_is_bound_to_a_region_asks_and_sees_only_its_people(web: Web) -> None:
    town = web.caller(Role.DISPATCHER, web.district.town)
    test_id = start(web, town)
    chiefs = {web.district.chief, web.district.next_chief, web.district.town_chief}
    answer = web.admin.get(f"/communication-tests/{test_id}").json()
    assert {person["person_id"] for person in answer["people"]} == chiefs
    village = web.caller(Role.STATION, web.district.village)
    assert village.get(f"/communication-tests/{test_id}").json()["asked"] == 1
    assert_problem(town.post("/communication-tests", {"region": web.district.code}), 404, "region")


def test_a_test_is_refused_to_readers_twice_at_once_and_for_unknown_regions(web: Web) -> None:
    assert_problem(web.viewer.post("/communication-tests", {}), 403, "viewer")
    assert_problem(web.caller(Role.STATION).post("/communication-tests", {}), 403, "station")
    assert_problem(web.dispatcher.post("/communication-tests", {"region": "nowhere"}), 404, "nowhere")
    assert_problem(web.viewer.get("/communication-tests/7"), 404, "7")
    start(web)
    assert_problem(web.dispatcher.post("/communication-tests", {}), 409, "asks the same people")


def test_a_repeated_request_starts_one_test(web: Web) -> None:
    first = web.dispatcher.post("/communication-tests", {}, "key")
    assert web.dispatcher.post("/communication-tests", {}, "key").json() == first.json()
    assert web.woken == 1
    web.story.clock.advance(communication.LASTS.total_seconds())
    assert web.dispatcher.post("/communication-tests", {}, "other").json()["id"] != first.json()["id"]
    newest, oldest = web.viewer.items("/communication-tests")
    assert newest["id"] > oldest["id"]
    page = web.viewer.get("/communication-tests", limit=1).json()
    assert web.viewer.items("/communication-tests", cursor=page["next"]) == [oldest]
