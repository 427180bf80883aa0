"""`fire135 decode`."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.decoding import decode_files

PAYLOADS = Path(__file__).parent / "payloads"
#: Files whose meaning we read otherwise than EXPECTED.json, for the reason in docs/formats.md.
DIFFERENT = {"zigbee2mqtt/gen_tuya_TS0205_01_alarm_tamper.json": ["tamper"]}


def decode(*paths: Path) -> list[dict[str, Any]]:
    lines: list[str] = []
    complaints: list[str] = []
    assert decode_files(map(str, paths), lines.append, complaints.append) == 0
    assert complaints == []
    return [json.loads(line) for line in lines]


def capture(folder: Path, name: str, **content: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def native(folder: Path, name: str, **event: Any) -> Path:
    return capture(folder, name, topic="fire135/v1/d-1/event", payload=event)


def kinds(line: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in line["events"]]


def test_all_samples_mean_what_is_expected_of_them() -> None:
    rows = json.loads((PAYLOADS / "EXPECTED.json").read_bytes())
    expected = {row["file"]: row["canonical"] for row in rows} | DIFFERENT
    files = sorted((PAYLOADS / "zigbee2mqtt").glob("*.json"))  # the shell's order
    said = {f"zigbee2mqtt/{Path(line['file']).name}": kinds(line) for line in decode(*files)}
    assert said.keys() == expected.keys()
    for file, canonical in expected.items():
        allowed = ([], ["silence"], ["heartbeat"]) if canonical == ["ignore"] else (canonical,)
        assert said[file] in allowed, file


@pytest.mark.parametrize(
    "name", ["availability_online", "bridge_state_online", "gen_ikea_E2013_01_closed", "found_smoke_minimal"]
)
def test_a_sample_alone_means_the_same(name: str) -> None:
    rows = json.loads((PAYLOADS / "EXPECTED.json").read_bytes())
    expected = {row["file"]: row["canonical"] for row in rows}
    (line,) = decode(PAYLOADS / "zigbee2mqtt" / f"{name}.json")
    assert kinds(line) == expected[f"zigbee2mqtt/{name}.json"]


def test_a_line_says_file_format_device_and_the_devices_time() -> None:
    path = PAYLOADS / "zigbee2mqtt" / "found_heiman_alarm_last_seen.json"
    assert decode(path) == [
        {
            "file": str(path),
            "format": "zigbee2mqtt",
            "events": [
                {
                    "kind": "alarm",
                    "device": "smoke_detector",
                    "at": "2019-06-24T15:30:53.312000Z",
                    "live": True,
                }
            ],
        }
    ]


def test_a_repeated_event_or_state_is_no_new_event(tmp_path: Path) -> None:
    alarm = native(tmp_path, "1.json", id="a", kind="alarm")
    smoke = capture(tmp_path, "2.json", topic="zigbee2mqtt/s", payload={"smoke": True})
    first, again, state, repeated = decode(alarm, alarm, smoke, smoke)
    assert kinds(first) == ["alarm"]
    assert again["events"] == []
    assert kinds(state) == ["alarm"]
    assert kinds(repeated) == ["heartbeat"]


def test_the_format_is_named_by_the_file_its_folder_or_its_topic(tmp_path: Path) -> None:
    folder = tmp_path / "zigbee2mqtt"
    folder.mkdir()
    smoke = {"topic": "zigbee/s", "payload": {"smoke": True}}
    by_file = capture(tmp_path, "1.json", format="zigbee2mqtt", **smoke)
    by_folder = capture(folder, "2.json", **smoke)
    by_topic = capture(tmp_path, "3.json", topic="fire135/v1/gw/status", payload="offline", retain=True)
    assert [line["format"] for line in decode(by_file, by_folder, by_topic)] == [
        "zigbee2mqtt",
        "zigbee2mqtt",
        "native",
    ]


def test_what_a_description_says_of_a_topic_holds_for_the_files_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "ha_discovery"
    folder.mkdir()
    told = {"unique_id": "u1", "device_class": "smoke", "state_topic": "esc/x1/state", "payload_on": "ON"}
    config = capture(folder, "1.json", topic="homeassistant/binary_sensor/x1/config", payload=told)
    state = capture(folder, "2.json", topic="esc/x1/state", payload="ON")
    assert [(line["format"], kinds(line)) for line in decode(config, state)] == [
        ("homeassistant", []),
        ("homeassistant", ["alarm"]),
    ]


def test_what_is_historical_is_not_live(tmp_path: Path) -> None:
    topic = "fire135/v1/d-1/event"
    path = capture(tmp_path, "1.json", topic=topic, payload={"id": "a", "kind": "alarm"}, retain=True)
    (line,) = decode(path)
    assert [event["live"] for event in line["events"]] == [False]


def test_an_undecodable_message_has_no_events_and_an_error(tmp_path: Path) -> None:
    (line,) = decode(capture(tmp_path, "1.json", topic="zigbee2mqtt/s", payload="not json"))
    assert line["events"] == []
    assert line["error"].startswith("no JSON")


def test_a_payload_of_null_is_an_empty_one(tmp_path: Path) -> None:
    assert decode(capture(tmp_path, "1.json", topic="zigbee2mqtt/s", payload=None))[0]["events"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[1]", "no captured message"),
        (b'{"topic": 3, "payload": 1}', "no captured message"),
        (b'{"topic": "a/b"}', 'no "payload"'),
        (b'{"topic": "a/b", "payload": 1}', "no format listens there"),
    ],
)
def test_a_file_that_is_no_capture_is_one_line_and_the_rest_goes_on(
    tmp_path: Path, content: bytes, said: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    good = native(tmp_path, "good.json", id="a", kind="alarm")
    lines: list[str] = []
    complaints: list[str] = []
    missing = str(tmp_path / "missing.json")
    code = decode_files([str(bad), missing, str(good)], lines.append, complaints.append)
    assert code == 1
    assert len(lines) == 1
    assert complaints[0].startswith(f"{bad}: ")
    assert said in complaints[0]
    assert complaints[1] == f"{missing}: No such file or directory"
    assert all("\n" not in complaint for complaint in complaints)
