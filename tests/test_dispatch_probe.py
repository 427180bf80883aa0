"""The service's own detector: it goes the whole way of an alarm, and nobody ever hears of it."""

import json
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from api.access import Role
from dispatch import probe
from dispatch.channels.carrier import SendResult, SendStatus
from dispatch.channels.probe import ProbeCarrier
from dispatch.probe import ProbeState, Stage
from dispatch.values import EventKind
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.reading import Message
from registry.version import bump_version
from store.incidents import DueStep, Incident, Notification, TimelineEntry
from store.places import PROBE_DEVICE, Device, Person, Station
from store.signals import DeviceState, EventRecord, RejectedMessage
from tests.story import Phones, Story, story
from tests.web import Web, assert_problem, web

__all__ = ["story", "web"]

_TOPIC = f"fire135/v1/{PROBE_DEVICE}/event"


def say(story: Story, topic: str = _TOPIC, *, retained: bool = False, **said: object) -> None:
    """A message as the broker brings it."""
    event = {"id": "p1", "kind": "alarm", "at": story.clock.now().isoformat()} | said
    pipeline = Pipeline(story.database, story.setup, parse_sources("all"), now=story.clock.now)
    pipeline.gather(Message(topic, json.dumps(event).encode(), retained), None)
    pipeline.settle()
    pipeline.tick()


def counts() -> list[float | None]:
    return [REGISTRY.get_sample_value("fire135_events_total", {"kind": kind}) for kind in EventKind]


def rows(story: Story) -> list[Notification]:
    with story.database.read() as session:
        return list(session.scalars(select(Notification).order_by(Notification.id)))


def send(story: Story) -> None:
    story.carriers["probe"] = ProbeCarrier()  # type: ignore[assignment]
    story.send()


def test_a_probe_travels_from_mqtt_to_the_stand_in_phone(story: Story) -> None:
    published_at = story.clock.now()
    say(story)
    (message,) = rows(story)
    assert (message.purpose, message.carrier, message.phone) == ("probe", "probe", PROBE_DEVICE)
    with story.database.read() as session:
        assert probe.find(session, "p1", since=published_at) is not None
        assert probe.find(session, "p", since=published_at) is None
        assert probe.state(session) == ProbeState(None, None, None)
        assert probe.stuck_at(session) is Stage.SENDER

    story.clock.advance(0.25)
    send(story)

    with story.database.read() as session:
        assert probe.state(session) == ProbeState(story.clock.now(), 0.25, None)


def test_nobody_can_see_or_hear_of_a_probe(web: Web) -> None:
    story = web.story
    viewer = web.caller(Role.VIEWER)
    counted = counts()
    before = [viewer.get(path).json() for path in ("/devices", "/devices?state=unregistered", "/troubles")]
    say(story)
    send(story)
    story.wait(600)

    assert [message.body for phone in story.carriers.values() for message in getattr(phone, "sent", [])] == []
    with story.database.read() as session:
        for table in (Incident, EventRecord, DeviceState, RejectedMessage, DueStep, TimelineEntry):
            assert session.scalars(select(table)).all() == [], table
        assert session.get(Device, PROBE_DEVICE) is None
    after = [viewer.get(path).json() for path in ("/devices", "/devices?state=unregistered", "/troubles")]
    assert after == before
    assert counted == [
        REGISTRY.get_sample_value("fire135_events_total", {"kind": kind}) for kind in EventKind
    ]


@pytest.mark.parametrize(
    "said",
    [{"kind": kind} for kind in EventKind if kind is not EventKind.ALARM] + [{"id": "p1", "retained": True}],
)
def test_whoever_pretends_to_be_the_probe_gets_nothing_else(story: Story, said: dict[str, object]) -> None:
    say(story, **said)  # type: ignore[arg-type]
    assert rows(story) == []
    with story.database.read() as session:
        assert session.scalars(select(Device).where(~Device.registered)).all() == []
        assert session.scalars(select(EventRecord)).all() == []


def test_the_last_will_of_the_probe_says_nothing(story: Story) -> None:
    pipeline = Pipeline(story.database, story.setup, parse_sources("all"), now=story.clock.now)
    pipeline.gather(Message(f"fire135/v1/{PROBE_DEVICE}/status", b"offline", retained=True), None)
    assert rows(story) == []
    with story.database.read() as session:
        assert session.scalars(select(DeviceState)).all() == []


def test_the_same_probe_twice_is_one_message(story: Story) -> None:
    say(story)
    say(story)
    assert len(rows(story)) == 1


def test_a_probe_that_its_carrier_refuses_goes_to_nobody_else(story: Story) -> None:
    say(story)
    refused = SendResult(SendStatus.PERMANENT, failure="broken on purpose")
    story.carriers["probe"] = Phones("probe", results={PROBE_DEVICE: [refused]})
    story.send()
    (message,) = rows(story)
    assert message.status == "failed"


def test_a_probe_without_its_carrier_goes_to_nobody_else(story: Story) -> None:
    say(story)
    story.send()
    (message,) = rows(story)
    assert message.status == "failed"


def test_no_registry_lists_the_reserved_device(web: Web) -> None:
    row = {
        "kind": "smoke",
        "source": "tasmota",
        "external_id": "kitchen",
        "premises_id": web.district.premises,
    }
    answer = web.admin.put(f"/devices/{PROBE_DEVICE}", row)
    assert_problem(answer, 422, "own detector")


def test_probes_ask_for_each_of_the_premises_in_turn(story: Story) -> None:
    for number in range(3):
        story.clock.advance(60)
        say(story, id=f"p{number}")
    asked = [json.loads(row.body)["premises_id"] for row in rows(story)]
    both = sorted([story.district.premises, story.district.other_premises])
    assert asked == [*both, both[0]]


def test_premises_that_nobody_could_be_sent_to_are_found_until_somebody_can(story: Story) -> None:
    def serve(*, in_service: bool) -> None:
        with story.database.begin() as session:
            session.execute(update(Station).values(in_service=in_service))
            bump_version(session)

    def without_help() -> list[str]:
        with story.database.read() as session:
            found = probe.without_help(session, story.setup, now=story.clock.now())
            return [premises.id for premises in found]

    serve(in_service=False)
    say(story)
    (asked,) = [json.loads(row.body)["premises_id"] for row in rows(story)]
    assert without_help() == [asked]
    story.clock.advance(2 * 86_400)  # of many thousand premises each is asked for every few days
    with story.database.begin() as session:
        probe.forget_old(session, now=story.clock.now())
    assert without_help() == [asked]
    serve(in_service=True)
    assert without_help() == []
    for number in range(2):  # each of the two premises
        say(story, id=f"later{number}")
        story.clock.advance(60)
    serve(in_service=False)
    assert without_help() == []  # found again when they are asked for again


def miss(story: Story, stage: Stage) -> bool:
    now = story.clock.now()
    with story.database.begin() as session:
        return probe.tell_missed(session, story.setup, stage, now - timedelta(seconds=30), now=now)


def recover(story: Story) -> bool:
    with story.database.begin() as session:
        return probe.tell_well(session, story.setup, now=story.clock.now())


def test_an_outage_is_told_every_half_hour_and_once_when_it_is_over(story: Story) -> None:
    officer = story.district.duty_officer
    told = []
    for _minute in range(40):
        told.append(miss(story, Stage.INGEST))
        story.clock.advance(60)
        story.send()
    assert [minute for minute, is_told in enumerate(told) if is_told] == [0, 30]
    assert (recover(story), recover(story)) == (True, False)
    story.send()
    texts = story.texts(officer)
    assert len(texts) == 3
    assert texts[0] == "15:11系统自检失败：报警未能入库，真实报警可能收不到，请立即联系运维并加强电话值守"
    assert texts[2] == "系统自检恢复正常，报警可以送达"

    story.clock.advance(60)
    assert miss(story, Stage.BROKER)  # the next outage is a new one


def test_probes_are_forgotten_after_a_day_and_nothing_else(story: Story) -> None:
    say(story)
    story.alarm(story.district.smoke)
    miss(story, Stage.SENDER)
    others = len(rows(story)) - 1
    story.clock.advance(86_401)
    with story.database.begin() as session:
        probe.forget_old(session, now=story.clock.now())
    assert len(rows(story)) == others
    assert {row.purpose for row in rows(story)}.isdisjoint({"probe"})


def test_the_duty_officer_of_every_district_is_told_in_his_language(story: Story) -> None:
    with story.database.begin() as session:
        session.execute(update(Person).where(Person.id == story.district.duty_officer).values(language="en"))
        bump_version(session)
    miss(story, Stage.SENDER)
    (row,) = rows(story)
    assert row.body.startswith("15:11 self-check failed: messages are not sent.")
