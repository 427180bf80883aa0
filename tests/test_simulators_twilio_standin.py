"""The stand-in behaves as Twilio does: shapes, refusals, signatures, phones with scripts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from twilio.request_validator import RequestValidator

from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER, TwilioStandin

_SCHEMAS = Path(__file__).parent / "standards" / "twilio_messages_calls_schemas.json"
_PHONE = "+8613800138001"  # invented
_APP = "http://app.test"


class App:
    """The service under test, as seen by the stand-in: keeps every webhook, answers calls."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.code = 200

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        assert RequestValidator(AUTH_TOKEN).validate(url, dict(form), headers["X-Twilio-Signature"])
        self.forms.append(dict(form))
        if "/voice" in url and "Digits" in form:
            return self.code, "<Response><Say>thank you</Say><Hangup/></Response>"
        if "/voice" in url:
            gather = f'<Gather action="{_APP}/voice?n=1"><Say>fire</Say></Gather>'
            return self.code, f"<Response>{gather}{gather}<Hangup/></Response>"
        if "/sms" in url:
            return self.code, "<Response><Message>recorded</Message></Response>"
        return self.code, ""

    def statuses(self, kind: str = "MessageStatus") -> list[str]:
        return [form[kind] for form in self.forms if kind in form]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def account(app: App) -> TwilioAccount:
    return TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, sms_url=f"{_APP}/sms", post=app.post)


@pytest.fixture
def api(account: TwilioAccount) -> Iterator[httpx.Client]:
    with (
        TwilioStandin(account) as twilio,
        httpx.Client(base_url=twilio.base_url, auth=(ACCOUNT_SID, AUTH_TOKEN), trust_env=False) as client,
    ):
        yield client


def text(api: httpx.Client, **changed: str | None) -> httpx.Response:
    form = {"To": _PHONE, "From": SENDER, "Body": "火警K7", "StatusCallback": f"{_APP}/status?n=1"} | changed
    given = {name: value for name, value in form.items() if value is not None}
    return api.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=given)


def call(api: httpx.Client, **changed: Any) -> httpx.Response:
    form = {"To": _PHONE, "From": SENDER, "Url": f"{_APP}/voice?n=1", "StatusCallback": f"{_APP}/status?n=1"}
    return api.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json", data=form | changed)


def conforms(record: Mapping[str, Any], schema: str) -> None:
    """Check against Twilio's own schema; OpenAPI 3.0 says `nullable` where JSON Schema says null."""
    document = json.loads(_SCHEMAS.read_text(encoding="utf-8"), object_hook=_nullable)
    wanted = document["components"]["schemas"][schema]
    jsonschema.validate(record, {**document, "$ref": f"#/components/schemas/{schema}"})
    assert set(record) == set(wanted["properties"])


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    if node.pop("nullable", False):
        node["type"] = [node["type"], "null"]
    return node


def test_a_message_has_twilios_shape_now_and_when_fetched_later(
    api: httpx.Client, account: TwilioAccount
) -> None:
    created = text(api)
    assert created.status_code == 201
    conforms(created.json(), "api.v2010.account.message")
    assert created.json()["status"] == "queued"

    account.deliver_pending()
    fetched = api.get(created.json()["uri"])
    conforms(fetched.json(), "api.v2010.account.message")
    assert fetched.json()["status"] == "delivered"
    assert fetched.json()["date_sent"] is not None


def test_messages_are_listed_by_phone_the_newest_first(api: httpx.Client) -> None:
    sids = [text(api, To=to).json()["sid"] for to in (_PHONE, "+8613800138002", _PHONE)]
    found = api.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", params={"To": _PHONE}).json()
    assert [record["sid"] for record in found["messages"]] == [sids[2], sids[0]]


def test_a_call_has_twilios_shape_now_and_when_fetched_later(
    api: httpx.Client, account: TwilioAccount
) -> None:
    created = call(api)
    assert created.status_code == 201
    conforms(created.json(), "api.v2010.account.call")

    account.deliver_pending()
    fetched = api.get(created.json()["uri"])
    conforms(fetched.json(), "api.v2010.account.call")
    assert fetched.json()["status"] == "no-answer"


def test_every_message_has_its_own_sid_and_its_segments(api: httpx.Client) -> None:
    sids = {text(api).json()["sid"] for _ in range(5)}
    assert len(sids) == 5
    assert text(api, Body="火" * 71).json()["num_segments"] == "2"


def test_a_messaging_service_may_send(api: httpx.Client) -> None:
    created = text(api, From=None, MessagingServiceSid="MG" + "0" * 32).json()
    assert (created["from"], created["status"]) == (None, "accepted")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": None}, 21604),
        ({"To": "13800138001"}, 21211),
        ({"Body": None}, 21602),
        ({"From": None}, 21603),
        ({"Body": "x" * 1601}, 21617),
    ],
)
def test_what_twilio_refuses_is_refused(api: httpx.Client, changed: dict[str, str | None], code: int) -> None:
    refused = text(api, **changed)
    assert refused.status_code == 400
    assert refused.json()["code"] == code
    assert set(refused.json()) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(("field", "code"), [("To", 21604), ("From", 21603), ("Url", 21205)])
def test_a_call_needs_both_numbers_and_its_instructions(api: httpx.Client, field: str, code: int) -> None:
    assert call(api, **{field: ""}).json()["code"] == code


def test_only_the_account_itself_may_ask(api: httpx.Client) -> None:
    api.auth = httpx.BasicAuth(ACCOUNT_SID, "wrong")
    assert text(api).json()["code"] == 20003
    assert api.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/SM1.json").status_code == 401


def test_an_unknown_sid_is_not_found(api: httpx.Client) -> None:
    for path in ("Messages/SM1", "Messages/CA1", "Calls/CA1"):
        found = api.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/{path}.json")
        assert (found.status_code, found.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("script", "statuses"),
    [
        ("delivered", ["queued", "sent", "delivered"]),
        ("undelivered", ["queued", "sent", "undelivered"]),
        ("failed", ["queued", "failed"]),
        ("sent", ["queued", "sent"]),
        ("silent", []),
        ("disordered", ["delivered", "delivered", "queued", "sent"]),
    ],
)
def test_a_phone_does_what_its_script_says(
    api: httpx.Client, account: TwilioAccount, app: App, script: str, statuses: list[str]
) -> None:
    account.script(_PHONE, sms=script)
    text(api)
    assert app.forms == []
    account.deliver_pending()
    assert app.statuses() == statuses
    assert all(form.get("ErrorCode") for form in app.forms if form["MessageStatus"] == "undelivered")


def test_a_refusal_may_end_after_some_requests(api: httpx.Client, account: TwilioAccount) -> None:
    account.script(_PHONE, sms="throttled", times=1)
    refused = text(api)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert text(api).status_code == 201


def test_a_connection_may_drop_after_the_message_was_taken(api: httpx.Client, account: TwilioAccount) -> None:
    account.script(_PHONE, sms="drop")
    with pytest.raises(httpx.HTTPError):
        text(api)
    assert len(account.sent_to(_PHONE)) == 1


def test_a_connection_may_hang_and_the_message_be_lost(api: httpx.Client, account: TwilioAccount) -> None:
    account.script(_PHONE, sms="hang")
    api.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        text(api)
    assert account.sent_to(_PHONE) == []


def test_a_text_from_a_phone_is_signed_and_its_answer_comes_back(
    api: httpx.Client, account: TwilioAccount, app: App
) -> None:
    text(api)
    hook = account.reply(_PHONE, "1")
    assert (hook.code, app.forms[-1]["Body"], app.forms[-1]["To"]) == (200, "1", SENDER)
    assert [record["body"] for record in account.sent_to(_PHONE)] == ["火警K7", "recorded"]
    again = account.reply(_PHONE, "1", message_sid=hook.form["MessageSid"])
    assert again.form["MessageSid"] == hook.form["MessageSid"]


def test_a_phone_that_answers_hears_the_page_and_presses_its_keys(
    api: httpx.Client, account: TwilioAccount, app: App
) -> None:
    account.script(_PHONE, call="1")
    call(api, StatusCallbackEvent=["initiated", "answered", "completed"])
    account.deliver_pending()
    (placed,) = account.calls_to(_PHONE)
    assert (placed.spoken, placed.pressed) == (["fire", "thank you"], "1")
    assert app.statuses("CallStatus") == [
        "initiated",
        "in-progress",
        "in-progress",
        "in-progress",
        "completed",
    ]


def test_voicemail_hears_everything_and_presses_nothing(api: httpx.Client, account: TwilioAccount) -> None:
    account.script(_PHONE, call="voicemail")
    call(api)
    account.deliver_pending()
    (placed,) = account.calls_to(_PHONE)
    assert (placed.spoken, placed.pressed) == (["fire", "fire"], "")
    assert placed.record["status"] == "completed"


def test_a_service_that_is_down_or_fails_does_not_stop_the_stand_in(account: TwilioAccount, app: App) -> None:
    app.code = 500
    assert account.reply(_PHONE, "1").code == 500
    down = TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, sms_url="http://127.0.0.1:1/sms")
    assert down.reply(_PHONE, "1").code == 0


def test_the_clock_holds_receipts_back_until_they_are_due(account: TwilioAccount, app: App) -> None:
    account.create_message(
        {"To": _PHONE, "From": SENDER, "Body": "x", "StatusCallback": f"{_APP}/status?n=1"}
    )
    account.deliver_due()
    assert app.statuses() == ["queued"]
    account.deliver_pending()
    assert app.statuses()[-1] == "delivered"


def test_phones_can_be_controlled_over_http(api: httpx.Client, app: App) -> None:
    assert api.put(f"/standin/phones/{_PHONE}", json={"sms": "nonsense"}).status_code == 422
    assert api.put(f"/standin/phones/{_PHONE}", json={"call": "sing"}).status_code == 422
    assert api.put(f"/standin/phones/{_PHONE}", json={"call": "2"}).status_code == 204
    text(api)
    call(api)
    assert api.post("/standin/deliver").json()["steps"] == 5
    seen = api.get(f"/standin/phones/{_PHONE}").json()
    assert seen["messages"][0]["status"] == "delivered"
    assert seen["calls"][0]["pressed"] == "2"
    said = api.post("/standin/replies", json={"phone": _PHONE, "body": "收到"}).json()
    assert said["code"] == 200
    assert app.forms[-1]["Body"] == "收到"
