"""CAP 1.2: valid against the OASIS schema whatever people call things, and right where it does not look."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from dispatch import cap
from dispatch.cap import Header, Kind
from dispatch.centre_facts import (
    CentreFacts,
    MilestoneFacts,
    PlaceFacts,
    Reachable,
    SignalFacts,
    StationFacts,
)

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "standards" / "CAP-v1.2.xsd")
ZONE = ZoneInfo("Asia/Shanghai")
OPENED = datetime(2026, 3, 2, 7, 12, 3, 456789, tzinfo=UTC)
_NS = f"{{{cap.NAMESPACE}}}"

PLACE = PlaceFacts(
    premises_id="xiaxuli-7",
    name="下许里7号民宅",
    address="五显镇宋宅村下许里7号",
    district="同安区",
    town="五显镇",
    village="宋宅村",
    division_code="350212110212",
    district_code="350212",
    lon=118.19,
    lat=24.77,
    floors=3,
    residents=5,
    notes="二楼住两位老人",
    contact=Reachable(name="虚构户主", phone="+8613800138001"),
)
FACTS = CentreFacts(
    id="0f3a",
    code="K7",
    status="open",
    grade="suspected",
    drill=False,
    opened_at=OPENED,
    place=PLACE,
    signals=(SignalFacts(device_id="s1", kind="smoke", floor="1", room="客厅", received_at=OPENED),),
    assignments=(
        StationFacts(
            station_id="songzhai",
            station_name="宋宅村微型消防站",
            tier="village",
            status="on_scene",
            reason="nearest",
            milestones=MilestoneFacts(notified_at=OPENED, on_scene_at=OPENED + timedelta(seconds=150)),
        ),
    ),
)


def _write(facts: CentreFacts = FACTS, zone: ZoneInfo = ZONE, **header: object) -> str:
    given = {"identifier": cap.identifier_of(facts.id, 1), "kind": Kind.ALERT, "sent": OPENED} | header
    document = cap.write(facts, Header(**given), zone)  # type: ignore[arg-type]
    SCHEMA.validate(document)
    return document


def _text(document: str, *path: str) -> str | None:
    return ElementTree.fromstring(document).findtext("/".join(f"{_NS}{tag}" for tag in path))


def test_a_suspected_fire_is_possible_private_and_in_local_time() -> None:
    document = _write()

    for tag, said in (
        ("identifier", "fire135-0f3a-1"),
        ("sender", "fire135.350212"),
        ("sent", "2026-03-02T15:12:03+08:00"),
        ("status", "Actual"),
        ("msgType", "Alert"),
        ("scope", "Private"),
        ("addresses", "119.350212"),
        ("references", None),
    ):
        assert _text(document, tag) == said
    for tag, said in (
        ("language", "zh-CN"),
        ("category", "Fire"),
        ("responseType", "Assess"),
        ("urgency", "Immediate"),
        ("certainty", "Possible"),
        ("contact", "虚构户主 +8613800138001"),
    ):
        assert _text(document, "info", tag) == said
    assert _text(document, "info", "area", "circle") == "24.770000,118.190000 0"
    assert _text(document, "info", "area", "geocode", "value") == "350212110212"
    description = _text(document, "info", "description") or ""
    for word in ("15:12:03 1楼客厅 烟感报警", "共3层", "二楼住两位老人", "15:14:33到场"):
        assert word in description


def test_confirmed_is_observed_and_a_drill_is_an_exercise() -> None:
    document = _write(FACTS.model_copy(update={"grade": "confirmed", "drill": True}))

    assert _text(document, "status") == "Exercise"
    assert _text(document, "info", "certainty") == "Observed"
    assert (_text(document, "info", "headline") or "").startswith("演练 ")


@pytest.mark.parametrize(
    ("disposition", "kind", "certainty"),
    [
        ("false_alarm", Kind.CANCEL, "Unlikely"),
        ("test", Kind.CANCEL, "Unlikely"),
        ("duplicate", Kind.CANCEL, "Observed"),
        ("fire", Kind.UPDATE, "Observed"),
        ("other", Kind.UPDATE, "Observed"),
    ],
)
def test_the_end_takes_back_what_was_no_fire_and_clears_what_was(
    disposition: str, kind: Kind, certainty: str
) -> None:
    closed = {"status": "closed", "grade": "confirmed", "disposition": disposition}
    facts = FACTS.model_copy(update=closed)
    first = (cap.identifier_of(facts.id, 1), OPENED)

    assert cap.kind_of(facts, is_first=False) is kind
    document = _write(facts, kind=kind, identifier=cap.identifier_of(facts.id, 2), earlier=[first])

    assert _text(document, "references") == "fire135.350212,fire135-0f3a-1,2026-03-02T15:12:03+08:00"
    assert _text(document, "info", "responseType") == "AllClear"
    assert _text(document, "info", "urgency") == "Past"
    assert _text(document, "info", "certainty") == certainty


def test_an_unknown_place_still_makes_a_valid_message() -> None:
    nowhere = FACTS.model_copy(update={"place": PlaceFacts(name="", address=""), "signals": ()})

    document = _write(nowhere, ZoneInfo("UTC"))

    assert _text(document, "sent") == "2026-03-02T07:12:03+00:00"
    assert _text(document, "info", "area", "areaDesc") == "位置不明"


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=30),
    st.text(alphabet=st.sampled_from("a ,<&>\"'\x00\x0b\ufffe]]>\r\n\t火"), max_size=20),
)
def test_nothing_that_people_call_things_makes_an_invalid_message(name: str, odd: str) -> None:
    facts = FACTS.model_copy(
        update={
            "id": odd or "x",
            "code": odd[:4],
            "place": PLACE.model_copy(update={"name": name, "address": odd, "district_code": odd}),
            "signals": (SignalFacts(kind=odd, floor=name, room=odd, note=name, received_at=OPENED),),
        }
    )

    document = _write(facts, earlier=[(cap.identifier_of(facts.id, 1), OPENED)])

    for tag in ("identifier", "sender"):
        assert not set(_text(document, tag) or "") & set(" ,<&\t\r\n")
    assert len((_text(document, "references") or "").split(",")) == 3


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("2026-03-02T15:12:03+08:00</sent>", "2026-03-02T07:12:03Z</sent>"),
        ("15:12:03+08:00</sent>", "15:12:03.456+08:00</sent>"),
        ("cap:1.2", "cap:1.1"),
        ("</sent>", "</sent>stray"),
        ("<scope>Private</scope>", ""),
    ],
)
def test_the_schema_refuses_what_others_get_wrong(right: str, wrong: str) -> None:
    document = _write()
    assert document.count(right) == 1

    assert not SCHEMA.is_valid(document.replace(right, wrong))
