"""A native device hears what became of its event, so that it can repeat an alarm until then."""

import pytest

from store.signals import EventRecord
from tests.factories import District
from tests.ingesting import Ingest, district, ingest

__all__ = ["district", "ingest"]

TOPIC = "fire135/v1/smoke-bedroom"


def say(ingest: Ingest, event_id: str, kind: str, device: str = "smoke-bedroom") -> None:
    ingest.hear(f"fire135/v1/{device}/event", {"id": event_id, "kind": kind})


def test_an_alarm_is_acknowledged_after_its_commit_and_again_when_repeated(ingest: Ingest) -> None:
    say(ingest, "7", "alarm")
    say(ingest, "7", "alarm")
    assert ingest.published == [(f"{TOPIC}/ack", {"id": "7", "status": "committed"})] * 2
    assert len(ingest.all(EventRecord)) == 1


def test_what_is_not_committed_is_not_acknowledged(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr("ingest.intake.take", broken)
        say(ingest, "7", "alarm")
    assert ingest.published == []
    say(ingest, "7", "alarm")
    assert ingest.published == [(f"{TOPIC}/ack", {"id": "7", "status": "committed"})]


def test_a_refused_event_is_told_why(ingest: Ingest) -> None:
    say(ingest, "8", "on_scene")
    ((topic, said),) = ingest.published
    assert (topic, said["id"], said["status"]) == (f"{TOPIC}/ack", "8", "refused")
    assert "station terminal" in said["reason"]


def test_what_cannot_be_read_is_told_why(ingest: Ingest) -> None:
    ingest.hear(f"{TOPIC}/event", b'{"id": 9, "kind": "alarm"}')
    ((topic, said),) = ingest.published
    assert (topic, said["id"], said["status"]) == (f"{TOPIC}/ack", None, "refused")
    assert said["reason"].startswith("id: ")
    assert ingest.reasons() == [said["reason"]]


def test_heartbeats_and_other_formats_get_no_acknowledgement(ingest: Ingest, district: District) -> None:
    say(ingest, "10", "heartbeat")
    ingest.smoke(True)
    ingest.hear("fire135/v1/gateway/status", b"online")
    ingest.pipeline.flush()
    assert ingest.published == []
