"""What a station answers, said over the API: by its own people, or by a dispatcher on behalf."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api.access import Role
from api.callers import Responder
from api.decisions import check_own, decide
from api.fields import Body, Name, Note
from api.incident_views import IncidentView
from api.once import Once, OnceDep
from dispatch import answers
from dispatch.values import Answer

router = APIRouter(prefix="/incidents/{incident_id}", tags=["incidents"])


class StationAnswer(Body):
    """What a station says: the same words, and the same effect, as by SMS, voice key or terminal."""

    station_id: Name = Field(description="Id of a station that was sent")
    answer: Answer = Field(
        description="coming, enroute, on_scene, cannot (the next station goes at once), "
        "false_alarm (told to the duty officer), need_help (the next station goes as well)"
    )
    person_id: Name | None = Field(
        default=None, description="Id of the person of the station who said it; left out: the station"
    )
    note: Note | None = Field(default=None, description="What else was said")


@router.post("/answers", response_model=IncidentView)
def answer(incident_id: str, body: StationAnswer, _: Responder, once: OnceDep) -> Response:
    """Answer for one's own station, or as a dispatcher for any that was sent; the timeline names who did."""
    return take(once, incident_id, body)


def take(once: Once, incident_id: str, body: StationAnswer) -> Response:
    """Keep an answer once, from whichever door it came, and show the incident as it is then.

    Raises Problem, ConflictError, NotFoundError.
    """
    caller = once.caller

    def act(session: Session, now: datetime) -> None:
        if caller.role is Role.STATION:
            check_own(session, caller, body.station_id)
        answers.answer_for_station(
            session,
            once.service.setup,
            incident_id,
            body.station_id,
            body.answer,
            person_id=body.person_id,
            note=body.note,
            source=caller.source,
            actor=caller.name,
            now=now,
        )

    return decide(once, incident_id, body, act)
