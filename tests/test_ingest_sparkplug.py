"""Sparkplug B: births, data and deaths, told in the order in which a node sends them."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import sparkplug, sparkplug_payload
from ingest.decoding import decode_files
from ingest.reading import Announcement, Condition, Fact, Message, Reading, Request, UndecodableError
from ingest.sparkplug_metrics import Meaning, conditions_of, meaning
from ingest.sparkplug_payload import _PAYLOAD, read_payload, rebirth_command

PAYLOADS = Path(__file__).parent / "payloads" / "sparkplug"
NOON_MS = 1_772_452_800_000


def metric(name: str = "", value: object = None, **more: Any) -> dict[str, Any]:
    kinds = {bool: "boolean_value", int: "int_value", float: "double_value", bytes: "string_value"}
    said = value.encode() if isinstance(value, str) else value
    held = {kinds[type(said)]: said} if said is not None else {}
    return {**({"name": name.encode()} if name else {}), **held, **more}


def payload(*metrics: dict[str, Any], seq: int | None = None, **more: Any) -> bytes:
    counted = {} if seq is None else {"seq": seq}
    encoded: bytes = _PAYLOAD(timestamp=NOON_MS, metrics=list(metrics), **counted, **more).SerializeToString()
    return encoded


class Node:
    """A node `gw1` of group `Tongan`, and the decoder that hears it."""

    def __init__(self) -> None:
        self.decoder = sparkplug.Decoder()
        self.seq = 0

    def say(
        self, kind: str, *metrics: dict[str, Any], device: str = "", retained: bool = False
    ) -> list[Fact]:
        self.seq = 0 if kind == "NBIRTH" else (self.seq + 1) % 256
        seq = None if kind == "NDEATH" else self.seq
        return self.hear(kind, payload(*metrics, seq=seq), device=device, retained=retained)

    def hear(self, kind: str, data: bytes, device: str = "", *, retained: bool = False) -> list[Fact]:
        topic = f"spBv1.0/Tongan/{kind}/gw1" + (f"/{device}" if device else "")
        return self.decoder(Message(topic, data, retained, base="spBv1.0"))

    def is_born(self, bd_seq: int = 0) -> list[Fact]:
        return self.say("NBIRTH", metric("bdSeq", bd_seq), metric("Node Control/Rebirth", value=False))

    def bears(self, device: str = "smoke1", *metrics: dict[str, Any]) -> list[Fact]:
        return self.say("DBIRTH", *(metrics or (metric("Smoke", value=False, alias=1),)), device=device)

    def reports(self, *metrics: dict[str, Any], device: str = "smoke1") -> list[Fact]:
        return self.say("DDATA", *metrics, device=device)


@pytest.fixture
def node() -> Node:
    born = Node()
    born.is_born()
    born.bears()
    return born


def only(facts: list[Fact]) -> Reading:
    (fact,) = facts
    assert isinstance(fact, Reading)
    return fact


def readings(facts: list[Fact]) -> list[Reading]:
    return [fact for fact in facts if isinstance(fact, Reading)]


def requests(facts: list[Fact]) -> list[str]:
    return [fact.topic for fact in facts if isinstance(fact, Request)]


REBIRTH = ["spBv1.0/Tongan/NCMD/gw1"]


def test_the_samples_mean_what_is_expected_of_them() -> None:
    rows = json.loads((PAYLOADS / "EXPECTED.json").read_bytes())
    lines: list[str] = []
    assert decode_files([str(PAYLOADS.parent / row["file"]) for row in rows], lines.append, lines.append) == 0
    said = [[event["kind"] for event in json.loads(line)["events"]] for line in lines]
    assert said == [row["canonical"] for row in rows]


def test_a_birth_says_online_and_every_present_value(node: Node) -> None:
    reading = only(
        node.bears(
            "hall", metric("Smoke/Alarm", value=True), metric("Battery", value=8), metric("Tamper", value=0)
        )
    )
    assert (reading.external_id, reading.gateway) == ("Tongan/gw1/hall", "Tongan/gw1")
    assert reading.conditions == {
        "offline": False,
        "unreliable": False,
        "smoke": True,
        "tamper": False,
        "low_battery": True,
    }
    assert reading.battery == 8
    assert reading.device_at is not None
    assert reading.device_at.isoformat() == "2026-03-02T12:00:00+00:00"


def test_a_birth_repeats_a_standing_alarm_and_data_says_it_anew(node: Node) -> None:
    first, second = (only(node.bears("d", metric("Smoke", value=True, alias=1))) for _ in range(2))
    assert first.digest is not None
    assert first.digest == second.digest
    assert (
        only(node.bears("d", metric("Smoke", value=True), metric("Fault", value=True))).digest != first.digest
    )
    assert only(node.reports(metric("Smoke", value=True), device="d")).digest is None


def test_data_speaks_by_alias_or_by_name(node: Node) -> None:
    assert only(node.reports(metric(alias=1, value=True))).conditions == {"smoke": True, "unreliable": False}
    assert only(node.reports(metric("Smoke", value=False))).conditions == {
        "smoke": False,
        "unreliable": False,
    }
    assert only(node.reports()).conditions == {}


def test_a_node_reports_by_itself_too() -> None:
    node = Node()
    born = only(node.say("NBIRTH", metric("Inputs/Fire Alarm", value=False, alias=3)))
    assert (born.external_id, born.gateway) == ("Tongan/gw1", None)
    assert only(node.say("NDATA", metric(alias=3, value=True))).conditions["smoke"] is True


def test_an_alias_without_a_birth_is_a_fault_and_asks_for_one() -> None:
    node = Node()
    facts = node.reports(metric(alias=1, value=True))
    (reading,) = readings(facts)
    assert reading.conditions == {"unreliable": True}
    assert reading.data["reason"] == "alias 1: no birth of Tongan/gw1/smoke1 has named it"
    assert base64.b64decode(reading.data["payload"]) == payload(metric(alias=1, value=True), seq=1)
    assert requests(facts) == REBIRTH


def test_the_request_is_what_the_specification_asks_for() -> None:
    (request,) = [fact for fact in Node().reports(metric(alias=1, value=True)) if isinstance(fact, Request)]
    command = read_payload(request.payload)
    assert (command.seq, command.at_ms) == (None, NOON_MS)
    assert [(said.name, said.value) for said in command.metrics] == [("Node Control/Rebirth", True)]


def test_further_messages_that_cannot_be_read_are_refused_until_the_birth() -> None:
    node = Node()
    node.reports(metric(alias=1, value=True))
    with pytest.raises(UndecodableError, match=r"alias 1: no birth .* a rebirth is requested"):
        node.reports(metric(alias=1, value=True))
    assert requests(node.reports(metric(alias=1, value=True), device="smoke2")) == []
    node.is_born()
    assert only(node.bears()).conditions["unreliable"] is False
    assert only(node.reports(metric(alias=1, value=True))).conditions["smoke"] is True


def test_a_node_that_does_not_answer_is_asked_again_but_not_each_time() -> None:
    node = Node()
    asked = []
    for _ in range(100):
        try:
            asked += requests(node.reports(metric(alias=1, value=True)))
        except UndecodableError:
            continue
    assert asked == REBIRTH * 4


def test_what_can_be_read_beside_an_unknown_alias_still_goes_out(node: Node) -> None:
    for _ in range(2):
        facts = node.reports(metric(alias=1, value=True), metric(alias=9, value=5))
        assert readings(facts)[0].conditions == {"smoke": True, "unreliable": True}
    assert only(node.reports(metric(alias=1, value=False))).conditions == {"smoke": False}


def test_data_of_a_device_never_born_is_read_by_name_and_asks_for_a_birth(node: Node) -> None:
    facts = node.reports(metric("Smoke", value=True), device="attic")
    assert readings(facts)[0].conditions == {"smoke": True, "unreliable": False}
    assert requests(facts) == REBIRTH


def test_a_gap_in_the_sequence_asks_for_a_birth_once(node: Node) -> None:
    node.seq += 3
    facts = node.reports(metric(alias=1, value=True))
    assert readings(facts)[0].conditions["smoke"] is True
    assert requests(facts) == REBIRTH
    node.seq += 3
    assert requests(node.bears()) == []
    node.is_born()
    node.seq += 1
    assert requests(node.bears()) == REBIRTH


def test_the_sequence_runs_round_at_256_and_may_come_twice_or_late(node: Node) -> None:
    for _ in range(300):
        assert requests(node.reports(metric(alias=1, value=False))) == []
    for seq in (node.seq, node.seq - 3, node.seq + 1):
        data = payload(metric(alias=1, value=False), seq=seq % 256)
        assert requests(node.hear("DDATA", data, "smoke1")) == []


def test_a_nodes_death_is_one_fault_however_much_is_below_it(node: Node) -> None:
    node.bears("smoke2")
    facts = readings(node.say("NDEATH", metric("bdSeq", 0)))
    assert [(fact.external_id, fact.conditions) for fact in facts] == [("Tongan/gw1", {"offline": True})]


def test_after_a_death_aliases_mean_nothing(node: Node) -> None:
    node.say("NDEATH", metric("bdSeq", 0))
    assert readings(node.reports(metric(alias=1, value=True)))[0].conditions == {"unreliable": True}


@pytest.mark.parametrize(("born", "died"), [(1, 0), (0, 255), (7, 5)])
def test_the_will_of_an_earlier_connection_is_ignored(born: int, died: int) -> None:
    node = Node()
    node.is_born(born)
    assert node.say("NDEATH", metric("bdSeq", died)) == []


def test_a_will_that_cannot_be_compared_or_is_newer_is_believed(node: Node) -> None:
    assert len(node.say("NDEATH", metric("bdSeq", 1))) == 1
    assert len(Node().say("NDEATH", metric("bdSeq", 9))) == 1
    assert len(node.say("NDEATH")) == 1


def test_a_devices_death_is_its_own(node: Node) -> None:
    reading = only(node.say("DDEATH", device="smoke1"))
    assert (reading.external_id, reading.conditions) == ("Tongan/gw1/smoke1", {"offline": True})


def test_what_is_historical_is_not_live(node: Node) -> None:
    at = NOON_MS - 3_600_000
    facts = node.reports(
        metric(alias=1, value=True, is_historical=True, timestamp=at), metric(alias=1, value=False)
    )
    past, now = readings(facts)
    assert (past.live, past.conditions, past.device_at and past.device_at.hour) == (
        False,
        {"smoke": True},
        11,
    )
    assert (now.live, now.conditions["smoke"]) == (True, False)
    assert [
        fact.live for fact in readings(node.reports(metric(alias=1, value=True, is_historical=True)))
    ] == [False]


def test_an_alarm_and_its_end_in_one_message_are_two_readings(node: Node) -> None:
    said = node.reports(metric(alias=1, value=True), metric(alias=1, value=False))
    assert [fact.conditions["smoke"] for fact in readings(said)] == [True, False]
    many = node.reports(*[metric(alias=1, value=True), metric(alias=1, value=False)] * 100)
    assert len(many) == 16
    assert readings(many)[-1].conditions["smoke"] is True


def test_null_says_nothing(node: Node) -> None:
    assert only(node.reports(metric(alias=1, is_null=True))).conditions == {}


@pytest.mark.parametrize("value", ["maybe", "not normal", "x" * 5000, 7, None])
def test_an_alarm_that_cannot_be_read_is_a_fault(node: Node, value: object) -> None:
    reading = only(node.reports(metric(alias=1, value=value)))
    assert reading.conditions == {"unreliable": True}
    assert reading.data["reason"].startswith("Smoke is ")
    assert only(node.reports(metric(alias=1, value=False))).conditions["unreliable"] is False


@pytest.mark.parametrize(("quality", "good"), [(192, True), (216, True), (0, False), (500, False)])
def test_a_value_of_bad_quality_ends_no_alarm_but_may_begin_one(node: Node, quality: int, good: bool) -> None:
    told: dict[str, Any] = {"properties": {"keys": [b"Quality"], "values": [{"int_value": quality}]}}
    quiet = only(node.reports(metric(alias=1, value=False, **told)))
    assert quiet.conditions == ({"smoke": False, "unreliable": False} if good else {"unreliable": True})
    assert only(node.reports(metric(alias=1, value=True, **told))).conditions["smoke"] is True


def test_a_template_instance_is_read_with_its_own_metrics(node: Node) -> None:
    held: dict[str, Any] = {
        "template_value": {"metrics": [metric("Smoke", value=True), metric("Battery", 80)]}
    }
    definition: dict[str, Any] = {
        "template_value": {"metrics": [metric("Smoke", value=True)], "is_definition": True}
    }
    reading = only(node.bears("udt", metric("Detector 1", **held), metric("Detector", **definition)))
    assert (reading.conditions["smoke"], reading.battery) == (True, 80)
    assert "smoke" not in only(node.bears("d", metric("Detector", **definition))).conditions


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_a_compressed_payload_is_unpacked(node: Node, pack: Any) -> None:
    body = pack(payload(metric(alias=1, value=True)))
    data = payload(seq=2, uuid=b"SPBV1.0_COMPRESSED", body=body)
    assert only(node.hear("DDATA", data, "smoke1")).conditions["smoke"] is True
    for wrong in (b"x", body[:-5], pack(b"\0" * 10_000_000)):
        with pytest.raises(UndecodableError, match="compressed"):
            node.hear("DDATA", payload(seq=2, uuid=b"SPBV1.0_COMPRESSED", body=wrong), "smoke1")


def test_a_birth_tells_the_make_and_model_for_commissioning(node: Node) -> None:
    said = node.bears("d", metric("Properties/Hardware Make", "某厂"), metric("Model", "SD-1"))
    assert Announcement("Tongan/gw1/d", {"manufacturer": "某厂", "model": "SD-1"}, "Tongan/gw1") in said


def test_what_the_broker_kept_is_marked_and_counts_without_its_sequence(node: Node) -> None:
    facts = node.say("DDATA", metric(alias=1, value=True), device="smoke1", retained=True)
    assert only(facts).data == {"replayed": True}
    assert requests(node.hear("DDATA", payload(metric(alias=1, value=True), seq=2), "smoke1")) == []


@pytest.mark.parametrize("topic", ["STATE/scada", "Tongan/NCMD/gw1", "Tongan/DCMD/gw1/smoke1", "STATE"])
def test_commands_and_hosts_are_nothing(topic: str) -> None:
    assert sparkplug.Decoder()(Message(f"spBv1.0/{topic}", b"\xff")) == []


@pytest.mark.parametrize(
    ("topic", "data", "said"),
    [
        ("other/a", b"", "no level spBv1.0"),
        ("spBv1.0/Tongan", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/NFOO/gw1", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/DDATA/gw1", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/NDATA/gw1/x", b"", "not spBv1.0/GROUP"),
        ("spBv1.0//NDATA/gw1", b"", "not spBv1.0/GROUP"),
        ("spBv1.0/Tongan/NDATA/" + "x" * 300, b"", "characters, and 250 are allowed"),
        ("spBv1.0/Tongan/NDATA/gw1", b"\xff", "not protobuf"),
        ("spBv1.0/Tongan/NDATA/gw1", b"\x12\x00" * 513, "more than 512 metrics"),
        ("spBv1.0/Tongan/NDATA/gw1", b"x" * 300_000, "are allowed"),
    ],
)
def test_what_is_wrong_is_said(topic: str, data: bytes, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        sparkplug.Decoder()(Message(topic, data))


def test_the_namespace_may_stand_anywhere_and_the_request_goes_there() -> None:
    topic = "site/7/spBv1.0/G/DDATA/n/d"
    facts = sparkplug.Decoder()(Message(topic, payload(metric(alias=1, value=True))))
    assert requests(facts) == ["site/7/spBv1.0/G/NCMD/n"]


def test_memory_is_bounded_and_what_is_forgotten_is_asked_for(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparkplug, "_MAX_REMEMBERED", 100)
    for number in range(200):
        topic = f"spBv1.0/Tongan/DBIRTH/other{number}/d"
        node.decoder(Message(topic, payload(*[metric(f"m{a}", alias=a) for a in range(5)])))
        assert node.decoder._size <= 100
    assert len(node.decoder._nodes) < 20
    assert requests(node.reports(metric(alias=1, value=True))) == REBIRTH


def test_a_node_has_so_many_devices(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug, "_MAX_DEVICES", 2)
    with pytest.raises(UndecodableError, match="more than 2 devices below one node"):
        node.bears("smoke2")


@pytest.mark.parametrize(
    ("names", "condition"),
    [
        (
            "smoke Smoke/Alarm smokeAlarm FIRE_ALARM Fire Inputs/3/Smoke_Detected 烟感/报警 火警 Smoke/Value",
            "smoke",
        ),
        ("Smoke/1 Kitchen/Smoke/Active Smoke/Activated smoke_1 Flame/Detected FireAlarm smokealarm", "smoke"),
        ("Heat HeatAlarm HighTemperature Temperature/Alarm", "heat"),
        ("Gas GasAlarm Gas/Detected", "gas"),
        ("CO COAlarm CarbonMonoxide/Alarm 一氧化碳", "carbon_monoxide"),
        (
            "SOS Panic ManualCallPoint 手动报警 SOS/Pressed CallPoint/Pressed PullStation MCP/Activated",
            "sos",
        ),
        ("Manual_Call_Point/Activated Panic_Button/Pressed Break_Glass BreakGlass/Activated", "sos"),
        ("Alarm Alarm/Active Zone/3/Alarm AlarmState 报警", "alarm"),
        ("Tamper Tamper/Status TamperAlarm Cover/Open 防拆", "tamper"),
        ("BatteryLow Battery/Low LowBattery low_bat lowbat BatteryAlarm LowVoltage", "low_battery"),
        ("Fault Smoke/Fault DeviceFault Sensor/Failure Trouble ErrorState 故障", "fault"),
        ("Power/Fault MainsFailure", "mains_fault"),
        ("Battery/Fault", "battery_defect"),
        ("Test SelfTest Smoke/Test 自检", "test"),
        ("SelfTest/Failed", "self_test_failed"),
        ("Mute Silence Hush Alarm/Silenced 消音", "silence"),
        ("Window Window/Open Contact/Window DoorOpen", "window_open"),
    ],
)
def test_a_name_is_read_as_words(names: str, condition: str) -> None:
    for name in names.split():
        meant = meaning(name)
        assert meant is not None, name
        assert meant.condition == condition, name
        assert conditions_of(meant, True) == {condition: True}, name
        assert conditions_of(meant, 0) == {condition: False}, name


NOTHING_OF_OURS = """bdSeq|Node Control/Rebirth|Device Control/Reset Alarm|Alarm/Count|Smoke/Threshold
|Alarm/Enabled|Alarm Siren|Uptime|Smoke Detector/RSSI|Temperature|CO2|Smoke Level|Fire Pump Running
|Smoke Detector Installed|Smoke Bypass|Tank/HighLevelAlarm|High Alarm|AlarmLow|LowTemp Alarm|HiHi
|Alarm/Clear|Glass Break
|Motion Detected|Battery Voltage|Water Leak Alarm|Connection Status|Firmware|Last Alarm|Gas Valve||/|1"""


def test_another_name_means_nothing() -> None:
    assert [name for name in NOTHING_OF_OURS.split("|") if meaning(name.strip())] == []


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        *((name, "smoke") for name in ("Smoke Normal", "SmokeClear", "Fire Normal", "NoSmoke", "SmokeOK")),
        ("Smoke/OK", "smoke"),
        ("NoAlarm", "alarm"),
        ("Smoke Sensor OK", "fault"),
        ("NoFault", "fault"),
        ("Self Test OK", "self_test_failed"),
        ("Contact Normal", "window_open"),
    ],
)
def test_a_name_that_says_all_is_well_is_true_when_it_is(name: str, condition: str) -> None:
    meant = meaning(name)
    assert meant is not None
    assert conditions_of(meant, True) == {condition: False}
    assert conditions_of(meant, False) == {condition: True}


@pytest.mark.parametrize("name", ["Battery/Level", "Battery/Percentage", "Battery/SOC"])
def test_a_level_below_a_battery_is_its_percentage(node: Node, name: str) -> None:
    assert only(node.reports(metric(name, value=4))).conditions == {"low_battery": True}


def test_the_rest_of_one_zone_ends_no_other_zones_alarm(node: Node) -> None:
    one, two = "Zone 1/Smoke", "Zone 2/Smoke"
    node.bears("p", metric(one, value=False, alias=1), metric(two, value=False, alias=2))
    assert only(node.reports(metric(alias=1, value=True), device="p")).conditions["smoke"] is True
    assert "smoke" not in only(node.reports(metric(alias=2, value=False), device="p")).conditions
    past = metric(alias=1, value=False, is_historical=True)
    node.reports(past, device="p")
    assert "smoke" not in only(node.reports(metric(two, value=False), device="p")).conditions
    assert only(node.reports(metric(alias=1, value=False), device="p")).conditions["smoke"] is False
    node.reports(metric(alias=1, value=True), device="p")
    assert only(node.bears("p", metric(two, value=False, alias=2))).conditions["smoke"] is False


def test_contact_and_closed_are_true_when_closed() -> None:
    for name in ("Contact", "Window/Closed", "窗/门磁"):
        meant = meaning(name)
        assert meant is not None
        assert conditions_of(meant, True) == {"window_open": False}
        assert conditions_of(meant, "open") == {"window_open": True}
        assert conditions_of(meant, "closed") == {"window_open": False}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Smoke", "ALARM", {"smoke": True}),
        ("Smoke", "Smoke Detected", {"smoke": True}),
        ("Smoke", "no smoke", {"smoke": False}),
        ("Smoke", "Normal", {"smoke": False}),
        ("Smoke", "FALSE", {"smoke": False}),
        ("Smoke", "正常", {"smoke": False}),
        ("Smoke", "fault", {"fault": True}),
        ("Smoke", "test", {"test": True}),
        ("Smoke", 0.0, {"smoke": False}),
        ("Smoke", 1.0, {"smoke": True}),
        ("Smoke", 0.03, {}),
        ("Smoke", float("nan"), {}),
        ("Smoke", 2, None),
        ("Smoke", "", None),
        ("Smoke", "no", {"smoke": False}),
        ("Smoke/Alarm", 0.5, None),
        ("CO", 35, {}),
        ("CO", 1.0, {}),
        ("Fault", 17, {"fault": True}),
        ("Tamper", "removed", {"tamper": True}),
        ("Tamper", 2, None),
        ("Self Test", "failed", {"test": False, "self_test_failed": True}),
        ("Self Test", "passed", {"test": False}),
        ("Battery OK", True, {"low_battery": False}),
        ("Battery OK", "ok", {"low_battery": False}),
        ("Status", "alarm", {"alarm": True}),
        ("Status", "low battery", {"low_battery": True}),
        ("Status", "running", None),
        ("Status", "no fault", {"alarm": False}),
        ("Status", True, {}),
        ("Status", "on", {}),
    ],
)
def test_a_value_is_read_for_what_it_says(name: str, value: Any, said: dict[str, bool] | None) -> None:
    meant = meaning(name)
    assert meant is not None
    found = conditions_of(meant, value)
    if said is None or found is None:
        assert found is said
    else:
        assert {key: found[Condition(key)] for key in said} == said


def test_a_status_that_is_normal_ends_what_a_status_may_have_said() -> None:
    assert conditions_of(Meaning(Condition.ALARM, is_status=True), "normal") == {
        "alarm": False,
        "test": False,
        "tamper": False,
        "low_battery": False,
        "silence": False,
        "fault": False,
    }


@pytest.mark.parametrize(
    ("value", "low", "battery"), [(80, False, 80), (5.5, True, 5.5), ("low", True, None), ("55", False, 55)]
)
def test_a_battery_is_a_percentage_or_a_word(
    node: Node, value: Any, low: bool, battery: float | None
) -> None:
    reading = only(node.reports(metric("Battery", value=value)))
    assert (reading.conditions.get("low_battery"), reading.battery) == (low, battery)


def test_a_measurement_is_kept_with_its_event(node: Node) -> None:
    assert only(node.reports(metric("Smoke", value=0.5))).data == {"Smoke": 0.5}


def test_a_capture_is_base64() -> None:
    assert sparkplug.wire({"base64": base64.b64encode(b"x").decode()}) == b"x"
    for wrong in ({"base64": "?"}, {}, "x", None):
        with pytest.raises((ValueError, TypeError, KeyError)):
            sparkplug.wire(wrong)


def test_the_same_bytes_come_back() -> None:
    assert read_payload(rebirth_command(5)).at_ms == 5
    assert sparkplug_payload.read_payload(b"") == (0, None, [])


_kinds = st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH", "NCMD", "X"])
_levels = st.lists(st.sampled_from(["", "gw1", "smoke1", "STATE", "x"]) | st.text(max_size=4), max_size=3)
_names = st.sampled_from(["Smoke", "Battery", "Window/Contact", "bdSeq", "Status", "Self Test", "CO", ""])
_values = st.one_of(
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.floats(),
    st.text(max_size=8) | st.sampled_from(["alarm", "low", "no fault"]),
    st.none(),
)
_metrics = st.builds(
    lambda name, value, alias, more: metric(
        name, value, **({} if alias is None else {"alias": alias}), **more
    ),
    _names,
    _values,
    st.none() | st.integers(0, 3) | st.integers(0, 2**64 - 1),
    st.fixed_dictionaries(
        {},
        optional={
            "is_null": st.booleans(),
            "is_historical": st.booleans(),
            "timestamp": st.integers(0, 2**64 - 1),
            "properties": st.just({"keys": [b"Quality", b"x"], "values": [{"int_value": 0}]}),
            "template_value": st.just({"metrics": [metric("Smoke", value=True)]}),
        },
    ),
)


@given(st.lists(st.tuples(_kinds, _levels, st.binary(max_size=60)), max_size=4))
def test_any_bytes_on_any_topic_give_facts_or_a_reason(said: list[tuple[str, list[str], bytes]]) -> None:
    decoder = sparkplug.Decoder()
    for kind, levels, data in said:
        try:
            decoder(Message("/".join(["spBv1.0", "Tongan", kind, *levels]), data))
        except UndecodableError as refusal:
            assert str(refusal)


@given(
    st.lists(
        st.tuples(
            _kinds, st.lists(_metrics, max_size=4), st.none() | st.integers(0, 2**64 - 1), st.booleans()
        ),
        max_size=6,
    )
)
def test_any_story_gives_facts_or_a_reason_and_no_alarm_is_lost(
    story: list[tuple[str, list[dict[str, Any]], int | None, bool]],
) -> None:
    node = Node()
    for kind, metrics, seq, retained in story:
        device = "smoke1" if kind.startswith("D") else ""
        try:
            node.hear(kind, payload(*metrics, seq=seq), device, retained=retained)
        except UndecodableError as refusal:
            assert str(refusal)
    facts = node.reports(metric("Smoke", value=True))
    assert readings(facts)[0].conditions["smoke"] is True
