"""The plan file: every number is data, and a typing error never passes for a rule."""

from pathlib import Path

import pytest

from dispatch.plan import PlanError, ResponsePlan, load_plan
from dispatch.values import Tier


def test_without_a_file_the_contracts_numbers_hold() -> None:
    plan = load_plan(None)

    assert (plan.voice_after_s, plan.next_station_after_s, plan.repeat_every_s) == (30, 60, 60)
    assert (plan.handover_unverified_after_s, plan.confirm_window_s) == (90, 300)
    assert [plan.of(tier).target_response_s for tier in Tier] == [180, 300, 900]
    assert plan.of(Tier.VILLAGE).target_acknowledgement_s == 60


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("voice_after_s = 20\n[tier.village]\nstations_at_once = 2\n", encoding="utf-8")

    plan = load_plan(path)

    assert plan.voice_after_s == 20
    assert plan.of(Tier.VILLAGE).stations_at_once == 2
    assert plan.of(Tier.VILLAGE).target_response_s == 180
    assert plan.of(Tier.TOWN) == ResponsePlan().of(Tier.TOWN)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("voice_after = 20", "voice_after"),
        ("[tier.hamlet]\nstations_at_once = 1", "tier.hamlet"),
        ("[tier.town]\ntarget_s = 1", "tier.town.target_s"),
        ("voice_after_s = 'soon'", "voice_after_s"),
        ("repeat_every_s = 0", "repeat_every_s"),
        ("tier = 3", "tier"),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PlanError, match=rf"plan\.toml: {key}: "):
        load_plan(path)


@pytest.mark.parametrize("content", [b"voice_after_s = ", b"\xff\xfe", b"[[["])
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(content)

    with pytest.raises(PlanError, match="not a readable TOML file"):
        load_plan(path)


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="FIRE135_PLAN"):
        load_plan(tmp_path / "none.toml")
