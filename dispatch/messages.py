"""What people read and hear: every text the service sends, in Chinese and English. Pure.

Rules for a text: it names the incident's code and the place; it holds no link (mainland China's
carriers refuse them, notes of Twilio's China guideline) and no leading 【】 (carriers take that for a
sender's signature); a page fits one segment (70 UCS-2 characters, or 160 of GSM 03.38) where the
address allows. Repeats say which time it is: carriers refuse identical texts to one number.

`language` is `zh` or `en`; anything else reads as Chinese.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import smsutil

from dispatch.values import Answer, Disposition, Grade

_SOUNDED_ZH = {
    "smoke": "烟感报警",
    "heat": "温感报警",
    "call_point": "手动报警",
    "escape_window": "逃生窗打开",
    "window": "逃生窗打开",
    "person": "有人报火警",
}
_SOUNDED_EN = {
    "smoke": "smoke alarm",
    "heat": "heat alarm",
    "call_point": "call point",
    "escape_window": "escape window opened",
    "window": "escape window opened",
    "person": "person reports fire",
}
_ANSWER_ZH = "回复：1来 2不能 3到场 4误报 5增援"
_ANSWER_ZH_SHORT = "回1来2不能3到场4误报5增援"
_ANSWER_EN = "Reply 1 coming 2 cannot 3 on scene 4 false alarm 5 need help"
_ANSWER_EN_SHORT = "Reply 1 yes 2 no 3 here 4 false 5 help"
_TIERS_ZH = {"village": "村级", "town": "镇级", "district": "区级"}
_DISPOSITIONS_ZH = {
    Disposition.FIRE: "火情已处置",
    Disposition.FALSE_ALARM: "误报",
    Disposition.TEST: "测试",
    Disposition.DUPLICATE: "与另一警情重复",
    Disposition.OTHER: "已处理",
}
_DISPOSITIONS_EN = {
    Disposition.FIRE: "fire dealt with",
    Disposition.FALSE_ALARM: "false alarm",
    Disposition.TEST: "test",
    Disposition.DUPLICATE: "same as another incident",
    Disposition.OTHER: "dealt with",
}
_ANSWERS_ZH = {
    Answer.COMING: "出发",
    Answer.ENROUTE: "已在路上",
    Answer.CANNOT: "不能到场",
    Answer.ON_SCENE: "已到场",
    Answer.FALSE_ALARM: "误报",
    Answer.NEED_HELP: "请求增援",
}

#: Province, city and district in front of a town: what everyone in the district knows.
_KNOWN_PREFIX = re.compile(
    r"^(?:[^省市区县镇乡村路号]{2,7}省)?(?:[^省市区县镇乡村路号]{2,7}市)?(?:[^省市区县镇乡村路号]{1,7}[区县市])?"
    r"(?=[^省市区县镇乡村路号]{1,6}(?:镇|乡|街道))"
)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What a text may need to know of an incident.

    `place` is the best human name of the place (premises' name or address), `sounded` a device
    kind, `person` or `window`; `station_name` is the station that a text speaks of, not its reader's.
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
    return _shortest_needed(_page_variants(facts, language, attempt, supporting=None))


def further_page(
    facts: IncidentFacts, language: str, *, supporting: str | None = None, attempt: int = 1
) -> str:
    """The same to the next station; `supporting` names the one that was sent before it."""
    return _shortest_needed(_page_variants(facts, language, attempt, supporting=supporting or ""))


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
    if facts.window_floor is None:
        window_zh = window_en = ""
    else:
        window_zh = f"{_floor(facts.window_floor, 'zh')}逃生窗已开，可能有人！"
        window_en = f"Escape window open on {_floor(facts.window_floor, 'en')}, people may be there! "
    return _notice(
        facts,
        language,
        zh=f"火警已确认！{window_zh}{_scene(facts, 'zh')}",
        en=f"FIRE CONFIRMED! {window_en}{_scene(facts, 'en')}",
    )


def ask_progress(facts: IncidentFacts, language: str, *, attempt: int = 1) -> str:
    """The station answered, and its time on scene has passed without a word."""
    again_zh, again_en = _again(attempt)
    return _notice(
        facts,
        language,
        zh=f"你站到场了吗？{again_zh}{_place(facts)}。到场回3，不能到回2，误报回4，需增援回5",
        en=f"Are you on scene?{again_en} {_place(facts)}. Reply 3 on scene 2 cannot 4 false alarm 5 need help",
    )


def duty_no_answer(facts: IncidentFacts, language: str, *, next_station: str | None = None) -> str:
    """A station did not answer in time."""
    return _duty(facts, language, zh="未应答", en="has not answered", next_station=next_station)


def duty_declined(facts: IncidentFacts, language: str, *, next_station: str | None = None) -> str:
    """A station said that it cannot come."""
    return _duty(facts, language, zh="不能出动", en="cannot come", next_station=next_station)


def duty_needs_help(facts: IncidentFacts, language: str, *, next_station: str | None = None) -> str:
    """A station asks for help."""
    return _duty(facts, language, zh="请求增援", en="needs help", next_station=next_station)


def duty_not_on_scene(facts: IncidentFacts, language: str) -> str:
    """A station answered, but is not on scene within the target."""
    return _duty(facts, language, zh="已应答但超时未到场", en="answered but is not on scene in time")


def duty_no_contact(facts: IncidentFacts, language: str) -> str:
    """A station that was chosen has nobody on duty who can be reached."""
    return _duty(facts, language, zh="无人可联系，请电话通知", en="has nobody we can reach, please ring them")


def duty_no_station_left(facts: IncidentFacts, language: str, *, tier: str) -> str:
    """Every station of a tier has been sent, or none is in service."""
    return _notice(
        facts,
        language,
        zh=f"{_TIERS_ZH.get(tier, '')}已无站可派，请人工调派。{_scene(facts, 'zh')}",
        en=f"No {tier} station is left to send, please arrange help. {_scene(facts, 'en')}",
    )


def duty_unplaced_alarm(facts: IncidentFacts, language: str) -> str:
    """A device that the registry does not know reports an alarm."""
    label = facts.device_label or "?"
    return _notice(
        facts,
        language,
        zh=f"未登记设备报警：{label}。位置：{_place(facts) or '不明'}。请核实并派人",
        en=f"Alarm from unregistered device {label}. Place: {_place(facts) or 'unknown'}. Check and send help",
    )


def duty_handover(facts: IncidentFacts, language: str, *, verified: bool) -> str:
    """The incident goes to the district: confirmed, or unverified after its time."""
    return _notice(
        facts,
        language,
        zh=f"{'火警已确认' if verified else '火警未核实'}，移交区级。{_scene(facts, 'zh')}",
        en=f"{'Confirmed' if verified else 'Unverified'} fire, handed to the district. {_scene(facts, 'en')}",
    )


def duty_ring_119(facts: IncidentFacts, language: str) -> str:
    """The 119 centre has not accepted the hand-over in time: a person must ring."""
    return _notice(
        facts,
        language,
        zh=f"119中心未接收移交，请立即拨打119！{_scene(facts, 'zh')}",
        en=f"119 centre has not accepted: RING 119 NOW! {_scene(facts, 'en')}",
    )


def duty_called_false(facts: IncidentFacts, language: str) -> str:
    """Someone at a station calls it false; only a person closes an incident."""
    return _duty(facts, language, zh="报称误报，请核实后结案", en="says false alarm; check, then close it")


def window_opened(facts: IncidentFacts, language: str) -> str:
    """To whoever looks after the building: an escape window was opened without smoke."""
    floor = facts.window_floor or facts.floor
    where = _floor(floor, language) if floor else ""
    if language == "en":
        at = f" on {where}" if where else ""
        return (
            f"{_drill(facts, 'en')}{_place(facts)}: escape window opened{at}, no smoke alarm. Please check."
        )
    return f"{_drill(facts, 'zh')}{_place(facts)}{where}逃生窗被打开，没有烟雾报警，请查看并关好"


def stand_down(facts: IncidentFacts, language: str, *, disposition: Disposition) -> str:
    """The incident is closed: nobody needs to go on."""
    return _notice(
        facts,
        language,
        zh=f"警情已结束（{_DISPOSITIONS_ZH[disposition]}）。{_place(facts)}。谢谢",
        en=f"Incident closed ({_DISPOSITIONS_EN[disposition]}). {_place(facts)}. Thank you",
    )


def answer_taken(facts: IncidentFacts, language: str, *, answer: Answer) -> str:
    """What we understood, said back on the channel it came by."""
    said = answer.value.replace("_", " ")
    return _notice(facts, language, zh=f"已记录：{_ANSWERS_ZH[answer]}", en=f"Recorded: {said}")


def help_text(language: str, *, codes: Sequence[str] = ()) -> str:
    """How to answer, to someone whose text could not be understood.

    `codes` are the incidents open for that phone: with several, the code must come first.
    """
    if not codes:
        if language == "en":
            return "No incident is open for you. If you see a fire, ring 119."
        return "您目前没有待处置的警情。发现火情请拨119"
    first = f"{codes[0]} 1"
    if language == "en":
        if len(codes) == 1:
            return f"{codes[0]}: not understood. {_ANSWER_EN}"
        return f"Open: {' '.join(codes)}. Put the code first, such as {first}. {_ANSWER_EN}"
    if len(codes) == 1:
        return f"{codes[0]}：没看懂。{_ANSWER_ZH}"
    return f"待处置：{' '.join(codes)}。请先写代码，如 {first}。{_ANSWER_ZH_SHORT}"


def fits_one_segment(text: str) -> bool:
    """Whether a phone gets the text in one piece: 160 GSM 03.38 septets or 70 UCS-2 characters."""
    return len(smsutil.split(text).parts) <= 1


def _shortest_needed(variants: Iterator[str]) -> str:
    """The first variant that fits one segment; where none does, the last and shortest."""
    text = ""
    for text in variants:
        if fits_one_segment(text):
            break
    return text


def _page_variants(
    facts: IncidentFacts, language: str, attempt: int, *, supporting: str | None
) -> Iterator[str]:
    """The page from the fullest to the barest; each drops what is least needed of what is left.

    First the wordy way to answer, then the province and district, the station supported, the room,
    and last the building's name beside its address. Code, address, floor and what sounded stay.
    """
    full, short = (_ANSWER_EN, _ANSWER_EN_SHORT) if language == "en" else (_ANSWER_ZH, _ANSWER_ZH_SHORT)
    named, nearby, bare = _place(facts), _without_known_prefix(_place(facts)), _address(facts)
    for place, room, support, answer in (
        (named, facts.room, supporting, full),
        (named, facts.room, supporting, short),
        (nearby, facts.room, supporting, short),
        (nearby, facts.room, supporting and "", short),
        (nearby, None, supporting and "", short),
        (bare, None, supporting and "", short),
    ):
        head = _head(facts, language, attempt, supporting=support)
        detail = _detail(facts.floor, room, facts.sounded, language)
        end = ". " if language == "en" else "。"
        yield f"{head}{place}{' ' if language != 'en' else ', '}{detail}{end}{answer}"


def _head(facts: IncidentFacts, language: str, attempt: int, *, supporting: str | None) -> str:
    again_zh, again_en = _again(attempt)
    if language == "en":
        kind = "CONFIRMED FIRE" if facts.grade is Grade.CONFIRMED else "FIRE"
        support = "" if supporting is None else f" SUPPORT {supporting}".rstrip()
        return f"{_drill(facts, 'en')}{kind} {facts.code}{support}{again_en}: "
    kind = "火警已确认" if facts.grade is Grade.CONFIRMED else "火警"
    support = "" if supporting is None else f"增援{supporting}"
    return f"{_drill(facts, 'zh')}{kind}{facts.code}{support}{again_zh}："


def _notice(facts: IncidentFacts, language: str, *, zh: str, en: str) -> str:
    if language == "en":
        return f"{_drill(facts, 'en')}{facts.code}: {en}"
    return f"{_drill(facts, 'zh')}{facts.code}：{zh}"


def _duty(facts: IncidentFacts, language: str, *, zh: str, en: str, next_station: str | None = None) -> str:
    """A notice of one station to the duty officer."""
    then_zh = f"，已加派{next_station}" if next_station else ""
    then_en = f"; {next_station} is sent as well" if next_station else ""
    return _notice(
        facts,
        language,
        zh=f"{facts.station_name or '站点'}{zh}{then_zh}。{_scene(facts, 'zh')}",
        en=f"{facts.station_name or 'A station'} {en}{then_en}. {_scene(facts, 'en')}",
    )


def _drill(facts: IncidentFacts, language: str) -> str:
    if not facts.drill:
        return ""
    return "DRILL " if language == "en" else "演练 "


def _again(attempt: int) -> tuple[str, str]:
    return ("", "") if attempt <= 1 else (f"（第{attempt}次）", f" (call {attempt})")


def _address(facts: IncidentFacts) -> str:
    return _without_known_prefix(facts.address or facts.place)


def _place(facts: IncidentFacts) -> str:
    """Name and address, neither twice."""
    if not facts.address or facts.address in facts.place:
        return facts.place
    if not facts.place or facts.place in facts.address:
        return facts.address
    return f"{facts.place} {facts.address}"


def _without_known_prefix(place: str) -> str:
    return " ".join(_KNOWN_PREFIX.sub("", part) for part in place.split(" "))


def _scene(facts: IncidentFacts, language: str) -> str:
    detail = _detail(facts.floor, facts.room, facts.sounded, language)
    return f"{_place(facts)}{', ' if language == 'en' else ' '}{detail}"


def _detail(floor: str | None, room: str | None, sounded: str, language: str) -> str:
    where = _floor(floor, language) if floor else ""
    if language == "en":
        what = _SOUNDED_EN.get(sounded, "alarm")
        return " ".join(part for part in (where, room, what) if part)
    what = _SOUNDED_ZH.get(sounded, "设备报警")
    inside = f"{where}{room or ''}"
    return f"{inside} {what}" if inside else what


def _floor(floor: str, language: str) -> str:
    """`3`, `3F` and `3楼` are one floor to a reader, `-1` and `B1` a basement; other words stay."""
    match = re.fullmatch(r"(-|[Bb])?(\d{1,3})\s*(?:[FfLl]|楼|层)?", floor.strip())
    if match is None:
        return floor.strip()
    below, number = match.groups()
    if language == "en":
        return f"basement {number}" if below else f"floor {number}"
    return f"{'地下' if below else ''}{number}楼"
