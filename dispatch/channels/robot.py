"""Robots of group chats (WeCom, DingTalk, Feishu): notices, no answers.

Apprise makes the requests. It takes every HTTP 200 for success, but these three say in the body of a 200
that they did not take a message; so we look at their answers on the way (`_Http`). Its plugins are taken
one by one: to look an address up among all of them, apprise imports every one, which takes seconds.
"""

import logging
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins import dingtalk, feishu, wecombot
from requests import exceptions as http

from dispatch.channels import in_time
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.channels.wire import unanswered

log = logging.getLogger(__name__)
# Apprise's own lines may hold the address with its secret; we say ourselves what went wrong.
logging.getLogger("apprise").setLevel(logging.CRITICAL)

#: Where the outcome stands in an answer: WeCom and DingTalk, then Feishu.
_OUTCOMES = (("errcode", "errmsg"), ("code", "msg"))
#: Too many messages: WeCom and DingTalk take 20 a minute, Feishu 100.
_THROTTLED = frozenset({45009, 130101, 11232})
_WAIT_S = 60.0


class _RefusedError(http.RequestException):
    """The service answered that it did not take the message; apprise counts it as a failure."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code = code


class _Call(threading.local):
    """The attempt under way in this thread: where to, and what went wrong on the way."""

    base_url = ""
    fault: http.RequestException | None = None


_call = _Call()


class _Http:
    """What the three plugins of apprise know as `requests`: posts, and reads the outcome in the answer."""

    codes = requests.codes
    RequestException = http.RequestException

    def post(self, url: str, **how: Any) -> requests.Response:
        """Post once; raises RequestException where the message was not taken, or nobody knows."""
        if _call.base_url:
            asked = urlsplit(url)
            url = f"{_call.base_url.rstrip('/')}{asked.path}" + (f"?{asked.query}" if asked.query else "")
        try:
            with in_time.session() as session:
                answer = session.post(url, **how)  # apprise gives the time-outs
            _look_at(answer)
        except http.RequestException as fault:
            _call.fault = fault
            raise
        return answer


for _plugin in (wecombot, dingtalk, feishu):
    _plugin.requests = _Http()  # type: ignore[attr-defined]

_Robot = wecombot.NotifyWeComBot | dingtalk.NotifyDingTalk | feishu.NotifyFeishu
_KINDS: Mapping[str, type[_Robot]] = {
    "wecombot": wecombot.NotifyWeComBot,
    "dingtalk": dingtalk.NotifyDingTalk,
    "feishu": feishu.NotifyFeishu,
}


class RobotCarrier:
    """One robot: its name in the record, whose incidents it is told, and apprise's way to it.

    Args:
        name: `robot:1` and so on; what the record shows instead of the address, which holds a secret.
        address: as apprise writes it, such as `wecombot://KEY`; raises ValueError for any other.
        base_url: where the three services are, for tests; empty for their own.
    """

    channels = frozenset({Channel.CHAT})

    def __init__(self, name: str, address: str, *, base_url: str = "") -> None:
        self.name = name
        self._robot, self._base_url = _robot(address), base_url

    def send(self, message: OutgoingMessage) -> SendResult:
        """Post one message. There are no receipts: taken is all that can be known."""
        _call.base_url, _call.fault = self._base_url, None
        try:
            taken = self._robot.notify(body=message.body)
        except Exception as fault:  # whatever a plugin does: it may well have been taken
            log.exception("%s: attempt for notification %s failed", self.name, message.notification_id)
            return SendResult(SendStatus.AMBIGUOUS, failure=f"{self.name}: {type(fault).__name__}")
        if taken:
            return SendResult(SendStatus.SENT)
        return self._not_taken(_call.fault)

    def why_unusable(self) -> str | None:
        """Nothing can be asked of a robot without a message in its chat."""
        return None

    def _not_taken(self, fault: http.RequestException | None) -> SendResult:
        if isinstance(fault, _RefusedError):
            wait_s = _WAIT_S if fault.code in _THROTTLED else None
            failure = f"{self.name} refuses: {fault}"
            return SendResult(SendStatus.TEMPORARY, failure=failure, retry_after_s=wait_s)
        if fault is not None:
            return unanswered(self.name, fault)
        return SendResult(SendStatus.TEMPORARY, failure=f"{self.name} did not take it")


def _robot(address: str) -> _Robot:
    kind = _KINDS.get(address.partition("://")[0])
    try:
        robot = kind(**kind.parse_url(address)) if kind else None  # type: ignore[no-untyped-call]
    except (AppriseImproperlyConfigured, TypeError):  # TypeError: nothing that could be read
        robot = None
    if robot is None:
        raise ValueError("not the address of a robot")
    # Apprise would sleep between two messages; how often is too often, the service says itself.
    robot.request_rate_per_sec = 0
    return robot


def _look_at(answer: requests.Response) -> None:
    """Raise _RefusedError where the body of an answer says that the message was not taken."""
    if answer.status_code != requests.codes.ok:
        return  # apprise sees that itself
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, Mapping):
        raise _RefusedError(-1, "an answer that cannot be read")
    for code_field, text_field in _OUTCOMES:
        if said.get(code_field):
            raise _RefusedError(_number(said[code_field]), " ".join(str(said.get(text_field)).split()))


def _number(code: object) -> int:
    return code if isinstance(code, int) else -1
