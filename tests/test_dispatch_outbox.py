"""The outbox: at least once, one poisoned row never blocks its neighbours, status moves forward."""

from sqlalchemy import select, update

from dispatch import claiming, lifecycle, outbox
from dispatch.channels.carrier import Channel, SendResult, SendStatus
from dispatch.outbox import Draft
from dispatch.setup import DispatchSetup
from dispatch.values import Disposition, EventKind, Source
from store.database import Database
from store.incidents import Assignment, Notification
from tests.clock import ManualClock
from tests.sending import claim_due
from tests.story import Phones, Story, story

__all__ = ["story"]


def sms_result(status: SendStatus, **more: object) -> SendResult:
    return SendResult(status, **more)  # type: ignore[arg-type]


def test_a_crash_between_claim_and_record_sends_again_when_the_lease_runs_out(story: Story) -> None:
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    with story.database.begin() as session:
        assert len(claim_due(session, now=story.clock.now(), limit=10)) == 2
    # the process dies here; nothing was recorded

    with story.database.begin() as session:
        assert claim_due(session, now=story.clock.now(), limit=10) == []
    story.clock.advance(claiming.LEASE_S)
    with story.database.begin() as session:
        assert len(claim_due(session, now=story.clock.now(), limit=10)) == 2


def test_a_wrong_number_goes_to_voice_and_to_the_next_person_at_once(story: Story) -> None:
    chief = story.district.phones[story.district.chief]
    refusal = sms_result(SendStatus.PERMANENT, failure="21211 invalid number")
    story.carriers["console"].results[chief] = [refusal, refusal]

    story.alarm(story.district.smoke)

    first, voice = story.notifications(story.district.chief)
    assert (first.status, first.failure) == ("failed", "21211 invalid number")
    assert voice.channel == Channel.VOICE
    assert len(story.texts(story.district.deputy)) == 1
    assert len(story.texts(story.district.member)) == 1  # the voice call was refused, too


def test_a_failure_that_may_pass_is_tried_again_and_then_goes_another_way_as_well(story: Story) -> None:
    chief = story.district.phones[story.district.chief]
    busy = sms_result(SendStatus.TEMPORARY, failure="503")
    story.carriers["console"].results[chief] = [busy, busy]

    story.alarm(story.district.smoke)
    assert story.notifications(story.district.chief)[0].status == "queued"
    story.wait(1)  # the second attempt fails, too: voice as well
    assert story.notifications(story.district.chief)[1].channel == Channel.VOICE
    story.wait(2)
    assert story.notifications(story.district.chief)[0].status == "delivered"


def test_a_carrier_that_says_when_to_come_back_is_obeyed(story: Story) -> None:
    chief = story.district.phones[story.district.chief]
    wait = sms_result(SendStatus.TEMPORARY, failure="429", retry_after_s=7.0)
    story.carriers["console"].results[chief] = [wait]

    story.alarm(story.district.smoke)
    story.wait(6)
    assert story.notifications(story.district.chief)[0].status == "queued"
    story.wait(1)
    assert story.notifications(story.district.chief)[0].status == "delivered"


def test_what_was_never_sent_in_time_expires_and_says_why(story: Story, clock: ManualClock) -> None:
    chief = story.district.phones[story.district.chief]
    down = sms_result(SendStatus.TEMPORARY, failure="connection refused")
    story.carriers["console"].results[chief] = [down] * 500

    story.alarm(story.district.smoke)
    story.reply(story.district.deputy, "hello")
    for _ in range(70):
        clock.advance(10)
        story.send()

    first = story.notifications(story.district.chief)[0]
    assert first.status == "expired"
    assert first.failure is not None
    assert "connection refused" in first.failure


def test_nothing_about_a_closed_incident_is_sent_but_the_stand_down(story: Story) -> None:
    chief = story.district.phones[story.district.chief]
    story.carriers["console"].results[chief] = [sms_result(SendStatus.TEMPORARY, failure="503")]
    story.alarm(story.district.smoke)

    story.close(Disposition.FALSE_ALARM)
    story.wait(5)

    page = story.notifications(story.district.chief)[0]
    assert (page.status, page.failure) == ("expired", "incident closed before it was sent")
    assert "结束" in story.texts(story.district.town_chief)[-1]


def test_one_carrier_out_of_two_takes_over_a_refusal(database: Database, clock: ManualClock) -> None:
    setup = DispatchSetup(carriers={Channel.SMS: ("first", "second"), Channel.VOICE: ("second",)})
    story = Story(database, clock, setup)
    chief = story.district.phones[story.district.chief]
    story.carriers["first"].results[chief] = [sms_result(SendStatus.PERMANENT, failure="21610")]

    story.alarm(story.district.smoke)

    assert [n.carrier for n in story.notifications(story.district.chief)] == ["first", "second"]
    assert [n.status for n in story.notifications(story.district.chief)] == ["failed", "delivered"]


def test_a_draft_written_twice_is_one_message(story: Story) -> None:
    with story.database.begin() as session:
        (officer,) = story.setup.roster.get(session).duty_officers(
            [story.district.code], story.clock.now(), story.setup.zone
        )
        draft = Draft(to=officer, purpose="help", body="x", key="once")
        assert outbox.enqueue(session, story.setup, draft, now=story.clock.now()) is not None
        assert outbox.enqueue(session, story.setup, draft, now=story.clock.now()) is None
        assert len(session.scalars(select(Notification)).all()) == 1


def test_an_unset_carrier_is_a_refusal_that_names_the_setting(database: Database, clock: ManualClock) -> None:
    setup = DispatchSetup(carriers={Channel.SMS: ("gone", "console"), Channel.VOICE: ("console",)})
    story = Story(database, clock, setup)
    del story.carriers["gone"]

    story.alarm(story.district.smoke)

    first, second = story.notifications(story.district.chief)
    assert first.failure is not None
    assert "FIRE135_SMS" in first.failure
    assert second.status == "delivered"
    with database.begin() as session:
        lifecycle.close(
            session,
            setup,
            story.incident().id,
            Disposition.TEST,
            cause=None,
            note=None,
            actor="a",
            source=Source.API,
            now=clock.now(),
        )


def test_what_waited_for_a_carrier_that_was_taken_away_goes_by_the_first_of_the_others(
    database: Database, clock: ManualClock
) -> None:
    story = Story(database, clock, DispatchSetup(carriers={Channel.SMS: ("gone",)}))
    story.event(story.district.smoke, EventKind.ALARM, send=False)
    story.setup = DispatchSetup(carriers={Channel.SMS: ("a", "b")})
    story.carriers = {"a": Phones("a"), "b": Phones("b")}
    story.send()
    pages = story.notifications(story.district.chief)
    assert [(page.carrier, page.status) for page in pages] == [("gone", "failed"), ("a", "delivered")]


def test_in_a_storm_the_villages_pages_leave_before_those_of_towns(story: Story) -> None:
    story.event(story.district.call_point, EventKind.ALARM, send=False)  # the brigade goes at once, too
    with story.database.begin() as session:
        village = session.scalars(select(Assignment).where(Assignment.tier == "village")).one()
        session.execute(update(Notification).where(Notification.assignment_id == village.id).values(id=1000))
        claims = claim_due(session, now=story.clock.now(), limit=10)
        pages = [session.get_one(Notification, claim.message.notification_id) for claim in claims]
        tiers = [session.get_one(Assignment, page.assignment_id).tier for page in pages if page.assignment_id]
    assert tiers[0] == "village"
    assert {"town", "district"} <= set(tiers[1:])
