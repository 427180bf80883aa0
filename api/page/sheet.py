"""The hand-over sheet: what an officer reads to 119 on the telephone when the line is down."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api import incident_rows
from api.building import BuildingView, building_of, key_holders
from api.callers import Caller
from api.context import Service
from api.masking import on_purpose
from api.personal_data import Subject
from dispatch.centre_facts import CentreFacts, facts_for_centre
from dispatch.centre_sender import NO_LINE
from dispatch.errors import NotFoundError
from dispatch.values import HandoverStatus

#: The columns of the stations' table; a delivery of messages is nothing to read to 119.
_MILESTONES = ("notified", "acknowledged", "enroute", "on_scene", "cleared")
#: By then the centre has the incident, whatever becomes of later messages.
_TAKEN = frozenset(HandoverStatus) - {HandoverStatus.NONE, HandoverStatus.SENT, HandoverStatus.REJECTED}


def sheet_values(service: Service, caller: Caller, incident_id: str) -> dict[str, Any]:
    """What the template shows: the facts that the centre's system is sent, the building, and how that went.

    It is opened in order to ring, so that dispatchers see the numbers whole. Raises NotFoundError unless the
    caller sees the incident, and its home as it is now.
    """
    with service.database.read() as session:
        row = incident_rows.load(session, caller, incident_id)
        tree = service.setup.roster.get(session).tree
        if not incident_rows.sees_home(caller, row, tree):
            raise NotFoundError(f"incident {incident_id}: it is over, and lies outside your region")
        view = incident_rows.view(row, tree, caller)
        facts = facts_for_centre(session, service.setup, row)
        building = building_of(session, service, caller, row)
        holders = key_holders(session, service.setup, row)
    of = Subject("incident", incident_id, incident_id)
    return {
        "facts": CentreFacts.model_validate(on_purpose(caller, facts.model_dump(mode="json"), of)),
        **_building(building),
        "key_holders": on_purpose(caller, [list(holder) for holder in holders], of),
        "handover": view.handover,
        "is_taken": view.handover.status in _TAKEN,
        "has_no_line": view.handover.failure == NO_LINE,
        "milestones": _MILESTONES,
        "clock": _clock(service.setup.zone),
        "after": _after(view.opened_at),
        "printed_at": service.clock.now(),
    }


def _building(building: BuildingView) -> dict[str, Any]:
    """Notes and open windows with the floor of each."""
    storeys, card = building.storeys, building.card
    return {
        "needs_help": [(storey.floor, text) for storey in storeys for text in storey.needs_help],
        "hazards": [(storey.floor, text) for storey in storeys for text in storey.hazards],
        "open_windows": [
            (storey.floor, window) for storey in storeys for window in storey.windows if window.open
        ],
        "access": card and card.access,
        "lane_width_m": card and card.lane_width_m,
        "water": card and card.water,
    }


def _clock(zone: ZoneInfo) -> Callable[[datetime | None], str]:
    def local(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%m-%d %H:%M:%S") if at else "—"

    return local


def _after(opened_at: datetime) -> Callable[[datetime], str]:
    """Minutes and seconds since the alarm; a milestone before it is shown with its sign."""

    def elapsed(at: datetime) -> str:
        whole_s = int((at - opened_at).total_seconds())
        minutes, seconds = divmod(abs(whole_s), 60)
        return f"{'-' if whole_s < 0 else '+'}{minutes}:{seconds:02}"

    return elapsed
