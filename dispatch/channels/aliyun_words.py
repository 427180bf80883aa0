"""What Aliyun is given of a message: its text as variables of a template, and our name for it. Pure.

Mainland China takes only approved templates. Aliyun's rules for them, by its help page 108088 (read in
2026): a variable holds 1 to 35 characters, two may not stand side by side, and a template may not consist
of variables alone. So the approved text carries `${text1}`, `${text2}` and `${text3}` with words between
them, and every message is cut into three. What an account's template really allows shows only when it is
approved: some are told 20 characters. See docs/channels.md.
"""

import re

#: The names in the template, in order.
VARIABLES = ("text1", "text2", "text3")
#: The longest value of one variable, characters.
LONGEST = 35
#: Where a text is cut: after the last of these, the best first.
_BREAKS = ("。！？!?", "，；：,;:", " ")
#: The template's own words stand between two variables; these would double them.
_LEFT_OUT = "。，；、,; "
#: A variable may not be empty.
_NOTHING = "-"
#: Our mark in OutId: an account may send for others, too, whose numbers must not be taken for ours.
_OUT_ID = "fire135-"


def variables_of(body: str) -> dict[str, str]:
    """Cut a text into the template's variables, at a break of the sentence where that leaves room.

    Of a text too long for them the end is left out; it says how to answer, and the code stands in front.
    """
    # 【】 is how carriers mark the signature; Aliyun refuses it anywhere else
    rest = " ".join(body.split()).replace("【", "[").replace("】", "]")
    room = LONGEST * len(VARIABLES)
    if len(rest) > room:
        rest = rest[: room - 1] + "…"
    values = {}
    for place, name in enumerate(VARIABLES, start=1):
        cut = _cut(rest, LONGEST * (len(VARIABLES) - place))
        values[name] = rest[:cut].strip(_LEFT_OUT) or _NOTHING
        rest = rest[cut:]
    return values


def _cut(rest: str, room_after: int) -> int:
    """How much of the rest goes into this variable, so that what follows has room."""
    if len(rest) <= LONGEST:
        return len(rest)
    least = max(1, len(rest) - room_after)
    places = range(LONGEST, least - 1, -1)
    breaks = (at for marks in _BREAKS for at in places if rest[at - 1] in marks)
    return next(breaks, LONGEST)


def out_id(notification_id: int) -> str:
    """Our name of a message, which comes back with its receipt, even one faster than our own record."""
    return f"{_OUT_ID}{notification_id}"


def notification_of(given: str) -> int | None:
    """The message that an OutId names; None where it is not ours."""
    ours = re.fullmatch(rf"{_OUT_ID}(\d{{1,10}})", given)
    return int(ours.group(1)) if ours else None
