"""Group robots: apprise's real requests against the stand-in over HTTP, and every refusal noticed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dispatch.channels.carrier import Channel, OutgoingMessage, SendStatus
from dispatch.channels.robot import RobotCarrier
from simulators.robot_standin import Chats, create_app
from simulators.serving import LoopbackServer
from tests.strange_servers import dripping, every_drip

_NOTICE = OutgoingMessage(7, Channel.CHAT, "robot:1", "K7：火警已确认！下许里7号 3楼 烟感报警", "zh")
_TOKEN = "abc135"
_ADDRESSES = {
    "wecom": f"wecombot://{_TOKEN}",
    "dingtalk": f"dingtalk://{_TOKEN}",
    "feishu": f"feishu://{_TOKEN}",
}
every_robot = pytest.mark.parametrize("address", _ADDRESSES.values(), ids=_ADDRESSES.keys())


@pytest.fixture
def chats() -> Chats:
    return Chats()


@pytest.fixture
def base_url(chats: Chats) -> Iterator[str]:
    with LoopbackServer(create_app(chats)) as services:
        yield services.base_url


@every_robot
def test_a_notice_is_shown_in_the_chat(chats: Chats, base_url: str, address: str) -> None:
    result = RobotCarrier("robot:1", address, base_url=base_url).send(_NOTICE)
    assert (result.status, result.failure) == (SendStatus.SENT, None)
    assert chats.shown == {_TOKEN: [_NOTICE.body]}


@every_robot
@pytest.mark.parametrize("script", ["refuse", "throttle", "500"])
def test_a_notice_that_was_not_taken_is_noticed_even_in_a_200(
    chats: Chats, base_url: str, address: str, script: str
) -> None:
    chats.scripts[_TOKEN] = script
    robot = RobotCarrier("robot:1", address, base_url=base_url)
    result = robot.send(_NOTICE)
    assert (result.status, chats.shown) == (SendStatus.TEMPORARY, {})
    assert str(result.failure).startswith("robot:1 ")
    assert result.retry_after_s == (60 if script == "throttle" else None)
    del chats.scripts[_TOKEN]
    assert robot.send(_NOTICE).status is SendStatus.SENT


def test_the_service_s_own_words_are_kept(chats: Chats, base_url: str) -> None:
    chats.scripts[_TOKEN] = "refuse"
    failures = [
        RobotCarrier("robot:1", address, base_url=base_url).send(_NOTICE).failure
        for address in _ADDRESSES.values()
    ]
    assert failures == [
        "robot:1 refuses: 93000: invalid webhook url",
        "robot:1 refuses: 310000: keywords not in content",
        "robot:1 refuses: 19024: Key Words Not Found",
    ]


@every_robot
def test_a_robot_that_says_nothing_leaves_us_in_doubt(chats: Chats, base_url: str, address: str) -> None:
    chats.scripts[_TOKEN] = "hang"
    hanging = RobotCarrier("robot:1", f"{address}?rto=0.2", base_url=base_url).send(_NOTICE)
    assert hanging.status is SendStatus.AMBIGUOUS
    chats.scripts[_TOKEN] = "drop"
    dropped = RobotCarrier("robot:1", address, base_url=base_url).send(_NOTICE)
    assert dropped.status is SendStatus.AMBIGUOUS


@every_drip
def test_a_robot_whose_answer_drips_leaves_us_in_doubt(where: str) -> None:
    with dripping(where) as url:
        result = RobotCarrier("robot:1", f"{_ADDRESSES['wecom']}?rto=0.2", base_url=url).send(_NOTICE)
    assert (result.status, result.failure) == (SendStatus.AMBIGUOUS, "robot:1 gave no whole answer in time")


def test_a_service_that_is_not_there_has_surely_not_taken_it(free_port: int) -> None:
    robot = RobotCarrier("robot:1", _ADDRESSES["wecom"], base_url=f"http://127.0.0.1:{free_port}")
    assert robot.send(_NOTICE).status is SendStatus.TEMPORARY


def test_dingtalk_is_signed_where_its_robot_asks_for_it(chats: Chats, base_url: str) -> None:
    chats.secrets[_TOKEN] = "SEC135"
    signed = RobotCarrier("robot:1", f"dingtalk://SEC135@{_TOKEN}", base_url=base_url).send(_NOTICE)
    assert signed.status is SendStatus.SENT
    unsigned = RobotCarrier("robot:1", f"dingtalk://{_TOKEN}", base_url=base_url).send(_NOTICE)
    assert unsigned.failure == "robot:1 refuses: 310000: sign not match"


def test_nothing_that_is_said_of_a_robot_holds_its_secret(
    chats: Chats, base_url: str, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    said = []
    for script in ("refuse", "500", "drop"):
        chats.scripts[_TOKEN] = script
        said += [
            RobotCarrier("robot:1", address, base_url=base_url).send(_NOTICE).failure
            for address in _ADDRESSES.values()
        ]
    nobody = f"http://127.0.0.1:{free_port}"
    said.append(RobotCarrier("robot:1", _ADDRESSES["feishu"], base_url=nobody).send(_NOTICE).failure)
    assert _TOKEN not in " ".join(map(str, said)) + caplog.text


def test_two_robots_at_once_do_not_hear_of_each_other(chats: Chats, base_url: str) -> None:
    chats.scripts["bad"] = "refuse"
    good = RobotCarrier("robot:1", "wecombot://good", base_url=base_url)
    bad = RobotCarrier("robot:2", "wecombot://bad", base_url=base_url)
    with ThreadPoolExecutor(8) as pool:
        sends = [
            pool.submit(robot.send, replace(_NOTICE, notification_id=n))
            for n in range(12)
            for robot in (good, bad)
        ]
    results = [send.result().status for send in sends]
    assert results == [SendStatus.SENT, SendStatus.TEMPORARY] * 12
    assert len(chats.shown["good"]) == 12


@pytest.mark.parametrize(
    "address", ["https://example.org/hook", "slack://a/b/c", "wecombot://", "nonsense://x", "dingtalk://"]
)
def test_what_is_no_robot_is_a_value_error(address: str) -> None:
    with pytest.raises(ValueError, match="not the address of a robot"):
        RobotCarrier("robot:1", address)
