"""Two fields of one report that name one condition: none of them hides the other's alarm."""

import json
from collections.abc import Callable, Mapping
from itertools import count, permutations

import pytest

from ingest import chirpstack, ctwing
from ingest.edges import derive
from ingest.reading import Message, Reading

Hear = Callable[..., list[str]]
_FIELDS = ("smokeState", "fire_alarm")


def by_ctwing(_number: int, fields: Mapping[str, int]) -> Reading:
    push = {"messageType": "dataReport", "IMEI": "860000000000017", "payload": fields}
    (reading,) = ctwing.decode(Message("POST /ingest/ctwing", json.dumps(push).encode()))
    assert isinstance(reading, Reading)
    return reading


def by_lorawan(number: int, fields: Mapping[str, int]) -> Reading:
    device = {"devEui": "70b3d57ed0000017", "deviceName": "detector"}
    uplink = {"deviceInfo": device, "devAddr": "00000017", "fCnt": number, "object": fields}
    topic = "application/1/device/70b3d57ed0000017/event/up"
    (reading,) = chirpstack.decode(Message(topic, json.dumps(uplink).encode()))
    assert isinstance(reading, Reading)
    return reading


@pytest.fixture(params=[by_ctwing, by_lorawan])
def hear(request: pytest.FixtureRequest) -> Hear:
    """Hear the next report of one device; gives the kinds of its events."""
    numbers, conditions = count(1), dict[str, bool]()

    def report(**fields: int) -> list[str]:
        derived = derive(conditions, request.param(next(numbers), fields))
        conditions.update(derived.conditions)
        return [edge.kind.value for edge in derived.edges]

    return report


@pytest.mark.parametrize("fields", list(permutations(_FIELDS)))
def test_in_one_report_any_field_that_is_active_is_an_alarm(hear: Hear, fields: tuple[str, str]) -> None:
    one, other = fields
    assert hear(**{one: 1, other: 0}) == ["alarm"]
    assert hear(**{one: 0, other: 1}) == []  # it goes on
    assert hear(**{one: 0, other: 0}) == ["restore"]


@pytest.mark.parametrize("ended", _FIELDS)
@pytest.mark.parametrize("next_one", _FIELDS)
def test_after_the_end_of_one_the_next_alarm_of_either_is_news(hear: Hear, ended: str, next_one: str) -> None:
    assert hear(**dict.fromkeys(_FIELDS, 1)) == ["alarm"]
    assert hear(**{ended: 0}) == ["restore"]
    assert hear(**{next_one: 1}) == ["alarm"]


def test_what_goes_on_to_be_said_active_is_an_alarm_again_at_once(hear: Hear) -> None:
    assert hear(smokeState=1, fire_alarm=1) == ["alarm"]
    assert hear(smokeState=0) == ["restore"]
    assert hear(smokeState=0, fire_alarm=1) == ["alarm"]
