"""How long an alarm takes to the carrier while devices send heartbeats: p50 and p99, and what was lost.

    python -m benchmarks.alarm_latency [--seconds 60] [--heartbeats 2000] [--alarms 1] [--database URL]

Runs the real service (`fire135 serve`, embedded broker) as its own process, publishes as devices do
(QoS 1) from another, and answers as Twilio does. An alarm's latency counts from just before its
publish to the arrival of the village chief's request. Everything is on loopback and ends by itself.
"""

import argparse
import json
import tempfile
import time
from multiprocessing import Process
from pathlib import Path
from urllib.request import urlopen

from benchmarks import rig
from benchmarks.district import Size, write_district
from benchmarks.rig import HTTP_PORT, Carrier, Service

_DEVICES = 2000
_SLICE_S = 0.02


def publish_heartbeats(per_s: int, seconds: float) -> None:
    """Publish heartbeats evenly, in slices of 20 ms, and wait until the broker has taken all."""
    client = rig.mqtt_client("bench-heartbeats")
    payload_number = 0
    started = time.perf_counter()
    for number in range(int(seconds / _SLICE_S)):
        for _ in range(int(per_s * _SLICE_S)):
            payload_number += 1
            device = f"h-{payload_number % _DEVICES}"
            body = json.dumps({"id": f"{payload_number}", "kind": "heartbeat"})
            last = client.publish(f"fire135/v1/{device}/event", body, qos=1)
        time.sleep(max(0.0, started + (number + 1) * _SLICE_S - time.perf_counter()))
    last.wait_for_publish(30)
    client.loop_stop()
    client.disconnect()


def heartbeats_taken() -> int:
    """How many heartbeats the service has counted."""
    with urlopen(f"http://127.0.0.1:{HTTP_PORT}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    wanted = 'fire135_events_total{kind="heartbeat"} '
    return int(float(next((line.removeprefix(wanted) for line in lines if line.startswith(wanted)), "0")))


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_district(folder, Size(count, living=_DEVICES))
        service = Service(folder, asked.database)
        service.prepare()
        with Carrier(folder) as carrier, service.running():
            beats = Process(target=publish_heartbeats, args=(asked.heartbeats, asked.seconds))
            beats.start()
            sent = rig.publish_alarms(range(count), asked.alarms)
            beats.join()
            expected = int(asked.seconds / _SLICE_S) * int(asked.heartbeats * _SLICE_S)
            taken = rig.wait_until(heartbeats_taken, expected)
            late = rig.village_pages(carrier, sent, Size(count), for_s=10)
    print(rig.machine())
    print(f"database: {asked.database or 'SQLite'}; {asked.seconds} s")
    print(f"heartbeats: {expected} sent at {asked.heartbeats}/s, {taken} taken, {expected - taken} lost")
    print(f"alarms: {count} sent at {asked.alarms}/s, {len(late)} paged, {count - len(late)} lost")
    print(f"alarm -> village chief's request, ms: {rig.figures(late)}")


if __name__ == "__main__":
    main()
