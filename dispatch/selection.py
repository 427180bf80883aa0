"""Which stations go, in which order, and why the others do not. Pure.

Ranked: those with somebody on duty who has a phone, then those within reach, then those that no other
incident holds, then by travel time, then by how near their region is, then by id so that the order is
always the same. Help is help: who ranks behind still goes when those before are gone. Passed over are only
stations out of service, those sent already, and those too far while enough others are near.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.duty import Contact
from dispatch.values import Tier
from geo.point import Point
from geo.travel import Comparison, Travel, TravelTimes

# Reasons, as they are kept with an assignment and shown by the API.
NEAREST = "nearest"
NEAREST_UNSTAFFED = "nearest_nobody_on_duty"
NO_CHIEF_REACHABLE = "no_chief_reachable"
COMMITTED = "committed"
TOO_FAR = "too_far"
HOME_VILLAGE = "home_village"
NEXT_NEAREST = "next_nearest"
SENT_BY_DISPATCHER = "sent_by_dispatcher"
HANDED_OVER = "handed_over"
# Reasons of those passed over, beside `too_far`.
ALREADY_SENT = "already_sent"
OUT_OF_SERVICE = "out_of_service"

#: So many stations are ranked, where there are so many, before any is passed over as too far: the first to
#: arrive is among the five nearest for 98.7 % of incidents (London Fire Brigade's log of 2017).
LEAST_RANKED = 5


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
    #: The registered premises that stand there, whose journeys may be ready.
    premises_id: str | None = None

    @property
    def village_code(self) -> str | None:
        """The home village."""
        return self.region_codes[0] if self.region_codes else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A station that can be sent, with its journey and the reason of its rank.

    `committed_to` is the code of another open incident that holds it; `not_by_road` says why its journey
    is not by road although there are roads.
    """

    station: StationCard
    travel: Travel | None
    reason: str
    staffed: bool = True
    committed_to: str | None = None
    not_by_road: str | None = None

    @property
    def why(self) -> str:
        """The reason in full, with the incident that holds it."""
        return f"{COMMITTED}: {self.committed_to}" if self.reason == COMMITTED else self.reason


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A station that is not considered, and why."""

    station: StationCard
    reason: str

    @property
    def station_id(self) -> str:
        """Which station."""
        return self.station.id


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates best first, and who was passed over.

    `fallback` says why all journeys are by straight line although there are roads.
    """

    candidates: tuple[Candidate, ...]
    passed_over: tuple[PassedOver, ...]
    fallback: str | None = None


def rank(
    stations: Sequence[StationCard],
    place: Place,
    travel: TravelTimes,
    *,
    now: datetime,
    zone: ZoneInfo,
    too_far_s: float,
    committed: Mapping[str, str] | None = None,
    already_sent: AbstractSet[str] = frozenset(),
) -> Ranking:
    """Rank the stations of one tier for a place.

    Args:
        stations: the active stations of the tier, compared by one yardstick whether they can go or not.
        place: where help is needed.
        travel: who knows how long each needs.
        now: the instant of the decision, for service and shifts.
        zone: the time zone of the shifts.
        too_far_s: who needs longer is passed over where enough others need less.
        committed: the code of the open incident that holds a station, by station id.
        already_sent: stations that are at this incident already; passed over.
    """
    compared = _compare(stations, place, travel)
    candidates, passed_over = [], []
    for station in stations:
        if station.id in already_sent:
            passed_over.append(PassedOver(station, ALREADY_SENT))
        elif not station.is_in_service(now):
            why = f": {station.out_reason}" if station.out_reason else ""
            passed_over.append(PassedOver(station, f"{OUT_OF_SERVICE}{why}"))
        else:
            held_by = (committed or {}).get(station.id)
            candidates.append(_candidate(station, compared, now, zone, too_far_s, held_by))
    candidates.sort(key=lambda candidate: _rank_key(candidate, place, too_far_s))
    kept, too_far = _within_reach(candidates, place, too_far_s)
    return Ranking(tuple(kept), (*passed_over, *too_far), compared.fallback)


def nearest(stations: Sequence[StationCard], place: Place, travel: TravelTimes) -> StationCard | None:
    """The nearest station of one tier, by the same yardstick, whether anybody of it could come or not."""
    compared = _compare(stations, place, travel)
    candidates = [Candidate(station, compared.travels.get(station.id), NEAREST) for station in stations]
    first = min(candidates, key=lambda candidate: _nearness(candidate, place), default=None)
    return first.station if first else None


def _compare(stations: Iterable[StationCard], place: Place, travel: TravelTimes) -> Comparison:
    if place.point is None:
        return Comparison({})
    points = {station.id: station.point for station in stations if station.point is not None}
    return travel.compare(place.point, points, place_id=place.premises_id)


def _candidate(
    station: StationCard,
    compared: Comparison,
    now: datetime,
    zone: ZoneInfo,
    too_far_s: float,
    held_by: str | None,
) -> Candidate:
    journey = compared.travels.get(station.id)
    reachable = [person for person in station.people if person.phone]
    staffed = any(person.is_on_duty(now, zone) for person in reachable)
    if not staffed:
        reason = NEAREST_UNSTAFFED if reachable else NO_CHIEF_REACHABLE
    elif _is_too_far(journey, too_far_s):
        reason = TOO_FAR
    else:
        reason = NEAREST if held_by is None else COMMITTED
    return Candidate(station, journey, reason, staffed, held_by, compared.not_by_road.get(station.id))


def _is_too_far(journey: Travel | None, too_far_s: float) -> bool:
    return journey is not None and journey.travel_s > too_far_s


def _rank_key(candidate: Candidate, place: Place, too_far_s: float) -> tuple[Any, ...]:
    standing = (
        not candidate.staffed,
        _is_too_far(candidate.travel, too_far_s),
        candidate.committed_to is not None,
    )
    return (*standing, *_nearness(candidate, place))


def _nearness(candidate: Candidate, place: Place) -> tuple[bool, float, int, str]:
    """Journeys by road and by straight line are no yardstick for each other: those by road come first."""
    station, codes = candidate.station, place.region_codes
    level = codes.index(station.region_code) if station.region_code in codes else len(codes)
    if candidate.travel is None:
        return True, float("inf"), level, station.id
    return candidate.travel.method != "road", candidate.travel.travel_s, level, station.id


def _within_reach(
    candidates: list[Candidate], place: Place, too_far_s: float
) -> tuple[list[Candidate], list[PassedOver]]:
    """Pass over who is too far where enough staffed ones are near; the home village's own never."""
    far = [
        candidate
        for candidate in candidates
        if _is_too_far(candidate.travel, too_far_s) and candidate.station.region_code != place.village_code
    ]
    near = sum(c.staffed and not _is_too_far(c.travel, too_far_s) for c in candidates)
    if not far or near < LEAST_RANKED:
        return candidates, []
    dropped = {candidate.station.id for candidate in far}
    kept = [candidate for candidate in candidates if candidate.station.id not in dropped]
    return kept, [PassedOver(candidate.station, TOO_FAR) for candidate in far]


def first_sent(ranking: Ranking, tier: Tier, at_once: int, place: Place) -> Sequence[Candidate]:
    """Who goes at once: the best `at_once`; the nearest staffed one although another incident holds it;
    and in the village tier the home village's own.
    """
    if at_once <= 0:
        return []
    chosen = list(ranking.candidates[:at_once])
    staffed = [candidate for candidate in ranking.candidates if candidate.staffed]
    nearest = min(staffed, key=lambda candidate: _nearness(candidate, place), default=None)
    if nearest is not None and nearest not in chosen:
        chosen.append(nearest)
    if tier is Tier.VILLAGE and place.village_code:
        own = [c for c in ranking.candidates if c.station.region_code == place.village_code]
        if own and not any(c.station.region_code == place.village_code for c in chosen):
            chosen.append(replace(own[0], reason=HOME_VILLAGE))
    return chosen
