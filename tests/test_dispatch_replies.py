"""What people type back, and what may never pass for an answer."""

import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.replies import DIGITS, RECEIVED, WORDS, ParsedReply, is_opt_out, new_code, parse_reply
from dispatch.values import Answer

_FULL_WIDTH = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ",
    "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ　",
)
_ANSWER_FORMS = [
    *DIGITS.items(),
    *((word, answer) for answer, words in WORDS.items() for word in words),
    *((word, Answer.COMING) for word in RECEIVED),
]
_CODES = st.from_regex(r"[CDGHJKMNPQRSTVWXYZ]{1,3}[2-9]", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", Answer.COMING),
        (" １ ", Answer.COMING),
        ("“1”", Answer.COMING),
        ("1.", Answer.COMING),
        ("①", Answer.COMING),
        ("1️⃣", Answer.COMING),
        ("1来", Answer.COMING),
        ("回复1", Answer.COMING),
        ("收到。", Answer.COMING),
        ("收到！", Answer.COMING),
        ("不能来", Answer.CANNOT),
        ("２", Answer.CANNOT),
        ("３　", Answer.ON_SCENE),
        ("收到，马上来", Answer.COMING),
        ("我们已出发", Answer.COMING),
        ("I’m coming", Answer.COMING),
        ("2", Answer.CANNOT),
        ("2不能", Answer.CANNOT),
        ("去不了", Answer.CANNOT),
        ("收到，不能来", Answer.CANNOT),
        ("can't come", Answer.CANNOT),
        ("3到场", Answer.ON_SCENE),
        ("我们到了！", Answer.ON_SCENE),
        ("收到，已到场", Answer.ON_SCENE),
        ("On Scene", Answer.ON_SCENE),
        ("误报", Answer.FALSE_ALARM),
        ("是误报", Answer.FALSE_ALARM),
        ("False alarm.", Answer.FALSE_ALARM),
        ("5!!", Answer.NEED_HELP),
        ("请求增援", Answer.NEED_HELP),
        ("HELP", Answer.NEED_HELP),
        ("五", Answer.NEED_HELP),
        ("收到，马上到", Answer.COMING),
        ("收到。马上到场", Answer.COMING),
        ("即将到达", Answer.COMING),
        ("收到謝謝", Answer.COMING),
        ("收 到", Answer.COMING),
        ("到 场", Answer.ON_SCENE),
        ("到場", Answer.ON_SCENE),
        ("誤 報", Answer.FALSE_ALARM),
        ("1\n\n发自我的iPhone", Answer.COMING),
        ("3\nSent from my phone", Answer.ON_SCENE),
    ],
)
def test_digits_and_words_are_read_as_people_type_them(text: str, answer: Answer) -> None:
    assert parse_reply(text) == ParsedReply(answer, None)


@pytest.mark.parametrize(
    "text",
    [
        "K7 1",
        "k7 1",
        "k7１",
        "Ｋ７1",
        "１　ｋ７",
        "k7-1",
        "K7:1",
        "K71",
        "K7，1",
        "Ｋ７　１",
        "K 7 1",
        "1 K7",
        "K7收到",
        "K7 收到",
        "回复K7 1",
    ],
)
def test_a_code_says_which_incident_is_meant(text: str) -> None:
    assert parse_reply(text) == ParsedReply(Answer.COMING, "K7")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "？",
        "0",
        "6",
        "11",
        "12",
        "119",
        "1 2",
        "3楼",
        "一号楼",
        "十一",
        "2个人",
        "来人",
        "回来了",
        "不是误报",
        "误报？",
        "没到场",
        "快到了",
        "不需要增援",
        "能不能来",
        "not coming",
        "no help",
        "yes",
        "no",
        "好的",
        "我现在开车，稍后回复",
        "1来 2不能 3到场 4误报 5增援",
        "收到 不能确定",
        "2 3",
        "来不了了吗",
        "1 退订",
        "退订",
        "STOP",
        "stop 1",
        "TD",
        "【自动回复】收到，稍后联系您",
        "[Auto-reply] I am driving, 1 hour",
        "您好，我正在开会，3点后回复您",
        "验证码1",
        "K7 一号楼",
        "1K7",
    ],
)
def test_whatever_can_be_read_two_ways_is_no_answer(text: str) -> None:
    assert parse_reply(text).answer is None


@pytest.mark.parametrize(
    "text", ["STOP", " stop. ", "Ｓｔｏｐ", "退订", "T", "TD", "td 退订", "回T退订", "Unsubscribe"]
)
def test_who_wants_no_more_messages_is_understood_as_that(text: str) -> None:
    assert is_opt_out(text)
    assert parse_reply(text).answer is None


@pytest.mark.parametrize("text", ["1", "收到", "help", "HELP", "T7 1", "不能来", ""])
def test_an_answer_or_a_question_is_no_wish_to_hear_no_more(text: str) -> None:
    assert not is_opt_out(text)


def test_a_code_alone_or_two_codes_answer_nothing() -> None:
    assert parse_reply("K7") == ParsedReply(None, "K7")
    assert parse_reply("K7 M3 1") == ParsedReply(None, None)
    assert parse_reply("K7 15") == ParsedReply(None, "K7")


def test_a_code_ends_at_its_first_digit() -> None:
    assert parse_reply("K23") == ParsedReply(Answer.ON_SCENE, "K2")
    assert parse_reply("KM71") == ParsedReply(Answer.COMING, "KM7")


@given(
    form=st.sampled_from(_ANSWER_FORMS),
    code=st.none() | _CODES,
    between=st.sampled_from([" ", "-", "：", "，", "　", ". "]),
    around=st.sampled_from(["", " ", "“", "。", "!", "\n"]),
    full_width=st.booleans(),
    lower=st.booleans(),
)
def test_every_valid_form_is_understood_in_any_dress(
    form: tuple[str, Answer], code: str | None, between: str, around: str, full_width: bool, lower: bool
) -> None:
    words, answer = form
    text = around + (f"{code}{between}{words}" if code else words) + around
    text = text.lower() if lower else text
    text = text.upper().translate(_FULL_WIDTH) if full_width else text
    assert parse_reply(text) == ParsedReply(answer, code)


@given(code=_CODES, digit=st.sampled_from(list(DIGITS)))
def test_a_code_and_its_digit_may_touch(code: str, digit: str) -> None:
    assert parse_reply(code + digit) == ParsedReply(DIGITS[digit], code)


@given(st.text(st.characters()) | st.text("1234567K7 收到不能误报?来"))
def test_no_text_is_too_strange(text: str) -> None:
    parse_reply(text)


@given(st.text(st.characters(exclude_characters="?？"), min_size=1))
def test_a_question_is_never_an_answer(text: str) -> None:
    assert parse_reply(text + "？").answer is None


def test_new_codes_are_short_free_and_read_back() -> None:
    chooser = random.Random(135)
    taken: set[str] = set()
    for _ in range(400):
        code = new_code(taken, chooser.choice)
        assert code not in taken
        assert re.fullmatch(r"[^IOBFL\d][A-Z]?[2-9]", code)
        assert parse_reply(f"{code}1") == ParsedReply(Answer.COMING, code)
        taken.add(code)
    assert sum(len(code) == 2 for code in taken) == 18 * 8
    assert sum(len(code) == 3 for code in taken) == 400 - 18 * 8


def test_codes_used_up_are_said_so() -> None:
    taken: set[str] = set()

    def take_all(free: Sequence[str]) -> str:
        taken.update(free)
        return free[0]

    assert [len(new_code(taken, take_all)) for _ in range(3)] == [2, 3, 4]
    with pytest.raises(ValueError, match="close incidents"):
        new_code(taken, take_all)
