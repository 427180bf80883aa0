"""What people read and hear: every text the service sends, in Chinese and English. Pure.

Rules for a text: it names the incident's code and the place; it holds no link (mainland China's
carriers refuse them, says Twilio's China guideline) and no leading 【】 (carriers take that for the
sender's signature); a page fits one segment where the address allows. Repeats say which time it is,
because carriers refuse identical texts to one number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch.values import Answer, Disposition, Grade
from dispatch.wording import (
    ANSWERS_ZH,
    DISPOSITIONS_EN,
    DISPOSITIONS_ZH,
    TIERS_ZH,
    first_that_fits,
    floor_words,
    inside_words,
    place_words,
    without_known_prefix,
)

#: How to answer, from the friendliest to the shortest.
_HOW_ZH = ("回复：1来 2不能 3到场 4误报 5增援", "回1来2不能3到场4误报5增援", "回1来2不能3到场4误报5增援")
_HOW_EN = (
    "Reply 1 coming 2 cannot 3 on scene 4 false alarm 5 need help",
    "Reply 1 coming 2 cannot 3 here 4 false 5 help",
    "1 go 2 cannot 3 here 4 false 5 help",
)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What a text may need to know of an incident.

    `place` is the best human name of the place (premises' name or address), `sounded` a device
    kind, `person` or `window`; `station_name` is the station that a notice speaks of.
    """

    code: str
    place: str
    address: str
    floor: str | None
    room: str | None
    sounded: str
    grade: Grade
    drill: bool = False
    window_floor: str | None = None
    station_name: str | None = None
    device_label: str | None = None


def page(facts: IncidentFacts, language: str, *, attempt: int = 1) -> str:
    """The alarm to a station's people: place, floor, what sounded, code, how to answer."""
    return first_that_fits(_page_variants(facts, language, attempt, support=None))


def further_page(
    facts: IncidentFacts, language: str, *, supporting: str | None = None, attempt: int = 1
) -> str:
    """The same to the next station; `supporting` names the one that was sent before it."""
    return first_that_fits(_page_variants(facts, language, attempt, support=supporting or ""))


def page_spoken(facts: IncidentFacts, language: str) -> str:
    """The page for the ear, with the keys; the code is spelled, so that it is not read as a word."""
    code = " ".join(facts.code)
    if language == "en":
        drill = "This is a drill. " if facts.drill else ""
        return (
            f"{drill}Fire alarm, code {code}. {_scene(facts, language)}. "
            "Press 1 coming, 2 cannot come, 3 on scene, 4 false alarm, 5 need help."
        )
    drill = "这是演练。" if facts.drill else ""
    return (
        f"{drill}火警，代码 {code}。{_scene(facts, language)}。"
        "出发请按1，不能来请按2，已到场请按3，误报请按4，需要增援请按5。"
    )


def confirmed(facts: IncidentFacts, language: str) -> str:
    """The grade rose to confirmed; a window's floor comes first, people may be at it."""
    window_zh = window_en = ""
    if facts.window_floor is not None:
        window_zh = f"{floor_words(facts.window_floor, 'zh')}逃生窗已开，可能有人！"
        window_en = f"Escape window open on {floor_words(facts.window_floor, 'en')}, people may be there! "
    zh = f"火警已确认！{window_zh}{_scene(facts, 'zh')}"
    return notice(facts, language, zh=zh, en=f"FIRE CONFIRMED! {window_en}{_scene(facts, 'en')}")


def duty_no_answer(
    facts: IncidentFacts,
    language: str,
    *,
    next_station: str | None = None,
    others: int = 0,
    attempt: int = 1,
) -> str:
    """A station, and so many others, did not answer in time."""
    again = again_words(attempt, language)
    zh, en = f"未应答{again}", f"{'have' if others else 'has'} not answered{again}"
    return duty_notice(facts, language, zh=zh, en=en, next_station=next_station, others=others)


def duty_nobody_comes(facts: IncidentFacts, language: str, *, attempt: int = 1) -> str:
    """No station is left to send, and nobody is on scene: a person must find help."""
    again = again_words(attempt, language)
    zh = f"仍无站可派{again}，请人工调派或拨打119。{_scene(facts, 'zh')}"
    en = f"Still no station to send{again}: arrange help or ring 119. {_scene(facts, 'en')}"
    return notice(facts, language, zh=zh, en=en)


def duty_declined(facts: IncidentFacts, language: str, *, next_station: str | None = None) -> str:
    """A station said that it cannot come."""
    return duty_notice(facts, language, zh="不能出动", en="cannot come", next_station=next_station)


def duty_needs_help(facts: IncidentFacts, language: str, *, next_station: str | None = None) -> str:
    """A station asks for help."""
    return duty_notice(facts, language, zh="请求增援", en="needs help", next_station=next_station)


def duty_no_contact(facts: IncidentFacts, language: str) -> str:
    """A station that was chosen has nobody on duty who can be reached."""
    return duty_notice(
        facts, language, zh="无人可联系，请电话通知", en="has nobody we can reach, please ring them"
    )


def duty_called_false(facts: IncidentFacts, language: str) -> str:
    """Someone at a station calls it false; only a person closes an incident."""
    return duty_notice(
        facts, language, zh="报称误报，请核实后结案", en="says false alarm; check, then close it"
    )


def duty_no_station_left(facts: IncidentFacts, language: str, *, tier: str) -> str:
    """Every station of a tier has been sent, or none is in service."""
    zh = f"{TIERS_ZH.get(tier, '')}已无站可派，请人工调派。{_scene(facts, 'zh')}"
    en = f"No {tier} station is left to send, please arrange help. {_scene(facts, 'en')}"
    return notice(facts, language, zh=zh, en=en)


def duty_unplaced_alarm(facts: IncidentFacts, language: str, *, attempt: int = 1) -> str:
    """A device whose place the registry does not know reports an alarm."""
    label, place, again = facts.device_label or "?", _place(facts), again_words(attempt, language)
    zh = f"未登记位置的设备报警{again}：{label}。位置：{place or '不明'}。请核实并派人"
    en = f"Alarm{again} from a device without a place, {label}. Near: {place or 'unknown'}. Check, send help"
    return notice(facts, language, zh=zh, en=en)


def duty_handover(facts: IncidentFacts, language: str, *, verified: bool) -> str:
    """The incident goes to the district: confirmed, or unverified after its time."""
    zh = f"{'火警已确认' if verified else '火警未核实'}，移交区级。{_scene(facts, 'zh')}"
    en = f"{'Confirmed' if verified else 'Unverified'} fire, handed to the district. {_scene(facts, 'en')}"
    return notice(facts, language, zh=zh, en=en)


def duty_ring_119(facts: IncidentFacts, language: str, *, attempt: int = 1, refused: bool = False) -> str:
    """The 119 centre has not accepted the hand-over in time, or has refused it: a person must ring."""
    again = again_words(attempt, language)
    zh = f"119中心{'拒收' if refused else '未接收'}移交，请立即拨打119！{again}{_scene(facts, 'zh')}"
    en = f"119 has {'refused' if refused else 'not accepted'}: RING 119 NOW!{again} {_scene(facts, 'en')}"
    return notice(facts, language, zh=zh, en=en)


def window_opened(facts: IncidentFacts, language: str) -> str:
    """To whoever looks after the building: an escape window was opened without smoke."""
    floor = facts.window_floor or facts.floor
    where = floor_words(floor, language) if floor else ""
    if language == "en":
        at = f" on {where}" if where else ""
        return f"{_drill(facts, 'en')}{_place(facts)}: escape window opened{at}, no smoke alarm. Please check"
    return f"{_drill(facts, 'zh')}{_place(facts)} {where}逃生窗被打开，没有烟雾报警，请查看并关好"


def opened(facts: IncidentFacts, language: str, *, stations: Sequence[str]) -> str:
    """A new incident, to those who only need to know of it; `stations` are the names of who is sent."""
    is_confirmed = facts.grade is Grade.CONFIRMED
    zh = f"{'火警' if is_confirmed else '疑似火警'}。{_scene(facts, 'zh')}。已派{'、'.join(stations) or '无'}"
    en_kind = "Fire" if is_confirmed else "Suspected fire"
    en = f"{en_kind}. {_scene(facts, 'en')}. Sent: {', '.join(stations) or 'nobody'}"
    return notice(facts, language, zh=zh, en=en)


def stand_down(facts: IncidentFacts, language: str, *, disposition: Disposition) -> str:
    """The incident is closed: nobody needs to go on."""
    zh = f"警情已结束（{DISPOSITIONS_ZH[disposition]}）。{_place(facts)}。谢谢"
    en = f"Incident closed ({DISPOSITIONS_EN[disposition]}). {_place(facts)}. Thank you"
    return notice(facts, language, zh=zh, en=en)


def answer_taken(facts: IncidentFacts, language: str, *, answer: Answer) -> str:
    """What we understood, said back on the channel it came by."""
    said = answer.value.replace("_", " ")
    return notice(facts, language, zh=f"已记录：{ANSWERS_ZH[answer]}", en=f"Recorded: {said}")


def help_text(language: str, *, codes: Sequence[str] = ()) -> str:
    """How to answer, to someone whose text could not be understood.

    `codes` are the incidents open for that phone: with several, the code must come first.
    """
    if language == "en":
        if not codes:
            return "No incident is open for you. If you see a fire, ring 119"
        if len(codes) == 1:
            return f"{codes[0]}: not understood. {_HOW_EN[0]}"
        return f"Open: {' '.join(codes)}. Put the code first, such as {codes[0]} 1. {_HOW_EN[1]}"
    if not codes:
        return "您目前没有待处置的警情。发现火情请拨119"
    if len(codes) == 1:
        return f"{codes[0]}：没看懂。{_HOW_ZH[0]}"
    return f"待处置：{' '.join(codes)}。请先写代码，如 {codes[0]} 1。{_HOW_ZH[1]}"


def _page_variants(
    facts: IncidentFacts, language: str, attempt: int, *, support: str | None
) -> Iterator[str]:
    """The page from the fullest to the barest; each drops what is least needed of what is left.

    First the wordy way to answer, then province and district, the supported station's name, the
    room, and last the building's name beside its address. Code, address, floor, what sounded and
    the five digits stay.
    """
    full, brief, bare = _HOW_EN if language == "en" else _HOW_ZH
    place = _place(facts)
    near = without_known_prefix(place)
    address = without_known_prefix(facts.address or facts.place)
    plain = None if support is None else ""
    for words, room, station, how in (
        (place, facts.room, support, full),
        (place, facts.room, support, brief),
        (near, facts.room, support, bare),
        (near, facts.room, plain, bare),
        (near, None, plain, bare),
        (address, None, plain, bare),
    ):
        inside = inside_words(facts.floor, room, facts.sounded, language)
        inside += _open_window(facts, language)
        head = _head(facts, language, attempt, support=station)
        yield f"{head}{words}, {inside}. {how}" if language == "en" else f"{head}{words} {inside}。{how}"


def _open_window(facts: IncidentFacts, language: str) -> str:
    """People may be at it: whoever is sent later must know, too."""
    if not facts.window_floor:
        return ""
    floor = floor_words(facts.window_floor, language)
    return f", window open {floor}" if language == "en" else f"，{floor}逃生窗已开"


def _head(facts: IncidentFacts, language: str, attempt: int, *, support: str | None) -> str:
    is_confirmed = facts.grade is Grade.CONFIRMED
    start = _drill(facts, language)
    if language == "en":
        again = again_words(attempt, language)
        kind = "CONFIRMED FIRE" if is_confirmed else "FIRE"
        to = "" if support is None else f" aid {support}".rstrip()
        return f"{start}{kind} {facts.code}{to}{again}: "
    kind = "火警已确认" if is_confirmed else "火警"
    to = "" if support is None else f"增援{support}"
    again = f"（{attempt}）" if attempt > 1 else ""  # shorter than the words, so that the rest still fits
    return f"{start}{kind}{facts.code}{to}{again}："


def duty_notice(
    facts: IncidentFacts,
    language: str,
    *,
    zh: str,
    en: str,
    next_station: str | None = None,
    others: int = 0,
) -> str:
    """A notice of one station to the duty officer; `others` are as many more with the same fate."""
    then_zh = f"，已加派{next_station}" if next_station else ""
    then_en = f"; {next_station} is sent as well" if next_station else ""
    more_zh, more_en = (f"等{others + 1}站", f" and {others} more") if others else ("", "")
    zh = f"{facts.station_name or '站点'}{more_zh}{zh}{then_zh}。{_scene(facts, 'zh')}"
    en = f"{facts.station_name or 'A station'}{more_en} {en}{then_en}. {_scene(facts, 'en')}"
    return notice(facts, language, zh=zh, en=en)


def notice(facts: IncidentFacts, language: str, *, zh: str, en: str) -> str:
    """A text that begins with the incident's code, and says of a drill that it is one."""
    drill = _drill(facts, language)
    return f"{drill}{facts.code}: {en}" if language == "en" else f"{drill}{facts.code}：{zh}"


def _drill(facts: IncidentFacts, language: str) -> str:
    if not facts.drill:
        return ""
    return "DRILL 演练 " if language == "en" else "演练 "


def again_words(attempt: int, language: str) -> str:
    """Which time it is, from the second on: carriers refuse identical texts to one number."""
    if attempt <= 1:
        return ""
    return f" ({attempt})" if language == "en" else f"（第{attempt}次）"


def _place(facts: IncidentFacts) -> str:
    return place_words(facts.place, facts.address)


def _scene(facts: IncidentFacts, language: str) -> str:
    inside = inside_words(facts.floor, facts.room, facts.sounded, language)
    return f"{_place(facts)}, {inside}" if language == "en" else f"{_place(facts)} {inside}"
