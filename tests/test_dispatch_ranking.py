"""Which stations other incidents hold, as the record says it."""

from dispatch import ranking, selection
from dispatch.receive import receive_event, start_drill
from dispatch.selection import Place
from dispatch.values import EventKind, SensorEvent, Tier
from geo.point import Point
from store.places import Device
from tests.factories import make_device
from tests.story import Story, story

__all__ = ["story"]


def held(story: Story, tier: Tier = Tier.VILLAGE) -> dict[str, str]:
    """The reasons of the ranking at the premises, by station."""
    with story.database.read() as session:
        found = ranking.rank(session, story.setup, tier, Place(Point(118.19, 24.77)), now=story.clock.now())
    return {candidate.station.id: candidate.why for candidate in found.candidates}


def detector_next_door(story: Story) -> str:
    with story.database.begin() as session:
        device: Device = make_device(session, "next-door", premises_id=story.district.other_premises)
    return device.id


def test_a_station_is_held_until_it_declines_is_cleared_or_the_incident_closes(story: Story) -> None:
    d = story.district
    assert held(story)[d.home_station] == selection.NEAREST
    story.alarm(d.smoke)
    code = story.incident().code
    assert held(story)[d.home_station] == f"committed: {code}"
    assert held(story, Tier.TOWN)[d.town_team] == f"committed: {code}"

    story.reply(d.town_chief, "2")
    assert held(story, Tier.TOWN)[d.town_team] == selection.NEAREST
    story.close()
    assert held(story)[d.home_station] == selection.NEAREST


def test_a_drill_holds_nobody(story: Story) -> None:
    with story.database.begin() as session:
        start_drill(session, story.setup, story.district.premises, now=story.clock.now())
    assert held(story)[story.district.home_station] == selection.NEAREST


def test_a_second_fire_is_sent_the_nearest_and_the_nearest_free_team(story: Story) -> None:
    d = story.district
    story.alarm(d.smoke)
    first = story.incident().code
    story.alarm(detector_next_door(story))

    assert len(story.rows_of(d.home_station)) == 1, "held, and neither the nearest nor at home there"
    assert len(story.rows_of(d.next_station)) == 1
    assert [row.reason for row in story.rows_of(d.town_team)] == [selection.NEAREST, selection.COMMITTED]
    assert [row.reason for row in story.rows_of(d.other_town_team)] == [selection.NEAREST]
    assert len(story.texts(d.town_chief)) == 2
    assert first in story.texts(d.town_chief)[0]


def test_alarms_of_one_transaction_know_of_each_other(story: Story) -> None:
    d = story.district
    device_id = detector_next_door(story)
    with story.database.begin() as session:
        for device, key in ((d.smoke, "1"), (device_id, "2")):
            now = story.clock.now()
            event = SensorEvent(device, EventKind.ALARM, key, source="native", received_at=now)
            receive_event(session, story.setup, event, now=now)

    assert [row.reason for row in story.rows_of(d.other_town_team)] == [selection.NEAREST]
