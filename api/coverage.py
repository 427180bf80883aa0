"""Coverage over HTTP: who is not reached in time, what would change, where the next station helps most.

The work is done in a worker thread, and what takes long one at a time. numpy and scipy are imported by the
first request: the service starts without them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api import scope
from api.callers import Caller, Reader
from api.context import Service, ServiceDep
from api.coverage_views import (
    BestSitesReport,
    CoverageMap,
    PremisesReport,
    VillagesReport,
    WhatIf,
    WhatIfReport,
)
from api.once import OnceDep
from api.problems import Problem
from dispatch.values import Tier
from store.places import Premises

if TYPE_CHECKING:
    from api.coverage_facts import Seen

router = APIRouter(prefix="/reports/coverage", tags=["reports"])

_AGAIN_AFTER_S = 5
_computing = Lock()

TierQuery = Annotated[Tier, Query(description="Tier of the stations")]
WithinQuery = Annotated[
    int | None,
    Query(gt=0, le=86_400, description="Limit of the way to the place, seconds; left out: the plan's target"),
]
RegionQuery = Annotated[str | None, Query(description="Only premises in this division: its code")]


@router.get("", response_model=PremisesReport | VillagesReport)
def get_coverage(
    caller: Reader,
    service: ServiceDep,
    tier: TierQuery = Tier.VILLAGE,
    within_s: WithinQuery = None,
    region: RegionQuery = None,
    of: Annotated[Literal["premises", "villages"], Query(description="What the features are")] = "premises",
    limit: Annotated[int, Query(ge=1, le=250_000, description="Most features in the answer")] = 20_000,
) -> Response:
    """Which premises, or villages, no station in service reaches in time: GeoJSON, farthest first."""
    from api import coverage_facts  # noqa: PLC0415 - scipy, see the module's docstring

    seen = _seen(service, caller, tier, within_s, region)
    if of == "villages":
        return _json(coverage_facts.unreached_villages(seen, limit))
    return _json(coverage_facts.unreached_premises(seen, limit))


@router.get("/map", response_model=CoverageMap)
def get_map(
    caller: Reader,
    service: ServiceDep,
    tier: TierQuery = Tier.VILLAGE,
    within_s: WithinQuery = None,
    region: RegionQuery = None,
) -> Response:
    """All premises, reached or not, with boundaries and closures, for drawing."""
    from api import coverage_facts  # noqa: PLC0415 - scipy, see the module's docstring

    return _json(coverage_facts.drawn(_seen(service, caller, tier, within_s, region)))


@router.post("/what-if", response_model=WhatIfReport)
def what_if(body: WhatIf, caller: Reader, service: ServiceDep, _: OnceDep) -> Response:
    """What would change if stations were added, moved or closed, or roads closed; nothing is stored."""
    from api import coverage_facts  # noqa: PLC0415 - scipy, see the module's docstring

    with service.database.read() as session:
        for station_id in (*(moved.station_id for moved in body.move), *body.close_stations):
            scope.check_station(session, caller, station_id)
    with _one_at_a_time():
        seen = _seen(service, caller, body.tier, body.within_s, body.region)
        return _json(coverage_facts.what_if(seen, body))


@router.get("/best-sites", response_model=BestSitesReport)
def get_best_sites(
    caller: Reader,
    service: ServiceDep,
    tier: TierQuery = Tier.VILLAGE,
    within_s: WithinQuery = None,
    region: RegionQuery = None,
    count: Annotated[int, Query(ge=1, le=20, description="How many sites at most")] = 3,
) -> Response:
    """Where new stations would bring most people within reach, best first."""
    from api import coverage_facts  # noqa: PLC0415 - scipy, see the module's docstring

    with _one_at_a_time():
        return _json(coverage_facts.best(_seen(service, caller, tier, within_s, region), count))


def _seen(service: Service, caller: Caller, tier: Tier, within_s: int | None, region: str | None) -> "Seen":
    """What a caller may see of what he asks for. Raises NotFoundError for a region outside his own."""
    from api import coverage_facts  # noqa: PLC0415 - scipy, see the module's docstring

    conditions = [scope.premises(caller)]
    with service.database.read() as session:
        if region is not None:
            scope.check_region(session, caller, region)
            conditions.append(Premises.village_code.in_(scope.codes_below(region)))
        within = within_s or service.setup.plan.of(tier).target_response_s
        now = service.clock.now()
        bound = region or caller.region_code
        return coverage_facts.look(
            session, service.setup, conditions, tier, within, bound, caller.region_code, now=now
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Raises Problem 503 while another is at work in this process: alarms need the processor."""
    if not _computing.acquire(blocking=False):
        raise Problem(
            503,
            f"another calculation of coverage is under way; try again in {_AGAIN_AFTER_S} s",
            headers={"Retry-After": str(_AGAIN_AFTER_S)},
        )
    try:
        yield
    finally:
        _computing.release()


def _json(answer: BaseModel) -> Response:
    """Written once: what we made ourselves need not be checked again, and there may be a lot of it."""
    return Response(answer.model_dump_json(), media_type="application/json")
