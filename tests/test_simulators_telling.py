"""What whoever watches a story reads: the timeline in words, texts as they arrive, the response log."""

from datetime import UTC
from typing import Any
from unittest.mock import create_autospec

import pytest

from dispatch.escalation import Step
from dispatch.values import EventKind
from simulators.phones import Phones
from simulators.response_log import intervals, response_log
from simulators.service_api import ServiceApi
from simulators.teller import Teller
from simulators.words import line_of
from tests.web import Web, web  # noqa: F401 - a fixture


class Through(ServiceApi):
    """The real application, asked without a network."""

    def __init__(self, web: Web) -> None:  # noqa: F811
        super().__init__("http://127.0.0.1:9", "token")
        self._web = web

    def get(self, path: str, **query: str | int) -> Any:
        answer = self._web.dispatcher.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def live_through_much(web: Web) -> str:  # noqa: F811
    """A story with a bit of everything; gives the incident's id."""
    story, district = web.story, web.district
    story.alarm(district.smoke)
    story.clock.advance(59)
    story.wait(2)  # nobody answers: voice, deputies, the next station
    story.reply(district.chief, "1")
    story.reply(district.duty_officer, "1")
    story.event(district.window, EventKind.WINDOW_OPENED)
    story.event(district.smoke, EventKind.RESTORE)
    incident_id = story.incident().id
    for path, body in (
        ("handover", {"status": "accepted", "number": "演示119-1"}),
        ("milestones", {"station_id": district.home_station, "milestone": "on_scene"}),
        ("milestones", {"station_id": district.home_station, "milestone": "on_scene"}),
        ("grade", {"grade": "suspected", "reason": "复核"}),
        ("close", {"disposition": "fire", "cause": "蜡烛"}),
    ):
        assert web.dispatcher.post(f"/incidents/{incident_id}/{path}", body).status_code == 200
    story.send()
    return incident_id


@pytest.fixture
def told(web: Web) -> list[str]:  # noqa: F811
    """Everything that is told of such a story, without the times."""
    lines: list[str] = []
    teller = Teller(Through(web), None, lines.append)
    live_through_much(web)
    teller.look()
    return [line.partition("] ")[2] for line in lines]


def test_the_story_reads_in_its_order(told: list[str], web: Web) -> None:  # noqa: F811
    code = web.story.incidents()[0].code
    assert told[0] == f"▲ {code} 警情：下许里7号（疑似，首个探测器）"
    wanted = [
        f"● {code} 派出 宋宅村微型消防站（村级，预计 1.4 分钟）",
        f"→ {code} 虚构songzhai-chief",
        f"■ {code} 宋宅村微型消防站 无人应答：电话呼叫站长，短信通知副站长和队员",
        f"☎ {code} 虚构songzhai-chief",
        f"← {code} 宋宅村微型消防站 虚构songzhai-chief：出发（短信）",
        f"▲ {code} 又一信号：2楼南窗 逃生窗",
        f"▲ {code} 确认为火警（逃生窗打开）",
        f"■ {code} 移交区级和119（已确认）",
        f"· {code} 1楼客厅 smoke-living-room：恢复正常",
        f"■ {code} 119中心已接收，编号 演示119-1",
        f"← {code} 宋宅村微型消防站：到场（网页）",
        f"← {code} 宋宅村微型消防站 更正：到场（网页）",
        f"■ {code} 结案：火情，原因：蜡烛",
    ]
    places = [told.index(line) for line in wanted]
    assert places == sorted(places)


def test_every_kind_of_fact_has_words(told: list[str]) -> None:
    assert not [line for line in told if "_" in line.replace("smoke-living-room", "")]


def test_a_kind_that_is_not_known_is_shown_as_it_is() -> None:
    fact: dict[str, Any] = {"kind": "moon_landing", "data": {}, "actor": None, "source": "system"}
    assert line_of(fact, "K7", "") == "■ K7 moon_landing"


def test_nothing_is_told_twice_and_nothing_that_was_before(web: Web) -> None:  # noqa: F811
    lines: list[str] = []
    live_through_much(web)
    teller = Teller(Through(web), None, lines.append)
    teller.catch_up()
    teller.look()
    assert lines == []
    web.report_fire(web.district.other_premises)
    teller.look()
    told_once = len(lines)
    teller.look()
    assert told_once == len(lines) > 0


def test_the_end_is_told_however_long_nothing_happened_before(web: Web) -> None:  # noqa: F811
    lines: list[str] = []
    teller = Teller(Through(web), None, lines.append)
    incident_id = web.report_fire()["id"]
    for _ in range(20):
        teller.look()
    web.dispatcher.post(f"/incidents/{incident_id}/close", {"disposition": "fire", "cause": "蜡烛"})
    teller.look()
    assert "结案：火情，原因：蜡烛" in lines[-1]


def test_with_phones_a_message_is_told_with_its_text_and_after_its_cause(web: Web) -> None:  # noqa: F811
    phones = create_autospec(Phones, instance=True)
    phones.new_sent.return_value = ([], [])
    lines: list[str] = []
    teller = Teller(Through(web), phones, lines.append)
    teller.catch_up()
    web.story.alarm(web.district.smoke)
    chief = web.district.phones[web.district.chief]
    phones.new_sent.return_value = ([{"to": chief, "body": "火警"}], [{"to": "+8613800138999"}])
    teller.look()
    assert "▲" in lines[0]
    assert [line.partition("] ")[2] for line in lines[-2:]] == [
        f"→ 虚构songzhai-chief {chief}：火警",
        "☎ +8613800138999",
    ]
    assert not [line for line in lines[:-2] if "→" in line]


def test_in_a_story_the_time_told_is_the_storys(web: Web) -> None:  # noqa: F811
    lines: list[str] = []
    teller = Teller(Through(web), None, lines.append)
    teller.begin_story(speed=1.0)
    teller.tell("开始")
    teller.end_story()
    teller.tell("结束")
    assert lines[0] == "[+0:00] 开始"
    assert not lines[1].startswith("[+")


def test_the_response_log_shows_every_interval_and_what_is_missing() -> None:
    milestones = {
        "notified_at": "2026-03-02T07:12:01Z",
        "delivered_at": "2026-03-02T07:12:03Z",
        "acknowledged_at": "2026-03-02T07:12:20Z",
        "enroute_at": "2026-03-02T07:12:38Z",
        "on_scene_at": "2026-03-02T07:14:54Z",
        "cleared_at": None,
    }
    home = {"station_name": "宋宅村微型消防站", "tier": "village", "milestones": milestones}
    silent = {
        "station_name": "竹坝社区微型消防站",
        "tier": "village",
        "milestones": dict.fromkeys(milestones),
    }
    incident = {
        "code": "K7",
        "opened_at": "2026-03-02T07:12:00Z",
        "disposition": "fire",
        "cause": "蜡烛 candle",
        "premises": {"name": "下许里7号"},
        "assignments": [home, silent],
    }
    seconds = {
        "handling": 1,
        "delivery": 2,
        "acknowledgement": 19,
        "turnout": 37,
        "travel": 136,
        "response": 174,
    }
    assert intervals(incident, home) == seconds
    assert set(intervals(incident, silent).values()) == {None}
    assert list(response_log(incident, UTC)) == [
        "响应记录 response log  K7  下许里7号  接警 received 07:12:00  结果 outcome 火情，原因：蜡烛 candle",
        "  宋宅村微型消防站（村级）  派警 1秒  送达 2秒  应答 19秒  出动 37秒  行程 136秒  到场 174秒",
        "  竹坝社区微型消防站（村级）  派警 –  送达 –  应答 –  出动 –  行程 –  到场 –",
    ]


@pytest.mark.parametrize("step", Step)
def test_every_step_has_its_words(step: Step) -> None:
    fact = {"kind": "escalated", "data": {"step": step, "round": 1}, "actor": None, "source": "system"}
    assert step not in line_of(fact, "K7", "明溪站")
