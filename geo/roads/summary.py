"""What a road network holds, for people: how much of it, how well it hangs together, what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.roads.building import parts
from geo.roads.classes import Mode
from geo.roads.costs import usable
from geo.roads.network import RoadNetwork


@dataclass(frozen=True, slots=True)
class RoadSummary:
    """Figures of one network.

    Attributes:
        source: the file it is from.
        attribution: to be shown wherever the data is shown.
        nodes: how many.
        directed_edges: a two-way segment counts twice.
        km_by_class: kilometres of road.
        km_not_for_engines: too narrow, barred, or a path.
        share_connected: of the nodes on streets that engines use, the share from each of which every other
            one can be driven to.
        left_out: what was left out and how often.
    """

    source: str
    attribution: str
    nodes: int
    directed_edges: int
    km_by_class: Mapping[str, float]
    km_not_for_engines: float
    share_connected: float
    left_out: Mapping[str, int]


def summarise(network: RoadNetwork) -> RoadSummary:
    """Count a network."""
    km = np.bincount(network.road_class, network.length_m, len(network.class_names)) / 1000
    driven = usable(network, Mode.ENGINE)
    on_streets = np.unique(np.concatenate((network.start[driven], network.end[driven])))
    in_part = np.bincount(parts(network, driven, both_ways=True)[on_streets])
    return RoadSummary(
        source=network.origin.source,
        attribution=network.origin.attribution,
        nodes=network.nodes,
        directed_edges=network.directed_edges,
        km_by_class={name: round(float(n), 1) for name, n in zip(network.class_names, km, strict=True) if n},
        km_not_for_engines=round(float(network.length_m[~driven].sum()) / 1000, 1),
        share_connected=float(in_part.max() / len(on_streets)) if len(on_streets) else 0.0,
        left_out=dict(network.origin.left_out),
    )
