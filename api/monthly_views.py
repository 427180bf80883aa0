"""What the API says of a month; what each figure means is in `docs/review.md`."""

from pydantic import BaseModel, Field

from api.false_alarms import FalseAlarmsView
from api.review_views import FiguresView, LeftOutView, RecordView, ScopeView, TargetView


class CountsView(BaseModel):
    """Real incidents: no drills, none closed as test or duplicate."""

    n: int = Field(description="All of them")
    fire: int = Field(description="Closed as a fire")
    false_alarm: int = Field(description="Closed as a false alarm")
    other: int = Field(description="Closed as something else")
    open: int = Field(description="Not closed yet")


class CountsBeside(BaseModel):
    """The incidents of three months."""

    month: CountsView = Field(description="The month itself")
    month_before: CountsView = Field(description="The month before")
    year_before: CountsView = Field(description="The same month last year")


class TierBeside(BaseModel):
    """The figures of one tier in three months; n is 0 where there are no records."""

    tier: str = Field(description="Of the stations: village, town or district")
    name: str = Field(description="What people call the tier")
    month: FiguresView = Field(description="The month itself")
    month_before: FiguresView = Field(description="The month before")
    year_before: FiguresView = Field(description="The same month last year")


class ChildBeside(BaseModel):
    """A division right below, in three months."""

    code: str = Field(description="`unknown` for incidents whose division is not known")
    name: str | None = Field(description="Null where the code is `unknown`")
    tiers: list[TierBeside] = Field(description="One entry a tier with records in any of the three months")


class GapView(BaseModel):
    """A station with records that lack a milestone of the interval."""

    station_id: str = Field(description="Id of the station")
    name: str = Field(description="What people call it")
    tier: str = Field(description="Of the stations: village, town or district")
    missing: int = Field(description="How many of its records lack a milestone")
    records: int = Field(description="How many records it has")


class SentenceView(BaseModel):
    """One thing that the figures say."""

    about: str = Field(description="incidents, tier, children, worst, false_alarms, missing, left_out")
    text: str = Field(description="The sentence")


class MonthView(BaseModel):
    """One month, beside the month before and the same month last year."""

    month: str = Field(description="YYYY-MM, local")
    language: str = Field(description="Of the sentences: zh or en")
    scope: ScopeView = Field(description="Where the figures are from")
    interval: str = Field(description="What is measured")
    profile: str = Field(description="The set of targets")
    small_below: int = Field(description="Under so many records a figure is marked as small")
    is_complete: bool = Field(description="The month is over")
    incidents: CountsBeside = Field(description="Real incidents")
    tiers: list[TierBeside] = Field(description="One entry a tier with records in any of the three months")
    children_level: str = Field(description="What the rows are: district, town, village, or incident")
    children: list[ChildBeside] = Field(description="The divisions right below, in order of their codes")
    worst: list[RecordView] = Field(description="The slowest records of the month, the slowest first")
    false_alarms: FalseAlarmsView = Field(description="Those of the month")
    missing: list[GapView] = Field(description="Stations with such records, most missing first")
    left_out: LeftOutView = Field(description="What is in no figure, and why")
    targets: list[TargetView] = Field(description="One a tier")
    sentences: list[SentenceView] = Field(description="In the order in which they are read")
