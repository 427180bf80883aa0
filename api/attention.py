"""What needs a human now, in one list: for the top of the board and for whoever watches by other means."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api import attention_rows
from api.callers import Reader
from api.context import ServiceDep
from dispatch import attention
from dispatch.attention import DarkVillage, Need, OpenIncident

router = APIRouter(tags=["incidents"])


class NeedView(BaseModel):
    """One thing that somebody has to see to."""

    kind: str = Field(
        description="service_fails, nobody_left, nobody_reached, no_answer, handover_open, place_unknown, "
        "messages_late or village_dark: the most urgent first"
    )
    text_zh: str = Field(description="One sentence for people: what is the matter, what to do; Chinese")
    text_en: str = Field(description="The same in English")
    since: datetime | None = Field(description="Since when, UTC; null where the record does not show it")
    drill: bool = Field(description="It is a drill; drills come last")
    incident_id: str | None = Field(description="Id of the incident")
    code: str | None = Field(description="What people call the incident")
    place: str | None = Field(description="Name of the incident's place, or of the village")
    area: str | None = Field(description="Name of the place's village, or of its town")
    village_code: str | None = Field(description="Code of the village that is dark")
    link: str = Field(description="Address on this server of the page where it is seen to")


class AttentionView(BaseModel):
    """What needs a human now."""

    items: list[NeedView] = Field(description="The most urgent first, the oldest first of a kind")
    total: int = Field(description="How many there are, also those beyond `limit`")
    kinds: dict[str, int] = Field(description="How many of each kind there are")


@router.get("/attention")
def show(
    caller: Reader,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=500, description="Items at most")] = 100,
) -> AttentionView:
    """Incidents without an answer, a place or 119's acceptance; dark villages; faults of the service."""
    now = service.clock.now()
    with service.database.read() as session:
        needs = attention.find(
            service.setup.plan,
            attention_rows.open_incidents(session, caller),
            attention_rows.dark_villages(session, caller),
            attention_rows.service_faults(session, service, now),
            now,
        )
    return AttentionView(
        items=[_view(need) for need in needs[:limit]],
        total=len(needs),
        kinds=Counter(need.kind.value for need in needs),
    )


def _view(need: Need) -> NeedView:
    incident, village = need.incident, need.village
    return NeedView(
        kind=need.kind,
        text_zh=need.words.zh,
        text_en=need.words.en,
        since=need.since,
        drill=incident is not None and incident.drill,
        incident_id=incident.id if incident else None,
        code=incident.code if incident else None,
        place=_place(incident, village),
        area=incident.area if incident else None,
        village_code=village.code if village else None,
        link=_link(incident, village),
    )


def _place(incident: OpenIncident | None, village: DarkVillage | None) -> str | None:
    if incident:
        return incident.place
    return village.name if village else None


def _link(incident: OpenIncident | None, village: DarkVillage | None) -> str:
    if incident:
        return f"/incidents/{incident.id}"
    return "/devices" if village else "/readiness"
