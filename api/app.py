"""The HTTP application: every router, one shape of errors, one limit on what a request may hold."""

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api import (
    access_log,
    account,
    advice,
    alarms,
    aliyun_webhooks,
    answers,
    attention,
    availability,
    board,
    building,
    closures,
    commissioning,
    coverage,
    decisions,
    devices,
    docs,
    duty,
    false_alarms,
    health,
    incidents,
    monthly,
    phones,
    premises_cards,
    problems,
    pushes,
    readiness,
    registry,
    registry_import,
    reports,
    response_log,
    review,
    rota,
    sign_in,
    stream,
    troubles,
    users,
    webhooks,
)
from api.context import Service
from api.limits import BodyLimit
from api.page import routes as page
from api.page import station
from api.stream import Feed

_DESCRIPTION = """
Fire-alarm and micro-fire-station dispatch. Times are RFC 3339 UTC, positions WGS 84 degrees,
durations seconds (`_s`), lengths metres (`_m`). Errors are RFC 9457 problem details. Every POST takes
an `Idempotency-Key`. A token bound to a region sees only that region and what is below it.
"""

_WORTH_PACKING_BYTES = 1000


def create_app(service: Service) -> FastAPI:
    """Build the application over a service."""
    app = FastAPI(
        title="fire135",
        version="1",
        description=_DESCRIPTION,
        responses=problems.DOCUMENTED,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.state.feed = Feed(service)
    app.add_middleware(BodyLimit)
    # event streams are left as they are: nothing in them may wait for more
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_PACKING_BYTES, compresslevel=5)
    problems.install(app)
    for part in (
        registry_import,
        premises_cards,
        commissioning,  # before devices, whose ids may hold slashes and would swallow what follows
        devices,
        troubles,
        alarms,
        incidents,
        building,
        attention,
        board,
        decisions,
        answers,
        advice,
        closures,
        availability,
        duty,
        rota,
        reports,
        review,
        false_alarms,
        response_log,
        monthly,
        coverage,
        readiness,
        phones,
        registry,  # after all that follows on a row's id: an id may hold slashes, too
        users,
        account,
        access_log,
        stream,
    ):
        app.include_router(part.router, prefix="/api/v1")
    for part in (health, docs, sign_in, webhooks, aliyun_webhooks, pushes, page, station):
        app.include_router(part.router)
    return app
