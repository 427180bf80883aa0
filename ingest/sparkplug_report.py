"""What the metrics of one Sparkplug message say of a device, as readings. Stateless."""

import base64
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dispatch.values import EventKind
from ingest.edges import KINDS
from ingest.reading import Condition, Message, Reading, is_low, percent
from ingest.sparkplug_metrics import Meaning, conditions_of, meaning
from ingest.sparkplug_payload import Metric

#: A message that cannot be read goes with its fault, unless it is long.
_MAX_KEPT_BYTES = 3 * 1024
#: A metric said twice in one message is two readings, so that no edge is lost; but not without end.
_MAX_READINGS = 16
_MAX_MEASUREMENTS = 8

_BURNING = frozenset(name for name, kind in KINDS.items() if kind is EventKind.ALARM)

#: A metric's name and what it means; None where that is nothing of ours.
Entry = tuple[str, Meaning] | None
#: What the aliases of one device stand for.
Aliases = Mapping[int, Entry]

#: Of one device so many metrics that say a condition is so are remembered.
_MAX_STANDING = 512


@dataclass(slots=True)
class Standing:
    """Which metrics of a device say that a condition is so: the rest of one zone is not another's."""

    names: dict[Condition, set[str]] = field(default_factory=dict)
    size: int = 0

    def hear(self, name: str, said: Mapping[Condition, bool]) -> Mapping[Condition, bool]:
        """Note what a metric says; without what is not so of this metric but stands by another."""
        for condition, active in said.items():
            names = self.names.setdefault(condition, set())
            if not active and name in names:
                names.remove(name)
                self.size -= 1
            elif active and name not in names and self.size < _MAX_STANDING:
                names.add(name)
                self.size += 1
        return {
            condition: active for condition, active in said.items() if active or not self.names[condition]
        }

    def keep(self, names: Collection[str]) -> None:
        """Forget the metrics that a birth names no longer."""
        self.names = {condition: held.intersection(names) for condition, held in self.names.items()}
        self.size = sum(map(len, self.names.values()))


@dataclass(slots=True)
class Report:
    """What the metrics of one instant said. Several may speak of one condition: any true wins."""

    conditions: dict[str, bool] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    battery: float | None = None
    at_ms: int = 0
    hears_alarm: bool = False
    is_birth: bool = False
    #: What stood before, and stands now; not for what is historical.
    standing: Standing | None = None

    def mark(self, said: Mapping[Condition, bool]) -> None:
        """Note what is active and what is not."""
        for condition, active in said.items():
            self.conditions[condition] = active or self.conditions.get(condition, False)

    def add(self, metric: Metric, name: str, meant: Meaning) -> None:
        """Take what one metric says; null says nothing."""
        self.names.add(name)
        self.at_ms = max(self.at_ms, metric.at_ms)
        if metric.is_null:
            return
        if meant.condition is None:
            self._add_battery(metric)
            return
        said = None if metric.value is None else conditions_of(meant, metric.value)
        if meant.is_alarm and not metric.is_good and not any((said or {}).values()):
            self.unread.append(f"{name}: its quality is bad")
        elif said is not None:
            self.mark(said if self.standing is None else self.standing.hear(name, said))
            self.hears_alarm |= meant.is_alarm and bool(said)
            if not said and isinstance(metric.value, int | float) and -1e9 < metric.value < 1e9:
                self.data[name[:40]] = metric.value
        elif meant.is_alarm:
            self.unread.append(f"{name} is {str(metric.value)[:40]!r}")

    def _add_battery(self, metric: Metric) -> None:
        level = percent(metric.value)
        if level is None and isinstance(metric.value, str):
            self.mark(conditions_of(Meaning(Condition.LOW_BATTERY), metric.value) or {})
        self.battery = self.battery if level is None else level

    def reading(
        self, external_id: str, gateway: str | None, message: Message, sent_ms: int, *, live: bool = True
    ) -> Reading:
        """The report as a reading; `sent_ms` is the node's clock where no metric tells its own."""
        low = is_low(self.battery)
        if low is not None:
            self.mark({Condition.LOW_BATTERY: low})
        if self.unread:
            self.mark({Condition.UNRELIABLE: True})
        data = dict(list(self.data.items())[:_MAX_MEASUREMENTS])
        if self.unread:
            data["reason"] = "; ".join(self.unread)[:300]
            data["payload"] = base64.b64encode(message.payload[:_MAX_KEPT_BYTES]).decode()
        if message.retained:
            data["replayed"] = True
        return Reading(
            external_id,
            self.conditions,
            gateway=gateway,
            battery=self.battery,
            device_at=_instant(self.at_ms or sent_ms),
            digest=self._digest() if self.is_birth else None,
            live=live,
            data=data,
        )

    def _digest(self) -> str:
        """A birth repeats what stands, for whatever reason: an alarm in it need not be a new one."""
        beside = (f"{name}={active}" for name, active in self.conditions.items() if name not in _BURNING)
        return ",".join(sorted(beside))


def entry_of(name: str) -> Entry:
    """What a metric is, by its name."""
    meant = meaning(name) if name else None
    return (name, meant) if meant else None


def resolve(metrics: Iterable[Metric], aliases: Aliases) -> tuple[list[tuple[Metric, Entry]], list[int]]:
    """Metrics by name or alias, and the aliases that are not known."""
    known: list[tuple[Metric, Entry]] = []
    unknown: list[int] = []
    for metric in metrics:
        if metric.name:
            known.append((metric, entry_of(metric.name)))
        elif metric.alias is not None and metric.alias in aliases:
            known.append((metric, aliases[metric.alias]))
        elif metric.alias is not None:
            unknown.append(metric.alias)
    return known, unknown


def reports_of(
    metrics: Iterable[tuple[Metric, Entry]], standing: Standing
) -> tuple[list[Report], list[Report]]:
    """What historical metrics say, and what the others say, each in order."""
    past: list[Report] = []
    live: list[Report] = []
    for metric, entry in metrics:
        if entry is None:
            continue
        reports = past if metric.is_historical else live
        if not reports or (entry[0] in reports[-1].names and len(reports) < _MAX_READINGS):
            reports.append(Report(standing=None if metric.is_historical else standing))
        reports[-1].add(metric, *entry)
    return past, live


def _instant(at_ms: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None
    except (ValueError, OverflowError, OSError):
        return None
