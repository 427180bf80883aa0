"""The monthly report: figures beside those of the month before and of last year, and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query

from api import false_alarms, scope
from api import monthly_views as views
from api.callers import Caller, Reader
from api.context import Service, ServiceDep
from api.false_alarms import DeviceView, FalseAlarmsView
from api.page.catalogue import choose_language
from api.review import division_level, record_views
from api.review_question import MONTH, Asked, IntervalQuery, ProfileQuery, RegionQuery, Scope, profile_of
from api.review_views import RecordView, figures_view, left_out_view, scope_view, target_views
from dispatch import monthly_en, monthly_zh
from dispatch.monthly import (
    Counts,
    Gap,
    MonthFigures,
    Spans,
    count_incidents,
    last_over,
    month_figures,
    spans_of,
)
from dispatch.monthly_facts import MonthFacts, Most, Slowest
from dispatch.monthly_sentences import Words, sentences
from dispatch.names import station_names
from dispatch.profiles import DEFAULT_PROFILE, Interval
from dispatch.response_time import SMALL_BELOW, Figures
from dispatch.review import Period
from dispatch.wording import TIERS_ZH

router = APIRouter(prefix="/reports/month", tags=["reports"])

_WORDS: Mapping[str, Words] = {"zh": monthly_zh, "en": monthly_en}
_TIERS = {"zh": TIERS_ZH, "en": {"village": "Village", "town": "Town", "district": "District"}}
#: A division's code, its name, and its figures by tier.
_Row = tuple[str, str | None, Sequence[Spans[Figures]]]


@router.get("")
def get_month(
    caller: Reader,
    service: ServiceDep,
    month: Annotated[
        str | None, Query(pattern=MONTH, description="YYYY-MM, local; absent: the last one that is over")
    ] = None,
    region: RegionQuery = None,
    interval: IntervalQuery = Interval.RESPONSE,
    profile: ProfileQuery = DEFAULT_PROFILE,
    language: Annotated[Literal["zh", "en"] | None, Query(description="Of the sentences")] = None,
    accept_language: Annotated[str, Header(description="Chooses where no language is asked for")] = "",
) -> views.MonthView:
    """One month in figures and in words."""
    chosen = choose_language(language, None, accept_language)
    return month_view(caller, service, month, region, interval, profile, chosen)


@dataclass(frozen=True, slots=True)
class _Found:
    """Everything that a report is made of, read in one go."""

    asked: Asked
    where: Scope
    counts: Spans[Counts]
    figures: MonthFigures
    rows: Sequence[_Row]
    worst: Sequence[RecordView]
    false_alarms: FalseAlarmsView
    station_names: Mapping[str, str]


def month_view(
    caller: Caller,
    service: Service,
    month: str | None,
    region: str | None,
    interval: Interval,
    profile: str,
    language: str,
) -> views.MonthView:
    """The report of a month, `YYYY-MM` in local time; None: of the last one that is over.

    Raises InvalidError for an unknown profile, NotFoundError for a region that the caller may not see.
    """
    now, zone = service.clock.now(), service.setup.zone
    month = month or last_over(now, zone)
    spans = spans_of(month, zone)
    targets, records = profile_of(service, profile), service.records.get(service.database)
    found = _find(Asked(caller, service, spans.month, None, interval, targets, region, records), spans)
    facts = _facts(found, month, language, is_complete=spans.month.is_over(now))
    return _view(found, facts, language)


def _find(asked: Asked, spans: Spans[Period]) -> _Found:
    with asked.service.database.read() as session:
        where = asked.scope(session)
        seen = [scope.incidents(asked.caller), *where.inside]
        figures = month_figures(
            asked.table(session, where), spans, asked.interval, asked.profile, division_level(where)
        )
        return _Found(
            asked,
            where,
            spans.each(lambda span: count_incidents(session, [*seen, *span.conditions()])),
            figures,
            where.rows(figures.divisions),
            record_views(session, figures.worst, asked, where.tree),
            false_alarms.view(session, asked.caller, where, spans.month),
            station_names(session),
        )


def _facts(found: _Found, month: str, language: str, *, is_complete: bool) -> MonthFacts:
    false, gaps = found.false_alarms, found.figures.gaps
    cause, detector = next(iter(false.by_cause), None), next(iter(false.by_device), None)
    return MonthFacts(
        month=month,
        is_complete=is_complete,
        place=found.where.division.name if found.where.division else None,
        interval=found.asked.interval,
        incidents=found.counts,
        tiers=found.figures.tiers,
        parts=[(name, [one.month for one in tiers]) for _, name, tiers in found.rows if name is not None],
        slowest=_slowest(found),
        closed=false.closed,
        false_alarms=false.false_alarms,
        cause=Most(cause.cause, cause.n, len(false.by_cause)) if cause else None,
        detector=Most(_place_of(detector, language), detector.n, false.devices_total) if detector else None,
        gap=Most(_station(found, gaps[0]), gaps[0].missing, len({gap.station_id for gap in gaps}))
        if gaps
        else None,
        gap_records=gaps[0].records if gaps else 0,
        left_out=found.figures.left_out,
    )


def _slowest(found: _Found) -> Slowest | None:
    one = next(iter(found.worst), None)
    if one is None or one.interval_s is None:
        return None
    at = one.opened_at.astimezone(found.asked.service.setup.zone)
    return Slowest(at, one.place, one.station, one.interval_s)


def _place_of(device: DeviceView, language: str) -> str:
    """A detector as people know it: its building and room; its id where neither is known."""
    space = " " if language == "en" else ""
    return space.join(part for part in (device.premises, device.room) if part) or device.device_id


def _station(found: _Found, gap: Gap) -> str:
    return found.station_names.get(gap.station_id, gap.station_id)


def _view(found: _Found, facts: MonthFacts, language: str) -> views.MonthView:
    asked = found.asked
    return views.MonthView(
        month=facts.month,
        language=language,
        scope=scope_view(found.where),
        interval=asked.interval,
        profile=asked.profile.name,
        small_below=SMALL_BELOW,
        is_complete=facts.is_complete,
        incidents=views.CountsBeside.model_validate(asdict(found.counts)),
        tiers=_beside(facts.tiers, language),
        children_level=found.where.children_level,
        children=[
            views.ChildBeside(code=code, name=name, tiers=_beside(tiers, language))
            for code, name, tiers in found.rows
        ],
        worst=list(found.worst),
        false_alarms=found.false_alarms,
        missing=[views.GapView(name=_station(found, gap), **asdict(gap)) for gap in found.figures.gaps],
        left_out=left_out_view(facts.left_out),
        targets=target_views(asked.profile, asked.interval),
        sentences=[views.SentenceView(**asdict(one)) for one in sentences(facts, _WORDS[language])],
    )


def _beside(tiers: Sequence[Spans[Figures]], language: str) -> list[views.TierBeside]:
    return [
        views.TierBeside(
            tier=one.month.tier,
            name=_TIERS[language][one.month.tier],
            month=figures_view(one.month),
            month_before=figures_view(one.month_before),
            year_before=figures_view(one.year_before),
        )
        for one in tiers
    ]
