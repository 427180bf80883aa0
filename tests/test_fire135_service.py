"""The program starts what waits first, and a signal ends it wherever it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from fire135.service import Program
from fire135.settings import Settings


def settings_for(folder: Path, **more: object) -> Settings:
    chosen = {"database_url": f"sqlite:///{folder}/fire135.db", "http_port": 0} | more
    return Settings(_env_file=None, **chosen)  # type: ignore[arg-type]


def test_what_sends_is_imported_without_what_hears_and_serves() -> None:
    late = {"api", "ingest", "alembic", "fastapi", "paho"}
    asked = f"import sys, fire135.service; print({late} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert told.stdout == "set()\n"


def test_a_signal_during_the_start_ends_it_before_anything_else_is_started(tmp_path: Path) -> None:
    program = Program(settings_for(tmp_path))
    program.ask_to_stop()
    program.start()
    try:
        assert program._hearing is None
        assert program._web is None
        assert not program.wait()
    finally:
        program.stop()
    assert not program._sending.sender.is_alive


def test_a_setting_that_shows_late_to_be_wrong_stops_what_was_started(tmp_path: Path) -> None:
    program = Program(settings_for(tmp_path, sources="no such format"))
    with pytest.raises(Exception, match="FIRE135_SOURCES"):
        program.start()
    assert not any(loop.is_alive for loop in program._sending.loops.values())
