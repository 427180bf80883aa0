"""What supervision decides: silence, gateways, grace, what is shown, dark villages."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import upkeep_texts
from dispatch.supervision import (
    TROUBLE_OF,
    DeviceFacts,
    GatewayFacts,
    TroubleKind,
    interval_s,
    is_dark,
    is_light_again,
    judge,
)
from dispatch.upkeep_texts import Complaint
from dispatch.values import DeviceKind, EventKind
from dispatch.wording import fits_one_segment
from ingest.edges import KINDS, most_urgent
from ingest.reading import Condition

_T0 = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)
_LONG_AGO = _T0 - timedelta(days=365)


def at(seconds: float) -> datetime:
    return _T0 + timedelta(seconds=seconds)


def device(**given: object) -> DeviceFacts:
    """A detector of a minute that spoke at the start."""
    facts = {
        "kind": DeviceKind.SMOKE,
        "heartbeat_s": 60,
        "state": "normal",
        "conditions": {},
        "seen_at": _T0,
        "expected_since": _LONG_AGO,
    }
    return DeviceFacts(**(facts | given))  # type: ignore[arg-type]


def test_every_condition_that_ingest_calls_an_upkeep_kind_is_a_trouble_of_that_kind() -> None:
    upkeep = (EventKind.FAULT, EventKind.TAMPER, EventKind.LOW_BATTERY, EventKind.OFFLINE)
    assert {name: kind.value for name, kind in TROUBLE_OF.items()} == {
        name: kind.value for name, kind in KINDS.items() if kind in upkeep
    }


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("smoke", 90_000), ("unknown", 90_000), ("gateway", 180), ("station_terminal", 180)],
)
def test_the_default_interval_is_that_of_the_kind(kind: str, seconds: int) -> None:
    assert interval_s(kind, None) == seconds
    assert interval_s(kind, 77) == 77


@pytest.mark.parametrize(("after_s", "is_silent"), [(0, False), (179, False), (180, True), (10**6, True)])
def test_three_intervals_without_a_word_are_silence(after_s: int, is_silent: bool) -> None:
    judgement = judge(device(), _LONG_AGO, at(after_s))
    assert (TroubleKind.OFFLINE in judgement.kinds) is is_silent
    assert judgement.offline_since == (at(180) if is_silent else None)


def test_after_our_start_silence_counts_one_interval_later() -> None:
    facts = device(seen_at=at(-5000))
    assert judge(facts, _T0, at(59)).kinds == set()
    assert judge(facts, _T0, at(60)).kinds == {TroubleKind.OFFLINE}


def test_what_was_offline_before_our_start_stays_offline() -> None:
    facts = device(seen_at=at(-5000), known_offline=True)
    assert judge(facts, _T0, at(1)).kinds == {TroubleKind.OFFLINE}


def test_behind_a_dead_gateway_a_device_is_offline_until_it_is_heard_by_another_way() -> None:
    gateway = GatewayFacts(interval_s=180, trouble_id=1, down_since=at(10))
    judgement = judge(device(gateway=gateway), _LONG_AGO, at(11))
    assert (judgement.kinds, judgement.explained) == (frozenset({TroubleKind.OFFLINE}), True)
    assert judge(device(gateway=gateway, seen_at=at(11)), _LONG_AGO, at(12)).kinds == set()


def test_a_silent_gateway_is_down() -> None:
    assert judge(device(kind=DeviceKind.GATEWAY), _LONG_AGO, at(180)).kinds == {TroubleKind.GATEWAY_DOWN}


CONDITIONS = st.dictionaries(st.sampled_from([*Condition, "not ours"]), st.booleans())


@given(CONDITIONS)
def test_a_device_that_is_heard_shows_what_ingest_shows(conditions: dict[str, bool]) -> None:
    state = most_urgent(conditions)
    assert judge(device(conditions=conditions, state=state), _LONG_AGO, at(1)).state == state


@given(CONDITIONS)
def test_who_was_silent_and_speaks_shows_what_ingest_would_show(conditions: dict[str, bool]) -> None:
    said = most_urgent(conditions)
    silent = judge(device(conditions=conditions, state=said), _LONG_AGO, at(500))
    assert silent.state == (said if said in ("alarm", "fault") else "offline")
    back = judge(device(conditions=conditions, state=silent.state, seen_at=at(501)), _LONG_AGO, at(502))
    assert back.state == said


@given(
    heartbeat_s=st.integers(1, 10**6),
    seen_s=st.one_of(st.none(), st.integers(-(10**7), 0)),
    listening_s=st.integers(-(10**7), 0),
    back_s=st.one_of(st.none(), st.integers(-(10**6), 0)),
    down=st.booleans(),
    known=st.booleans(),
    conditions=CONDITIONS,
)
def test_it_is_looked_at_again_in_time_and_never_too_often(
    heartbeat_s: int,
    seen_s: int | None,
    listening_s: int,
    back_s: int | None,
    down: bool,
    known: bool,
    conditions: dict[str, bool],
) -> None:
    gateway = GatewayFacts(180, 1, at(-5) if down else None, at(back_s) if back_s is not None else None)
    facts = device(
        heartbeat_s=heartbeat_s,
        seen_at=at(seen_s) if seen_s is not None else None,
        gateway=gateway,
        known_offline=known,
        conditions=conditions,
    )
    judgement = judge(facts, at(listening_s), _T0)
    assert _T0 < judgement.check_at <= at(3 * heartbeat_s)
    is_silent = TroubleKind.OFFLINE in judgement.kinds
    assert is_silent == (judgement.offline_since is not None)
    assert judgement.offline_since is None or judgement.offline_since <= _T0
    if not is_silent:  # the next look finds it out the moment its silence counts
        assert TroubleKind.OFFLINE in judge(facts, at(listening_s), judgement.check_at).kinds
    if not down and seen_s is not None and seen_s > -3 * heartbeat_s:
        assert is_silent == conditions.get("offline", False)


@pytest.mark.parametrize(
    ("lost", "alive", "dark"),
    [(2, 0, False), (3, 0, True), (3, 3, True), (3, 4, False), (100, 100, True), (0, 0, False)],
)
def test_three_and_half_of_them_are_a_dark_village(lost: int, alive: int, dark: bool) -> None:
    assert is_dark(lost, alive) is dark


@pytest.mark.parametrize(
    ("parts", "silent", "over"), [(4, 2, False), (4, 1, True), (3, 1, True), (0, 0, False)]
)
def test_it_is_over_when_more_than_half_speak_again(parts: int, silent: int, over: bool) -> None:
    assert is_light_again(parts, silent) is over


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_a_digest_fits_one_segment_and_says_how_many(language: str, count: int) -> None:
    complaints = [Complaint(TroubleKind.LOW_BATTERY, "下许里7号" * 3, "2", "卧室")] * count
    text = upkeep_texts.digest(complaints, language)
    assert fits_one_segment(text)
    assert str(count) in text


def test_a_digest_names_the_first_ones() -> None:
    complaints = [
        Complaint(TroubleKind.LOW_BATTERY, "下许里7号", "2F", "卧室"),
        Complaint(TroubleKind.GATEWAY_DOWN, "村部", None, None),
    ]
    assert upkeep_texts.digest(complaints, "zh") == (
        "消防设备维护：2处待处理：下许里7号2楼卧室电量低；村部网关离线。请查看"
    )
    assert "gateway offline" in upkeep_texts.digest(complaints[1:], "en")
