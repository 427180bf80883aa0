"""`?from=&to=` of lists and reports."""

from typing import Annotated

from fastapi import Depends, Query

from api.context import ServiceDep
from dispatch.review import Period, parse_period


def _period(
    service: ServiceDep,
    start: Annotated[
        str | None,
        Query(alias="from", description="From this date (local midnight) or RFC 3339 instant on"),
    ] = None,
    end: Annotated[
        str | None,
        Query(alias="to", description="Before this date (local midnight) or RFC 3339 instant"),
    ] = None,
) -> Period:
    return parse_period(start, end, service.setup.zone)


PeriodDep = Annotated[Period, Depends(_period)]
