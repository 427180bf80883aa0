"""Alarms right behind one another: committed together, and none is hurt by its neighbour."""

import json
from functools import partial
from threading import Thread
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from dispatch.errors import ConflictError
from dispatch.receive import receive_event
from dispatch.values import SensorEvent
from ingest import intake
from ingest.reading import Message
from ingest.transaction import DatabaseTroubleError
from store.incidents import Incident, Notification
from store.places import Device
from store.signals import DeviceState, EventRecord
from tests.factories import District, make_device, make_premises
from tests.ingesting import Ingest, district, ingest

__all__ = ["district", "ingest"]

HOMES = ("north", "east", "south", "west")


@pytest.fixture
def homes(ingest: Ingest, district: District) -> Ingest:
    """Four buildings with a detector each, named as the building."""
    with ingest.database.begin() as session:
        for name in HOMES:
            make_premises(session, name, village_code=district.village)
            make_device(session, name, premises_id=name, source="native", external_id=name)
    return ingest


def gather(ingest: Ingest, name: str, kind: str = "alarm", *, qos: int = 1, number: str = "1") -> None:
    """One of many messages, as the subscriber hands them over."""
    body = json.dumps({"id": number, "kind": kind}).encode()
    ack = partial(ingest.acknowledged.append, f"{name} {kind}") if qos else None
    ingest.pipeline.gather(Message(f"fire135/v1/{name}/event", body, False), ack)


def places(ingest: Ingest) -> list[str]:
    """Where incidents are open, in the order in which the alarms came."""
    incidents = {incident.id: incident.place_key for incident in ingest.all(Incident)}
    return [incidents[event.incident_id].removeprefix("premises:") for event in ingest.all(EventRecord)]


def test_alarms_right_behind_one_another_are_committed_together_and_then_acknowledged(
    homes: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions = 0
    begin = homes.database.begin

    def counted() -> Any:
        nonlocal transactions
        transactions += 1
        return begin()

    monkeypatch.setattr(homes.database, "begin", counted)
    for name in HOMES:
        gather(homes, name)
        assert homes.pipeline.tick() == 0.0  # look at once whether more has come
    assert homes.acknowledged == []
    homes.pipeline.tick()
    assert transactions == 1
    assert homes.acknowledged == [f"{name} alarm" for name in HOMES]
    assert places(homes) == sorted(HOMES)  # one order for all processes, so that none waits for another
    assert len({incident.code for incident in homes.all(Incident)}) == len(HOMES)
    assert {state.state for state in homes.all(DeviceState)} == {"alarm"}
    pages = [page.incident_id for page in homes.all(Notification) if page.purpose == "page"]
    assert set(pages) == {incident.id for incident in homes.all(Incident)}


def test_a_backlog_of_repetitions_is_worked_off_together(
    homes: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in HOMES:
        gather(homes, name)
    homes.pipeline.settle()
    taken_singly: list[object] = []
    monkeypatch.setattr(homes.pipeline, "_take", lambda *message: taken_singly.append(message))
    for name in (*HOMES, *reversed(HOMES)):
        gather(homes, name)
    homes.pipeline.settle()
    assert taken_singly == []
    assert homes.acknowledged == [f"{name} alarm" for name in (*HOMES, *HOMES, *reversed(HOMES))]
    assert len(homes.all(EventRecord)) == len(HOMES)
    assert len(homes.reasons()) == 2 * len(HOMES)


def test_an_alarm_that_comes_alone_waits_for_one_look_and_no_longer(homes: Ingest) -> None:
    gather(homes, "north")
    homes.pipeline.tick()
    assert homes.acknowledged == []
    homes.pipeline.tick()
    assert homes.acknowledged == ["north alarm"]


def test_more_alarms_than_fit_one_transaction_do_not_wait_for_a_pause(homes: Ingest) -> None:
    for number in range(20):
        gather(homes, "north", number=str(number))
    assert len(homes.acknowledged) == 20
    assert len(homes.all(Incident)) == 1


def test_one_refused_alarm_takes_no_neighbour_with_it(homes: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_east(session: Any, setup: Any, event: SensorEvent, **more: Any) -> Any:
        if event.device_id == "east":
            raise ConflictError("east: not today")
        return receive_event(session, setup, event, **more)

    monkeypatch.setattr("ingest.intake.receive_event", refuse_east)
    for name in HOMES:
        gather(homes, name)
    homes.pipeline.settle()
    assert places(homes) == ["north", "south", "west"]
    assert homes.acknowledged == [f"{name} alarm" for name in HOMES]
    assert homes.reasons() == ["east: not today"]


def test_the_end_of_an_alarm_that_still_waits_is_no_heartbeat(homes: Ingest) -> None:
    gather(homes, "north")
    gather(homes, "north", "restore", number="2")
    homes.pipeline.flush()
    assert [event.kind for event in homes.all(EventRecord)] == ["alarm", "restore"]


def test_one_alarm_said_twice_in_a_breath_has_one_effect(homes: Ingest) -> None:
    gather(homes, "north")
    gather(homes, "north")
    homes.pipeline.settle()
    assert places(homes) == ["north"]
    assert len(homes.reasons()) == 1
    assert homes.acknowledged == ["north alarm"] * 2


def test_devices_nobody_knows_are_listed_once_among_others(homes: Ingest) -> None:
    for name, number in (("attic", "1"), ("north", "1"), ("attic", "2")):
        gather(homes, name, number=number)
    homes.pipeline.settle()
    assert len(homes.acknowledged) == 3
    assert [device.id for device in homes.all(Device) if not device.registered] == ["native:attic"]


def test_in_an_outage_waiting_alarms_stay_with_their_broker_or_with_us(
    homes: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: Any, **_more: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    gather(homes, "north")
    gather(homes, "east", qos=0)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "take", gone)
        with pytest.raises(DatabaseTroubleError):
            homes.pipeline.settle()
        with pytest.raises(DatabaseTroubleError):
            homes.pipeline.resume()
    homes.pipeline.resume()
    homes.pipeline.resume()
    assert homes.acknowledged == []
    assert places(homes) == ["east"]  # the broker brings the other one again


def test_a_second_detector_right_behind_the_first_confirms(homes: Ingest) -> None:
    with homes.database.begin() as session:
        make_device(session, "cellar", premises_id="north", source="native", external_id="cellar")
    for name in ("north", "cellar", "east"):
        gather(homes, name)
    homes.pipeline.settle()
    grades = {incident.place_key: incident.grade for incident in homes.all(Incident)}
    assert grades == {"premises:north": "confirmed", "premises:east": "suspected"}
    assert len(homes.acknowledged) == 3


def test_two_processes_that_hear_one_district_in_opposite_order_do_not_wait_for_each_other(
    homes: Ingest,
) -> None:
    with homes.database.begin() as session:
        for name in HOMES:
            make_device(session, f"{name}-2", premises_id=name, source="native", external_id=f"{name}-2")
    other = Ingest(homes.database, homes.clock)
    clashes: list[str] = []

    def hear(ingest: Ingest, names: list[str]) -> None:
        try:
            for name in names:
                gather(ingest, name)
            ingest.pipeline.settle()
        except DatabaseTroubleError as trouble:
            clashes.append(str(trouble))

    both = [
        Thread(target=hear, args=(homes, list(HOMES))),
        Thread(target=hear, args=(other, [f"{name}-2" for name in reversed(HOMES)])),
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert clashes == []
    assert len(homes.acknowledged) == len(other.acknowledged) == len(HOMES)
    assert [incident.grade for incident in homes.all(Incident)] == ["confirmed"] * len(HOMES)
