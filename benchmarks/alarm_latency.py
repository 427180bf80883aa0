"""How long from a detector's publish to the SMS request at the carrier, with heartbeats running beside.

    python -m benchmarks.alarm_latency [--seconds 60] [--heartbeats 2000] [--alarms 1] [--database URL]

Runs the real service (`fire135 serve`, embedded broker) as its own process, publishes as devices do
(QoS 1) from another, and answers as Twilio does. An alarm's latency counts from just before its
publish to the arrival of the village chief's request. Everything is on loopback and ends by itself.
"""

import argparse
import csv
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process
from pathlib import Path
from urllib.parse import parse_qs
from urllib.request import urlopen

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

VILLAGE, TOWN, DISTRICT = "350212110212", "350212110", "350212"
MQTT_PORT, HTTP_PORT, CARRIER_PORT = 18835, 18935, 18735
_DEVICES = 2000


class Carrier(ThreadingHTTPServer):
    """Answers message requests as Twilio does and keeps when each arrived, by the text's premises."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", CARRIER_PORT), _Request)
        self.arrived: dict[str, float] = {}
        self.requests = 0
        self.lock = threading.Lock()


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Carrier

    def do_POST(self) -> None:
        """Take a message or a call."""
        at = time.time()
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        body = form.get("Body", [""])[0]
        with self.server.lock:
            self.server.requests += 1
            number = self.server.requests
            name = next((word for word in body.replace("：", " ").split() if word.startswith("基准楼")), None)
            if name:
                self.server.arrived.setdefault(name, at)
        answer = json.dumps({"sid": f"SM{number:032x}", "status": "queued"}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def write_district(folder: Path, premises: int) -> None:
    """One village, one town team, `premises` buildings with one detector, and devices that only live."""
    here = {"lon": "118.19", "lat": "24.77", "crs": "wgs84"}
    _csv(
        folder / "regions.csv",
        [
            {"code": DISTRICT, "name": "同安区", "level": "district", "parent_code": "", **here},
            {"code": TOWN, "name": "五显镇", "level": "town", "parent_code": DISTRICT, **here},
            {"code": VILLAGE, "name": "宋宅村", "level": "village", "parent_code": TOWN, **here},
        ],
    )
    stations = (("v", "village", VILLAGE), ("t", "town", TOWN))
    _csv(
        folder / "stations.csv",
        [
            {"id": i, "name": f"基准{i}站", "tier": t, "region_code": r, "active": "yes", **here}
            for i, t, r in stations
        ],
    )
    _csv(
        folder / "people.csv",
        [
            {
                "id": f"{i}-chief",
                "name": "虚构",
                "phone": f"+861380013800{n}",
                "role": "chief",
                "station_id": i,
            }
            for n, (i, _, _) in enumerate(stations)
        ],
    )
    names = [f"基准楼{number:05d}" for number in range(premises)]
    _csv(
        folder / "premises.csv",
        [{"id": n, "name": n, "address": n, "village_code": VILLAGE, **here} for n in names],
    )
    alarms = [
        {"id": f"a-{n}", "kind": "smoke", "premises_id": n, "source": "native", "floor": "1"} for n in names
    ]
    living = [
        {"id": f"h-{n}", "kind": "smoke", "premises_id": names[0], "source": "native", "floor": "1"}
        for n in range(_DEVICES)
    ]
    _csv(folder / "devices.csv", alarms + living)


def _csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def publish_heartbeats(per_s: int, seconds: float) -> None:
    """Publish heartbeats evenly, in slices of 20 ms, and wait until the broker has taken all."""
    client = _client("bench-heartbeats")
    payload_number = 0
    slice_s = 0.02
    started = time.perf_counter()
    for number in range(int(seconds / slice_s)):
        for _ in range(int(per_s * slice_s)):
            payload_number += 1
            device = f"h-{payload_number % _DEVICES}"
            body = json.dumps({"id": f"{payload_number}", "kind": "heartbeat"})
            last = client.publish(f"fire135/v1/{device}/event", body, qos=1)
        time.sleep(max(0.0, started + (number + 1) * slice_s - time.perf_counter()))
    last.wait_for_publish(30)
    client.loop_stop()
    client.disconnect()


def publish_alarms(count: int, per_s: float) -> dict[str, float]:
    """Publish one alarm per building at an even rate; gives when each was published."""
    client = _client("bench-alarms")
    sent = {}
    started = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, started + number / per_s - time.perf_counter()))
        name = f"基准楼{number:05d}"
        sent[name] = time.time()
        client.publish(
            f"fire135/v1/a-{name}/event", json.dumps({"id": "1", "kind": "alarm"}), qos=1
        ).wait_for_publish(10)
    client.loop_stop()
    client.disconnect()
    return sent


def _client(name: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=name)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", MQTT_PORT)
    client.loop_start()
    return client


@contextmanager
def service(folder: Path, database_url: str) -> Iterator[None]:
    """Run `fire135 serve` until the end of the block; it is asked to stop and waited for."""
    environment = os.environ | {
        "FIRE135_DATABASE_URL": database_url,
        "FIRE135_MQTT_URL": f"embedded://127.0.0.1:{MQTT_PORT}",
        "FIRE135_HTTP_PORT": str(HTTP_PORT),
        "FIRE135_SMS": "twilio",
        "FIRE135_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "FIRE135_TWILIO_AUTH_TOKEN": "benchmark",
        "FIRE135_TWILIO_FROM": "+15005550006",
        "FIRE135_TWILIO_BASE_URL": f"http://127.0.0.1:{CARRIER_PORT}",
    }
    program = [sys.executable, "-m", "fire135.cli"]
    for command in (["migrate"], ["load", str(folder)]):
        subprocess.run(
            [*program, *command], env=environment, check=True, cwd=folder, stdout=subprocess.DEVNULL
        )
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen([*program, "serve"], env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_ready(process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_ready(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{HTTP_PORT}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the service did not become ready; see service.log")


def heartbeats_taken() -> int:
    """How many heartbeats the service has counted."""
    with urlopen(f"http://127.0.0.1:{HTTP_PORT}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    wanted = 'fire135_events_total{kind="heartbeat"} '
    return int(float(next((line.removeprefix(wanted) for line in lines if line.startswith(wanted)), "0")))


def nearest_rank(values: list[float], percent: int) -> float:
    """The percentile by nearest rank."""
    return sorted(values)[(percent * len(values) + 99) // 100 - 1]


def main() -> None:
    """Run once and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--heartbeats", type=int, default=2000, help="per second")
    parser.add_argument("--alarms", type=float, default=1.0, help="per second")
    parser.add_argument("--database", help="SQLAlchemy URL; default a fresh SQLite file")
    asked = parser.parse_args()
    count = int(asked.seconds * asked.alarms)
    carrier = Carrier()
    threading.Thread(target=carrier.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_district(folder, count)
        with service(folder, asked.database or f"sqlite:///{folder}/bench.db"):
            beats = Process(target=publish_heartbeats, args=(asked.heartbeats, asked.seconds))
            beats.start()
            sent = publish_alarms(count, asked.alarms)
            beats.join()
            expected = int(asked.seconds / 0.02) * int(asked.heartbeats * 0.02)
            taken = _await(heartbeats_taken, expected)
            arrived = _await(lambda: len(carrier.arrived), count)
    late = [carrier.arrived[name] - at for name, at in sent.items() if name in carrier.arrived]
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"database: {asked.database or 'SQLite'}; {asked.seconds} s")
    print(f"heartbeats: {expected} sent at {asked.heartbeats}/s, {taken} taken, {expected - taken} lost")
    print(f"alarms: {count} sent at {asked.alarms}/s, {arrived} paged, {count - arrived} lost")
    print(
        "alarm -> SMS request, ms: "
        f"p50 {nearest_rank(late, 50) * 1000:.1f}  p99 {nearest_rank(late, 99) * 1000:.1f}  "
        f"max {max(late) * 1000:.1f}"
    )


def _await(count: Callable[[], int], wanted: int) -> int:
    """Poll until a count is reached, for ten seconds at most; gives the last count."""
    deadline = time.monotonic() + 10
    while (seen := count()) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen


if __name__ == "__main__":
    main()
