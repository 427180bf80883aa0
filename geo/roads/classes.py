"""What each class of road is worth to each mode of travel: data of `classes.toml`, checked once."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat


class Mode(StrEnum):
    """How the people of a station travel; whoever drives may walk on from where the vehicle must stop."""

    ENGINE = "engine"
    MOTORCYCLE = "motorcycle"
    FOOT = "foot"

    @property
    def bit(self) -> int:
        """The mode in a mask of modes."""
        return 1 << list(Mode).index(self)


class _OffRoad(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    foot_kmh: PositiveFloat


class RoadClasses(BaseModel):
    """The rules of `classes.toml`: km/h by class and mode, metres of width, barriers by OSM value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speed_kmh: Mapping[str, Mapping[Mode, NonNegativeFloat]]
    need_width_m: Mapping[Mode, NonNegativeFloat]
    stopped_by: Mapping[Mode, frozenset[str]]
    off_road: _OffRoad

    def stopped_at(self, barrier: str) -> int:
        """The mask of modes that a barrier of this kind stops."""
        return sum(mode.bit for mode in Mode if barrier in self.stopped_by[mode])


@cache
def road_classes() -> RoadClasses:
    """The rules as shipped."""
    return RoadClasses.model_validate(
        tomllib.loads(files(__package__).joinpath("classes.toml").read_text("utf-8"))
    )
