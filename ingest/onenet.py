"""OneNET (China Mobile): what its HTTP push brings, of the old platform and of Studio.

The address is accepted only after a GET handshake has echoed `msg`; in captures such a GET is nothing.
Traps and where they were found are in `docs/formats.md`.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from ingest import nbiot
from ingest.nbiot import Sender
from ingest.nbiot_fields import as_int
from ingest.reading import Fact, Message, Reading, UndecodableError

_DATA_POINT = 1
_LOGIN = 2
#: An LwM2M path such as 3200_0_5750: it says of which type a value is, not what it means.
_LWM2M_PATH = re.compile(r"\d+[_/]\d+[_/]\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CONNECTION: Mapping[str, bool] = {"online": False, "1": False, "offline": True, "0": True}


def decode(message: Message) -> list[Fact]:
    """Read one push; [] for the handshake and answers to commands. Raises UndecodableError."""
    parts = [part for envelope in nbiot.envelopes(message) for part in _messages(envelope)]
    return [*nbiot.join([_attempt(part) for part in parts])]


def _messages(envelope: Mapping[str, Any]) -> list[Any]:
    """`msg` is an object, a list of them, or either as text."""
    if "msg" not in envelope:
        if "enc_msg" in envelope:
            raise UndecodableError("an encrypted push: set the push to plain text on OneNET")
        return [envelope]
    said = envelope["msg"]
    if isinstance(said, str):
        try:
            said = from_json(said.encode(errors="surrogatepass"), allow_inf_nan=False)
        except ValueError:
            raise UndecodableError(f"msg is no JSON: {str(said)[:40]!r}") from None
    return said if isinstance(said, list) else [said]


def _attempt(said: object) -> list[Reading] | UndecodableError:
    try:
        return _read(said)
    except UndecodableError as refusal:
        return refusal


def _read(said: object) -> list[Reading]:
    if not isinstance(said, dict):
        raise UndecodableError(f"msg is a JSON {type(said).__name__}, not an object")
    called = (said.get(key) for key in ("dev_id", "deviceId", "dev_name", "deviceName"))
    at = nbiot.instant(said.get("at", said.get("time")))
    sender = Sender(nbiot.names(nbiot.imei(said.get("imei")), *called), device_at=at)
    kind = as_int(said.get("type"))
    if kind == _LOGIN:
        return [_connection(said.get("status"), sender)]
    if kind == _DATA_POINT or "value" in said:
        return _data_point(said.get("ds_id"), said.get("value"), sender)
    if kind is not None:
        return []  # an answer to a command, which we do not send
    return _studio(said, sender)


def _data_point(stream: object, value: object, sender: Sender) -> list[Reading]:
    if isinstance(value, dict | list):
        return nbiot.read(value, sender)
    if not isinstance(stream, str) or _LWM2M_PATH.fullmatch(stream):
        return nbiot.read(value, sender)
    readings = nbiot.read({stream: value}, sender)
    is_read = any(found.conditions or found.events for found in readings)
    if is_read or not isinstance(value, str) or _NUMBER.fullmatch(value):
        return readings
    return nbiot.read(value, sender)


def _studio(said: Mapping[str, Any], sender: Sender) -> list[Reading]:
    """Studio: `notifyType` with `data.params`, or a word for the device's coming and going."""
    for key in ("notifyType", "status", "subType"):
        if str(said.get(key)).lower() in ("online", "offline"):
            return [_connection(said[key], sender)]
    content = next((said[key] for key in ("data", "params", "properties") if key in said), None)
    if isinstance(content, dict) and str(content.get("status")).lower() in ("online", "offline"):
        return [_connection(content["status"], sender)]
    if content is None:
        raise UndecodableError("neither a type that we know, nor data")
    params = content.get("params", content) if isinstance(content, dict) else None
    if said.get("notifyType") == "event" and isinstance(params, dict) and params:
        return nbiot.join([_event(name, given, sender) for name, given in params.items()])
    return nbiot.read(content, sender)


def _event(name: str, given: object, sender: Sender) -> list[Reading] | UndecodableError:
    """An event is its name with a value of several fields; anything else is a property."""
    value = given.get("value", given) if isinstance(given, dict) else given
    if isinstance(value, dict):
        return nbiot.event(name, value, sender)
    return nbiot.attempt({name: given}, sender)


def _connection(status: object, sender: Sender) -> Reading:
    is_offline = _CONNECTION.get(str(status).lower())
    if is_offline is None:
        raise UndecodableError(f"status {str(status)[:20]!r}: neither 1 (online) nor 0 (offline)")
    return nbiot.connection(sender, is_offline=is_offline)
