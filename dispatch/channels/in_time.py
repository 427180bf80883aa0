"""HTTP answers that are whole in time, or a time-out.

The read time-out of requests bounds each silence and not their sum: an answer that drips, a byte every half
second, is waited for as long as it drips. Here it bounds the whole answer, status, headers and body: each
read waits for what is left of it. The reading thread keeps the time itself; nothing watches it from outside.

Outside the limit is what comes before a connection: the resolution of the name, and where a name has several
addresses, each has a connect time-out of its own.
"""

import socket
import time
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from typing import Any, Protocol

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Remaining(RawIOBase):
    """What a socket receives until a moment of the monotonic clock; raises TimeoutError after it."""

    def __init__(self, received: RawIOBase, sock: socket.socket, until: float) -> None:
        self._received, self._sock, self._until = received, sock, until

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, or wait for it."""
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer is not whole in time")
        self._sock.settimeout(left_s)
        return self._received.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._received.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, until: float, method: str | None) -> None:
        super().__init__(sock, method=method)
        self.fp = BufferedReader(_Remaining(self.fp.detach(), sock, until))


class _Timed(Protocol):
    timeout: float | None


def _answer(
    self: _Timed, sock: socket.socket, debuglevel: int = 0, method: str | None = None
) -> HTTPResponse:
    """As http.client makes an answer, once the request is sent; `timeout` is the read time-out by then."""
    if self.timeout is None:
        return HTTPResponse(sock, debuglevel, method)
    return _Answer(sock, time.monotonic() + self.timeout, method)


class _Connection(HTTPConnection):
    response_class = _answer  # type: ignore[assignment]


class _TlsConnection(HTTPSConnection):
    response_class = _answer  # type: ignore[assignment]


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _in_time(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class InTimeAdapter(HTTPAdapter):
    """Requests' own, whose read time-out bounds the whole answer; through a SOCKS proxy each silence only."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """Requests' own, with connections that keep the time."""
        super().init_poolmanager(*given, **named)
        _in_time(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """Requests' own, with connections that keep the time."""
        manager = super().proxy_manager_for(proxy, **named)
        if isinstance(manager, ProxyManager):  # SOCKS has connections of its own
            _in_time(manager)
        return manager


def session() -> Session:
    """A session of requests that waits for an answer no longer than its read time-out in all."""
    made = Session()
    for scheme in ("http://", "https://"):
        made.mount(scheme, InTimeAdapter())
    return made
