"""The road network as read: immutable arrays, and the bytes it is kept as.

Roads are short straight segments (at most 100 m) between nodes. A segment is kept once, with a mark where
only its own direction (start to end) may be driven; `directed_edges` counts both directions of the
others.
"""

import json
import zipfile
import zlib
from dataclasses import asdict, dataclass, fields, replace
from io import BytesIO
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from geo.roads.errors import RoadFileError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a network is from, what must be shown beside it, what was left out (reason: how often)."""

    source: str
    attribution: str
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """Nodes and segments; every array is read-only. NaN = not known.

    Attributes:
        lon: of each node, degrees (WGS 84).
        lat: likewise.
        start: the node each segment starts at.
        end: the node it ends at.
        length_m: geodesic metres of each segment.
        road_class: of each segment, an index into `class_names`.
        speed_kmh: travelled speed as the data's owner gave it; replaces the class's.
        limit_kmh: the legal limit; only ever lowers the class's speed.
        width_m: clear width.
        one_way: vehicles may only go from start to end.
        barred: mask of the modes (`Mode.bit`) that may not use it.
        class_names: the classes met.
        origin: source, attribution, what was left out.
    """

    lon: Floats
    lat: Floats
    start: Ints
    end: Ints
    length_m: Floats
    road_class: NDArray[np.uint8]
    speed_kmh: Floats
    limit_kmh: Floats
    width_m: Floats
    one_way: Bools
    barred: NDArray[np.uint8]
    class_names: tuple[str, ...]
    origin: Origin

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            getattr(self, name).setflags(write=False)

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.lon)

    @property
    def segments(self) -> int:
        """How many segments."""
        return len(self.start)

    @property
    def directed_edges(self) -> int:
        """How many edges when both directions of a two-way segment count."""
        return int(2 * self.segments - self.one_way.sum())

    def chosen(self, segments: NDArray[Any], **changed: NDArray[Any]) -> Self:
        """The same network with these segments (indices or a mask), some of their arrays changed."""
        kept: dict[str, Any] = {name: getattr(self, name)[segments] for name in _OF_SEGMENTS}
        return replace(self, **(kept | changed))

    def to_bytes(self) -> bytes:
        """The network as a compressed archive of arrays, to be kept as one blob."""
        header = {"version": _VERSION, "class_names": self.class_names, "origin": asdict(self.origin)}
        told = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
        written = BytesIO()
        np.savez_compressed(written, header=told, **{name: getattr(self, name) for name in _ARRAYS})
        return written.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises RoadFileError when it is damaged or of another version.
        """
        advice = "read the road file again with `fire135 roads FILE`"
        try:
            with np.load(BytesIO(kept), allow_pickle=False) as archive:
                header = json.loads(archive["header"].tobytes())
                if header["version"] != _VERSION:
                    version = header["version"]
                    raise RoadFileError("stored road network", f"version {version}, not {_VERSION}", advice)
                arrays: dict[str, Any] = {name: archive[name] for name in _ARRAYS}
            return cls(**arrays, class_names=tuple(header["class_names"]), origin=Origin(**header["origin"]))
        except (OSError, EOFError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as fault:
            raise RoadFileError("stored road network", f"damaged ({fault})", advice) from None
        except ValueError as fault:
            if isinstance(fault, RoadFileError):
                raise
            raise RoadFileError("stored road network", f"damaged ({fault})", advice) from None


_ARRAYS = tuple(field.name for field in fields(RoadNetwork) if field.name not in {"class_names", "origin"})
_OF_SEGMENTS = _ARRAYS[2:]


def split(network: RoadNetwork, segments: Ints, fractions: Floats) -> tuple[RoadNetwork, Ints]:
    """Cut segments at places along them.

    Args:
        network: what is cut.
        segments: which segment each cut is on; one may be cut several times.
        fractions: how far along its segment each cut is, above 0 and below 1.

    Returns:
        the finer network, and the new node of each cut.
    """
    order = np.lexsort((fractions, segments))
    cut, along = segments[order], fractions[order]
    new = network.nodes + np.arange(len(cut))
    pieces = np.bincount(cut, minlength=network.segments) + 1
    parent = np.repeat(np.arange(network.segments), pieces)
    last = np.cumsum(pieces) - 1
    is_first, is_last = np.zeros(len(parent), bool), np.zeros(len(parent), bool)
    is_first[last - pieces + 1] = True
    is_last[last] = True
    start, end = network.start[parent], network.end[parent]
    low, high = np.zeros(len(parent)), np.ones(len(parent))
    start[~is_first], low[~is_first] = new, along
    end[~is_last], high[~is_last] = new, along
    at_start, at_end = network.start[cut], network.end[cut]
    finer = replace(
        network.chosen(parent, start=start, end=end, length_m=network.length_m[parent] * (high - low)),
        lon=np.append(network.lon, network.lon[at_start] * (1 - along) + network.lon[at_end] * along),
        lat=np.append(network.lat, network.lat[at_start] * (1 - along) + network.lat[at_end] * along),
    )
    nodes = np.empty(len(cut), np.int64)
    nodes[order] = new
    return finer, nodes
