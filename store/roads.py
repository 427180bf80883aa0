"""Tables of the roads: the network that is in use, and where people have closed it."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from store.types import Base

#: Closures that somebody has still to end, or that end by themselves; found by an index.
CLOSED = "ended_at IS NULL"


class RoadNetworkFile(Base):
    """A road network as `fire135 roads` built it; the newest row is the one in use."""

    __tablename__ = "road_networks"
    id: Mapped[int] = mapped_column(primary_key=True)
    #: The file that it was built from, and whose data it is: shown wherever roads are.
    source: Mapped[str]
    attribution: Mapped[str]
    built_at: Mapped[datetime]
    #: As `geo.roads.RoadNetwork.to_bytes` packs it: some megabytes, read only to be used.
    packed: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))


class RoadClosure(Base):
    """A place where the road is closed, WGS 84 degrees, until it is opened or `until_at` has come."""

    __tablename__ = "road_closures"
    id: Mapped[int] = mapped_column(primary_key=True)
    lon: Mapped[float]
    lat: Mapped[float]
    reason: Mapped[str]
    until_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_road_closures_closed",
            "id",
            sqlite_where=text(CLOSED),
            postgresql_where=text(CLOSED),
        ),
    )
