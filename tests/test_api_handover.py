"""The hand-over over HTTP: the CAP message to read, and what 119 says by token or on the telephone."""

from typing import Any

from tests.sending import send_due_to_centre
from tests.test_api_decisions import decide
from tests.web import Asker, Web, web

__all__ = ["web"]


def _cap(web: Web, incident: dict[str, Any], caller: Asker | None = None) -> str:
    answer = (caller or web.viewer).get(f"/incidents/{incident['id']}/cap")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/cap+xml")
    return answer.text


def test_the_newest_cap_message_is_there_to_read(web: Web) -> None:
    incident = web.report_fire()
    assert "<msgType>Alert</msgType>" in _cap(web, incident)
    assert "+8613800138" in _cap(web, incident, web.dispatcher)
    assert "+8613800138" not in _cap(web, incident)  # whom to ring is not for every reader

    decide(web, incident, "close", disposition="false_alarm")

    document = _cap(web, incident)
    assert "<msgType>Cancel</msgType>" in document
    assert f"fire135-{incident['id']}-1,2026-03-02T15:12:00+08:00</references>" in document


def test_what_was_never_handed_over_has_its_cap_all_the_same(web: Web) -> None:
    answer = web.dispatcher.post("/drills", {"premises_id": web.district.premises})
    drill = answer.json()
    before = _cap(web, drill)
    for words in ("<status>Exercise</status>", "<msgType>Alert</msgType>", "<certainty>Possible</certainty>"):
        assert words in before

    web.story.clock.advance(30)
    decide(web, drill, "close", disposition="test")

    after = _cap(web, drill)
    assert "<msgType>Cancel</msgType>" in after
    assert f"fire135-{drill['id']}-0,2026-03-02T15:12:00+08:00</references>" in after
    assert "<sent>2026-03-02T15:12:30+08:00</sent>" in after


def test_an_answer_by_telephone_is_the_dispatchers_and_shows_why_the_line_is_down(web: Web) -> None:
    incident = web.report_fire()
    send_due_to_centre(web.story.database, None, web.story.clock)
    after = decide(web, incident, "handover", status="accepted", number="119-0008")

    assert "FIRE135_HANDOVER_URL" in after["handover"]["failure"]
    assert after["handover"]["number"] == "119-0008"
