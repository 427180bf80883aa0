"""Sparkplug B: aliases, sequence numbers and deaths, told in the order in which a node sends them."""

import base64

import pytest

from ingest import sparkplug
from ingest.reading import Message, Request, UndecodableError
from ingest.sparkplug_payload import read_payload
from tests.sparkplug_node import NOON_MS, REBIRTH, Node, metric, node, only, payload, readings, requests

__all__ = ["node"]


def test_an_alias_without_a_birth_is_a_fault_and_asks_for_one() -> None:
    node = Node()
    facts = node.reports(metric(alias=1, value=True))
    (reading,) = readings(facts)
    assert reading.conditions == {"unreliable": True}
    assert reading.data["reason"] == "alias 1: no birth of Tongan/gw1/smoke1 has named it"
    assert base64.b64decode(reading.data["payload"]) == payload(metric(alias=1, value=True), seq=1)
    assert requests(facts) == REBIRTH


def test_the_request_is_what_the_specification_asks_for() -> None:
    (request,) = [fact for fact in Node().reports(metric(alias=1, value=True)) if isinstance(fact, Request)]
    command = read_payload(request.payload)
    assert (command.seq, command.at_ms) == (None, NOON_MS)
    assert [(said.name, said.value) for said in command.metrics] == [("Node Control/Rebirth", True)]


def test_further_messages_that_cannot_be_read_are_refused_until_the_birth() -> None:
    node = Node()
    node.reports(metric(alias=1, value=True))
    with pytest.raises(UndecodableError, match=r"alias 1: no birth .* a rebirth is requested"):
        node.reports(metric(alias=1, value=True))
    assert requests(node.reports(metric(alias=1, value=True), device="smoke2")) == []
    node.is_born()
    assert only(node.bears()).conditions["unreliable"] is False
    assert only(node.reports(metric(alias=1, value=True))).conditions["smoke"] is True


def test_a_node_that_does_not_answer_is_asked_again_but_not_each_time() -> None:
    node = Node()
    asked = []
    for _ in range(100):
        try:
            asked += requests(node.reports(metric(alias=1, value=True)))
        except UndecodableError:
            continue
    assert asked == REBIRTH * 4


def test_what_can_be_read_beside_an_unknown_alias_still_goes_out(node: Node) -> None:
    for _ in range(2):
        facts = node.reports(metric(alias=1, value=True), metric(alias=9, value=5))
        assert readings(facts)[0].conditions == {"smoke": True, "unreliable": True}
    assert only(node.reports(metric(alias=1, value=False))).conditions == {"smoke": False}


def test_data_of_a_device_never_born_is_read_by_name_and_asks_for_a_birth(node: Node) -> None:
    facts = node.reports(metric("Smoke", value=True), device="attic")
    assert readings(facts)[0].conditions == {"smoke": True, "unreliable": False}
    assert requests(facts) == REBIRTH


def test_a_gap_in_the_sequence_asks_for_a_birth_once(node: Node) -> None:
    node.seq += 3
    facts = node.reports(metric(alias=1, value=True))
    assert readings(facts)[0].conditions["smoke"] is True
    assert requests(facts) == REBIRTH
    node.seq += 3
    assert requests(node.bears()) == []
    node.is_born()
    node.seq += 1
    assert requests(node.bears()) == REBIRTH


def test_the_sequence_runs_round_at_256_and_may_come_twice_or_late(node: Node) -> None:
    for _ in range(300):
        assert requests(node.reports(metric(alias=1, value=False))) == []
    for seq in (node.seq, node.seq - 3, node.seq + 1):
        data = payload(metric(alias=1, value=False), seq=seq % 256)
        assert requests(node.hear("DDATA", data, "smoke1")) == []


def test_a_nodes_death_is_one_fault_however_much_is_below_it(node: Node) -> None:
    node.bears("smoke2")
    facts = readings(node.say("NDEATH", metric("bdSeq", 0)))
    assert [(fact.external_id, fact.conditions) for fact in facts] == [("Tongan/gw1", {"offline": True})]


def test_after_a_death_aliases_mean_nothing(node: Node) -> None:
    node.say("NDEATH", metric("bdSeq", 0))
    assert readings(node.reports(metric(alias=1, value=True)))[0].conditions == {"unreliable": True}


@pytest.mark.parametrize(("born", "died"), [(1, 0), (0, 255), (7, 5)])
def test_the_will_of_an_earlier_connection_is_ignored(born: int, died: int) -> None:
    node = Node()
    node.is_born(born)
    assert node.say("NDEATH", metric("bdSeq", died)) == []


def test_a_will_that_cannot_be_compared_or_is_newer_is_believed(node: Node) -> None:
    assert len(node.say("NDEATH", metric("bdSeq", 1))) == 1
    assert len(Node().say("NDEATH", metric("bdSeq", 9))) == 1
    assert len(node.say("NDEATH")) == 1


def test_a_devices_death_is_its_own(node: Node) -> None:
    reading = only(node.say("DDEATH", device="smoke1"))
    assert (reading.external_id, reading.conditions) == ("Tongan/gw1/smoke1", {"offline": True})


def test_memory_is_bounded_and_what_is_forgotten_is_asked_for(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparkplug, "_MAX_REMEMBERED", 100)
    for number in range(200):
        topic = f"spBv1.0/Tongan/DBIRTH/other{number}/d"
        node.decoder(Message(topic, payload(*[metric(f"m{a}", alias=a) for a in range(5)])))
        assert node.decoder._size <= 100
    assert len(node.decoder._nodes) < 20
    assert requests(node.reports(metric(alias=1, value=True))) == REBIRTH


def test_a_node_has_so_many_devices(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug, "_MAX_DEVICES", 2)
    with pytest.raises(UndecodableError, match="more than 2 devices below one node"):
        node.bears("smoke2")
