"""Frames of GB/T 26875.3: split and sticky, among garbage, in two codings of time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gb26875_frames import (
    MAX_ADU_BYTES,
    MAX_FRAME_BYTES,
    Command,
    Frame,
    Piece,
    Splitter,
    build_answer,
    build_frame,
    read_frame,
    read_time,
    write_time,
)

_AT = datetime(2026, 3, 2, 7, 12, 30, tzinfo=UTC)  # 15:12:30 in China


def a_frame(serial: int = 5, adu: bytes = b"\x15\x01\x01", command: int = Command.SEND) -> Frame:
    return Frame(serial, b"\x01\x00", write_time(_AT), b"\x01\x02\x03\x04\x05\x06", bytes(6), command, adu)


def frames_of(pieces: list[Piece]) -> list[bytes]:
    return [piece.data for piece in pieces if piece.is_frame]


def feed_bytewise(splitter: Splitter, data: bytes) -> list[Piece]:
    return [piece for byte in data for piece in splitter.feed(bytes([byte]))]


def test_a_frame_is_read_as_it_was_built() -> None:
    frame = a_frame(serial=0x1234)
    assert read_frame(build_frame(frame)) == frame
    assert frame.sent_at == _AT


def test_a_wrong_sum_is_the_frames_fault() -> None:
    data = bytearray(build_frame(a_frame()))
    data[-3] ^= 1
    fault = read_frame(bytes(data)).fault
    assert fault is not None
    assert "checksum" in fault


@pytest.mark.parametrize(
    ("command", "is_sound"), [(0, True), (7, True), (8, False), (127, False), (128, True)]
)
def test_reserved_commands_are_denied_but_for_the_keep_alives_in_use(command: int, is_sound: bool) -> None:
    assert (read_frame(build_frame(a_frame(command=command))).fault is None) is is_sound


def test_an_answer_echoes_the_serial_and_exchanges_the_addresses() -> None:
    answer = build_answer(a_frame(serial=0xBEEF), Command.CONFIRM, _AT)
    assert answer.hex(" ") == (
        "40 40 ef be 01 00 1e 0c 0f 02 03 1a 00 00 00 00 00 00 01 02 03 04 05 06 00 00 03 1e 23 23"
    )


def test_sticky_frames_are_cut_apart() -> None:
    first, second = build_frame(a_frame(1)), build_frame(a_frame(2))
    assert frames_of(Splitter().feed(first + second)) == [first, second]


def test_a_frame_in_single_bytes_is_put_together() -> None:
    splitter, frame = Splitter(), build_frame(a_frame())
    assert feed_bytewise(splitter, frame) == [Piece(frame, is_frame=True)]
    assert splitter.rest == b""


def test_garbage_between_frames_is_handed_out_and_skipped() -> None:
    frame = build_frame(a_frame())
    pieces = Splitter().feed(b"REG:1234\r\n" + frame + b"##@junk" + frame)
    assert [(piece.is_frame, piece.data) for piece in pieces] == [
        (False, b"REG:1234\r\n"),
        (True, frame),
        (False, b"##@junk"),
        (True, frame),
    ]


def test_an_at_sign_before_the_start_hides_no_frame() -> None:
    frame = build_frame(a_frame())
    splitter = Splitter()
    assert frames_of(feed_bytewise(splitter, b"@" + frame + b"@" + frame)) == [frame, frame]


def test_a_frame_cut_off_in_the_middle_does_not_hold_up_the_next() -> None:
    frame = build_frame(a_frame(adu=b"\x02\x01" + bytes(46)))
    whole = build_frame(a_frame(9))
    assert frames_of(Splitter().feed(frame[:40] + whole)) == [whole]


def test_a_length_beyond_the_limit_is_no_frame() -> None:
    longest = build_frame(a_frame(adu=bytes(MAX_ADU_BYTES)))
    too_long = build_frame(a_frame(adu=bytes(MAX_ADU_BYTES + 1)))
    assert frames_of(Splitter().feed(longest)) == [longest]
    assert frames_of(Splitter().feed(too_long)) == []


def test_a_wrong_end_is_no_frame() -> None:
    wrong = build_frame(a_frame())[:-2] + b"55"
    frame = build_frame(a_frame(2))
    assert frames_of(Splitter().feed(wrong + frame)) == [frame]


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_no_byte_is_lost_or_made_and_no_more_than_a_frame_is_held(chunks: list[bytes]) -> None:
    splitter = Splitter()
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)]
    assert b"".join(piece.data for piece in pieces) + splitter.rest == b"".join(chunks)
    assert len(splitter.rest) < MAX_FRAME_BYTES


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.data())
def test_frames_are_found_however_the_stream_is_cut(adus: list[bytes], data: st.DataObject) -> None:
    frames = [build_frame(a_frame(serial, adu)) for serial, adu in enumerate(adus)]
    stream = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    splitter = Splitter()
    found = [
        piece
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for piece in splitter.feed(stream[start:end])
    ]
    assert frames_of(found) == frames


@given(st.binary(min_size=6, max_size=6))
def test_any_six_bytes_are_a_time_or_none(six: bytes) -> None:
    at = read_time(six)
    assert at is None or at.tzinfo is UTC


def test_times_are_binary_or_bcd_whichever_can_be() -> None:
    assert read_time(bytes.fromhex("1e0c0f02031a")) == _AT
    assert read_time(bytes.fromhex("301215020326")) == datetime(
        2026, 3, 2, 7, 12, 30, tzinfo=UTC
    )  # 2038 else
    assert read_time(bytes.fromhex("091b07090712")) == datetime(2018, 7, 8, 23, 27, 9, tzinfo=UTC)
    assert read_time(bytes(6)) is None
    assert read_time(b"\xff" * 6) is None
    assert read_time(bytes.fromhex("000000000026")) is None


@given(st.datetimes(datetime(2012, 1, 1), datetime(2031, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_written_time_is_read_as_it_was(at: datetime) -> None:
    assert read_time(write_time(at)) == at.replace(microsecond=0)
