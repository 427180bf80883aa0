"""The page's own addresses: the board, an incident's page, the devices, the sign-in form, the static files.

Everything else that the page shows it asks of the API, with the cookie of the sign-in.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from api import personal_data, scope
from api.access import Role
from api.callers import Caller, signed_in
from api.context import Service, ServiceDep
from api.monthly import month_view
from api.page import static_files
from api.page.catalogue import texts
from api.page.month import month_values
from api.page.render import language_of, page
from api.page.sheet import sheet_values
from api.review_question import MONTH
from api.sign_in import page_after
from dispatch.profiles import DEFAULT_PROFILE, Interval
from registry import roads
from registry.rows import CHOICES
from store.places import Station

_SIGN_IN_FAULTS = ("wrong", "locked", "closed", "busy")

router = APIRouter(include_in_schema=False)
router.mount(static_files.VERSIONED, static_files.StaticFolder(static_files.KEPT))
router.mount("/static", static_files.StaticFolder(static_files.ASKED_AGAIN))


@router.get("/")
def board(request: Request, service: ServiceDep) -> Response:
    """The live board."""
    return _signed_in_page(request, service, "board.html")


@router.get("/incidents/{incident_id}")
def incident(request: Request, service: ServiceDep, incident_id: str) -> Response:
    """One incident's page; whether there is such an incident, the API says."""
    return _signed_in_page(request, service, "incident.html", incident_id=incident_id)


@router.get("/incidents/{incident_id}/sheet")
def sheet(request: Request, service: ServiceDep, incident_id: str) -> Response:
    """What to read to 119 on the telephone, for printing; needs no script."""
    caller = _admitted(request, service)
    if isinstance(caller, Response):
        return caller
    values = sheet_values(service, caller, incident_id)
    personal_data.record(service, caller, request)
    return page(request, "sheet.html", language_of(request), user_name=caller.name, **values)


@router.get("/devices")
def devices(request: Request, service: ServiceDep) -> Response:
    """The devices: in test or maintenance, in trouble, unknown."""
    return _signed_in_page(request, service, "devices.html")


@router.get("/readiness")
def readiness(request: Request, service: ServiceDep) -> Response:
    """What would fail an alarm, and whom the last communication test reached."""
    return _signed_in_page(request, service, "readiness.html")


@router.get("/coverage")
def coverage(request: Request, service: ServiceDep) -> Response:
    """Which homes nobody reaches in time, and what would help."""
    return _signed_in_page(request, service, "coverage.html")


@router.get("/duty")
def duty(request: Request, service: ServiceDep) -> Response:
    """Who can come and when: service, shifts, days off, leave, and the gaps of the night."""
    return _signed_in_page(request, service, "duty.html")


@router.get("/registry")
def registry(request: Request, service: ServiceDep) -> Response:
    """Stations, people, buildings, devices and divisions: found, edited, added, imported."""
    return _signed_in_page(request, service, "registry.html", for_scripts={"choices": CHOICES})


@router.get("/review")
def review(request: Request, service: ServiceDep) -> Response:
    """How fast help came: from the district to the incident behind a figure."""
    return _signed_in_page(request, service, "review.html")


@router.get("/review/month")
def review_month(
    request: Request,
    service: ServiceDep,
    month: Annotated[str | None, Query(pattern=MONTH)] = None,
    region: str | None = None,
    interval: Interval = Interval.RESPONSE,
    profile: str = DEFAULT_PROFILE,
) -> Response:
    """The monthly report in words and tables, for printing; needs no script."""
    caller = _admitted(request, service)
    if isinstance(caller, Response):
        return caller
    language = language_of(request)
    report = month_view(caller, service, month, region, interval, profile, language)
    given = {"month": report.month, "region": region, "interval": interval, "profile": profile}
    values = month_values(report, given, language, service.setup.zone, service.clock.now())
    return page(request, "review_month.html", language, user_name=caller.name, **values)


@router.get("/account")
def account(request: Request, service: ServiceDep) -> Response:
    """One's own password and sessions."""
    return _signed_in_page(request, service, "account.html")


@router.get("/users")
def users(request: Request, service: ServiceDep) -> Response:
    """Who may do what: users and tokens, for admins."""
    return _signed_in_page(request, service, "users.html", for_admins=True)


@router.get("/access-log")
def access_log(request: Request, service: ServiceDep) -> Response:
    """Who saw whose personal data, who signed in; for admins."""
    return _signed_in_page(request, service, "access_log.html", for_admins=True)


@router.get("/sign-in")
def sign_in_form(
    request: Request,
    service: ServiceDep,
    fault: str | None = None,
    then: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """The sign-in form, with what was wrong at the last try."""
    if signed_in(request, service):
        return RedirectResponse(page_after(then), 303)
    told = fault if fault in _SIGN_IN_FAULTS else None
    return page(request, "sign_in.html", language_of(request), fault=told, next=page_after(then))


def _admitted(request: Request, service: Service) -> Caller | Response:
    """Who looks at a page; or the way to where he has to go first."""
    caller = signed_in(request, service)
    if caller is None:
        return RedirectResponse("/sign-in", 303)
    if caller.must_change_password and request.url.path != "/account":
        return RedirectResponse("/account", 303)
    return caller


def _signed_in_page(
    request: Request,
    service: Service,
    template: str,
    *,
    for_admins: bool = False,
    for_scripts: Mapping[str, Any] | None = None,
    **values: Any,
) -> Response:
    """A page that its scripts fill; what these need from the start, `for_scripts` adds to."""
    caller = _admitted(request, service)
    if isinstance(caller, Response):
        return caller
    if for_admins and caller.role is not Role.ADMIN:
        return RedirectResponse("/", 303)
    language = language_of(request)
    user = _user(service, caller)
    bootstrap = {
        "language": language,
        "text": texts(language),
        "zone": service.setup.zone.key,
        "plan": service.setup.plan.tier.model_dump(),
        "user": user,
        **(for_scripts or {}),
    }
    shown = {"user": user, "bootstrap": bootstrap, "attribution": _attribution(service)}
    return page(request, template, language, **shown, **values)


def _attribution(service: Service) -> str:
    """Whose roads the travel times are from; empty without roads."""
    with service.database.read() as session:
        file = roads.newest(session)
    return file.attribution if file else ""


def _user(service: Service, caller: Caller) -> dict[str, Any]:
    """Who is signed in, and which buttons to show; `answers_for` None means every station.

    The API decides again on every request: this only spares people buttons that it would refuse.
    """
    answers_for: list[str] | None = []
    if caller.role is Role.STATION:
        with service.database.read() as session:
            answers_for = list(session.scalars(select(Station.id).where(scope.stations(caller))))
    runs_incidents = caller.role in (Role.DISPATCHER, Role.ADMIN)
    acts_for_own = caller.role is Role.STATION and caller.region_code is not None
    return {
        "name": caller.name,
        "region": caller.region_code,
        "runs_incidents": runs_incidents,
        "looks_after_devices": runs_incidents or acts_for_own,
        "shows_phones": runs_incidents or acts_for_own,
        "must_change_password": caller.must_change_password,
        "gives_leave": runs_incidents or acts_for_own,
        "takes_troubles": runs_incidents or caller.role is Role.STATION,
        "edits_registry": caller.role is Role.ADMIN,
        "answers_for": None if runs_incidents else answers_for,
    }
