"""What a duty officer's answer ends, and what it does not: it covers only what he was told before it."""

import pytest
from sqlalchemy import delete

from dispatch import answers, auditor, handover
from dispatch.answers import IncomingSms
from dispatch.values import HandoverStatus, Source
from store.incidents import DueStep
from tests.story import Story, story

__all__ = ["story"]


def everyone_declines(story: Story) -> None:
    """Whoever has been sent cannot come, and whoever is sent instead cannot, either."""
    while coming := [station for station, row in story.assignments().items() if row.declined_at is None]:
        for station in coming:
            story.reply(f"{station}-chief", "2")


def the_centre_says(story: Story, status: HandoverStatus, reason: str | None = None) -> None:
    with story.database.begin() as session:
        handover.report(
            session,
            story.setup,
            story.incident().id,
            status,
            number=None,
            reason=reason,
            actor="119",
            source=Source.CENTRE,
            now=story.clock.now(),
        )
    story.send()


def heard(story: Story, words: str, seconds: int) -> int:
    """How often the duty officer is told this within so many seconds from now."""
    before = len(story.texts(story.district.duty_officer))
    story.wait(seconds)
    told = story.texts(story.district.duty_officer)[before:]
    assert len(set(told)) == len(told)  # carriers refuse the same text again
    return len([text for text in told if words in text])


def test_an_old_answer_does_not_end_the_notices_that_nobody_comes(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(62)
    story.reply(story.district.duty_officer, "1")
    story.wait(40)
    everyone_declines(story)

    assert heard(story, "仍无站可派", 180) == 3
    story.reply(story.district.duty_officer, "1")
    assert heard(story, "仍无站可派", 180) == 0


def test_the_auditor_finds_that_the_notice_is_lost_and_an_old_answer_does_not_hide_it(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(62)
    story.reply(story.district.duty_officer, "1")
    story.wait(40)
    everyone_declines(story)
    with story.database.begin() as session:
        session.execute(delete(DueStep).where(DueStep.step == "duty_repeat"))

    assert auditor.audit_all(story.database, story.setup, now=story.clock.now()) == 1
    assert heard(story, "仍无站可派", 70) == 2


def test_a_word_that_is_read_late_covers_only_what_was_told_before_it_came(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(62)
    came_at = story.clock.now()
    story.wait(40)
    everyone_declines(story)
    sms = IncomingSms("console", "late", story.district.phones[story.district.duty_officer], "1")
    with story.database.begin() as session:
        answers.receive_sms(session, story.setup, sms, at=came_at, now=story.clock.now())

    assert heard(story, "仍无站可派", 60) == 1


def test_who_cannot_has_neither_heard_nor_rung(story: Story) -> None:
    story.alarm(story.district.call_point)
    everyone_declines(story)
    story.wait(60)
    story.reply(story.district.duty_officer, "2")

    before = len(story.texts(story.district.duty_officer))
    assert heard(story, "仍无站可派", 120) == 2
    assert (
        len([text for text in story.texts(story.district.duty_officer)[before:] if "拨打119！" in text]) == 2
    )
    assert auditor.audit_all(story.database, story.setup, now=story.clock.now()) == 0


def test_a_refusal_rings_again_until_the_centre_accepts(story: Story) -> None:
    story.alarm(story.district.call_point)
    story.wait(10)
    the_centre_says(story, HandoverStatus.REJECTED, "地址不清")

    assert "拒收" in story.texts(story.district.duty_officer)[-1]
    assert heard(story, "拨打119！", 170) == 3
    the_centre_says(story, HandoverStatus.ACCEPTED)
    assert heard(story, "拨打119！", 120) == 0


def test_a_refusal_rings_anew_although_an_earlier_ring_was_answered(story: Story) -> None:
    story.alarm(story.district.call_point)
    story.wait(60)
    story.reply(story.district.duty_officer, "1")
    assert heard(story, "拨打119！", 120) == 0
    the_centre_says(story, HandoverStatus.REJECTED, "地址不清")

    assert heard(story, "拨打119！", 120) == 2
    story.reply(story.district.duty_officer, "1")
    assert heard(story, "拨打119！", 120) == 0
    the_centre_says(story, HandoverStatus.REJECTED, "不在辖区")
    assert heard(story, "拨打119！", 60) == 1


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_fire_that_is_confirmed_after_a_refusal_waits_for_acceptance_again(
    story: Story, *, is_heard: bool
) -> None:
    story.alarm(story.district.smoke)
    story.wait(90)
    the_centre_says(story, HandoverStatus.REJECTED, "未核实")
    if is_heard:
        story.reply(story.district.duty_officer, "1")
        assert heard(story, "拨打119！", 120) == 0
    story.alarm(story.district.smoke_upstairs)

    incident = story.incident()
    assert (incident.handover_status, incident.handover_reason) == (HandoverStatus.SENT, None)
    assert heard(story, "拨打119！", 120) == 2
    the_centre_says(story, HandoverStatus.ACCEPTED)
    assert heard(story, "拨打119！", 120) == 0


def test_a_refusal_before_the_hand_over_does_not_stop_it_from_being_asked(story: Story) -> None:
    story.alarm(story.district.smoke)
    the_centre_says(story, HandoverStatus.REJECTED, "未核实")
    story.wait(30)
    story.alarm(story.district.smoke_upstairs)

    assert story.incident().handover_status == HandoverStatus.SENT
    assert heard(story, "拨打119！", 60) == 1
