"""The program from outside: every command's mistakes are one clear line, never a traceback."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Protocol

import pytest

from fire135.cli import build_parser, main

SMALL = {
    "regions.csv": "code,name,level,parent_code,lon,lat,crs\n"
    "350212,同安区,district,,118.15,24.72,wgs84\n"
    "350212110,五显镇,town,350212,118.19,24.75,wgs84\n"
    "350212110212,宋宅村,village,350212110,118.19,24.77,wgs84\n",
    "stations.csv": "id,name,tier,region_code,lon,lat,crs,active\n"
    "songzhai,宋宅村微型消防站,village,350212110212,118.19,24.77,wgs84,yes\n",
}


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Fire135(Protocol):
    """Runs one command."""

    def __call__(self, *arguments: str, stdin: str = "", **settings: str) -> Result: ...


@pytest.fixture
def fire135(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Fire135]:
    """The program in a folder of its own, with no settings but those given, in this process."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FIRE135_")]:
        monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(*arguments: str, stdin: str = "", **settings: str) -> Result:
        with monkeypatch.context() as patched:
            for name, value in settings.items():
                patched.setenv(name, value)
            patched.setattr(sys, "stdin", StringIO(stdin))
            try:
                code = main(arguments)
            except SystemExit as ended:  # argparse ends the process itself
                code = int(str(ended.code))
        said = capfd.readouterr()
        return Result(code, said.out, said.err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


def one_line(result: Result) -> str:
    (line,) = result.stderr.splitlines()
    return line


@pytest.fixture
def district(tmp_path: Path) -> Path:
    folder = tmp_path / "district"
    folder.mkdir()
    for name, text in SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_load_says_what_it_did_and_a_second_time_that_nothing_changed(
    fire135: Fire135, district: Path
) -> None:
    first = fire135("load", str(district))
    again = fire135("load", str(district))

    assert first.returncode == 0, first.stderr
    assert "regions.csv: created 3, changed 0, unchanged 0" in first.stdout
    assert "regions.csv: created 0, changed 0, unchanged 3" in again.stdout


def test_load_names_every_fault_by_file_row_and_column_and_writes_nothing(
    fire135: Fire135, district: Path
) -> None:
    with (district / "stations.csv").open("a", encoding="utf-8") as file:
        file.write("far,远站,village,nowhere,121.0,31.0,wgs84,yes\n")
        file.write("songzhai,重复,village,350212110212,118.19,24.77,wgs84,yes\n")

    refused = fire135("load", str(district))

    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert any(line.startswith("stations.csv:3:region_code: ") for line in lines), lines
    assert any(line.startswith("stations.csv:4:id: ") for line in lines), lines
    (district / "stations.csv").write_text(SMALL["stations.csv"], encoding="utf-8")
    assert "created 3" in fire135("load", str(district)).stdout


def test_a_dry_run_writes_nothing(fire135: Fire135, district: Path) -> None:
    assert fire135("load", str(district), "--dry-run").returncode == 0
    assert "created 3" in fire135("load", str(district)).stdout


def test_a_token_is_printed_once_and_listed_without_its_text(
    fire135: Fire135,
) -> None:
    created = fire135("token", "create", "desk", "--role", "dispatcher")
    (text,) = created.stdout.splitlines()
    listed = fire135("token", "list").stdout

    assert len(text) >= 32
    assert "desk" in listed
    assert text not in listed
    assert fire135("token", "revoke", "desk").returncode == 0
    assert "revoked" in fire135("token", "list").stdout


def test_a_user_is_added_with_the_password_from_standard_input(
    fire135: Fire135,
) -> None:
    added = fire135("user", "add", "张三", "--role", "viewer", stdin="long enough 135\n")

    assert added.returncode == 0, added.stderr


def test_it_staff_help_themselves_when_nobody_can_sign_in(fire135: Fire135) -> None:
    fire135("user", "add", "chief", "--role", "admin", stdin="long enough 135\n")
    fire135("user", "add", "duty", "--role", "dispatcher", stdin="long enough 135\n")

    changed = fire135("user", "password", "duty", stdin="another one 135\n")
    removed = fire135("user", "remove", "duty")
    last = fire135("user", "remove", "chief")

    assert (changed.returncode, removed.returncode) == (0, 0), changed.stderr + removed.stderr
    assert (last.returncode, len(last.stderr.splitlines())) == (1, 1)
    assert "last admin" in last.stderr
    chief, duty = fire135("user", "list").stdout.splitlines()
    assert chief.startswith("chief\tadmin\t-")
    assert "retired" in duty
    assert fire135("user", "password", "duty", stdin="another one 135\n").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (("load", "nowhere"), {}, "nowhere"),
        (("load", "."), {"FIRE135_DATABASE_URL": "nonsense"}, "FIRE135_DATABASE_URL"),
        (("serve",), {"FIRE135_SMS": "pigeon"}, "FIRE135_SMS"),
        (("serve",), {"FIRE135_HANDOVER_URL": "119.example.org"}, "FIRE135_HANDOVER_URL"),
        (("serve",), {"FIRE135_SMS": "twilio"}, "FIRE135_TWILIO_ACCOUNT_SID"),
        (("serve",), {"FIRE135_PLAN": "none.toml"}, "FIRE135_PLAN"),
        (("serve",), {"FIRE135_SOURCES": "carrier-pigeon"}, "FIRE135_SOURCES"),
        (("serve",), {"FIRE135_MQTT_URL": "http://x"}, "FIRE135_MQTT_URL"),
        (("serve",), {"FIRE135_HTTP_PORT": "99999"}, "FIRE135_HTTP_PORT"),
        (("serve",), {"FIRE135_TIMEZONE": "Mars/Olympus"}, "FIRE135_TIMEZONE"),
        (("token", "create", "x", "--role", "king"), {}, "king"),
        (("token", "create", "x", "--role", "viewer", "--region", "999"), {}, "999"),
        (("token", "revoke", "nobody"), {}, "nobody"),
        (("decode", "none.json"), {}, "none.json"),
        (("user", "add", "x", "--role", "viewer"), {}, "password"),
        (
            ("export", "responses", "--from", "tomorrow", "--to", "2026-01-01", "--format", "csv", "x.csv"),
            {},
            "from",
        ),
        (("simulate", "no-such-story"), {}, "no-such-story"),
        (("demo", "--speed", "0"), {}, "--speed"),
        (("demo",), {"FIRE135_SMS": "twilio"}, "real carrier"),
        (("dance",), {}, "dance"),
    ],
)
def test_a_mistake_is_one_line(
    fire135: Fire135, arguments: tuple[str, ...], settings: dict[str, str], words: str
) -> None:
    result = fire135(*arguments, **settings)

    assert result.returncode in (1, 2)
    assert words in one_line(result)
    assert "Traceback" not in result.stderr


def test_serve_refuses_an_empty_server_database_and_says_what_to_do(
    fire135: Fire135, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgresql")
    url = server.create()
    try:
        assert "fire135 migrate" in one_line(fire135("serve", FIRE135_DATABASE_URL=url))
        assert fire135("migrate", FIRE135_DATABASE_URL=url).returncode == 0
        assert "is current" in fire135("migrate", FIRE135_DATABASE_URL=url).stdout
    finally:
        server.drop(url)


def test_export_writes_a_file_excel_reads(fire135: Fire135, tmp_path: Path) -> None:
    asked = (
        "export",
        "responses",
        "--from",
        "2026-01-01",
        "--to",
        "2027-01-01",
        "--format",
        "csv",
        "log.csv",
    )
    written = fire135(*asked)

    assert written.returncode == 0, written.stderr
    assert (tmp_path / "log.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_decode_prints_one_line_a_file(fire135: Fire135, tmp_path: Path) -> None:
    captured = {"topic": "fire135/v1/d1/event", "payload": {"id": "1", "kind": "alarm"}}
    (tmp_path / "a.json").write_text(json.dumps(captured), encoding="utf-8")

    (line,) = fire135("decode", "a.json").stdout.splitlines()

    assert json.loads(line) == {
        "file": "a.json",
        "format": "native",
        "events": [{"kind": "alarm", "device": "d1", "at": None, "live": True}],
    }


def test_every_command_of_the_contract_is_there() -> None:
    parser = build_parser()
    for line in (
        "serve --role ingest --role api",
        "demo",
        "migrate",
        "load x.xlsx --dry-run",
        "decode a b",
        "simulate candle --speed 20",
        "export responses --from 2026-01-01 --to 2026-02-01 --format xlsx f.xlsx",
        "token create n --role admin --region 350212",
        "token list",
        "token revoke n",
        "user add n --role viewer",
        "check",
    ):
        assert callable(parser.parse_args(line.split()).run)


def test_the_program_itself_says_one_line_and_the_exit_code(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("fire135")
    refused = subprocess.run(
        [program, "decode", "none.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert "none.json" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
