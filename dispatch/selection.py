"""Which stations go, in which order, and why the others do not. Pure.

Ranked: those with somebody to call first, then by travel time, then by how near their region is,
then by id so that the order is always the same.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.duty import Contact, on_duty
from dispatch.values import Tier
from geo.point import Point
from geo.travel import Travel, TravelTime

# Reasons, as they are kept with an assignment and shown by the API.
NEAREST = "nearest"
NEAREST_UNSTAFFED = "nearest_nobody_on_duty"
HOME_VILLAGE = "home_village"
NEXT_NEAREST = "next_nearest"
SENT_BY_DISPATCHER = "sent_by_dispatcher"
HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class StationCard:
    """A station that may be sent. `point` falls back to the centre of its region."""

    id: str
    name: str
    tier: Tier
    region_code: str
    point: Point | None
    in_service: bool
    out_until: datetime | None
    out_reason: str | None
    people: tuple[Contact, ...]

    def is_in_service(self, now: datetime) -> bool:
        """Tell whether it can be sent; an absence with an end is over by itself."""
        return self.in_service or (self.out_until is not None and self.out_until <= now)


@dataclass(frozen=True, slots=True)
class Place:
    """Where help is needed. Without a point, stations rank by region alone."""

    point: Point | None
    #: Village, town, district: nearest first, as far as they are known.
    region_codes: tuple[str, ...] = ()

    @property
    def village_code(self) -> str | None:
        """The home village."""
        return self.region_codes[0] if self.region_codes else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station that can be sent, with its journey and the reason of its rank."""

    station: StationCard
    travel: Travel | None
    reason: str
    staffed: bool = True


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A station that is not considered, and why."""

    station_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates best first, and who was passed over."""

    candidates: tuple[Candidate, ...]
    passed_over: tuple[PassedOver, ...]


def rank(
    stations: Iterable[StationCard],
    place: Place,
    travel: TravelTime,
    *,
    now: datetime,
    zone: ZoneInfo,
    already_sent: AbstractSet[str] = frozenset(),
) -> Ranking:
    """Rank the stations of one tier for a place.

    Args:
        stations: the active stations of the tier.
        place: where help is needed.
        travel: who knows how long each needs.
        now: the instant of the decision, for service and shifts.
        zone: the time zone of the shifts.
        already_sent: stations that are at this incident already; passed over.
    """
    candidates, passed_over = [], []
    for station in stations:
        if station.id in already_sent:
            passed_over.append(PassedOver(station.id, "already_sent"))
        elif not station.is_in_service(now):
            why = f": {station.out_reason}" if station.out_reason else ""
            passed_over.append(PassedOver(station.id, f"out_of_service{why}"))
        else:
            staffed = bool(on_duty(station.people, now, zone))
            journey = (
                travel.to(station.id, station.point, place.point) if station.point and place.point else None
            )
            reason = NEAREST if staffed else NEAREST_UNSTAFFED
            candidates.append(Candidate(station, journey, reason, staffed))
    candidates.sort(key=lambda candidate: _rank_key(candidate, place))
    return Ranking(tuple(candidates), tuple(passed_over))


def _rank_key(candidate: Candidate, place: Place) -> tuple[bool, float, int, str]:
    station = candidate.station
    codes = place.region_codes
    nearness = codes.index(station.region_code) if station.region_code in codes else len(codes)
    seconds = candidate.travel.travel_s if candidate.travel else float("inf")
    return not candidate.staffed, seconds, nearness, station.id


def first_sent(ranking: Ranking, tier: Tier, at_once: int, place: Place) -> Sequence[Candidate]:
    """Who goes at once: the nearest `at_once`, and in the village tier the home village's own."""
    chosen = list(ranking.candidates[:at_once])
    if tier is Tier.VILLAGE and place.village_code and at_once > 0:
        own = [c for c in ranking.candidates if c.station.region_code == place.village_code]
        if own and not any(c.station.region_code == place.village_code for c in chosen):
            chosen.append(Candidate(own[0].station, own[0].travel, HOME_VILLAGE, own[0].staffed))
    return chosen
