"""A stand-in's HTTP server on a loopback port, with connections that can hang and break as networks do."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from threading import Thread
from types import TracebackType
from typing import Any, Self

import uvicorn
from fastapi import FastAPI, Request

_LOOK_EVERY_S = 0.02


async def hang(request: Request) -> None:
    """Say nothing until the other side gives up."""
    while not await request.is_disconnected():
        await asyncio.sleep(_LOOK_EVERY_S)


async def drop(request: Request) -> None:
    """Break the connection without a word, after the request was read."""
    request.scope["drop_connection"]()
    await asyncio.sleep(0)


class LoopbackServer:
    """An application served in a thread: `with LoopbackServer(app) as server: server.base_url`.

    Args:
        app: the application; its routes may use `hang` and `drop`.
        port: on 127.0.0.1; 0 takes a free one.
        name: of the thread.
    """

    def __init__(self, app: FastAPI, *, port: int = 0, name: str = "standin") -> None:
        # Bound and listening before the server runs, so that nobody has to wait for it.
        self._socket = socket.create_server(("127.0.0.1", port))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                _with_droppable_connections(app), http="h11", log_config=None, timeout_graceful_shutdown=1
            )
        )
        self._thread = Thread(target=self._server.run, args=([self._socket],), name=name)

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _with_droppable_connections(app: FastAPI) -> Callable[..., Awaitable[None]]:
    """Let a route drop its connection; ASGI itself has no such thing."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["drop_connection"] = send.__self__.transport.abort  # uvicorn's own request object
        await app(scope, receive, send)

    return wrapped
