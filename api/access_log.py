"""The access log: who was shown personal data, and what became of users and tokens; for admins."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, or_, select, true

from api import scope
from api.callers import Admin, Caller
from api.context import ServiceDep
from api.paging import Page, PagingDep
from api.periods import PeriodDep
from api.personal_data import Subject
from api.user_views import AccountEventView, PersonalDataViewView
from store.access import AccountEvent, ApiToken, PersonalDataView, User

router = APIRouter(tags=["personal data"])

_Name = Annotated[str | None, Query(description="Only of this user or token")]


@router.get("/access-log")
def list_views(
    caller: Admin,
    service: ServiceDep,
    paging: PagingDep,
    period: PeriodDep,
    name: _Name = None,
    kind: Annotated[
        str | None,
        Query(description="person, premises, card, incident, trouble, fault or access_log"),
    ] = None,
    incident: Annotated[str | None, Query(description="Only what was for this incident: its id")] = None,
) -> Page[PersonalDataViewView]:
    """Views of personal data, newest first; reading this list is one, too.

    An admin bound to a region sees what users and tokens bound to it, or below, were shown.
    """
    seen = PersonalDataView
    query = select(seen).where(_bound(caller)).order_by(seen.id.desc()).limit(paging.limit + 1)
    wanted = {seen.name: name, seen.kind: kind, seen.incident_id: incident}
    query = query.where(*(column == value for column, value in wanted.items() if value))
    if period.start is not None:
        query = query.where(seen.at >= period.start)
    if period.end is not None:
        query = query.where(seen.at < period.end)
    if (after := paging.after(int)) is not None:
        query = query.where(seen.id < after[0])
    caller.shown.subjects.add(Subject("access_log", name or "all"))
    with service.database.read() as session:
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda row: (row.id,),
            view_of=PersonalDataViewView.model_validate,
        )


@router.get("/account-events")
def list_events(
    caller: Admin,
    service: ServiceDep,
    paging: PagingDep,
    period: PeriodDep,
    name: _Name = None,
    event: Annotated[str | None, Query(description="signed_in, wrong, added and others")] = None,
) -> Page[AccountEventView]:
    """Sign-ins, wrong passwords, and who gave or took whose rights, newest first."""
    row = AccountEvent
    query = select(row).where(_managed(caller)).order_by(row.id.desc()).limit(paging.limit + 1)
    query = query.where(
        *(column == value for column, value in {row.name: name, row.event: event}.items() if value)
    )
    if period.start is not None:
        query = query.where(row.at >= period.start)
    if period.end is not None:
        query = query.where(row.at < period.end)
    if (after := paging.after(int)) is not None:
        query = query.where(row.id < after[0])
    with service.database.read() as session:
        return paging.page(
            session.scalars(query).all(),
            key_of=lambda found: (found.id,),
            view_of=AccountEventView.model_validate,
        )


def _bound(caller: Caller) -> ColumnElement[bool]:
    """What users and tokens of the caller's region were shown."""
    if caller.region_code is None:
        return true()
    return PersonalDataView.region_code.in_(scope.codes_below(caller.region_code))


def _managed(caller: Caller) -> ColumnElement[bool]:
    """What became of the users and tokens that the caller manages."""
    if caller.region_code is None:
        return true()
    users = select(User.name).where(scope.users(caller))
    tokens = select(ApiToken.name).where(scope.tokens(caller))
    row = AccountEvent
    return or_((row.kind == "user") & row.name.in_(users), (row.kind == "token") & row.name.in_(tokens))
