"""Keep the roads up to date: a new table when the network, a closure, a station or premises have changed.

Built off the alarm's path and swapped in one step; scipy is imported only where there is a network.
"""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.rounds import Rounds
from dispatch.setup import Clock, DispatchSetup
from geo.point import Point
from registry import roads as kept
from registry.version import read_version
from store.database import Database
from store.places import Premises

if TYPE_CHECKING:
    from dispatch.road_tables import Wanted
    from geo.roads import RoadNetwork, StationSite

log = logging.getLogger(__name__)

#: A closure is to be in force within 5 s, building included (contract section 6).
_EVERY_S = 1.0


class RoadKeeper(Rounds):
    """Looks every second whether the roads of a setup still show what the record says."""

    #: Reading and building a network of a whole county may take half a minute on a busy machine.
    stalled_after_s: ClassVar[float] = 120

    def __init__(self, database: Database, setup: DispatchSetup, clock: Clock) -> None:
        super().__init__("roads", _EVERY_S)
        self._database, self._setup, self._clock = database, setup, clock
        self._network: tuple[int, RoadNetwork] | None = None
        #: The registry's version with what the tables need of it.
        self._registry: tuple[int, tuple[StationSite, ...], dict[str, Point]] | None = None
        self._tried: Wanted | None = None

    def announce(self) -> None:
        """Ask whether there are roads to wait for: before anything starts that compares stations."""
        with self._database.read() as session:
            is_kept = kept.newest_id(session) is not None
        self._setup.roads.known_since = self._clock.now() if is_kept else None

    def look(self) -> None:
        """Build and swap if anything has changed since the last look; what failed is tried no more till then.

        A fault leaves what is in use as it is.
        """
        roads, now = self._setup.roads, self._clock.now()
        wanted = self._wanted(now)
        if wanted is None:
            self._network = self._tried = roads.in_use = roads.known_since = None
            roads.faults = ()
            return
        roads.known_since = roads.known_since or now
        if wanted != self._tried:
            self._tried = wanted
            roads.faults = self._build(wanted)

    def _round(self) -> None:
        before = self._setup.roads.faults
        self.look()
        for fault in self._setup.roads.faults:
            if fault not in before:
                log.error("roads: %s", fault)

    def _wanted(self, now: datetime) -> "Wanted | None":
        with self._database.read() as session:
            network_id = kept.newest_id(session)
            if network_id is None:
                return None
            closures = kept.closed_points(session, now)
            version = read_version(session)
            if self._registry is None or self._registry[0] != version:
                self._registry = (version, sites(session, self._setup), places(session))
        from dispatch.road_tables import Wanted  # noqa: PLC0415 - scipy, see the module's docstring

        return Wanted(network_id, self._registry[1], self._registry[2], closures)

    def _build(self, wanted: "Wanted") -> tuple[str, ...]:
        """Build and swap; gives the faults, each one line."""
        from dispatch.road_tables import build  # noqa: PLC0415 - scipy, see the module's docstring
        from geo.roads import RoadFileError  # noqa: PLC0415 - likewise

        roads = self._setup.roads
        try:
            built = build(wanted, self._read(wanted.network_id), roads.in_use)
        except RoadFileError as fault:
            return (str(fault),)
        except Exception as fault:
            log.exception("the roads could not be built; what was in use stays")
            return (f"could not be built ({fault}); see the log",)
        roads.in_use = built
        return built.closures_off

    def _read(self, network_id: int) -> "RoadNetwork":
        from geo.roads import RoadFileError, RoadNetwork  # noqa: PLC0415 - scipy

        if self._network is None or self._network[0] != network_id:
            with self._database.read() as session:
                found = kept.packed(session, network_id)
            if found is None:
                raise RoadFileError("stored road network", "replaced while it was read", "wait a second")
            self._network = (network_id, RoadNetwork.from_bytes(found))
        return self._network[1]


def sites(session: Session, setup: DispatchSetup) -> "tuple[StationSite, ...]":
    """Every active station that stands somewhere, and how its people travel."""
    from geo.roads import Mode, StationSite  # noqa: PLC0415 - scipy, see the module's docstring

    return tuple(
        StationSite(card.id, card.point, Mode(setup.plan.of(card.tier).travels_by))
        for card in setup.roster.get(session).stations
        if card.point is not None
    )


def places(session: Session) -> dict[str, Point]:
    """The premises whose position is known."""
    rows = session.execute(select(Premises.id, Premises.lon, Premises.lat).order_by(Premises.id))
    return {key: Point(lon, lat) for key, lon, lat in rows if lon is not None and lat is not None}
