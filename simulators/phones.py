"""The phones of the Twilio stand-in, through its control API: what they got, and what they text back."""

from typing import Any

import requests

_TIMEOUT_S = 15


class PhonesError(Exception):
    """The stand-in cannot be reached or refuses; the message says where and why."""


class Phones:
    """Every phone behind one stand-in; used by one thread.

    Args:
        url: the stand-in, such as `http://127.0.0.1:8136`.
    """

    def __init__(self, url: str) -> None:
        self._base = f"{url.rstrip('/')}/standin"
        self._session = requests.Session()
        self._session.trust_env = False
        self._messages = self._calls = 0

    def new_sent(self) -> tuple[list[Any], list[Any]]:
        """Messages and calls to all phones since the last time, as Twilio's API shows them.

        Raises PhonesError.
        """
        sent = self._ask("GET", "/sent", params={"messages": self._messages, "calls": self._calls})
        self._messages += len(sent["messages"])
        self._calls += len(sent["calls"])
        return sent["messages"], sent["calls"]

    def texts_to(self, phone: str) -> list[str]:
        """The texts that a phone (E.164) has got, oldest first. Raises PhonesError."""
        seen = self._ask("GET", f"/phones/{phone}")
        return [message["body"] for message in seen["messages"]]

    def text_back(self, phone: str, body: str) -> None:
        """A text from a phone to the service. Raises PhonesError unless the service took it."""
        told = self._ask("POST", "/replies", json={"phone": phone, "body": body})
        if told["code"] != 200:
            raise PhonesError(f"the service answered {told['code']} to a text from {phone}")

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        try:
            answer = self._session.request(method, self._base + path, timeout=_TIMEOUT_S, **given)
            answer.raise_for_status()
        except requests.RequestException as fault:
            raise PhonesError(f"Twilio stand-in {self._base}{path}: {fault}") from None
        return answer.json()
