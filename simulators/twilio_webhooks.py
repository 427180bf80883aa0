"""Webhooks as Twilio sends them: a signed form, posted once."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Protocol
from xml.etree import ElementTree

import requests
from twilio.request_validator import RequestValidator

_TIMEOUT_S = 10


class Post(Protocol):
    """Delivers a form by HTTP POST; returns the status code and the body."""

    def __call__(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        """Post once; raises OSError where nobody answers."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook as it went out: `code` is the HTTP status, 0 where nobody answered."""

    url: str
    form: Mapping[str, str]
    code: int
    body: str

    def twiml(self) -> ElementTree.Element:
        """The answer's instructions; empty where there was none that can be read."""
        try:
            if self.code == 200:
                return ElementTree.fromstring(self.body)  # noqa: S314 -- the service under test wrote it
        except ElementTree.ParseError:
            pass  # Twilio hangs up with "an application error has occurred"
        return ElementTree.Element("Response")


def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
    """Deliver a form over HTTP."""
    answer = requests.post(url, data=dict(form), headers=dict(headers), timeout=_TIMEOUT_S)
    return answer.status_code, answer.text


class WebhookSender:
    """Signs, posts and remembers.

    Args:
        auth_token: the key of the signatures.
        post: delivers; tests may replace it.
    """

    def __init__(self, auth_token: str, post: Post = post_form) -> None:
        self._validator = RequestValidator(auth_token)
        self._post = post
        self._lock = Lock()
        self._sent: list[Webhook] = []

    @property
    def sent(self) -> list[Webhook]:
        """Every webhook, oldest first."""
        with self._lock:
            return list(self._sent)

    def send(self, url: str, form: Mapping[str, str]) -> Webhook:
        """Post one form; an answer that never came is kept as code 0."""
        headers = {"X-Twilio-Signature": self._validator.compute_signature(url, form)}
        try:
            code, body = self._post(url, form, headers)
        except OSError as fault:
            code, body = 0, str(fault)
        hook = Webhook(url, dict(form), code, body)
        with self._lock:
            self._sent.append(hook)
        return hook
