"""The hand-over sheet: what an officer reads to 119 on the telephone when the line is down."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api import incident_rows
from api.callers import Caller
from api.context import Service
from api.masking import for_caller
from dispatch.centre_facts import CentreFacts, facts_for_centre
from dispatch.values import DeviceKind


def sheet_values(service: Service, caller: Caller, incident_id: str) -> dict[str, Any]:
    """What the template shows: the same facts that the centre's system is sent, and how that went.

    Raises NotFoundError unless the caller sees the incident.
    """
    with service.database.read() as session:
        row = incident_rows.load(session, caller, incident_id)
        view = incident_rows.view(row, service.setup.roster.get(session).tree, caller)
        facts = facts_for_centre(session, service.setup, row)
    seen = CentreFacts.model_validate(for_caller(caller, facts.model_dump(mode="json")))
    return {
        "facts": seen,
        "windows": [signal for signal in seen.signals if signal.kind == DeviceKind.ESCAPE_WINDOW],
        "handover": view.handover,
        "clock": _clock(service.setup.zone),
        "printed_at": service.clock.now(),
    }


def _clock(zone: ZoneInfo) -> Callable[[datetime | None], str]:
    def local(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%m-%d %H:%M:%S") if at else "—"

    return local
