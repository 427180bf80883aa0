"""What clouds push of devices by HTTP: stored, answered, and only then worked on.

A cloud counts seconds and gives up after a few tries, so nothing is decoded here: the body is in the
database when the answer goes out, and `ingest.push_worker` takes it from there. The token never
reaches the record: of the address only the path is kept.
"""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from api.callers import Pusher
from api.context import ServiceDep
from api.problems import DOCUMENTED, Problem
from store.signals import PushedMessage

#: A push is a few kilobytes; of a longer message no format could be read.
_MOST_BYTES = 64 * 1024
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The message as the cloud defines it, at most 64 KiB",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
#: A handshake's word is some ten characters.
_LONGEST_WORD = 256
router = APIRouter(prefix="/ingest", tags=["ingest"])


class Cloud(StrEnum):
    """Clouds that push."""

    CTWING = "ctwing"
    ONENET = "onenet"
    HUAWEI = "huawei"


async def body_of(request: Request, _: Pusher) -> bytes:
    """The body as it came. Raises Problem 413 for one that is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Problem(413, f"the message is longer than {_MOST_BYTES} bytes")
    return body


@router.post(
    "/{cloud}",
    summary="A cloud hands in what devices said",
    response_class=Response,
    responses=DOCUMENTED | {200: {"description": "Stored; the answer that the cloud expects"}},
    openapi_extra=_BODY,
)
def take_push(
    cloud: Cloud, request: Request, service: ServiceDep, body: Annotated[bytes, Depends(body_of)]
) -> Response:
    """Store a message and answer at once; role `device_push`.

    The answer says only that the message is kept. What it means, or why it could not be understood, is
    found after that. No Idempotency-Key is needed: a state that comes again is no news.
    """
    with service.database.begin() as session:
        session.add(
            PushedMessage(
                received_at=service.clock.now(), source=cloud, address=request.url.path, payload=body
            )
        )
    service.wake_pushes()
    return PlainTextResponse("ok") if cloud is Cloud.ONENET else JSONResponse({"code": 0, "msg": "ok"})


@router.get("/onenet", summary="OneNET asks whether the address is ours", response_class=PlainTextResponse)
def answer_handshake(
    msg: Annotated[str, Query(max_length=_LONGEST_WORD, description="The word to send back")] = "",
) -> Response:
    """Send `msg` back as plain text; without that OneNET never pushes. Open to anyone: it tells nothing.

    Its `signature` is made with a word that the operator types into OneNET and that we never see, so it
    proves nothing here; what proves who pushes is our own token, with each message.
    """
    return PlainTextResponse(msg, headers={"X-Content-Type-Options": "nosniff"})
