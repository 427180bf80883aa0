"""What a run has shown: pure figures from what the detectors said, the carrier took and the record holds."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from benchmarks.chaos.carrier import Request
from benchmarks.chaos.county import house_in
from benchmarks.chaos.detectors import Alarm

#: Of all that the carrier took, where that is enough for a share to mean something.
MOST_DUPLICATES = 0.01
_ENOUGH = 1000


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of ours, from its beginning until everything works again, by the wall clock."""

    what: str
    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures of one run; delays in seconds, from the alarm to the village chief's message at the carrier."""

    alarms: int
    taken: int
    lost: tuple[str, ...]
    unacknowledged: int
    doubled: tuple[str, ...]
    duplicates: int
    unexplained: tuple[str, ...]
    #: Of the duplicates: calls.
    calls_again: int
    delays: tuple[float, ...]
    quiet_delays: tuple[float, ...]
    #: Houses whose incident people had closed before the chief's message could leave.
    overtaken: tuple[str, ...] = ()
    #: Answers of people that the service took and does not have.
    forgotten: tuple[str, ...] = ()

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        kept = {
            f"lost: {', '.join(self.lost)}": not self.lost,
            f"incidents doubled: {', '.join(self.doubled)}": not self.doubled,
            f"{self.unacknowledged} alarms were never acknowledged": self.unacknowledged == 0,
            f"answers taken and forgotten: {', '.join(self.forgotten)}": not self.forgotten,
            f"more than {MOST_DUPLICATES:.0%} duplicates": self.duplicates
            <= MOST_DUPLICATES * max(self.taken, _ENOUGH),
            f"twice without a fault between: {', '.join(self.unexplained)}": not self.unexplained,
        }
        return [what for what, is_kept in kept.items() if not is_kept]


def judge(
    alarms: Sequence[Alarm],
    requests: Sequence[Request],
    incidents: Counter[str],
    troubles: Sequence[Trouble],
    forgotten: Sequence[str] = (),
    closed: Collection[str] = (),
) -> Verdict:
    """Judge a run; `incidents` counts those of the record by premises, `closed` says where one is over."""
    taken = [request for request in requests if request.is_taken]
    reached = _first_by_house(taken)
    lost, overtaken = list[str](), list[str]()
    delays, quiet = list[float](), list[float]()
    for alarm in alarms:
        at = reached.get((alarm.house.id, alarm.house.chief_phone))
        if at is None or not incidents[alarm.house.id]:
            (overtaken if alarm.house.id in closed else lost).append(alarm.house.id)
            continue
        delays.append(at - alarm.said_at)
        if not any(each.began_at <= at and each.ended_at >= alarm.said_at for each in troubles):
            quiet.append(at - alarm.said_at)
    again, unexplained = _duplicates(taken, troubles)
    return Verdict(
        alarms=len(alarms),
        taken=len(taken),
        lost=tuple(lost),
        unacknowledged=sum(alarm.acknowledged_at is None for alarm in alarms),
        doubled=tuple(house for house, number in incidents.items() if number > 1),
        duplicates=len(again),
        unexplained=tuple(unexplained),
        calls_again=sum(request.is_call for request in again),
        delays=tuple(sorted(delays)),
        quiet_delays=tuple(sorted(quiet)),
        overtaken=tuple(overtaken),
        forgotten=tuple(forgotten),
    )


def nearest_rank(values: Sequence[float], percent: int) -> float:
    """The percentile of sorted values by nearest rank; nothing measured is nan."""
    return values[(percent * len(values) + 99) // 100 - 1] if values else float("nan")


def _first_by_house(taken: Sequence[Request]) -> dict[tuple[str, str], float]:
    """When the first text about a house was taken, by house and phone."""
    first: dict[tuple[str, str], float] = {}
    for request in taken:
        house = house_in(request.body)
        if house is not None:
            first.setdefault((house, request.phone), request.at)
    return first


def _duplicates(
    taken: Sequence[Request], troubles: Sequence[Trouble]
) -> tuple[Sequence[Request], Sequence[str]]:
    """What was taken again, and those messages where nothing had made the first send ambiguous."""
    before: dict[str, Request] = {}
    again, unexplained = list[Request](), list[str]()
    for request in taken:
        earlier = before.get(request.message)
        if earlier is not None:
            again.append(request)
            is_ambiguous = not earlier.is_answered or any(
                each.began_at <= request.at and each.ended_at >= earlier.at for each in troubles
            )
            if not is_ambiguous:
                unexplained.append(request.message)
        before[request.message] = request
    return again, unexplained
