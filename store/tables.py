"""All tables at once: import this where `Base.metadata` must be complete."""

from store import access, availability, cards, incidents, places, reliability, roads, signals, upkeep
from store.types import Base

__all__ = [
    "Base",
    "access",
    "availability",
    "cards",
    "incidents",
    "places",
    "reliability",
    "roads",
    "signals",
    "upkeep",
]
