"""The stories of the demo district: people, places and numbers are invented (`fire135/demo_district`)."""

from simulators.steps import (
    Answers,
    ArePaged,
    AreTold,
    BridgeBack,
    BridgeLost,
    CentreAccepts,
    DeskCloses,
    DeviceShows,
    GatewayBack,
    GatewayLost,
    GetsText,
    HasReached,
    IsCalled,
    IsClosed,
    IsHandedOver,
    IsOpen,
    NativeSays,
    NobodyIsPaged,
    Scenario,
    SetsMilestone,
    Step,
    ZigbeeLost,
    ZigbeeReports,
)

# The stories do not say that an incident begins as suspected: a window that was opened at the place in
# an earlier story of the last minutes rightly confirms it from the start.
_XIAXULI_7 = "p-songzhai-xiaxuli-7"
_SONGZHAI = "st-350212110212"
_ZHUBA = "st-350212110003"
_WUXIAN = "st-350212110"
_BRIGADE = "st-350212"
_SONGZHAI_LEADER = "person-350212110212-leader"
_DUTY_OFFICER = "person-duty-1"

#: Friendly names at the Zigbee2MQTT bridge of 下许里7号; the registry's ids are in the district's data.
_LIVING_ROOM = "xiaxuli7_livingroom_smoke"
_BEDROOM = "xiaxuli7_bedroom_smoke"
_WINDOW_2 = "xiaxuli7_window_2"
_WINDOW_3 = "xiaxuli7_window_3"
_SMOKE_AT_REST = {"smoke": False, "tamper": False, "battery_low": False, "battery": 97}
_WINDOW_AT_REST = {"contact": True, "battery_low": False, "battery": 94}
_ZIGBEE = {
    _LIVING_ROOM: _SMOKE_AT_REST,
    _BEDROOM: _SMOKE_AT_REST,
    _WINDOW_2: _WINDOW_AT_REST,
    _WINDOW_3: _WINDOW_AT_REST,
}
_SMOKE = {"smoke": True}
_NO_SMOKE = {"smoke": False}

CANDLE = Scenario(
    name="candle",
    title="故事一 15:12 五显镇宋宅村下许里7号，客厅冒烟 (candle)",
    premises_id=_XIAXULI_7,
    zigbee=_ZIGBEE,
    steps=(
        Step(0, ZigbeeReports(_LIVING_ROOM, _SMOKE), "15:12 一楼客厅的烟感响了"),
        Step(0, IsOpen()),
        Step(0, ArePaged((_SONGZHAI, _WUXIAN)), "宋宅村站长和五显镇专职队在同一秒收到通知"),
        Step(20, Answers(_SONGZHAI, "1", "acknowledged"), "宋宅村站长回复 1：出发"),
        Step(27, Answers(_WUXIAN, "1", "acknowledged"), "五显镇队长回复 1：出发"),
        Step(27, HasReached(_WUXIAN, "acknowledged")),
        Step(38, NativeSays("terminal-songzhai", "enroute"), "宋宅村站按下站内终端的“出动”键"),
        Step(52, SetsMilestone(_WUXIAN, "enroute"), "五显镇队在网页上点“出动”"),
        Step(70, ZigbeeReports(_BEDROOM, _SMOKE), "烟上到二楼，卧室的烟感也响了"),
        Step(70, IsOpen("confirmed")),
        Step(70, IsHandedOver(), "第二个探测器确认火警，立即移交区级和119"),
        Step(82, CentreAccepts("演示119-0001"), "119指挥中心接收（编号为虚构）"),
        Step(82, IsHandedOver(("accepted",))),
        Step(90, Answers(_BRIGADE, "1", "acknowledged"), "区大队长回复 1：出发"),
        Step(174, Answers(_SONGZHAI, "3", "on_scene"), "15:15 宋宅村微型消防站到场，回复 3"),
        Step(177, Answers(_WUXIAN, "3", "on_scene"), "15:15 五显镇专职消防队到场，回复 3"),
        Step(177, HasReached(_SONGZHAI, "on_scene")),
        Step(177, HasReached(_WUXIAN, "on_scene")),
        Step(205, ZigbeeReports(_LIVING_ROOM, _NO_SMOKE), "火已扑灭，烟散了：探测器恢复，警情不会自己结束"),
        Step(207, ZigbeeReports(_BEDROOM, _NO_SMOKE)),
        Step(
            225, DeskCloses("fire", "蜡烛 candle", "客厅蜡烛引燃桌布，无人受伤"), "值班台结案：火情，原因蜡烛"
        ),
        Step(225, IsClosed("fire")),
    ),
)

FALSE_ALARM = Scenario(
    name="false_alarm",
    title="故事二 宋宅里220号养老院，炒菜油烟 (false alarm)",
    premises_id="p-350212110212-2",
    steps=(
        Step(0, NativeSays("p-350212110212-2-smoke", "alarm"), "客厅烟感报警"),
        Step(0, IsOpen()),
        Step(0, ArePaged((_SONGZHAI, _WUXIAN))),
        Step(15, Answers(_SONGZHAI, "收到", "acknowledged"), "宋宅村站长回复“收到”"),
        Step(22, Answers(_WUXIAN, "1", "acknowledged"), "五显镇队长回复 1"),
        Step(35, NativeSays("p-350212110212-2-smoke", "silence"), "有人按了消音：警情照旧"),
        Step(55, Answers(_SONGZHAI, "3", "on_scene"), "宋宅村站到场"),
        Step(65, Answers(_SONGZHAI, "4", None), "站长回复 4：误报。值班员收到通知，由人结案"),
        Step(72, NativeSays("p-350212110212-2-smoke", "restore"), "烟感恢复"),
        Step(80, IsHandedOver(("none",)), "有人报称误报，90 秒时不再自动移交"),
        Step(82, DeskCloses("false_alarm", "炒菜油烟"), "值班台结案：误报"),
        Step(82, IsClosed("false_alarm")),
    ),
)

ESCAPE_WINDOW = Scenario(
    name="escape_window",
    title="故事三 下许里7号，三楼逃生窗被打开 (escape window)",
    premises_id=_XIAXULI_7,
    zigbee=_ZIGBEE,
    steps=(
        Step(0, ZigbeeReports(_LIVING_ROOM, _SMOKE), "一楼客厅烟感报警"),
        Step(0, IsOpen()),
        Step(0, ArePaged((_SONGZHAI, _WUXIAN))),
        Step(15, Answers(_SONGZHAI, "1", "acknowledged")),
        Step(21, Answers(_WUXIAN, "1", "acknowledged")),
        Step(40, ZigbeeReports(_WINDOW_3, {"contact": False}), "三楼逃生窗被打开：可能有人在窗口"),
        Step(40, IsOpen("confirmed")),
        Step(40, IsHandedOver(), "确认火警，各站收到楼层，立即移交"),
        Step(52, CentreAccepts("演示119-0002")),
        Step(58, Answers(_BRIGADE, "1", "acknowledged")),
        Step(120, Answers(_SONGZHAI, "3", "on_scene"), "宋宅村站到场，架梯救人"),
        Step(150, Answers(_WUXIAN, "3", "on_scene")),
        Step(170, ZigbeeReports(_LIVING_ROOM, _NO_SMOKE)),
        Step(172, ZigbeeReports(_WINDOW_3, {"contact": True})),
        Step(180, DeskCloses("fire", "电动自行车充电", "三楼救出两位老人"), "值班台结案：火情"),
        Step(180, IsClosed("fire")),
        Step(195, ZigbeeReports(_WINDOW_3, {"contact": False}), "几天后：开窗通风，没有烟，不是火警"),
        Step(195, GetsText(_SONGZHAI_LEADER, "逃生窗"), "楼长收到提醒"),
        Step(200, ZigbeeReports(_BEDROOM, {"battery_low": True}), "卧室烟感电量低：只进维护清单"),
        Step(200, DeviceShows("xiaxuli7-bedroom-smoke", "low_battery")),
        Step(200, NobodyIsPaged()),
        Step(205, ZigbeeReports(_WINDOW_3, {"contact": True})),
        Step(206, ZigbeeReports(_BEDROOM, {"battery_low": False}), "换了电池，关了窗"),
    ),
)

SILENT_CHIEF = Scenario(
    name="silent_chief",
    title="故事四 竹坝里7号，站长不应答 (a chief who does not answer)",
    premises_id="p-350212110003-1",
    must_be_seen_within_s=130,
    steps=(
        Step(0, NativeSays("p-350212110003-1-smoke", "alarm"), "客厅烟感报警"),
        Step(0, IsOpen()),
        Step(0, ArePaged((_ZHUBA, _WUXIAN)), "竹坝社区站长和五显镇专职队收到通知"),
        Step(18, Answers(_WUXIAN, "1", "acknowledged"), "五显镇队长回复 1；竹坝社区站长没有回音"),
        Step(30, IsCalled(_ZHUBA), "30 秒：打电话给站长"),
        Step(30, AreTold(_ZHUBA, 4), "副站长和队员收到短信"),
        Step(60, AreTold(_SONGZHAI, 1), "60 秒：加派下一个最近的站，宋宅村微型消防站"),
        Step(60, GetsText(_DUTY_OFFICER, "未应答"), "值班员收到通知"),
        Step(75, Answers(_SONGZHAI, "1", "acknowledged"), "宋宅村站长回复 1：出发"),
        Step(90, IsHandedOver(), "90 秒仍未核实：移交区级和119"),
        Step(100, CentreAccepts("演示119-0003")),
        Step(105, Answers(_BRIGADE, "1", "acknowledged")),
        Step(170, Answers(_WUXIAN, "3", "on_scene"), "五显镇专职消防队到场"),
        Step(200, Answers(_SONGZHAI, "3", "on_scene"), "宋宅村微型消防站到场"),
        Step(215, NativeSays("p-350212110003-1-smoke", "restore")),
        Step(220, DeskCloses("fire", "电线老化"), "值班台结案：火情"),
        Step(220, IsClosed("fire")),
    ),
)

POWER_CUT = Scenario(
    name="power_cut",
    title="故事五 宋宅村停电：设备离线，不是火警 (power cut)",
    premises_id=_XIAXULI_7,
    zigbee=_ZIGBEE,
    steps=(
        Step(0, GatewayLost("gw-xiaxuli7"), "宋宅村停电：下许里7号的网关失去联系"),
        Step(1, ZigbeeLost(_LIVING_ROOM)),
        Step(1, ZigbeeLost(_BEDROOM)),
        Step(2, BridgeLost(), "Zigbee 网桥也断了电"),
        Step(2, NativeSays("p-350212110212-1-smoke", "offline")),
        Step(2, NativeSays("p-350212110212-2-smoke", "offline")),
        Step(2, DeviceShows("gw-xiaxuli7", "offline")),
        Step(2, DeviceShows("bridge-xiaxuli7", "offline")),
        Step(2, DeviceShows("xiaxuli7-livingroom-smoke", "offline")),
        Step(2, DeviceShows("p-350212110212-2-smoke", "offline"), "设备列为离线"),
        Step(10, NobodyIsPaged(), "没有警情，没有人被叫醒"),
        Step(30, GatewayBack("gw-xiaxuli7"), "来电了"),
        Step(31, BridgeBack(), "网桥重启，把缓存的状态全部再发一遍"),
        Step(32, NativeSays("p-350212110212-1-smoke", "online")),
        Step(32, NativeSays("p-350212110212-2-smoke", "online")),
        Step(32, DeviceShows("gw-xiaxuli7", "normal")),
        Step(32, DeviceShows("bridge-xiaxuli7", "normal")),
        Step(32, DeviceShows("xiaxuli7-livingroom-smoke", "normal")),
        Step(32, DeviceShows("p-350212110212-2-smoke", "normal")),
        Step(40, NobodyIsPaged(), "设备都回来了，仍然没有人被打扰"),
    ),
)

STUCK_DETECTORS = Scenario(
    name="stuck_detectors",
    title="故事六 下许里7号，两个永不恢复的烟感 (two detectors that never clear)",
    premises_id=_XIAXULI_7,
    zigbee=_ZIGBEE,
    steps=(
        Step(0, ZigbeeReports(_LIVING_ROOM, _SMOKE), "客厅烟感报警"),
        Step(0, IsOpen()),
        Step(0, ArePaged((_SONGZHAI, _WUXIAN))),
        Step(10, ZigbeeReports(_BEDROOM, _SMOKE), "卧室烟感也报警"),
        Step(10, IsOpen("confirmed")),
        Step(10, IsHandedOver()),
        Step(16, Answers(_SONGZHAI, "1", "acknowledged")),
        Step(20, Answers(_WUXIAN, "1", "acknowledged")),
        Step(24, CentreAccepts("演示119-0004")),
        Step(28, Answers(_BRIGADE, "1", "acknowledged")),
        Step(80, Answers(_SONGZHAI, "3", "on_scene"), "宋宅村站到场：没有火，两个烟感卡住了"),
        Step(85, Answers(_SONGZHAI, "4", None)),
        Step(95, DeskCloses("false_alarm", "烟感故障，不能恢复"), "值班台结案：误报"),
        Step(95, IsClosed("false_alarm")),
        Step(100, ZigbeeReports(_LIVING_ROOM, {"battery": 96}), "电量上报，缓存里的 smoke:true 又来一遍"),
        Step(103, BridgeLost(), "网桥重启"),
        Step(105, BridgeBack(), "启动时把两个 smoke:true 再发一遍"),
        Step(108, ZigbeeReports(_WINDOW_2, {"battery_low": True})),
        Step(108, DeviceShows("xiaxuli7-window-2", "low_battery")),
        Step(108, DeviceShows("xiaxuli7-livingroom-smoke", "alarm")),
        Step(108, NobodyIsPaged(), "旧警报不是新警报：没有新警情，设备留在维护清单"),
        Step(110, ZigbeeReports(_WINDOW_2, {"battery_low": False})),
    ),
)

#: Every story by its name, in the order in which the demo plays them.
SCENARIOS = {
    scenario.name: scenario
    for scenario in (CANDLE, FALSE_ALARM, ESCAPE_WINDOW, SILENT_CHIEF, POWER_CUT, STUCK_DETECTORS)
}
