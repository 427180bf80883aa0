"""False alarms over HTTP: what sets them off, and the incidents behind every count."""

from datetime import timedelta
from typing import Any

import pytest

from store.incidents import Signal
from tests.clock import STORY_START
from tests.factories import make_device
from tests.history import make_past_incident
from tests.web import Web, web

__all__ = ["web"]


@pytest.fixture
def alarmed(web: Web) -> Web:
    """Five false alarms at two buildings, three of cooking, two of one detector; two fires; a drill."""
    d = web.district
    with web.story.database.begin() as session:
        for number, (cause, premises, devices) in enumerate(
            (
                ("油烟", d.premises, (d.smoke, d.smoke_upstairs)),
                ("油烟", d.premises, (d.smoke,)),
                ("油烟 ", d.other_premises, ()),
                (None, d.premises, ()),
                ("", d.premises, ()),
            )
        ):
            at = STORY_START + timedelta(hours=number)
            one = make_past_incident(session, d, opened_at=at, disposition="false_alarm")
            one.cause, one.premises_id = cause, premises
            for device in devices:
                for _ in range(2):  # it sounds twice, and that is one false alarm
                    session.add(Signal(incident_id=one.id, device_id=device, kind="smoke", received_at=at))
        for flags in ({}, {}, {"drill": True, "disposition": "false_alarm"}, {"disposition": "duplicate"}):
            make_past_incident(session, d, **flags)
    return web


def found(web: Web, **query: Any) -> dict[str, Any]:
    answer = web.viewer.get("/reports/false-alarms", **query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def behind(web: Web, **query: Any) -> int:
    answer = web.viewer.get("/reports/false-alarms/incidents", **query)
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert len(given["items"]) == given["total"]
    total: int = given["total"]
    return total


def test_false_alarms_by_cause_detector_and_building(alarmed: Web) -> None:
    d, given = alarmed.district, found(alarmed)
    assert (given["closed"], given["false_alarms"], given["share"]) == (7, 5, pytest.approx(5 / 7))
    assert given["small"] is True
    assert given["by_cause"] == [
        {"cause": "油烟", "n": 3, "share": 0.6},
        {"cause": None, "n": 2, "share": 0.4},
    ]
    devices = [(one["device_id"], one["room"], one["n"]) for one in given["by_device"]]
    assert devices == [(d.smoke, "客厅", 2), (d.smoke_upstairs, "卧室", 1)]
    assert given["by_device"][0]["last_at"] == "2026-03-02T08:12:00Z"
    buildings = [(one["premises_id"], one["n"], one["devices"]) for one in given["by_building"]]
    assert buildings == [(d.premises, 4, 5), (d.other_premises, 1, 0)]
    assert (given["devices_total"], given["buildings_total"]) == (2, 2)
    assert (given["devices"], given["per_1000_devices"]) == (5, None)


def test_every_count_opens_as_many_incidents(alarmed: Web) -> None:
    given = found(alarmed)
    assert behind(alarmed) == given["false_alarms"]
    assert [behind(alarmed, cause="油烟"), behind(alarmed, without_cause=True)] == [
        one["n"] for one in given["by_cause"]
    ]
    for one in given["by_device"]:
        assert behind(alarmed, device=one["device_id"]) == one["n"]
    for one in given["by_building"]:
        assert behind(alarmed, premises=one["premises_id"]) == one["n"]


def test_period_and_region_hold(alarmed: Web) -> None:
    d = alarmed.district
    assert found(alarmed, to="2026-03-02T09:00:00Z")["false_alarms"] == 2
    assert found(alarmed, region=d.other_town)["closed"] == 0
    assert found(alarmed, region=d.other_town)["share"] is None
    assert found(alarmed, region=d.next_village)["devices"] == 0


def test_a_hundred_detectors_are_enough_for_a_rate(alarmed: Web) -> None:
    d = alarmed.district
    with alarmed.story.database.begin() as session:
        for number in range(95):
            make_device(session, f"more-{number}", premises_id=d.other_premises)
    assert found(alarmed)["per_1000_devices"] == 50


def test_the_incidents_come_newest_first_page_by_page(alarmed: Web) -> None:
    first = alarmed.viewer.get("/reports/false-alarms/incidents", limit=3).json()
    rest = alarmed.viewer.get("/reports/false-alarms/incidents", limit=3, cursor=first["next"]).json()
    instants = [one["opened_at"] for one in first["items"] + rest["items"]]
    assert (len(instants), rest["next"]) == (5, None)
    assert instants == sorted(instants, reverse=True)
