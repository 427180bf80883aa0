"""The hand-over to the 119 centre as stories: in order, repeated until it speaks, in sight when it fails."""

import json

from dispatch import centre, receive
from dispatch.centre_queue import BACKOFF_S, REPEAT_S
from dispatch.values import Disposition, EventKind, HandoverStatus
from store.incidents import Incident
from tests.handing import Handover, handing
from tests.story import story

__all__ = ["handing", "story"]


def test_accepted_in_time_is_told_once_and_nobody_rings(handing: Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    handing.send()

    (message,) = handing.read
    incident = handing.story.incident()
    assert (message["id"], message["code"], message["grade"]) == (incident.id, incident.code, "confirmed")
    assert message["place"]["district"] == "同安区"
    assert message["place"]["datum"] == "WGS 84"
    assert [signal["kind"] for signal in message["signals"]] == ["call_point"]
    sent = {station["station_id"] for station in message["assignments"]}
    assert sent == set(handing.story.assignments())
    assert "<certainty>Observed</certainty>" in message["cap"]

    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    handing.wait(90)

    # no station was on scene, so the next ones were sent, and the centre heard of them
    assert handing.kinds[0] == "Alert"
    assert len({one["message"]["identifier"] for one in handing.read}) == len(handing.read)
    assert handing.duty_rings() == 0


def test_a_suspected_fire_is_handed_over_late_and_brought_up_to_date(handing: Handover) -> None:
    story = handing.story
    story.alarm(story.district.smoke)
    handing.wait(75)
    assert handing.send() == 0
    handing.wait(15)
    assert "<certainty>Possible</certainty>" in handing.read[-1]["cap"]
    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    handing.send()
    before = len(handing.read)

    story.alarm(story.district.smoke_upstairs)
    handing.send()
    assert handing.read[-1]["grade"] == "confirmed"
    assert "<certainty>Observed</certainty>" in handing.read[-1]["cap"]

    story.reply(story.district.chief, "3")
    handing.send()
    states = {one["station_id"]: one["milestones"] for one in handing.read[-1]["assignments"]}
    assert states[story.district.home_station]["on_scene_at"] is not None

    story.event(story.district.window, EventKind.WINDOW_OPENED)
    handing.send()
    assert handing.read[-1]["signals"][-1]["kind"] == "escape_window"
    assert len(handing.read) == before + 3
    assert set(handing.kinds[1:]) == {"Update"}


def test_read_but_not_accepted_is_repeated_until_the_centre_speaks(handing: Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    handing.send()
    handing.story.clock.advance(REPEAT_S - 1)
    assert handing.send() == 0
    handing.story.clock.advance(1)
    assert handing.send() == 1
    assert handing.read[0] == handing.read[1]  # word for word, under the same identifier

    handing.report(HandoverStatus.REJECTED, reason="地址不清")
    handing.story.clock.advance(REPEAT_S)

    assert handing.send() == 0
    assert handing.duty_rings() == 1


def test_a_centre_that_is_away_for_a_minute_is_tried_again_and_duty_rings_meanwhile(
    handing: Handover,
) -> None:
    handing.line.broken = "no connection (ConnectionError)"
    handing.story.alarm(handing.story.district.call_point)
    handing.send()
    handing.wait(60)
    rows = handing.rows()
    assert rows[0].failure == "no connection (ConnectionError)"
    assert rows[0].attempts >= len(BACKOFF_S)
    assert handing.story.timeline().count("handover_failed") == 1
    assert handing.duty_rings() == 1

    handing.line.broken = None
    handing.wait(BACKOFF_S[-1])

    # the Alert first, then the newest state at once, not every step on the way
    assert handing.kinds == ["Alert", "Update"]
    assert handing.read[-1]["message"]["sequence"] == len(handing.rows())
    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    assert handing.story.incident().handover_number == "119-7"


def test_a_drill_is_an_exercise(handing: Handover) -> None:
    story = handing.story
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.premises, now=story.clock.now())
    handing.wait(90)

    assert handing.read[0]["drill"] is True
    assert "<status>Exercise</status>" in handing.read[0]["cap"]


def test_a_false_alarm_is_cancelled_with_references_and_then_all_is_quiet(handing: Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    handing.send()
    handing.story.clock.advance(30)
    handing.line.broken = "HTTP 500"
    handing.story.close(Disposition.FALSE_ALARM)
    handing.send()
    assert handing.kinds == ["Alert"]

    handing.line.broken = None
    handing.story.clock.advance(BACKOFF_S[0])
    handing.send()

    assert handing.kinds == ["Alert", "Cancel"]
    assert handing.read[-1]["disposition"] == "false_alarm"
    alert, cancel = handing.rows()
    assert f",{alert.identifier},2026-03-02T15:12:00+08:00</references>" in cancel.cap
    handing.story.clock.advance(3600)
    assert handing.send() == 0


def test_what_changes_nothing_for_the_centre_makes_no_message(handing: Handover) -> None:
    story = handing.story
    story.event(story.district.call_point, EventKind.ALARM, send=False)
    with story.database.begin() as session:
        incident = session.get_one(Incident, story.incident().id)
        centre.tell(session, story.setup, incident, now=story.clock.now())
    story.event(story.district.call_point, EventKind.RESTORE)

    assert len(handing.rows()) == 1


def test_reports_move_forward_and_have_one_effect(handing: Handover) -> None:
    story = handing.story
    story.alarm(story.district.call_point)
    reports: tuple[tuple[HandoverStatus, dict[str, str]], ...] = (
        (HandoverStatus.SENT, {}),
        (HandoverStatus.REJECTED, {"reason": "不在辖区"}),
        (HandoverStatus.REJECTED, {"reason": "不在辖区"}),
        (HandoverStatus.ACCEPTED, {"number": "119-7"}),
        (HandoverStatus.DISPATCHED, {}),
        (HandoverStatus.ACCEPTED, {"number": "119-7"}),
        (HandoverStatus.ON_SCENE, {}),
        (HandoverStatus.REJECTED, {"reason": "不在辖区"}),
    )
    for status, given in reports:
        handing.report(status, **given)

    incident = story.incident()
    assert incident.handover_status == HandoverStatus.ON_SCENE
    assert (incident.handover_number, incident.handover_reason) == ("119-7", None)
    facts = [kind for kind in story.timeline() if kind.startswith("handover_")]
    assert facts == [f"handover_{it}" for it in ("sent", "rejected", "accepted", "dispatched", "on_scene")]
    assert handing.duty_rings() == 1


def test_who_rang_119_before_the_hand_over_does_not_stop_it(handing: Handover) -> None:
    story = handing.story
    story.alarm(story.district.smoke)
    handing.report(HandoverStatus.ACCEPTED, number="119-7")
    story.alarm(story.district.smoke_upstairs)
    handing.send()

    assert handing.kinds == ["Alert"]
    assert story.incident().handover_status == HandoverStatus.ACCEPTED
    assert story.district.brigade in story.assignments()


def test_the_body_is_frozen_with_its_cap(handing: Handover) -> None:
    handing.story.alarm(handing.story.district.call_point)
    (row,) = handing.rows()
    body = json.loads(row.body)

    assert body["cap"] == row.cap
    assert body["message"] == {"sequence": 1, "kind": "Alert", "identifier": row.identifier}
    assert body["opened_at"].endswith("Z")
