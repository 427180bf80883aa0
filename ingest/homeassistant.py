"""Home Assistant MQTT discovery: descriptions of entities, and their states where these lie on our topics.

A description is a hint for the registry, and says how the entity's state is to be read: so a decoder
remembers what was described, by the topic of the state. Most states lie on topics of other formats
(`zigbee2mqtt/#`, `stat/#`), whose decoders read them. Traps and where they were found are in
`docs/formats.md`.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ingest.homeassistant_entity import (
    UNSAID,
    Entity,
    State,
    UnreadableError,
    entities_of,
    names_of_topic,
)
from ingest.reading import (
    MAX_REPORT_BYTES,
    Announcement,
    Condition,
    Fact,
    Message,
    Reading,
    UndecodableError,
    check_size,
    percent,
)
from ingest.report import MAX_PARTS, Report, flag

#: A village has hundreds of entities; what describes more is an attack or a mistake.
_MAX_ENTITIES = 20_000
_MAX_WAITING = 2_000
_MAX_WAITING_BYTES = 4_096
#: What Home Assistant calls a class of binary sensors; "on" is the first word of each.
_CONDITIONS: Mapping[str, Condition] = {
    "smoke": Condition.SMOKE,
    "heat": Condition.HEAT,
    "gas": Condition.GAS,
    "carbon_monoxide": Condition.CARBON_MONOXIDE,
    "safety": Condition.ALARM,  # unsafe, safe
    "problem": Condition.FAULT,
    "tamper": Condition.TAMPER,
    "battery": Condition.LOW_BATTERY,  # low, normal
    "door": Condition.WINDOW_OPEN,
    "window": Condition.WINDOW_OPEN,
    "opening": Condition.WINDOW_OPEN,
    "connectivity": Condition.OFFLINE,  # connected, disconnected: the other way round
}
_ALARMS = frozenset({"smoke", "heat", "gas", "carbon_monoxide", "safety"})
_COMPONENTS = frozenset(
    {"sensor", "switch", "light", "button", "number", "select", "text", "update", "event", "climate", "fan"}
)
_STATE_LEVELS = frozenset({"state", "status", "stat"})


class Decoder:
    """Reads states by the descriptions that it has seen; made anew for each connection."""

    def __init__(self) -> None:
        self._described: dict[str, tuple[Entity, ...]] = {}  # topic of a description -> entities
        self._by_topic: dict[str, list[Entity]] = {}  # topic of a state or an availability -> entities
        self._waiting: dict[str, Message] = {}  # retained states that came before their description
        self._count = 0

    def __call__(self, message: Message) -> list[Fact]:
        """Read one message. Raises UndecodableError."""
        base = message.base or message.topic.partition("/")[0]
        below = message.topic.removeprefix(base + "/").split("/")
        if below[-1] == "config" and len(below) in (3, 4):
            return self._describe(below, message)
        if not message.payload.strip():
            self._waiting.pop(message.topic, None)
            return []
        check_size(message.payload, MAX_REPORT_BYTES)
        entities = self._by_topic.get(message.topic)
        if entities:
            state = State(message)
            return [_read(entity, state, message) for entity in entities]
        if (
            message.retained
            and len(message.payload) <= _MAX_WAITING_BYTES
            and len(self._waiting) < _MAX_WAITING
        ):
            self._waiting[message.topic] = message
        return _undescribed(below, message)

    def _describe(self, below: list[str], message: Message) -> list[Fact]:
        self._forget(message.topic)
        if not message.payload.strip():
            return []
        entities = entities_of(below, message.json_value())
        if self._count + len(entities) > _MAX_ENTITIES:
            raise UndecodableError(f"more than {_MAX_ENTITIES} entities are described")
        self._described[message.topic] = entities
        self._count += len(entities)
        facts: list[Fact] = []
        for entity in entities:
            facts.append(Announcement(entity.external_id, entity.details, entity.gateway))
            for topic in entity.topics:
                known = self._by_topic.setdefault(topic, [])
                if len(known) >= MAX_PARTS:
                    raise UndecodableError(f"more than {MAX_PARTS} entities have their state on {topic[:80]}")
                known.append(entity)
            facts += self._catch_up(entity)
        return facts

    def _forget(self, topic: str) -> None:
        entities = self._described.pop(topic, ())
        self._count -= len(entities)
        for entity in entities:
            for heard in entity.topics:
                left = [other for other in self._by_topic.get(heard, ()) if other is not entity]
                if left:
                    self._by_topic[heard] = left
                else:
                    self._by_topic.pop(heard, None)

    def _catch_up(self, entity: Entity) -> Iterator[Fact]:
        """Read the retained state that a broker handed out before the description."""
        for topic in entity.topics:
            waiting = self._waiting.pop(topic, None)
            if waiting is not None:
                yield _read(entity, State(waiting), waiting)


def _undescribed(below: list[str], message: Message) -> list[Fact]:
    """A state that nobody described. Live it is taken at its word; retained it may just be early."""
    if below[-1] not in _STATE_LEVELS or below == ["status"] or below[0] in _COMPONENTS:
        return []  # attributes, Home Assistant's own last will, and what no alarm comes from
    if below[0] != "binary_sensor" or len(below) < 3:
        raise UndecodableError(f"topic {message.topic}: no discovery message describes it")
    names = names_of_topic(below[1:-1])
    report = Report(data={"undescribed": True})
    state = _any_state(message)
    if not message.retained:
        report.alarm(Condition.ALARM, "the state", state)
    elif flag(state) is not False:
        report.unread("a state that nothing describes", state)
    return [report.reading(names[0], message, aliases=names[1:])]


def _any_state(message: Message) -> object:
    text = message.payload.strip()
    if not text.startswith(b"{"):
        return text.decode(errors="replace")
    values = message.json_object()
    return values.get("state", values.get("value"))


def _read(entity: Entity, state: State, message: Message) -> Reading:
    report = Report()
    for availability in entity.availabilities:
        if availability.topic == state.topic:
            with suppress(UnreadableError):
                online = availability.is_online(state)
                report.mark(Condition.OFFLINE, None if online is None else not online)
    if entity.state_topic == state.topic:
        try:
            _note(report, entity, state.value(entity.template))
        except UnreadableError as fault:
            _unread(report, entity, fault)
    return report.reading(entity.external_id, message, aliases=entity.aliases, gateway=entity.gateway)


def _note(report: Report, entity: Entity, value: object) -> None:
    """Note the value of an entity's state."""
    if entity.component == "sensor" and entity.device_class == "battery":
        report.power(percent(value))
    condition = _CONDITIONS.get(entity.device_class)
    if condition is None or value is UNSAID or entity.component != "binary_sensor":
        return
    active = entity.is_on(value)
    if active is None:
        _unread(report, entity, value)
        return
    if entity.device_class in _ALARMS:  # what was said before the description is now understood
        report.mark(Condition.UNRELIABLE, active=False)
        report.mark(Condition.ALARM, active=False)
    if condition is Condition.OFFLINE:
        report.mark(condition, not active)
    elif entity.is_momentary and entity.device_class in _ALARMS:
        report.is_pressed = active  # it never says OFF, so each ON is an alarm of its own
    else:
        report.mark(condition, active)


def _unread(report: Report, entity: Entity, value: object) -> None:
    if entity.device_class in _ALARMS:
        report.unread(f"the state of a {entity.device_class} entity", value)
