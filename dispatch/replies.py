"""What a person's text means: the reply grammar of contract section 7, and the codes people type. Pure.

A text is read only if all of it is understood: every piece must be an answer's digit or word, an
incident's code, or a word without weight. So 不是误报 ("not a false alarm") or "3楼" ("third floor")
never passes for an answer. What is not understood costs one help text; a wrong guess could cost a life.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from dispatch.values import Answer

#: Digits of the contract. 一 to 五 come from phones that write down speech.
DIGITS: Mapping[str, Answer] = {
    "1": Answer.COMING,
    "2": Answer.CANNOT,
    "3": Answer.ON_SCENE,
    "4": Answer.FALSE_ALARM,
    "5": Answer.NEED_HELP,
}
#: Words of the contract and their neighbours. "Yes", "no" and 好 are no answers: what they say depends
#: on which of our texts the person was looking at.
_THERE = ("到", "赶到", "到场", "到达", "到现场")
WORDS: Mapping[Answer, tuple[str, ...]] = {
    Answer.COMING: (
        *("来", "来了", "能来", "赶来", "过来", "过去", "去", "去了", "出发", "出动", "在路上", "还在路上"),
        *("马上", "立即", "立刻", "这就", "正在"),
        # Who is there soon is not there yet: these are longer than 到场, and so are read first.
        *(soon + there for soon in ("马上", "立即", "立刻", "很快", "即将") for there in _THERE),
        *("COMING", "GO", "GOING", "ON THE WAY", "ON MY WAY", "OMW", "EN ROUTE", "ENROUTE"),
    ),
    Answer.CANNOT: (
        *(
            "不能",
            "不能来",
            "不能去",
            "不能到",
            "不能到场",
            "不能出动",
            "去不了",
            "来不了",
            "到不了",
            "不来",
            "不去",
        ),
        *("无法到场", "无法出动", "没空", "CANNOT", "CANNOT COME", "CANT", "CANT COME", "CAN NOT", "UNABLE"),
    ),
    Answer.ON_SCENE: (
        *("到场", "到了", "到达", "到现场", "在现场", "在场", "刚到", "抵达"),
        *("已到", "已到场", "已到达", "已到现场"),
        *("ON SCENE", "ONSCENE", "AT SCENE", "ARRIVED", "HERE"),
    ),
    Answer.FALSE_ALARM: (
        *("误报", "误警", "假警", "假警报", "错报", "虚惊", "虚惊一场"),
        *("FALSE", "FALSE ALARM"),
    ),
    Answer.NEED_HELP: (
        *("增援", "支援", "求援", "请增援", "请支援", "请求增援", "请求支援", "需要增援", "需要支援"),
        *("要人", "帮忙", "需要帮助", "HELP", "NEED HELP", "BACKUP", "BACK UP"),
    ),
}
#: "Received" is coming (contract), unless the same text says more: 收到，不能来 cannot come.
RECEIVED = ("收到", "ROGER", "ACK", "ACKNOWLEDGED")
_WEIGHTLESS = (
    *("我", "我们", "我站", "本站", "已", "已经", "刚", "了", "啦", "好", "好的", "现场", "是", "谢谢"),
    *("I", "AM", "IM", "WE", "ARE", "WERE", "NOW", "OK", "PLEASE"),
)
#: "Send me nothing more", as carriers and phones know it: no answer, and no help follows. Twilio's own
#: list of English words; the Chinese ones and the letters are those of marketing texts (回T退订).
OPT_OUT = frozenset(
    (
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"),
        *("退订", "取消订阅", "拒收", "T", "TD", "N", "T退订", "TD退订", "回T退订"),
    )
)
#: Traditional characters of these words, as phones from over the strait write them.
_SIMPLIFIED = str.maketrans(
    "誤報來現場達馬請無動過趕這們剛經幫發謝訂閱", "误报来现场达马请无动过赶这们刚经帮发谢订阅"
)
#: What a phone adds by itself below a text: 发自我的iPhone, Sent from my phone.
_PHONES_OWN = re.compile(r"\n\s*(?:发自|SENT FROM)[^\n]*\s*\Z")
_INSIDE_A_WORD = re.compile(r"(?<=[一-龥])[ \t]+(?=[一-龥])")
#: Letters of new codes: no I, O (digits to the eye), no B, F, L (floors), no other vowel (no words).
_CODE_LETTERS = "CDGHJKMNPQRSTVWXYZ"
_CODE_DIGITS = "23456789"
_LONGEST_CODE = 4


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """What a text says; `answer` is None where it must be asked again, `code` where it names none."""

    answer: Answer | None
    code: str | None


def parse_reply(text: str) -> ParsedReply:
    """Read one text of a person. Never raises."""
    answers: set[Answer] = set()
    codes: set[str] = set()
    understood, received = True, False
    for kind, piece in _pieces(_plain(text)):
        if kind == "code":
            codes.add(piece.replace(" ", ""))
        elif kind == "answer":
            answers.add(_ANSWERS[piece])
        elif kind == "received":
            received = True
        elif kind == "unknown":
            understood = False
    if received and not answers:
        answers.add(Answer.COMING)
    code = codes.pop() if len(codes) == 1 else None
    is_clear = understood and len(answers) == 1 and not codes
    return ParsedReply(answers.pop() if is_clear else None, code)


def is_opt_out(text: str) -> bool:
    """Whether a text asks for no more messages."""
    return _plain(text).replace(" ", "") in OPT_OUT


def new_code(taken: Collection[str], choose: Callable[[Sequence[str]], str]) -> str:
    """A code for a new incident: two characters such as K7, more when all of those are taken.

    Letters, then one digit 2 to 9: a code ends at its first digit, so that K71 reads one way only.
    `choose` picks one of the free codes (random, so that two processes rarely meet).
    Raises ValueError when every code of up to four characters is taken.
    """
    used = set(taken)
    for length in range(2, _LONGEST_CODE + 1):
        free = [code for code in _codes(length) if code not in used]
        if free:
            return choose(free)
    raise ValueError(f"all {len(used)} incident codes are taken: close incidents that are over")


@cache
def _codes(length: int) -> tuple[str, ...]:
    letters = ("".join(part) for part in product(_CODE_LETTERS, repeat=length - 1))
    return tuple(start + digit for start in letters for digit in _CODE_DIGITS)


def _plain(text: str) -> str:
    """Upper case, half width, simplified, single blanks for punctuation; a question mark stays: 误报？ asks.

    Blanks between Chinese characters go: 收 到 is one word. Punctuation still parts words.
    """
    wide = unicodedata.normalize("NFKC", text).upper().replace("'", "").replace("’", "")
    wide = _INSIDE_A_WORD.sub("", _PHONES_OWN.sub("", wide.translate(_SIMPLIFIED)))
    return " ".join("".join(char if char.isalnum() or char == "?" else " " for char in wide).split())


def _pieces(plain: str) -> Iterator[tuple[str, str]]:
    for match in _PIECE.finditer(plain):
        yield match.lastgroup or "unknown", match[0]


def _piece_pattern() -> re.Pattern[str]:
    """One alternative a kind, longest words first; whatever is left over is unknown."""

    def one_of(words: Collection[str]) -> str:
        latin = sorted((word for word in words if word.isascii()), key=len, reverse=True)
        han = sorted((word for word in words if not word.isascii()), key=len, reverse=True)
        return f"(?<![A-Z])(?:{'|'.join(latin)})(?![A-Z])|{'|'.join(han)}"

    digit = "(?<![0-9])[1-5](?![0-9])"
    after_code = "(?<=[A-Z][2-9])[1-5](?![0-9])"
    return re.compile(
        rf"(?P<answer>{one_of([word for words in WORDS.values() for word in words])}"
        rf"|{after_code}|{digit}|[一二三四五](?![一-龥]))"
        rf"|(?P<received>{one_of(RECEIVED)})"
        rf"|(?P<weightless>{one_of(_WEIGHTLESS)}|(?:回复?|REPLY)(?=\ ?[A-Z]{{0,3}}[1-9])|\ )"
        rf"|(?P<code>(?<![A-Z0-9])(?:[A-HJ-NP-Z]{{1,3}}|[A-HJ-NP-Z]\ )[2-9](?=[1-5]?(?![0-9])))"
        rf"|(?P<unknown>.)"
    )


_ANSWERS: Mapping[str, Answer] = {
    **DIGITS,
    **dict(zip("一二三四五", DIGITS.values(), strict=True)),
    **{word: answer for answer, words in WORDS.items() for word in words},
}
_PIECE = _piece_pattern()
