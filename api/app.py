"""The HTTP application: every router, one shape of errors, one limit on what a request may hold."""

from fastapi import FastAPI

from api import (
    advice,
    alarms,
    aliyun_webhooks,
    answers,
    attention,
    availability,
    board,
    closures,
    commissioning,
    coverage,
    decisions,
    devices,
    docs,
    duty,
    health,
    incidents,
    problems,
    pushes,
    readiness,
    registry,
    registry_import,
    reports,
    rota,
    sign_in,
    stream,
    troubles,
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
    problems.install(app)
    for part in (
        registry,
        registry_import,
        commissioning,  # before devices, whose ids may hold slashes and would swallow what follows
        devices,
        troubles,
        alarms,
        incidents,
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
        coverage,
        readiness,
        stream,
    ):
        app.include_router(part.router, prefix="/api/v1")
    for part in (health, docs, sign_in, webhooks, aliyun_webhooks, pushes, page, station):
        app.include_router(part.router)
    return app
