"""The programs that can be the embedded broker: how each is found, configured and run.

Mosquitto where it is installed: it keeps sessions and queued messages on disk. Otherwise the
iotcore package, which comes with our dependencies and keeps everything in memory.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

#: The largest that ingest reads (a Zigbee2MQTT device list): what is too large still arrives and is recorded.
MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024
#: Where distributions put daemons, beside PATH: an ordinary user's PATH lacks these.
_DAEMON_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the embedded broker listens."""

    host: str
    port: int

    @property
    def client_host(self) -> str:
        """The host that a client on this machine connects to."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - a comparison

    @property
    def client_url(self) -> str:
        """What an MQTT client on this machine uses."""
        return f"mqtt://{_bracketed(self.client_host)}:{self.port}"

    def __str__(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"


class BrokerProgram(Protocol):
    """A program that can be the embedded broker."""

    @property
    def name(self) -> str:
        """Its name in the log."""

    def prepare(self, listener: Listener, folder: Path) -> list[str]:
        """Write its configuration into the folder; give the command that runs it in the foreground."""


class Mosquitto:
    """Eclipse Mosquitto 2, as the distribution installs it."""

    name = "mosquitto"

    def __init__(self, executable: str) -> None:
        self._executable = executable

    def prepare(self, listener: Listener, folder: Path) -> list[str]:
        """Write mosquitto.conf; give the command."""
        lines = [
            f"listener {listener.port} {listener.host}",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder.resolve()}/",
            "autosave_interval 5",
            # the defaults (20 and 1,000) would drop alarms while ingest is away
            "max_inflight_messages 0",
            "max_queued_messages 0",
            f"message_size_limit {MESSAGE_LIMIT_BYTES}",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it becomes a user who cannot read the private folder
        path = folder / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [self._executable, "-c", str(path)]


class Iotcore:
    """The iotcore package (rumqttd); loaded in the child process only. It speaks MQTT 3.1.1, not 5."""

    name = "iotcore"

    def prepare(self, listener: Listener, folder: Path) -> list[str]:
        """Write rumqttd.toml; give the command."""
        path = folder / "rumqttd.toml"
        path.write_text(_RUMQTTD.format(listener=listener, limit=MESSAGE_LIMIT_BYTES), encoding="utf-8")
        # CRITICAL: rumqttd logs an error record for every packet
        return [sys.executable, "-P", "-m", "iotcore", "--config", str(path), "--log-level", "CRITICAL"]


_RUMQTTD = """\
id = 0

[router]
id = 0
max_connections = 10000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v4.1]
name = "fire135"
listen = "{listener}"
next_connection_delay_ms = 1

[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = {limit}
max_inflight_count = 100
dynamic_filters = true
"""


def find_program() -> BrokerProgram:
    """Mosquitto where it is installed, else iotcore."""
    executable = find_mosquitto()
    return Mosquitto(executable) if executable else Iotcore()


def find_mosquitto() -> str | None:
    """The path of the mosquitto program, or None."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *_DAEMON_FOLDERS])
    return shutil.which("mosquitto", path=folders)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
