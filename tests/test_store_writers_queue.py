"""Writers of one SQLite file, in threads and processes: one after the other; a dead one holds up nobody."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from select import select
from threading import Event, Thread

from sqlalchemy import text

from store.database import Database
from store.writers_queue import WritersQueue

_HOLD = """
import sys
from store.writers_queue import WritersQueue
with WritersQueue(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""
_ENTER = """
import sys
from store.writers_queue import WritersQueue
queue = WritersQueue(sys.argv[1])
print("waits", flush=True)
with queue:
    print("entered", flush=True)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """A process that writes until its input ends."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def enter(queue: WritersQueue, entered: Event) -> Thread:
    def wait() -> None:
        with queue:
            entered.set()

    thread = Thread(target=wait)
    thread.start()
    return thread


def test_a_process_waits_for_another_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    path, entered = tmp_path / "fire.db", Event()
    with hold(path) as other:
        queue = WritersQueue(str(path))
        waiting = enter(queue, entered)
        assert not entered.wait(0.2)
        os.kill(other.pid, signal.SIGKILL)
        waiting.join(10)
    assert entered.is_set()


def test_one_thread_may_enter_again_and_others_wait_for_its_last_way_out(tmp_path: Path) -> None:
    queue, entered = WritersQueue(str(tmp_path / "fire.db")), Event()
    with queue:
        with queue:
            waiting = enter(queue, entered)
        assert not entered.wait(0.2)
    waiting.join(10)
    assert entered.is_set()


def test_a_loop_that_writes_on_and_on_lets_in_who_waits(tmp_path: Path) -> None:
    queue, entered = WritersQueue(str(tmp_path / "fire.db")), Event()
    with queue:
        waiting = enter(queue, entered)
        assert not entered.wait(0.2)
    with queue:
        assert entered.is_set()
    waiting.join(10)


def test_a_process_that_writes_on_and_on_lets_in_one_that_waits(tmp_path: Path) -> None:
    path = tmp_path / "fire.db"
    queue = WritersQueue(str(path))
    command = [sys.executable, "-c", _ENTER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        with queue:
            assert other.stdout.readline() == "waits\n"
            assert not select([other.stdout], [], [], 0.2)[0]
        with queue:
            assert other.stdout.readline() == "entered\n"


def test_where_no_file_can_be_made_threads_still_queue(tmp_path: Path) -> None:
    queue, entered = WritersQueue(str(tmp_path / "absent" / "fire.db")), Event()
    with queue:
        waiting = enter(queue, entered)
        assert not entered.wait(0.2)
    waiting.join(10)
    assert entered.is_set()


def test_a_fault_in_a_transaction_lets_the_next_one_write(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/fire.db")
    with database.begin() as session:
        session.execute(text("CREATE TABLE t (x INTEGER)"))
    try:
        with database.begin() as session:
            session.execute(text("INSERT INTO nowhere VALUES (1)"))
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next one writes
        assert "nowhere" in str(fault)
    with database.begin() as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
    database.dispose()
