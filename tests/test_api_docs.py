"""The documentation as a page: everything is on it, and nothing is fetched from elsewhere."""

import re
from pathlib import Path

import pytest

from api.app import create_app
from api.context import Service
from dispatch.setup import DispatchSetup
from fire135.settings import Settings
from store.database import Database
from tests.clock import ManualClock
from tests.web import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    database = Database(f"sqlite:///{tmp_path}/never-opened.db")
    return Asker(create_app(Service(database, DispatchSetup(), Settings(), ManualClock())))


def test_every_path_is_on_the_page_with_its_fields_and_units(asker: Asker) -> None:
    page = asker.ask("GET", "/docs")
    assert page.status_code == 200
    for path in asker.app.openapi()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "assignments[].milestones.on_scene_at" in page.text
    assert "Expected travel time when it was sent, seconds" in page.text
    assert "Idempotency-Key" in page.text


def test_the_page_needs_no_outside_address(asker: Asker) -> None:
    page = asker.ask("GET", "/docs")
    assert not re.findall(r'(?:src|href)="(?!/)', page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_programs_read_the_same(asker: Asker) -> None:
    assert asker.ask("GET", "/openapi.json").json()["info"]["title"] == "fire135"
