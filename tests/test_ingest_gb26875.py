"""GB/T 26875.3: what transmitters say of panels and components, and what vendors make of the standard."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.decoding import decode_files
from ingest.edges import derive
from ingest.gb26875 import Decoder
from ingest.gb26875_frames import Command, Frame, build_frame, write_time
from ingest.reading import Condition, Message, Reading, UndecodableError

PAYLOADS = Path(__file__).parent / "payloads" / "gb26875"
_AT = datetime(2026, 3, 2, 7, 12, 30, tzinfo=UTC)
_TIME = write_time(_AT)
_NO_TIME = bytes(6)
_SOURCE = bytes.fromhex("a1b2c3d4e5f6")
_CALL_POINT, _SMOKE, _HEAT, _GAS, _MODULE = 23, 42, 31, 74, 85
_FIRE = 0x0002


def frame(
    adu: bytes, *, serial: int = 7, sent: bytes = _TIME, command: int = Command.SEND, version: str = "0100"
) -> bytes:
    return build_frame(Frame(serial, bytes.fromhex(version), sent, _SOURCE, bytes(6), command, adu))


def component(kind: int, word: int, *, address: str = "07000200", text: bytes = b"") -> bytes:
    return bytes((1, 1, kind)) + bytes.fromhex(address) + word.to_bytes(2, "little") + text.ljust(31, b"\0")


def adu(kind: int, *objects: bytes, at: bytes = _TIME) -> bytes:
    return bytes((kind, len(objects))) + b"".join(body + at for body in objects)


def decode(data: bytes, decoder: Decoder | None = None) -> list[Reading]:
    facts = (decoder or Decoder())(Message("tcp", data))
    assert all(isinstance(fact, Reading) for fact in facts)
    return [fact for fact in facts if isinstance(fact, Reading)]


def active(conditions: Mapping[str, bool]) -> set[str]:
    return {name for name, is_active in conditions.items() if is_active}


def say(kind: int, word: int) -> Reading:
    (reading,) = decode(frame(adu(2, component(kind, word))))
    return reading


def test_all_samples_mean_what_is_expected_of_them() -> None:
    rows = json.loads((PAYLOADS / "EXPECTED.json").read_bytes())
    lines: list[str] = []
    complaints: list[str] = []
    paths = [str(PAYLOADS.parent / row["file"]) for row in rows]
    assert decode_files(paths, lines.append, complaints.append) == 0
    assert complaints == []
    for row, line in zip(rows, map(json.loads, lines), strict=True):
        kinds = [event["kind"] for event in line["events"]]
        allowed = ([], ["silence"], ["heartbeat"]) if row["canonical"] == ["ignore"] else (row["canonical"],)
        assert kinds in allowed, row["file"]


def test_a_capture_that_is_no_hex_is_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "capture.json"
    path.write_text(json.dumps({"topic": "tcp", "format": "gb26875", "payload": {"state": 1}}))
    complaints: list[str] = []
    assert decode_files([str(path)], lambda _line: None, complaints.append) == 1
    assert "gb26875" in complaints[0]


def test_a_device_is_named_by_the_bytes_as_they_stand_on_the_wire() -> None:
    reading = say(_SMOKE, 0x0003)
    assert (reading.external_id, reading.gateway) == ("a1b2c3d4e5f6/01012a07000200", "a1b2c3d4e5f6")
    assert reading.device_at == _AT


@pytest.mark.parametrize("word", [0x0002, 0x0003])
@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        (_SMOKE, Condition.SMOKE),
        (_HEAT, Condition.HEAT),
        (_GAS, Condition.GAS),
        (_CALL_POINT, Condition.ALARM),
        (_MODULE, Condition.ALARM),
        (0, Condition.ALARM),
    ],
)
def test_the_test_bit_never_suppresses_a_fire(kind: int, condition: Condition, word: int) -> None:
    reading = say(kind, word)
    assert active(reading.conditions) == {condition}
    assert reading.data.get("test", False) is (word == 0x0002)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0x0000, set()),
        (0x0001, set()),
        (0x0005, {Condition.FAULT}),
        (0x0009, {Condition.UNRELIABLE}),
        (0x0011, {Condition.UNRELIABLE}),
        (0x00E1, set()),  # started, feedback, delayed
        (0x0101, {Condition.MAINS_FAULT}),
        (0x1001, {Condition.FAULT}),  # a reserved bit, in use by a vendor
        (0x0007, {Condition.SMOKE, Condition.FAULT}),
    ],
)
def test_the_other_bits_of_a_component(word: int, expected: set[str]) -> None:
    assert active(say(_SMOKE, word).conditions) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (0x0002, {Condition.ALARM}),
        (0x0401, {Condition.FAULT}),
        (0x0301, {Condition.MAINS_FAULT, Condition.BATTERY_DEFECT}),
        (0x1801, set()),
    ],
)
def test_the_bits_of_a_system(word: int, expected: set[str]) -> None:
    (reading,) = decode(frame(adu(1, b"\x01\x0b" + word.to_bytes(2, "little"))))
    assert reading.external_id == "a1b2c3d4e5f6/010b"
    assert active(reading.conditions) == expected


def test_the_bits_of_a_transmitter() -> None:
    (reading,) = decode(frame(adu(21, b"\x5b")))
    assert (reading.external_id, reading.gateway) == ("a1b2c3d4e5f6", None)
    expected = {Condition.ALARM, Condition.MAINS_FAULT, Condition.BATTERY_DEFECT, Condition.FAULT}
    assert active(reading.conditions) == expected


def test_a_vendors_component_is_no_fire_and_no_silence() -> None:
    assert active(say(0xB2, 2).conditions) == {Condition.TAMPER}
    assert say(0xB2, 5).conditions == {Condition.TAMPER: False, Condition.FAULT: False}
    unexplained = say(0x90, _FIRE)
    assert active(unexplained.conditions) == {Condition.FAULT}
    assert "0x90" in unexplained.data["reason"]
    assert active(say(0x90, 1).conditions) == set()


def test_tags_that_share_an_empty_address_are_told_apart_by_the_id_in_their_text() -> None:
    tags = [component(0xB2, 2, address="00000000", text=bytes((0xFB, 0, 0, number))) for number in (1, 2)]
    names = {reading.external_id for reading in decode(frame(adu(2, *tags)))}
    assert names == {"a1b2c3d4e5f6/0101b200000000fb000001", "a1b2c3d4e5f6/0101b200000000fb000002"}


def test_the_text_is_gb18030_and_may_hold_nul_bytes() -> None:
    text = "宋宅7号".encode("gb18030")
    (reading,) = decode(frame(adu(2, component(_SMOKE, 3, text=text[:5] + b"\0" + text[5:] + b"\0\xc8"))))
    assert reading.data["text"] == "宋宅7号"


def test_objects_come_with_and_without_time_and_with_time_before_them() -> None:
    fire = component(_SMOKE, 3)
    with_time, without = decode(frame(adu(2, fire))), decode(frame(adu(2, fire, at=b"")))
    before = decode(frame(bytes((2, 1)) + write_time(datetime(2026, 1, 1, tzinfo=UTC)) + fire))
    zero = decode(frame(adu(2, fire, at=_NO_TIME)))
    assert {readings[0].external_id for readings in (with_time, without, before, zero)} == {
        "a1b2c3d4e5f6/01012a07000200"
    }
    assert all(active(r[0].conditions) == {Condition.SMOKE} for r in (with_time, without, before, zero))
    assert before[0].device_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert without[0].device_at == zero[0].device_at == _AT  # the frame's


@pytest.mark.parametrize("count", [0, 1, 2, 22, 255])
def test_a_wrong_count_loses_no_object(count: int) -> None:
    objects = [component(_SMOKE, 3, address=f"0000000{n}") + _TIME for n in (1, 2)]
    readings = decode(frame(bytes((2, count)) + b"".join(objects)))
    assert [active(reading.conditions) for reading in readings] == [{Condition.SMOKE}] * 2


def test_22_components_fit_one_frame() -> None:
    objects = [component(_SMOKE, 3, address=f"{number:08x}") for number in range(22)]
    assert len({reading.external_id for reading in decode(frame(adu(2, *objects)))}) == 22


def test_a_vendors_shorter_object_is_read_up_to_its_state() -> None:
    (reading,) = decode(frame(bytes((2, 1)) + component(_SMOKE, 3)[:9] + bytes(7)))
    assert active(reading.conditions) == {Condition.SMOKE}


def test_an_object_that_is_cut_off_is_refused_and_one_with_more_is_read() -> None:
    with pytest.raises(UndecodableError, match="8 bytes in ADU type 2"):
        decode(frame(bytes((2, 1)) + component(_SMOKE, 3)[:8]))
    (reading,) = decode(frame(adu(2, component(_SMOKE, 3)) + b"\r"))
    assert active(reading.conditions) == {Condition.SMOKE}


@pytest.mark.parametrize("kind", [4, 24])
@pytest.mark.parametrize(
    ("flags", "events"),
    [
        (0x02, (EventKind.SILENCE,)),
        (0x04, (EventKind.ALARM,)),
        (0x44, (EventKind.ALARM,)),
        (0x05, (EventKind.ALARM,)),
        (0x40, (EventKind.TEST,)),
        (0x31, ()),
    ],
)
def test_operations(kind: int, flags: int, events: tuple[EventKind, ...]) -> None:
    body = bytes((1, 1, flags, 0)) if kind == 4 else bytes((flags, 0))
    (reading,) = decode(frame(adu(kind, body)))
    assert reading.events == events
    assert reading.external_id == ("a1b2c3d4e5f6/0101" if kind == 4 else "a1b2c3d4e5f6")


@pytest.mark.parametrize(
    "reset",
    [adu(4, b"\x01\x01\x01\x00"), adu(4, b"\x01\x01\x08\x00"), adu(1, b"\x01\x01\x01\x20")],
    ids=["reset", "clear", "state"],
)
def test_a_reset_ends_the_alarms_of_its_system_so_that_the_next_one_is_new(reset: bytes) -> None:
    decoder = Decoder()
    other_system = component(_SMOKE, 3).replace(b"\x01\x01", b"\x01\x02", 1)
    (fire, _other) = decode(frame(adu(2, component(_SMOKE, 3), other_system)), decoder)
    before = derive({}, fire).conditions
    _system, over = decode(frame(reset, serial=8), decoder)
    assert over.external_id == fire.external_id
    after = derive(before, over)
    assert [edge.kind for edge in after.edges] == [EventKind.RESTORE]
    (again,) = decode(frame(adu(2, component(_SMOKE, 3)), serial=9), decoder)
    assert [edge.kind for edge in derive(after.conditions, again).edges] == [EventKind.ALARM]


def test_a_retransmission_repeats_the_key_and_nothing_else_does() -> None:
    fire = adu(2, component(_SMOKE, 3))
    keys = [
        decode(data)[0].dedup_key
        for data in (
            frame(fire),
            frame(fire, serial=8),
            frame(fire, sent=write_time(datetime(2026, 3, 2, 7, 12, 31, tzinfo=UTC))),
            frame(adu(2, component(_SMOKE, 7))),
        )
    ]
    assert len(set(keys)) == 4
    assert decode(frame(fire))[0].dedup_key == keys[0]
    first, second = decode(frame(adu(2, component(_SMOKE, 3), component(_HEAT, 3))))
    assert first.dedup_key != second.dedup_key


@pytest.mark.parametrize("sent", [_NO_TIME, bytes((0, 0, 0, 1, 1, 0))], ids=["none", "2000-01-01"])
def test_without_a_clock_no_key_could_tell_two_fires_apart(sent: bytes) -> None:
    assert decode(frame(adu(2, component(_SMOKE, 3)), sent=sent))[0].dedup_key is None


@pytest.mark.parametrize(
    "data",
    [
        frame(b"", command=Command.REGISTER),
        frame(b"", command=Command.KEEP_ALIVE),
        frame(b"\x16"),
        frame(b""),
        frame(bytes((60, 1, 9))),
        frame(bytes((3, 1)) + bytes(16)),
        frame(bytes((2, 0))),
    ],
)
def test_signs_of_life(data: bytes) -> None:
    assert decode(data) == [Reading("a1b2c3d4e5f6", device_at=_AT)]


@pytest.mark.parametrize("command", [Command.CONTROL, Command.CONFIRM, Command.REQUEST, Command.DENY])
def test_requests_and_confirmations_say_nothing(command: int) -> None:
    assert decode(frame(adu(2, component(_SMOKE, 3)), command=command)) == []


def test_a_reply_to_a_request_tells_the_state() -> None:
    (reading,) = decode(frame(adu(2, component(_SMOKE, 3)), command=Command.REPLY))
    assert active(reading.conditions) == {Condition.SMOKE}


@pytest.mark.parametrize("version", ["0100", "0101", "0106", "0120", "1000", "ffff"])
def test_every_version_is_read(version: str) -> None:
    assert decode(frame(adu(21, b"\x01"), version=version))


def test_what_nobody_explained_is_refused_with_its_reason() -> None:
    for data, reason in (
        (frame(bytes((135, 1, 2))), "ADU type 135"),
        (frame(b"\x01\x02", command=200), "command 200"),
        (frame(b"\x01\x02", command=9), "command 9 is reserved"),
        (b"\x40\x40junk", "no whole frame"),
        (bytes(20_000), "bytes"),
    ):
        with pytest.raises(UndecodableError, match=reason):
            decode(data)


def test_one_bad_frame_does_not_hide_the_fire_beside_it() -> None:
    bad = bytearray(frame(adu(21, b"\x01")))
    bad[-3] ^= 0xFF
    (reading,) = decode(bytes(bad) + b"\r\n" + frame(adu(2, component(_SMOKE, 3))))
    assert active(reading.conditions) == {Condition.SMOKE}


@given(st.binary(max_size=200))
def test_any_bytes_are_facts_or_refused(data: bytes) -> None:
    _facts_or_refusal(data)


@given(st.integers(0, 255), st.sampled_from([*range(9), 21, 24, 60, 61, 200]), st.binary(max_size=1022))
def test_any_adu_in_a_sound_frame_is_facts_or_refused(command: int, kind: int, rest: bytes) -> None:
    _facts_or_refusal(frame(bytes((kind,)) + rest, command=command))


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 0xFFFF)), min_size=1, max_size=22))
def test_no_fire_of_any_standard_component_is_lost_or_made(states: list[tuple[int, int]]) -> None:
    objects = [component(kind, word, address=f"{n:08x}") for n, (kind, word) in enumerate(states)]
    alarms = {Condition.ALARM, Condition.SMOKE, Condition.HEAT, Condition.GAS}
    for reading, (_kind, word) in zip(decode(frame(adu(2, *objects))), states, strict=True):
        assert bool(active(reading.conditions) & alarms) is bool(word & _FIRE)


def _facts_or_refusal(data: bytes) -> None:
    try:
        facts: Any = Decoder()(Message("tcp", data))
    except UndecodableError as refusal:
        assert str(refusal)
    else:
        assert all(len(fact.external_id) <= 250 for fact in facts)
