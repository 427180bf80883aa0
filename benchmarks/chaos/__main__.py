"""The service killed again and again while everything around it fails: is any page lost?

    python -m benchmarks.chaos [--kills 200] [--seed 135] [--database postgresql] [--rate 1] [--minutes 45]
        [--longest-outage 60] [--keep DIR]

The whole service runs as it is installed (`fire135 serve`; on PostgreSQL ingest with api, and two dispatch
processes), with Mosquitto and a carrier that speaks Twilio's API. Processes are killed with SIGKILL and
started again; district data is reloaded; broker, database and carrier fail for up to 60 s. Detectors of the
native protocol repeat their alarm until it is acknowledged; most chiefs answer and come, some are silent, and
a dispatcher closes what is over. At the end every alarm must have its one incident, its village chief's
message must have been taken by the carrier, and no answer be forgotten. Exit code 1 if not. All on loopback;
ends only what it has started.
"""

import argparse
import os
import platform
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from api.access import Role, create_token
from benchmarks.chaos.carrier import Carrier
from benchmarks.chaos.county import County
from benchmarks.chaos.detectors import Detectors
from benchmarks.chaos.machines import Broker, Postgresql, Process, SqliteFile
from benchmarks.chaos.people import Chiefs, Dispatcher
from benchmarks.chaos.story import Plan, Story, World
from benchmarks.chaos.verdict import Verdict, nearest_rank
from fire135.clock import SystemClock
from registry.loading import load
from simulators.service_api import ServiceApi
from store.database import Database
from store.schema import migrate

_ROLES = {"sqlite": (("all",),), "postgresql": (("ingest", "api"), ("dispatch",), ("dispatch",))}


def main() -> int:
    """Run once and print the figures; 1 if a promise was broken."""
    given = _options()
    plan = Plan(given.kills, given.seed, given.rate, given.minutes, given.longest_outage)
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped before the end"))

    def tell(what: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {what}", flush=True)

    with (
        _folder(given.keep) as folder,
        _world(folder, given.database, plan) as world,
    ):
        story = Story(world, plan, tell)
        verdict = story.run()
        _print(given.database, plan, story, verdict, time.monotonic() - started)
    return 1 if verdict.broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=135)
    parser.add_argument("--database", choices=sorted(_ROLES), default="sqlite")
    parser.add_argument("--rate", type=float, default=1.0, help="alarms per second")
    parser.add_argument("--minutes", type=float, default=45.0, help="at most")
    parser.add_argument("--longest-outage", type=float, default=60.0, help="seconds")
    parser.add_argument("--keep", type=Path, help="a new folder, in which database and log stay")
    return parser.parse_args()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where everything of the run lies; removed afterwards unless it is to be kept."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="fire135-chaos-") as name:
        yield Path(name)


@contextmanager
def _world(folder: Path, kind: str, plan: Plan) -> Iterator[World]:
    """Everything set up and running but the service itself; stopped at the end."""
    with ExitStack() as ending:
        county = County(int(plan.minutes * 60 * plan.rate) + 1)
        files = county.write(folder / "district")
        database = (
            SqliteFile(f"sqlite:///{folder}/chaos.db")
            if kind == "sqlite"
            else Postgresql(folder / "postgresql")
        )
        ending.callback(database.close)
        record = Database(database.url)
        ending.callback(record.dispose)
        token = _fill(record, files)
        carrier = Carrier()
        ending.callback(carrier.close)
        mqtt_port, http_port = _free_port(), _free_port()
        broker = Broker(mqtt_port, folder / "broker")
        ending.callback(broker.down)
        detectors = Detectors(mqtt_port)
        ending.callback(detectors.close)
        # an installed program has its bytecode: to make it at every start is not what is measured
        ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = ours | _settings(database.url, mqtt_port, http_port, carrier.url)
        processes = [Process(roles, environment, folder) for roles in _ROLES[kind]]
        for process in processes:
            ending.callback(process.stop)
        url = environment["FIRE135_PUBLIC_URL"]
        chiefs = Chiefs(carrier, url, environment["FIRE135_TWILIO_AUTH_TOKEN"], plan.seed)
        yield World(
            county,
            carrier,
            broker,
            database,
            processes,
            detectors,
            chiefs,
            Dispatcher(ServiceApi(url, token), chiefs, plan.seed),
            record,
            environment,
            folder,
            http_port,
        )


def _settings(database_url: str, mqtt_port: int, http_port: int, carrier_url: str) -> dict[str, str]:
    return {
        "FIRE135_DATABASE_URL": database_url,
        "FIRE135_MQTT_URL": f"mqtt://127.0.0.1:{mqtt_port}",
        "FIRE135_HTTP_PORT": str(http_port),
        "FIRE135_PUBLIC_URL": f"http://127.0.0.1:{http_port}",
        "FIRE135_SMS": "twilio",
        "FIRE135_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "FIRE135_TWILIO_AUTH_TOKEN": "chaos",
        "FIRE135_TWILIO_FROM": "+15005550006",
        "FIRE135_TWILIO_BASE_URL": carrier_url,
    }


def _fill(record: Database, files: Path) -> str:
    """Tables, district data, and a dispatcher's token."""
    now = SystemClock().now()
    migrate(record)
    faults = load(record, files, now=now).faults
    if faults:
        raise SystemExit(f"the district's data is refused: {faults[0]}")
    with record.begin() as session:
        return create_token(session, "chaos", Role.DISPATCHER, None, now)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _print(database: str, plan: Plan, story: Story, verdict: Verdict, seconds: float) -> None:
    ended = sum(process.ended_itself for process in story.world.processes)
    outages = ", ".join(f"{number} x {what}" for what, number in sorted(story.outages.items()))
    share = verdict.duplicates / verdict.taken if verdict.taken else 0.0
    chiefs = story.world.chiefs
    explained = verdict.duplicates - len(verdict.unexplained)
    lines = [
        f"{database}; {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        f"seed {plan.seed}, {seconds / 60:.1f} min: {story.kills} kills, {story.reloads} reloads",
        f"outages: {outages or 'none'}; processes that ended by themselves: {ended}",
        f"alarms: {verdict.alarms}; lost: {len(verdict.lost)}; not acknowledged: {verdict.unacknowledged}",
        f"closed by people before the chief's message left: {len(verdict.overtaken)}",
        f"incidents doubled: {len(verdict.doubled)}",
        f"answers taken: {len(chiefs.said)}; forgotten: {len(verdict.forgotten)}",
        f"stations silent: {chiefs.silent}; incidents closed: {story.world.dispatcher.closed}",
        f"messages taken by the carrier: {verdict.taken}; taken twice: {verdict.duplicates} ({share:.2%})",
        f"of these after an ambiguous send: {explained}; calls: {verdict.calls_again}",
        f"alarm -> chief's message taken, s: {_delays(verdict.delays)}",
        f"the same outside every fault, s: {_delays(verdict.quiet_delays)}",
    ]
    print("\n".join([*lines, *story.fates(verdict)]))
    for promise in verdict.broken:
        print(f"BROKEN: {promise}")


def _delays(delays: tuple[float, ...]) -> str:
    if not delays:
        return "none"
    p50, p99 = nearest_rank(delays, 50), nearest_rank(delays, 99)
    return f"p50 {p50:.2f}  p99 {p99:.2f}  worst {delays[-1]:.2f} (of {len(delays)})"


if __name__ == "__main__":
    sys.exit(main())
