"""The embedded broker: it answers, is watched, comes back, and never outlives its parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker import BrokerError, EmbeddedBroker, embedded_listener
from ingest.broker_probe import answers
from ingest.broker_programs import BrokerProgram, Iotcore, Listener, Mosquitto, find_mosquitto, find_program
from tests.conftest import absent

HOST = "127.0.0.1"


@pytest.fixture(params=["mosquitto", "iotcore"])
def program(request: pytest.FixtureRequest) -> BrokerProgram:
    """Each of the two real brokers."""
    if request.param == "iotcore":
        return Iotcore()
    executable = find_mosquitto()
    if executable is None:
        pytest.skip(absent("Mosquitto"))
    return Mosquitto(executable)


@pytest.fixture
def broker(program: BrokerProgram, free_port: int, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A running real broker."""
    running = EmbeddedBroker(Listener(HOST, free_port), tmp_path, program)
    running.start()
    yield running
    running.stop()


class Sleeper:
    """Stands for a broker: a process that only lives."""

    name = "sleeper"

    def prepare(self, listener: Listener, folder: Path) -> list[str]:
        return ["sleep", "60"]


class Probe:
    """Answers as the test has written down, then always yes; counts how often it was asked."""

    def __init__(self, *script: bool) -> None:
        self.script = list(script)
        self.asked = 0

    def __call__(self, host: str, port: int) -> bool:
        self.asked += 1
        return self.script.pop(0) if self.script else True


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def watched(probe: Probe, free_port: int, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A stand-in broker that is started; its watch turns only when the test says so."""
    stand_in = EmbeddedBroker(Listener(HOST, free_port), tmp_path, Sleeper(), probe)
    stand_in.start()
    yield stand_in
    stand_in.stop()


def test_an_embedded_address_says_where_to_listen() -> None:
    assert embedded_listener("embedded://127.0.0.1:1884") == Listener(HOST, 1884)
    assert embedded_listener("embedded://127.0.0.1") == Listener(HOST, 1883)
    assert embedded_listener("embedded://[::1]:1884") == Listener("::1", 1884)


def test_other_addresses_are_brokers_of_their_own() -> None:
    assert embedded_listener("mqtt://user:pass@broker.example:1883") is None
    assert embedded_listener("mqtts://broker.example") is None


@pytest.mark.parametrize(
    "url",
    ["embedded://", "embedded://127.0.0.1:0", "embedded://127.0.0.1:99999", "embedded://127.0.0.1:x",
     "embedded://user@127.0.0.1", "embedded://127.0.0.1/path"],
)  # fmt: skip
def test_a_senseless_embedded_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BrokerError, match=r"FIRE135_MQTT_URL: .* embedded://127\.0\.0\.1:1883"):
        embedded_listener(url)


def test_clients_of_a_broker_on_every_address_use_loopback() -> None:
    assert Listener("0.0.0.0", 1883).client_url == "mqtt://127.0.0.1:1883"
    assert Listener("::", 1883).client_url == "mqtt://[::1]:1883"
    assert Listener("127.0.0.2", 1883).client_url == "mqtt://127.0.0.2:1883"


def test_a_started_broker_answers_and_a_stopped_one_frees_its_port(
    broker: EmbeddedBroker, free_port: int
) -> None:
    assert broker.url == f"mqtt://127.0.0.1:{free_port}"
    assert answers(HOST, free_port)
    broker.stop()
    assert not answers(HOST, free_port)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((HOST, free_port))


def test_it_listens_only_where_it_was_told_to(broker: EmbeddedBroker, free_port: int) -> None:
    with socket.socket() as elsewhere:
        assert elsewhere.connect_ex(("127.0.0.2", free_port)) != 0


def test_its_folder_is_private(broker: EmbeddedBroker, free_port: int, tmp_path: Path) -> None:
    assert (tmp_path / f"broker-{free_port}").stat().st_mode & 0o077 == 0


def test_a_killed_broker_is_started_afresh(broker: EmbeddedBroker, free_port: int) -> None:
    first = broker.pid
    assert first is not None
    os.killpg(first, signal.SIGKILL)
    broker.check()
    assert broker.pid != first
    assert answers(HOST, free_port)


def test_accepting_a_connection_is_not_an_answer(broker: EmbeddedBroker, free_port: int) -> None:
    first = broker.pid
    assert first is not None
    os.killpg(first, signal.SIGSTOP)  # the kernel still accepts, as a broker with a dead router does
    try:
        assert not answers(HOST, free_port, timeout_s=0.3)
    finally:
        os.killpg(first, signal.SIGCONT)
    assert answers(HOST, free_port)


def test_a_port_in_use_is_one_clear_line(mosquitto: EmbeddedBroker, free_port: int, tmp_path: Path) -> None:
    second = EmbeddedBroker(Listener(HOST, free_port), tmp_path / "second", Sleeper())
    with pytest.raises(BrokerError) as refusal:
        second.start()
    message = str(refusal.value)
    assert f"127.0.0.1:{free_port} (Address already in use)" in message
    assert "FIRE135_MQTT_URL" in message
    assert "\n" not in message


def test_two_brokers_run_side_by_side_in_one_home(mosquitto: EmbeddedBroker, tmp_path: Path) -> None:
    with socket.socket() as attempt:
        attempt.bind((HOST, 0))
        port = attempt.getsockname()[1]
    second = EmbeddedBroker(Listener(HOST, port), tmp_path)
    second.start()
    assert answers(HOST, port)
    second.stop()
    assert mosquitto.pid is not None


def test_a_program_that_ends_at_once_is_quoted(free_port: int, tmp_path: Path) -> None:
    class Failing(Sleeper):
        name = "failing"

        def prepare(self, listener: Listener, folder: Path) -> list[str]:
            return ["sh", "-c", "echo no such option >&2; exit 3"]

    broker = EmbeddedBroker(Listener(HOST, free_port), tmp_path, Failing())
    with pytest.raises(BrokerError, match="embedded broker failing did not start: no such option"):
        broker.start()


def test_while_it_answers_it_is_left_alone(watched: EmbeddedBroker, probe: Probe) -> None:
    first = watched.pid
    watched.check()
    assert watched.pid == first


def test_one_missed_answer_is_forgiven(watched: EmbeddedBroker, probe: Probe) -> None:
    first = watched.pid
    probe.script = [False, True]
    watched.check()
    assert watched.pid == first


def test_two_missed_answers_start_it_afresh(watched: EmbeddedBroker, probe: Probe) -> None:
    first = watched.pid
    probe.script = [False, False, False, True]
    watched.check()
    assert watched.pid not in (first, None)


def test_a_restart_that_fails_is_tried_again_at_the_next_turn(
    watched: EmbeddedBroker, probe: Probe, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.broker._PORT_FREE_WITHIN_S", 0)
    probe.script = [False, False]
    with socket.create_server((HOST, free_port)):
        watched.check()
        assert watched.pid is None
    watched.check()
    assert watched.pid is not None


def test_the_child_ends_when_its_parent_is_killed(free_port: int, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom ingest.broker import EmbeddedBroker, embedded_listener\n"
        f"broker = EmbeddedBroker(embedded_listener('embedded://{HOST}:{free_port}'), Path(sys.argv[1]))\n"
        "broker.start(); print(broker.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip().isdigit()
        assert answers(HOST, free_port)
        parent.kill()
    successor = EmbeddedBroker(Listener(HOST, free_port), tmp_path)
    successor.start()  # it waits for the port that the orphan is leaving
    assert answers(HOST, free_port)
    successor.stop()


def test_what_mosquitto_holds_for_ingest_survives_its_restart(
    mosquitto: EmbeddedBroker, free_port: int, tmp_path: Path
) -> None:
    done: list[object] = []
    ingest = Client(CallbackAPIVersion.VERSION2, client_id="ingest", clean_session=False)
    ingest.on_connect = lambda client, *_: client.subscribe("alarms", qos=1)
    ingest.on_subscribe = lambda *_: done.append("subscribed")
    _connect_until(ingest, free_port, done)

    device = Client(CallbackAPIVersion.VERSION2, client_id="device")
    device.on_connect = lambda client, *_: client.publish("alarms", b"fire", qos=1)
    device.on_publish = lambda *_: done.append("published")
    _connect_until(device, free_port, done)

    mosquitto.stop()
    successor = EmbeddedBroker(Listener(HOST, free_port), tmp_path)
    successor.start()
    ingest.on_connect = None
    ingest.on_message = lambda _client, _data, message: done.append(message.payload)
    _connect_until(ingest, free_port, done)
    successor.stop()
    assert done == ["subscribed", "published", b"fire"]


def _connect_until(client: Client, port: int, done: list[object]) -> None:
    """Connect, wait until one more thing is done, disconnect; at most ten seconds."""
    before = len(done)
    deadline = time.monotonic() + 10
    client.connect(HOST, port)
    while len(done) == before and time.monotonic() < deadline:
        client.loop(0.05)
    client.disconnect()


def test_mosquitto_is_preferred_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.broker_programs.find_mosquitto", lambda: "/opt/mosquitto")
    assert isinstance(find_program(), Mosquitto)
    monkeypatch.setattr("ingest.broker_programs.find_mosquitto", lambda: None)
    assert isinstance(find_program(), Iotcore)


def test_iotcore_is_loaded_only_in_the_child() -> None:
    check = "import ingest.broker, sys; sys.exit('iotcore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
