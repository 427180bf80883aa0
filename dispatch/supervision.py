"""Whether a device can be relied on: what is wrong with it now, and when to look again. Pure.

Figures. `MISSED` intervals without a word make a device offline: issue 3 and the contract's defaults,
25 h for battery devices (as Zigbee2MQTT's passive timeout of 1500 min: they report once a day) and
180 s for what has mains power. The figures of a dark village are ours: three make
a pattern, half of what could have been noticed makes a power cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.values import DeviceKind

MISSED = 3
BATTERY_INTERVAL_S = 90_000
MAINS_INTERVAL_S = 180
MAINS = frozenset({DeviceKind.GATEWAY, DeviceKind.STATION_TERMINAL})

#: After our own start devices get one interval to be heard, but no longer than this.
LONGEST_START_GRACE_S = 3600

#: Silent at about the same time: the spread of three intervals of 180 s.
DARK_WINDOW_S = 600
DARK_AT_LEAST = 3
DARK_SHARE = 0.5
#: Counted twice: all devices, and those that are missed within this time. Beside the dead gateways of
#: a village its battery devices of 25 hours still look alive.
DARK_NOTICED_WITHIN_S = 3600
#: A village that flickers is told of once in this time.
DARK_AGAIN_AFTER_S = 3600


class TroubleKind(StrEnum):
    """What somebody has to see to."""

    OFFLINE = "offline"
    GATEWAY_DOWN = "gateway_down"
    VILLAGE_DARK = "village_dark"
    FAULT = "fault"
    TAMPER = "tamper"
    LOW_BATTERY = "low_battery"


#: The two ways of being silent.
SILENT = (TroubleKind.OFFLINE, TroubleKind.GATEWAY_DOWN)

#: Condition (`ingest.reading.Condition`) -> the trouble it is.
TROUBLE_OF: Mapping[str, TroubleKind] = {
    "fault": TroubleKind.FAULT,
    "unreliable": TroubleKind.FAULT,
    "self_test_failed": TroubleKind.FAULT,
    "mains_fault": TroubleKind.FAULT,
    "battery_defect": TroubleKind.FAULT,
    "tamper": TroubleKind.TAMPER,
    "low_battery": TroubleKind.LOW_BATTERY,
    "offline": TroubleKind.OFFLINE,
}
#: What a device shows, the most urgent first; an alarm is ingest's to say and stays.
_SHOWN = (TroubleKind.FAULT, TroubleKind.OFFLINE, TroubleKind.TAMPER, TroubleKind.LOW_BATTERY)


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """The gateway before a device: since when it is down, when it last came back, its own interval."""

    interval_s: int
    trouble_id: int | None = None
    down_since: datetime | None = None
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is known of one device.

    `seen_at` is its last sign of life (a gateway's: also its children's); `expected_since` stands in
    for it where there was none. `known_offline` says that it was already offline for a reason of its
    own, so that no grace applies.
    """

    kind: DeviceKind
    heartbeat_s: int | None
    state: str
    conditions: Mapping[str, bool]
    seen_at: datetime | None
    expected_since: datetime
    gateway: GatewayFacts | None = None
    known_offline: bool = False

    @property
    def interval_s(self) -> int:
        """How often it should be heard, seconds."""
        return interval_s(self.kind, self.heartbeat_s)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong, since when it is silent and whether its gateway explains that, what to show."""

    kinds: frozenset[TroubleKind]
    offline_since: datetime | None
    explained: bool
    state: str
    check_at: datetime


def interval_s(kind: str, heartbeat_s: int | None) -> int:
    """A device's own interval, or the default of its kind, seconds."""
    return heartbeat_s or (MAINS_INTERVAL_S if kind in MAINS else BATTERY_INTERVAL_S)


def judge(facts: DeviceFacts, listening_since: datetime, now: datetime) -> Judgement:
    """Judge one device. `listening_since`: before that we could not hear anybody."""
    overdue_at = _overdue_at(facts, listening_since)
    behind_down = _is_behind_down_gateway(facts)
    active = {TROUBLE_OF[name] for name, is_on in facts.conditions.items() if is_on and name in TROUBLE_OF}
    is_offline = behind_down or TroubleKind.OFFLINE in active or now >= overdue_at
    shown = active | {TroubleKind.OFFLINE} if is_offline else active
    silent_kind = TroubleKind.GATEWAY_DOWN if facts.kind is DeviceKind.GATEWAY else TroubleKind.OFFLINE
    kinds = {silent_kind if kind is TroubleKind.OFFLINE else kind for kind in shown}
    since = None
    if is_offline:
        gone_at = [
            at
            for at in (overdue_at, facts.gateway.down_since if behind_down and facts.gateway else None)
            if at
        ]
        since = min([now, *gone_at])
    return Judgement(
        kinds=frozenset(kinds),
        offline_since=since,
        explained=behind_down,
        state=_state(facts, shown),
        check_at=overdue_at if overdue_at > now else now + _three(facts.interval_s),
    )


def explains_from(gateway: GatewayFacts) -> datetime | None:
    """From when on a child's silence is the gateway's: since it was last certainly up."""
    if gateway.down_since is None:
        return None
    return gateway.down_since - _three(gateway.interval_s)


def is_dark(lost: int, alive: int) -> bool:
    """Whether so many units silent at once, with so many still heard, are a dark village."""
    return lost >= DARK_AT_LEAST and lost >= DARK_SHARE * (lost + alive)


def is_light_again(parts: int, still_silent: int) -> bool:
    """Whether a dark village is over: more than half of what it took speak again."""
    return still_silent < (1 - DARK_SHARE) * parts


def _overdue_at(facts: DeviceFacts, listening_since: datetime) -> datetime:
    """From when on silence counts. What was already offline gets no grace, so that it keeps its age."""
    overdue_at = (facts.seen_at or facts.expected_since) + _three(facts.interval_s)
    if facts.known_offline:
        return overdue_at
    start_grace = timedelta(seconds=min(facts.interval_s, LONGEST_START_GRACE_S))
    overdue_at = max(overdue_at, listening_since + start_grace)
    if facts.gateway and facts.gateway.back_at:
        overdue_at = max(overdue_at, facts.gateway.back_at + timedelta(seconds=facts.interval_s))
    return overdue_at


def _is_behind_down_gateway(facts: DeviceFacts) -> bool:
    """Its gateway is down, and nothing was heard of it by another way since."""
    down_since = facts.gateway.down_since if facts.gateway else None
    return down_since is not None and (facts.seen_at is None or facts.seen_at <= down_since)


def _state(facts: DeviceFacts, active: set[TroubleKind]) -> str:
    if facts.state == "alarm":
        return "alarm"
    if active:
        return next(kind.value for kind in _SHOWN if kind in active)
    if facts.conditions.get("test"):
        return "test"
    return "normal" if facts.seen_at else "unknown"


def _three(interval: int) -> timedelta:
    return timedelta(seconds=MISSED * interval)
