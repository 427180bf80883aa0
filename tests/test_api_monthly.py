"""The monthly report over HTTP: three months side by side, and in words."""

from datetime import timedelta
from typing import Any

import pytest

from tests.clock import STORY_START
from tests.history import make_past_assignment, make_past_incident
from tests.web import Web, assert_problem, web

__all__ = ["web"]


def report(web: Web, **query: Any) -> dict[str, Any]:
    answer = web.viewer.get("/reports/month", **query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def words(given: dict[str, Any], about: str) -> list[str]:
    return [one["text"] for one in given["sentences"] if one["about"] == about]


@pytest.fixture
def march(web: Web) -> Web:
    """Twelve alarms in March, three of them false; ten in February; three in March a year ago."""
    d = web.district
    with web.story.database.begin() as session:

        def incidents(count: int, days: int, seconds: int, **given: Any) -> None:
            for number in range(count):
                at = STORY_START + timedelta(days=days, hours=number)
                one = make_past_incident(session, d, opened_at=at, **given)
                make_past_assignment(session, one, d.home_station, on_scene=seconds + number)

        incidents(9, 0, 170)
        incidents(3, 3, 100, disposition="false_alarm")
        incidents(10, -10, 190)
        incidents(3, -365, 300)
        incidents(1, 2, 1, drill=True)
        incidents(1, 2, 1, disposition="test")
        open_one = make_past_incident(session, d, village=d.next_village)
        open_one.status, open_one.disposition = "open", None
        make_past_assignment(session, open_one, d.next_station, notified=3)
    return web


def test_a_month_stands_beside_the_one_before_and_last_years(march: Web) -> None:
    d = march.district
    given = report(march, month="2026-03", region=d.town, language="zh")
    assert given["incidents"] == {
        "month": {"n": 13, "fire": 9, "false_alarm": 3, "other": 0, "open": 1},
        "month_before": {"n": 10, "fire": 10, "false_alarm": 0, "other": 0, "open": 0},
        "year_before": {"n": 3, "fire": 3, "false_alarm": 0, "other": 0, "open": 0},
    }
    (village,) = given["tiers"]
    spans = ("month", "month_before", "year_before")
    assert [(village[span]["n"], village[span]["p50_s"]) for span in spans] == [
        (12, 172),
        (10, 194),
        (3, 301),
    ]
    assert [child["name"] for child in given["children"]] == ["明溪村", "宋宅村"]
    assert [one["interval_s"] for one in given["worst"]][:3] == [178, 177, 176]
    assert len(given["worst"]) == 10
    assert given["missing"] == [
        {
            "station_id": d.next_station,
            "name": "明溪村微型消防站",
            "tier": "village",
            "missing": 1,
            "records": 1,
        }
    ]
    assert given["left_out"] == {"drill": 1, "test": 1, "out_of_order": 0}
    assert given["false_alarms"]["false_alarms"] == 3


def test_the_chinese_sentences_hold_the_figures(march: Web) -> None:
    given = report(march, month="2026-03", region=march.district.town, language="zh")
    (incidents,) = words(given, "incidents")
    assert incidents == (
        "2026年3月（本月尚未结束，数字为截至目前），五显镇共有真实警情13起，其中火情9起、误报3起、尚未结案1起。"
        "上月10起，去年同月3起。"
    )
    (village,) = words(given, "tier")
    assert village == (
        "村级站到场（接警至到场）有记录12次，另有1次缺少时间节点，未计入；中位数2分52秒，90%在2分57秒以内；"
        "在目标180秒以内的12次（100.0%）。上月（10次）中位数3分14秒，本月快22秒；去年同月仅3次，数量少，不作比较。"
    )
    assert words(given, "worst") == [
        "用时最长的一次：3月2日23:12，下许里7号，宋宅村微型消防站，用时2分58秒。"
    ]
    assert words(given, "false_alarms") == ["已结案的12起警情中误报3起，占25.0%；最多的原因是蜡烛（3起）。"]
    assert words(given, "missing") == ["1个站有记录缺少时间节点，最多的是明溪村微型消防站：1条记录中缺1条。"]
    assert words(given, "left_out") == ["以下记录未计入统计：演练1条、测试1条。"]


def test_the_same_in_english_when_the_reader_prefers_it(march: Web) -> None:
    asker = march.viewer
    answer = asker.ask(
        "GET",
        "/api/v1/reports/month",
        params={"month": "2026-03", "region": march.district.town},
        headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"},
    )
    given = answer.json()
    assert given["language"] == "en"
    (village,) = words(given, "tier")
    assert village == (
        "Village stations, response (received to on scene): 12 records, 1 more lack a milestone and are not "
        "counted; median 2 min 52 s, 90% within 2 min 57 s; 12 (100.0%) within the target of 180 s. The "
        "month before (10 records): median 3 min 14 s, 22 s faster now. The same month last year: only 3 "
        "records, too few to compare."
    )


def test_a_month_that_is_over_and_empty_says_so(web: Web) -> None:
    given = report(web)
    assert (given["month"], given["is_complete"], given["language"]) == ("2026-02", True, "zh")
    assert [one["text"] for one in given["sentences"]] == [
        "2026年2月，全部辖区没有真实警情。上月没有警情，去年同月没有警情。",
        "三个月份均没有可统计的出警记录。",
        "本月没有已结案的警情，无从统计误报。",
        "没有因演练、测试或时间先后有误而剔除的记录。",
    ]
    assert (given["worst"], given["missing"], given["tiers"]) == ([], [], [])


@pytest.mark.parametrize("month", ["2026-13", "March", "2026-3", "2026-03-01"])
def test_what_is_no_month_is_refused(web: Web, month: str) -> None:
    assert_problem(web.viewer.get("/reports/month", month=month), 422, "month")
