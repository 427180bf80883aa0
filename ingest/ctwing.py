"""CTWing (China Telecom AEP): what its HTTP push brings of NB-IoT and TCP devices.

Its packet numbers (`upPacketSN` -1 or "") say nothing and are not read; a push that comes again is
found by its state. Traps and where they were found are in `docs/formats.md`.
"""

from collections.abc import Mapping
from typing import Any

from dispatch.values import EventKind
from ingest import nbiot
from ingest.nbiot import Sender
from ingest.nbiot_fields import as_int, shown
from ingest.reading import Fact, Hint, Message, Reading, UndecodableError

_DATA = frozenset({"dataReport", "dataReportTupUnion"})
#: Answers to our commands, which we do not send.
_OUR_OWN = frozenset({"commandResponse"})
#: `eventType` of an event: 1 informs, 2 alarms, 3 is a fault; what the event is, each product defines.
_INFORMS = 1


def decode(message: Message) -> list[Fact]:
    """Read one push; [] for answers to commands and handshakes. Raises UndecodableError."""
    readings = nbiot.join([_attempt(envelope) for envelope in nbiot.envelopes(message)])
    return [*_hints(readings), *readings]


def _attempt(envelope: Mapping[str, Any]) -> list[Reading] | UndecodableError:
    try:
        return _read(envelope)
    except UndecodableError as refusal:
        return refusal


def _read(envelope: Mapping[str, Any]) -> list[Reading]:
    kind = str(envelope.get("messageType"))
    if kind in _OUR_OWN:
        return []
    called = nbiot.names(
        nbiot.imei(envelope.get("IMEI")), envelope.get("deviceId"), envelope.get("deviceCode")
    )
    product = nbiot.name_of(envelope.get("productId"))
    sender = Sender(called, product, nbiot.instant(envelope.get("timestamp")))
    if kind == "deviceOnlineOfflineReport":
        state = as_int(envelope.get("eventType"))
        if state not in (0, 1):
            raise UndecodableError(f"eventType {str(state)[:20]}: neither 1 (online) nor 0 (offline)")
        return [nbiot.connection(sender, is_offline=state == 0)]
    if kind == "eventReport" or "eventContent" in envelope:
        return _event(envelope, sender)
    if kind in _DATA or "payload" in envelope:
        return nbiot.read(_content(envelope.get("payload")), sender)
    raise UndecodableError(f"messageType {kind[:40]!r} is none that we know")


def _event(envelope: Mapping[str, Any], sender: Sender) -> list[Reading]:
    """An event that is more than information and that nobody understands is a fault, not silence."""
    code, service = as_int(envelope.get("eventType")), shown(envelope.get("serviceId"))
    readings = nbiot.read(envelope.get("eventContent"), sender)
    if code == _INFORMS or any(found.conditions or found.events for found in readings):
        return readings
    data = {"unread": f"event of service {service}, type {code}"}
    return [
        Reading(
            found.external_id,
            events=(EventKind.FAULT,),
            gateway=found.gateway,
            aliases=found.aliases,
            device_at=found.device_at,
            data=data,
        )
        for found in readings
    ]


def _content(payload: object) -> object:
    """A payload is fields, or the device's own bytes in base64 as `APPdata`."""
    if isinstance(payload, dict) and isinstance(payload.get("APPdata"), str):
        return payload["APPdata"]
    return payload


def _hints(readings: list[Reading]) -> list[Hint]:
    """Reports of coming and going name no IMEI: so what has both names ties them together."""
    return [
        Hint(each.gateway, alias, each.external_id)
        for each in readings
        if each.gateway is not None and nbiot.is_imei(each.external_id)
        for alias in each.aliases
    ]
