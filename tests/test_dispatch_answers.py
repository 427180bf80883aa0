"""What comes back from phones and terminals: same verb, same record, never two meanings."""

from sqlalchemy import select

from dispatch import answers, communication
from dispatch.answers import IncomingSms
from dispatch.short_help import HELP_AT_MOST, HELP_EVERY_S, HELP_WITHIN_S
from dispatch.values import Disposition, EventKind
from store.incidents import Reply
from tests.factories import make_device, make_person
from tests.story import Story, story

__all__ = ["story"]


def other_fire(story: Story) -> str:
    """A second incident, in the next village; the town team is told of both. Gives its code."""
    with story.database.begin() as session:
        make_device(session, "smoke-mingxi", premises_id=story.district.other_premises)
    story.alarm("smoke-mingxi")
    return story.incidents()[-1].code


def results(story: Story) -> list[str]:
    with story.database.read() as session:
        return list(session.scalars(select(Reply.result).order_by(Reply.id)))


def test_the_same_carrier_message_twice_has_one_effect(story: Story) -> None:
    story.alarm(story.district.smoke)
    sms = IncomingSms("console", "SM1", story.district.phones[story.district.chief], "5")
    for _ in range(2):
        with story.database.begin() as session:
            answers.receive_sms(session, story.setup, sms, now=story.clock.now())

    assert results(story) == ["accepted"]
    assert len(story.assignments()) == 3  # one more village station, not two


def test_with_two_incidents_open_the_code_decides(story: Story) -> None:
    story.alarm(story.district.smoke)
    first_code = story.incidents()[0].code
    other_fire(story)

    story.reply(story.district.town_chief, f"{first_code.lower()} １")

    acknowledged = [row.acknowledged_at is not None for row in story.rows_of(story.district.town_team)]
    assert acknowledged == [True, False]


def test_with_two_incidents_open_and_no_code_help_names_both(story: Story) -> None:
    story.alarm(story.district.smoke)
    second = other_fire(story)

    story.reply(story.district.town_chief, "1")

    assert all(row.acknowledged_at is None for row in story.rows_of(story.district.town_team))
    help_text = story.texts(story.district.town_chief)[-1]
    assert second in help_text
    assert story.incidents()[0].code in help_text


def test_help_is_sent_at_most_once_a_minute(story: Story) -> None:
    story.alarm(story.district.smoke)
    before = len(story.texts(story.district.chief))
    for _ in range(3):
        story.reply(story.district.chief, "什么情况？")
    assert len(story.texts(story.district.chief)) == before + 1

    story.clock.advance(HELP_EVERY_S)
    story.reply(story.district.chief, "什么情况？")
    assert len(story.texts(story.district.chief)) == before + 2
    assert results(story) == ["help_sent", "ignored", "ignored", "help_sent"]


def test_a_robot_that_answers_our_help_hears_it_five_times_an_hour(story: Story) -> None:
    story.alarm(story.district.smoke)
    for _ in range(20):
        story.reply(story.district.deputy, "【自动回复】我正在开车，稍后回复")
        story.clock.advance(HELP_EVERY_S)
    assert results(story).count("help_sent") == HELP_AT_MOST

    story.clock.advance(HELP_WITHIN_S)
    story.reply(story.district.deputy, "什么？")
    assert results(story)[-1] == "help_sent"


def test_a_valid_answer_shows_that_a_person_reads_the_help(story: Story) -> None:
    story.alarm(story.district.smoke)
    for _ in range(HELP_AT_MOST):
        story.reply(story.district.chief, "在哪")
        story.clock.advance(HELP_EVERY_S)
    story.reply(story.district.chief, "1")
    story.reply(story.district.chief, "在哪")
    assert results(story)[-2:] == ["accepted", "help_sent"]


def test_who_wants_no_more_messages_answers_nothing_and_gets_none_back(story: Story) -> None:
    story.alarm(story.district.smoke)
    before = len(story.texts(story.district.chief))
    for text in ("STOP", "退订", "TD"):
        story.reply(story.district.chief, text)

    assert results(story) == ["ignored"] * 3
    assert len(story.texts(story.district.chief)) == before
    assert story.assignments()[story.district.home_station].acknowledged_at is None


def test_without_an_incident_an_answer_counts_for_the_communication_test(story: Story) -> None:
    with story.database.begin() as session:
        communication.start(session, story.setup, None, started_by="值班员", now=story.clock.now())
    communication.run(story.database, story.setup, now=story.clock.now())
    story.reply(story.district.chief, "收到")

    assert results(story) == ["accepted"]
    (asked,) = [n for n in story.notifications(story.district.chief) if n.purpose == "communication_test"]
    assert asked.answered_at == story.clock.now()


def test_a_stranger_gets_nothing(story: Story) -> None:
    story.district.phones["stranger"] = "+8613800138999"
    story.reply("stranger", "1")

    assert results(story) == ["ignored"]
    assert story.texts("stranger") == []


def test_an_answer_after_the_close_gets_help_and_changes_nothing(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.close(Disposition.FALSE_ALARM)
    story.reply(story.district.chief, "3")

    assert story.assignments()[story.district.home_station].on_scene_at is None
    assert "没有" in story.texts(story.district.chief)[-1]


def test_a_members_cannot_speaks_for_himself(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(30)
    story.reply(story.district.member, "2")

    assert story.assignments()[story.district.home_station].declined_at is None
    assert story.notifications(story.district.member)[-1].answer == "cannot"
    story.wait(30)  # nobody has come: the minute still counts
    assert story.district.next_station in story.assignments()


def test_a_deputy_comes_after_the_chief_declined(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "不能")
    assert story.assignments()[story.district.home_station].status == "declined"
    story.reply(story.district.deputy, "1")  # not paged yet, but it is his station's fire

    assert story.assignments()[story.district.home_station].status == "acknowledged"


def test_a_key_pressed_in_a_call_is_the_same_answer(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(30)
    (call,) = [n for n in story.notifications(story.district.chief) if n.channel == "voice"]
    with story.database.begin() as session:
        assert answers.receive_key(session, story.setup, call.id, "1", "CA1", now=story.clock.now())
        assert not answers.receive_key(session, story.setup, call.id, "9", "CA1", now=story.clock.now())

    assert story.assignments()[story.district.home_station].status == "acknowledged"


def test_two_people_with_one_phone_both_answer(story: Story) -> None:
    with story.database.begin() as session:
        make_person(
            session,
            "also-town-chief",
            phone=story.district.phones[story.district.chief],
            station_id=story.district.town_team,
            rank=2,
        )
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")

    assert story.assignments()[story.district.home_station].status == "acknowledged"


def test_a_terminal_with_a_code_answers_that_incident(story: Story) -> None:
    story.alarm(story.district.smoke)
    first = story.incident().code
    other_fire(story)
    with story.database.begin() as session:
        make_device(session, "town-box", kind="station_terminal", station_id=story.district.town_team)

    story.event("town-box", EventKind.ACKNOWLEDGE, data={"code": first.lower()})
    acknowledged = [row.acknowledged_at is not None for row in story.rows_of(story.district.town_team)]
    assert acknowledged == [True, False]
