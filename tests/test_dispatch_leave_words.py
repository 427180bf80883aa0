"""Leave by text: what people type, and what may never pass for leave or for an answer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.leave_words import leave_end, says_back
from dispatch.replies import DIGITS, RECEIVED, WORDS, parse_reply

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 7, 12, tzinfo=UTC)  # 15:12 in Tong'an
_ANSWERS = [*DIGITS, *RECEIVED, *(word for words in WORDS.values() for word in words)]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("休 2h", 2),
        ("休2小时", 2),
        ("休 2 个小时。", 2),
        ("休息两小时", 2),
        ("休 ３０分钟", 0.5),
        ("休 30m", 0.5),
        ("休半小时", 0.5),
        ("休 1.5h", 1.5),
        ("休3天", 72),
        ("请假一天", 24),
        ("請假 2 小時", 2),
        ("我休 2天", 48),
        ("off 2h", 2),
        ("Off for 2 hours.", 2),
        ("I'm off 30 min", 0.5),
        ("休 100天", 2400),
        ("休 到 18:00", 168 / 60),
        ("休到18：00", 168 / 60),
        ("休到18点半", 198 / 60),
        ("休到明天8点", 1008 / 60),
        ("休到 8:00", 1008 / 60),
        ("休到24:00", 528 / 60),
        ("off until 18:00", 168 / 60),
    ],
)
def test_leave_is_read_as_people_type_it(text: str, hours: float) -> None:
    assert leave_end(text, NOW, ZONE) == NOW + timedelta(hours=hours)
    assert parse_reply(text).answer is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "休",
            "休 2",
            "休 0h",
            "休 -2h",
            "休 \N{MINUS SIGN}2h",
            "休2h？",
            "休 h",
            "休 2h 3",
            "2h",
            "休到 25:00",
            "休到24:30",
            "休 2h 1",
            "1 休2h",
        ),
        *(
            "off",
            "day off 2",
            "休今天",
            "不休2h",
            "K7 休2h",
            "休 2h 3天",
            "office 2h",
            "退订",
            "休到今天",
            "",
        ),
    ],
)
def test_whatever_can_be_read_two_ways_is_no_leave(text: str) -> None:
    assert leave_end(text, NOW, ZONE) is None


@pytest.mark.parametrize(
    "text", ["销假", "銷假！", "回来", "回来了", "我已回来", "归队", "back", "I'm back."]
)
def test_who_comes_back_says_so(text: str) -> None:
    assert says_back(text)
    assert parse_reply(text).answer is None


@pytest.mark.parametrize("text", ["BACK UP", "backup", "回来？", "没回来", "1 回来", "K7 回来"])
def test_a_call_for_help_or_a_question_is_no_return(text: str) -> None:
    assert not says_back(text)


@given(
    words=st.sampled_from(_ANSWERS),
    code=st.none() | st.from_regex(r"[CDGHJKMNPQRSTVWXYZ]{1,3}[2-9]", fullmatch=True),
    around=st.sampled_from(["", " ", "。", "!", "\n"]),
)
def test_no_answer_to_an_incident_is_ever_leave(words: str, code: str | None, around: str) -> None:
    text = f"{around}{f'{code} ' if code else ''}{words}{around}"
    assert leave_end(text, NOW, ZONE) is None
    assert not says_back(text)


@given(st.text("休息请假到半一二3 2:0hmd天小时分钟点offbackuntil回来销？1K7") | st.text())
def test_no_text_is_both_leave_and_an_answer_and_none_is_too_strange(text: str) -> None:
    is_leave = leave_end(text, NOW, ZONE) is not None or says_back(text)
    assert not (is_leave and parse_reply(text).answer is not None)


def test_a_time_of_day_is_local_where_the_clocks_change() -> None:
    london = ZoneInfo("Europe/London")
    eve = datetime(2026, 3, 28, 22, tzinfo=UTC)  # clocks go forward in the night
    assert leave_end("off until 8:00", eve, london) == datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert leave_end("off 10h", eve, london) == eve + timedelta(hours=10)
