"""What a station that comes or is there is asked, and what the duty officer hears of its silence. Pure.

The rules of `dispatch.messages` hold: the code first, no link, one segment where the names allow.
"""

from collections.abc import Sequence

from dispatch.messages import IncidentFacts, again_words, duty_notice, notice
from dispatch.wording import TIERS_ZH, place_words


def ask_progress(facts: IncidentFacts, language: str, *, attempt: int = 1) -> str:
    """The station answered, and its time on scene has passed without a word."""
    again, place = again_words(attempt, language), place_words(facts.place, facts.address)
    zh = f"你站到场了吗？{again}{place}。到场回3，不能到回2，误报回4，需增援回5"
    en = f"Are you on scene?{again} {place}. Reply 3 on scene 2 cannot 4 false alarm 5 help"
    return notice(facts, language, zh=zh, en=en)


def ask_on_scene(facts: IncidentFacts, language: str, *, minutes: int) -> str:
    """The station has been there for so long, and has said nothing for a while: are they well?"""
    place = place_words(facts.place, facts.address)
    zh = f"到场已{minutes}分钟，现场情况？{place}。安全、处置中回3，误报回4，需增援回5"
    en = f"On scene for {minutes} min, all well? {place}. Reply 3 safe and working 4 false alarm 5 help"
    return notice(facts, language, zh=zh, en=en)


def duty_not_on_scene(
    facts: IncidentFacts,
    language: str,
    *,
    next_station: str | None = None,
    others: int = 0,
    attempt: int = 1,
) -> str:
    """A station, and so many others, answered, but not one of them is on scene within its target."""
    again = again_words(attempt, language)
    zh = f"已应答但超时未到场{again}"
    en = f"answered but {'are' if others else 'is'} not on scene in time{again}"
    return duty_notice(facts, language, zh=zh, en=en, next_station=next_station, others=others)


def duty_stations_silent(facts: IncidentFacts, language: str, *, tier: str) -> str:
    """So many stations of a tier are silent that no further one is sent for their silence alone."""
    place = place_words(facts.place, facts.address)
    zh = f"附近{TIERS_ZH.get(tier, '')}各站均未应答，不再自动加派，请电话联系或人工调派。{place}"
    en = f"No nearby {tier} station answers; no more are sent by itself: ring them, arrange help. {place}"
    return notice(facts, language, zh=zh, en=en)


def duty_unplaced_report(
    facts: IncidentFacts, language: str, *, likely: Sequence[str] = (), attempt: int = 1
) -> str:
    """A person reports a fire at an address that the registry does not know; `likely` may be meant."""
    again, place = again_words(attempt, language), place_words(facts.place, facts.address)
    zh_likely = f"，可能是{'、'.join(likely)}" if likely else ""
    en_likely = f", perhaps {', '.join(likely)}" if likely else ""
    zh = f"接火警，地址未登记{again}：{place}{zh_likely}。请核实并派人"
    en = f"Fire reported at an unknown address{again}: {place}{en_likely}. Find it, send help"
    return notice(facts, language, zh=zh, en=en)


def duty_silent_on_scene(facts: IncidentFacts, language: str, *, minutes: int) -> str:
    """A station on scene was asked how it goes, and does not answer."""
    zh = f"到场{minutes}分钟，询问现场情况无回音，请电话核实人员安全"
    en = f"on scene for {minutes} min does not answer: ring them, are they safe?"
    return duty_notice(facts, language, zh=zh, en=en)


def duty_audit_mended(facts: IncidentFacts, language: str) -> str:
    """The service found that it had missed a step of this incident, and made up for it."""
    zh = "系统自查：本警情有处置步骤遗漏，已补上，请核对处置进展"
    en = "The service found a missed step of this incident and made up for it: check how far it is"
    return notice(facts, language, zh=zh, en=en)


def service_is_late(language: str) -> str:
    """To the duty officer: pages or steps wait although their time has come."""
    if language == "en":
        return "fire135 is late: messages or steps wait to be sent. Ring the stations, call the operator"
    return "火警系统发送或升级延误，请电话通知各站，并联系系统管理员"
