"""Who can come and when: every station with its people, and the forecast of gaps."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import scope
from api.availability import AvailabilityView, availability
from api.callers import Caller, Reader
from api.context import Service, ServiceDep
from api.fields import Instant
from api.paging import Page, PagingDep
from dispatch import forecast
from dispatch.duty import call_order
from dispatch.errors import InvalidError
from dispatch.forecast import Gap, Reason, Turn, Window
from dispatch.roster import Roster
from dispatch.selection import StationCard
from dispatch.values import Tier
from store.places import Station

router = APIRouter(tags=["stations"])
#: How far the list of stations looks ahead (ours).
_AHEAD = timedelta(hours=24)


class Part(BaseModel):
    """A part of a window."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: datetime = Field(alias="from", description="Its beginning, UTC")
    to: datetime = Field(description="Its end, which is outside, UTC")


class GapView(Part):
    """When a station could not come."""

    reason: str = Field(description="nobody_on_duty or out_of_service")


class TurnView(Part):
    """When somebody is on duty."""

    person_id: str = Field(description="Id of the person")
    name: str = Field(description="The person's name")


class LeaveAhead(Part):
    """Leave that has not begun."""


class Member(BaseModel):
    """Somebody of a station."""

    person_id: str = Field(description="Id of the person")
    name: str = Field(description="The person's name")
    role: str = Field(description="chief, deputy, member, duty_officer or building_leader")
    always: bool = Field(description="On duty at any time but on days off and on leave: no shift says when")
    leave_ahead: list[LeaveAhead] = Field(description="Leave that has not begun, by its beginning")


class StationDuty(AvailabilityView):
    """A station, who is on duty there now and in the next 24 hours."""

    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Name of the station")
    tier: str = Field(description="village, town or district")
    region_code: str = Field(description="Code of its division")
    people: list[Member] = Field(description="Everybody it has, in the order of calling")
    turns: list[TurnView] = Field(description="Who is on duty when, within 24 hours from now")
    gaps: list[GapView] = Field(description="When it could not come, within 24 hours from now")


class StationGaps(BaseModel):
    """A station that could not come in a part of the window."""

    station_id: str = Field(description="Id of the station")
    station_name: str = Field(description="Name of the station")
    tier: str = Field(description="village, town or district")
    region_code: str = Field(description="Code of its division")
    region_name: str | None = Field(description="Name of its division")
    gaps: list[GapView] = Field(description="When it could not come, in order")


class VillageGaps(BaseModel):
    """A village without a station of its own whose nearest village station could not come."""

    region_code: str = Field(description="Code of the village")
    region_name: str | None = Field(description="Its name")
    station_id: str | None = Field(
        description="Its nearest village station; null where there is none or you may not see it"
    )
    station_name: str | None = Field(description="Name of that station; likewise")
    gaps: list[GapView] = Field(description="When nobody could come, in order")


class Forecast(Part):
    """Which stations nobody would answer for."""

    stations: int = Field(description="How many stations were looked at")
    items: list[StationGaps] = Field(description="Those with a gap, by id")
    villages: int = Field(description="How many villages without a station of their own were looked at")
    village_items: list[VillageGaps] = Field(description="Those whose nearest station has a gap, by code")


@router.get("/duty")
def list_duty(caller: Reader, service: ServiceDep, paging: PagingDep) -> Page[StationDuty]:
    """Every active station: in service, who is on duty now and the next 24 hours, who is on leave."""
    query = select(Station.id).where(Station.active, scope.stations(caller)).order_by(Station.id)
    if (after := paging.after(str)) is not None:
        query = query.where(Station.id > after[0])
    now = service.clock.now()
    with service.database.read() as session:
        ids = session.scalars(query.limit(paging.limit + 1)).all()
        roster = service.setup.roster.get(session)
    cards = {card.id: card for card in roster.stations}
    return paging.page(ids, key_of=lambda id_: (id_,), view_of=lambda id_: _duty(service, cards[id_], now))


@router.get("/reports/coverage/forecast", tags=["reports"])
def show_forecast(
    caller: Reader,
    service: ServiceDep,
    start: Annotated[
        Instant | None,
        Query(alias="from", description="From this RFC 3339 instant; left out: 22:00 of the coming night"),
    ] = None,
    end: Annotated[
        Instant | None,
        Query(alias="to", description="Before this RFC 3339 instant; left out: 06:00 of that night"),
    ] = None,
    tier: Annotated[Tier | None, Query(description="Only stations of this tier; left out: all")] = None,
) -> Forecast:
    """Which stations could not come, and which villages without one nobody would come to: as known now."""
    zone = service.setup.zone
    window = _window(start, end, forecast.coming_night(service.clock.now(), zone))
    with service.database.read() as session:
        cards = _seen(session, service, caller, tier)
        roster = service.setup.roster.get(session)
    tree = roster.tree
    found = [(card, forecast.gaps(card, window, zone)) for card in cards]
    items = [
        StationGaps(
            station_id=card.id,
            station_name=card.name,
            tier=card.tier,
            region_code=card.region_code,
            region_name=tree.name_of(card.region_code),
            gaps=[_gap(gap) for gap in gaps],
        )
        for card, gaps in found
        if gaps
    ]
    villages = _villages(service, caller, roster, window) if tier in (None, Tier.VILLAGE) else []
    return Forecast.model_validate(
        {
            "from": window.start,
            "to": window.end,
            "stations": len(cards),
            "items": items,
            "villages": len(villages),
            "village_items": [village for village in villages if village.gaps],
        }
    )


def _villages(service: Service, caller: Caller, roster: Roster, window: Window) -> list[VillageGaps]:
    """Every village that the caller may see and that has no station; where none covers it, all is a gap."""
    tree, bound_to = roster.tree, caller.region_code

    def is_seen(code: str) -> bool:
        return bound_to is None or tree.contains(bound_to, code)

    covered = forecast.covered(tree, roster.of_tier(Tier.VILLAGE), service.setup.roads)
    nobody = [Gap(window.start, window.end, Reason.NOBODY_ON_DUTY)]
    found = []
    for code, card in covered.items():
        if is_seen(code):
            gaps = forecast.gaps(card, window, service.setup.zone) if card else nobody
            named = card if card and is_seen(card.region_code) else None
            view = VillageGaps(
                region_code=code,
                region_name=tree.name_of(code),
                station_id=named.id if named else None,
                station_name=named.name if named else None,
                gaps=[_gap(gap) for gap in gaps],
            )
            found.append(view)
    return found


def _window(start: datetime | None, end: datetime | None, night: Window) -> Window:
    begins, ends = (start or night.start).astimezone(UTC), (end or night.end).astimezone(UTC)
    if ends <= begins:
        raise InvalidError(f"to {ends.isoformat()}: not after from {begins.isoformat()}; give both in order")
    if ends - begins > forecast.LONGEST:
        raise InvalidError(f"to {ends.isoformat()}: a forecast spans {forecast.LONGEST.days} days at most")
    return Window(begins, ends)


def _seen(session: Session, service: Service, caller: Caller, tier: Tier | None) -> list[StationCard]:
    ids = set(session.scalars(select(Station.id).where(scope.stations(caller))))
    cards = service.setup.roster.get(session).stations
    return [card for card in cards if card.id in ids and tier in (None, card.tier)]


def _duty(service: Service, card: StationCard, now: datetime) -> StationDuty:
    zone = service.setup.zone
    window = Window(now.astimezone(UTC), now.astimezone(UTC) + _AHEAD)
    return StationDuty(
        **availability(service, card, now).model_dump(),
        station_id=card.id,
        station_name=card.name,
        tier=card.tier,
        region_code=card.region_code,
        people=[
            Member(
                person_id=person.id,
                name=person.name,
                role=person.role,
                always=not person.shifts,
                leave_ahead=[
                    LeaveAhead.model_validate({"from": leave.from_at, "to": leave.until_at})
                    for leave in person.leave
                    if leave.from_at > now
                ],
            )
            for person in call_order(card.people)
        ],
        turns=[_turn(turn) for turn in forecast.turns(card, window, zone)],
        gaps=[_gap(gap) for gap in forecast.gaps(card, window, zone)],
    )


def _gap(gap: Gap) -> GapView:
    return GapView.model_validate({"from": gap.start, "to": gap.end, "reason": gap.reason})


def _turn(turn: Turn) -> TurnView:
    who = turn.person
    return TurnView.model_validate(
        {"from": turn.start, "to": turn.end, "person_id": who.id, "name": who.name}
    )
