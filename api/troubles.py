"""The worklist: what somebody has to see to, where, since when, and who takes it on."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import and_, or_
from sqlalchemy.orm import Session

from api import scope, trouble_rows
from api.callers import Reader, Responder
from api.context import ServiceDep
from api.fields import Body, Name, Note
from api.once import OnceDep
from api.paging import Page, PagingDep
from api.trouble_views import TroubleView
from dispatch import troubles
from dispatch.supervision import TroubleKind
from store.upkeep import Trouble

router = APIRouter(prefix="/troubles", tags=["troubles"])


class Taking(Body):
    """Somebody takes it on."""

    by: Name | None = Field(default=None, description="Who takes it on; left out: whoever asks")
    note: Note | None = Field(default=None, description="What is to be done; left out: as it was")


@router.get("")
def list_troubles(
    caller: Reader,
    service: ServiceDep,
    paging: PagingDep,
    village: Annotated[str | None, Query(description="Code of a village, or of a division above")] = None,
    kind: Annotated[TroubleKind | None, Query(description="Only this kind")] = None,
    *,
    is_open: Annotated[
        bool, Query(alias="open", description="true: what is open; false: what is over")
    ] = True,
) -> Page[TroubleView]:
    """Troubles, oldest first. What a dead gateway or a dark village explains is no item of its own."""
    query = trouble_rows.query().where(trouble_rows.seen_by(caller), troubles.OWN)
    query = query.where(troubles.OPEN if is_open else ~troubles.OPEN)
    if village:
        query = query.where(Trouble.village_code.in_(scope.codes_below(village)))
    if kind is not None:
        query = query.where(Trouble.kind == kind)
    after = paging.after(datetime.fromisoformat, int)
    if after is not None:
        began_at, last_id = after
        same_instant = and_(Trouble.began_at == began_at, Trouble.id > last_id)
        query = query.where(or_(Trouble.began_at > began_at, same_instant))
    with service.database.read() as session:
        rows = session.execute(query.order_by(Trouble.began_at, Trouble.id).limit(paging.limit + 1)).all()
        views = trouble_rows.views(session, service.setup, caller, rows[: paging.limit], service.clock.now())
        return paging.page(
            rows,
            key_of=lambda row: (row[0].began_at.isoformat(), row[0].id),
            view_of=lambda row: views[row[0].id],
        )


@router.post("/{trouble_id}/take", response_model=TroubleView)
def take(trouble_id: int, body: Taking, caller: Responder, service: ServiceDep, once: OnceDep) -> Response:
    """Take a trouble on, so that others see who does; it ends when the device says so."""

    def work(session: Session, now: datetime) -> tuple[int, TroubleView]:
        trouble_rows.check(session, caller, trouble_id)
        troubles.take(session, trouble_id, body.by or caller.name, body.note)
        return 200, trouble_rows.one(session, service.setup, caller, trouble_id, now)

    return once.run(body, work)
