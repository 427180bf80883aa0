"""The program starts what waits first, and a signal ends it wherever it is."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from fire135.errors import UserError
from fire135.service import Program, Role
from fire135.settings import Settings


def settings_for(folder: Path, **more: object) -> Settings:
    chosen = {"database_url": f"sqlite:///{folder}/fire135.db", "http_port": 0} | more
    return Settings(_env_file=None, **chosen)  # type: ignore[arg-type]


def test_what_sends_is_imported_without_what_hears_and_serves() -> None:
    late = {"api", "ingest", "alembic", "fastapi", "paho", "scipy"}
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


@contextmanager
def running(settings: Settings, *roles: Role) -> Iterator[Program]:
    program = Program(settings, frozenset(roles))
    program.start()
    try:
        yield program
    finally:
        program.stop()


def test_a_loop_that_ends_or_hangs_is_named_whichever_it_is(tmp_path: Path, free_port: int) -> None:
    settings = settings_for(tmp_path, mqtt_url=f"mqtt://127.0.0.1:{free_port}")
    with running(settings, Role.DISPATCH, Role.API) as program:
        assert program._dead_part() is None
        assert program._hearing
        checks = program._readiness(program._hearing)
        for name, loop in program._loops.items():
            loop._last_good -= 1000
            assert "no round has ended well for" in (checks[name]() or "")
            loop._last_good += 1000
        program._sending.sender.overdue.stop()
        assert program._dead_part() == "overdue"
        assert checks["overdue"]() == "its thread has ended"


def test_the_page_knows_which_other_processes_it_needs(tmp_path: Path, free_port: int) -> None:
    settings = settings_for(tmp_path, mqtt_url=f"mqtt://127.0.0.1:{free_port}")
    with running(settings, Role.API) as program:
        assert program._hearing
        checks = program._readiness(program._hearing)
        assert (checks["ingest"](), checks["dispatch"]()) == (None, None)  # we have just started
        assert program._presence._started_at
        program._presence._started_at -= timedelta(seconds=20)
        program._presence._round()
        assert checks["ingest"]() == "no process hears devices; does one with the role ingest run?"
        assert checks["dispatch"]() == "no process sends messages; does one with the role dispatch run?"
        program._presence._last_good -= 16
        assert checks["database"]() == "nothing could be written for 16 s"
    with running(settings, Role.DISPATCH, Role.API) as program:
        assert program._hearing
        assert "dispatch" not in program._readiness(program._hearing)


def test_a_watch_between_two_probes_is_not_stalled(tmp_path: Path, free_port: int) -> None:
    settings = settings_for(tmp_path, mqtt_url=f"mqtt://127.0.0.1:{free_port}")
    with running(settings, Role.DISPATCH) as program:
        assert program._hearing
        watch = program._readiness(program._hearing)["watch"]
        program._loops["watch"]._last_good -= 60 + 30  # a pause and a probe that is missed
        assert watch() is None


def test_a_process_without_the_page_serves_what_it_has_counted(tmp_path: Path, free_port: int) -> None:
    settings = settings_for(tmp_path, metrics_port=free_port)
    address = f"http://127.0.0.1:{free_port}/metrics"
    with running(settings, Role.DISPATCH):
        assert "fire135_probe_seconds_count" in requests.get(address, timeout=10).text
    with pytest.raises(requests.ConnectionError), running(settings, Role.API):
        requests.get(address, timeout=10)  # there /metrics is at the page's own port


def test_a_taken_port_for_metrics_is_one_clear_line_and_nothing_is_left_running(
    tmp_path: Path, free_port: int
) -> None:
    settings = settings_for(tmp_path, metrics_port=free_port)
    said = rf"cannot listen on 127.0.0.1:{free_port} \(.+\); set FIRE135_METRICS_PORT to another port$"
    with running(settings, Role.DISPATCH):
        second = Program(settings, frozenset({Role.DISPATCH}))
        with pytest.raises(UserError, match=said):
            second.start()
    assert not any(loop.is_alive for loop in second._sending.loops.values())
