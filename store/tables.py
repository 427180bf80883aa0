"""All tables at once: import this where `Base.metadata` must be complete."""

from store import access, incidents, places, reliability, signals, upkeep
from store.types import Base

__all__ = ["Base", "access", "incidents", "places", "reliability", "signals", "upkeep"]
