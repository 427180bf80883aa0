"""The response log of one incident in Chinese: every interval of every station. Pure.

The intervals are those of contract section 9, reckoned here once more from the milestones that the
API shows, so that a reader can compare.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from simulators.words import DISPOSITIONS, TIERS

#: Name, Chinese name, and the two instants; `received` is the incident's own.
_INTERVALS = (
    ("handling", "派警", "received", "notified"),
    ("delivery", "送达", "notified", "delivered"),
    ("acknowledgement", "应答", "notified", "acknowledged"),
    ("turnout", "出动", "notified", "enroute"),
    ("travel", "行程", "enroute", "on_scene"),
    ("response", "到场", "received", "on_scene"),
)


def intervals(incident: Mapping[str, Any], assignment: Mapping[str, Any]) -> dict[str, float | None]:
    """Seconds of each interval of one assignment; None where an instant is missing."""
    instants = {"received": incident["opened_at"]}
    instants |= {name.removesuffix("_at"): at for name, at in assignment["milestones"].items()}

    def between(start: str, end: str) -> float | None:
        first, last = instants[start], instants[end]
        if first is None or last is None:
            return None
        return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()

    return {name: between(start, end) for name, _, start, end in _INTERVALS}


def response_log(incident: Mapping[str, Any], zone: tzinfo | None = None) -> Iterator[str]:
    """The log, line by line; `zone` is for the instant of reception (default: this machine's)."""
    received = datetime.fromisoformat(incident["opened_at"]).astimezone(zone)
    outcome = DISPOSITIONS.get(incident["disposition"] or "", "未结案")
    cause = f"，原因：{incident['cause']}" if incident["cause"] else ""
    yield (
        f"响应记录 response log  {incident['code']}  {incident['premises']['name']}  "
        f"接警 received {received:%H:%M:%S}  结果 outcome {outcome}{cause}"
    )
    for assignment in incident["assignments"]:
        seconds = intervals(incident, assignment)
        told = "  ".join(f"{chinese} {_words(seconds[name])}" for name, chinese, _, _ in _INTERVALS)
        yield f"  {assignment['station_name']}（{TIERS[assignment['tier']]}）  {told}"


def _words(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.0f}秒"
