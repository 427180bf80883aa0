"""The run itself: alarms at a steady rate while the service is killed and everything around it fails."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from benchmarks.chaos.carrier import Carrier, Mood
from benchmarks.chaos.county import County
from benchmarks.chaos.detectors import Detectors
from benchmarks.chaos.fate import fate_of
from benchmarks.chaos.machines import Broker, Machine, Process, is_ready, wait_for
from benchmarks.chaos.people import Chiefs, Dispatcher
from benchmarks.chaos.verdict import Trouble, Verdict, judge
from store.database import Database
from store.incidents import Incident, Reply

#: A restarted service is given so long to be ready, whatever else is broken just then.
_READY_S = 20.0
#: After the last fault everything must be well within this time, on a machine that others keep busy as well.
_SETTLES_S = 300.0
#: What is taken and not answered must come twice: few such, or they are all that the run shows.
_DROPS_AT_MOST_S = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard."""

    kills: int
    seed: int
    rate: float  # alarms per second
    minutes: float  # an upper bound
    longest_outage_s: float


@dataclass(frozen=True, slots=True)
class World:
    """Everything that takes part."""

    county: County
    carrier: Carrier
    broker: Broker
    database: Machine
    processes: list[Process]
    detectors: Detectors
    chiefs: Chiefs
    dispatcher: Dispatcher
    record: Database
    environment: dict[str, str]
    folder: Path
    http_port: int


class Story:
    """One run; `tell` prints what happens."""

    def __init__(self, world: World, plan: Plan, tell: Callable[[str], None]) -> None:
        self.world, self._plan, self._tell = world, plan, tell
        self._random = random.Random(plan.seed)
        self._faults = random.Random(plan.seed + 1)
        self._troubles: list[Trouble] = []
        self._over, self._settled = threading.Event(), threading.Event()
        self._deadline = time.monotonic() + plan.minutes * 60
        self.kills = self.reloads = 0
        self.outages: Counter[str] = Counter()
        machines: dict[str, Machine] = {"broker killed": world.broker, "database away": world.database}
        self._outages = {what: (machine.down, machine.up) for what, machine in machines.items()} | {
            f"carrier {mood}": (partial(self._treat, mood), partial(self._treat, Mood.WELL))
            for mood in Mood
            if mood is not Mood.WELL
        }

    def run(self) -> Verdict:
        """Kill, restart and break until the plan is fulfilled; then let it settle and judge."""
        for process in self.world.processes:
            process.start()
        if not wait_for(self._is_well, 3 * _READY_S):
            said = (self.world.folder / "service.log").read_text(encoding="utf-8").splitlines()
            raise SystemExit("\n".join(["the service did not become ready:", *said[-5:]]))
        with self._running(self._settled, self.world.chiefs.run, self.world.dispatcher.run):
            with self._running(self._over, self._sound, self._break):
                self._kill_again_and_again()
            wait_for(self._is_settled, _SETTLES_S)
        return self._verdict()

    @contextmanager
    def _running(self, end: threading.Event, *loops: Callable[[threading.Event], None]) -> Iterator[None]:
        """Loops in threads, which see by the event that the block is over."""
        threads = [threading.Thread(target=loop, args=(end,)) for loop in loops]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            end.set()
            for thread in threads:
                thread.join()

    def _kill_again_and_again(self) -> None:
        while self.kills < self._plan.kills and time.monotonic() < self._deadline:
            self._rest(self._random.uniform(0.3, 4))
            process = self._random.choice(self.world.processes)
            self._tell(f"kill {self.kills + 1}: {', '.join(process.roles)}")
            with self._trouble("kill"):
                process.kill()
                self._rest(self._random.uniform(0, 0.5))
                process.start()
                self.kills += 1
                if self._random.random() < 0.1:  # not even let it start
                    self._rest(self._random.uniform(0.5, 3))
                    process.kill()
                    process.start()
                    self.kills += 1
                wait_for(self._is_well, _READY_S)

    def _sound(self, over: threading.Event) -> None:
        """One alarm after the other, each in a house of its own, in random order."""
        houses = list(self.world.county.houses)
        self._random.shuffle(houses)
        started = time.monotonic()
        for number, house in enumerate(houses):
            while time.monotonic() < started + number / self._plan.rate:
                self.world.detectors.repeat()
                if over.wait(0.02):
                    return
            self.world.detectors.sound(house)

    def _break(self, over: threading.Event) -> None:
        """One outage or reload after the other, with rests between."""
        deck: list[Callable[[], None]] = []
        while not over.wait(self._faults.uniform(2, 12)):
            if not deck:
                deck = [self._reload, *(partial(self._outage, what) for what in self._outages)]
                self._faults.shuffle(deck)
            deck.pop()()

    def _outage(self, what: str) -> None:
        seconds = self._faults.choice((1.0, 3.0, 8.0, 20.0, 60.0))
        longest_s = _DROPS_AT_MOST_S if what.endswith(Mood.DROPS) else self._plan.longest_outage_s
        down, up = self._outages[what]
        self._tell(f"{what} for {min(seconds, longest_s):.0f} s")
        self.outages[what] += 1
        with self._trouble(what):
            down()
            self._over.wait(min(seconds, longest_s))
            up()
            wait_for(self._is_well, _READY_S)

    def _treat(self, mood: Mood) -> None:
        self.world.carrier.mood = mood

    def _reload(self) -> None:
        """`fire135 load` of changed data, beside the running service."""
        self.reloads += 1
        world = self.world
        files = world.county.write(world.folder / "district", edition=self.reloads)
        command = [sys.executable, "-m", "fire135.cli", "load", str(files)]
        done = subprocess.run(
            command, env=world.environment, cwd=world.folder, capture_output=True, text=True, check=False
        )
        said = done.stderr.strip().splitlines()
        self._tell(f"reload {self.reloads}: {said[-1] if done.returncode else 'done'}")

    @contextmanager
    def _trouble(self, what: str) -> Iterator[None]:
        began_at = time.time()
        try:
            yield
        finally:
            self._troubles.append(Trouble(what, began_at, time.time()))

    def _rest(self, seconds: float) -> None:
        """Let time pass; who has ended by itself is started again."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.1)
            for process in self.world.processes:
                process.revive()

    def _is_well(self) -> bool:
        return is_ready(self.world.http_port) and self.world.detectors.is_connected

    def _is_settled(self) -> bool:
        self._rest(0.5)
        self.world.detectors.repeat()
        return not self.world.detectors.unacknowledged() and not self._verdict().lost

    def _verdict(self) -> Verdict:
        with self.world.record.read() as session:
            incidents = Counter(session.scalars(select(Incident.premises_id)))
            closed = set(session.scalars(select(Incident.premises_id).where(Incident.status == "closed")))
            recorded = set(session.scalars(select(Reply.carrier_message_id)))
        alarms = list(self.world.detectors.alarms.values())
        by_house = Counter({house: number for house, number in incidents.items() if house})
        forgotten = [text for text in list(self.world.chiefs.said) if text not in recorded]
        return judge(
            alarms,
            list(self.world.carrier.requests),
            by_house,
            list(self._troubles),
            forgotten,
            {house for house in closed if house},
        )

    def fates(self, verdict: Verdict) -> list[str]:
        """What became of each alarm that was lost or never acknowledged."""
        alarms = self.world.detectors.alarms.values()
        bad = [each for each in alarms if each.acknowledged_at is None or each.house.id in verdict.lost]
        with self.world.record.read() as session:
            return [fate_of(session, alarm, self.world.carrier.requests) for alarm in bad]
