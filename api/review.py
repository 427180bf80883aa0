"""The response review: one screen of figures, and the records behind each of them (`docs/review.md`)."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api import review_views as views
from api.paging import PagingDep
from api.review_question import MONTH, Asked, AskedDep, Scope
from dispatch import records_behind
from dispatch.names import station_names
from dispatch.profiles import profile_names
from dispatch.records_behind import Narrowed
from dispatch.response_time import MICROSECONDS, SMALL_BELOW, Measured, Reason, milestones_of
from dispatch.review_screen import screen
from dispatch.values import Tier
from geo.regions import DivisionTree
from store.incidents import Assignment

router = APIRouter(prefix="/reports/review", tags=["reports"])

#: Longer than any response, and no number that overflows.
_LONGEST_S = 1e9


def _seconds(which: str) -> Any:
    return Query(ge=0, le=_LONGEST_S, description=f"Only what took {which}, seconds")


@router.get("")
def get_review(asked: AskedDep) -> views.ReviewView:
    """How fast help came in a region, and in each of its parts; by incidents opened in a period."""
    before = asked.period.before(asked.service.clock.now())
    with asked.service.database.read() as session:
        where = asked.scope(session)
        found = screen(
            asked.table(session, where),
            asked.interval,
            asked.profile,
            period=asked.period,
            before=before,
            level=division_level(where),
            zone=asked.service.setup.zone,
        )
        names = station_names(session)
    return views.ReviewView(
        scope=views.scope_view(where),
        period=views.period_view(asked.period),
        before=views.period_view(before) if before else None,
        timezone=asked.service.setup.zone.key,
        interval=asked.interval,
        profile=asked.profile.name,
        profiles=list(profile_names()),
        tier=asked.tier,
        small_below=SMALL_BELOW,
        targets=views.target_views(asked.profile, asked.interval),
        totals=[views.figures_view(one) for one in found.totals],
        children_level=where.children_level,
        children=[
            views.ChildView(code=code, name=name, figures=[views.figures_view(one) for one in several])
            for code, name, several in where.rows(found.divisions)
        ],
        distributions=[views.distribution_view(one) for one in found.distributions],
        months=[
            views.MonthRow(month=month, figures=[views.figures_view(one) for one in several])
            for month, several in found.months.items()
        ],
        hours=[
            views.HourRow(hour=hour, figures=[views.figures_view(one) for one in several])
            for hour, several in enumerate(found.hours)
        ],
        stations=sorted(
            (views.station_view(row, names.get(row.station_id, row.station_id)) for row in found.stations),
            key=lambda one: (one.name, one.station_id),
        ),
        left_out=views.left_out_view(found.left_out),
    )


def _narrowed(
    group: Annotated[str | None, Query(description="Code of a child row, or `unknown`")] = None,
    station: Annotated[str | None, Query(description="Id of a station")] = None,
    month: Annotated[str | None, Query(pattern=MONTH, description="YYYY-MM, local")] = None,
    hour: Annotated[int | None, Query(ge=0, le=23, description="Local")] = None,
    missing: Annotated[bool | None, Query(description="Only without the interval, or only with it")] = None,
    over_target: Annotated[
        bool | None, Query(description="Only slower than the target, or within it")
    ] = None,
    from_s: Annotated[float | None, _seconds("longer than this")] = None,
    to_s: Annotated[float | None, _seconds("no longer than this")] = None,
    min_s: Annotated[float | None, _seconds("at least so long")] = None,
    left_out: Annotated[Reason | None, Query(description="Only those in no figure")] = None,
) -> Narrowed:
    return Narrowed(
        group=group,
        station=station,
        month=month,
        hour=hour,
        missing=missing,
        over_target=over_target,
        from_s=from_s,
        to_s=to_s,
        min_s=min_s,
        left_out=left_out,
    )


@router.get("/records")
def get_records(
    asked: AskedDep, paging: PagingDep, narrowed: Annotated[Narrowed, Depends(_narrowed)]
) -> views.RecordsPage:
    """The records behind a figure, newest first."""
    with asked.service.database.read() as session:
        where = asked.scope(session)
        table = asked.table(session, where)
        wanted = replace(narrowed, level=division_level(where))
        own = table.take(asked.period.marks(table))
        found = records_behind.behind(own, asked.interval, asked.profile, wanted, asked.service.setup.zone)
        shown = records_behind.page(found, paging.after(int, int), paging.limit + 1)
        items = record_views(session, shown, asked, where.tree, narrowed.left_out)
    rows = list(zip(items, shown.table.rows["received"].tolist(), strict=True))
    page = paging.page(rows, key_of=lambda row: (row[1], row[0].assignment_id), view_of=lambda row: row[0])
    return views.RecordsPage(items=page.items, next=page.next, total=len(found.table))


def division_level(where: Scope) -> str | None:
    """The divisions that a scope's rows are; None below a village."""
    return None if where.children_level == "incident" else where.children_level


def record_views(
    session: Session, found: Measured, asked: Asked, tree: DivisionTree, left_out: Reason | None = None
) -> list[views.RecordView]:
    """Records as a list shows them."""
    rows = records_behind.load(session, found)
    columns = (found.took.tolist(), found.is_measured.tolist(), found.is_over.tolist())
    return [
        _record(row, took / MICROSECONDS if is_measured else None, is_over, asked, tree, left_out)
        for row, took, is_measured, is_over in zip(rows, *columns, strict=True)
    ]


def _record(
    row: Assignment,
    interval_s: float | None,
    is_over: bool,  # noqa: FBT001 - a column's value
    asked: Asked,
    tree: DivisionTree,
    left_out: Reason | None,
) -> views.RecordView:
    target = asked.profile.target(Tier(row.tier), asked.interval)
    needed = milestones_of(asked.interval)
    return views.RecordView(
        **views.incident_behind(row.incident, tree),
        assignment_id=row.id,
        station_id=row.station_id,
        station=row.station.name,
        tier=row.tier,
        interval_s=interval_s,
        target_s=target.seconds if target else None,
        over_target=is_over if target and interval_s is not None else None,
        missing=[one.value for one in needed if getattr(row, one.column) is None],
        left_out=left_out,
        disposition=row.incident.disposition,
    )
