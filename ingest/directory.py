"""What this process remembers of the registry: which device is meant, and what it last said.

A memory, not the truth: it only decides which lane a message takes. The database decides what is
news (`intake`, and `heartbeats` once more before it believes that a message held none).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.reading import Hint, Reading
from registry.version import read_version
from store.places import Device
from store.signals import DeviceName, DeviceState

NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Known:
    """A device of the registry and its conditions after its last reading."""

    device_id: str
    conditions: Mapping[str, bool]


def names_of(reading: Reading, address: str | None) -> tuple[str, ...]:
    """The external ids under which a device may be registered, the surest first."""
    return tuple(dict.fromkeys(filter(None, (address, *reading.aliases, reading.external_id))))


class Directory:
    """Devices by source and external id. Not thread-safe."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._device_ids: dict[tuple[str, str], str] = {}
        self._conditions: dict[str, Mapping[str, bool]] = {}
        self._addresses: dict[tuple[str, str | None, str], str] = {}

    def refresh(self, session: Session) -> None:
        """Read everything again if the registry has changed."""
        version = read_version(session)
        if version == self._version:
            return
        self._device_ids, self._conditions = {}, {}
        rows = session.execute(
            select(Device.id, Device.source, Device.external_id, DeviceState.conditions).outerjoin(
                DeviceState, DeviceState.device_id == Device.id
            )
        )
        for device_id, source, external_id, conditions in rows:
            self.learn(source, external_id, Known(device_id, conditions or {}))
        self._addresses = {
            (row.source, row.gateway, row.name): row.address for row in session.scalars(select(DeviceName))
        }
        self._version = version

    def find(self, source: str, reading: Reading) -> Known | None:
        """The device that a reading speaks of, if it is remembered."""
        address = self._addresses.get((source, reading.gateway, reading.external_id))
        for name in names_of(reading, address):
            device_id = self._device_ids.get((source, name))
            if device_id is not None:
                return Known(device_id, self._conditions[device_id])
        return None

    def learn(self, source: str, external_id: str, known: Known) -> None:
        """Remember a device; the native format names every device by the registry's own id, too."""
        self._device_ids[source, external_id] = known.device_id
        self._device_ids[NATIVE, known.device_id] = known.device_id
        self._conditions[known.device_id] = known.conditions

    def learn_name(self, source: str, hint: Hint) -> None:
        """Remember what a gateway calls a device."""
        self._addresses[source, hint.gateway, hint.name] = hint.address
