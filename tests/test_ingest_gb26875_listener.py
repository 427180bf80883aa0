"""Transmitters that connect by TCP on loopback: committed, then confirmed."""

import json
import logging
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlalchemy import select as sql_select

from dispatch.setup import DispatchSetup
from ingest import gb26875_listener
from ingest.door import Door
from ingest.gb26875_frames import Command, Frame, Splitter, build_frame, read_frame, write_time
from ingest.gb26875_listener import Listener
from ingest.intake import Arrival, Taken
from ingest.reading import Fact
from ingest.transaction import DatabaseTroubleError
from store.database import Database
from store.incidents import Incident
from store.places import Device
from store.signals import EventRecord, RejectedMessage
from tests.clock import ManualClock
from tests.factories import make_device, make_district

PAYLOADS = Path(__file__).parent / "payloads" / "gb26875"
_PATIENCE_S = 20
_SENT = write_time(datetime(2026, 3, 2, 7, 12, 30, tzinfo=UTC))


def sample(name: str) -> bytes:
    return bytes.fromhex(json.loads((PAYLOADS / f"{name}.json").read_bytes())["payload"])


FIRE = sample("std_manual_callpoint_fire")
BAD = sample("bad_checksum_component")


def keep_alive(serial: int) -> bytes:
    return build_frame(Frame(serial, b"\x01\x00", _SENT, b"\x01" * 6, bytes(6), Command.SEND, b"\x16"))


class Transmitter:
    """A TCP client."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE_S)
        self._splitter = Splitter()
        self._answers: list[Frame] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> Frame | None:
        """The next answer; None when the other side has ended the connection."""
        while not self._answers:
            try:
                data = self.socket.recv(4096)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            pieces = self._splitter.feed(data)
            assert all(piece.is_frame for piece in pieces)
            self._answers += [read_frame(piece.data) for piece in pieces]
        return self._answers.pop(0)

    def has_answer(self) -> bool:
        return bool(self._answers or select.select([self.socket], [], [], 0)[0])


class StubDoor(Door):
    """A door without a database: `on_take` is called in the place of each commit."""

    def __init__(self, on_take: Callable[[Arrival], None]) -> None:
        self._on_take = on_take
        self.refused: list[tuple[bytes, str]] = []

    def take(self, arrival: Arrival, facts: Sequence[Fact], **_claim: Any) -> Taken:
        assert facts
        self._on_take(arrival)
        return Taken()

    def reject(self, arrival: Arrival, reason: str, **_claim: Any) -> None:
        self.refused.append((arrival.payload, reason))


class Centre:
    """A listener in a thread of its own, and its clients."""

    def __init__(self, door: Door, clock: ManualClock) -> None:
        self.listener = Listener("127.0.0.1", 0, door, now=clock.now)
        self._port = self.listener.start()
        self._clients: list[Transmitter] = []

    def connect(self) -> Transmitter:
        self._clients.append(Transmitter(self._port))
        return self._clients[-1]

    def stop(self) -> None:
        self.listener.stop()
        assert not self.listener.is_alive
        for client in self._clients:
            client.socket.close()


@pytest.fixture
def open_centre(clock: ManualClock) -> Iterator[Callable[[Door], Centre]]:
    opened: list[Centre] = []

    def open_one(door: Door) -> Centre:
        opened.append(Centre(door, clock))
        return opened[-1]

    yield open_one
    for centre in opened:
        centre.stop()


class Village:
    """The invented district with one registered call point behind a transmitter."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.woken = database, 0
        with database.begin() as session:
            district = make_district(session)
            make_device(
                session,
                "panel-call-point",
                kind="call_point",
                source="gb26875",
                external_id="010203040506/01011707000200",
                premises_id=district.premises,
            )
        self.door = Door(database, DispatchSetup(), now=clock.now, on_queued=self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(sql_select(func.count()).select_from(table)) or 0

    def reasons(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(sql_select(RejectedMessage.reason).order_by(RejectedMessage.id)))


@pytest.fixture
def village(database: Database, clock: ManualClock) -> Village:
    return Village(database, clock)


def test_a_call_point_is_an_incident_and_then_confirmed(
    village: Village, open_centre: Callable[[Door], Centre]
) -> None:
    client = open_centre(village.door).connect()
    client.send(FIRE)
    answer = client.answer()
    assert (village.count(Incident), village.woken) == (1, 1)
    assert answer is not None
    sent = read_frame(FIRE)
    assert (answer.command, answer.serial, answer.fault) == (Command.CONFIRM, sent.serial, None)
    assert (answer.source, answer.destination) == (sent.destination, sent.source)
    assert answer.adu == b""


def test_a_retransmission_is_confirmed_again_and_has_one_effect(
    village: Village, open_centre: Callable[[Door], Centre]
) -> None:
    centre = open_centre(village.door)
    client = centre.connect()
    for data in (FIRE, FIRE, sample("std_component_clear"), FIRE):  # the last one is late
        client.send(data)
        assert client.answer()
    again = centre.connect()
    again.send(FIRE)
    assert again.answer()
    with village.database.read() as session:
        kinds = list(session.scalars(sql_select(EventRecord.kind).order_by(EventRecord.id)))
    assert kinds == ["alarm", "restore"]
    assert village.count(Incident) == 1


def test_a_wrong_checksum_is_denied_and_kept_and_has_no_effect(
    village: Village, open_centre: Callable[[Door], Centre]
) -> None:
    client = open_centre(village.door).connect()
    client.send(BAD)
    answer = client.answer()
    assert answer is not None
    assert (answer.command, answer.serial) == (Command.DENY, read_frame(BAD).serial)
    assert village.reasons() == ["checksum ed, and its bytes make b5"]
    assert (village.count(EventRecord), village.count(Incident)) == (0, 0)


def test_an_unknown_transmitter_is_listed(village: Village, open_centre: Callable[[Door], Centre]) -> None:
    client = open_centre(village.door).connect()
    client.send(keep_alive(1))
    assert client.answer()
    with village.database.read() as session:
        assert not session.get_one(Device, "gb26875:010101010101").registered


def test_frames_come_split_and_sticky(open_centre: Callable[[Door], Centre]) -> None:
    taken: list[bytes] = []
    client = open_centre(StubDoor(lambda arrival: taken.append(arrival.payload))).connect()
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in FIRE:
        client.send(bytes([byte]))
    assert client.answer()
    client.send(keep_alive(1) + keep_alive(2) + FIRE[:50])
    client.send(FIRE[50:] + keep_alive(3))
    serials = [answer.serial for answer in (client.answer() for _ in range(4)) if answer]
    assert serials == [1, 2, 5, 3]
    assert taken == [FIRE, keep_alive(1), keep_alive(2), FIRE, keep_alive(3)]


def test_nothing_is_confirmed_before_its_commit(open_centre: Callable[[Door], Centre]) -> None:
    early: list[bool] = []
    client: Transmitter
    centre = open_centre(StubDoor(lambda _arrival: early.append(client.has_answer())))
    client = centre.connect()
    client.send(FIRE)
    assert client.answer()
    assert early == [False]


def test_an_outage_answers_nothing_keeps_the_connection_and_loses_no_frame(
    open_centre: Callable[[Door], Centre], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gb26875_listener, "_RETRY_S", 0)
    early: list[bool] = []
    client: Transmitter

    def recover_slowly(_arrival: Arrival) -> None:
        early.append(client.has_answer())
        if len(early) < 4:
            raise DatabaseTroubleError("gone")

    client = open_centre(StubDoor(recover_slowly)).connect()
    client.send(FIRE)
    assert client.answer()
    client.send(keep_alive(2))
    assert client.answer()
    assert early == [False] * 5


def test_killed_before_the_commit_nothing_is_confirmed(open_centre: Callable[[Door], Centre]) -> None:
    centre: Centre

    def stop(_arrival: Arrival) -> None:
        centre.listener.ask_to_stop()
        raise DatabaseTroubleError("gone")

    centre = open_centre(StubDoor(stop))
    client = centre.connect()
    client.send(FIRE)
    assert client.answer() is None


def test_what_is_no_frame_is_kept_with_the_frames_around_it_taken(
    open_centre: Callable[[Door], Centre],
) -> None:
    taken: list[bytes] = []
    door = StubDoor(lambda arrival: taken.append(arrival.payload))
    client = open_centre(door).connect()
    client.send(b"REG:86\r\n" + keep_alive(1) + b"\r\n" + keep_alive(2) + FIRE[:40])
    assert client.answer()
    assert client.answer()
    client.socket.shutdown(socket.SHUT_WR)
    assert client.answer() is None
    assert taken == [keep_alive(1), keep_alive(2)]
    assert [payload for payload, _reason in door.refused] == [b"REG:86", FIRE[:40]]


def test_who_sends_no_frame_at_all_is_shown_out(open_centre: Callable[[Door], Centre]) -> None:
    door = StubDoor(lambda _arrival: None)
    client = open_centre(door).connect()
    client.send(b"GET / HTTP/1.1 " * 400)
    assert client.answer() is None
    assert len(door.refused) == 1


@pytest.mark.parametrize(("limit", "sent"), [("_IDLE_S", b""), ("_FRAME_S", FIRE[:20])])
def test_who_falls_silent_or_dawdles_over_a_frame_is_shown_out(
    open_centre: Callable[[Door], Centre], monkeypatch: pytest.MonkeyPatch, limit: str, sent: bytes
) -> None:
    monkeypatch.setattr(gb26875_listener, limit, 0.05)
    client = open_centre(StubDoor(lambda _arrival: None)).connect()
    client.send(sent)
    assert client.answer() is None


def test_one_more_connection_takes_the_place_of_the_most_silent(
    open_centre: Callable[[Door], Centre], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gb26875_listener, "_MAX_CONNECTIONS", 2)
    centre = open_centre(StubDoor(lambda _arrival: None))
    first, second = centre.connect(), centre.connect()
    for client in (second, first):
        client.send(keep_alive(1))
        assert client.answer()
    third = centre.connect()
    assert second.answer() is None
    for client in (first, third):
        client.send(keep_alive(2))
        assert client.answer()
    centre.stop()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_answers_are_not_answered(open_centre: Callable[[Door], Centre]) -> None:
    door = StubDoor(lambda _arrival: None)
    client = open_centre(door).connect()
    client.send(sample("ack_with_wrong_checksum") + sample("read_system_state_request") + keep_alive(9))
    answer = client.answer()
    assert answer is not None
    assert answer.serial == 9
    assert [reason for _payload, reason in door.refused] == ["checksum 30, and its bytes make 32"]


def test_a_decoder_that_breaks_does_not_stop_the_next_frame(
    open_centre: Callable[[Door], Centre], monkeypatch: pytest.MonkeyPatch
) -> None:
    door = StubDoor(lambda _arrival: None)
    centre = open_centre(door)
    client = centre.connect()
    with monkeypatch.context() as patch:

        def broken(_message: object) -> None:
            raise RuntimeError("our own mistake")

        patch.setattr(centre.listener, "_decode", broken)
        client.send(keep_alive(1))
        assert client.answer()
    client.send(keep_alive(2))
    assert client.answer()
    assert door.refused == [(keep_alive(1), "the decoder failed: RuntimeError('our own mistake')")]
