"""Is it alive, does it work, and what has it counted: for whoever watches the service."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.context import Service, ServiceDep
from api.problems import MEDIA_TYPE
from dispatch import probe, troubles
from dispatch.supervision import TroubleKind
from dispatch.values import IncidentStatus
from store.incidents import Incident, Notification
from store.signals import DeviceState
from store.types import Base
from store.upkeep import Trouble

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process lives."""

    status: str = Field(default="alive", description="Always alive")


class Ready(BaseModel):
    """Whether every part works."""

    ready: bool = Field(description="Every part works")
    detail: str = Field(description="What does not work, and why, in one line")
    checks: dict[str, str] = Field(description="Every part by name: ok, or why it does not work")


@router.get("/healthz")
def alive() -> Alive:
    """The process lives and answers; nothing else is asked."""
    return Alive()


@router.get("/readyz", response_model=Ready, responses={503: {"description": "Not ready: a problem"}})
def ready(service: ServiceDep) -> Response:
    """Database, broker and sender work; 503 and why otherwise."""
    whys: dict[str, str | None] = {"database": _why_no_database(service)}
    for name, ask in service.readiness.items():
        whys[name] = whys.get(name) or ask()
    faults = [f"{name}: {why}" for name, why in whys.items() if why]
    answer = Ready(
        ready=not faults,
        detail="; ".join(faults) or "every part works",
        checks={name: why or "ok" for name, why in whys.items()},
    ).model_dump()
    if not faults:
        return JSONResponse(answer)
    problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503}
    return JSONResponse(problem | answer, 503, media_type=MEDIA_TYPE)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(service: ServiceDep) -> Response:
    """What has been counted, in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Record(service))
    return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _why_no_database(service: Service) -> str | None:
    try:
        with service.database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as fault:
        return " ".join(str(fault).split("\n")[0].split())
    return None


class _Record(Collector):
    """What the record holds at this moment, as gauges; nothing where it cannot be read (/readyz says why)."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        incidents = GaugeMetricFamily("fire135_incidents_open", "Open incidents.", labels=["drill"])
        messages = GaugeMetricFamily("fire135_messages_waiting", "Messages not yet handed to a carrier.")
        devices = GaugeMetricFamily(
            "fire135_devices", "Devices that are expected, by state.", labels=["state"]
        )
        open_troubles = GaugeMetricFamily(
            "fire135_troubles_open",
            "What somebody has to see to; parts of it are not counted.",
            labels=["kind"],
        )
        probes = GaugeMetricFamily(
            "fire135_probe_last_success_timestamp_seconds",
            "When the service's own alarm last arrived at its stand-in phone, Unix time; nothing: never.",
        )
        try:
            with self._service.database.read() as session:
                if arrived_at := probe.state(session).arrived_at:
                    probes.add_metric([], arrived_at.timestamp())
                for is_drill in (False, True):
                    still_open = (Incident.status == IncidentStatus.OPEN, Incident.drill == is_drill)
                    incidents.add_metric([str(is_drill).lower()], _count(session, Incident, *still_open))
                waiting = Notification.status.in_(("queued", "sending"))
                messages.add_metric([], _count(session, Notification, waiting))
                by_state = select(DeviceState.state, func.count()).group_by(DeviceState.state)
                for state, count in session.execute(by_state):
                    devices.add_metric([state], count)
                is_own = (troubles.OPEN, troubles.OWN)
                by_kind = select(Trouble.kind, func.count()).where(*is_own).group_by(Trouble.kind)
                counts = dict(session.execute(by_kind).all())
                for kind in TroubleKind:
                    open_troubles.add_metric([kind], counts.get(kind, 0))
        except SQLAlchemyError:
            return
        yield from (incidents, messages, devices, open_troubles, probes)


def _count(session: Session, table: type[Base], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
