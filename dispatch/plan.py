"""The response plan: every number of contract section 7, as data.

The built-in plan holds the contract's defaults; a TOML file (FIRE135_PLAN) may set any of them.
A key that is not known is refused by name, so that a typing error never passes for a rule.
"""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.values import Tier


class PlanError(Exception):
    """The plan file cannot be used; the message names the file and the key."""


class TierPlan(BaseModel):
    """What one tier promises, and how many of its stations go at once.

    Targets in seconds: acknowledgement from notified, response from received. The defaults are
    the profile `cn_135` of contract section 9: ours, after the 1-3-5 rule, not a published standard.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    target_acknowledgement_s: int | None = Field(default=None, gt=0)
    target_response_s: int = Field(gt=0)
    stations_at_once: int = Field(ge=0)
    #: How its people travel, as `geo.roads.Mode` names it; ours.
    travels_by: Literal["engine", "motorcycle", "foot"] = "engine"


class TierPlans(BaseModel):
    """The plan of each tier."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    village: TierPlan = TierPlan(
        target_acknowledgement_s=60, target_response_s=180, stations_at_once=1, travels_by="motorcycle"
    )
    town: TierPlan = TierPlan(target_response_s=300, stations_at_once=1)
    #: The district's stations are sent at the hand-over, not at the first alarm.
    district: TierPlan = TierPlan(target_response_s=900, stations_at_once=1)


class ResponsePlan(BaseModel):
    """When what happens on an alarm; all in seconds (contract section 7)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    voice_after_s: int = Field(default=30, gt=0)
    next_station_after_s: int = Field(default=60, gt=0)
    repeat_every_s: int = Field(default=60, gt=0)
    handover_unverified_after_s: int = Field(default=90, gt=0)
    confirm_window_s: int = Field(default=300, gt=0)
    handover_accept_within_s: int = Field(default=60, gt=0)
    #: Beyond the contract's keys; ours.
    race_carrier_after_s: int = Field(default=15, gt=0)
    late_delivery_after_s: int = Field(default=60, gt=0)
    ask_on_scene_after_s: int = Field(default=600, gt=0)
    #: With so many stations of a tier silent at one incident, their silence alone sends no further one.
    most_stations_per_tier: int = Field(default=6, gt=0)
    #: A station that needs longer is passed over where enough others are nearer.
    too_far_s: int = Field(default=1800, gt=0)
    #: Day of the month and local hour of the monthly communication test; day 0: none by itself.
    communication_test_day: int = Field(default=1, ge=0, le=28)
    communication_test_hour: int = Field(default=10, ge=0, le=23)
    tier: TierPlans = TierPlans()

    def of(self, tier: Tier) -> TierPlan:
        """The plan of one tier."""
        plan: TierPlan = getattr(self.tier, tier.value)
        return plan

    def most_silent(self, tier: Tier) -> int:
        """How many stations of a tier may be silent before no further is sent; one always may be."""
        return max(self.most_stations_per_tier, self.of(tier).stations_at_once + 1)


def load_plan(path: Path | None) -> ResponsePlan:
    """Read a plan file over the built-in plan; None gives the built-in plan.

    Raises PlanError with one line that names the file, the key and what to do.
    """
    if path is None:
        return ResponsePlan()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PlanError(f"{path}: no such plan file; correct FIRE135_PLAN or unset it") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise PlanError(f"{path}: not a readable TOML file: {fault}") from None
    try:
        return ResponsePlan.model_validate(_over_defaults(given))
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        what = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise PlanError(f"{path}: {key}: {what}; docs/plan.md lists the keys") from None


def _over_defaults(given: dict[str, object]) -> dict[str, object]:
    """Let a `[tier.village]` that sets one key keep the defaults of the others."""
    tiers = given.get("tier")
    if not isinstance(tiers, dict):
        return given
    merged: dict[str, object] = {}
    defaults = TierPlans()
    for name, values in tiers.items():
        default = getattr(defaults, name, None)
        if isinstance(default, TierPlan) and isinstance(values, dict):
            merged[name] = {**default.model_dump(), **values}
        else:
            merged[name] = values
    return {**given, "tier": merged}
