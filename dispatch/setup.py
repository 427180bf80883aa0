"""What every verb of dispatch needs besides the facts: the plan, the roads, the carriers, the roster."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from dispatch.channels.carrier import Channel
from dispatch.plan import ResponsePlan
from dispatch.roads import Roads
from dispatch.roster import RosterCache


class Clock(Protocol):
    """Something that knows the time; who runs in rounds asks it, verbs are given `now`."""

    def now(self) -> datetime:
        """The present instant, timezone-aware UTC."""


@dataclass(frozen=True, slots=True)
class Robot:
    """A group chat's robot: `name` is its carrier's, `region` whose incidents it is told, None for all."""

    name: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class DispatchSetup:
    """Made once at the start and passed to every verb.

    `carriers` names, per channel, who is asked first, second and so on; `zone` is for people's
    shifts and for texts only.
    """

    plan: ResponsePlan = field(default_factory=ResponsePlan)
    roads: Roads = field(default_factory=Roads)
    carriers: dict[Channel, tuple[str, ...]] = field(
        default_factory=lambda: {Channel.SMS: ("console",), Channel.VOICE: ("console",)}
    )
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    roster: RosterCache = field(default_factory=RosterCache)
    robots: tuple[Robot, ...] = ()
