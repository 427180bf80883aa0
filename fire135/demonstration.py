"""The demo: the whole service, a district, and its stories, with one command.

Unless FIRE135_SMS says otherwise, phones are those of the Twilio stand-in, on a port of its own: every
page takes the real way through the twilio client, HTTP and signed webhooks. At another speed than 1
the plan's times are divided, too (unless FIRE135_PLAN is given): a story told fast escalates fast,
but never so fast that an answer could come too late on a busy machine.
"""

import logging
import secrets
import time
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr
from sqlalchemy import delete

from api import passwords
from api.access import Role, create_token, revoke_token
from api.accounts import add_user
from dispatch.plan import ResponsePlan
from fire135.administration import open_database
from fire135.clock import SystemClock
from fire135.demo_district import FOLDER
from fire135.errors import UserError
from fire135.service import Program
from fire135.settings import Settings
from fire135.simulation import api_url_of, mqtt_url_of
from registry.loading import load
from simulators.field import Field
from simulators.phones import Phones
from simulators.player import TROUBLES, Stage, StoppedError, play_story
from simulators.scenarios import SCENARIOS
from simulators.service_api import ServiceApi
from simulators.teller import Teller
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, SENDER, TwilioStandin
from simulators.words import LEGEND
from store.access import User

_USER = "demo"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_READY_WITHIN_S = 30.0
_BETWEEN_STORIES_S = 5.0
#: The plan's first step then comes 5 s after a page: time enough for an answer that is on its way.
_MOST_PLAN_SPEED = 6.0
_LOOK_EVERY_S = 0.3
_AFTER_TROUBLE_S = 2.0


def demonstrate(settings: Settings, speed: float, stopping: Event) -> int:
    """Serve, play every story in order, then go on serving until `stopping` is set.

    Returns 0; 1 where a story did not show what it should, or the service failed.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with ExitStack() as stack:
        settings, phones = _with_phones(settings, speed, stack)
        settings = _with_plan(settings, speed)
        token, password = _prepare(settings, stack)
        program = Program(settings)
        program.start()
        stack.callback(program.stop)
        api = stack.enter_context(closing(ServiceApi(api_url_of(settings), token)))
        field = Field(mqtt_url_of(settings), SCENARIOS.values())
        stack.callback(field.stop)
        stage = Stage(field, api, phones, Teller(api, phones, _say), stopping)
        try:
            _wait_until_ready(api, stopping)
            _say_where(program.url, password, speed)
            return _perform(stage, speed)
        except StoppedError:
            _say("\n演示结束 stopped")
            return 0
        except TROUBLES as fault:
            raise UserError(str(fault)) from fault


def _with_phones(settings: Settings, speed: float, stack: ExitStack) -> tuple[Settings, Phones | None]:
    """Start the Twilio stand-in and point the service at it, unless the user chose a carrier."""
    if "sms" in settings.model_fields_set:
        _refuse_real_carriers(settings)
        return settings, None
    token = secrets.token_hex(16)
    sms_url = f"{settings.base_url}/webhooks/twilio/sms"
    account = TwilioAccount(ACCOUNT_SID, token, sms_url=sms_url, speed=speed)
    twilio = stack.enter_context(TwilioStandin(account, real_time=True))
    phones = stack.enter_context(closing(Phones(twilio.base_url)))
    chosen = {
        "sms": ("twilio",),
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": SecretStr(token),
        "twilio_from": SENDER,
        "twilio_base_url": twilio.base_url,
    }
    return settings.model_copy(update=chosen), phones


def _refuse_real_carriers(settings: Settings) -> None:
    """The demo's numbers are invented, but somebody may own them. Raises UserError."""
    host = urlsplit(settings.twilio_base_url).hostname
    if set(settings.sms) - {"console", "twilio"} or ("twilio" in settings.sms and host not in _LOOPBACK):
        raise UserError(
            "demo: FIRE135_SMS names a real carrier, and the demo's numbers are invented; unset it, or set "
            "console, or point FIRE135_TWILIO_BASE_URL at a stand-in on this machine"
        )


def _with_plan(settings: Settings, speed: float) -> Settings:
    """Write the built-in plan with its times divided, in whole seconds from 1 on."""
    if settings.plan is not None or speed == 1:
        return settings
    path = Path("var") / f"demo-plan-{settings.http_port}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    plan = ResponsePlan()
    plan_speed = min(speed, _MOST_PLAN_SPEED)
    lines = _divided(plan, plan_speed)
    for tier in ("village", "town", "district"):
        lines += [f"[tier.{tier}]", *_divided(getattr(plan.tier, tier), plan_speed)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return settings.model_copy(update={"plan": path})


def _divided(plan: BaseModel, speed: float) -> list[str]:
    seconds = {name: value for name, value in plan if name.endswith("_s") and value is not None}
    return [f"{name} = {max(1, round(value / speed))}" for name, value in seconds.items()]


def _prepare(settings: Settings, stack: ExitStack) -> tuple[str, str]:
    """Load the district, and make a token for the stories and a person for the page.

    Both are made afresh each time: nobody can use those of an earlier demo. Returns the token and
    the person's password.
    """
    clock, name, password = SystemClock(), f"demo-{secrets.token_hex(4)}", secrets.token_hex(4)
    database = stack.enter_context(open_database(settings))
    report = load(database, FOLDER, now=clock.now())
    if report.faults:
        raise UserError(f"demo district: {report.faults[0]}")
    hashed = passwords.hashed(password)
    with database.begin() as session:
        token = create_token(session, name, Role.DISPATCHER, None, clock.now())
        session.execute(delete(User).where(User.name == _USER))
        add_user(session, _USER, Role.DISPATCHER, None, hashed, clock.now())

    def revoke() -> None:
        with database.begin() as session:
            revoke_token(session, name, clock.now())

    stack.callback(revoke)
    return token, password


def _wait_until_ready(api: ServiceApi, stopping: Event) -> None:
    """Wait until the service hears devices and can send. Raises UserError, StoppedError."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while why := api.why_not_ready():
        if time.monotonic() > deadline:
            raise UserError(f"the service does not become ready: {why}")
        if stopping.wait(_LOOK_EVERY_S):
            raise StoppedError


def _say_where(url: str, password: str, speed: float) -> None:
    _say(
        f"fire135 演示：同安区（区划为真，位置、人员、电话全部虚构 all but the divisions is invented）\n"
        f"  网页 page      {url}/\n"
        f"  用户 user      {_USER}\n"
        f"  密码 password  {password}\n"
        f"  速度 speed     {speed:g}，响应记录里是实际的秒 the response log counts real seconds\n"
        f"  {LEGEND}\n"
    )


def _perform(stage: Stage, speed: float) -> int:
    """Play every story, then keep the devices alive and tell what happens until someone stops it."""
    _close_leftovers(stage.api)
    stage.field.start()
    stage.teller.catch_up()
    failed = []
    for scenario in SCENARIOS.values():
        if not play_story(scenario, stage, speed):
            failed.append(scenario.name)
            _close_leftovers(stage.api)
        _linger(stage, _BETWEEN_STORIES_S / speed)
    told = f"没有演完 failed: {', '.join(failed)}" if failed else "全部演完 all told"
    stage.teller.tell(f"══ 故事{told}。服务继续运行，Ctrl-C 结束 still serving, Ctrl-C ends")
    try:
        _serve_on(stage)
    except StoppedError:
        if not failed:
            raise
    return 1


def _serve_on(stage: Stage) -> None:
    """Linger without an end; a machine that was asleep finds its connections cut. Raises StoppedError."""
    while True:
        try:
            _linger(stage, float("inf"))
        except TROUBLES as fault:
            stage.teller.tell(f"稍后再试 tried again soon: {fault}")
            if stage.stopping.wait(_AFTER_TROUBLE_S):
                raise StoppedError from None


def _close_leftovers(api: ServiceApi) -> None:
    """Close what a story that was stopped midway has left open, so that the next can be told there."""
    for premises_id in sorted({scenario.premises_id for scenario in SCENARIOS.values()}):
        for incident in api.open_incidents(premises_id):
            api.post(
                f"/incidents/{incident['id']}/close",
                {"disposition": "other", "note": "故事中断 story broken off"},
            )


def _linger(stage: Stage, seconds: float) -> None:
    """Tell what happens for a while, with the devices alive. Raises StoppedError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stage.teller.look()
        stage.field.beat()
        if stage.stopping.wait(_LOOK_EVERY_S):
            raise StoppedError


def _say(line: str) -> None:
    print(line, flush=True)
