"""Two people edit the same row: the later one notices, if he says what he has read."""

import pytest

from api.access import Role
from tests.web import Asker, Web, assert_problem, web

__all__ = ["web"]


def change(caller: Asker, method: str, path: str, body: dict[str, object], **headers: str) -> tuple[int, str]:
    """Change a row; the status and the version that the answer names."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = caller.ask(method, f"/api/v1{path}", json=body, headers=given)
    if answer.status_code >= 400:
        assert_problem(answer, answer.status_code)
    return answer.status_code, answer.headers.get("etag", "")


def test_the_later_of_two_who_read_the_same_is_refused(web: Web) -> None:
    path = f"/premises/{web.district.premises}"
    read = web.admin.get(path).headers["etag"]
    status, version = change(web.admin, "PATCH", path, {"floors": 4}, If_Match=read)
    assert (status, version != read) == (200, True)
    refused = web.admin.ask("PATCH", f"/api/v1{path}", json={"floors": 5}, headers={"If-Match": read})
    assert_problem(refused, 412, "changed", "read it again")
    assert web.admin.get(path).json()["floors"] == 4
    assert change(web.admin, "PATCH", path, {"floors": 5}, If_Match=version)[0] == 200


@pytest.mark.parametrize("kind", ["regions", "stations", "people", "premises", "devices"])
def test_every_kind_of_row_has_a_version_that_a_change_alone_alters(web: Web, kind: str) -> None:
    row = web.admin.items(f"/{kind}")[0]
    path = f"/{kind}/{row.get('id') or row['code']}"
    read = web.admin.get(path).headers["etag"]
    assert web.viewer.get(path).headers["etag"] == read
    assert change(web.admin, "PUT", path, row, If_Match=read) == (200, read)
    assert change(web.admin, "PUT", path, row, If_Match='"other"')[0] == 412
    assert change(web.admin, "PUT", path, row, If_Match=f'"other", {read}')[0] == 200


def test_without_a_version_a_change_is_made_as_ever(web: Web) -> None:
    path = f"/premises/{web.district.premises}"
    for floors in (4, 5):
        assert change(web.admin, "PATCH", path, {"floors": floors})[0] == 200


def test_a_new_row_does_not_overwrite_one_of_its_id(web: Web) -> None:
    d = web.district
    body: dict[str, object] = {"name": "新房", "village_code": d.village}
    refused = web.admin.ask(
        "PUT", f"/api/v1/premises/{d.premises}", json=body, headers={"If-None-Match": "*"}
    )
    assert_problem(refused, 412, d.premises, "exists already")
    assert change(web.admin, "PUT", "/premises/new", body, If_None_Match="*")[0] == 201


def test_a_row_that_is_gone_or_never_was_has_no_version(web: Web) -> None:
    body: dict[str, object] = {"name": "新房", "village_code": web.district.village}
    assert change(web.admin, "PUT", "/premises/new", body, If_Match="*")[0] == 412
    assert web.viewer.get("/premises/new").status_code == 404


def test_a_region_hides_whether_a_row_elsewhere_exists_in_another_version(web: Web) -> None:
    bound = web.caller(Role.ADMIN, web.district.village)
    status, _ = change(
        bound, "PATCH", f"/premises/{web.district.other_premises}", {"floors": 1}, If_Match="*"
    )
    assert status == 404
