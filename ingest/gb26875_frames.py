"""Frames of GB/T 26875.3-2011: cut out of a stream, read, checked, answered. Pure.

`40 40 | serial 2 | version 2 | time 6 | source 6 | destination 6 | length 2 | command 1 | ADU | sum 1 |
23 23`, low bytes first. The sum is that of all bytes between start and sum, modulo 256 (clause 6.6).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum

_START = b"@@"
_END = b"##"
#: Start, head, sum and end; the ADU comes on top.
_FRAME_BYTES = 30
_HEAD_BYTES = 27
_LENGTH_AT = 24
MAX_ADU_BYTES = 1024
MAX_FRAME_BYTES = _FRAME_BYTES + MAX_ADU_BYTES
#: The clocks of panels and transmitters show China's time.
_CHINA = timezone(timedelta(hours=8))
#: Both codings of a time may be possible: then a year after this one, read as binary, was BCD.
_LAST_BINARY_YEAR = 2031


class Command(IntEnum):
    """The command byte (table 2). Of the reserved values two are in use as keep-alives."""

    REGISTER = 0
    CONTROL = 1
    SEND = 2
    CONFIRM = 3
    REQUEST = 4
    REPLY = 5
    DENY = 6
    KEEP_ALIVE = 7


#: From here on a command is the vendor's own.
VENDOR_COMMAND = 128


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it came; its addresses are bytes in the order of the wire.

    The version is not looked at: 01 00, 01 01, 01 06, 01 20 and 10 00 are in use.
    """

    serial: int
    version: bytes
    sent: bytes
    source: bytes
    destination: bytes
    command: int
    adu: bytes
    #: Why it is to be denied; None for a sound frame.
    fault: str | None = None

    @property
    def sent_at(self) -> datetime | None:
        """When it was sent by the transmitter's clock, UTC; None where it has none."""
        return read_time(self.sent)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stream: a frame from start to end, or bytes that are none."""

    data: bytes
    is_frame: bool


class Splitter:
    """Cuts one connection's bytes into frames, however they arrive. Holds less than one frame."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[Piece]:
        """Take some bytes; gives the pieces that they complete, in order."""
        buffer = self.rest + data
        pieces: list[Piece] = []
        done, at = 0, buffer.find(_START)
        while at >= 0:
            size = _size_at(buffer, at)
            if size is None:  # a false start must not hold up a frame that is here already
                sound = _next_sound(buffer, at + 1)
                if sound < 0:
                    break
                at = sound
            elif size == 0:
                at = buffer.find(_START, at + 1)
            else:
                pieces += _garbage(buffer[done:at])
                done = at + size
                pieces.append(Piece(buffer[at:done], is_frame=True))
                at = buffer.find(_START, done)
        if at < 0:
            at = len(buffer) - (buffer.endswith(_START[:1]) and len(buffer) > done)
        pieces += _garbage(buffer[done:at])
        self.rest = buffer[at:]
        return pieces


def read_frame(data: bytes) -> Frame:
    """Read a frame that `Splitter` cut out; what is wrong with it is its `fault`."""
    command, right = data[26], _checksum(data)
    fault = None
    if data[-3] != right:
        fault = f"checksum {data[-3]:02x}, and its bytes make {right:02x}"
    elif Command.KEEP_ALIVE < command < VENDOR_COMMAND:
        fault = f"command {command} is reserved"
    return Frame(
        serial=int.from_bytes(data[2:4], "little"),
        version=data[4:6],
        sent=data[6:12],
        source=data[12:18],
        destination=data[18:24],
        command=command,
        adu=data[_HEAD_BYTES:-3],
        fault=fault,
    )


def build_frame(frame: Frame) -> bytes:
    """The bytes of a frame, with the right sum."""
    head = b"".join(
        (
            frame.serial.to_bytes(2, "little"),
            frame.version,
            frame.sent,
            frame.source,
            frame.destination,
            len(frame.adu).to_bytes(2, "little"),
            bytes([frame.command]),
            frame.adu,
        )
    )
    return _START + head + bytes([sum(head) % 256]) + _END


def build_answer(frame: Frame, command: Command, at: datetime) -> bytes:
    """A confirmation or denial: the frame's own serial and version, its addresses exchanged, no ADU."""
    answer = Frame(
        serial=frame.serial,
        version=frame.version,
        sent=write_time(at),
        source=frame.destination,
        destination=frame.source,
        command=command,
        adu=b"",
    )
    return build_frame(answer)


def read_time(six: bytes) -> datetime | None:
    """A time label (second, minute, hour, day, month, year since 2000) as UTC; None where it is none.

    The standard means binary numbers, some vendors send BCD. Where both are possible the year decides.
    """
    if not any(six):
        return None
    binary = _instant(list(six))
    if binary is not None and binary.year <= _LAST_BINARY_YEAR:
        return binary
    digits = [divmod(byte, 16) for byte in six]
    if any(tens > 9 or ones > 9 for tens, ones in digits):
        return binary
    return _instant([tens * 10 + ones for tens, ones in digits]) or binary


def write_time(at: datetime) -> bytes:
    """A time label as the standard has it."""
    local = at.astimezone(_CHINA)
    return bytes((local.second, local.minute, local.hour, local.day, local.month, local.year % 100))


def _instant(fields: list[int]) -> datetime | None:
    second, minute, hour, day, month, year = fields
    if year > 99:
        return None
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=_CHINA).astimezone(UTC)
    except ValueError:
        return None


def _size_at(buffer: bytes, at: int) -> int | None:
    """The size of the frame that starts here; 0 where none does, None where its end has not come yet."""
    length_at = at + _LENGTH_AT
    if len(buffer) < length_at + 2:
        return None
    length = int.from_bytes(buffer[length_at : length_at + 2], "little")
    if length > MAX_ADU_BYTES:
        return 0
    end = at + _FRAME_BYTES + length
    if len(buffer) < end:
        return None
    return end - at if buffer[end - 2 : end] == _END else 0


def _next_sound(buffer: bytes, start: int) -> int:
    """Where the next whole frame with the right sum starts; -1 where none does."""
    at = buffer.find(_START, start)
    while at >= 0:
        size = _size_at(buffer, at)
        if size and buffer[at + size - 3] == _checksum(buffer[at : at + size]):
            return at
        at = buffer.find(_START, at + 1)
    return -1


def _checksum(frame: bytes) -> int:
    return sum(frame[2:-3]) % 256


def _garbage(data: bytes) -> list[Piece]:
    return [Piece(data, is_frame=False)] if data else []
