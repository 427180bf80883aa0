"""Huawei: pushes of IoTDA (`resource`, `notify_data`) and of OceanConnect before it (`notifyType`).

Traps and where they were found are in `docs/formats.md`.
"""

from collections.abc import Mapping
from typing import Any

from ingest import nbiot
from ingest.nbiot import Sender
from ingest.reading import Fact, Message, Reading, UndecodableError

#: IoTDA calls a device abnormal that has been silent for longer than it should.
_STATUS: Mapping[str, bool] = {"ONLINE": False, "OFFLINE": True, "ABNORMAL": True, "FROZEN": True}
#: A device that never came online yet.
_NOT_YET = frozenset({"INACTIVE", "INBOX", "None"})
_CONTENTS = ("properties", "data", "paras", "params", "content")


def decode(message: Message) -> list[Fact]:
    """Read one push; [] for what the platform says of itself. Raises UndecodableError."""
    parts = [part for envelope in nbiot.envelopes(message) for part in _parts(envelope)]
    return [*nbiot.join(parts)]


def _parts(envelope: Mapping[str, Any]) -> list[list[Reading] | UndecodableError]:
    try:
        if "notify_data" in envelope or "resource" in envelope:
            return _iotda(envelope)
        if "notifyType" in envelope:
            return _oceanconnect(envelope)
    except UndecodableError as refusal:
        return [refusal]
    return [UndecodableError("neither notify_data (IoTDA) nor notifyType (OceanConnect)")]


def _iotda(envelope: Mapping[str, Any]) -> list[list[Reading] | UndecodableError]:
    told = _object(envelope, "notify_data")
    header, body = _object(told, "header"), _object(told, "body")
    at = envelope.get("event_time_ms") or envelope.get("event_time")
    sender = _sender(header, at, ("device_id", "node_id"), "gateway_id")
    resource = envelope.get("resource")
    if resource == "device.status":
        return [_connection(body.get("status"), sender)]
    if resource == "device.message":
        return [nbiot.attempt(body.get("content", body), sender)]
    if resource in ("device.property", "device.event"):
        return _services(body.get("services", body), sender)
    return []


def _oceanconnect(envelope: Mapping[str, Any]) -> list[list[Reading] | UndecodableError]:
    sender = _sender(envelope, envelope.get("timestamp"), ("deviceId", "nodeId"), "gatewayId")
    kind = envelope["notifyType"]
    if kind in ("deviceDataChanged", "deviceDatasChanged"):
        return _services(envelope.get("services", envelope.get("service")), sender)
    if kind == "deviceEvent":
        return [nbiot.attempt(envelope.get("body", envelope.get("data")), sender)]
    if kind == "deviceInfoChanged":
        return [_connection(_object(envelope, "deviceInfo").get("status"), sender)]
    return []


def _sender(of: Mapping[str, Any], at: object, keys: tuple[str, ...], gateway_key: str) -> Sender:
    """Who is meant. A device that connects by itself is named as its own gateway."""
    called = nbiot.names(nbiot.imei(of.get("imei")), *(of.get(key) for key in keys))
    gateway = nbiot.name_of(of.get(gateway_key))
    return Sender(called, None if gateway in called else gateway, nbiot.instant(at))


def _services(services: object, sender: Sender) -> list[list[Reading] | UndecodableError]:
    """Each service is a report at its own time; a list holds several, in order."""
    found: list[list[Reading] | UndecodableError] = []
    for service in services if isinstance(services, list) else [services]:
        if not isinstance(service, dict):
            found.append(UndecodableError(f"a service that is a JSON {type(service).__name__}"))
            continue
        at = nbiot.instant(service.get("event_time") or service.get("eventTime"))
        content = next((service[key] for key in _CONTENTS if key in service), service)
        dated = Sender(sender.names, sender.gateway, at or sender.device_at)
        happened = service.get("event_type")
        if isinstance(happened, str) and isinstance(content, dict):
            found.append(nbiot.event(happened, content, dated))
        else:
            found.append(nbiot.attempt(content, dated))
    return found


def _connection(status: object, sender: Sender) -> list[Reading]:
    word = str(status)
    if word in _NOT_YET:
        return []
    if word not in _STATUS:
        raise UndecodableError(f"status {word[:20]!r} is none of {', '.join(_STATUS)}")
    return [nbiot.connection(sender, is_offline=_STATUS[word])]


def _object(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = of.get(key)
    if not isinstance(value, dict):
        raise UndecodableError(f"{key} is missing, or no object")
    return value
