"""The HTTP side of a story: the real application, asked without a network."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Cookies, Response
from sqlalchemy import update

from api import access
from api.access import Role
from api.app import create_app
from api.context import Service
from api.stream import Feed
from fire135.settings import Settings
from registry.version import bump_version
from store.database import Database
from store.places import Premises, Region, Station
from tests.clock import ManualClock
from tests.story import Story

BASE_URL = "http://127.0.0.1:8135"


@dataclass
class Asker:
    """Someone who asks the application; `headers` go with every request, cookies are kept."""

    app: FastAPI
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Cookies = field(default_factory=Cookies)

    def ask(self, method: str, path: str, **given: Any) -> Response:
        """One request; redirects are not followed, faults of the service are answered, not raised."""
        headers = dict(self.headers) | given.pop("headers", {})
        return asyncio.run(self._ask(method, path, headers=headers, **given))

    async def _ask(self, method: str, path: str, **given: Any) -> Response:
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url=BASE_URL, cookies=self.cookies) as client:
            answer = await client.request(method, path, **given)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **query: Any) -> Response:
        """Read from the API."""
        return self.ask("GET", f"/api/v1{path}", params=query)

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The items of one page of a list."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def delete(self, path: str) -> Response:
        """End something of the API's."""
        return self.ask("DELETE", f"/api/v1{path}")

    def post(self, path: str, body: Any, key: str | None = None) -> Response:
        """Write to the API, under an idempotency key if one is given."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", f"/api/v1{path}", json=body, headers=headers)

    def put(self, path: str, body: Any) -> Response:
        """Replace."""
        return self.ask("PUT", f"/api/v1{path}", json=body)

    def patch(self, path: str, body: Any) -> Response:
        """Change."""
        return self.ask("PATCH", f"/api/v1{path}", json=body)


_built: list[FastAPI] = []


def application(service: Service) -> FastAPI:
    """The application over a service; its routes take longer to build than most tests, so it is done once."""
    if not _built:
        _built.append(create_app(service))
    (app,) = _built
    app.state.service, app.state.feed = service, Feed(service)
    return app


class Web:
    """The application over a story, and callers of every role."""

    def __init__(self, story: Story) -> None:
        self.story, self.district = story, story.district
        self.service = Service(
            story.database,
            story.setup,
            Settings(),
            story.clock,
            wake_sender=self._wake,
            wake_pushes=self._wake_for_pushes,
        )
        self.app = application(self.service)
        self.woken = self.woken_for_pushes = 0
        self._callers: dict[tuple[Role, str | None], Asker] = {}

    def _wake(self) -> None:
        self.woken += 1

    def _wake_for_pushes(self) -> None:
        self.woken_for_pushes += 1

    def nobody(self) -> Asker:
        """A caller without a token."""
        return Asker(self.app)

    def caller(self, role: Role, region: str | None = None) -> Asker:
        """A caller with a token of its own."""
        if (role, region) not in self._callers:
            name = f"{role}-{region or 'everywhere'}"
            with self.story.database.begin() as session:
                token = access.create_token(session, name, role, region, self.story.clock.now())
            self._callers[role, region] = Asker(self.app, {"Authorization": f"Bearer {token}"})
        return self._callers[role, region]

    @property
    def viewer(self) -> Asker:
        return self.caller(Role.VIEWER)

    @property
    def dispatcher(self) -> Asker:
        return self.caller(Role.DISPATCHER)

    @property
    def admin(self) -> Asker:
        return self.caller(Role.ADMIN)

    def without_positions(self) -> None:
        """Nothing of the registry stands anywhere: no point has a village then."""
        with self.story.database.begin() as session:
            for table in (Station, Region, Premises):
                session.execute(update(table).values(lon=None, lat=None))
            bump_version(session)

    def report_fire(self, premises_id: str | None = None) -> dict[str, Any]:
        """A dispatcher writes down a call; the pages go out."""
        body = {"premises_id": premises_id or self.district.premises, "caller": "虚构报警人"}
        answer = self.dispatcher.post("/alarms", body)
        assert answer.status_code in (200, 201), answer.text
        self.story.send()
        incident: dict[str, Any] = answer.json()
        return incident


def away(web: Web, **more: Any) -> dict[str, Any]:
    """The home station goes out of service; gives what is then shown."""
    path = f"/stations/{web.district.home_station}/availability"
    answer = web.dispatcher.put(path, {"in_service": False, **more})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
def web(database: Database, clock: ManualClock) -> Web:
    """The application over the invented district, on each kind of database."""
    return Web(Story(database, clock))


def assert_problem(answer: Response, status: int, *words: str) -> None:
    """The answer is a problem of RFC 9457 whose one line of detail holds the words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.text)
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert "\n" not in problem["detail"]
    for word in words:
        assert word in problem["detail"], problem["detail"]
