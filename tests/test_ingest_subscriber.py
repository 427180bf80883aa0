"""The MQTT client, at real brokers: nothing acknowledged before its commit, nothing lost, nothing stuck."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from sqlalchemy.exc import OperationalError

from ingest import intake
from ingest.broker import EmbeddedBroker
from ingest.broker_programs import Listener, find_program
from store.database import Database
from store.incidents import Incident
from store.signals import DeviceState, RejectedMessage
from tests.factories import District
from tests.wire import (
    PATIENCE_S,
    UPSTAIRS,
    count,
    device,
    district,
    kinds,
    listening,
    publish,
    publisher,
    until,
)

__all__ = ["device", "district"]

pytestmark = pytest.mark.broker


def test_a_real_message_becomes_an_incident_and_wakes_the_sender(
    broker: EmbeddedBroker, database: Database, district: District, device: Client
) -> None:
    with listening(broker, database) as ingest:
        publish(device, f"zigbee2mqtt/{district.smoke_external_id}", {"smoke": True}, qos=0)
        assert ingest.woken.wait(PATIENCE_S)
    assert kinds(database) == ["alarm"]
    assert count(database, Incident) == 1


def test_bad_messages_never_stop_the_next(
    broker: EmbeddedBroker, database: Database, district: District, device: Client
) -> None:
    wrong = [b"{", b"\xff\xfe", b'{"id": 7, "kind": "alarm"}', b'"' + b"x" * 300_000 + b'"', b"[" * 10_000]
    with listening(broker, database) as ingest:
        for payload in wrong:
            publish(device, UPSTAIRS, payload)
            publish(device, "zigbee2mqtt/厨房/烟感 1", payload)
        publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
        assert ingest.woken.wait(PATIENCE_S)
    assert kinds(database) == ["alarm"]
    assert count(database, RejectedMessage) == 2 * len(wrong)


def test_what_comes_while_we_are_away_is_waiting_for_us(
    broker: EmbeddedBroker, database: Database, district: District, device: Client
) -> None:
    with listening(broker, database):
        pass
    publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
    with listening(broker, database) as ingest:
        assert ingest.woken.wait(PATIENCE_S)
    assert kinds(database) == ["alarm"]


def test_a_long_queue_is_acknowledged_as_it_is_worked_off(
    mosquitto: EmbeddedBroker,
    free_port: int,
    database: Database,
    district: District,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever writes nothing while it reads a long queue is taken for dead, and gets all of it again."""
    real = intake.take
    taken: list[Any] = []
    heard: list[int] = []

    def take(*given: Any, **named: Any) -> Any:
        taken.append(given)
        until(lambda: len(heard) >= len(taken) - 25)  # 20 may be committed together
        return real(*given, **named)

    with listening(mosquitto, database):
        pass
    monkeypatch.setattr(intake, "take", take)
    with publisher(free_port) as device:
        device.on_message = lambda *_: heard.append(1)
        device.subscribe("fire135/v1/+/ack", qos=1)
        for number in range(60):
            publish(device, UPSTAIRS, {"id": str(number), "kind": "alarm"})
        with listening(mosquitto, database):
            until(lambda: len(heard) == 60)


def test_what_was_not_committed_is_delivered_again(
    broker: EmbeddedBroker,
    database: Database,
    district: District,
    device: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    died = threading.Event()

    def die(*_args: Any, **_more: Any) -> None:
        died.set()
        raise OperationalError("COMMIT", {}, Exception("the server is gone"))

    with monkeypatch.context() as patch:
        patch.setattr(intake, "take", die)
        with listening(broker, database):
            publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
            assert died.wait(PATIENCE_S)
    assert kinds(database) == []
    with listening(broker, database) as ingest:
        assert ingest.woken.wait(PATIENCE_S)
    assert kinds(database) == ["alarm"]


def test_an_outage_of_the_database_delays_and_loses_nothing(
    broker: EmbeddedBroker,
    database: Database,
    district: District,
    device: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, troubles = intake.take, list[int]()

    def trouble(*args: Any, **more: Any) -> Any:
        if len(troubles) < 4:
            troubles.append(1)
            raise OperationalError("SELECT", {}, Exception("no connection"))
        return real(*args, **more)

    monkeypatch.setattr(intake, "take", trouble)
    with listening(broker, database):
        publish(device, f"zigbee2mqtt/{district.smoke_external_id}", {"smoke": True}, qos=0)
        publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
        until(lambda: len(kinds(database)) == 2)
    assert count(database, Incident) == 1


def test_heartbeats_beyond_the_brokers_limit_in_flight_all_arrive(
    broker: EmbeddedBroker, database: Database, district: District, device: Client
) -> None:
    with listening(broker, database):
        for number in range(500):
            device.publish(UPSTAIRS, json.dumps({"id": str(number), "kind": "heartbeat"}), qos=1)
        publish(device, f"fire135/v1/{district.gateway}/event", {"id": "last", "kind": "heartbeat"})
        until(lambda: count(database, DeviceState) == 2)
    assert kinds(database) == []
    with listening(broker, database) as again:  # nothing was left unacknowledged
        publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
        assert again.woken.wait(PATIENCE_S)


def test_the_broker_may_go_and_come_back(
    mosquitto: EmbeddedBroker, database: Database, district: District, free_port: int, tmp_path: Path
) -> None:
    with listening(mosquitto, database) as ingest:
        mosquitto.stop()
        until(lambda: not ingest.subscriber.is_connected)
        again = EmbeddedBroker(Listener("127.0.0.1", free_port), tmp_path / "again", find_program())
        again.start()
        until(lambda: ingest.subscriber.is_connected)
        with publisher(free_port) as device:
            publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
            assert ingest.woken.wait(PATIENCE_S)
    again.stop()


def test_a_process_killed_between_receipt_and_commit_loses_nothing(
    mosquitto: EmbeddedBroker, database: Database, district: District, free_port: int
) -> None:
    with listening(mosquitto, database):
        pass
    with publisher(free_port) as device:
        publish(device, UPSTAIRS, {"id": "a", "kind": "alarm"})
    url = database.engine.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_BEFORE_COMMIT, mosquitto.url, url], timeout=3 * PATIENCE_S, check=False
    )
    assert killed.returncode == _KILLED
    assert kinds(database) == []
    with listening(mosquitto, database) as ingest:
        assert ingest.woken.wait(PATIENCE_S)
    assert kinds(database) == ["alarm"]


_KILLED = 9
_DIES_BEFORE_COMMIT = f"""
import os, sys
from dispatch.setup import DispatchSetup
from fire135.clock import SystemClock
from ingest import intake
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from store.database import Database

take = intake.take
def take_and_die(*args, **more):
    take(*args, **more)
    os._exit({_KILLED})
intake.take = take_and_die
routes = parse_sources("all")
Subscriber(sys.argv[1], Pipeline(Database(sys.argv[2]), DispatchSetup(), routes, now=SystemClock().now)).run()
"""


def test_a_group_shares_the_load_and_takes_each_alarm_once(
    mosquitto: EmbeddedBroker, database: Database, district: District, free_port: int
) -> None:
    with (
        publisher(free_port) as device,
        listening(mosquitto, database, group="share") as one,
        listening(mosquitto, database, group="share") as other,
    ):
        for number in range(20):
            publish(device, UPSTAIRS, {"id": str(number), "kind": "alarm"})
        until(lambda: len(kinds(database)) == 20)
        assert one.woken.is_set()
        assert other.woken.is_set()
    assert count(database, Incident) == 1
    assert count(database, RejectedMessage) == 0
