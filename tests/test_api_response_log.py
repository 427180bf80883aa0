"""The response log to download: bounded, named, and readable in Excel."""

import asyncio
import csv
import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import QueuePool
from starlette.types import Message

from api.access import Role
from dispatch.export import COLUMNS
from tests.history import make_past_assignment, make_past_incident
from tests.web import Web, assert_problem, web

__all__ = ["web"]


@pytest.fixture
def logged(web: Web) -> Web:
    """One fire in the home village, whose cause holds a phone number, and one next door."""
    d = web.district
    with web.story.database.begin() as session:
        home = make_past_incident(session, d)
        home.cause = "蜡烛，户主 +8613800138123"
        make_past_assignment(session, home, d.home_station, on_scene=175)
        make_past_assignment(session, home, d.town_team, "town")
        other = make_past_incident(session, d, village=d.next_village)
        make_past_assignment(session, other, d.next_station, on_scene=90)
    return web


def test_csv_has_its_columns_chinese_for_excel_and_a_name(logged: Web) -> None:
    answer = logged.viewer.get("/reports/responses.csv", **{"from": "2026-03-01", "to": "2026-04-01"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = 'attachment; filename="responses_2026-03-01_2026-03-31.csv"'
    assert answer.headers["content-disposition"] == name
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["station"] for row in rows] == ["宋宅村微型消防站", "五显镇专职消防队", "明溪村微型消防站"]
    assert [row["response_s"] for row in rows] == ["175.0", "", "90.0"]


def test_no_phone_number_leaves_with_it(logged: Web) -> None:
    for caller in (logged.viewer, logged.admin):
        text = caller.get("/reports/responses.csv").text
        assert "8613800138123" not in text
        assert "蜡烛" in text


def test_a_workbook_holds_the_same_rows(logged: Web) -> None:
    d = logged.district
    answer = logged.viewer.get("/reports/responses.xlsx", region=d.village)
    assert answer.headers["content-disposition"] == f'attachment; filename="responses_{d.village}.xlsx"'
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name("responses")
    header, *rows = sheet.to_python()
    assert tuple(header) == COLUMNS
    assert [row[COLUMNS.index("village")] for row in rows] == ["宋宅村", "宋宅村"]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_slow_download_holds_no_connection(logged: Web, file_format: str) -> None:
    pool = logged.story.database.engine.pool
    assert isinstance(pool, QueuePool)
    (token,) = logged.viewer.headers.values()
    held = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        if message.get("body"):
            held.append(pool.checkedout())

    path = f"/api/v1/reports/responses.{file_format}"
    asked = {"type": "http", "http_version": "1.1", "method": "GET", "path": path, "query_string": b""}
    asyncio.run(logged.app({**asked, "headers": [(b"authorization", token.encode())]}, receive, send))
    assert set(held) == {0}


def test_a_binding_holds_and_other_regions_are_not_known(logged: Web) -> None:
    d = logged.district
    bound = logged.caller(Role.VIEWER, d.next_village)
    text = bound.get("/reports/responses.csv").text
    assert ("明溪村微型消防站" in text, "宋宅村微型消防站" in text) == (True, False)
    for path in ("/reports/responses.csv", "/reports/responses.xlsx"):
        assert_problem(bound.get(path, region=d.village), 404, d.village)
        assert logged.nobody().get(path).status_code == 401
