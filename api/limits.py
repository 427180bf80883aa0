"""How much a request may hold: whoever sends more gets a problem, not our memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response

#: The largest request is a device's message of a cloud, a few kilobytes.
_MOST_BYTES = 1024 * 1024
_TOO_LONG = f"the request is longer than {_MOST_BYTES} bytes"


class BodyLimit:
    """Refuses a body by what it declares, and one that declares nothing as soon as it is too long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > _MOST_BYTES:
            await problem_response(413, _TOO_LONG)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > _MOST_BYTES:
                raise HTTPException(413, _TOO_LONG)
            return message

        await self._app(scope, counted, send)
