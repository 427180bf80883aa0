"""The line to the 119 centre over real HTTP, to the stand-in: signed, and every failure an answer."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dispatch import centre_line
from dispatch.centre_line import CentreLine, signature
from simulators.centre_standin import Centre, create_app
from simulators.serving import LoopbackServer
from tests.strange_servers import dripping

NOW = datetime(2026, 3, 2, 7, 12, 3, 456789, tzinfo=UTC)
_ALERT = (
    "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>a</identifier>"
    "<msgType>Alert</msgType></alert>"
)
BODY = f'{{"id": "0f3a", "place": "下许里7号", "cap": "{_ALERT}"}}'


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Centre, str]]:
    centre = Centre("made up")
    with LoopbackServer(create_app(centre), name="centre-standin") as server:
        yield centre, f"{server.base_url}/handover"


def test_the_signature_is_over_timestamp_and_body() -> None:
    # printf '%s' '1772435523.{}' | openssl dgst -sha256 -hmac 'made up'
    expected = "9f90548d45212272b7dcbaf2111e8e3bd556839f4ac781f4214ba9bb0ec310be"
    assert signature("made up", "1772435523", b"{}") == expected


def test_a_signed_message_is_read(served: tuple[Centre, str]) -> None:
    centre, url = served

    assert CentreLine(url, "made up").post(BODY, now=NOW) is None
    assert centre.read["0f3a"][0]["place"] == "下许里7号"


@pytest.mark.parametrize(
    ("does", "secret", "failure"),
    [
        ("500", "made up", "HTTP 500"),
        ("redirect", "made up", "HTTP 307"),
        ("", "another", "HTTP 401"),
        ("drop", "made up", "no connection (ConnectionError)"),
    ],
)
def test_what_is_no_2xx_is_a_failure_in_a_few_words(
    served: tuple[Centre, str], does: str, secret: str, failure: str
) -> None:
    centre, url = served
    centre.does, before = does, centre.requests

    assert CentreLine(url, secret).post(BODY, now=NOW) == failure
    assert centre.requests == before + 1  # no redirect was followed
    centre.does = ""


def test_a_centre_that_hangs_is_not_waited_for(
    served: tuple[Centre, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, url = served
    monkeypatch.setattr(centre_line, "TIMEOUT_S", (1.0, 0.05))
    centre.does = "hang"

    assert "no answer" in (CentreLine(url, "made up").post(BODY, now=NOW) or "")
    centre.does = ""


@pytest.mark.parametrize("where", ["status", "headers"])
def test_a_centre_whose_answer_drips_is_not_waited_for(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centre_line, "TIMEOUT_S", (1.0, 0.2))
    with dripping(where) as url:
        assert "no answer" in (CentreLine(url, "made up").post(BODY, now=NOW) or "")


def test_a_centre_that_is_not_there_is_said_without_its_address(free_port: int) -> None:
    failure = CentreLine(f"http://127.0.0.1:{free_port}/?key=secret", "made up").post(BODY, now=NOW)

    assert failure == "no connection (ConnectionError)"
