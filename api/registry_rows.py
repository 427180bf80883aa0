"""Rows of the registry for a caller: listed, looked up, and changed with the checks of a load."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api import scope
from api.callers import Caller
from api.context import Service
from api.masking import for_caller, without_masks
from api.paging import Page, Paging
from api.personal_data import Subject
from api.problems import Problem
from api.registry_search import Search
from api.registry_views import PersonView, PremisesDetails, RegionView, StationView
from api.row_versions import Versions, show_version
from dispatch.errors import NotFoundError
from registry.editing import Kind, patch_row, put_row
from registry.version import lock_registry
from store.places import Device, Person, Premises, Region, Station

View = TypeVar("View", bound=BaseModel)
Found = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rows(Generic[View]):
    """One kind of rows: how it is read, who sees which, how one is shown, and where `?q=` looks."""

    kind: Kind
    table: type[Region | Station | Person | Premises | Device]
    key: InstrumentedAttribute[str]
    query: Select[*tuple[Any, ...]]
    seen_by: Callable[[Caller], ColumnElement[bool]]
    view: Callable[[Found, Caller], View]
    texts: Sequence[InstrumentedAttribute[Any]]
    phone: InstrumentedAttribute[Any] | None = None

    def page(
        self,
        service: Service,
        caller: Caller,
        paging: Paging,
        search: Search,
        *conditions: ColumnElement[bool],
    ) -> Page[View]:
        """One page of those that the caller sees and looks for, by id."""
        wanted = search.conditions(caller, self.seen_by, self.texts, self.phone)
        query = self.query.where(self.seen_by(caller), *wanted, *conditions)
        after = paging.after(str)
        if after is not None:
            query = query.where(self.key > after[0])
        with service.database.read() as session:
            rows = session.execute(query.order_by(self.key).limit(paging.limit + 1)).all()
            return paging.page(
                rows,
                key_of=lambda row: (getattr(row[0], self.key.key),),
                view_of=lambda row: self.view(row, caller),
            )

    def one(self, service: Service, caller: Caller, row_id: str, response: Response) -> View:
        """One that the caller sees, with its version; NotFoundError otherwise."""
        with service.database.read() as session:
            view = self.seen(session, caller, row_id)
            show_version(response, session, self.kind, row_id)
            return view

    def put(self, service: Service, caller: Caller, row_id: str, body: BaseModel, versions: Versions) -> View:
        """Make a row what a body says, or create it, which is answered by 201.

        Who is bound to a region can neither take a row from elsewhere nor put one there: what lies
        outside afterwards is refused, and with it the change. Raises DistrictDataError for its faults.
        """
        with service.database.begin() as session:
            lock_registry(session)
            row = session.get(self.table, row_id)
            if row is not None:
                self.seen(session, caller, row_id)
            versions.check(session, self.kind, row_id)
            columns = without_masks(body.model_dump(exclude_unset=True), row)
            outcome = put_row(session, self.kind, row_id, columns)
            if outcome == "created":
                versions.response.status_code = 201
            return self._answer(session, caller, row_id, versions)

    def patch(
        self, service: Service, caller: Caller, row_id: str, body: BaseModel, versions: Versions
    ) -> View:
        """Change the columns that a body names, as `put` does."""
        with service.database.begin() as session:
            lock_registry(session)
            self.seen(session, caller, row_id)
            versions.check(session, self.kind, row_id)
            columns = without_masks(body.model_dump(exclude_unset=True), session.get(self.table, row_id))
            patch_row(session, self.kind, row_id, columns)
            return self._answer(session, caller, row_id, versions)

    def _answer(self, session: Session, caller: Caller, row_id: str, versions: Versions) -> View:
        view = self.changed(session, caller, row_id)
        versions.show(session, self.kind, row_id)
        return view

    def seen(self, session: Session, caller: Caller, row_id: str) -> View:
        """One that the caller sees, in a transaction of the caller's; NotFoundError otherwise."""
        row = self._find(session, caller, row_id)
        if row is None:
            raise NotFoundError(f"{self.kind} {row_id}: not in the registry, or outside your region")
        return self.view(row, caller)

    def changed(self, session: Session, caller: Caller, row_id: str) -> View:
        """One as it is after a change; Problem 403 where the caller would not see it any more."""
        row = self._find(session, caller, row_id)
        if row is None:
            raise Problem(403, f"{self.kind} {row_id}: would lie outside your region")
        return self.view(row, caller)

    def _find(self, session: Session, caller: Caller, row_id: str) -> Found | None:
        return session.execute(self.query.where(self.key == row_id, self.seen_by(caller))).first()


def _region(row: Found, _: Caller) -> RegionView:
    return RegionView.model_validate(row[0])


def _station(row: Found, _: Caller) -> StationView:
    return StationView.model_validate(row[0])


def _person(row: Found, caller: Caller) -> PersonView:
    view = PersonView.model_validate(row[0])
    return view.model_copy(update={"phone": for_caller(caller, view.phone, Subject("person", view.id))})


def _premises(row: Found, caller: Caller) -> PremisesDetails:
    view = PremisesDetails.model_validate(row[0])
    said = {"contact_phone": view.contact_phone, "notes": view.notes}
    return view.model_copy(update=for_caller(caller, said, Subject("premises", view.id)))


REGIONS = Rows(
    "regions", Region, Region.code, select(Region), scope.regions, _region, (Region.code, Region.name)
)
STATIONS = Rows(
    "stations", Station, Station.id, select(Station), scope.stations, _station, (Station.id, Station.name)
)
PEOPLE = Rows(
    "people",
    Person,
    Person.id,
    select(Person),
    scope.people,
    _person,
    (Person.id, Person.name),
    Person.phone,
)
PREMISES = Rows(
    "premises",
    Premises,
    Premises.id,
    select(Premises),
    scope.premises,
    _premises,
    (Premises.id, Premises.name, Premises.address),
    Premises.contact_phone,
)
