"""The embedded broker behind `embedded://HOST:PORT`: a child process, watched and restarted.

For the demo, tests and a trial on one machine; a real deployment runs its own Mosquitto with
passwords (FIRE135_MQTT_URL=mqtt://…). Nobody has to prove who they are to the embedded one.
"""

import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ingest.broker_probe import answers
from ingest.broker_programs import BrokerProgram, Listener, find_program

_log = logging.getLogger(__name__)

_DEFAULT_PORT = 1883
_PROBE_EVERY_S = 5.0
_START_WITHIN_S = 10.0
_STOP_WITHIN_S = 5.0
#: A predecessor that was killed leaves a broker that needs a moment to notice and end.
_PORT_FREE_WITHIN_S = 2.0
_POLL_S = 0.05

# Runs "$@" until it ends, or until our end of stdin closes: the broker never outlives its parent,
# not even one that was killed.
_ENDS_WITH_PARENT = """
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
{ cat <&3 >/dev/null; kill $child; } 2>/dev/null &
wait $child
"""


class BrokerError(Exception):
    """The embedded broker cannot run; the message says why and what to do."""


def embedded_listener(mqtt_url: str) -> Listener | None:
    """Read FIRE135_MQTT_URL: where the embedded broker listens, or None for a broker of its own.

    Raises BrokerError for an `embedded://` address that makes no sense.
    """
    parts = urlsplit(mqtt_url)
    if parts.scheme != "embedded":
        return None
    try:
        port = _DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not parts.hostname or port == 0 or parts.username or parts.path.strip("/"):
        raise BrokerError(f"FIRE135_MQTT_URL: {mqtt_url!r}: write it like embedded://127.0.0.1:1883")
    return Listener(parts.hostname, port)


class EmbeddedBroker:
    """One broker as a child process.

    Args:
        listener: where it listens.
        home: a folder for its configuration and data; each port gets a private one inside.
        program: which broker; by default Mosquitto where it is installed, else iotcore.
        probe: tells whether the broker at a host and port answers.
    """

    def __init__(
        self,
        listener: Listener,
        home: Path,
        program: BrokerProgram | None = None,
        probe: Callable[[str, int], bool] = answers,
    ) -> None:
        self._listener = listener
        self._folder = home / f"broker-{listener.port}"
        self._program = program or find_program()
        self._probe = probe
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watch_until_stopped, name="broker-watch", daemon=True)

    @property
    def url(self) -> str:
        """What an MQTT client on this machine connects to."""
        return self._listener.client_url

    @property
    def pid(self) -> int | None:
        """The process id of the child, while there is one."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Run the broker and watch over it; returns when it answers. Raises BrokerError."""
        if not _is_loopback(self._listener.host):
            _log.warning(
                "the embedded broker on %s is open to the network without a password", self._listener
            )
        self._start_child()
        self._watch.start()

    def check(self) -> None:
        """One turn of the watch: start the broker afresh if it has ended, or twice gives no answer."""
        if self._is_running() and (self._answers() or self._answers()):
            return
        _log.error("the embedded broker on %s does not answer; starting it again", self._listener)
        self._end_child()
        try:
            self._start_child()
        except BrokerError as fault:
            _log.error("%s; trying again in %.0f s", fault, _PROBE_EVERY_S)

    def stop(self) -> None:
        """End the watch and the broker. Safe to call twice."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        self._end_child()

    def _watch_until_stopped(self) -> None:
        while not self._stopping.wait(_PROBE_EVERY_S):
            self.check()

    def _answers(self) -> bool:
        return self._probe(self._listener.client_host, self._listener.port)

    def _is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def _start_child(self) -> None:
        _await_free_port(self._listener)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = self._program.prepare(self._listener, self._folder)
        with self._log_path.open("wb") as output:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                ["/bin/sh", "-c", _ENDS_WITH_PARENT, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                process_group=0,  # Ctrl-C is ours to handle: the broker ends last
            )
        deadline = time.monotonic() + _START_WITHIN_S
        while self._is_running() and time.monotonic() < deadline and not self._stopping.is_set():
            if self._answers():
                _log.info("embedded broker %s listens on %s", self._program.name, self._listener)
                return
            self._stopping.wait(_POLL_S)
        self._end_child()
        raise BrokerError(f"embedded broker {self._program.name} did not start: {self._last_words()}")

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None or child.stdin is None:
            return
        child.stdin.close()  # this is what tells it to end
        try:
            child.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    @property
    def _log_path(self) -> Path:
        return self._folder / "broker.log"

    def _last_words(self) -> str:
        lines = self._log_path.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line for line in lines if line.strip()]
        return said[-1] if said else f"no answer in {_START_WITHIN_S:.0f} s; see {self._log_path}"


def _await_free_port(listener: Listener) -> None:
    deadline = time.monotonic() + _PORT_FREE_WITHIN_S
    while (fault := _why_not_free(listener)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if fault:
        raise BrokerError(
            f"embedded broker: cannot listen on {listener} ({fault}); set FIRE135_MQTT_URL to "
            f"embedded://127.0.0.1:ANOTHER_PORT, or to {listener.client_url} to use the broker that is there"
        )


def _why_not_free(listener: Listener) -> str | None:
    try:
        found = socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except OSError as fault:
        return fault.strerror or str(fault)
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
