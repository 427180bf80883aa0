"""The vocabulary of NB-IoT detectors: codes, words and the words of names, as data for `nbiot_fields`.

Where makers contradict each other the table is that of the property's own name, not of a model.
Sources: 力安, 华强 and 万林 tables in wanghanhong/springcloud_alibaba (d37990e); the same numbers 1 to 15
in Milesight's GS524N; gas states of 赛特威尔; Tuya's words for batteries.
"""

from collections.abc import Mapping

from ingest.reading import Condition

ALARMS = frozenset(
    {
        Condition.SMOKE,
        Condition.HEAT,
        Condition.GAS,
        Condition.CARBON_MONOXIDE,
        Condition.SOS,
        Condition.ALARM,
    }
)
Effect = Mapping[Condition, bool]

_CLEAR: Effect = dict.fromkeys(
    (
        *ALARMS,
        Condition.TAMPER,
        Condition.LOW_BATTERY,
        Condition.FAULT,
        Condition.SELF_TEST_FAILED,
        Condition.SILENCE,
        Condition.TEST,
    ),
    False,
)
_ALARM: Effect = {Condition.ALARM: True}
_SMOKE: Effect = {Condition.SMOKE: True}
_HEAT: Effect = {Condition.HEAT: True}
_GAS: Effect = {Condition.GAS: True}
_FAULT: Effect = {Condition.FAULT: True}
_LOW: Effect = {Condition.LOW_BATTERY: True}
_REMOVED: Effect = {Condition.TAMPER: True}
_REFITTED: Effect = {Condition.TAMPER: False}
_SILENCED: Effect = {Condition.SILENCE: True}
_TEST: Effect = {Condition.TEST: True}
_ONLINE: Effect = {Condition.OFFLINE: False}
_OFFLINE: Effect = {Condition.OFFLINE: True}

#: A state in words, as any state property may have it.
STATE_WORDS: Mapping[str, Effect] = {
    **dict.fromkeys(("normal", "ok", "none", "clear", "cleared", "idle", "restore", "restored"), _CLEAR),
    **dict.fromkeys(("heartbeat", "正常", "恢复", "解除", "心跳"), _CLEAR),
    **dict.fromkeys(("alarm", "alarming", "alert", "fire", "fire_alarm", "报警", "火警", "告警"), _ALARM),
    **dict.fromkeys(("smoke", "smoke_alarm", "烟雾报警"), _SMOKE),
    **dict.fromkeys(("heat", "overheat", "high_temperature", "温度过高"), _HEAT),
    **dict.fromkeys(("gas", "gas_alarm", "燃气报警"), _GAS),
    **dict.fromkeys(("fault", "error", "failure", "abnormal", "故障", "异常"), _FAULT),
    **dict.fromkeys(("low_battery", "battery_low", "low_voltage", "低压", "低电压", "低电量"), _LOW),
    **dict.fromkeys(("tamper", "removed", "dismantled", "拆卸", "拆卸报警", "设备被拆"), _REMOVED),
    **dict.fromkeys(("refitted", "installed", "拆卸恢复"), _REFITTED),
    **dict.fromkeys(("silence", "silenced", "mute", "muted", "静音", "消音"), _SILENCED),
    **dict.fromkeys(("test", "self_test", "selftest", "simulated", "自检", "模拟报警"), _TEST),
    **dict.fromkeys(("online", "在线"), _ONLINE),
    **dict.fromkeys(("offline", "离线"), _OFFLINE),
}
#: 力安 and the many NB detectors with its module: 3 is reserved; 15 is the test key while the battery is low.
_ALARM_STATUS: Mapping[int, Effect] = {
    0: _CLEAR,
    1: _ALARM,
    2: _SILENCED,
    4: _LOW,
    5: _FAULT,
    6: _FAULT,
    7: _CLEAR,
    8: _SILENCED,
    9: _SILENCED,
    10: _REMOVED,
    11: _REFITTED,
    12: _ONLINE,
    13: _FAULT,
    14: _TEST,
    15: {**_TEST, **_LOW},
}
#: 万林 NB306. It has no code for the end of anything but the heartbeat.
_DEV_STATE: Mapping[int, Effect] = {
    0: _CLEAR,
    1: _SMOKE,
    2: _HEAT,
    3: _REMOVED,
    4: _LOW,
    5: _TEST,
}
_NO_TYPE: Mapping[int, Effect] = {0: {}}
#: Properties whose numbers are codes. Of an alarm's *type* the number is each vendor's own.
CODES: Mapping[str, Mapping[int, Effect]] = {
    **dict.fromkeys(
        ("alarm", "isalarm", "alarmflag", "alarmstatus", "alarmstate", "alarmstat"), _ALARM_STATUS
    ),
    **dict.fromkeys(("devstate", "devicestate"), _DEV_STATE),
    **dict.fromkeys(("alarmtype", "alarmcode", "eventcode"), _NO_TYPE),
}
ON: Mapping[str, bool] = {
    **dict.fromkeys(("1", "true", "on", "yes", "alarm", "alarming", "alert", "active", "detected"), True),
    **dict.fromkeys(("triggered", "abnormal", "报警", "告警", "火警", "异常"), True),
    **dict.fromkeys(("0", "false", "off", "no", "normal", "ok", "none", "clear", "cleared"), False),
    **dict.fromkeys(("recover", "recovered", "recovery", "restore"), False),
    **dict.fromkeys(("inactive", "idle", "restored", "正常", "无", "恢复", "解除"), False),
}
#: Where an event says whether it began or is over; and the words of a name that say it is over.
EVENT_VALUES = ("value", "status", "state", "alarm", "active")
OVER = frozenset(
    {"recover", "recovered", "recovery", "restore", "restored", "clear", "cleared", "cancel", "end", "normal"}
)
#: An event of these words alone is an alarm of we know not what.
BARE_EVENT = OVER | {"alarm", "alert", "event", "report", "info", "notify"}
#: What a flag of one condition may say beside that.
ALSO: Mapping[Condition, Mapping[str, bool]] = {
    Condition.SMOKE: {"fire": True, "smoke": True},
    Condition.HEAT: {"high": True, "overheat": True},
    Condition.GAS: {"2": True, "gas": True},  # 1 is a low concentration, 2 a high one (赛特威尔, 力安)
    Condition.LOW_BATTERY: {"low": True, "middle": False, "medium": False, "high": False},
    Condition.TAMPER: {"removed": True, "dismantled": True, "拆卸": True, "installed": False},
    Condition.WINDOW_OPEN: {"open": True, "opened": True, "closed": False, "close": False},
}
#: Names of a battery's percentage.
_BATTERIES = (
    "battery batterylevel batteryvalue batterypercent batterypercentage batterycapacity batterypower"
    " electricquantity electricity 电量"
)
BATTERIES = frozenset(_BATTERIES.split())
NAMES = frozenset({"imei", "devid", "devicecode", "tid"})
TEMPERATURES = frozenset({"temperature", "temp", "devicetemperature", "devtemp"})
FACTS: Mapping[str, str] = {
    **dict.fromkeys(("smokescope", "smokevalue", "gasvalue", "concentration", "smokeconcentration"), "level"),
    **dict.fromkeys(TEMPERATURES, "temperature"),
}
#: A name with one of these words is a measurement or a setting, and no state.
_MEASURES = (
    "value level threshold time times timestamp count num number id version enable"
    " enabled switch set setting duration volume interval period delay concentration density scope"
    " ppm adc led light type voltage volt percent percentage capacity result limit"
    " upper lower unit mode rate date name index serial valve fan relay"
    " pump hydrant water output signal network"
)
MEASURES = frozenset(_MEASURES.split())
#: Two of these words name a condition, though one of them is a measurement's.
LOW_VOLTAGE = frozenset({"lowvoltage", "undervoltage", "voltagelow"})
#: The words that make a name one of a condition, the more telling first.
SUBJECTS: tuple[tuple[frozenset[str], Condition], ...] = (
    (frozenset({"silence", "silenced", "mute", "muted", "muffling", "hush"}), Condition.SILENCE),
    (frozenset({"selftest", "selfcheck", "test", "simulate", "simulation"}), Condition.TEST),
    (frozenset({"fault", "error", "malfunction", "failure", "trouble"}), Condition.FAULT),
    (frozenset({"tamper", "dismantle", "dismantled", "disassemble", "disassembly"}), Condition.TAMPER),
    (frozenset({"demolish", "demolition", "removed"}), Condition.TAMPER),
    (frozenset({"battery", "lowbattery", "lowpower"}), Condition.LOW_BATTERY),
    (frozenset({"smoke", "fire", "flame", "烟感", "烟雾", "火警"}), Condition.SMOKE),
    (frozenset({"overheat", "overtemperature", "overtemp", "heat"}), Condition.HEAT),
    (frozenset({"gas", "methane", "combustible", "燃气"}), Condition.GAS),
    (frozenset({"sos", "panic", "emergency", "callpoint"}), Condition.SOS),
)
#: What is measured and may also alarm: a state only beside one of these words.
QUALIFIED = frozenset({"alarm", "alert", "warning", "warn", "high", "over", "state", "status"})
MEASURED: Mapping[str, Condition] = {
    "temperature": Condition.HEAT,
    "temp": Condition.HEAT,
    "co": Condition.CARBON_MONOXIDE,
    "carbonmonoxide": Condition.CARBON_MONOXIDE,
}
#: Chinese has no blanks: what a name holds, as the word of the tables above; and what makes it no state.
CHINESE: Mapping[str, str] = {
    **dict.fromkeys(("烟感", "烟雾", "火警", "火灾"), "smoke"),
    "燃气": "gas",
    "故障": "fault",
    "自检": "test",
    "静音": "silence",
    "消音": "silence",
    "拆": "tamper",
    "低电": "lowbattery",
    "手动报警": "sos",
}
CHINESE_MEASURES = ("浓度", "电量", "电压", "时间", "次数", "阈值", "编号", "类型", "温度", "信号", "版本")
OPENINGS = frozenset({"door", "window"})
