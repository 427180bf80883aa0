"""Who counts as a second witness."""

from dispatch.correlation import Action, Decision, OpenIncident, PlaceFacts, decide
from dispatch.values import DeviceKind, EventKind, Grade
from tests.clock import STORY_START as NOW


def test_a_panel_that_sums_up_its_detectors_is_no_second_witness() -> None:
    component = OpenIncident(Grade.SUSPECTED, frozenset({"smoke"}), NOW)
    summed_up = OpenIncident(Grade.SUSPECTED, frozenset({"panel"}), NOW, summaries=frozenset({"panel"}))
    both = OpenIncident(Grade.SUSPECTED, frozenset({"panel", "smoke"}), NOW, summaries=frozenset({"panel"}))

    def alarm(device_id: str, incident: OpenIncident, *, is_summary: bool = False) -> Decision:
        place = PlaceFacts(incident=incident)
        return decide(EventKind.ALARM, device_id, DeviceKind.SMOKE, place, 300, NOW, is_summary=is_summary)

    assert alarm("panel", component, is_summary=True) == Decision(Action.JOIN, reason="same_system")
    assert alarm("smoke", summed_up) == Decision(Action.JOIN, reason="same_system")
    assert alarm("heat", both) == Decision(Action.JOIN, confirms=True, reason="second_device")
