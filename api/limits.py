"""How much a request may hold: whoever sends more gets a problem, not our memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response

#: But for files of district data, the largest request is a device's message of a cloud, a few kilobytes.
_MOST_BYTES = 1024 * 1024
#: A district of 100,000 premises and as many devices as CSV is about 25 MB.
_MOST_BYTES_OF = {"/api/v1/registry/import": 32 * 1024 * 1024}


class BodyLimit:
    """Refuses a body by what it declares, and one that declares nothing as soon as it is too long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _MOST_BYTES_OF.get(scope["path"], _MOST_BYTES)
        too_long = f"the request is longer than {most} bytes"
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            await problem_response(413, too_long)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, too_long)
            return message

        await self._app(scope, counted, send)
