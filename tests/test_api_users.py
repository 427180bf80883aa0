"""Users and tokens: who may give what, the last admin, one's own password, guessing that locks nobody out."""

from collections.abc import Callable

import pytest

from api import accounts, passwords
from api.access import Role
from api.callers import COOKIE
from api.signing_in import TRIES_FROM_ONE_PLACE, TRIES_IN_ALL, Try, is_locked
from store.access import IdempotentRequest
from tests.quick_hashes import PASSWORD, WRONG, quick_hashes
from tests.signed_in import signed_in
from tests.web import Asker, Web, assert_problem, web

__all__ = ["quick_hashes", "web"]


def _add(web: Web, name: str, role: Role = Role.DISPATCHER, region: str | None = None) -> int:
    """A user with PASSWORD; gives the id."""
    hashed = passwords.hashed(PASSWORD)
    with web.story.database.begin() as session:
        return accounts.add_user(session, name, role, region, hashed, web.story.clock.now()).id


def _sign_in(browser: Asker, name: str, password: str = PASSWORD, address: str = "203.0.113.7") -> str:
    """Fill in the form behind a proxy on this machine; where it leads."""
    given = {"data": {"name": name, "password": password}, "headers": {"X-Forwarded-For": address}}
    return str(browser.ask("POST", "/sign-in", **given).headers["location"])


# -- given rights -----------------------------------------------------------------------------------


def test_a_given_password_is_shown_once_and_opens_only_the_account(web: Web) -> None:
    body = {"name": "新值班员", "role": "dispatcher"}
    first = web.admin.post("/users", body, key="k")
    again = web.admin.post("/users", body, key="k")
    password = first.json()["password"]
    assert (first.status_code, again.status_code, again.json()["password"]) == (201, 201, None)
    with web.story.database.read() as session:
        assert all(password not in row.response for row in session.query(IdempotentRequest))

    browser = web.nobody()
    assert _sign_in(browser, "新值班员", password) == "/"
    assert_problem(browser.get("/incidents"), 403, "/account")
    assert browser.get("/account").json()["must_change_password"] is True
    refused = browser.put("/account/password", {"current": WRONG, "new": PASSWORD})
    assert_problem(refused, 403, "present password")
    assert browser.put("/account/password", {"current": password, "new": PASSWORD}).status_code == 200
    assert browser.get("/incidents").status_code == 200


def test_a_bound_admin_manages_his_region_and_gives_no_more_than_he_has(web: Web) -> None:
    d = web.district
    admin = web.caller(Role.ADMIN, d.town)
    outside = _add(web, "别镇", region=d.other_town)
    everywhere = _add(web, "全区")
    village = _add(web, "本村", region=d.village)
    assert {user["name"] for user in admin.items("/users")} == {"本村"}
    for other in (outside, everywhere):
        assert_problem(admin.post(f"/users/{other}/password", {}), 404, "outside your region")
    for path in ("/users", "/tokens"):
        unbound = admin.post(path, {"name": "x", "role": "viewer"})
        assert_problem(unbound, 403, "region")
        foreign = admin.post(path, {"name": "x", "role": "viewer", "region_code": d.other_town})
        assert_problem(foreign, 404, "outside your region")
    more = admin.patch(f"/users/{village}", {"role": "admin", "region_code": None})
    assert_problem(more, 403, "region")
    inside = admin.patch(f"/users/{village}", {"role": "admin", "region_code": d.village})
    assert inside.json()["role"] == "admin"


@pytest.mark.parametrize(("path", "kind"), [("/tokens", "token"), ("/users", "user")])
def test_a_bound_admin_takes_no_name_that_ended_elsewhere(web: Web, path: str, kind: str) -> None:
    d = web.district
    made = web.admin.post(path, {"name": "centre", "role": "viewer"}).json()[kind]
    web.admin.delete(f"{path}/{made['id']}")
    body = {"name": "centre", "role": "viewer", "region_code": d.village}
    assert_problem(web.caller(Role.ADMIN, d.town).post(path, body), 403, "region")
    assert web.admin.post(path, body).status_code == 201


@pytest.mark.parametrize(
    "removes",
    [
        lambda web, admin: web.admin.delete(f"/users/{admin}"),
        lambda web, admin: web.admin.put(f"/users/{admin}/lock", None),
        lambda web, admin: web.admin.patch(f"/users/{admin}", {"role": "viewer", "region_code": None}),
        lambda web, admin: web.admin.patch(
            f"/users/{admin}", {"role": "admin", "region_code": web.district.town}
        ),
    ],
)
def test_the_last_admin_of_every_region_stays(web: Web, removes: Callable[[Web, int], object]) -> None:
    first = _add(web, "甲", Role.ADMIN)
    _add(web, "镇", Role.ADMIN, web.district.town)
    answer = removes(web, first)
    assert_problem(answer, 409, "last admin")  # type: ignore[arg-type]
    _add(web, "乙", Role.ADMIN)
    assert removes(web, first).status_code == 200  # type: ignore[attr-defined]


def test_who_is_locked_or_retired_is_out_at_once(web: Web) -> None:
    user = _add(web, "值班员")
    browser = web.nobody()
    _sign_in(browser, "值班员")
    assert web.admin.put(f"/users/{user}/lock", None).json()["state"] == "locked"
    assert browser.get("/incidents").status_code == 401
    assert _sign_in(browser, "值班员") == "/sign-in?fault=closed"
    assert web.admin.delete(f"/users/{user}/lock").json()["state"] == "active"
    assert _sign_in(browser, "值班员") == "/"
    assert web.admin.delete(f"/users/{user}").json()["state"] == "retired"
    assert browser.get("/incidents").status_code == 401
    assert_problem(web.admin.patch(f"/users/{user}", {"role": "viewer", "region_code": None}), 404, "retired")


def test_choosing_a_password_ends_the_other_sessions_and_keeps_this_one(web: Web) -> None:
    _add(web, "值班员")
    here, there = web.nobody(), web.nobody()
    for browser in (here, there):
        _sign_in(browser, "值班员")
    assert here.get("/account").json()["sessions"] == 2
    answer = here.put("/account/password", {"current": PASSWORD, "new": WRONG})
    assert answer.json()["sessions"] == 1
    assert there.get("/account").status_code == 401
    assert _sign_in(there, "值班员", WRONG) == "/"


def test_what_became_of_users_and_who_did_it_is_on_record(web: Web) -> None:
    user = _add(web, "值班员", region=web.district.village)
    cookie = signed_in(web.story.database, web.story.clock.now(), "chief-admin", Role.ADMIN)
    admin = Asker(web.app, {"Cookie": f"{COOKIE}={cookie}"})
    admin.post(f"/users/{user}/password", {})
    _sign_in(web.nobody(), "值班员", WRONG)
    _sign_in(web.nobody(), "a password typed as a name", WRONG)
    found = [(one["name"], one["event"], one["by"], one["address"]) for one in admin.items("/account-events")]
    assert ("值班员", "password_set", "chief-admin", None) in found
    assert ("值班员", "wrong", None, "203.0.113.7") in found
    assert all("typed" not in name for name, *_ in found)
    town = web.caller(Role.ADMIN, web.district.other_town)
    assert {one["name"] for one in town.items("/account-events")} == {f"admin-{web.district.other_town}"}


# -- guessing ---------------------------------------------------------------------------------------


def test_guessing_from_elsewhere_locks_the_officer_out_nowhere(web: Web) -> None:
    _add(web, "值班员")
    at_work = web.nobody()
    _sign_in(at_work, "值班员")
    for number in range(TRIES_IN_ALL + 2):
        _sign_in(web.nobody(), "值班员", WRONG, f"198.51.100.{number}")
    assert _sign_in(web.nobody(), "值班员") == "/sign-in?fault=locked"  # a browser that he was never in
    assert at_work.get("/incidents").status_code == 200  # the open session
    at_work.ask("POST", "/sign-out")
    assert _sign_in(at_work, "值班员") == "/"  # the browser that knows him


def test_guessing_from_one_place_does_not_lock_another_place(web: Web) -> None:
    _add(web, "值班员")
    for _ in range(TRIES_FROM_ONE_PLACE):
        _sign_in(web.nobody(), "值班员", WRONG, "198.51.100.1")
    assert _sign_in(web.nobody(), "值班员", address="198.51.100.1") == "/sign-in?fault=locked"
    assert _sign_in(web.nobody(), "值班员", address="198.51.100.2") == "/"


def test_an_address_that_tries_many_names_must_wait(web: Web) -> None:
    _add(web, "值班员")
    for number in range(TRIES_IN_ALL):
        _sign_in(web.nobody(), f"name-{number}", WRONG)
    assert _sign_in(web.nobody(), "值班员") == "/sign-in?fault=locked"
    web.story.clock.advance(301)
    assert _sign_in(web.nobody(), "值班员") == "/"


def test_a_known_browser_guesses_no_better() -> None:
    tries = [Try("duty", "203.0.113.7", "browser")] * TRIES_FROM_ONE_PLACE
    assert is_locked(tries, "duty", "203.0.113.7", "browser")
    assert not is_locked(tries, "duty", "203.0.113.8", "another browser")
    assert not is_locked([Try("duty", "a", "browser", is_right=True), *tries], "duty", "a", "browser")
