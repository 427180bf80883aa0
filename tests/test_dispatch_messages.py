"""What people are sent: all they need, in one segment where the address allows, and nothing else."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from dispatch import asking_texts, messages
from dispatch.messages import IncidentFacts
from dispatch.replies import parse_reply
from dispatch.values import Answer, Disposition, Grade
from dispatch.wording import floor_words, without_known_prefix

_FIRE = IncidentFacts(
    code="K7",
    place="下许里7号民宅",
    address="五显镇宋宅村下许里7号",
    floor="1",
    room="客厅",
    sounded="smoke",
    grade=Grade.SUSPECTED,
    station_name="宋宅村微型消防站",
    device_label="zigbee2mqtt:0x00158d0001",
)
_LONG = replace(
    _FIRE,
    place="阳光幼儿园",
    address="福建省厦门市同安区五显镇宋宅村下许里东边自然村三巷7号之二",
    floor="12",
    room="二号教学楼西侧音乐教室",
    grade=Grade.CONFIRMED,
    drill=True,
)

Text = Callable[[IncidentFacts, str], str]
_TEXTS: dict[str, Text] = {
    "page": messages.page,
    "page again": lambda facts, language: messages.page(facts, language, attempt=2),
    "further page": lambda facts, language: messages.further_page(facts, language, supporting="宋宅站"),
    "page by voice": messages.page_spoken,
    "confirmed": messages.confirmed,
    "progress": asking_texts.ask_progress,
    "no answer": lambda facts, language: messages.duty_no_answer(facts, language, next_station="明溪站"),
    "declined": messages.duty_declined,
    "needs help": messages.duty_needs_help,
    "no station left": lambda facts, language: messages.duty_no_station_left(facts, language, tier="town"),
    "unplaced": messages.duty_unplaced_alarm,
    "unplaced report": asking_texts.duty_unplaced_report,
    "handover": lambda facts, language: messages.duty_handover(facts, language, verified=False),
    "ring 119": messages.duty_ring_119,
    "119 refused": lambda facts, language: messages.duty_ring_119(facts, language, refused=True),
    "called false": messages.duty_called_false,
    "not on scene": asking_texts.duty_not_on_scene,
    "no contact": messages.duty_no_contact,
    "window": messages.window_opened,
    "stand down": lambda facts, language: messages.stand_down(
        facts, language, disposition=Disposition.FALSE_ALARM
    ),
}


def _segments(text: str) -> int:
    return len(smsutil.split(text).parts)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
def test_every_text_names_the_place_and_says_when_it_is_a_drill(text: Text, language: str) -> None:
    told = text(_FIRE, language)
    assert _FIRE.address in told
    assert "演练" not in told
    assert "演练" in text(replace(_FIRE, drill=True), language) or "drill" in text(
        replace(_FIRE, drill=True), language
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
def test_no_text_holds_a_link_or_looks_signed(text: Text, language: str) -> None:
    told = text(_FIRE, language)
    assert not re.search(r"https?:|www\.|[a-z]\.[a-z]", told)
    assert not told.startswith("【")


def test_the_page_of_the_demo_story() -> None:
    told = messages.page(replace(_FIRE, place=_FIRE.address), "zh")
    assert told == "火警K7：五显镇宋宅村下许里7号 1楼客厅 烟感报警。回复：1来 2不能 3到场 4误报 5增援"
    assert _segments(told) == 1


def test_the_page_in_english_fits_beside_a_chinese_address() -> None:
    told = messages.page(replace(_FIRE, place=_FIRE.address), "en")
    assert told == "FIRE K7: 五显镇宋宅村下许里7号, 1F 客厅 smoke. 1 go 2 cannot 3 here 4 false 5 help"
    assert _segments(told) == 1


def test_a_latin_address_leaves_room_for_whole_sentences() -> None:
    facts = replace(_FIRE, place="7 Xiaxuli", address="7 Xiaxuli, Songzhai, Wuxian", room="living room")
    told = messages.page(facts, "en")
    assert told.endswith("Reply 1 coming 2 cannot 3 on scene 4 false alarm 5 need help")
    assert _segments(told) == 1


@pytest.mark.parametrize(
    "told",
    [
        messages.page(_LONG, "zh"),
        messages.page(_LONG, "zh", attempt=2),
        messages.further_page(_LONG, "zh", supporting="宋宅村微型消防站"),
    ],
)
def test_a_long_page_drops_what_is_least_needed(told: str) -> None:
    assert _segments(told) == 1
    assert told.startswith("演练 火警已确认K7")
    for kept in ("五显镇宋宅村下许里东边自然村三巷7号之二", "12楼", "烟感", "回1来2不能"):
        assert kept in told
    assert "福建省" not in told


@given(
    address=st.text("五显镇宋宅村下许里东边三巷7号之二", min_size=1, max_size=27),
    floor=st.none() | st.sampled_from(["1", "12", "-1", "B1", "3F"]),
    room=st.none() | st.text("客厅卧室西侧楼梯", min_size=1, max_size=30),
    sounded=st.sampled_from(["smoke", "heat", "call_point", "escape_window", "window", "person", "unknown"]),
    grade=st.sampled_from(Grade),
    drill=st.booleans(),
    code=st.sampled_from(["K7", "KM7", "KMP7"]),
    name=st.text("阳光幼儿园民宅", max_size=30),
    attempt=st.integers(1, 99),
)
def test_the_page_fits_whatever_the_rest_where_the_address_allows(
    address: str,
    floor: str | None,
    room: str | None,
    sounded: str,
    grade: Grade,
    drill: bool,
    code: str,
    name: str,
    attempt: int,
) -> None:
    facts = replace(_FIRE, place=name, address=address, floor=floor, room=room, sounded=sounded)
    facts = replace(facts, grade=grade, drill=drill, code=code)
    told = messages.page(facts, "zh", attempt=attempt)
    assert _segments(told) == 1
    assert f"火警{'已确认' if grade is Grade.CONFIRMED else ''}{code}" in told
    assert address in told
    assert all(digit in told for digit in "12345")
    assert floor is None or floor_words(floor, "zh") in told


def test_an_address_too_long_for_one_segment_is_kept_whole() -> None:
    address = "五显镇" + "很长的路" * 20 + "7号"
    told = messages.page(replace(_FIRE, place="", address=address), "zh")
    assert address in told
    assert "K7" in told
    assert "回1来" in told


def test_a_repeat_is_never_the_same_text() -> None:
    for language in ("zh", "en"):
        assert len({messages.page(_FIRE, language, attempt=attempt) for attempt in range(1, 5)}) == 4
        assert (
            len({asking_texts.ask_progress(_FIRE, language, attempt=attempt) for attempt in range(1, 5)}) == 4
        )


def test_confirmed_tells_first_at_which_window_people_may_be() -> None:
    told = messages.confirmed(replace(_FIRE, window_floor="3"), "zh")
    assert told.startswith("K7：火警已确认！3楼逃生窗已开，可能有人！")
    assert "window" not in messages.confirmed(_FIRE, "en")


def test_duty_notices_say_which_station_and_what_was_done() -> None:
    told = messages.duty_no_answer(_FIRE, "zh", next_station="明溪村微型消防站")
    assert told.startswith("K7：宋宅村微型消防站未应答，已加派明溪村微型消防站。")
    assert "RING 119 NOW" in messages.duty_ring_119(_FIRE, "en")
    assert _FIRE.device_label
    assert _FIRE.device_label in messages.duty_unplaced_alarm(_FIRE, "zh")
    nowhere = replace(_FIRE, place="", address="")
    assert "位置：不明" in messages.duty_unplaced_alarm(nowhere, "zh")


def test_help_asks_for_the_code_only_when_several_are_open() -> None:
    assert "119" in messages.help_text("zh")
    assert "代码" not in messages.help_text("zh", codes=["K7"])
    several = messages.help_text("zh", codes=["K7", "M3"])
    assert "K7 M3" in several
    assert parse_reply("K7 1").answer is Answer.COMING
    assert "K7 1" in several
    assert "K7 1" in messages.help_text("en", codes=["K7", "M3"])


def test_an_answer_is_said_back() -> None:
    assert messages.answer_taken(_FIRE, "zh", answer=Answer.COMING) == "K7：已记录：出发"
    assert messages.answer_taken(_FIRE, "en", answer=Answer.FALSE_ALARM) == "K7: Recorded: false alarm"
    for answer in Answer:
        assert messages.answer_taken(_FIRE, "zh", answer=answer)


@pytest.mark.parametrize(
    ("floor", "zh", "en"),
    [
        ("3", "3楼", "3F"),
        ("3F", "3楼", "3F"),
        ("3楼", "3楼", "3F"),
        ("-1", "地下1楼", "B1"),
        ("顶楼", "顶楼", "顶楼"),
    ],
)
def test_a_floor_reads_the_same_however_it_was_entered(floor: str, zh: str, en: str) -> None:
    assert floor_words(floor, "zh") == zh
    assert floor_words(floor, "en") == en


def test_only_what_everyone_knows_is_cut_from_a_place() -> None:
    assert without_known_prefix("福建省厦门市同安区五显镇宋宅村7号") == "五显镇宋宅村7号"
    assert without_known_prefix("阳光幼儿园 同安区大同街道中山路7号") == "阳光幼儿园 大同街道中山路7号"
    for whole in ("宋宅小区7号", "五显镇宋宅小区7号", "中山路市场7号"):
        assert without_known_prefix(whole) == whole
