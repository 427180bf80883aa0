"""Aliyun's side of a story: the real SDK, the stand-in's phones, pushes into the API and read from there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from httpx import Response
from pydantic import SecretStr
from sqlalchemy import select

from dispatch.carrier_pushes import AT_ONCE, KEPT_FOR, PushReader
from dispatch.channels.aliyun import AliyunCarrier
from dispatch.channels.carrier import Channel
from dispatch.setup import DispatchSetup
from dispatch.values import EventKind
from fire135.settings import Settings
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
from store.database import Database
from store.incidents import Notification, Reply
from store.reliability import CarrierPush
from tests.clock import ManualClock
from tests.story import Phones, Story
from tests.web import Web, assert_problem

_TOKEN = "push-135"


class Line:
    """The service's HTTP side and Aliyun's, joined."""

    def __init__(self, database: Database, clock: ManualClock, account: AliyunAccount, base_url: str) -> None:
        setup = DispatchSetup(carriers={Channel.SMS: ("aliyun",), Channel.VOICE: ("console",)})
        self.story = Story(database, clock, setup)
        self.account, self.district = account, self.story.district
        carrier = AliyunCarrier(ACCESS_KEY_ID, ACCESS_KEY_SECRET, SIGN_NAME, TEMPLATE_CODE, base_url=base_url)
        self.story.carriers |= cast("dict[str, Phones]", {"aliyun": carrier})
        self.web = Web(self.story)
        self.woken = 0
        self.web.app.state.service = replace(
            self.web.service,
            settings=Settings(aliyun_push_token=SecretStr(_TOKEN)),
            wake_carrier_pushes=self._wake,
        )
        self.reader = PushReader(database, setup, now=clock.now)

    def _wake(self) -> None:
        self.woken += 1

    def push(self, kind: str, *items: Any, token: str | None = _TOKEN) -> Response:
        query = {} if token is None else {"token": token}
        return self.web.nobody().ask("POST", f"/webhooks/aliyun/{kind}", params=query, json=list(items))

    def push_and_read(self, kind: str, *items: Any) -> None:
        answer = self.push(kind, *items)
        assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "接收成功"})
        self.reader.read_waiting()
        self.story.send()

    def local(self, person_id: str) -> str:
        return self.district.phones[person_id].removeprefix("+86")

    def sent_to(self, person_id: str) -> list[dict[str, Any]]:
        return [sent for sent in self.account.sent if sent["phone"] == self.local(person_id)]

    def calls_to(self, person_id: str) -> int:
        calls = self.story.carriers["console"].sent
        return sum(call.phone == self.district.phones[person_id] for call in calls)

    def page_of(self, person_id: str) -> Notification:
        return self.story.notifications(person_id)[0]

    def rows(self, table: type[Any]) -> list[Any]:
        with self.story.database.read() as session:
            return list(session.scalars(select(table).order_by(table.id)))


@pytest.fixture
def line(database: Database, clock: ManualClock) -> Iterator[Line]:
    account = AliyunAccount()
    with LoopbackServer(create_app(account)) as aliyun:
        yield Line(database, clock, account, aliyun.base_url)


def test_a_page_by_aliyun_is_delivered_and_answered(line: Line) -> None:
    chief = line.district.chief
    line.story.alarm(line.district.smoke)
    (sent,) = line.sent_to(chief)
    assert line.page_of(chief).status == "sent"
    line.story.clock.advance(4)
    line.push_and_read("status", line.account.report(sent))
    page = line.page_of(chief)
    assert (page.status, page.carrier_id) == ("delivered", sent["biz_id"])
    line.push_and_read("sms", sms_up(line.local(chief), "１", 1))
    assert line.story.assignments()[line.district.home_station].status == "acknowledged"
    assert line.page_of(chief).answer == "coming"


def test_the_push_is_kept_and_answered_before_it_is_read(line: Line) -> None:
    line.story.alarm(line.district.smoke)
    answer = line.push("sms", sms_up(line.local(line.district.chief), "1", 1))
    assert answer.json()["code"] == 0
    assert line.woken == 1
    assert line.rows(Reply) == []
    # the process is killed here; the next one reads what waits, and the answer counts from when it came
    came_at = line.story.clock.now()
    line.story.clock.advance(9)
    restarted = PushReader(line.story.database, line.story.setup, now=line.story.clock.now)
    assert restarted.read_waiting() == 1
    assert line.story.assignments()[line.district.home_station].acknowledged_at == came_at
    assert restarted.read_waiting() == 0


def test_a_push_that_comes_again_has_one_effect(line: Line) -> None:
    chief = line.district.chief
    line.story.alarm(line.district.smoke)
    report, text = line.account.report(line.sent_to(chief)[0]), sms_up(line.local(chief), "2", 77)
    for _ in range(3):
        line.push_and_read("status", report, report)
        line.push_and_read("sms", text, text)
        line.story.clock.advance(60)
    assert len(line.rows(Reply)) == 1
    assert line.story.timeline().count("message_delivered") == 1
    assert line.story.timeline().count("declined") <= 1


def test_a_receipt_faster_than_our_own_record_finds_its_row(line: Line) -> None:
    line.story.event(line.district.smoke, EventKind.ALARM, send=False)
    page = line.page_of(line.district.chief)
    early = {"phone": page.phone, "biz_id": "9^0", "out_id": f"fire135-{page.id}"}
    line.push_and_read("status", line.account.report(early))
    assert line.page_of(line.district.chief).status == "delivered"


def test_a_report_of_somebody_else_s_message_moves_none_of_ours(line: Line) -> None:
    line.story.alarm(line.district.smoke)
    page = line.page_of(line.district.chief)
    foreign = {"phone": "13800138999", "biz_id": "1^0", "out_id": str(page.id)}
    line.push_and_read("status", line.account.report(foreign, err_code="REJECTED", err_msg=""))
    assert line.page_of(line.district.chief).status == "sent"


def test_a_page_reported_undelivered_goes_by_voice_and_to_the_next_person_at_once(line: Line) -> None:
    chief = line.district.chief
    line.story.alarm(line.district.smoke)
    lost = line.account.report(line.sent_to(chief)[0], err_code="MOBILE_NOT_ON_SERVICE", err_msg="停机")
    line.push_and_read("status", lost)
    page = line.page_of(chief)
    assert (page.status, page.failure) == ("failed", "Aliyun MOBILE_NOT_ON_SERVICE: 停机")
    assert line.calls_to(chief) == 1
    assert line.sent_to(line.district.deputy)


def test_a_number_that_aliyun_refuses_goes_by_voice_and_to_the_next_person_at_once(line: Line) -> None:
    chief = line.district.chief
    line.account.scripts[line.local(chief)] = "isv.MOBILE_NUMBER_ILLEGAL"
    line.story.alarm(line.district.smoke)
    assert line.page_of(chief).status == "failed"
    assert line.calls_to(chief) == 1
    assert line.sent_to(line.district.deputy)


def test_one_bad_item_never_blocks_its_neighbours_and_stays_with_its_reason(line: Line) -> None:
    chief = line.district.chief
    line.story.alarm(line.district.smoke)
    good = line.account.report(line.sent_to(chief)[0])
    unreadable = [None, 7, {}, {**good, "biz_id": ""}, {"phone_number": chief}]
    line.push_and_read("status", *unreadable, good)
    line.push_and_read(
        "sms", {"content": "1"}, sms_up("nobody", "\x00", 5), sms_up(line.local(chief), "1", 6)
    )
    assert line.page_of(chief).status == "delivered"
    assert line.story.assignments()[line.district.home_station].status == "acknowledged"
    first, second = line.rows(CarrierPush)
    assert [f"item {number}: " in first.failure for number in range(1, 7)] == [True] * 5 + [False]
    assert "item 1: " in second.failure
    assert "item 3: " not in second.failure


def test_an_answer_read_late_counts_from_when_it_came_and_what_follows_is_not_late(line: Line) -> None:
    home, chief = line.district.home_station, line.district.chief
    line.story.alarm(line.district.smoke)
    line.push("sms", sms_up(line.local(chief), "2", 1))
    came_at = line.story.clock.now()
    line.story.clock.advance(700)  # longer than a message is of use
    line.reader.read_waiting()
    line.story.send()
    declined = line.story.assignments()[home]
    assert (declined.declined_at, declined.status) == (came_at, "declined")
    (told,) = [n for n in line.story.notifications(line.district.duty_officer) if "declined" in n.dedup_key]
    assert told.status == "sent"
    assert len(line.story.assignments()) > 1


def test_an_answer_read_late_is_not_the_last_word_where_another_came_after_it(line: Line) -> None:
    home, chief = line.district.home_station, line.district.chief
    line.story.alarm(line.district.smoke)
    line.push("sms", sms_up(line.local(chief), "1", 1))
    line.story.clock.advance(30)
    line.story.reply(line.district.deputy, "3")
    on_scene_at = line.story.clock.now()
    line.story.clock.advance(30)
    line.reader.read_waiting()
    assert line.story.assignments()[home].last_word_at == on_scene_at


def test_a_receipt_read_late_says_when_the_message_was_there(line: Line) -> None:
    line.story.alarm(line.district.smoke)
    line.story.clock.advance(5)
    line.push("status", line.account.report(line.sent_to(line.district.chief)[0]))
    came_at = line.story.clock.now()
    line.story.clock.advance(300)
    line.reader.read_waiting()
    page = line.page_of(line.district.chief)
    assert (page.delivered_at, page.failure) == (came_at, None)


def test_a_failure_read_late_still_finds_another_way(line: Line) -> None:
    line.story.alarm(line.district.smoke)
    lost = line.account.report(line.sent_to(line.district.chief)[0], err_code="OFF", err_msg="停机")
    line.push("status", lost)
    line.story.clock.advance(700)
    line.reader.read_waiting()
    line.story.send()
    assert line.calls_to(line.district.chief) == 1


def test_many_that_wait_are_read_a_few_a_round(line: Line) -> None:
    for number in range(AT_ONCE + 1):
        line.push("sms", sms_up(line.local(line.district.chief), "1", number))
    line.reader._round()
    assert [push.done_at is None for push in line.rows(CarrierPush)] == [False] * AT_ONCE + [True]
    assert line.reader._wake.is_set()  # the next round begins at once
    assert line.reader.read_waiting() == 1


def test_no_log_tells_what_people_wrote_or_their_phones(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    phone = line.local(line.district.chief)
    line.push_and_read("sms", {"phone_number": phone, "content": ["着火了"], "sequence_id": 1})
    line.push_and_read("sms", sms_up(phone, "着火了\x00", 2))
    line.push_and_read("status", {"phone_number": phone, "success": "着火了"})
    kept = " ".join(push.failure or "" for push in line.rows(CarrierPush))
    for told in (caplog.text, kept):
        assert "item 1" in told
        assert phone not in told
        assert "着火了" not in told


def test_what_is_no_array_is_kept_with_its_reason(line: Line) -> None:
    address = f"/webhooks/aliyun/status?token={_TOKEN}"
    for body in (b"", b"<xml/>", b"{}", b"[" * 100_000):
        assert line.web.nobody().ask("POST", address, content=body).status_code == 200
    assert line.reader.read_waiting() == 4
    assert all("cannot be read: " in push.failure and push.done_at for push in line.rows(CarrierPush))


@pytest.mark.parametrize("token", ["", "wrong", "push-13", "口令", None])
def test_who_has_not_the_secret_gets_403_and_nothing_is_kept(line: Line, token: str | None) -> None:
    for kind in ("status", "sms"):
        assert_problem(line.push(kind, token=token), 403, "FIRE135_ALIYUN_PUSH_TOKEN")
    assert line.rows(CarrierPush) == []


def test_without_a_token_in_the_settings_nobody_is_let_in(line: Line) -> None:
    line.web.app.state.service = line.web.service
    assert_problem(line.push("sms", token=""), 403)


def test_what_was_read_is_forgotten_after_a_week(line: Line) -> None:
    line.push("sms")
    line.reader._round()
    line.story.clock.advance(int(KEPT_FOR.total_seconds()) + 3601)
    line.push("sms")
    line.reader._round()
    assert len(line.rows(CarrierPush)) == 1
