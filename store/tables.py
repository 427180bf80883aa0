"""All tables at once: import this where `Base.metadata` must be complete."""

from store import access, incidents, places, signals, upkeep
from store.types import Base

__all__ = ["Base", "access", "incidents", "places", "signals", "upkeep"]
