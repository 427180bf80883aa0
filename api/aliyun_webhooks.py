"""Aliyun's pushes: receipts (SmsReport) and texts from phones (SmsUp).

Aliyun signs nothing, so the address that is typed into its console carries a secret; who has it not gets
403. It waits 700 ms for an answer and pushes again after 1, 5 and 10 minutes, so nothing is read here: the
push is in the database when the answer goes out, and `dispatch.carrier_pushes` takes it from there.
"""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, SecretStr

from api.context import ServiceDep, service_of
from api.problems import Problem
from dispatch import carrier_pushes
from dispatch.carrier_pushes import Kind

_NO_TOKEN = SecretStr("")
router = APIRouter(prefix="/webhooks/aliyun", tags=["webhooks"])


class Taken(BaseModel):
    """What Aliyun wants to hear."""

    code: int = Field(default=0, description="Always 0: kept")
    msg: str = Field(default="接收成功", description="For people")


async def pushed(
    request: Request,
    token: Annotated[SecretStr, Query(description="FIRE135_ALIYUN_PUSH_TOKEN")] = _NO_TOKEN,
) -> bytes:
    """The body of a push that carries our token. Raises Problem 403.

    Without a token in the settings nobody is let in: an empty secret is known to everyone.
    """
    ours = service_of(request).settings.aliyun_push_token.get_secret_value().encode()
    if not ours or not secrets.compare_digest(token.get_secret_value().encode(), ours):
        raise Problem(403, "no valid token: push to …?token=FIRE135_ALIYUN_PUSH_TOKEN")
    return await request.body()


Pushed = Annotated[bytes, Depends(pushed)]


@router.post("/status", summary="Aliyun's receipts")
def take_status(body: Pushed, service: ServiceDep) -> Taken:
    """Keep a push of receipts (SmsReport, a JSON array) and answer."""
    return _keep(service, Kind.STATUS, body)


@router.post("/sms", summary="Texts from phones, by Aliyun")
def take_sms(body: Pushed, service: ServiceDep) -> Taken:
    """Keep a push of texts (SmsUp, a JSON array) and answer."""
    return _keep(service, Kind.SMS, body)


def _keep(service: ServiceDep, kind: Kind, body: bytes) -> Taken:
    with service.database.begin() as session:
        carrier_pushes.keep(session, "aliyun", kind, body, now=service.clock.now())
    service.wake_carrier_pushes()
    return Taken()
