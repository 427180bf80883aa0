"""The service's HTTP API, as a desk or a chief's signed-in page uses it from outside."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import requests

_TIMEOUT_S = 15
_MOST_ON_A_PAGE = 500


class ServiceApiError(Exception):
    """The service refuses, or cannot be reached; the message says which request and why."""


class ServiceApi:
    """Requests to `/api/v1` under one token; used by one thread.

    Args:
        url: the service, such as `http://127.0.0.1:8135`.
        token: an API token with the role dispatcher or admin.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._base = f"{self._url}/api/v1"
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between us and our own service
        self._session.headers["Authorization"] = f"Bearer {token}"

    def why_not_ready(self) -> str | None:
        """None where every part of the service works; otherwise why not."""
        try:
            answer = self._session.get(f"{self._url}/readyz", timeout=_TIMEOUT_S)
        except requests.RequestException:
            return f"{self._url}: nobody answers"
        return None if answer.ok else _reason(answer)

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON answer to a GET. Raises ServiceApiError."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer to a POST, under a key of its own. Raises ServiceApiError."""
        return self._ask("POST", path, json=dict(body), headers={"Idempotency-Key": uuid4().hex})

    def items(self, path: str, **query: str | int) -> list[Any]:
        """Every item of a list, from all its pages. Raises ServiceApiError."""
        found: list[Any] = []
        cursor: dict[str, str | int] = {}
        while True:
            page = self.get(path, limit=_MOST_ON_A_PAGE, **query, **cursor)
            found += page["items"]
            if not page["next"]:
                return found
            cursor = {"cursor": page["next"]}

    def open_incidents(self, premises_id: str) -> list[Any]:
        """The open incidents at premises that are no drill."""
        listed = self.items("/incidents", status="open", drill="false")
        return [incident for incident in listed if incident["premises"]["id"] == premises_id]

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        where = f"{method} {self._base}{path}"
        try:
            answer = self._session.request(method, self._base + path, timeout=_TIMEOUT_S, **given)
        except requests.ConnectionError:
            raise ServiceApiError(f"{where}: nobody answers; is the service running?") from None
        except requests.RequestException as fault:
            raise ServiceApiError(f"{where}: {fault}") from None
        if not answer.ok:
            raise ServiceApiError(f"{where}: {answer.status_code} {_reason(answer)}")
        return answer.json()


def _reason(answer: requests.Response) -> str:
    """The detail of an RFC 9457 problem, else what was said."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
