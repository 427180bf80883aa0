"""The story the service exists for, from the detector's message to the response log.

15:12, smoke in the living room of 五显镇宋宅村下许里7号: through a real broker, real HTTP and the Twilio
stand-in, on both databases, with the clock in the test's hands.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from ingest.broker import EmbeddedBroker
from simulators.devices import NativeDevice, Zigbee2MqttBridge
from simulators.mqtt_line import MqttLine
from store.database import Database
from tests.clock import STORY_START, ManualClock
from tests.scenarios.county import County, county

pytestmark = pytest.mark.broker

PREMISES = "p-songzhai-xiaxuli-7"
LIVING_ROOM, BEDROOM = "xiaxuli7_livingroom_smoke", "xiaxuli7_bedroom_smoke"
VILLAGE, TOWN, BRIGADE = "st-350212110212", "st-350212110", "st-350212"
VILLAGE_CHIEF, TOWN_CHIEF, BRIGADE_CHIEF = (
    f"person-{VILLAGE[3:]}-1",
    f"person-{TOWN[3:]}-1",
    "person-350212-1",
)
DUTY_OFFICER = "person-duty-1"
#: Seconds of each interval as the story tells them: (p50, measured, missing).
LOG = {
    "handling": {"village": (1, 1, 0), "town": (1, 1, 0), "district": (71, 1, 0)},
    "delivery": {"village": (2, 1, 0), "town": (2, 1, 0), "district": (1, 1, 0)},
    "acknowledgement": {"village": (19, 1, 0), "town": (26, 1, 0), "district": (19, 1, 0)},
    "turnout": {"village": (37, 1, 0), "town": (51, 1, 0), "district": (None, 0, 1)},
    "travel": {"village": (136, 1, 0), "town": (125, 1, 0), "district": (None, 0, 1)},
    "response": {"village": (174, 1, 0), "town": (177, 1, 0), "district": (None, 0, 1)},
}


@pytest.fixture
def tongan(database: Database, clock: ManualClock, broker: EmbeddedBroker) -> Iterator[County]:
    with county(database, clock, broker) as made:
        yield made


@pytest.fixture
def bridge(broker: EmbeddedBroker) -> Iterator[Zigbee2MqttBridge]:
    made = Zigbee2MqttBridge(broker.url)
    for name in (LIVING_ROOM, BEDROOM):
        made.add(name, {"smoke": False, "battery": 97})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def terminal(broker: EmbeddedBroker) -> Iterator[NativeDevice]:
    line = MqttLine(broker.url, "terminal")
    line.connect()
    yield NativeDevice(line, "terminal-songzhai")
    line.close()


def test_candle(tongan: County, bridge: Zigbee2MqttBridge, terminal: NativeDevice) -> None:
    incident_id = smoke_in_the_living_room(tongan, bridge)
    both_chiefs_are_told_in_the_same_second(tongan, incident_id)
    both_stations_answer_and_set_out(tongan, incident_id, terminal)
    the_second_detector_hands_it_to_the_district(tongan, incident_id, bridge)
    both_stations_are_on_scene_at_15_15(tongan, incident_id)
    the_fire_is_out_and_a_person_closes(tongan, incident_id, bridge)
    the_response_log_shows_every_interval(tongan)


def smoke_in_the_living_room(tongan: County, bridge: Zigbee2MqttBridge) -> str:
    bridge.report(LIVING_ROOM, {"smoke": True})
    (found,) = tongan.until(lambda: tongan.api.open_incidents(PREMISES))
    incident = tongan.incident(found["id"])
    assert at(incident["opened_at"]) == STORY_START
    assert (incident["grade"], incident["drill"]) == ("suspected", False)
    assert incident["region"]["village"] == "宋宅村委会"
    assert [(s["device_id"], s["room"]) for s in incident["signals"]] == [
        ("xiaxuli7-livingroom-smoke", "客厅")
    ]
    assert [a["station_id"] for a in incident["assignments"]] == [VILLAGE, TOWN]
    return str(incident["id"])


def both_chiefs_are_told_in_the_same_second(tongan: County, incident_id: str) -> None:
    tongan.pass_time(to_s=3)  # the sender has its turn each second
    tongan.deliver()
    code = tongan.incident(incident_id)["code"]
    for chief in (VILLAGE_CHIEF, TOWN_CHIEF):
        text = tongan.last_text(chief)
        assert text.startswith(f"火警{code}：五显镇宋宅村下许里7号 1楼客厅 烟感报警。")
        assert len(text) <= 70  # one UCS-2 segment
    for station in (VILLAGE, TOWN):
        assert seconds(tongan, incident_id, station, "notified") == 1
        assert seconds(tongan, incident_id, station, "delivered") == 3


def both_stations_answer_and_set_out(tongan: County, incident_id: str, terminal: NativeDevice) -> None:
    tongan.pass_time(to_s=20)
    tongan.text(VILLAGE_CHIEF, "1")
    tongan.pass_time(to_s=27)
    tongan.text(TOWN_CHIEF, "收到")
    tongan.pass_time(to_s=38)
    terminal.say("enroute")
    tongan.until(lambda: seconds(tongan, incident_id, VILLAGE, "enroute") == 38)
    tongan.pass_time(to_s=52)
    body = {"station_id": TOWN, "milestone": "enroute"}
    tongan.api.post(f"/incidents/{incident_id}/milestones", body)
    assert seconds(tongan, incident_id, VILLAGE, "acknowledged") == 20
    assert seconds(tongan, incident_id, TOWN, "acknowledged") == 27


def the_second_detector_hands_it_to_the_district(
    tongan: County, incident_id: str, bridge: Zigbee2MqttBridge
) -> None:
    tongan.pass_time(to_s=70)
    bridge.report(BEDROOM, {"smoke": True})
    tongan.until(lambda: tongan.incident(incident_id)["grade"] == "confirmed")
    assert tongan.incident(incident_id)["handover"]["status"] == "sent"
    tongan.pass_time(to_s=72)
    tongan.deliver()
    assert "火警已确认" in tongan.last_text(VILLAGE_CHIEF)
    assert "移交区级" in tongan.last_text(DUTY_OFFICER)
    tongan.pass_time(to_s=82)
    accepted = {"status": "accepted", "number": "演示119-0001"}
    tongan.api.post(f"/incidents/{incident_id}/handover", accepted)
    assert tongan.incident(incident_id)["handover"]["number"] == "演示119-0001"
    tongan.pass_time(to_s=90)
    tongan.text(BRIGADE_CHIEF, "1")


def both_stations_are_on_scene_at_15_15(tongan: County, incident_id: str) -> None:
    tongan.pass_time(to_s=174)
    tongan.text(VILLAGE_CHIEF, "3")
    tongan.pass_time(to_s=177)
    tongan.text(TOWN_CHIEF, "到场")
    stations = {a["station_id"]: a["status"] for a in tongan.incident(incident_id)["assignments"]}
    assert stations == {VILLAGE: "on_scene", TOWN: "on_scene", BRIGADE: "acknowledged"}


def the_fire_is_out_and_a_person_closes(tongan: County, incident_id: str, bridge: Zigbee2MqttBridge) -> None:
    tongan.pass_time(to_s=205)
    bridge.report(LIVING_ROOM, {"smoke": False})
    tongan.until(lambda: tongan.incident(incident_id)["signals"][0]["restored_at"])
    assert tongan.incident(incident_id)["status"] == "open"  # only a person closes
    tongan.pass_time(to_s=225)
    tongan.api.post(f"/incidents/{incident_id}/close", {"disposition": "fire", "cause": "蜡烛 candle"})
    tongan.send()
    incident = tongan.incident(incident_id)
    assert (incident["disposition"], incident["cause"]) == ("fire", "蜡烛 candle")
    assert "警情已结束" in tongan.last_text(VILLAGE_CHIEF)
    kinds = [fact["kind"] for fact in tongan.api.items(f"/incidents/{incident_id}/timeline")]
    assert kinds[0] == "opened"
    assert "escalated" not in kinds  # everyone answered in time


def the_response_log_shows_every_interval(tongan: County) -> None:
    for interval, tiers in LOG.items():
        report = tongan.api.get("/reports/response-times", interval=interval)
        shown = {item["tier"]: (item["p50_s"], item["n"], item["missing"]) for item in report["items"]}
        assert shown == tiers, interval
    on_target = {i["tier"]: i["within_target"] for i in tongan.api.get("/reports/response-times")["items"]}
    assert (on_target["village"], on_target["town"]) == (1.0, 1.0)


def seconds(tongan: County, incident_id: str, station: str, milestone: str) -> float | None:
    """When a station reached a milestone, in seconds of the story."""
    (assignment,) = [a for a in tongan.incident(incident_id)["assignments"] if a["station_id"] == station]
    reached = assignment["milestones"][f"{milestone}_at"]
    return (at(reached) - STORY_START).total_seconds() if reached else None


def at(text: Any) -> datetime:
    return datetime.fromisoformat(text)
