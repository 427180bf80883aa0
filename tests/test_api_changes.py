"""What has changed since: each change once, late commits included, and only where it may be seen."""

from typing import Any

import pytest
from sqlalchemy import event

from api.access import Role
from api.callers import Caller
from api.changes import Change, ChangeReader, parse_position
from dispatch.values import EventKind, Source
from store.incidents import TimelineEntry
from tests.story import Story, story

__all__ = ["story"]


class Reader:
    """A reader over a story, as the stream uses it."""

    def __init__(self, story: Story, position: tuple[int, int] | None = None) -> None:
        self._story = story
        with story.database.read() as session:
            self._reader = ChangeReader(session, position)

    def read(self) -> list[Change]:
        with self._story.database.read() as session:
            return self._reader.read(session, self._story.setup.roster.get(session).tree)

    @property
    def position(self) -> tuple[int, int]:
        parsed = parse_position(self._reader.position)
        assert parsed
        return parsed


def fact(story: Story, incident_id: str, row_id: int) -> None:
    """A fact whose id was given out at another time than it was committed."""
    now = story.clock.now()
    with story.database.begin() as session:
        session.add(
            TimelineEntry(
                id=row_id,
                incident_id=incident_id,
                at=now,
                clock="server",
                recorded_at=now,
                source=Source.SYSTEM,
                kind="noted",
            )
        )


def seen(changes: list[Change], caller: Caller) -> list[str]:
    return [change.event for change in changes if change.is_seen_by(caller)]


def caller(role: Role, region: str | None) -> Caller:
    return Caller("someone", role, region, Source.API)


def test_an_alarm_changes_its_device_its_incident_and_its_assignments(story: Story) -> None:
    reader = Reader(story)
    assert reader.read() == []
    story.alarm(story.district.smoke)
    changes = reader.read()
    assert {change.event for change in changes} == {"incident", "assignment", "device"}
    opened = changes[0]
    incident = story.incident()
    wanted = {"id": incident.id, "incident_id": incident.id, "code": incident.code, "kind": "opened"}
    assert wanted.items() <= opened.data.model_dump().items()
    assigned = next(change.data.model_dump() for change in changes if change.event == "assignment")
    assert (assigned["incident_id"], assigned["station_id"]) == (incident.id, story.district.home_station)
    device = changes[-1].data.model_dump()
    assert (device["id"], device["kind"], device["incident_id"]) == (
        "smoke-living-room",
        "alarm",
        incident.id,
    )
    assert reader.read() == []


def test_a_row_that_is_committed_late_is_given_late_and_once(story: Story) -> None:
    story.alarm(story.district.smoke)
    incident_id = story.incident().id
    reader = Reader(story)
    fact(story, incident_id, 90_002)
    (later,) = reader.read()
    fact(story, incident_id, 90_001)
    (late,) = reader.read()
    assert (later.row_id, late.row_id) == (90_002, 90_001)
    assert late.position == later.position  # a client that goes on from here misses nothing that came later
    assert reader.read() == []


def test_a_row_that_was_under_way_when_the_reader_began_is_given(story: Story) -> None:
    story.alarm(story.district.smoke)
    incident_id = story.incident().id
    fact(story, incident_id, 90_002)
    reader = Reader(story)
    fact(story, incident_id, 90_001)
    assert [change.row_id for change in reader.read()] == [90_001]


def test_who_goes_on_from_any_change_gets_exactly_the_rest(story: Story) -> None:
    start = Reader(story).position
    story.alarm(story.district.smoke)
    story.reply(story.district.chief, "1")
    everything = Reader(story, start).read()
    assert len(everything) > 5
    for number, change in enumerate(everything, start=1):
        rest = Reader(story, parse_position(change.position)).read()
        assert [later.key for later in rest] == [later.key for later in everything[number:]]


def test_more_than_fits_at_once_comes_in_turns(story: Story) -> None:
    story.alarm(story.district.smoke)
    incident_id = story.incident().id
    reader = Reader(story, (10**6, 10**6))
    now = story.clock.now()
    with story.database.begin() as session:
        session.add_all(
            TimelineEntry(
                id=10**6 + number,
                incident_id=incident_id,
                at=now,
                clock="server",
                recorded_at=now,
                source=Source.SYSTEM,
                kind="noted",
            )
            for number in range(1, 4001)
        )
    found: list[int] = []
    while changes := reader.read():
        found += [change.row_id for change in changes]
    assert found == list(range(10**6 + 1, 10**6 + 4001))


def test_a_look_at_nothing_new_reads_only_ids(story: Story) -> None:
    story.alarm(story.district.smoke)
    reader = Reader(story)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    with story.database.read() as session:
        story.setup.roster.get(session)
    event.listen(story.database.engine, "before_cursor_execute", note)
    assert reader.read() == []
    assert not [s for s in statements if "incidents" in s or "devices" in s]


def test_a_change_is_seen_where_its_incident_is(story: Story) -> None:
    d = story.district
    reader = Reader(story)
    story.alarm(d.smoke)
    changes = reader.read()
    for region in (None, d.code, d.town, d.village):
        assert seen(changes, caller(Role.VIEWER, region)) == [change.event for change in changes]
    for region in (d.other_town, d.next_village):
        assert seen(changes, caller(Role.VIEWER, region)) == []


def test_a_station_that_was_sent_across_the_border_sees_the_incident_but_not_the_device(story: Story) -> None:
    d = story.district
    reader = Reader(story)
    story.alarm(d.smoke)
    events = set(seen(reader.read(), caller(Role.STATION, d.town)))
    assert events == {"incident", "assignment", "device"}
    with story.database.begin() as session:
        session.get_one(type(story.incident()), story.incident().id).village_code = d.next_village
    story.reply(d.chief, "1")
    assert set(seen(reader.read(), caller(Role.STATION, d.village))) == {"assignment"}


def test_a_device_is_seen_by_its_station_or_its_gateway_where_it_has_no_premises(story: Story) -> None:
    d = story.district
    reader = Reader(story)
    story.event(d.terminal, EventKind.TEST)
    (change,) = reader.read()
    assert change.is_seen_by(caller(Role.VIEWER, d.village))
    assert not change.is_seen_by(caller(Role.VIEWER, d.other_town))


@pytest.mark.parametrize("text", [None, "", "7", "7-", "-7", "a-b", "1-2-3", f"{10**19}-1", "²-1"])
def test_a_position_that_is_none_of_ours_is_ignored(text: str | None) -> None:
    assert parse_position(text) is None


def test_a_position_is_two_numbers() -> None:
    assert parse_position("12-345") == (12, 345)
