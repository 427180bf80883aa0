"""What a signal means at its place: a new incident, one more sign of an open one, or information. Pure.

The rules are those of contract section 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.values import DeviceKind, EventKind, Grade

#: A person's word or hand confirms from the start (contract section 7).
_CONFIRMING_KINDS = frozenset({DeviceKind.CALL_POINT})


class Action(StrEnum):
    """What to do about a signal."""

    OPEN = "open"
    JOIN = "join"
    INFORM = "inform"  # no fire: tell whoever looks after the building
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """What is known of the open incident at the place."""

    grade: Grade
    #: Devices that gave an alarm (escape windows are not among them).
    alarm_devices: frozenset[str]
    #: When the last device alarm or report arrived; None where only windows have spoken.
    last_alarm_at: datetime | None
    #: Those of the alarm devices that only sum up a system: a panel repeats what its detectors say.
    summaries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What is known of the place of a signal at the time it arrives."""

    incident: OpenIncident | None = None
    #: Escape windows of the place -> when they last opened, without the present one.
    opened_windows: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why in one word for the timeline."""

    action: Action
    grade: Grade = Grade.SUSPECTED  # for OPEN
    confirms: bool = False  # for JOIN
    reason: str = ""


def decide(
    kind: EventKind,
    device_id: str,
    device_kind: DeviceKind,
    place: PlaceFacts,
    window_s: int,
    now: datetime,
    *,
    is_summary: bool = False,
) -> Decision:
    """Decide what an `alarm` or `window_opened` means; everything else is only recorded.

    Args:
        kind: the canonical kind of the event.
        device_id: the device that spoke.
        device_kind: what the registry says it is.
        place: the facts of its place.
        window_s: `confirm_window_s` of the plan, seconds.
        now: our clock when the event arrived.
        is_summary: the device sums up a system, such as a panel beside its detectors.
    """
    since = now - timedelta(seconds=window_s)
    recent_windows = {
        window for window, at in place.opened_windows.items() if at >= since and window != device_id
    }
    if kind is EventKind.ALARM:
        if place.incident is None:
            return _first_alarm(device_kind, has_recent_window=bool(recent_windows))
        return _further_alarm(device_id, device_kind, place.incident, is_summary=is_summary)
    if kind is EventKind.WINDOW_OPENED and device_kind is DeviceKind.ESCAPE_WINDOW:
        if place.incident is None:
            return _window_without_incident(recent_windows)
        return _window_during(place.incident, since)
    return Decision(Action.RECORD)


def _first_alarm(device_kind: DeviceKind, *, has_recent_window: bool) -> Decision:
    if device_kind in _CONFIRMING_KINDS:
        return Decision(Action.OPEN, Grade.CONFIRMED, reason="call_point")
    if has_recent_window:
        return Decision(Action.OPEN, Grade.CONFIRMED, reason="escape_window")
    return Decision(Action.OPEN, Grade.SUSPECTED, reason="first_device")


def _further_alarm(
    device_id: str, device_kind: DeviceKind, incident: OpenIncident, *, is_summary: bool
) -> Decision:
    if device_kind in _CONFIRMING_KINDS:
        return Decision(Action.JOIN, confirms=True, reason="call_point")
    if device_id in incident.alarm_devices:
        return Decision(Action.JOIN, reason="same_device_again")
    if is_summary or (incident.alarm_devices and incident.alarm_devices <= incident.summaries):
        return Decision(Action.JOIN, reason="same_system")  # one fire said twice is no second witness
    return Decision(Action.JOIN, confirms=True, reason="second_device")


def _window_without_incident(recent_windows: set[str]) -> Decision:
    if recent_windows:
        return Decision(Action.OPEN, Grade.SUSPECTED, reason="escape_windows")
    return Decision(Action.INFORM, reason="escape_window_alone")


def _window_during(incident: OpenIncident, since: datetime) -> Decision:
    """A window opened near a device's alarm confirms; windows alone stay a suspicion."""
    confirms = incident.last_alarm_at is not None and incident.last_alarm_at >= since
    return Decision(Action.JOIN, confirms=confirms, reason="escape_window")
