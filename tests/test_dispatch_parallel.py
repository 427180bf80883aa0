"""Many things at once at one place: one incident, one page."""

from concurrent.futures import ThreadPoolExecutor

from dispatch.values import EventKind
from tests.story import Story, story

__all__ = ["story"]


def test_fifty_alarms_at_once_at_one_place_are_one_incident(story: Story) -> None:
    def sound(number: int) -> None:
        device = (story.district.smoke, story.district.smoke_upstairs)[number % 2]
        story.event(device, EventKind.ALARM, key=f"at-once-{number}", send=False)

    with ThreadPoolExecutor(10) as devices:
        list(devices.map(sound, range(50)))

    assert len(story.incidents()) == 1
    assert story.timeline().count("opened") == 1
    assert story.timeline().count("signal_joined") == 49
    assert story.timeline().count("handed_over") == 1
    pages = [n for n in story.notifications(story.district.chief) if n.purpose == "page"]
    assert len(pages) == 1
