"""Targets to judge response times by, as data: ours after the 1-3-5 rule, and what others set. Pure.

A target is inclusive and in seconds. Foreign standards know other tiers and clocks than ours; the
source of each target says what was carried over and how.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.plan import ResponsePlan
from dispatch.values import Tier


class Interval(StrEnum):
    """The intervals of contract section 9."""

    HANDLING = "handling"  # received to notified
    DELIVERY = "delivery"  # notified to delivered
    ACKNOWLEDGEMENT = "acknowledgement"  # notified to acknowledged
    TURNOUT = "turnout"  # notified to enroute
    TRAVEL = "travel"  # enroute to on scene
    RESPONSE = "response"  # received to on scene


@dataclass(frozen=True, slots=True)
class Target:
    """How long an interval may take, in seconds, and who says so."""

    seconds: int
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of targets per tier and interval; most pairs have none."""

    name: str
    targets: Mapping[tuple[Tier, Interval], Target]

    def target(self, tier: Tier, interval: Interval) -> Target | None:
        """The target of a tier for an interval, if the profile sets one."""
        return self.targets.get((tier, interval))

    def targets_of(self, interval: Interval) -> dict[Tier, Target]:
        """The targets of an interval by tier, as far as the profile sets any."""
        return {tier: target for tier in Tier if (target := self.target(tier, interval))}


DEFAULT_PROFILE = "cn_135"
_OURS = "ours, after the 1-3-5 rule; no published standard"
_PLAN = "the response plan of this service"

_TURNOUT_1710 = Target(80, "NFPA 1710: turnout of a fire crew within 80 s in 90 % of alarms")
_FIRST_ENGINE_1710 = Target(
    240, "NFPA 1710 5.2.4: first engine's travel within 240 s in 90 % (NFPA Journal, Sep 2015)"
)
_FULL_ALARM_1710 = Target(
    480, "NFPA 1710 5.2.4: full first alarm's travel within 480 s in 90 % (NFPA Journal, Sep 2015)"
)
_RURAL_1720 = Target(
    840,
    "NFPA 1720, rural (under 500 people per square mile): 6 people within 14 min in 80 % of alarms; "
    "counted there from the end of dispatch, here from received",
)

_FOREIGN = {
    "nfpa_1710": Profile(
        "nfpa_1710",
        {(tier, Interval.TURNOUT): _TURNOUT_1710 for tier in Tier}
        | {(tier, Interval.TRAVEL): _FIRST_ENGINE_1710 for tier in (Tier.VILLAGE, Tier.TOWN)}
        | {(Tier.DISTRICT, Interval.TRAVEL): _FULL_ALARM_1710},
    ),
    "nfpa_1720_rural": Profile("nfpa_1720_rural", {(tier, Interval.RESPONSE): _RURAL_1720 for tier in Tier}),
}


def profile_names() -> tuple[str, ...]:
    """Every profile that there is, the default first."""
    return (DEFAULT_PROFILE, *_FOREIGN)


def profile_named(name: str, plan: ResponsePlan) -> Profile | None:
    """Look a profile up; None where there is none of that name.

    `cn_135` takes its targets from the response plan, which holds the 1-3-5 rule unless a plan
    file says otherwise: the clock on the page and the report judge by the same number.
    """
    return _own(plan) if name == DEFAULT_PROFILE else _FOREIGN.get(name)


def _own(plan: ResponsePlan) -> Profile:
    built_in = ResponsePlan()
    targets: dict[tuple[Tier, Interval], Target] = {}
    for tier in Tier:
        ours, set_here = built_in.of(tier), plan.of(tier)
        for interval, default, seconds in (
            (Interval.ACKNOWLEDGEMENT, ours.target_acknowledgement_s, set_here.target_acknowledgement_s),
            (Interval.RESPONSE, ours.target_response_s, set_here.target_response_s),
        ):
            if seconds is not None:
                targets[tier, interval] = Target(seconds, _OURS if seconds == default else _PLAN)
    return Profile(DEFAULT_PROFILE, targets)
