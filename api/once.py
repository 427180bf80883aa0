"""POST at most once: one transaction, and under an Idempotency-Key the same answer again.

The key's row is written first, so of two equal requests at the same instant the second waits for
the first and repeats its answer. A refused request keeps no row: its repetition is judged anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.callers import Caller, caller_of
from api.context import Service, ServiceDep
from api.problems import Problem
from store.access import IdempotentRequest

#: Does the work in the transaction at an instant; gives the HTTP status and the answer.
Work = Callable[[Session, datetime], tuple[int, BaseModel]]

_KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any text unique per decision; a repetition with the same key has no second effect",
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """How one POST is carried out."""

    service: Service
    caller: Caller
    path: str
    key: str | None

    @property
    def _who(self) -> str:
        return f"{self.caller.source}:{self.caller.name}"

    def run(self, body: BaseModel, work: Work) -> Response:
        """Do the work in one transaction and wake the sender, or repeat the answer kept for the key.

        Raises Problem 422 where the key was used for another request.
        """
        digest = _digest(body)
        kept = self._kept(digest)
        if kept is not None:
            return kept
        try:
            answer = self._carry_out(digest, work)
        except IntegrityError:
            kept = self._kept(digest)  # the same key, in the same instant
            if kept is None:
                raise
            return kept
        self.service.wake_sender()
        return answer

    def repeat(self, body: BaseModel) -> Response | None:
        """The answer kept for the key; None where there is none.

        For work with transactions of its own, before `run` keeps what it answers. Raises Problem 422
        as `run` does.
        """
        return self._kept(_digest(body))

    def _carry_out(self, digest: str, work: Work) -> Response:
        now = self.service.clock.now()
        with self.service.database.begin() as session:
            row = self._begin(session, digest, now) if self.key else None
            status, answer = work(session, now)
            text = answer.model_dump_json()
            if row is not None:
                row.status_code, row.response = status, text
        return _json(status, text)

    def _begin(self, session: Session, digest: str, now: datetime) -> IdempotentRequest:
        row = IdempotentRequest(
            caller=self._who,
            key=self.key,
            path=self.path,
            body_sha256=digest,
            status_code=0,
            response="",
            created_at=now,
        )
        session.add(row)
        session.flush()
        return row

    def _kept(self, digest: str) -> Response | None:
        if self.key is None:
            return None
        with self.service.database.read() as session:
            row = session.scalar(
                select(IdempotentRequest).where(
                    IdempotentRequest.caller == self._who, IdempotentRequest.key == self.key
                )
            )
        if row is None:
            return None
        if (row.path, row.body_sha256) != (self.path, digest):
            raise Problem(422, f"Idempotency-Key {self.key}: used for another request; choose a new key")
        return _json(row.status_code, row.response)


def _digest(body: BaseModel) -> str:
    return sha256(body.model_dump_json().encode()).hexdigest()


def _json(status: int, text: str) -> Response:
    return Response(text, status, media_type="application/json")


def _once(
    request: Request,
    service: ServiceDep,
    caller: Annotated[Caller, Depends(caller_of)],
    key: _KeyHeader = None,
) -> Once:
    return Once(service, caller, request.url.path, key)


OnceDep = Annotated[Once, Depends(_once)]
