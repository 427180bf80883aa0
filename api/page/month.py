"""The monthly report on paper: what `GET /reports/month` says, with the links of a page without scripts."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from api.monthly_views import MonthView
from api.page.catalogue import texts
from dispatch.monthly_facts import percent, whole_seconds

#: In which order a figure is compared with others, as the report names them.
_SPANS = ("month", "month_before", "year_before")
#: So many causes and buildings are printed; the page has them all.
_MOST = 10


def month_values(
    report: MonthView, given: Mapping[str, str | None], language: str, zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """What the template shows; `given` are the parameters of the page's own address."""
    first = date.fromisoformat(f"{report.month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    asked = {name: value for name, value in given.items() if value}
    review = {name: value for name, value in asked.items() if name != "month"}
    span = {"from": str(first), "to": str(after - timedelta(days=1))}
    return {
        "report": report,
        "place": report.scope.name or texts(language)["review.everywhere"],
        "spans": _SPANS,
        "most": _MOST,
        "left_out": report.left_out.model_dump().items(),
        "review_address": f"/review?{urlencode(span | review)}",
        "address": partial(_address, asked),
        "month_before": _month(first - timedelta(days=1)),
        "month_after": _month(after) if report.is_complete else None,
        "duration": _duration,
        "percent": percent,
        "clock": _clock(zone),
        "printed_at": now,
    }


def _address(asked: Mapping[str, str], **changes: str) -> str:
    """The same page with something else."""
    return f"?{urlencode({**asked, **changes})}"


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _duration(seconds: float | None) -> str:
    """0:24, 12:05, 1:02:33, rounded up as in the sentences; a dash for None, which never means zero."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(whole_seconds(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _clock(zone: ZoneInfo) -> Callable[[datetime], str]:
    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%m-%d %H:%M}"

    return local
