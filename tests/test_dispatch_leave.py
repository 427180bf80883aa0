"""Leave taken and ended: by text and by verb, on each database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from dispatch import communication, duty, leave
from dispatch.duty import Absence
from dispatch.errors import InvalidError
from dispatch.values import Source
from registry.version import bump_version, read_version
from store.availability import Leave
from store.incidents import Reply
from store.places import Person, Shift
from tests.story import Story, story

__all__ = ["story"]


def on_duty(story: Story, station_id: str | None = None) -> list[str]:
    """Who is on duty at the home station now, as every process would find it."""
    with story.database.read() as session:
        card = story.setup.roster.get(session).station(station_id or story.district.home_station)
    assert card is not None
    return [person.id for person in duty.on_duty(card.people, story.clock.now(), story.setup.zone)]


def leaves(story: Story) -> list[Leave]:
    with story.database.read() as session:
        return list(session.scalars(select(Leave).order_by(Leave.id)))


def results(story: Story) -> list[str]:
    with story.database.read() as session:
        return list(session.scalars(select(Reply.result).order_by(Reply.id)))


def take(story: Story, people: Sequence[str], until: datetime, begins: datetime | None = None) -> None:
    now = story.clock.now()
    with story.database.begin() as session:
        wanted = [session.get_one(Person, person) for person in people]
        absence = Absence(begins or now, until)
        leave.take(session, story.setup, wanted, absence, source=Source.API, actor="值班台", now=now)
    story.send()


def test_leave_by_text_is_confirmed_with_its_end_and_who_is_on_duty(story: Story) -> None:
    d = story.district
    story.reply(d.chief, "休 2h")
    assert story.texts(d.chief) == [
        "已记休假至03-02 17:12。宋宅村微型消防站现值班：虚构songzhai-deputy等2人。返岗请发：销假"
    ]
    assert on_duty(story) == [d.deputy, d.member]
    (row,) = leaves(story)
    assert (row.person_id, row.until_at) == (d.chief, story.clock.now() + timedelta(hours=2))
    assert (row.source, row.created_by) == ("sms", "虚构songzhai-chief")
    story.clock.advance(2 * 3600)
    assert on_duty(story) == [d.chief, d.deputy, d.member]
    assert story.texts(d.duty_officer) == []


def test_who_comes_back_early_is_on_duty_at_once(story: Story) -> None:
    d = story.district
    story.reply(d.chief, "休3天")
    story.clock.advance(3600)
    story.reply(d.chief, "回来了")
    assert on_duty(story)[0] == d.chief
    assert story.texts(d.chief)[-1].startswith("已销假。宋宅村微型消防站现值班：虚构songzhai-chief")
    assert leaves(story)[0].until_at == story.clock.now()
    story.reply(d.chief, "回来了")  # from a fire? he is asked what he means
    assert results(story) == ["accepted", "accepted", "help_sent"]


def test_the_last_on_duty_leaves_and_the_duty_officer_hears_it_once(story: Story) -> None:
    d = story.district
    story.reply(d.chief, "休 2h")
    story.reply(d.member, "休到 20:00")
    assert story.texts(d.duty_officer) == []
    story.reply(d.deputy, "off 30m")
    assert "宋宅村微型消防站现无人值班" in story.texts(d.deputy)[-1]
    assert story.texts(d.duty_officer) == [
        "宋宅村微型消防站现无人值班：虚构songzhai-deputy休假至03-02 15:42，请安排人员替班"
    ]
    story.reply(d.chief, "休 3h")  # still nobody: nothing new
    assert len(story.texts(d.duty_officer)) == 1


def test_with_nobody_on_duty_everyone_is_called_as_before(story: Story) -> None:
    d = story.district
    for person in (d.chief, d.deputy, d.member):
        story.reply(person, "休 2h")
    story.alarm(d.smoke)
    assert d.home_station in story.assignments()
    assert any("下许里7号" in text for text in story.texts(d.chief))


def test_who_is_on_leave_is_not_called_and_the_next_is(story: Story) -> None:
    d = story.district
    story.reply(d.chief, "休 2h")
    before = len(story.texts(d.chief))
    story.alarm(d.smoke)
    assert len(story.texts(d.chief)) == before
    assert any("下许里7号" in text for text in story.texts(d.deputy))
    story.wait(40)
    assert story.calls(d.chief) == []


def test_leave_is_no_answer_to_the_incident_that_waits_for_one(story: Story) -> None:
    d = story.district
    story.alarm(d.smoke)
    code = story.incident().code
    story.reply(d.chief, "休 2h")
    assert f"{code}警情仍等您答复1或2。" in story.texts(d.chief)[-1]
    row = story.assignments()[d.home_station]
    assert (row.acknowledged_at, row.declined_at) == (None, None)
    story.wait(31)
    assert story.calls(d.deputy)  # it goes on escalating, to who is there
    story.reply(d.chief, "1")
    assert story.assignments()[d.home_station].acknowledged_at is not None


def test_too_much_leave_is_refused_with_how_to_do_it(story: Story) -> None:
    d = story.district
    story.reply(d.chief, "休 14天")
    assert len(leaves(story)) == 1
    story.reply(d.deputy, "休 15天")
    assert story.texts(d.deputy) == ["未登记：休假最长14天。请重发，如：休3天；更长请找值班员改排班"]
    story.reply(d.deputy, "休 15天")  # within the minute: the short help's pace
    assert len(story.texts(d.deputy)) == 1
    assert len(leaves(story)) == 1


def test_who_has_no_station_is_told_where_to_ask(story: Story) -> None:
    story.reply(story.district.duty_officer, "休 2h")
    assert "值班台" in story.texts(story.district.duty_officer)[-1]
    assert leaves(story) == []


def test_a_new_leave_replaces_what_runs_and_keeps_what_is_planned(story: Story) -> None:
    d, now = story.district, story.clock.now()
    take(story, [d.chief], now + timedelta(days=9), now + timedelta(days=7))
    story.reply(d.chief, "休 3天")
    story.clock.advance(60)
    story.reply(d.chief, "休 1h")
    story.clock.advance(3600)
    assert on_duty(story)[0] == d.chief
    story.clock.advance(7 * 86_400)
    assert d.chief not in on_duty(story)
    with story.database.begin() as session:
        person = session.get_one(Person, d.chief)
        assert leave.end(session, story.setup, [person], planned=True, now=story.clock.now())
        assert not leave.end(session, story.setup, [person], planned=True, now=story.clock.now())
    assert on_duty(story)[0] == d.chief


def test_planned_leave_can_be_withdrawn_before_it_begins(story: Story) -> None:
    d, now = story.district, story.clock.now()
    take(story, [d.chief], now + timedelta(days=9), now + timedelta(days=7))
    assert on_duty(story)[0] == d.chief
    with story.database.begin() as session:
        person = session.get_one(Person, d.chief)
        assert leave.end(session, story.setup, [person], planned=False, now=now) is None
        assert leave.end(session, story.setup, [person], planned=True, now=now) is not None
    assert leaves(story) == []


def test_leave_that_makes_no_sense_is_refused(story: Story) -> None:
    now, hour = story.clock.now(), timedelta(hours=1)
    wrong = [
        (now, now - hour, "not after the beginning"),
        (now + 2 * hour, now + hour, "not after the beginning"),
        (now - hour, now + hour, "already over"),
        (now + hour, now + hour + leave.LONGEST + timedelta(seconds=1), "more than 14 days"),
    ]
    for begins, ends, word in wrong:
        with pytest.raises(InvalidError, match=word):
            take(story, [story.district.chief], ends, begins)
    take(story, [story.district.chief], now + hour + leave.LONGEST, now + hour)
    assert len(leaves(story)) == 1


def test_leave_is_a_new_version_for_every_process(story: Story) -> None:
    with story.database.read() as session:
        before = read_version(session)
    story.reply(story.district.chief, "休 2h")
    story.reply(story.district.chief, "销假")
    with story.database.read() as session:
        assert read_version(session) == before + 2


def test_a_chief_on_leave_is_not_asked_by_a_communication_test(story: Story) -> None:
    d = story.district
    story.reply(d.chief, "休 2h")
    with story.database.begin() as session:
        test = communication.start(session, story.setup, d.town, started_by="值班台", now=story.clock.now())
        assert sorted(test.person_ids) == sorted([d.next_chief, d.town_chief])


def test_who_is_off_by_shift_takes_leave_without_a_notice(story: Story) -> None:
    d = story.district
    with story.database.begin() as session:
        for person in (d.chief, d.deputy, d.member):
            session.add(Shift(person_id=person, weekday="sun", from_time="08:00", to_time="09:00"))
        bump_version(session)
    story.reply(d.chief, "休 2h")  # Monday: nobody was on duty before
    assert story.texts(d.duty_officer) == []
    assert "现无人值班" in story.texts(d.chief)[-1]
