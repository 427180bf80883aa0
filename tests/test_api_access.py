"""Tokens, people who sign in, and what keeps others out."""

from datetime import timedelta
from threading import BoundedSemaphore

import pytest
from httpx import Cookies
from sqlalchemy import select

from api import access, accounts, passwords, signing_in
from api.access import AccessError, Role
from api.callers import COOKIE
from api.signing_in import SignInRefusedError
from store.access import ApiToken, SignIn, User
from store.database import Database
from tests.clock import ManualClock
from tests.quick_hashes import PASSWORD, WRONG, quick_hashes
from tests.web import BASE_URL, Asker, Web, assert_problem, web

__all__ = ["quick_hashes", "web"]


@pytest.fixture
def user(web: Web) -> str:
    """A dispatcher who signs in with PASSWORD."""
    with web.story.database.begin() as session:
        hashed = passwords.hashed(PASSWORD)
        accounts.add_user(session, "值班员", Role.DISPATCHER, None, hashed, web.story.clock.now())
    return "值班员"


def sign_in(asker: Asker, name: str, password: str = PASSWORD) -> str:
    """Fill in the form; where it leads."""
    answer = asker.ask("POST", "/sign-in", data={"name": name, "password": password})
    assert answer.status_code == 303
    return answer.headers["location"]


# -- tokens -----------------------------------------------------------------------------------------


def test_the_text_of_a_token_is_kept_nowhere(database: Database, clock: ManualClock) -> None:
    with database.begin() as session:
        text = access.create_token(session, "centre", Role.DISPATCHER, None, clock.now())
        row = session.scalars(select(ApiToken)).one()
        assert len(text) >= 43  # 32 bytes
        assert text not in (row.sha256, row.name)
        assert access.grant_of_token(session, text) == access.Grant("centre", Role.DISPATCHER, None)


def test_a_name_stands_for_one_token_until_it_is_revoked(database: Database, clock: ManualClock) -> None:
    with database.begin() as session:
        first = access.create_token(session, "centre", Role.VIEWER, None, clock.now())
        with pytest.raises(AccessError, match="exists already"):
            access.create_token(session, "centre", Role.VIEWER, None, clock.now())
        access.revoke_token(session, "centre", clock.now())
        assert access.grant_of_token(session, first) is None
        with pytest.raises(AccessError, match="none in use"):
            access.revoke_token(session, "centre", clock.now())
        second = access.create_token(session, "centre", Role.ADMIN, None, clock.advance(5))
        assert second != first
        assert [(row.name, row.role, row.revoked_at) for row in access.list_tokens(session)] == [
            ("centre", "admin", None)
        ]


def test_a_token_needs_a_name_and_a_region_that_is_known(database: Database, clock: ManualClock) -> None:
    with database.begin() as session:
        for name in ("", "  "):
            with pytest.raises(AccessError, match="name"):
                access.create_token(session, name, Role.VIEWER, None, clock.now())
        with pytest.raises(AccessError, match="region 999"):
            access.create_token(session, "centre", Role.VIEWER, "999", clock.now())


def test_a_revoked_token_opens_nothing(web: Web) -> None:
    assert web.viewer.get("/stations").status_code == 200
    with web.story.database.begin() as session:
        access.revoke_token(session, "viewer-everywhere", web.story.clock.now())
    assert_problem(web.viewer.get("/stations"), 401, "revoked")


def test_an_invented_token_opens_nothing(web: Web) -> None:
    stranger = Asker(web.app, {"Authorization": "Bearer 12345"})
    assert_problem(stranger.get("/stations"), 401, "unknown")


# -- signing in -------------------------------------------------------------------------------------


def test_who_signs_in_gets_a_cookie_that_scripts_cannot_read(web: Web, user: str) -> None:
    browser = web.nobody()
    answer = browser.ask("POST", "/sign-in", data={"name": user, "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/incidents").status_code == 200
    with web.story.database.read() as session:
        row = session.scalars(select(SignIn)).one()
        assert browser.cookies[COOKIE] != row.sha256
        assert session.scalars(select(User)).one().password_hash.startswith("$argon2")


def test_what_the_page_does_is_written_down_as_the_pages(web: Web, user: str) -> None:
    browser = web.nobody()
    sign_in(browser, user)
    incident = browser.post("/alarms", {"premises_id": web.district.premises}).json()
    browser.post(f"/incidents/{incident['id']}/close", {"disposition": "other"})
    facts = browser.items(f"/incidents/{incident['id']}/timeline")
    assert (facts[-1]["kind"], facts[-1]["source"], facts[-1]["actor"]) == ("closed", "page", user)


def test_a_wrong_password_or_name_is_told_alike(web: Web, user: str) -> None:
    for name in (user, "nobody of that name"):
        assert sign_in(web.nobody(), name, WRONG) == "/sign-in?fault=wrong"


def test_five_failures_lock_the_door_even_for_the_right_password(web: Web, user: str) -> None:
    browser = web.nobody()
    for _ in range(5):
        assert sign_in(browser, user, WRONG) == "/sign-in?fault=wrong"
    assert sign_in(browser, user) == "/sign-in?fault=locked"
    web.story.clock.advance(301)
    assert sign_in(browser, user) == "/"


def test_a_success_forgets_the_failures_before(web: Web, user: str) -> None:
    browser = web.nobody()
    for _ in range(2):
        for _ in range(4):
            assert sign_in(browser, user, WRONG) == "/sign-in?fault=wrong"
        assert sign_in(browser, user) == "/"


def test_guessing_cannot_take_every_processor(web: Web, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Taken:
        def acquire(self, *, blocking: bool) -> bool:
            assert not blocking
            return False

    monkeypatch.setattr(passwords, "_hashing", Taken())
    with pytest.raises(SignInRefusedError, match="busy"):
        signing_in.sign_in(web.story.database, user, PASSWORD, web.story.clock.now())


def test_a_password_that_is_chosen_takes_one_of_the_few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hasher:
        def hash(self, _: str) -> str:
            with pytest.raises(passwords.BusyError):
                passwords.is_right(WRONG, None)
            return "made"

    monkeypatch.setattr(passwords, "_hashing", BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_passwords", Hasher())
    assert [passwords.hashed(PASSWORD) for _ in range(2)] == ["made", "made"]


def test_no_transaction_is_open_while_a_password_is_checked(
    web: Web, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite an open one would hold up every alarm for as long as the check takes."""

    class Checker:
        def verify(self, password: str, _hash: str) -> bool:
            with web.story.database.begin() as session:  # would wait for the other and fail
                session.add(SignIn(sha256="-", user_id=1, created_at=now, expires_at=now))
            return password == PASSWORD

    now = web.story.clock.now()
    monkeypatch.setattr(passwords, "_passwords", Checker())
    assert signing_in.sign_in(web.story.database, user, PASSWORD, now)


def test_a_session_ends_by_itself_after_a_shift(web: Web, user: str) -> None:
    browser = web.nobody()
    sign_in(browser, user)
    web.story.clock.advance(timedelta(hours=12).total_seconds())
    assert_problem(browser.get("/incidents"), 401, "sign in")


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(web: Web, user: str) -> None:
    browser = web.nobody()
    sign_in(browser, user)
    copy = Asker(web.app, cookies=Cookies(browser.cookies))
    answer = browser.ask("POST", "/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert copy.get("/incidents").status_code == 401


def test_a_user_needs_a_name_of_his_own_and_a_password_worth_the_name(web: Web, user: str) -> None:
    now = web.story.clock.now()
    with web.story.database.begin() as session:
        with pytest.raises(AccessError, match="exists already"):
            accounts.add_user(session, user, Role.VIEWER, None, "-", now)
        with pytest.raises(AccessError, match="8 characters"):
            passwords.hashed("1234567")


# -- another site's page ----------------------------------------------------------------------------


def test_another_sites_page_cannot_act_with_our_cookie(web: Web, user: str) -> None:
    browser = web.nobody()
    sign_in(browser, user)
    for origin in ("https://evil.example", "null", "http://127.0.0.1:8136"):
        browser.headers = {"Origin": origin}
        assert_problem(browser.post("/alarms", {"premises_id": web.district.premises}), 403, origin)
        assert_problem(browser.put("/stations/songzhai/availability", {"in_service": False}), 403, origin)
        assert browser.ask("POST", "/sign-out").status_code == 403
    assert browser.get("/incidents").json()["items"] == []


def test_our_own_page_may(web: Web, user: str) -> None:
    browser = web.nobody()
    browser.headers = {"Origin": BASE_URL}
    assert sign_in(browser, user) == "/"
    assert browser.post("/alarms", {"premises_id": web.district.premises}).status_code == 201


def test_another_sites_form_cannot_sign_anyone_in(web: Web, user: str) -> None:
    form = {"name": user, "password": PASSWORD}
    answer = web.nobody().ask("POST", "/sign-in", data=form, headers={"Origin": "https://evil.example"})
    assert_problem(answer, 403, "evil.example")


def test_a_token_is_not_bound_to_an_origin(web: Web) -> None:
    headers = {"Origin": "https://centre.example", **web.dispatcher.headers}
    body = {"premises_id": web.district.premises}
    assert Asker(web.app, headers).post("/alarms", body).status_code == 201
