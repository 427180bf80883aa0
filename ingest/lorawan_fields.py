"""The field names that codecs of LoRaWAN devices use, and how the value of each is to be read.

Names are compared without case, blanks and punctuation, as `plain` writes them: `FireAlarm`,
`fire_alarm` and `Fire alarm` are one. The table holds what the public codecs of Milesight, Dragino,
Netvox, Browan, Technem (TG563A) and others give, and the obvious spellings beside them. Only whole names
count: `smokeAlarmCounter` and `smokeEventEnabled` are no alarm.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ingest.lorawan_words import every, plain
from ingest.reading import Condition

_MAX_NAME_CHARACTERS = 64
_MAX_NAMES_CHARACTERS = 1000


class Role(StrEnum):
    """How the value of a field is read."""

    FLAG = "says whether its condition is so"
    FLAG_WORD = "says whether its condition is so, if it is a word"
    INVERSE = "says whether its condition is not so"
    ALARM = "says alarm, if this is a fire device"
    UNLISTED = "names an alarm of smoke as no table has it"
    HIGH_TEMPERATURE = "says heat, if this is a fire device"
    EVENT = "holds a word for what happened"
    STATUS = "may hold such a word"
    WINDOW = "says whether a door or window is open"
    WINDOW_WORD = "says so if it is a word"
    INPUT = "says so unless it is the spare input of a general board"
    CLOSED = "says whether a door or window is closed"
    BATTERY = "a percentage, or volts"
    VOLTS = "volts or millivolts"
    BUTTON = "a press"
    FACT = "a measurement worth keeping"
    CLOCK = "the device's own clock, Unix seconds"
    NONE = "nothing that we know"


class Trade(StrEnum):
    """What a field betrays about the device that has it."""

    FIRE = "a fire device"
    OTHER = "a device whose alarm is no fire: a door left open, a leak"
    TRACKER = "a device that somebody carries, whose alarm is its button"
    METER = "a device that measures, whose alarm may be a threshold"
    BOARD = "a general board with spare inputs"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """What a field name means. `key` is the name without case and punctuation."""

    key: str
    role: Role
    condition: Condition | None = None
    trade: Trade = Trade.NONE
    is_known: bool = True


_FLAGS: Mapping[str, Condition] = {
    **every(
        "smoke smokealarm smokealert smokedetected smokedetection smokestatus smokestate smokealarmstatus"
        " smokealarmstate incensesmokealarm fire firealarm firealert firedetected firestatus firestate"
        " firealarmstatus firealarmstate flame flamealarm flamedetected flamestatus"
        " 烟雾报警 烟感报警 火警 火灾报警",
        Condition.SMOKE,
    ),
    **every("heatalarm heatalert heatdetected heatalarmstatus thermalalarm 温感报警", Condition.HEAT),
    **every("gas gasalarm gasstatus gasstate gasleak gasleakage gasdetected gasalarmstatus", Condition.GAS),
    **every(
        "carbonmonoxide carbonmonoxidealarm coalarm costatus costate coalert codetected",
        Condition.CARBON_MONOXIDE,
    ),
    **every(
        "sos sosalarm panic panicalarm panicbutton emergency emergencyalarm emergencybutton manualalarm"
        " callpoint manualcallpoint sosflag sosstatus sosstate sosbutton soskey sospressed panicflag"
        " panicstatus emergencyflag emergencystatus 手动报警",
        Condition.SOS,
    ),
    **every(
        "tamper tamperalarm tamperstatus tamperstate tamperdetect tamperdetected tampered tamperreport"
        " shocktamperalarm antitamper dismantle dismantled dismantlealarm detached removed uninstalled 防拆",
        Condition.TAMPER,
    ),
    **every(
        "lowbattery lowbatteryalarm lowbatterystatus lowbatterywarning batterylow batterylowalarm lowbat"
        " batlow batteryalarm batteryalert lowvoltage lowpower undervoltage 低电量",
        Condition.LOW_BATTERY,
    ),
    **every(
        "test testalarm testbutton testbuttonpressed testmode testactive testing alarmtest selftest"
        " buttontest smoketest 自检",
        Condition.TEST,
    ),
    **every(
        "fault faultalarm faultstatus devicefault sensorfault detectorfault smokefault smokesensorfault"
        " chamberfault smokechamberfailure smokechamberfault fouledsmokechamber sensorfailure hardwarefailure"
        " ultrasonicsensorfailure infraredsensorfailure buzzerfailure airinletcovered malfunction trouble"
        " endoflife 故障",
        Condition.FAULT,
    ),
    **every("poweroffalarm powerfailure mainsfailure powerlost acpowerlost", Condition.MAINS_FAULT),
    **every("silence silenced silent mute muted hush hushed alarmsilenced buzzersilenced", Condition.SILENCE),
}
_FLAG_WORDS = every("batterystatus batterystate", Condition.LOW_BATTERY)
_INVERSES = every("mounted installed attached", Condition.TAMPER)
_ROLES: Mapping[str, Role] = {
    **every("alarm alarmstatus alarmstate alarmactive alarmflag alarmed inalarm isalarm alert", Role.ALARM),
    **every(
        "heat hightempalarm hightemperature hightemperaturealarm temperaturealarm tempalarm overheat"
        " overheatalarm overtemperature overtemperaturealarm rateofrisealarm",
        Role.HIGH_TEMPERATURE,
    ),
    **every("event events eventtype alarms alarmtype alarmevent eventname 事件", Role.EVENT),
    **every("status state devicestatus devicestate sensorstatus detectorstatus 状态", Role.STATUS),
    **every(
        "magnetstatus magnetstate magnet dooropenstatus dooropen doorisopen windowopen windowstatus"
        " windowstate doorreport windowreport window open isopen opened doorwindowstatus doorwindowstate"
        " doorsensor 门磁",
        Role.WINDOW,
    ),
    **every(
        "contact contactstate contactstatus contactswitch reed reedstate reedstatus reedswitch",
        Role.WINDOW_WORD,
    ),
    **every("door doorstatus doorstate", Role.INPUT),
    **every("closed isclosed doorclosed windowclosed", Role.CLOSED),
    **every(
        "battery batterylevel batterypercent batterypercentage batteryremaining bat batt batlevel 电量",
        Role.BATTERY,
    ),
    **every("batv batteryv batteryvoltage batteryvolts batvoltage vbat volt batterymv batmv", Role.VOLTS),
    **every(
        "button buttonevent buttonstatus buttonpress buttonpressed press pressstate pressevent",
        Role.BUTTON,
    ),
    **every(
        "temperature temp concentration smokeconcentration smokedensity smokelevel obscuration humidity",
        Role.FACT,
    ),
    **every("systimestamp devicetime devicetimestamp", Role.CLOCK),
}
#: By a part of the name, or by how it begins; the first that fits. No patterns: there may be 256 fields.
_TRADES: tuple[tuple[Trade, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        Trade.FIRE,
        ("smoke", "fire", "flame", "烟", "火"),
        ("concentration", "heatalarm", "heatdetected", "coalarm"),
    ),
    (
        Trade.OTHER,
        ("door", "window", "magnet", "contact", "leak", "water", "flood", "motion", "occup", "parking"),
        ("pir",),
    ),
    (Trade.TRACKER, ("latitude", "longitude"), ()),
    (
        Trade.METER,
        ("co2", "soil", "lux", "illum", "pressure", "distance", "vibration", "current"),
        ("hum", "level"),
    ),
    (Trade.BOARD, (), ("workmode", "adc", "digital", "exti", "tempc")),
)
#: Beside "smoke" and "alarm" in a name these make it a setting, a count or another condition.
_NO_ALARMS = re.compile(
    "count|time|date|enabl|disabl|config|setting|threshold|interval|duration|delay|volume|support|allow|mode"
    "|type|histor|last|previous|silenc|mute|hush|test|fault|fail|error|batter|voltage|tamper|temper|number"
)
_FIRE_NAMES = re.compile(
    r"smoke|fire(?!fly|wall)|flame|heat.?(detector|alarm)|烟|火|感温|温感|gs524|ra02[acg]|tg563|fumée|rauch",
    re.IGNORECASE,
)
_NO_FIELD = Field("", Role.NONE, is_known=False)


def _trade(key: str) -> Trade:
    for trade, parts, beginnings in _TRADES:
        if key.startswith(beginnings) or any(part in key for part in parts):
            return trade
    return Trade.NONE


@lru_cache(maxsize=4096)
def _field(name: str) -> Field:
    key = plain(name)
    trade = _trade(key)
    if key in _FLAGS:
        return Field(key, Role.FLAG, _FLAGS[key], trade)
    if key in _FLAG_WORDS:
        return Field(key, Role.FLAG_WORD, _FLAG_WORDS[key], trade)
    if key in _INVERSES:
        return Field(key, Role.INVERSE, _INVERSES[key], trade)
    role = _ROLES.get(key, Role.NONE)
    if role is Role.NONE and "smoke" in key and "alarm" in key and not _NO_ALARMS.search(key):
        return Field(key, Role.UNLISTED, Condition.SMOKE, trade)
    return Field(key, role, None, trade, is_known=role is not Role.NONE or trade is not Trade.NONE)


def field_of(name: str) -> Field:
    """What a field of this name means."""
    return _field(name) if len(name) <= _MAX_NAME_CHARACTERS else _NO_FIELD


def names_in(*values: object) -> str:
    """What a device is called, as one line to search in."""
    return " ".join([value for value in values if isinstance(value, str)])[:_MAX_NAMES_CHARACTERS]


_DOOR_NAMES = re.compile(r"door|window|magnet|门|窗|ws301|lds0", re.IGNORECASE)


@lru_cache(maxsize=4096)
def names_door(names: str) -> bool:
    """Whether what people and vendors call a device says that it watches a door or window."""
    return _DOOR_NAMES.search(names) is not None


_TRACKER_NAMES = re.compile(r"lgt.?92|tracker|panic|\bsos\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def names_tracker(names: str) -> bool:
    """Whether what people and vendors call a device says that somebody carries it, with its button."""
    return _TRACKER_NAMES.search(names) is not None


@lru_cache(maxsize=4096)
def names_fire(names: str) -> bool:
    """Whether what people and vendors call a device says that it is a fire device."""
    return _FIRE_NAMES.search(names) is not None
