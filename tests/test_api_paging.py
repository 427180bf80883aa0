"""Pages of lists: stable while rows arrive, and strict about cursors."""

from base64 import urlsafe_b64encode

from tests.web import Web, assert_problem, web

__all__ = ["web"]


def test_what_arrives_meanwhile_neither_repeats_nor_hides_an_incident(web: Web) -> None:
    ids = []
    for premises in (web.district.premises, web.district.other_premises):
        ids.append(web.report_fire(premises)["id"])
        web.story.clock.advance(60)
    first = web.viewer.get("/incidents", limit=1).json()
    assert [item["id"] for item in first["items"]] == ids[1:]
    web.dispatcher.post("/drills", {"premises_id": web.district.premises})
    second = web.viewer.get("/incidents", limit=1, cursor=first["next"]).json()
    assert [item["id"] for item in second["items"]] == ids[:1]
    assert second["next"] is None


def test_incidents_of_the_same_instant_are_all_given(web: Web) -> None:
    ids = {web.report_fire(premises)["id"] for premises in ("xiaxuli-7", "mingxi-12")}
    first = web.viewer.get("/incidents", limit=1).json()
    second = web.viewer.get("/incidents", limit=1, cursor=first["next"]).json()
    assert {item["id"] for page in (first, second) for item in page["items"]} == ids


def test_the_last_full_page_has_no_next(web: Web) -> None:
    count = len(web.viewer.items("/stations"))
    page = web.viewer.get("/stations", limit=count).json()
    assert (len(page["items"]), page["next"]) == (count, None)


def test_more_than_the_most_is_cut_and_less_than_one_refused(web: Web) -> None:
    assert web.viewer.get("/stations", limit=10**6).status_code == 200
    for limit in ("0", "-1", "many"):
        assert_problem(web.viewer.get("/stations", limit=limit), 422, "limit")


def test_a_cursor_that_is_none_of_ours_is_refused(web: Web) -> None:
    written = (b"[]", b'{"a":1}', b"[null]")
    for cursor in ("x", "äöü", *(urlsafe_b64encode(text).decode() for text in written)):
        for path in ("/stations", "/incidents"):
            assert_problem(web.viewer.get(path, cursor=cursor), 422, "cursor")


def test_a_cursor_belongs_to_its_list(web: Web) -> None:
    stations = web.viewer.get("/stations", limit=1).json()["next"]
    assert_problem(web.viewer.get("/incidents", cursor=stations), 422, "cursor")
    incident = web.report_fire()
    assert_problem(web.viewer.get(f"/incidents/{incident['id']}/timeline", cursor=stations), 422, "cursor")
