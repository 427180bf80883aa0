"""How fast each format decodes, and how long the worst message of 64 KiB takes.

    python -m benchmarks.decode_rate [--seconds 1]

Decoding alone, on one core: no broker, no database. The rate is per second of that core's own time,
the best of five runs over the captured messages in `tests/payloads`, in turns; the worst case is over
messages made to be slow (depth, width, long strings, every known word at once), each at the limit of a
report.
"""

import argparse
import json
import random
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ingest.formats import FORMATS, Format, Route
from ingest.reading import MAX_REPORT_BYTES, Message, UndecodableError

_PAYLOADS = Path(__file__).parents[1] / "tests" / "payloads"
_RUNS = 5


def main() -> None:
    """Print one line a format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each format is decoded")
    seconds = parser.parse_args().seconds
    print(f"{'format':<14} {'samples':>7} {'per second':>11} {'slowest 64 KiB, ms':>19}")
    for spoken in FORMATS.values():
        messages = _samples(spoken)
        if not messages:
            continue
        rate = _rate(_decoder(spoken), messages, seconds)
        worst_ms = _worst_ms(_decoder(spoken), messages)
        print(f"{spoken.name:<14} {len(messages):>7} {rate:>11,.0f} {worst_ms:>19.2f}")


def _decoder(spoken: Format) -> Callable[[Message], object]:
    """As ingest decodes: MQTT through a route, HTTP and TCP without one."""
    decoder = spoken.new_decoder()
    understand = Route(0, spoken.filters[0], spoken, decoder).decode if spoken.filters else decoder

    def decode(message: Message) -> object:
        try:
            return understand(message)
        except UndecodableError as refusal:
            return refusal

    return decode


def _samples(spoken: Format) -> list[Message]:
    found = []
    for path in sorted((_PAYLOADS / spoken.name).glob("*.json")):
        capture = json.loads(path.read_bytes())
        if isinstance(capture, dict) and "payload" in capture:
            payload = spoken.wire(capture["payload"])
            found.append(Message(capture["topic"], payload, retained=capture.get("retain") is True))
    return found


def _rate(decode: Callable[[Message], object], messages: list[Message], seconds: float) -> float:
    """The best of several short runs: what else the machine does only ever makes one slower."""
    return max(_run(decode, messages, seconds / _RUNS) for _ in range(_RUNS))


def _run(decode: Callable[[Message], object], messages: list[Message], seconds: float) -> float:
    done, start = 0, time.process_time()
    while (passed := time.process_time() - start) < seconds:
        for message in messages:
            decode(message)
        done += len(messages)
    return done / passed


def _worst_ms(decode: Callable[[Message], object], messages: list[Message]) -> float:
    """The slowest of the hostile messages; each is tried three times and its best counts."""
    worst = 0.0
    for message in _hostile(messages):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            decode(message)
            times.append(time.perf_counter() - start)
        worst = max(worst, min(times))
    return worst * 1000


def _hostile(messages: list[Message]) -> Iterator[Message]:
    chance = random.Random(135)
    size = MAX_REPORT_BYTES
    words = sorted({word for message in messages for word in _words(message.payload)})
    many = {f"{word}{n}": n for n in range(size // 24) for word in words[:1]}
    payloads = [
        chance.randbytes(size),
        b"[" * size,
        b'{"a":' * (size // 5),
        json.dumps([0] * (size // 3)).encode(),
        json.dumps({"a": "x" * (size - 10)}).encode(),
        json.dumps(dict.fromkeys(words, "x" * (size // max(1, len(words)) - 8))).encode(),
        json.dumps([dict.fromkeys(words, True)] * (size // max(1, 12 * len(words)))).encode(),
        json.dumps(many).encode(),
        "".join(chance.choices(string.printable, k=size)).encode(),
    ]
    for message in messages:
        for payload in payloads:
            yield Message(message.topic, payload[:size])
        yield Message(message.topic, (message.payload * (size // max(1, len(message.payload)) + 1))[:size])
        yield Message(message.topic, _stretched(message.payload, size))


def _words(payload: bytes) -> Iterator[str]:
    try:
        value = json.loads(payload)
    except ValueError:
        return
    waiting: list[Any] = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _stretched(payload: bytes, size: int) -> bytes:
    """The sample itself with every list and string in it made long."""
    try:
        value = json.loads(payload)
    except ValueError:
        return payload.ljust(size, b"0")[:size]
    if isinstance(value, dict):
        room = size - len(json.dumps(value)) - 2
        for key, inner in value.items():
            if isinstance(inner, list) and inner:
                value[key] = inner * max(1, room // max(1, len(json.dumps(inner))))
                break
            if isinstance(inner, str):
                value[key] = inner + "A" * room
                break
    return json.dumps(value).encode()[:size]


if __name__ == "__main__":
    main()
