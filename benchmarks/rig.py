"""What the benchmarks of the whole service share: the service, a carrier, and publishers.

The service runs as its own processes, as it is deployed; the carrier in another, so that it takes
nothing of the service's time but the processor's. Everything is on loopback and ends by itself.
"""

import asyncio
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Process
from pathlib import Path
from urllib.parse import parse_qs
from urllib.request import urlopen

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.district import PLACE_PREFIX, Size, premises_name, village_chief

MQTT_PORT, HTTP_PORT, CARRIER_PORT = 18835, 18935, 18735
PROGRAM = (sys.executable, "-m", "fire135.cli")
_STOPS_WITHIN_S = 30


class Carrier:
    """Answers message requests as Twilio does, after `delay_s`, from a process of its own.

    It keeps when each request arrived, to whom it was, and which building it speaks of.
    """

    def __init__(self, folder: Path, *, delay_s: float = 0.0) -> None:
        self._arrivals = folder / "arrivals.csv"
        self._arrivals.touch()
        self._process = Process(target=_carry, args=(self._arrivals, delay_s), daemon=True)

    def __enter__(self) -> "Carrier":
        """Start it."""
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.terminate()
        self._process.join()

    def requests(self) -> list[tuple[float, str, str]]:
        """Every request so far: its instant, the phone, the building."""
        lines = self._arrivals.read_text(encoding="utf-8").splitlines()
        fields = (line.split(",") for line in lines)
        return [(float(at), phone, place) for at, phone, place in fields]

    def first(self) -> dict[tuple[str, str], float]:
        """When each phone was first asked for about each building."""
        found: dict[tuple[str, str], float] = {}
        for at, phone, place in self.requests():
            found.setdefault((phone, place), at)
        return found


def _carry(arrivals: Path, delay_s: float) -> None:
    asyncio.run(_listen(arrivals, delay_s))


async def _listen(arrivals: Path, delay_s: float) -> None:
    with arrivals.open("a", encoding="utf-8", buffering=1) as file:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).lower()
                    at = time.time()
                    if head.startswith(b"get "):  # what it has taken, it does not tell
                        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                        continue
                    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                    form = parse_qs((await reader.readexactly(length)).decode())
                    body = form.get("Body", [""])[0]
                    start = body.find(PLACE_PREFIX)
                    name = body[start : start + len(PLACE_PREFIX) + 5] if start >= 0 else ""
                    file.write(f"{at!r},{form['To'][0]},{name}\n")
                    await asyncio.sleep(delay_s)
                    writer.write(_answer(os.urandom(16).hex()))
            except asyncio.IncompleteReadError:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", CARRIER_PORT, backlog=512)
        await server.serve_forever()


def _answer(number: str) -> bytes:
    body = json.dumps({"sid": f"SM{number}", "status": "queued"}).encode()
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def publish_alarms(buildings: Sequence[int], per_s: float) -> dict[str, float]:
    """Publish one alarm per building at an even rate, at QoS 1; gives when each was published."""
    client = mqtt_client("bench-alarms")
    sent = {}
    started = time.perf_counter()
    for place, number in enumerate(buildings):
        time.sleep(max(0.0, started + place / per_s - time.perf_counter()))
        sent[premises_name(number)] = time.time()
        body = json.dumps({"id": "1", "kind": "alarm"})
        client.publish(f"fire135/v1/a-{number}/event", body, qos=1).wait_for_publish(10)
    client.loop_stop()
    client.disconnect()
    return sent


def mqtt_client(name: str) -> Client:
    """A connected client with a thread of its own."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=name)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", MQTT_PORT)
    client.loop_start()
    return client


class Service:
    """The service on a database, in one folder; run its processes with `running`."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        self.folder = folder
        self.database_url = database_url or f"sqlite:///{folder}/bench.db"
        self.environment = os.environ | {
            "FIRE135_DATABASE_URL": self.database_url,
            "FIRE135_MQTT_URL": f"embedded://127.0.0.1:{MQTT_PORT}",
            "FIRE135_HTTP_PORT": str(HTTP_PORT),
            "FIRE135_SMS": "twilio",
            "FIRE135_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "FIRE135_TWILIO_AUTH_TOKEN": "benchmark",
            "FIRE135_TWILIO_FROM": "+15005550006",
            "FIRE135_TWILIO_BASE_URL": f"http://127.0.0.1:{CARRIER_PORT}",
        }

    def prepare(self) -> None:
        """Make the tables and load the folder's district."""
        for command in (["migrate"], ["load", str(self.folder)]):
            subprocess.run(
                [*PROGRAM, *command],
                env=self.environment,
                check=True,
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
            )

    @contextmanager
    def running(self, *roles: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Run, ready, until the end of the block: one process a role, or one for all."""
        with self.started(*roles) as processes:
            self._wait_ready(processes)
            yield processes

    @contextmanager
    def started(self, *roles: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        """The same, as soon as the processes have been started."""
        with (self.folder / "service.log").open("ab") as log:
            processes = [
                subprocess.Popen(
                    [*PROGRAM, "serve", "--role", role],
                    env=self.environment,
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                )
                for role in roles or ("all",)
            ]
        try:
            yield processes
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                _wait_or_kill(process)

    def log(self) -> str:
        """What its processes have written so far."""
        return (self.folder / "service.log").read_text(encoding="utf-8")

    def _wait_ready(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and all(process.poll() is None for process in processes):
            try:
                with urlopen(f"http://127.0.0.1:{HTTP_PORT}/readyz", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the service did not become ready; see service.log")


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        print(f"the service did not stop within {_STOPS_WITHIN_S} s")


def wait_until(count: Callable[[], int], wanted: int, *, for_s: float = 10) -> int:
    """Poll until a count is reached, for so long at most; gives the last count."""
    deadline = time.monotonic() + for_s
    while (seen := count()) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen


def village_pages(carrier: Carrier, sent: dict[str, float], size: Size, *, for_s: float) -> list[float]:
    """How long after its alarm each village chief's request came, seconds; waits so long for all of them."""
    wanted = {
        (village_chief(number % size.villages), place): at for number, (place, at) in enumerate(sent.items())
    }
    wait_until(lambda: len(wanted.keys() & carrier.first().keys()), len(wanted), for_s=for_s)
    arrived = carrier.first()
    return [arrived[page] - at for page, at in wanted.items() if page in arrived]


def nearest_rank(values: Sequence[float], percent: int) -> float:
    """The percentile by nearest rank."""
    return sorted(values)[math.ceil(percent * len(values) / 100) - 1]


def figures(late_s: Sequence[float]) -> str:
    """Latencies in a line, in milliseconds."""
    if not late_s:
        return "none arrived"
    p50, p99 = nearest_rank(late_s, 50), nearest_rank(late_s, 99)
    return f"p50 {p50 * 1000:.1f}  p99 {p99 * 1000:.1f}  max {max(late_s) * 1000:.1f}"


def machine() -> str:
    """Where the figures come from."""
    return f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
