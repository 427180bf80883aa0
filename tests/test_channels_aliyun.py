"""Aliyun SMS: the real SDK against the stand-in over HTTP, what each trouble means, and its pushes read."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.channels.aliyun import AliyunCarrier
from dispatch.channels.aliyun_webhooks import e164, items_of, read_receipt, read_sms
from dispatch.channels.aliyun_words import LONGEST, notification_of, out_id, variables_of
from dispatch.channels.carrier import Channel, DeliveryStatus, OutgoingMessage, SendStatus
from simulators.aliyun_standin import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    SIGN_NAME,
    TEMPLATE_CODE,
    AliyunAccount,
    create_app,
    sms_up,
)
from simulators.serving import LoopbackServer
from tests.strange_servers import dripping, every_drip

_PHONE, _LOCAL = "+8613800138001", "13800138001"  # invented
_BODY = "火警K7：五显镇宋宅村下许里7号 3楼客厅 烟感报警。回复：1来 2不能 3到场 4误报 5增援"
_PUSHED_AT = datetime(2026, 3, 2, 7, 12, 31, tzinfo=UTC)
_SMS = OutgoingMessage(7, Channel.SMS, _PHONE, _BODY, "zh")


@pytest.fixture
def account() -> AliyunAccount:
    return AliyunAccount()


@pytest.fixture
def base_url(account: AliyunAccount) -> Iterator[str]:
    with LoopbackServer(create_app(account)) as aliyun:
        yield aliyun.base_url


@pytest.fixture
def carrier(base_url: str) -> AliyunCarrier:
    return make_carrier(base_url)


def make_carrier(
    base_url: str,
    *,
    key_id: str = ACCESS_KEY_ID,
    secret: str = ACCESS_KEY_SECRET,
    sign: str = SIGN_NAME,
    template: str = TEMPLATE_CODE,
    read_timeout_s: float = 5.0,
) -> AliyunCarrier:
    return AliyunCarrier(key_id, secret, sign, template, base_url=base_url, read_timeout_s=read_timeout_s)


# -- sending -------------------------------------------------------------------------------------------


def test_a_text_goes_out_by_the_template_and_names_our_row(
    carrier: AliyunCarrier, account: AliyunAccount
) -> None:
    result = carrier.send(_SMS)
    (sent,) = account.sent
    assert (result.status, result.carrier_id, result.failure) == (SendStatus.SENT, sent["biz_id"], None)
    assert (sent["phone"], sent["out_id"]) == (_LOCAL, "fire135-7")
    assert sent["text"] == (
        f"【{SIGN_NAME}】消防值班通知：火警K7：五显镇宋宅村下许里7号 3楼客厅 烟感报警，"
        "回复：1来 2不能 3到场 4误报 5增援，-。"
    )


@pytest.mark.parametrize(
    "code",
    [
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.SMS_CONTENT_ILLEGAL",
    ],
)
def test_a_number_or_text_that_can_never_go_is_refused_for_good(
    carrier: AliyunCarrier, account: AliyunAccount, code: str
) -> None:
    account.scripts[_LOCAL] = code
    result = carrier.send(_SMS)
    assert result.status is SendStatus.PERMANENT
    assert result.failure == f"Aliyun {code}: {code}"


@pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "Throttling.User", "ServiceUnavailable"])
def test_a_fault_of_aliyun_may_pass(
    carrier: AliyunCarrier, account: AliyunAccount, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    account.scripts[_LOCAL] = code
    result = carrier.send(_SMS)
    assert result.status is SendStatus.TEMPORARY
    assert f"Aliyun {code}" in str(result.failure)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    del account.scripts[_LOCAL]
    assert carrier.send(_SMS).status is SendStatus.SENT


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ("isv.SMS_SIGNATURE_ILLEGAL", "FIRE135_ALIYUN_SIGN_NAME"),
        ("isv.SIGN_STATE_ILLEGAL", "FIRE135_ALIYUN_SIGN_NAME"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "FIRE135_ALIYUN_TEMPLATE_CODE"),
        ("isv.PARAM_LENGTH_LIMIT", "FIRE135_ALIYUN_TEMPLATE_CODE"),
        ("isv.AMOUNT_NOT_ENOUGH", "FIRE135_ALIYUN_ACCESS_KEY_ID"),
        ("isv.DAY_LIMIT_CONTROL", "FIRE135_ALIYUN_ACCESS_KEY_ID"),
        ("isp.RAM_PERMISSION_DENY", "FIRE135_ALIYUN_ACCESS_KEY_ID"),
        ("isv.MOBILE_COUNT_OVER_LIMIT", "FIRE135_ALIYUN_ACCESS_KEY_ID"),
    ],
)
def test_what_is_ours_to_mend_is_said_aloud_and_tried_again(
    carrier: AliyunCarrier,
    account: AliyunAccount,
    caplog: pytest.LogCaptureFixture,
    code: str,
    setting: str,
) -> None:
    account.scripts[_LOCAL] = code
    result = carrier.send(_SMS)
    assert result.status is SendStatus.TEMPORARY
    assert setting in str(result.failure)
    assert setting in caplog.text


def test_a_wrong_secret_is_ours_to_mend(base_url: str) -> None:
    wrong = make_carrier(base_url, secret="wrong").send(_SMS)
    assert wrong.status is SendStatus.TEMPORARY
    assert "FIRE135_ALIYUN_ACCESS_KEY_ID" in str(wrong.failure)
    assert "SignatureDoesNotMatch" in str(wrong.failure)


def test_an_aliyun_that_hangs_leaves_us_in_doubt(base_url: str, account: AliyunAccount) -> None:
    account.scripts[_LOCAL] = "hang"
    result = make_carrier(base_url, read_timeout_s=0.2).send(_SMS)
    assert (result.status, result.failure) == (SendStatus.AMBIGUOUS, "Aliyun gave no whole answer in time")


@every_drip
def test_an_aliyun_whose_answer_drips_leaves_us_in_doubt(where: str) -> None:
    with dripping(where) as url:
        assert make_carrier(url, read_timeout_s=0.2).send(_SMS).status is SendStatus.AMBIGUOUS


def test_what_answers_and_is_not_aliyun_is_said_in_one_line() -> None:
    with dripping("body") as url:
        why = str(make_carrier(url, read_timeout_s=0.2).why_unusable())
    assert why.startswith("FIRE135_ALIYUN_")
    assert "\n" not in why


def test_a_connection_that_breaks_after_reading_leaves_us_in_doubt(
    carrier: AliyunCarrier, account: AliyunAccount
) -> None:
    account.scripts[_LOCAL] = "drop"
    assert carrier.send(_SMS).status is SendStatus.AMBIGUOUS
    assert len(account.sent) == 1


def test_an_aliyun_that_is_not_there_has_surely_not_taken_it(free_port: int) -> None:
    result = make_carrier(f"http://127.0.0.1:{free_port}").send(_SMS)
    assert result.status is SendStatus.TEMPORARY
    assert str(result.failure).startswith("Aliyun cannot be reached: ")


def test_one_carrier_serves_many_threads(carrier: AliyunCarrier, account: AliyunAccount) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(carrier.send, [replace(_SMS, notification_id=n) for n in range(1, 49)]))
    assert {result.carrier_id for result in results} == {sent["biz_id"] for sent in account.sent}
    assert {sent["out_id"] for sent in account.sent} == {out_id(n) for n in range(1, 49)}


# -- is the set-up usable? -------------------------------------------------------------------------------


def test_an_approved_template_with_our_variables_is_usable(carrier: AliyunCarrier) -> None:
    assert carrier.why_unusable() is None


def test_the_check_names_what_to_mend_and_sends_nothing(base_url: str, account: AliyunAccount) -> None:
    wrong_key = make_carrier(base_url, key_id="nobody").why_unusable()
    assert str(wrong_key).startswith("FIRE135_ALIYUN_ACCESS_KEY_ID and …_SECRET: ")
    unknown = make_carrier(base_url, template="SMS_1").why_unusable()
    assert str(unknown).startswith(
        "FIRE135_ALIYUN_TEMPLATE_CODE: SMS_1: Aliyun says isv.SMS_TEMPLATE_ILLEGAL"
    )
    account.template = "火警：${text1}，${code}。"
    assert "lacks ${text2}, ${text3}" in str(make_carrier(base_url).why_unusable())
    account.template_status = "0"
    assert "is not approved (status 0)" in str(make_carrier(base_url).why_unusable())
    assert not account.sent


# -- a text as variables ---------------------------------------------------------------------------------


@given(st.text(min_size=0, max_size=300))
def test_every_variable_is_filled_and_short_enough(body: str) -> None:
    values = variables_of(body)
    assert list(values) == ["text1", "text2", "text3"]
    assert all(1 <= len(value) <= LONGEST for value in values.values())
    assert "【" not in "".join(values.values())


@given(st.text(alphabet="火警K7下许里号来不能到场0123456789，。 ", min_size=1, max_size=105))
def test_nothing_but_breaks_is_lost_of_a_text_that_fits(body: str) -> None:
    kept = "".join(value for value in variables_of(body).values() if value != "-")
    bare = str.maketrans("", "", "，。 ")
    assert kept.translate(bare) == body.translate(bare)


def test_a_text_too_long_keeps_its_beginning() -> None:
    values = variables_of("K7 " + "很" * 200)
    assert values["text1"].startswith("K7 很")
    assert values["text3"].endswith("…")


@pytest.mark.parametrize(
    ("given_id", "ours"), [("fire135-7", 7), ("7", None), ("fire135-x", None), ("", None)]
)
def test_only_an_out_id_with_our_mark_is_ours(given_id: str, ours: int | None) -> None:
    assert notification_of(given_id) == ours


# -- pushes ----------------------------------------------------------------------------------------------


def test_a_report_says_what_became_of_a_message(account: AliyunAccount) -> None:
    record = {"phone": _LOCAL, "biz_id": "9^0", "out_id": "fire135-7"}
    there = read_receipt(account.report(record))
    assert (there.carrier_id, there.notification_id, there.status) == ("9^0", 7, DeliveryStatus.DELIVERED)
    lost = read_receipt(account.report(record, err_code="MOBILE_NOT_ON_SERVICE", err_msg="手机停机"))
    assert (lost.status, lost.failure) == (DeliveryStatus.FAILED, "Aliyun MOBILE_NOT_ON_SERVICE: 手机停机")


def test_a_text_comes_with_its_phone_in_e164() -> None:
    sms = read_sms(sms_up(_LOCAL, "K7 1", 1234567890), pushed_at=_PUSHED_AT)
    assert (sms.carrier, sms.carrier_message_id, sms.phone, sms.body) == (
        "aliyun",
        "1234567890",
        _PHONE,
        "K7 1",
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (_LOCAL, _PHONE),
        ("8613800138001", _PHONE),
        (_PHONE, _PHONE),
        ("0086 13800138001", _PHONE),
        ("85251234567", "+85251234567"),
        ("10086", "10086"),
        ("nobody", "nobody"),
    ],
)
def test_phones_are_read_however_aliyun_writes_them(written: str, meant: str) -> None:
    assert e164(written) == meant


def test_a_text_without_a_number_is_known_by_what_it_says() -> None:
    said = {name: value for name, value in sms_up(_LOCAL, "1", 1).items() if name != "sequence_id"}
    later = _PUSHED_AT + timedelta(minutes=1)

    def number(other: dict[str, str | None], pushed_at: datetime = _PUSHED_AT) -> str:
        return read_sms(said | other, pushed_at=pushed_at).carrier_message_id

    assert number({}) == number({}, later) == number({"sequence_id": None}) == number({"sequence_id": ""})
    others = [{"content": "2"}, {"send_time": "2026-03-02 15:12:31"}, {"phone_number": "13800138002"}]
    assert len({number({}), *(number({**other}) for other in others)}) == 4
    assert number({"send_time": None}) != number({"send_time": None}, later)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_an_item_of_another_shape_is_a_value_error(item: object) -> None:
    for read in (read_receipt, partial(read_sms, pushed_at=_PUSHED_AT)):
        with pytest.raises(ValueError, match="validation error"):
            read(item)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe\x00", b'"x"', b"[1"])
def test_what_is_no_array_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        items_of(body)
    assert items_of(json.dumps([1, {}]).encode()) == [1, {}]
