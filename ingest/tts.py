"""The Things Stack v3: uplinks and joins as JSON on `v3/APPLICATION@TENANT/devices/DEVICE/up` and `/join`.

Fields that are empty, zero or false are left out. Traps and where they were found are in
`docs/formats.md`.
"""

from collections.abc import Mapping
from typing import Any

from dispatch.values import EventKind
from ingest.lorawan import Uplink, counter, eui, gateways_in, port_of, read
from ingest.lorawan_fields import names_in
from ingest.reading import Condition, Fact, Message, Reading, UndecodableError, percent

_MAX_ID_CHARACTERS = 200


def decode(message: Message) -> list[Fact]:
    """Read one message; [] for what says nothing of a device's state. Raises UndecodableError."""
    kind = message.topic.rsplit("/", 1)[-1]
    if kind not in ("up", "join") or not message.payload:
        return []
    said = message.json_object()
    ids = _object(said.get("end_device_ids"))
    name = ids.get("device_id")
    name = name[:_MAX_ID_CHARACTERS] if isinstance(name, str) and name else None
    device = eui(ids.get("dev_eui")) or name
    if device is None:
        raise UndecodableError("end_device_ids: neither dev_eui nor device_id")
    aliases = (name,) if name and name != device else ()
    live = said.get("simulated") is not True
    data: Mapping[str, Any] = {"replayed": True} if message.retained else {}
    if kind == "join":
        return [_join(device, aliases, _object(said.get("join_accept")), live=live, data=data)]
    uplink = said.get("uplink_message")
    if not isinstance(uplink, dict):
        raise UndecodableError("no uplink_message in an uplink")
    return [_up(device, aliases, ids, uplink, live=live, data=data)]


def _up(
    device: str,
    aliases: tuple[str, ...],
    ids: Mapping[str, Any],
    uplink: Mapping[str, Any],
    *,
    live: bool,
    data: Mapping[str, Any],
) -> Reading:
    model = _object(uplink.get("version_ids"))
    battery = _object(uplink.get("last_battery_percentage"))
    return read(
        Uplink(
            device,
            names_in(model.get("brand_id"), model.get("model_id"), ids.get("device_id")),
            port_of(uplink.get("f_port")),
            uplink.get("frm_payload"),
            uplink.get("decoded_payload"),
            counter(uplink.get("session_key_id") or ids.get("dev_addr"), uplink.get("f_cnt")),
            aliases=aliases,
            battery=percent(battery.get("value")),
            live=live and uplink.get("simulated") is not True,
            data={**data, **gateways_in(uplink.get("rx_metadata"), _gateway)},
        )
    )


def _gateway(heard: Mapping[str, Any]) -> object:
    return _object(heard.get("gateway_ids")).get("gateway_id")


def _join(
    device: str, aliases: tuple[str, ...], accept: Mapping[str, Any], *, live: bool, data: Mapping[str, Any]
) -> Reading:
    """A new session, in which frames are counted from 0 again."""
    session = accept.get("session_key_id")
    return Reading(
        device,
        {Condition.OFFLINE: False},
        events=(EventKind.ONLINE,),
        aliases=aliases,
        dedup_key=f"join:{session[:64]}" if isinstance(session, str) and session else None,
        live=live,
        data=data,
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
