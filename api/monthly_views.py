"""What the API says of a month; what each figure means is in `docs/review.md`."""

from pydantic import BaseModel, Field

from api.false_alarms import FalseAlarmsView
from api.review_views import FiguresView, LeftOutView, RecordView, ScopeView, TargetView


class CountsView(BaseModel):
    """Real incidents: no drills, none closed as test or duplicate."""

    n: int
    fire: int
    false_alarm: int
    other: int
    open: int


class CountsBeside(BaseModel):
    """The incidents of three months."""

    month: CountsView
    month_before: CountsView
    year_before: CountsView


class TierBeside(BaseModel):
    """The figures of one tier in three months; n is 0 where there are no records."""

    tier: str
    name: str
    month: FiguresView
    month_before: FiguresView
    year_before: FiguresView


class ChildBeside(BaseModel):
    """A division right below, in three months."""

    code: str
    name: str | None
    tiers: list[TierBeside]


class GapView(BaseModel):
    """A station with records that lack a milestone of the interval."""

    station_id: str
    name: str
    tier: str
    missing: int
    records: int


class SentenceView(BaseModel):
    """One thing that the figures say."""

    about: str = Field(description="incidents, tier, children, worst, false_alarms, missing, left_out")
    text: str


class MonthView(BaseModel):
    """One month, beside the month before and the same month last year."""

    month: str
    language: str
    scope: ScopeView
    interval: str
    profile: str
    small_below: int
    is_complete: bool = Field(description="The month is over")
    incidents: CountsBeside
    tiers: list[TierBeside]
    children_level: str
    children: list[ChildBeside]
    worst: list[RecordView]
    false_alarms: FalseAlarmsView
    missing: list[GapView]
    left_out: LeftOutView
    targets: list[TargetView]
    sentences: list[SentenceView]
