"""Numbers are shown to who asks for them, and every view is written down."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from api import account_log, personal_data
from api.access import Role
from api.callers import COOKIE
from store.access import PersonalDataView
from tests.signed_in import signed_in
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]


def _officer(web: Web, role: Role = Role.DISPATCHER, region: str | None = None) -> Asker:
    """Somebody on the page."""
    name = f"{role}-{region or 'all'}"
    cookie = signed_in(web.story.database, web.story.clock.now(), name, role, region)
    return Asker(web.app, {"Cookie": f"{COOKIE}={cookie}"})


def _seen(web: Web) -> list[tuple[str, str, list[str], int, str | None]]:
    with web.story.database.read() as session:
        rows = session.query(PersonalDataView).order_by(PersonalDataView.id)
        return [(row.name, row.kind, row.subjects, row.count, row.incident_id) for row in rows]


def test_a_page_shows_numbers_masked_and_nothing_is_written_down(web: Web) -> None:
    d = web.district
    officer = _officer(web, Role.ADMIN)
    whole = d.phones[d.chief]
    assert officer.get(f"/people/{d.chief}").json()["phone"] == f"+86138****{whole[-4:]}"
    assert all("****" in person["phone"] for person in officer.items("/people"))
    assert _seen(web) == []


def test_what_a_page_got_masked_may_be_put_back(web: Web) -> None:
    d = web.district
    officer = _officer(web, Role.ADMIN)
    for path in (f"/people/{d.chief}", f"/premises/{d.premises}"):
        before = web.admin.get(path).json()
        shown = officer.get(path).json()
        assert officer.put(path, shown).status_code == 200
        assert web.admin.get(path).json() == before
    answer = officer.patch(f"/people/{d.chief}", {"phone": "+86138****0000"})
    assert answer.status_code == 422  # another one's mask is no number


def test_a_number_that_is_asked_for_is_given_and_written_down_with_its_reason(web: Web) -> None:
    d = web.district
    incident = web.report_fire()["id"]
    officer = _officer(web)
    answer = officer.post(f"/people/{d.chief}/phone", {"incident_id": incident}, key="k")
    assert answer.json()["phone"] == d.phones[d.chief]
    assert (
        officer.post(f"/people/{d.chief}/phone", {"incident_id": incident}, key="k").json() == answer.json()
    )
    # a repetition shows it again, however much later
    assert _seen(web) == [("dispatcher-all", "person", [d.chief], 1, incident)] * 2
    assert officer.post(f"/premises/{d.premises}/phone", {}).json()["phone"] == d.phones[d.building_leader]


def test_a_viewer_and_a_station_elsewhere_get_no_number(web: Web) -> None:
    d = web.district
    path = f"/people/{d.chief}/phone"
    assert_problem(_officer(web, Role.VIEWER).post(path, {}), 403, "viewer")
    assert_problem(_officer(web, Role.STATION, d.other_town).post(path, {}), 404, "outside your region")
    assert_problem(_officer(web, Role.STATION).post(path, {}), 403, "region")
    assert _officer(web, Role.STATION, d.village).post(path, {}).status_code == 200
    assert [row[0] for row in _seen(web)] == [f"station-{d.village}"]


def test_an_open_incident_gives_all_its_numbers_and_a_closed_one_none(web: Web) -> None:
    d = web.district
    called = {"premises_id": d.premises, "caller": "虚构报警人 13800138555", "note": "二楼冒烟"}
    incident = web.dispatcher.post("/alarms", called).json()
    officer = _officer(web, region=d.village)
    assert "13800138555" not in officer.get(f"/incidents/{incident['id']}").text
    found = officer.post(f"/incidents/{incident['id']}/phones", {}).json()
    assert {one["phone"] for one in found["teams"]} >= {d.phones[d.chief], d.phones[d.town_chief]}
    assert found["keys"][0]["phone"] == d.phones[d.building_leader]
    assert "13800138555" in found["reports"][0]["note"]
    assert _seen(web)[-1] == (f"dispatcher-{d.village}", "incident", [incident["id"]], 1, incident["id"])
    web.dispatcher.post(f"/incidents/{incident['id']}/close", {"disposition": "other"})
    assert_problem(officer.post(f"/incidents/{incident['id']}/phones", {}), 409, "closed")


def test_a_number_in_the_notes_of_a_building_is_shown_as_its_contact_is(web: Web) -> None:
    d = web.district
    path = f"/premises/{d.premises}"
    whole = web.admin.patch(path, {"notes": "钥匙在房东 13800138555 处"}).json()
    assert (whole["notes"], _seen(web)[-1][1:3]) == ("钥匙在房东 13800138555 处", ("premises", [d.premises]))
    incident = web.report_fire()["id"]
    officer = _officer(web, Role.ADMIN)
    for asker in (web.viewer, officer):
        for shown in (path, "/premises", "/incidents", f"/incidents/{incident}"):
            text = asker.get(shown).text
            assert ("138****8555" in text, "13800138555" in text) == (True, False), shown
    assert officer.put(path, officer.get(path).json()).status_code == 200
    assert web.admin.get(path).json() == whole


def test_a_number_that_was_looked_for_is_not_kept(web: Web) -> None:
    d = web.district
    digits = d.phones[d.chief][-8:]
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)  # as an input method writes them
    for q in (digits, wide):
        assert [person["id"] for person in web.admin.items("/people", q=q, region=d.village)] == [d.chief]
    with web.story.database.read() as session:
        requests = {row.request for row in session.query(PersonalDataView)}
    assert requests == {f"GET /api/v1/people?q=********&region={d.village}"}


def test_a_token_sees_whole_numbers_and_every_view_is_written_down_once_in_five_minutes(web: Web) -> None:
    d = web.district
    for _ in range(3):
        assert web.dispatcher.get(f"/people/{d.chief}").json()["phone"] == d.phones[d.chief]
    assert _seen(web) == [("dispatcher-everywhere", "person", [d.chief], 1, None)]
    web.story.clock.advance(301)
    web.dispatcher.get(f"/people/{d.chief}")
    assert len(_seen(web)) == 2
    assert len(web.dispatcher.items("/people")) == _seen(web)[-1][3]
    web.viewer.get("/people")
    assert len(_seen(web)) == 3


def test_who_cannot_get_out_alone_is_personal_in_a_card_s_history_too(web: Web) -> None:
    d = web.district
    web.dispatcher.put(f"/premises/{d.premises}/card", {"needs_help": [{"floor": "3", "text": "老人卧床"}]})
    _officer(web, Role.VIEWER).get(f"/premises/{d.premises}/card/changes")
    assert _seen(web)[-1] == ("viewer-all", "card", [d.premises], 1, None)


def test_a_record_that_cannot_be_written_stops_no_answer(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(personal_data, "_record", full)
    assert web.dispatcher.get(f"/people/{web.district.chief}").status_code == 200


def test_the_log_says_who_looked_at_the_log_and_a_region_sees_its_own(web: Web) -> None:
    d = web.district
    _officer(web, Role.STATION, d.village).post(f"/people/{d.chief}/phone", {})
    admin = _officer(web, Role.ADMIN)
    assert [row["kind"] for row in admin.items("/access-log")] == ["person"]
    assert [row["kind"] for row in admin.items("/access-log")] == ["access_log", "person"]
    assert [row["kind"] for row in admin.items("/access-log", kind="person")] == ["person"]
    assert admin.items("/access-log", name="nobody") == []
    assert [row["kind"] for row in _officer(web, Role.ADMIN, d.town).items("/access-log")] == ["person"]
    assert _officer(web, Role.ADMIN, d.other_town).items("/access-log") == []


def test_views_are_kept_for_three_years(web: Web) -> None:
    web.dispatcher.get(f"/people/{web.district.chief}")
    for days, kept in ((3 * 365, 1), (3 * 366 + 1, 0)):
        with web.story.database.begin() as session:
            account_log.clear_out(session, web.story.clock.now() + timedelta(days=days))
        assert len(_seen(web)) == kept
