"""What one Home Assistant discovery message describes: entities, and how their values are read. Pure.

Source: Home Assistant's MQTT discovery (single-component and device-based messages, abbreviations) and
its binary sensor, whose payloads are "ON" and "OFF" unless the description says otherwise.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from ingest.reading import Message, UndecodableError
from ingest.remembered import remembered
from ingest.report import MAX_PARTS, flag, is_name

#: A device-based description lists all entities of a device, with pictures and links.
MAX_CONFIG_BYTES = 64 * 1024
_MAX_TEMPLATE_CHARACTERS = 500
_MAX_AVAILABILITIES = 4
_MAX_IDENTIFIERS = 4
#: What Home Assistant abbreviates, of that which we read.
_ABBREVIATIONS: Mapping[str, str] = {
    "avty": "availability",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "ids": "identifiers",
    "mdl": "model",
    "mf": "manufacturer",
    "off_dly": "off_delay",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "sa": "suggested_area",
    "sn": "serial_number",
    "stat_t": "state_topic",
    "t": "topic",
    "uniq_id": "unique_id",
    "val_tpl": "value_template",
}
#: Component keys of a device-based description that hold for all of its entities.
_SHARED = (
    "availability",
    "availability_topic",
    "availability_template",
    "payload_available",
    "payload_not_available",
    "state_topic",
)
_KEPT = ("name", "device_class", "state_topic", "unique_id")
_KEPT_OF_DEVICE = ("name", "manufacturer", "model", "serial_number", "suggested_area")
#: `{{ value_json.a['b'][0] | upper }}`. Filters change the spelling, and spelling is not compared.
_PATH = re.compile(r"\{\{-?\s*value_json((?:\.\w+|\[[^\[\]]{1,80}\])+)\s*(?:\|[^{}]*)?-?\}\}")
_STEP = re.compile(r"\.(\w+)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+))\s*\]")
_BARE = re.compile(r"\{\{-?\s*value\s*(?:\|[^{}]*)?-?\}\}")
#: What Home Assistant itself takes for "nothing known".
_UNKNOWN = frozenset({"", "none", "unknown", "unavailable"})
#: A message that does not speak of the entity.
UNSAID = object()


class UnreadableError(Exception):
    """A state that cannot be read as its description says; the text says why."""


class State:
    """The payload of one message, read at most once for all entities whose state it carries."""

    def __init__(self, message: Message) -> None:
        self.topic = message.topic
        self.text = message.payload.decode(errors="replace").strip()
        self._message = message

    @cached_property
    def json(self) -> Any:
        """The payload as JSON. Raises UnreadableError."""
        try:
            return self._message.json_value()
        except UndecodableError as fault:
            raise UnreadableError(str(fault)) from None

    def value(self, template: str) -> object:
        """What a template takes from it, UNSAID for what is not there. Raises UnreadableError."""
        if not template:
            is_object = self.text.startswith("{") and isinstance(self.json, dict)
            return _said(self.json.get("state", UNSAID) if is_object else self.text)
        steps = _steps(template)
        if steps is None:
            raise UnreadableError(f"the template {template[:80]!r} is more than a path")
        value = self.json if steps else self.text
        for key, index in steps:
            if index is not None and isinstance(value, list):
                value = value[index] if index < len(value) else UNSAID
            else:
                value = value.get(key, UNSAID) if isinstance(value, dict) else UNSAID
        return _said(value)


@remembered()
def _steps(template: str) -> list[tuple[str, int | None]] | None:
    """What a template asks for, step by step: a key, and the index that it may be; None for more than a path.

    The whole value is no step.
    """
    if _BARE.fullmatch(template):
        return []
    path = _PATH.fullmatch(template)
    if path is None:
        return None
    found = [
        (next(name for name in step.groups() if name is not None), step[4])
        for step in _STEP.finditer(path[1])
    ]
    return [(key, None if index is None else int(index)) for key, index in found]


class Availability(NamedTuple):
    """Where and how it is said whether an entity is there."""

    topic: str
    available: str
    not_available: str
    template: str

    def is_online(self, state: State) -> bool | None:
        """Whether the entity is there; None where the message says neither. Raises UnreadableError."""
        text = _plain(state.value(self.template))
        return text == self.available if text in (self.available, self.not_available) else None


class Entity(NamedTuple):
    """One described entity: what it is called, where its state lies, and how that is read."""

    component: str
    external_id: str
    aliases: tuple[str, ...]
    gateway: str | None
    device_class: str
    state_topic: str | None
    #: Where something about it is said.
    topics: frozenset[str]
    template: str
    payload_on: str
    payload_off: str
    #: It says ON and never OFF (`off_delay`).
    is_momentary: bool
    availabilities: tuple[Availability, ...]
    details: Mapping[str, Any]

    def is_on(self, value: object) -> bool | None:
        """Whether that is "on"; None where it is neither, by the description or by a common word."""
        text = _plain(value)
        if text in (self.payload_on, self.payload_off):
            return text == self.payload_on
        return flag(value)


def entities_of(below: list[str], described: object) -> tuple[Entity, ...]:
    """Read a description. `below`: the levels of its topic below the prefix. Raises UndecodableError."""
    if not isinstance(described, dict):
        raise UndecodableError(f"a description that is a JSON {type(described).__name__}, not an object")
    config = _expanded(described)
    if below[0] != "device":
        return (_entity(below[0], names_of_topic(below[1:-1]), config),)
    components = config.get("components")
    if not isinstance(components, dict):
        raise UndecodableError("the description of a device without an object of components")
    if len(components) > MAX_PARTS:
        raise UndecodableError(f"{len(components)} components, and {MAX_PARTS} are allowed")
    shared = {key: config[key] for key in (*_SHARED, "~", "device") if key in config}
    entities: list[Entity] = []
    for name, component in components.items():
        if isinstance(component, dict) and is_name(name):
            own = _expanded(component, shared)
            platform = own.get("platform")
            if is_name(platform):
                entities.append(_entity(str(platform), names_of_topic([*below[1:-1], name]), own))
    return tuple(entities)


def names_of_topic(levels: list[str]) -> tuple[str, ...]:
    """What a topic calls an entity: `NODE/OBJECT` and its device `NODE`, or `OBJECT`."""
    return ("/".join(levels), *levels[:-1])


def _expanded(values: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write abbreviations out, also inside, and put the base topic in for `~`; `shared` is so already."""
    full = _spelt(values)
    base = full.get("~", (shared or {}).get("~"))
    listed, device = full.get("availability"), full.get("device")
    if shared is None or isinstance(listed, list):
        full["availability"] = [
            _based(base, _spelt(one))
            for one in (listed[:_MAX_AVAILABILITIES] if isinstance(listed, list) else ())
            if isinstance(one, dict)
        ]
    if shared is None or isinstance(device, dict):
        full["device"] = _spelt(device) if isinstance(device, dict) else {}
    full = _based(base, full)
    return {**shared, **full} if shared else full


def _spelt(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_ABBREVIATIONS.get(key, key): value for key, value in values.items()}


def _based(base: object, values: dict[str, Any]) -> dict[str, Any]:
    """Replace `~` at the start or the end of topics."""
    if isinstance(base, str):
        for key, topic in values.items():
            if key.endswith("topic") and isinstance(topic, str) and topic.startswith("~"):
                values[key] = base + topic[1:]
            elif key.endswith("topic") and isinstance(topic, str) and topic.endswith("~"):
                values[key] = topic[:-1] + base
    return values


def _entity(component: str, names: tuple[str, ...], config: Mapping[str, Any]) -> Entity:
    device = config["device"]
    identifiers = device.get("identifiers")  # one, or a list
    listed = identifiers[:_MAX_IDENTIFIERS] if isinstance(identifiers, list) else [identifiers]
    given = [str(name) for name in (config.get("unique_id"), *names, *listed) if is_name(name)]
    if not given:
        raise UndecodableError("the description of an entity without a name")
    external_id, *aliases = dict.fromkeys(given)
    topic, via = config.get("state_topic"), device.get("via_device")
    availabilities = _availabilities(config)
    topics = {one.topic for one in availabilities}
    if isinstance(topic, str) and topic:
        topics.add(topic)
    return Entity(
        component=component,
        external_id=external_id,
        aliases=tuple(aliases),
        gateway=str(via) if is_name(via) else None,
        device_class=str(config.get("device_class")).lower(),
        state_topic=topic if isinstance(topic, str) else None,
        topics=frozenset(topics),
        template=_template(config.get("value_template")),
        payload_on=_plain(config.get("payload_on", "ON")),
        payload_off=_plain(config.get("payload_off", "OFF")),
        is_momentary=config.get("off_delay") is not None,
        availabilities=availabilities,
        details={
            "component": component,
            **{key: config[key] for key in _KEPT if is_name(config.get(key))},
            **{f"device_{key}": device[key] for key in _KEPT_OF_DEVICE if is_name(device.get(key))},
        },
    )


def _availabilities(config: Mapping[str, Any]) -> tuple[Availability, ...]:
    listed = config["availability"]
    if "availability_topic" in config:
        alone = {**config, "topic": config["availability_topic"]}
        alone["value_template"] = config.get("availability_template")
        listed = [*listed, alone]
    return tuple(
        Availability(
            one["topic"],
            _plain(one.get("payload_available", "online")),
            _plain(one.get("payload_not_available", "offline")),
            _template(one.get("value_template")),
        )
        for one in listed
        if isinstance(one.get("topic"), str)
    )


def _template(value: object) -> str:
    return value.strip()[:_MAX_TEMPLATE_CHARACTERS] if isinstance(value, str) else ""


def _plain(value: object) -> str:
    """A value as it is compared: Home Assistant renders true as `True`, and case says nothing."""
    return str(value).strip().lower()


def _said(value: object) -> object:
    is_unknown = value is None or (isinstance(value, str) and value.lower() in _UNKNOWN)
    return UNSAID if is_unknown else value
