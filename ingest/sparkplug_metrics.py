"""What a Sparkplug metric means, by its name and value. Pure.

Sparkplug says how metrics travel, not what they are called, so names are read as words:
`Smoke/Alarm`, `smokeAlarm`, `FIRE_ALARM`, `Inputs/3/Smoke Detected`, `烟感/报警`. The last level of a name
decides; one that says only that something is so (`Alarm`, `Active`) takes its subject from the level above.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ingest.reading import Condition
from ingest.remembered import remembered
from ingest.sparkplug_payload import Value
from ingest.sparkplug_words import MAX_CHARACTERS, word_set, words_of


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a metric speaks of. `condition` None: a battery's level.

    `is_inverted`: true says that the condition is not so (a closed contact, a good battery).
    `is_status`: its words say how the device is, and a word that is not known says nothing.
    `is_bare`: the name holds no word such as alarm, so that a number may be a measurement.
    """

    condition: Condition | None
    is_inverted: bool = False
    is_status: bool = False
    is_bare: bool = False

    @property
    def is_alarm(self) -> bool:
        """Whether a value that cannot be read is a fault of a fire device."""
        return self.condition in _ALARMS and not self.is_status


_ALARMS = frozenset(
    {
        Condition.SMOKE,
        Condition.HEAT,
        Condition.GAS,
        Condition.CARBON_MONOXIDE,
        Condition.SOS,
        Condition.ALARM,
        Condition.WINDOW_OPEN,
    }
)
_COMMANDS = ("Node Control/", "Device Control/", "bdSeq")
#: With one of these a metric is about a state, or about other machinery, and is no state itself.
_NEVER = word_set(
    "threshold limit setpoint enable enabled disable disabled config configuration sensitivity delay "
    "duration time timestamp date version firmware hardware model serial type unit units description "
    "count counter total siren sounder strobe buzzer relay output inhibit inhibited last previous history "
    "cmd command set reset interval pump pressure valve damper extinguisher flow max min ack acked "
    "acknowledge acknowledged log text message reason name label id address priority severity mode rate "
    "code volume brightness led installed fitted available supported connected online ready bypass bypassed "
    "isolate isolated isolation"
)
#: What else is detected, and no business of a fire service.
_OTHER = word_set(
    "motion water leak flood presence occupancy vibration intrusion burglar humidity glass person vehicle "
    "connection network communication comm link mqtt modem wifi signal"
)
_MEASURED = word_set("level density concentration ppm adc raw analog percent obscuration voltage")
_BATTERY = frozenset({"battery", "batt", "bat"})
_WRONG = word_set("fault faulty fail failed failure malfunction trouble error defect defective contaminated")
_MAINS = frozenset({"mains", "ac", "power", "supply"})
_SILENCE = frozenset({"silence", "silenced", "mute", "muted", "hush"})
_TAMPER = frozenset({"tamper", "tampered", "antitamper", "removed", "dismantled", "unmounted"})
_OPENING = frozenset({"window", "door", "contact", "reed", "magnet", "open", "opened", "opening", "closed"})
_COVER = frozenset({"cover", "lid", "case", "enclosure", "housing"})
_CLOSED_IS_TRUE = frozenset({"contact", "reed", "magnet", "closed"})
_SUBJECTS: Mapping[str, Condition] = {
    "smoke": Condition.SMOKE,
    "fire": Condition.SMOKE,
    "flame": Condition.SMOKE,
    "heat": Condition.HEAT,
    "overheat": Condition.HEAT,
    "gas": Condition.GAS,
    "co": Condition.CARBON_MONOXIDE,
    "monoxide": Condition.CARBON_MONOXIDE,
    "sos": Condition.SOS,
    "panic": Condition.SOS,
    "emergency": Condition.SOS,
    "call": Condition.SOS,  # a call point
    "callpoint": Condition.SOS,
    "mcp": Condition.SOS,
}
_SAYS_ALARM = frozenset({"alarm", "alarming", "alert", "detected", "triggered"})
_SAYS_STATUS = frozenset({"state", "status", "event"})
#: True says that all is well.
_WELL = word_set("normal clear cleared ok good healthy")
#: Well is then the device, not what it watches.
_DEVICE = word_set("sensor detector device quality")
#: An alarm of these alone is a process value beyond its threshold.
_THRESHOLDS = word_set("high low hi lo hihi lolo level over under")
#: Call points of two words.
_CALL_POINTS = frozenset({("pull", "station"), ("break", "glass")})
_CALL_POINT_TOKENS = frozenset({"pullstation", "breakglass"})
#: Below a battery's name these are its level.
_CHARGE = word_set("level percentage percent soc state of charge remaining low")
#: A level of these words alone takes its subject from the level above.
_BARE = (
    _SAYS_ALARM
    | _SAYS_STATUS
    | _WRONG
    | word_set(
        "active activated pressed value low open opened closed test self is on high warning detector sensor "
        "0 1"
    )
    | _WELL
)
#: "No" before another word may count: `Zone No 1`.
_DENIABLE = _SAYS_ALARM | frozenset(_SUBJECTS) | _WRONG | _TAMPER


@remembered(most=16_384)
def meaning(name: str) -> Meaning | None:
    """What a metric of this name speaks of; None where that is nothing of ours."""
    if name.startswith(_COMMANDS):
        return None
    above, _, last = name.rpartition("/")
    if last.isdigit():  # `Smoke/2`
        above, _, last = above.rpartition("/")
    return _meaning(words_of(last), words_of(above.rpartition("/")[2]))


@lru_cache(maxsize=4096)  # a birth names the same of each of its zones
def _meaning(words: tuple[str, ...], higher: tuple[str, ...]) -> Meaning | None:
    """What the words of a name's last level mean below those of the level above."""
    if _BARE.issuperset(words) or (_CHARGE.issuperset(words) and not _BATTERY.isdisjoint(higher)):
        words = higher + words
    if not _CALL_POINT_TOKENS.isdisjoint(words) or not _CALL_POINTS.isdisjoint(pairwise(words)):
        words = ("callpoint", *(word for word in words if word != "glass"))
    said = frozenset(words)
    if not said.isdisjoint(_NEVER):
        return None
    meant = _upkeep(said) or _opening(words) or _alarm(said)
    return _denied(meant, words, said) if meant else None


def _denied(meant: Meaning, words: tuple[str, ...], said: frozenset[str]) -> Meaning | None:
    """The same, but true says that it is not so, where the name says that all is well (`NoSmoke`)."""
    is_none = "no" in said and any(first == "no" and then in _DENIABLE for first, then in pairwise(words))
    if meant.condition is None or meant.is_status or not (is_none or said & _WELL):
        return meant
    if meant.condition is Condition.SILENCE or (said & {"clear", "cleared"} and said & {"alarm", "alert"}):
        return None  # `Alarm Clear` may as well be a button
    if meant.condition is Condition.TEST:
        return Meaning(Condition.SELF_TEST_FAILED, is_inverted=True)
    if meant.condition in _ALARMS and said & {"ok", "good", "healthy"} and said & _DEVICE:
        return Meaning(Condition.FAULT, is_inverted=True)
    return replace(meant, is_inverted=True)


def _upkeep(said: frozenset[str]) -> Meaning | None:
    """Battery, silence, test, tamper, fault, in this order: each may name an alarm beside itself."""
    if said & _BATTERY:
        return _battery(said)
    if "low" in said and said & {"power", "voltage"}:
        return Meaning(Condition.LOW_BATTERY)
    if said & _SILENCE:
        return Meaning(Condition.SILENCE)
    if "test" in said or "selftest" in said:
        return Meaning(Condition.SELF_TEST_FAILED if said & _WRONG else Condition.TEST)
    if said & _TAMPER or (said & _COVER and said & {"open", "opened"}):
        return Meaning(Condition.TAMPER)
    if said & _WRONG:
        return Meaning(Condition.MAINS_FAULT if said & _MAINS else Condition.FAULT)
    return None


def _battery(said: frozenset[str]) -> Meaning | None:
    if said & {"low", "alarm", "warning", "empty", "critical"}:
        return Meaning(Condition.LOW_BATTERY)
    if said & _WRONG:
        return Meaning(Condition.BATTERY_DEFECT)
    if said & {"ok", "good", "normal", "healthy"}:
        return Meaning(Condition.LOW_BATTERY, is_inverted=True)
    return None if said & {"voltage", "volt", "volts", "mv", "current", "temperature"} else Meaning(None)


def _opening(words: tuple[str, ...]) -> Meaning | None:
    """A window, door or contact. Of `Contact/Window` and `Window/Closed` the last word decides."""
    telling = [word for word in words if word in _OPENING]
    if not telling:
        return None
    return Meaning(Condition.WINDOW_OPEN, is_inverted=telling[-1] in _CLOSED_IS_TRUE)


def _alarm(said: frozenset[str]) -> Meaning | None:
    is_bare = not said & _SAYS_ALARM
    if said & _OTHER or (said & _MEASURED and is_bare):
        return None
    if said & {"temperature", "temp"}:
        is_hot = not said & {"low", "lo", "lolo", "under"} and (not is_bare or said & {"high", "over"})
        return Meaning(Condition.HEAT, is_bare=is_bare) if is_hot else None
    for word, condition in _SUBJECTS.items():
        if word in said:
            return Meaning(condition, is_bare=is_bare)
    if not is_bare and said & _THRESHOLDS:
        return None
    if said & {"alarm", "alarming", "alert"} or (not is_bare and said <= _BARE):
        return Meaning(Condition.ALARM)
    return Meaning(Condition.ALARM, is_status=True) if said & _SAYS_STATUS else None


_TRUE, _FALSE = word_set("true yes on active 1"), word_set("false no off inactive 0")
_YES = _TRUE | {"activated"}
_NO = _FALSE | word_set("normal ok clear cleared idle none quiet standby good healthy")
#: Words that say so of some conditions only: "Smoke: fault" is no smoke.
_YES_OF: Mapping[Condition, frozenset[str]] = {
    **dict.fromkeys(
        _ALARMS, _SAYS_ALARM | set(_SUBJECTS) | word_set("alarmed pressed carbon high temperature")
    ),
    Condition.WINDOW_OPEN: word_set("open opened"),
    Condition.TAMPER: _TAMPER | word_set("open opened alarm"),
    Condition.LOW_BATTERY: _BATTERY | word_set("low critical empty alarm"),
    Condition.FAULT: _WRONG | {"alarm"},
    Condition.BATTERY_DEFECT: _WRONG,
    Condition.MAINS_FAULT: _WRONG | {"lost"},
    Condition.SELF_TEST_FAILED: _WRONG,
    Condition.TEST: word_set("test testing running checking"),
    Condition.SILENCE: _SILENCE,
}
_NO_OF: Mapping[Condition, frozenset[str]] = {
    Condition.WINDOW_OPEN: word_set("closed close shut"),
    Condition.TAMPER: word_set("closed installed mounted secure"),
    Condition.LOW_BATTERY: word_set("full high medium"),
    Condition.TEST: word_set("passed success done completed"),
    Condition.SELF_TEST_FAILED: word_set("passed success"),
}
#: Other states of a device that the word of an alarm or a status may name; all of these words are needed.
_STATES: Mapping[Condition, tuple[frozenset[str], ...]] = {
    Condition.TEST: (word_set("test"), word_set("testing")),
    Condition.TAMPER: tuple(frozenset({word}) for word in _TAMPER),
    Condition.LOW_BATTERY: (word_set("low battery"),),
    Condition.SILENCE: tuple(frozenset({word}) for word in _SILENCE),
    Condition.FAULT: tuple(frozenset({word}) for word in _WRONG),
}
#: These come as codes as well as flags: any number but 0 is a fault.
_CODES = frozenset({Condition.FAULT, Condition.MAINS_FAULT, Condition.SELF_TEST_FAILED})
#: Under the bare name of these a number with a fraction, or above 1, is a measurement.
_QUANTITIES = frozenset({Condition.HEAT, Condition.GAS, Condition.CARBON_MONOXIDE})


def conditions_of(meant: Meaning, value: Value) -> Mapping[Condition, bool] | None:
    """What a value says; empty for a measurement, None where it cannot be read."""
    if meant.condition is None:
        return {}
    if isinstance(value, str):
        return _word(meant, meant.condition, value[: MAX_CHARACTERS + 1])
    if meant.is_status:  # a number's meaning is the maker's secret
        return {}
    return _number(meant, meant.condition, value)


def _number(meant: Meaning, condition: Condition, value: float) -> Mapping[Condition, bool] | None:
    is_fraction = isinstance(value, float)
    if condition in _CODES and not meant.is_inverted:
        return {condition: value != 0}
    if meant.is_bare and is_fraction and (condition in _QUANTITIES or value not in (0, 1)):
        return {}
    if value in (0, 1):
        return {condition: bool(value) is not meant.is_inverted}
    return {} if meant.is_bare and condition in _QUANTITIES else None


@lru_cache(maxsize=1024)
def _word(meant: Meaning, condition: Condition, text: str) -> Mapping[Condition, bool] | None:
    words = words_of(text)
    active = _says(condition, words)
    if active is not None:
        is_flag = (_TRUE | _FALSE).issuperset(words)
        if meant.is_status:
            return {} if is_flag else {**dict.fromkeys(_STATES, False), condition: active}
        return {condition: active is not (meant.is_inverted and is_flag)}
    if condition is Condition.TEST and not _WRONG.isdisjoint(words):
        return {Condition.TEST: False, Condition.SELF_TEST_FAILED: True}
    if condition in _ALARMS and words and words[0] not in ("no", "not"):
        named = (state for state, ways in _STATES.items() if any(way.issubset(words) for way in ways))
        return next(({state: True} for state in named), None)
    return None


def _says(condition: Condition, words: tuple[str, ...]) -> bool | None:
    """Whether each word says so, or that it is not so; "no smoke" is not so, "not normal" cannot be read."""
    yes, no = _YES | _YES_OF[condition], _NO | _NO_OF.get(condition, frozenset())
    if not words:
        return None
    if words[0] in ("no", "not") and len(words) > 1:
        return False if (yes | _WRONG).issuperset(words[1:]) else None
    if yes.issuperset(words):
        return True
    return False if no.issuperset(words) else None
