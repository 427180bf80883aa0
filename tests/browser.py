"""The real app on a free port, and a real Chromium that looks at it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from api import access, accounts, passwords
from api.access import Role
from api.callers import COOKIE
from api.context import Service
from fire135.listening import listen
from fire135.settings import Settings
from store.database import Database
from tests.clock import ManualClock
from tests.conftest import absent
from tests.signed_in import signed_in
from tests.story import Story
from tests.web import application

PASSWORD = "a long pass phrase"
#: How long a sight is waited for, ms; a busy machine draws late.
expect.set_options(timeout=20_000)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_S = 10.0
_EXPECTED = re.compile(r"net::ERR_|status of 4(09|12|22)|status of 404.*/api/v1/devices/")


class Desk:
    """The service's HTTP side over a story, on one port that it keeps over `go_away` and `come_back`."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._keys = count(1)
        self._stopping = Event()
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._thread: Thread | None = None
        with story.database.begin() as session:
            self._token = access.create_token(session, "desk", Role.DISPATCHER, None, story.clock.now())
        self.come_back()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def come_back(self) -> None:
        """Serve, at first or again."""
        listening = listen("127.0.0.1", self._port)
        listening.listen()  # who asks before the server's thread runs waits, and is not refused
        self._port = listening.getsockname()[1]
        self._stopping = Event()
        settings = Settings(http_port=self._port)
        service = Service(
            self.story.database, self.story.setup, settings, self.story.clock, stopping=self._stopping
        )
        config = uvicorn.Config(application(service), log_level="warning", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listening]})
        self._thread.start()
        httpx.get(f"{self.url}/healthz", timeout=_PATIENCE_S).raise_for_status()

    def go_away(self) -> None:
        """Stop serving; every open stream is cut."""
        assert self._server and self._thread
        self._stopping.set()
        self._server.should_exit = True
        self._thread.join(_PATIENCE_S)
        assert not self._thread.is_alive()

    def add_user(self, name: str, role: Role = Role.DISPATCHER) -> None:
        """Somebody who may sign in by the form with PASSWORD."""
        hashed = passwords.hashed(PASSWORD)
        with self.story.database.begin() as session:
            accounts.add_user(session, name, role, None, hashed, self.story.clock.now())

    def let_in(self, page: Page, name: str, role: Role, region: str | None = None) -> None:
        """Open the board for somebody who is signed in already."""
        cookie = signed_in(self.story.database, self.story.clock.now(), name, role, region)
        page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": self.url}])
        page.goto(self.url)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the API as a dispatcher's own system would."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": f"desk-{next(self._keys)}"}
        answer = httpx.post(f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=_PATIENCE_S)
        answer.raise_for_status()
        given: dict[str, Any] = answer.json()
        return given

    def report_fire(self, premises_id: str | None = None) -> dict[str, Any]:
        """A person reports a fire through the API; the pages go out at once."""
        where = premises_id or self.story.district.premises
        incident = self.post("/alarms", {"premises_id": where, "caller": "虚构报警人", "note": "看到浓烟"})
        self.story.send()
        return incident


@contextmanager
def window(browser: Browser, desk: Desk, *, width: int = 1440, height: int = 900) -> Iterator[Page]:
    """A browser window that fails its test when the page errs, or asks anyone but the desk.

    What the browser itself reports of a desk that is away, that refuses a decision as a conflict, or
    that does not know a device somebody asks for is no error of the page.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_S * 1000)
    errors: list[str] = []
    strangers: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        told = f"{message.text} {message.location.get('url')}"
        if message.type in ("error", "warning") and not _EXPECTED.search(told):
            errors.append(told)

    def see(request: Request) -> None:
        if not request.url.startswith((f"{desk.url}/", "data:")):
            strangers.append(request.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", see)
    yield page
    context.close()
    assert not errors, errors
    assert not strangers, strangers


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of this file."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip(absent("Chromium"))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, headless=True, args=[*CHROMIUM_FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """The real app over the invented district; its clock stands at the moment the test began."""
    path = tmp_path / "fire135.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    serving = Desk(Story(database, ManualClock(datetime.now(UTC))))
    yield serving
    serving.go_away()
    database.dispose()


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A desktop window in which the duty officer has signed in."""
    with window(browser, desk) as opened:
        desk.let_in(opened, "duty", Role.DISPATCHER)
        yield opened
