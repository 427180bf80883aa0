"""The form of district data: CSV in any dress, XLSX as Excel keeps it, and whatever else is in a file."""

import codecs
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.batch import Batch
from registry.reading import read_district
from tests.district_files import FILES, as_sheets, edited, workbook, write_district

PEOPLE = FILES["people.csv"]


def read_people(folder: Path, content: bytes) -> Batch:
    (folder / "people.csv").write_bytes(content)
    return read_district(folder)


def faults(batch: Batch) -> list[str]:
    return [str(fault) for fault in batch.faults]


def names(batch: Batch) -> list[str]:
    return [entry.row.name for entry in batch.people if entry.row]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_in_the_dress_that_excel_gives_it(encoding: str, line_end: str, tmp_path: Path) -> None:
    batch = read_people(tmp_path, PEOPLE.replace("\n", line_end).encode(encoding))
    assert faults(batch) == []
    assert names(batch) == ["虚构站长", "虚构副站长", "虚构值班员"]


def test_columns_come_in_any_order(tmp_path: Path) -> None:
    turned = "\n".join(",".join(reversed(line.split(","))) for line in PEOPLE.splitlines())
    assert names(read_people(tmp_path, turned.encode())) == ["虚构站长", "虚构副站长", "虚构值班员"]


def test_an_optional_column_may_be_missing(tmp_path: Path) -> None:
    content = "id,name,phone,role,station_id\na,甲,+8613800138000,chief,songzhai\n"
    batch = read_people(tmp_path, content.encode())
    assert faults(batch) == []
    (person,) = [entry.row for entry in batch.people]
    assert person is not None
    assert (person.rank, person.language, person.region_code) == (1, "zh", None)


def test_blanks_around_a_value_and_empty_lines_do_not_matter(tmp_path: Path) -> None:
    content = PEOPLE.replace("chief,虚构站长", "  chief  ,　虚构站长 ").replace(
        "\ndeputy", "\n\n,,,,,,,\ndeputy"
    )
    batch = read_people(tmp_path, (content + "\n\n").encode())
    assert faults(batch) == []
    assert [entry.line for entry in batch.people] == [2, 5, 6]
    assert names(batch)[0] == "虚构站长"


def test_the_row_is_the_line_that_a_person_sees(tmp_path: Path) -> None:
    content = FILES["premises.csv"].replace("二楼住老人", '"二楼\n住\n老人"').replace("350212110211", "")
    batch = read_district(write_district(tmp_path, {"premises.csv": content}))
    assert faults(batch) == ["premises.csv:5:village_code: empty, but required"]


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    batch = read_people(tmp_path, PEOPLE.replace("language", "lang").encode())
    assert faults(batch) == [
        (
            "people.csv:1:lang: unknown column; the columns of people are"
            " id, name, phone, role, station_id, region_code, rank, language"
        )
    ]


def test_a_missing_column_is_refused_and_nobody_is_blamed_for_it(tmp_path: Path) -> None:
    files = edited("stations.csv", ("id,name,tier", "ID,name,tier"))
    batch = read_district(write_district(tmp_path, files))
    assert batch.incomplete
    assert [line.split("; ")[0] for line in faults(batch)] == [
        "stations.csv:1:ID: unknown column",
        "stations.csv:1:id: required column is missing",
    ]


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    batch = read_people(tmp_path, PEOPLE.replace("rank,language", "rank,rank").encode())
    assert faults(batch) == ["people.csv:1:rank: stands in the header twice"]


def test_a_cell_beyond_the_header_is_refused(tmp_path: Path) -> None:
    batch = read_people(tmp_path, PEOPLE.replace("songzhai,,1,zh", "songzhai,,1,zh,,surplus").encode())
    assert faults(batch) == ["people.csv:2:-: 10 cells under 8 columns"]


def test_an_unclosed_quote_is_refused_where_the_file_ends(tmp_path: Path) -> None:
    batch = read_people(tmp_path, PEOPLE.replace("虚构副站长", '"虚构副站长').encode())
    assert faults(batch) == ["people.csv:4:-: cannot be read as CSV: unexpected end of data"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert faults(read_people(tmp_path, b"")) == ["people.csv:1:-: empty; the first line names the columns"]


def test_a_wrong_encoding_is_named_cell_by_cell(tmp_path: Path) -> None:
    content = PEOPLE.encode().replace("虚构副站长".encode(), "Müller".encode("latin-1"))
    assert faults(read_people(tmp_path, content)) == [
        "people.csv:3:name: 'M�ller' has unreadable characters; save the file as UTF-8"
    ]


def test_a_damaged_utf8_file_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    # every name has an even number of bytes: as GB 18030 the whole file would be readable nonsense
    content = (
        "id,name,phone,role,station_id\na,站长,+8613800138000,chief,s\nb,副站长等,+8613800138001,deputy,s\n"
    )
    broken = content.encode().replace("站长,".encode(), "站长".encode()[:-1] + b"\xb3\xa4,", 1)
    assert [line.split(": ")[0] for line in faults(read_people(tmp_path, broken))] == ["people.csv:2:name"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_wide_encoding_is_refused_in_the_header(encoding: str, tmp_path: Path) -> None:
    assert faults(read_people(tmp_path, PEOPLE.encode(encoding)))[0] == (
        "people.csv:1:-: neither UTF-8 nor GB 18030; save it as UTF-8"
    )


@pytest.mark.parametrize(
    "name", ["person.csv", "People.CSV", "regions.geojson", "all.xlsx", "boundaries.json"]
)
def test_an_unknown_file_is_refused(name: str, tmp_path: Path) -> None:
    write_district(tmp_path)
    (tmp_path / name).write_text("", encoding="utf-8")
    batch = read_district(tmp_path)
    assert [line.split("; ")[0] for line in faults(batch)] == [f"{name}:1:-: unknown file"]


def test_what_is_no_data_is_left_alone(tmp_path: Path) -> None:
    write_district(tmp_path)
    for name in ("README.md", ".DS_Store", "~$people.xlsx", "._people.csv"):
        (tmp_path / name).write_text("anything", encoding="utf-8")
    assert faults(read_district(tmp_path)) == []


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    (line,) = faults(read_district(tmp_path))
    assert line.startswith(f"{tmp_path}:1:-: holds no district data; expected some of regions.csv, ")


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (line,) = faults(read_district(tmp_path / "gone"))
    assert line == f"{tmp_path / 'gone'}:1:-: cannot be read: No such file or directory"


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").mkdir()
    (line,) = faults(read_district(tmp_path))
    assert line.endswith("people.csv:1:-: cannot be read: Is a directory")


def test_a_single_csv_is_no_district(tmp_path: Path) -> None:
    (line,) = faults(read_district(write_district(tmp_path) / "people.csv"))
    assert line.startswith("people.csv:1:-: neither a folder of CSV files nor a readable XLSX: ")


def test_a_workbook_holds_the_same_as_a_folder(tmp_path: Path) -> None:
    book = tmp_path / "district.xlsx"
    book.write_bytes(workbook(as_sheets()))
    from_book, from_folder = read_district(book), read_district(write_district(tmp_path / "folder"))
    assert faults(from_book) == []
    for kind in ("regions", "stations", "people", "premises", "devices", "shifts", "responses"):
        rows = [entry.row for entry in getattr(from_book, kind)]
        assert rows == [entry.row for entry in getattr(from_folder, kind)]
    assert from_book.files["people"] == "people"


def test_what_excel_made_of_numbers_and_times_comes_back(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "people": [
            ["id", "name", "phone", "role", "station_id", "rank"],
            ["007", "甲", "+8613800138000", "chief", 12345678901234, 2],
            [42, "乙", 13800138000, "member", "s", None],
        ],
        "shifts": [
            ["person_id", "weekday", "date", "from", "to"],
            ["007", None, dt.date(2026, 5, 1), dt.time(8, 30), "24:00"],
        ],
        "stations": [
            ["id", "name", "tier", "region_code", "lon", "lat", "active"],
            ["s", "站", "village", 350212110212, 118.19, 24, False],
        ],
        "Sheet4": [],
    }
    book = tmp_path / "district.xlsx"
    book.write_bytes(workbook(sheets))
    batch = read_district(book)
    assert faults(batch) == [
        "people:3:phone: '13800138000' has no + and country code; write it as E.164, such as +8613800138000"
    ]
    person, shift, station = batch.people[0].row, batch.shifts[0].row, batch.stations[0].row
    assert person is not None
    assert (person.id, person.station_id, person.rank) == ("007", "12345678901234", 2)
    assert batch.people[1].cell("id") == "42"
    assert shift is not None
    assert (shift.on_date, shift.from_time, shift.to_time) == ("2026-05-01", "08:30", "00:00")
    assert station is not None
    assert (station.region_code, station.lon, station.lat, station.active) == (
        "350212110212",
        118.19,
        24.0,
        False,
    )


def test_rows_of_a_sheet_are_counted_as_excel_shows_them(tmp_path: Path) -> None:
    sheets = as_sheets({"people.csv": PEOPLE})
    sheets["people"].insert(2, [])
    sheets["people"][3][2] = "110"
    book = tmp_path / "district.xlsx"
    book.write_bytes(workbook(sheets))
    (line,) = faults(read_district(book))
    assert line.startswith("people:4:phone: '110' ")


def test_an_unknown_sheet_is_refused(tmp_path: Path) -> None:
    book = tmp_path / "district.xlsx"
    book.write_bytes(workbook({**as_sheets(), "persons": [["id"]]}))
    (line,) = faults(read_district(book))
    assert line.startswith("persons:1:-: unknown sheet; the names are regions, stations, people, ")


def test_a_fault_stays_on_one_line(tmp_path: Path) -> None:
    content = PEOPLE.replace("虚构副站长", '"虚构\n\x1b[31m副站长"')
    (line,) = faults(read_people(tmp_path, content.encode()))
    assert line.isprintable()


_fuzzy = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
_pieces = st.sampled_from(
    [*PEOPLE.encode().splitlines(keepends=True), b'"', b",", b"\n", b"\x00", b"\xff\xfe"]
)


@_fuzzy
@given(content=st.one_of(st.binary(), st.lists(st.one_of(_pieces, st.binary(max_size=4))).map(b"".join)))
def test_no_bytes_in_a_csv_raise_anything_but_faults(content: bytes, tmp_path: Path) -> None:
    batch = read_people(tmp_path, content)
    assert batch.files == {"people": "people.csv"}
    assert all(line.startswith("people.csv:") and line.isprintable() for line in faults(batch))


@_fuzzy
@given(content=st.text(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_any_readable_text_is_a_value_or_a_fault(content: str, encoding: str, tmp_path: Path) -> None:
    quoted = '"' + content.replace('"', '""') + '"'
    try:
        data = f"id,name,phone,role,station_id\na,{quoted},+8613800138000,chief,s\n".encode(encoding)
    except UnicodeEncodeError:
        return
    batch = read_people(tmp_path, data)
    assert len(batch.people) == 1
    assert names(batch) or faults(batch)


@_fuzzy
@given(content=st.binary())
def test_no_bytes_as_a_workbook_raise_anything_but_faults(content: bytes, tmp_path: Path) -> None:
    book = tmp_path / "district.xlsx"
    book.write_bytes(content)
    assert faults(read_district(book))


@_fuzzy
@given(damage=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=5))
def test_no_damaged_workbook_raises_anything_but_faults(
    damage: list[tuple[int, int]], tmp_path: Path
) -> None:
    content = bytearray(_SMALL_BOOK)
    for place, value in damage:
        content[place % len(content)] = value
    book = tmp_path / "district.xlsx"
    book.write_bytes(content)
    read_district(book)


_SMALL_BOOK = workbook(as_sheets({"people.csv": PEOPLE}))


@_fuzzy
@given(
    cells=st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.booleans(),
                st.floats(allow_nan=False, allow_infinity=False),
                st.integers(-(10**14), 10**14),
                st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])),
            )
        ),
        max_size=4,
    )
)
def test_no_cells_in_a_sheet_raise_anything_but_faults(cells: list[list[object]], tmp_path: Path) -> None:
    book = tmp_path / "district.xlsx"
    book.write_bytes(workbook({"devices": [["id", "kind", "source", "floor", "heartbeat_s"], *cells]}))
    batch = read_district(book)
    assert all(line.startswith("devices:") for line in faults(batch))


def test_a_byte_order_mark_settles_the_encoding(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + PEOPLE.encode("gb18030")
    assert faults(read_people(tmp_path, content))
