"""What is news in a reading."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from dispatch.values import EventKind
from ingest.edges import KINDS, Derived, derive, most_urgent
from ingest.reading import Condition, Reading

_ALARM_CONDITIONS = {name for name, kind in KINDS.items() if kind is EventKind.ALARM}


def hear(before: Mapping[str, bool], **said: bool) -> Derived:
    return derive(before, Reading("d", said))


def kinds(derived: Derived) -> list[str]:
    return [edge.kind.value for edge in derived.edges]


def test_smoke_is_an_alarm_once_however_often_it_is_repeated() -> None:
    first = hear({"smoke": False}, smoke=True)
    assert kinds(first) == ["alarm"]
    again = hear(first.conditions, smoke=True, test=False)
    assert kinds(again) == []
    assert not again.is_news


def test_smoke_and_heat_together_are_one_alarm_that_names_both() -> None:
    derived = hear({}, smoke=True, heat=True)
    assert kinds(derived) == ["alarm"]
    assert derived.edges[0].data["conditions"] == ["smoke", "heat"]


def test_heat_that_follows_smoke_is_an_alarm_of_its_own() -> None:
    assert kinds(hear({"smoke": True}, smoke=True, heat=True)) == ["alarm"]
    after = hear({"smoke": True, "heat": False}, smoke=False, heat=True)
    assert kinds(after) == ["alarm"]
    assert after.edges[0].data["cleared"] == ["smoke"]


def test_an_alarm_during_a_test_is_an_alarm() -> None:
    both = hear({}, smoke=True, test=True)
    assert kinds(both) == ["alarm"]
    assert both.edges[0].data["test"] is True
    assert kinds(hear({"smoke": False, "test": True}, smoke=True, test=True)) == ["alarm"]


def test_a_test_alone_is_a_test_even_while_an_old_alarm_lies_in_the_cache() -> None:
    assert kinds(hear({}, smoke=False, test=True)) == ["test"]
    assert kinds(hear({"smoke": True}, smoke=True, test=True)) == ["test"]


def test_an_alarm_that_ends_is_a_restore() -> None:
    derived = hear({"smoke": True}, smoke=False)
    assert kinds(derived) == ["restore"]
    assert derived.edges[0].data["cleared"] == ["smoke"]


def test_nothing_was_active_so_nothing_is_restored() -> None:
    assert kinds(hear({}, smoke=False, tamper=False)) == []
    assert kinds(hear({"smoke": False}, smoke=False)) == []


def test_what_a_message_does_not_mention_is_unchanged() -> None:
    after = hear({"smoke": True}, low_battery=True)
    assert kinds(after) == ["low_battery"]
    assert after.conditions["smoke"] is True


def test_smoke_that_clears_beside_a_tamper_restates_the_tamper_and_says_what_cleared() -> None:
    derived = hear({"smoke": True, "tamper": True}, smoke=False, tamper=True)
    assert kinds(derived) == ["tamper"]
    assert derived.edges[0].data == {
        "conditions": ["tamper"],
        "restated": True,
        "cleared": ["smoke"],
        "alarm_over": True,
    }


def test_an_alarm_that_goes_on_is_never_said_again() -> None:
    derived = hear({"smoke": True, "test": True}, smoke=True, test=False)
    assert kinds(derived) == []
    assert derived.is_news
    assert derived.conditions == {"smoke": True, "test": False}


def test_what_begins_speaks_louder_than_what_ends() -> None:
    derived = hear({"low_battery": True}, low_battery=False, tamper=True)
    assert kinds(derived) == ["tamper"]
    assert derived.edges[0].data["cleared"] == ["low_battery"]


def test_a_window_speaks_at_both_edges_and_at_first_sight() -> None:
    assert kinds(hear({}, window_open=True)) == ["window_opened"]
    assert kinds(hear({"window_open": True}, window_open=False)) == ["window_closed"]
    assert kinds(hear({"window_open": False}, window_open=False)) == []
    assert kinds(hear({}, window_open=False)) == ["window_closed"]
    assert kinds(hear({}, window_open=False, tamper=True)) == ["tamper"]


def test_a_window_that_closes_is_told_beside_a_new_tamper() -> None:
    assert kinds(hear({"window_open": True}, window_open=False, tamper=True)) == ["window_closed", "tamper"]


def test_a_connection_speaks_at_both_edges_and_at_first_sight() -> None:
    assert kinds(hear({}, offline=False)) == ["online"]
    assert kinds(hear({"offline": False}, offline=True)) == ["offline"]
    assert kinds(hear({"offline": True}, offline=True)) == []
    assert kinds(hear({"offline": True}, offline=False)) == ["online"]


def test_an_offline_device_or_a_silenced_buzzer_does_not_hide_a_restore() -> None:
    assert kinds(hear({"smoke": True, "offline": True, "silence": True}, smoke=False)) == ["restore"]


def test_the_end_of_a_silence_is_no_event() -> None:
    derived = hear({"silence": True}, silence=False)
    assert kinds(derived) == []
    assert derived.is_news


def test_a_button_is_an_event_each_time_and_leaves_nothing() -> None:
    press = Reading("d", events=(EventKind.ALARM,))
    first = derive({}, press)
    assert kinds(first) == kinds(derive(first.conditions, press)) == ["alarm"]
    assert first.conditions == {}


def test_an_explicit_event_is_said_once_beside_the_condition_it_brings() -> None:
    alarm = Reading("d", {Condition.ALARM: True}, events=(EventKind.ALARM,))
    first = derive({}, alarm)
    assert kinds(first) == ["alarm"]
    assert kinds(derive(first.conditions, alarm)) == ["alarm"]
    restore = Reading("d", {Condition.ALARM: False}, events=(EventKind.RESTORE,))
    assert kinds(derive(first.conditions, restore)) == ["restore"]


def test_history_is_told_but_is_not_the_present() -> None:
    late = Reading("d", {"smoke": True}, live=False)
    derived = derive({"smoke": False}, late)
    assert kinds(derived) == ["alarm"]
    assert derived.conditions == {"smoke": False}
    assert kinds(derive({"smoke": True}, late)) == ["alarm"]


def test_the_state_shown_is_the_most_urgent() -> None:
    assert most_urgent({}) == "normal"
    assert most_urgent({"window_open": True, "silence": True}) == "normal"
    assert most_urgent({"low_battery": True, "tamper": True}) == "tamper"
    assert most_urgent({"offline": True, "unreliable": True}) == "fault"
    assert most_urgent({"heat": True, "fault": True, "smoke": False}) == "alarm"


def active(conditions: Mapping[str, bool]) -> set[str]:
    return {name for name, is_active in conditions.items() if is_active}


_conditions = st.dictionaries(st.sampled_from(sorted(KINDS)), st.booleans())


@given(before=_conditions, said=_conditions)
def test_every_new_alarm_is_heard_and_every_repetition_is_silent(
    before: dict[str, bool], said: dict[str, bool]
) -> None:
    derived = derive(before, Reading("d", said))
    begins = any(said.get(name) and not before.get(name) for name in _ALARM_CONDITIONS)
    assert (EventKind.ALARM in [edge.kind for edge in derived.edges]) == begins
    assert active(derived.conditions) == active({**before, **said})
    again = derive(derived.conditions, Reading("d", said))
    assert again.edges == ()
    assert not again.is_news


@given(before=_conditions, said=_conditions)
def test_what_holds_no_news_changes_nothing_that_is_active(
    before: dict[str, bool], said: dict[str, bool]
) -> None:
    derived = derive(before, Reading("d", said))
    if not derived.is_news:
        assert active(derived.conditions) == active(before)


def test_every_condition_has_a_kind() -> None:
    assert set(KINDS) == set(Condition)
