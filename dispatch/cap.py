"""An incident as a CAP 1.2 message (OASIS Common Alerting Protocol). Pure.

The order of elements is the schema's. What the schema does not check is kept here: scope is Private
with its address (never Public, contract section 8), an Update or Cancel names every earlier message,
identifiers and senders hold no space, comma, `<` or `&`, `sent` is local time with its offset, whole
seconds. Texts are Chinese; positions WGS 84.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from dispatch.centre_facts import CentreFacts, PlaceFacts, SignalFacts, StationFacts
from dispatch.values import Disposition, Grade, IncidentStatus
from dispatch.wording import DISPOSITIONS_ZH, inside_words, place_words

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

#: What XML 1.0 (section 2.2) does not let into a document, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: There was no fire: the alert is taken back rather than brought up to date.
_NO_FIRE = frozenset({Disposition.FALSE_ALARM, Disposition.DUPLICATE, Disposition.TEST})
#: A circle of no radius is the point itself; CAP has no element for a point.
_POINT_RADIUS_KM = 0


class Kind(StrEnum):
    """CAP's msgType."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


@dataclass(frozen=True, slots=True)
class Header:
    """What tells one message from another; `sent` is timezone-aware and told in whole seconds."""

    identifier: str
    kind: Kind
    sent: datetime
    #: Identifier and `sent` of every earlier message of the incident, in order.
    earlier: Sequence[tuple[str, datetime]] = ()


def identifier_of(incident_id: str, sequence: int) -> str:
    """The identifier of an incident's message; the same for every repetition."""
    return f"fire135-{quote(incident_id, safe='')}-{sequence}"


def kind_of(facts: CentreFacts, *, is_first: bool) -> Kind:
    """What the next message is: what turned out to be no fire is cancelled, never deleted."""
    if is_first:
        return Kind.ALERT
    return Kind.CANCEL if _turned_out_none(facts) else Kind.UPDATE


def write(facts: CentreFacts, header: Header, zone: ZoneInfo) -> str:
    """The message as an XML document; without an encoding declaration, so UTF-8 on the wire."""
    sender = _sender(facts)
    root = ElementTree.Element(_tag("alert"))
    _add(root, "identifier", header.identifier)
    _add(root, "sender", sender)
    _add(root, "sent", _sent(header.sent, zone))
    _add(root, "status", "Exercise" if facts.drill else "Actual")
    _add(root, "msgType", header.kind)
    _add(root, "source", "fire135")
    _add(root, "scope", "Private")
    _add(root, "addresses", f"119.{quote(facts.place.district_code or 'any', safe='')}")
    if facts.drill:
        _add(root, "note", "演练，非真实火警")
    if header.earlier:
        told = (f"{sender},{identifier},{_sent(sent, zone)}" for identifier, sent in header.earlier)
        _add(root, "references", " ".join(told))
    _add(root, "incidents", quote(facts.id, safe=""))
    _add_info(root, facts, zone)
    text = ElementTree.tostring(root, encoding="unicode", default_namespace=NAMESPACE)
    return f'<?xml version="1.0"?>\n{text}'


def _add_info(root: ElementTree.Element, facts: CentreFacts, zone: ZoneInfo) -> None:
    is_closed, is_confirmed = _is_closed(facts), facts.grade == Grade.CONFIRMED
    info = ElementTree.SubElement(root, _tag("info"))
    _add(info, "language", "zh-CN")
    _add(info, "category", "Fire")
    _add(info, "event", "建筑火灾" if is_confirmed else "疑似建筑火灾")
    _add(info, "responseType", "AllClear" if is_closed else "Execute" if is_confirmed else "Assess")
    _add(info, "urgency", "Past" if is_closed else "Immediate")
    _add(info, "severity", "Minor" if is_closed else "Severe" if is_confirmed else "Unknown")
    _add(info, "certainty", _certainty(facts))
    _add(info, "onset", _sent(facts.opened_at, zone))
    _add(info, "senderName", f"{facts.place.district or ''}微型消防站火警调度（fire135）")
    _add(info, "headline", _headline(facts))
    _add(info, "description", _description(facts, zone))
    if not is_closed:
        _add(info, "instruction", _instruction(facts))
    people = [facts.place.contact] if facts.place.contact else []
    if contact := "；".join(f"{one.name} {one.phone}" for one in (*people, *facts.place.key_holders)):
        _add(info, "contact", contact)
    for name, value in _parameters(facts, zone):
        _add_pair(info, "parameter", name, value)
    _add_area(info, facts.place)


def _certainty(facts: CentreFacts) -> str:
    if facts.disposition in (Disposition.FALSE_ALARM, Disposition.TEST):
        return "Unlikely"
    return "Observed" if facts.grade == Grade.CONFIRMED else "Possible"


def _headline(facts: CentreFacts) -> str:
    drill = "演练 " if facts.drill else ""
    place = place_words(facts.place.name, facts.place.address)
    if facts.disposition:
        return f"{drill}{facts.code} 已结束（{DISPOSITIONS_ZH[Disposition(facts.disposition)]}）：{place}"
    grade = "火警已确认" if facts.grade == Grade.CONFIRMED else "火警未核实"
    return f"{drill}{facts.code} {grade}：{place}"


def _description(facts: CentreFacts, zone: ZoneInfo) -> str:
    place = facts.place
    parts = [
        "；".join(_signal(signal, zone) for signal in facts.signals),
        f"共{place.floors}层" if place.floors else "",
        f"住{place.residents}人" if place.residents else "",
        place.notes or "",
        f"现场有人报称误报（{_clock(facts.called_false_at, zone)}），尚未结案"
        if facts.called_false_at and not _is_closed(facts)
        else "",
        "已派：" + "；".join(_station(station, zone) for station in facts.assignments)
        if facts.assignments
        else "尚未派出站队",
    ]
    return "。".join(part for part in parts if part)


def _instruction(facts: CentreFacts) -> str:
    if facts.drill:
        return "演练：按演练方案受理，勿出动实警力量"
    if facts.grade == Grade.CONFIRMED:
        return "火警已确认，请调派力量"
    return "尚未核实，请研判；核实或结束后另行通知"


def _parameters(facts: CentreFacts, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """What systems read; a name may come more than once."""
    yield "incident_code", facts.code
    yield "grade", facts.grade
    if facts.disposition:
        yield "disposition", facts.disposition
    first_floor = next((signal.floor for signal in facts.signals if signal.floor), None)
    known = {
        "floor": first_floor,
        "floors": facts.place.floors,
        "residents": facts.place.residents,
        "use": facts.place.use,
    }
    for name, value in known.items():
        if value is not None:
            yield name, str(value)
    yield "detectors", str(len({signal.device_id for signal in facts.signals if signal.device_id}))
    for signal in facts.signals:
        yield "signal", _signal(signal, zone)
    for station in facts.assignments:
        yield "station", _station(station, zone)


def _signal(signal: SignalFacts, zone: ZoneInfo) -> str:
    inside = inside_words(signal.floor, signal.room, signal.kind, "zh")
    restored = f"（{_clock(signal.restored_at, zone)}已恢复）" if signal.restored_at else ""
    note = f"：{signal.note}" if signal.note else ""
    return f"{_clock(signal.received_at, zone)} {inside}{note}{restored}"


def _station(station: StationFacts, zone: ZoneInfo) -> str:
    at = station.milestones
    reached = (
        (at.notified_at, "通知"),
        (at.acknowledged_at, "应答"),
        (station.declined_at, "不能出动"),
        (at.enroute_at, "出动"),
        (station.help_requested_at, "请求增援"),
        (at.on_scene_at, "到场"),
        (at.cleared_at, "归队"),
    )
    way = " ".join(f"{_clock(when, zone)}{what}" for when, what in reached if when)
    return f"{station.station_name} {way}".rstrip()


def _add_area(info: ElementTree.Element, place: PlaceFacts) -> None:
    area = ElementTree.SubElement(info, _tag("area"))
    divisions = "".join(name for name in (place.district, place.town, place.village) if name)
    _add(area, "areaDesc", f"{divisions} {place_words(place.name, place.address)}".strip() or "位置不明")
    if place.lon is not None and place.lat is not None:
        _add(area, "circle", f"{place.lat:.6f},{place.lon:.6f} {_POINT_RADIUS_KM}")
    if place.division_code:
        _add_pair(area, "geocode", "division_code", place.division_code)


def _add_pair(parent: ElementTree.Element, tag: str, name: str, value: str) -> None:
    pair = ElementTree.SubElement(parent, _tag(tag))
    _add(pair, "valueName", name)
    _add(pair, "value", value)


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, _tag(tag)).text = _FORBIDDEN.sub("", text)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _sender(facts: CentreFacts) -> str:
    return f"fire135.{quote(facts.place.district_code or 'any', safe='')}"


def _sent(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).replace(microsecond=0).isoformat()


def _clock(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M:%S") if at else ""


def _is_closed(facts: CentreFacts) -> bool:
    return facts.status == IncidentStatus.CLOSED


def _turned_out_none(facts: CentreFacts) -> bool:
    return _is_closed(facts) and facts.disposition in _NO_FIRE
