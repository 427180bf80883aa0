"""What a story is made of: what devices do, what people do, what must be seen. Data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# -- devices ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ZigbeeReports:
    """A device behind the Zigbee2MQTT bridge reports changes."""

    name: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ZigbeeLost:
    """The bridge can no longer reach a device."""

    name: str


@dataclass(frozen=True, slots=True)
class BridgeLost:
    """The bridge loses power; the broker says its last will."""


@dataclass(frozen=True, slots=True)
class BridgeBack:
    """The bridge starts again and publishes everything that it has cached."""


@dataclass(frozen=True, slots=True)
class NativeSays:
    """A native device sends an event of a canonical kind; a station terminal does so, too."""

    device_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class GatewayLost:
    """A native gateway loses power."""

    gateway_id: str


@dataclass(frozen=True, slots=True)
class GatewayBack:
    """A native gateway is there again."""

    gateway_id: str


# -- people -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """Whoever a station's first page went to answers by text.

    Where no phones can be reached, the milestone that it stands for is set on the page instead; None:
    the answer has no milestone, and is left out there.
    """

    station_id: str
    text: str
    milestone: str | None


@dataclass(frozen=True, slots=True)
class SetsMilestone:
    """Someone of a station presses a milestone's button on the page."""

    station_id: str
    milestone: str


@dataclass(frozen=True, slots=True)
class CentreAccepts:
    """The 119 centre takes the incident over, under a number that is invented here."""

    number: str


@dataclass(frozen=True, slots=True)
class DeskCloses:
    """The duty desk closes the incident."""

    disposition: str
    cause: str | None = None
    note: str | None = None


# -- what must be seen, else the story fails ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IsOpen:
    """There is an open incident at the place; `grade` None: of either grade."""

    grade: str | None = None


@dataclass(frozen=True, slots=True)
class ArePaged:
    """These stations are sent, and were notified within this many seconds of each other."""

    station_ids: tuple[str, ...]
    within_s: float = 1.0


@dataclass(frozen=True, slots=True)
class HasReached:
    """A station has reached a milestone."""

    station_id: str
    milestone: str


@dataclass(frozen=True, slots=True)
class IsCalled:
    """Someone of a station is rung."""

    station_id: str


@dataclass(frozen=True, slots=True)
class AreTold:
    """At least so many people of a station got a message."""

    station_id: str
    people: int


@dataclass(frozen=True, slots=True)
class IsHandedOver:
    """The hand-over to the 119 centre has one of these states."""

    states: tuple[str, ...] = ("sent", "accepted")


@dataclass(frozen=True, slots=True)
class IsClosed:
    """The incident is closed as this."""

    disposition: str


@dataclass(frozen=True, slots=True)
class DeviceShows:
    """The registry shows a device in this state."""

    device_id: str
    state: str


@dataclass(frozen=True, slots=True)
class GetsText:
    """A person gets a text that holds these words; only seen where phones can be looked at."""

    person_id: str
    words: str


@dataclass(frozen=True, slots=True)
class NobodyIsPaged:
    """There is no open incident at the place."""


IncidentSeen = IsOpen | ArePaged | HasReached | IsCalled | AreTold | IsHandedOver | IsClosed
Seen = IncidentSeen | DeviceShows | GetsText | NobodyIsPaged
DeviceDone = ZigbeeReports | ZigbeeLost | BridgeLost | BridgeBack | NativeSays | GatewayLost | GatewayBack
PersonDone = Answers | SetsMilestone | CentreAccepts | DeskCloses


@dataclass(frozen=True, slots=True)
class Step:
    """Something at an instant of the story, seconds since its start; `say` tells it in Chinese."""

    at_s: float
    what: DeviceDone | PersonDone | Seen
    say: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story at one premises.

    `zigbee` holds the state in which each Zigbee device rests before the story, by friendly name.
    `must_be_seen_within_s` is how long each expectation is waited for, real seconds: the service's
    own plan does not run faster because a story does.
    """

    name: str
    title: str
    premises_id: str
    steps: tuple[Step, ...]
    zigbee: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    must_be_seen_within_s: float = 20.0
