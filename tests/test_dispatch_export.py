"""The response log as a file that Excel opens."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from dispatch.export import COLUMNS, ExportFormat, export_responses
from dispatch.review import Period
from store.database import Database
from tests.clock import STORY_START
from tests.factories import make_district
from tests.history import make_past_assignment, make_past_incident

Row = dict[str, str]


@pytest.fixture
def log(database: Database) -> Database:
    """One fire with two stations, a drill the day after, and a cause that would run as a formula."""
    with database.begin() as session:
        district = make_district(session)
        fire = make_past_incident(session, district)
        make_past_assignment(
            session,
            fire,
            district.home_station,
            notified=1,
            delivered=2.5,
            acknowledged=41,
            enroute=61,
            on_scene=175,
            cleared=3000,
        )
        make_past_assignment(session, fire, district.town_team, "town", notified=5, acknowledged=2)
        drill = make_past_incident(session, district, drill=True, opened_at=STORY_START + timedelta(days=1))
        drill.cause = "=HYPERLINK(1)"
        make_past_assignment(session, drill, district.home_station)
    return database


def written_csv(database: Database, path: Path, period: Period | None = None) -> list[Row]:
    with database.read() as session:
        count = export_responses(session, period or Period(), ExportFormat.CSV, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    return rows


def test_a_row_holds_who_where_when_and_how_long(log: Database, tmp_path: Path) -> None:
    row = written_csv(log, tmp_path / "log.csv")[0]
    assert tuple(row) == COLUMNS
    wanted = {
        "origin": "live",
        "drill": "no",
        "status": "closed",
        "disposition": "fire",
        "cause": "蜡烛",
        "address": "五显镇宋宅村下许里7号",
        "district_code": "350212",
        "district": "同安区",
        "town": "五显镇",
        "village_code": "350212110212",
        "village": "宋宅村",
        "station_id": "songzhai",
        "station": "宋宅村微型消防站",
        "tier": "village",
        "received_at": "2026-03-02T07:12:00Z",
        "delivered_at": "2026-03-02T07:12:02.500000Z",
        "on_scene_at": "2026-03-02T07:14:55Z",
        "handling_s": "1.0",
        "delivery_s": "1.5",
        "acknowledgement_s": "40.0",
        "turnout_s": "60.0",
        "travel_s": "114.0",
        "response_s": "175.0",
        "in_order": "yes",
    }
    assert wanted.items() <= row.items()


def test_a_missing_milestone_is_an_empty_cell_and_a_mistake_is_marked(log: Database, tmp_path: Path) -> None:
    row = written_csv(log, tmp_path / "log.csv")[1]
    assert (row["on_scene_at"], row["response_s"], row["travel_s"]) == ("", "", "")
    assert (row["in_order"], row["acknowledgement_s"]) == ("no", "-3.0")


def test_excel_reads_the_chinese_and_runs_no_formula(log: Database, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    drill = written_csv(log, path)[2]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert (drill["drill"], drill["cause"]) == ("yes", "'=HYPERLINK(1)")


def test_the_period_ends_before_its_end(log: Database, tmp_path: Path) -> None:
    day = Period(STORY_START, STORY_START + timedelta(days=1))
    assert len(written_csv(log, tmp_path / "log.csv", day)) == 2


def test_nothing_to_export_is_a_file_with_its_columns(log: Database, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert written_csv(log, path, Period(end=STORY_START)) == []
    assert path.read_text(encoding="utf-8-sig").strip() == ",".join(COLUMNS)


def test_a_workbook_holds_the_same_rows(log: Database, tmp_path: Path) -> None:
    rows = written_csv(log, tmp_path / "log.csv")
    path = tmp_path / "log.xlsx"
    with log.read() as session:
        assert export_responses(session, Period(), ExportFormat.XLSX, path) == 3
    header, *cells = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("responses").to_python()
    assert tuple(header) == COLUMNS
    assert [["" if cell is None else str(cell) for cell in line] for line in cells] == [
        [text.removeprefix("'") for text in row.values()] for row in rows
    ]
    assert isinstance(cells[0][COLUMNS.index("response_s")], float)


def test_a_file_that_cannot_be_written_is_an_error_of_the_system(log: Database, tmp_path: Path) -> None:
    with log.read() as session:
        for file_format in ExportFormat:
            with pytest.raises(OSError, match="no-such-folder"):
                export_responses(session, Period(), file_format, tmp_path / "no-such-folder" / "log")
