"""What people read about leave: how long, who is on duty meanwhile, how to come back. Pure.

The rules of `dispatch.messages` hold: no link, no leading 【】, one segment where the names allow. Instants
are local.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dispatch.duty import Contact
from dispatch.selection import StationCard
from dispatch.wording import first_that_fits

#: So many on duty are named where they fit; the rest is the count.
_MOST_NAMED = 3
#: A station, and who is on duty there.
Standing = tuple[StationCard, Sequence[Contact]]


def on_leave(until: datetime, standings: Sequence[Standing], waiting: Sequence[str], language: str) -> str:
    """To who asked for leave. `waiting`: codes of incidents that wait for his answer all the same."""
    if language == "en":
        head, tail = f"On leave until {until:%m-%d %H:%M}.", " Text BACK to end it."
        still = f" {', '.join(waiting)} still waits for your answer: 1 or 2." if waiting else ""
    else:
        head, tail = f"已记休假至{until:%m-%d %H:%M}。", "返岗请发：销假"
        still = f"{'、'.join(waiting)}警情仍等您答复1或2。" if waiting else ""
    return first_that_fits(f"{head}{who}{still}{tail}" for who in _on_duty(standings, language))


def back(standings: Sequence[Standing], language: str) -> str:
    """To who has ended his leave."""
    head = "Leave ended." if language == "en" else "已销假。"
    return first_that_fits(f"{head}{who}" for who in _on_duty(standings, language))


def too_long(days: int, language: str) -> str:
    """To who asked for more than is given by SMS."""
    if language == "en":
        return f"Not taken: leave is {days} days at most. Text e.g. off 3d; for longer ask for other shifts"
    return f"未登记：休假最长{days}天。请重发，如：休3天；更长请找值班员改排班"


def no_station(language: str) -> str:
    """To who belongs to no station."""
    if language == "en":
        return "Not taken: only people of a station take leave by text. Ask the dispatcher to enter it"
    return "未登记：您不属于任何站队，不能用短信休假，请联系值班台登记"


def nobody_left(station: str, people: Sequence[str], until: datetime, language: str) -> str:
    """To the duty officer: with this leave nobody is on duty at a station any more."""
    if language == "en":
        who = ", ".join(people)
        return f"Nobody is on duty at {station}: {who} on leave until {until:%m-%d %H:%M}. Find cover"
    return f"{station}现无人值班：{'、'.join(people)}休假至{until:%m-%d %H:%M}，请安排人员替班"


def _on_duty(standings: Sequence[Standing], language: str) -> Iterator[str]:
    """From the fullest to the barest: fewer names, then counts, then nothing but the empty stations."""
    for named in range(_MOST_NAMED, -1, -1):
        yield "".join(_at(card.name, people, named, language) for card, people in standings)
    yield "".join(_at(card.name, people, 0, language) for card, people in standings if not people)


def _at(station: str, people: Sequence[Contact], named: int, language: str) -> str:
    names = [person.name for person in people[:named]]
    is_cut = len(people) > named
    if language == "en":
        if not people:
            return f" Nobody is on duty at {station} now."
        who = ", ".join(names) + (f" of {len(people)}" if names and is_cut else "")
        return f" On duty at {station}: {who or len(people)}."
    if not people:
        return f"{station}现无人值班。"
    who = "、".join(names) + (f"等{len(people)}人" if names and is_cut else "")
    return f"{station}现值班：{who or f'{len(people)}人'}。"
