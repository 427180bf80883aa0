"""How Twilio's client reaches Twilio: one limit for a whole attempt, another host if wanted, and little work.

The HTTP client that comes with it prepares, logs and unpacks each request at several times the cost of
the request itself; in a storm that is most of what a message costs. This one hands each straight to
requests' own pool of connections, whose faults, proxies and certificates are as everywhere.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from requests import PreparedRequest, Session
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.util import Timeout, make_headers
from urllib3.util.ssl_ import create_urllib3_context

from dispatch.channels.in_time import InTimeAdapter

_CONNECT_TIMEOUT_S = 3.0
_CONNECTIONS = 200  # a hundred texts and a hundred calls at once
_TWILIO = "https://api.twilio.com"


class ThrottledError(Exception):
    """Twilio answered 429; its client drops the header that says when to come back."""

    def __init__(self, retry_after_s: float | None) -> None:
        super().__init__("too many requests")
        self.retry_after_s = retry_after_s


class _Adapter(InTimeAdapter):
    """One TLS context for all connections: each would make its own, in 50 ms of the processor's time."""

    def __init__(self, trusted: str) -> None:
        self._context = create_urllib3_context()
        is_folder = Path(trusted).is_dir()
        self._context.load_verify_locations(**{"capath" if is_folder else "cafile": trusted})
        super().__init__(pool_maxsize=_CONNECTIONS)

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """With our context."""
        super().init_poolmanager(*given, ssl_context=self._context, **named)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """With our context."""
        return super().proxy_manager_for(proxy, ssl_context=self._context, **named)

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:
        """Leave the authorities to the context, which knows them; requests would load them again."""
        del url, verify, cert
        conn.cert_reqs = "CERT_REQUIRED"


class TwilioHttp(HttpClient):  # type: ignore[misc]  # twilio ships no type marker
    """Sends the requests of Twilio's client; one object serves many threads.

    Args:
        base_url: where Twilio's REST API is; empty for Twilio's own.
        timeout_s: the longest that one request may take, its answer to the last byte, seconds.
    """

    def __init__(self, base_url: str, timeout_s: float) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._limit = Timeout(total=timeout_s, connect=min(_CONNECT_TIMEOUT_S, timeout_s))
        self._base = urlsplit(base_url) if base_url else None
        # proxies and certificates of the environment, read once: requests would look for every message
        found = Session().merge_environment_settings(base_url or _TWILIO, {}, None, None, None)
        self._proxies, trusted = found["proxies"], found["verify"]
        self._adapter = _Adapter(trusted if isinstance(trusted, str) else DEFAULT_CA_BUNDLE_PATH)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_others: object,
    ) -> Response:
        """Send one request; a redirection is an answer like others, and the limit is our own.

        Raises ThrottledError on 429, requests.RequestException where there is no answer.
        """
        asked = PreparedRequest()
        asked.method, asked.url = method, self._address(uri, params)
        asked.headers = CaseInsensitiveDict(headers or {})
        if auth is not None:
            asked.headers.update(make_headers(basic_auth=":".join(auth)))
        if data:
            asked.body = urlencode(data, doseq=True)
            asked.headers["Content-Length"] = str(len(asked.body))
        # requests passes a Timeout on, but its types do not say so
        limit: Any = self._limit
        answer = self._adapter.send(asked, timeout=limit, proxies=self._proxies)
        body = answer.content.decode("utf-8", errors="replace")  # all read: the connection is free again
        if answer.status_code == 429:
            raise ThrottledError(_pause_s(answer.headers))
        return Response(answer.status_code, body, answer.headers)

    def _address(self, uri: str, params: Mapping[str, object] | None) -> str:
        scheme, host, path, query, _ = urlsplit(uri)
        if self._base is not None:
            scheme, host, path = self._base.scheme, self._base.netloc, self._base.path.rstrip("/") + path
        return urlunsplit((scheme, host, path, urlencode(params, doseq=True) if params else query, ""))


def _pause_s(headers: Mapping[str, str]) -> float | None:
    """Retry-After (RFC 9110, section 10.2.3), seconds or a date; None where it says nothing we can read.

    A date is counted from the answer's own, so that it does not matter whether our clocks agree.
    """
    said = headers.get("Retry-After", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        now = _moment(headers["Date"]) if "Date" in headers else datetime.now(UTC)
        return max(0.0, (_moment(said) - now).total_seconds())
    except ValueError:
        return None


def _moment(date: str) -> datetime:
    found = parsedate_to_datetime(date)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
