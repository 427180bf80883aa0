"""A short form of `make chaos`, and its judgement: it must see what it is there to see."""

import subprocess
import sys
from collections import Counter

import pytest

from benchmarks.chaos.carrier import Request
from benchmarks.chaos.county import County
from benchmarks.chaos.detectors import Alarm
from benchmarks.chaos.verdict import Trouble, judge
from ingest.broker_programs import find_mosquitto
from tests.conftest import absent

HOUSE = County(1).houses[0]
ALARM = Alarm(HOUSE, said_at=100.0, acknowledged_at=100.2)
ONE = Counter({HOUSE.id: 1})


def a_page(at: float = 100.5, message: str = "1", **more: bool) -> Request:
    text = f"火警K7：{HOUSE.id} 1楼 烟感报警。"
    return Request(at, message, HOUSE.chief_phone, text, **({"is_taken": True, "is_answered": True} | more))


def test_a_page_that_was_taken_is_a_promise_kept() -> None:
    verdict = judge([ALARM], [a_page()], ONE, [])
    assert verdict.broken == []
    assert verdict.delays == verdict.quiet_delays == (0.5,)


def test_a_page_that_was_refused_is_lost() -> None:
    assert judge([ALARM], [a_page(is_taken=False)], ONE, []).lost == (HOUSE.id,)


def test_a_page_to_somebody_else_is_lost() -> None:
    page = a_page()
    page.phone = "+8613800138999"
    assert judge([ALARM], [page], ONE, []).lost == (HOUSE.id,)


def test_two_incidents_of_one_alarm_are_one_too_many() -> None:
    assert judge([ALARM], [a_page()], Counter({HOUSE.id: 2}), []).broken == [f"incidents doubled: {HOUSE.id}"]


def test_twice_for_nothing_is_told_from_twice_after_a_kill() -> None:
    pages = [a_page(100.5), a_page(103.0)]
    assert judge([ALARM], pages, ONE, []).unexplained == ("1",)
    assert judge([ALARM], pages, ONE, [Trouble("kill", 100.6, 102.0)]).unexplained == ()
    assert judge([ALARM], [a_page(is_answered=False), a_page(103.0)], ONE, []).unexplained == ()


def test_an_alarm_during_a_fault_is_not_counted_as_quiet() -> None:
    verdict = judge([ALARM], [a_page()], ONE, [Trouble("kill", 99.0, 100.1)])
    assert (verdict.delays, verdict.quiet_delays) == ((0.5,), ())


@pytest.mark.broker
def test_a_short_run_keeps_every_promise() -> None:
    if find_mosquitto() is None:
        pytest.skip(absent("Mosquitto"))
    bounds = ["--kills", "2", "--minutes", "1", "--longest-outage", "2"]
    command = [sys.executable, "-m", "benchmarks.chaos", *bounds]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "lost: 0" in run.stdout
