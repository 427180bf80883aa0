"""District data by upload: what a load does, for whoever has only a browser."""

import io
from collections.abc import Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from httpx import Response
from sqlalchemy import func, select

from api import registry_import
from api.access import Role
from registry.faults import Fault
from registry.loading import LoadReport
from store.places import Person, Premises, RegistryVersion, Station
from tests.district_files import FILES, as_sheets, edited, workbook
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]

_PATH = "/api/v1/registry/import"
#: Other people and premises in the divisions of the invented district; its devices have other ids there.
_DISTRICT = {name: content for name, content in FILES.items() if name not in ("devices.csv", "responses.csv")}
_HEAD = "id,name,village_code,floors,lon,lat\n"


def send(caller: Asker, files: Mapping[str, bytes | str], key: str | None = None, **query: Any) -> Response:
    given = [("files", (name, content)) for name, content in files.items()]
    headers = {"Idempotency-Key": key} if key else {}
    return caller.ask("POST", _PATH, files=given, params=query, headers=headers)


def zipped(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def houses(*villages: str) -> str:
    rows = [f"h{n},{n}号,{village},3,118.19,24.77\n" for n, village in enumerate(villages)]
    return _HEAD + "".join(rows)


def names(web: Web) -> set[str]:
    with web.story.database.read() as session:
        return set(session.scalars(select(Premises.id)))


def test_a_dry_run_counts_and_writes_nothing_then_the_import_writes(web: Web) -> None:
    before, d = names(web), web.district
    changed = f"{d.premises},下许里7号,{d.village},5,118.19,24.77\n"
    files = {"premises.csv": houses(d.village, d.village) + changed}
    tried = send(web.admin, files, dry_run=True)
    assert tried.status_code == 200, tried.text
    counts = {"created": 2, "changed": 1, "unchanged": 0}
    assert tried.json() == {
        "dry_run": True,
        "files": {"premises.csv": counts},
        "faults": [],
        "warnings": [],
    }
    assert names(web) == before
    done = send(web.admin, files)
    assert done.json() == tried.json() | {"dry_run": False}
    assert names(web) == before | {"h0", "h1"}
    assert web.viewer.get(f"/premises/{d.premises}").json()["floors"] == 5


def test_one_bad_row_is_named_and_nothing_of_any_file_is_written(web: Web) -> None:
    before, d = names(web), web.district
    people = "id,name,phone,role,station_id\nnew,虚构新员,13800138001,member,songzhai\n"
    files = {"premises.csv": houses(d.village), "people.csv": people}
    tried = send(web.admin, files, dry_run=True).json()
    (fault,) = tried["faults"]
    assert (fault["file"], fault["row"], fault["column"]) == ("people.csv", 2, "phone")
    assert "E.164" in fault["message"]
    assert tried["files"] == {}
    refused = send(web.admin, files, key="bad")
    assert_problem(refused, 422, "people.csv:2:phone:")
    assert len(refused.json()["errors"]) == 1
    assert names(web) == before


def test_a_workbook_and_a_zip_are_read_as_a_folder_is(web: Web) -> None:
    d = web.district
    sheet: list[list[object]] = [["id", "name", "village_code"], ["from-sheet", "表中房", d.village]]
    book = workbook({"premises": sheet})
    answer = send(web.admin, {"data.xlsx": book})
    assert answer.json()["files"] == {"premises": {"created": 1, "changed": 0, "unchanged": 0}}
    packed = zipped(
        {"district/premises.csv": houses(d.village), "__MACOSX/district/._premises.csv": "x", "README": "x"}
    )
    answer = send(web.admin, {"district.zip": packed})
    assert answer.json()["files"] == {"premises.csv": {"created": 1, "changed": 0, "unchanged": 0}}
    assert {"from-sheet", "h0"} <= names(web)


def test_a_whole_district_is_imported_at_once(web: Web) -> None:
    answer = send(web.admin, {"district.xlsx": workbook(as_sheets(_DISTRICT))}, accept_shift=True)
    assert answer.status_code == 200, answer.text
    assert answer.json()["files"]["shifts"] == {"created": 2, "changed": 0, "unchanged": 0}


@pytest.mark.parametrize(
    ("files", "status", "word"),
    [
        ({"a.xlsx": b"PK", "premises.csv": "id"}, 422, "one workbook alone"),
        ({"a.xlsx": b"no workbook"}, 422, "a.xlsx"),
        ({"a.zip": b"no zip"}, 422, "a.zip: cannot be unpacked"),
        ({"notes.txt": b"hello"}, 422, "files:1:-: holds no district data"),
        ({"station.csv": b"id"}, 422, "station.csv"),
        ({"../../premises.csv": b"id,colour\n"}, 422, "premises.csv:1"),
        ({"premises.csv": b""}, 422, "premises.csv"),
    ],
)
def test_what_is_no_district_data_is_refused(
    web: Web, files: dict[str, bytes | str], status: int, word: str
) -> None:
    answer = send(web.admin, files)
    assert_problem(answer, status, word)
    assert "/tmp" not in answer.text


def test_a_name_longer_than_a_file_s_may_be_is_refused(web: Web) -> None:
    assert_problem(send(web.admin, {f"{'房' * 100}.csv": _HEAD}), 422, "name is too long")


def test_a_file_that_comes_twice_is_refused(web: Web) -> None:
    packed = zipped({"premises.csv": houses(web.district.village)})
    answer = send(web.admin, {"premises.csv": "id", "a.zip": packed})
    assert_problem(answer, 422, "premises.csv: sent twice")


def test_what_is_too_large_is_refused_packed_or_not(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_problem(send(web.admin, {"premises.csv": b"x" * (33 << 20)}), 413, "longer")
    monkeypatch.setattr("api.uploads._MOST_UNPACKED_BYTES", 1000)
    bomb = zipped({"premises.csv": "x" * 2000})
    assert_problem(send(web.admin, {"a.zip": bomb}), 413, "a.zip")
    assert_problem(send(web.admin, {"a.xlsx": bomb}), 413, "a.xlsx")


def test_more_than_other_requests_may_hold_is_taken(web: Web) -> None:
    d = web.district
    content = houses(*[d.village] * 30_000)
    assert len(content.encode()) > 1 << 20
    assert send(web.admin, {"premises.csv": content}, dry_run=True).json()["files"]["premises.csv"] == {
        "created": 30_000,
        "changed": 0,
        "unchanged": 0,
    }


def test_the_same_key_imports_once_and_answers_the_same(web: Web) -> None:
    files = {"premises.csv": houses(web.district.village)}
    first = send(web.admin, files, key="k1")
    again = send(web.admin, files, key="k1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert first.json()["files"]["premises.csv"]["created"] == 1
    other = {"premises.csv": houses(web.district.village, web.district.village)}
    assert_problem(send(web.admin, other, key="k1"), 422, "another request")
    assert_problem(send(web.admin, files, key="k1", dry_run=True), 422, "another request")


def test_only_an_admin_imports(web: Web) -> None:
    files = {"premises.csv": houses(web.district.village)}
    for role in (Role.VIEWER, Role.STATION, Role.DISPATCHER):
        assert_problem(send(web.caller(role), files), 403, "admin")
    assert send(web.nobody(), files).status_code == 401


def test_while_one_import_is_under_way_another_waits_for_its_turn(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner: list[Response] = []

    def busy(*_: object, **__: object) -> LoadReport:
        inner.append(send(web.admin, {"premises.csv": "id"}))
        return LoadReport(faults=(Fault("-", "nothing", "premises.csv", 1),))

    monkeypatch.setattr(registry_import, "load_apart", busy)
    send(web.admin, {"premises.csv": "id"})
    assert_problem(inner[0], 503, "under way")
    assert int(inner[0].headers["retry-after"]) > 0


def test_what_is_good_to_know_before_it_is_written_is_said(web: Web) -> None:
    d = web.district
    stations = (
        "id,name,tier,region_code,lon,lat,active\n"
        f"{d.home_station},宋宅村微型消防站,village,{d.village},118.19,24.7745,no\n"
        f"new,新站,village,{d.village},,,\n"
    )
    answer = send(web.admin, {"stations.csv": stations}, dry_run=True).json()
    told = {warning["kind"]: warning["ids"] for warning in answer["warnings"]}
    assert told == {"no_position": ["new"], "retires": [d.home_station]}
    assert all(warning["message"].startswith("stations.csv: 1 ") for warning in answer["warnings"])


# -- somebody bound to a region ------------------------------------------------------------------------


def refused_rows(web: Web, region: str, files: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """What an admin of a region is told of his files: file, row and column of each fault."""
    answer = send(web.caller(Role.ADMIN, region), files, dry_run=True)
    assert answer.status_code == 200, answer.text
    faults = answer.json()["faults"]
    assert all("region" in fault["message"] or "bound to" in fault["message"] for fault in faults)
    return [(fault["file"], fault["row"], fault["column"]) for fault in faults]


def test_an_admin_of_a_town_imports_its_rows_and_no_others(web: Web) -> None:
    d = web.district
    elsewhere = d.villages[2]
    files = {"premises.csv": houses(d.village, elsewhere, d.next_village)}
    assert refused_rows(web, d.town, files) == [("premises.csv", 3, "village_code")]
    own = {"premises.csv": houses(d.village, d.next_village)}
    assert send(web.caller(Role.ADMIN, d.town), own).status_code == 200
    taken = {"premises.csv": houses(d.village)}  # h0 is the town's, and a village's admin may change it
    assert refused_rows(web, d.village, taken) == []
    assert refused_rows(web, elsewhere, {"premises.csv": houses(elsewhere)}) == [("premises.csv", 2, "id")]


def test_no_kind_of_row_slips_past_a_region(web: Web) -> None:
    d = web.district
    far = d.far_stations[0]
    files = {
        "regions.csv": f"code,name,level,parent_code\n{d.other_town},莲花,town,{d.code}\n"
        f"{d.village},宋宅村,village,{d.town}\n",
        "stations.csv": "id,name,tier,region_code,lon,lat\n"
        f"{far},军营站,village,{d.village},118.19,24.77\nown,新站,village,{d.village},118.19,24.77\n",
        "people.csv": "id,name,phone,role,station_id\n"
        f"{far}-chief,虚构,+8613800138001,chief,own\nmine,虚构,+8613800138002,chief,own\n"
        f"theirs,虚构,+8613800138003,chief,{d.brigade}\n",
        "devices.csv": f"id,kind,premises_id,source\nnew,smoke,{d.other_premises},native\n"
        f"ours,smoke,{d.premises},native\nloose,gateway,,native\nbox,station_terminal,own,native\n",
        "shifts.csv": "person_id,weekday,from,to\nmine,mon,08:00,20:00\n"
        f"{d.other_town_chief},mon,08:00,20:00\n",
        "responses.csv": "incident_id,received_at,region_code,station_id\n"
        f"h1,2026-01-05T08:00:00+08:00,{d.village},own\n",
    }
    assert refused_rows(web, d.village, files) == [
        ("regions.csv", 2, "code"),
        ("regions.csv", 3, "code"),  # what he is bound to himself
        ("stations.csv", 2, "id"),
        ("people.csv", 2, "id"),
        ("people.csv", 4, "station_id"),
        ("devices.csv", 2, "premises_id"),
        ("devices.csv", 4, "premises_id"),
        ("shifts.csv", 3, "person_id"),
        ("responses.csv", 2, "-"),
    ]


def test_an_import_is_all_or_nothing_and_counts_one_version(web: Web) -> None:
    def state() -> tuple[int, int, int]:
        with web.story.database.read() as session:
            counted = [session.scalar(select(func.count()).select_from(kind)) for kind in (Person, Station)]
            version = session.get_one(RegistryVersion, 1).version
        return counted[0] or 0, counted[1] or 0, version

    before = state()
    faulty = edited("people.csv", ("+8613800138000", "138"))["people.csv"]
    bad = {**_DISTRICT, "people.csv": faulty}
    assert_problem(send(web.admin, bad, accept_shift=True), 422, "people.csv:2:phone")
    assert state() == before
    assert send(web.admin, _DISTRICT, accept_shift=True).status_code == 200
    assert state() == (before[0] + 3, before[1] + 2, before[2] + 1)
