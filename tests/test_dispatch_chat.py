"""Notices to group chats: the robots of the incident's divisions, nothing personal, nobody's answer."""

import pytest
from sqlalchemy import select, update

from dispatch.channels.carrier import Channel, SendResult, SendStatus
from dispatch.plan import ResponsePlan
from dispatch.setup import DispatchSetup, Robot
from dispatch.values import Disposition
from store.database import Database
from store.incidents import Notification
from store.places import Premises
from tests.clock import ManualClock
from tests.story import Phones, Story

_ROBOTS = (Robot("robot:1"), Robot("robot:2", "350212110"), Robot("robot:3", "350212105"))


@pytest.fixture
def story(database: Database, clock: ManualClock) -> Story:
    story = Story(database, clock, DispatchSetup(plan=ResponsePlan(), robots=_ROBOTS))
    story.carriers |= {robot.name: Phones(robot.name, frozenset({Channel.CHAT})) for robot in _ROBOTS}
    return story


def posts(story: Story, robot: str = "robot:1") -> list[str]:
    return [message.body for message in story.carriers[robot].sent]


def rows(story: Story) -> list[Notification]:
    with story.database.read() as session:
        wanted = select(Notification).where(Notification.channel == Channel.CHAT).order_by(Notification.id)
        return list(session.scalars(wanted))


def test_an_incident_is_told_from_its_opening_to_its_end(story: Story) -> None:
    story.alarm(story.district.smoke)
    code = story.incident().code
    (opened,) = posts(story)
    assert opened.startswith(f"{code}：疑似火警。")
    assert opened.endswith("已派宋宅村微型消防站、五显镇专职消防队")
    story.alarm(story.district.smoke_upstairs)
    assert [text.split("！")[0].split("，")[0] for text in posts(story)[1:]] == [
        f"{code}：火警已确认",
        f"{code}：火警已确认",  # and handed to the district
    ]
    story.close(Disposition.FIRE)
    assert posts(story)[-1].startswith(f"{code}：警情已结束（火情已处置）")


def test_what_the_duty_officer_is_told_the_chat_is_told(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(61)
    told = set(story.texts(story.district.duty_officer))
    assert told
    assert {text.split("。")[0] for text in told} <= {text.split("。")[0] for text in posts(story)}


def test_only_the_chats_of_the_incident_s_divisions_are_told(story: Story) -> None:
    story.alarm(story.district.smoke)
    assert posts(story, "robot:2") == posts(story, "robot:1")
    assert posts(story, "robot:3") == []


def test_a_home_is_named_by_its_address_and_no_phone_number_leaves(story: Story) -> None:
    with story.database.begin() as session:
        session.execute(
            update(Premises)
            .where(Premises.id == story.district.premises)
            .values(name="虚构陈家", address="下许里7号，户主电话13800138777")
        )
    story.alarm(story.district.smoke)
    (opened,) = posts(story)
    assert "下许里7号，户主电话…" in opened
    assert "陈家" not in opened
    assert "13800138777" not in opened


def test_the_record_names_the_robot_and_never_its_address(story: Story) -> None:
    story.alarm(story.district.smoke)
    named = {(row.carrier, row.person_id, row.phone, row.assignment_id) for row in rows(story)}
    assert named == {(name, name, name, None) for name in ("robot:1", "robot:2")}


def test_a_robot_that_fails_is_tried_again_and_changes_nothing_for_people(story: Story) -> None:
    refused = SendResult(SendStatus.TEMPORARY, failure="robot:1 refuses: 93000: invalid webhook url")
    story.carriers["robot:1"].results["robot:1"] = [refused] * 3
    story.alarm(story.district.smoke)
    assert story.notifications(story.district.chief)[0].status == "delivered"
    story.wait(20)
    assert len(posts(story)) == 4
    assert {row.carrier for row in rows(story)} == {"robot:1", "robot:2"}
    assert len(posts(story, "robot:2")) == 1


def test_a_robot_never_counts_as_an_answer(story: Story) -> None:
    story.alarm(story.district.smoke)
    assert all(row.answered_at is None for row in rows(story))
    story.wait(31)
    assert story.calls(story.district.chief)


def test_without_robots_nothing_is_written(database: Database, clock: ManualClock) -> None:
    story = Story(database, clock)
    story.alarm(story.district.smoke)
    assert rows(story) == []
