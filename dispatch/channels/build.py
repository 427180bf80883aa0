"""From settings to carriers."""

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from pydantic import SecretStr

from dispatch.channels.carrier import Carrier, Channel
from dispatch.channels.console import ConsoleCarrier
from dispatch.channels.twilio import TwilioCarrier
from dispatch.setup import Robot

# Aliyun's SDK and apprise take a second to import, so that is done only where they are used.
# ruff: noqa: PLC0415

#: `CODE=ADDRESS`, a robot for one division, or `ADDRESS`, a robot for all.
_ROBOT = re.compile(r"(?:(?P<region>\w+)=)?(?P<address>\w+://.+)")


class CarrierSetupError(Exception):
    """A carrier was chosen that cannot be used; the message names the setting."""


class CarrierSettings(Protocol):
    """The settings that carriers need; `base_url` is how others reach us."""

    @property
    def sms(self) -> Sequence[str]:
        """Names of carriers in order of preference."""

    @property
    def base_url(self) -> str:
        """FIRE135_PUBLIC_URL without a slash at the end."""

    @property
    def twilio_account_sid(self) -> str:
        """FIRE135_TWILIO_ACCOUNT_SID."""

    @property
    def twilio_auth_token(self) -> SecretStr:
        """FIRE135_TWILIO_AUTH_TOKEN."""

    @property
    def twilio_from(self) -> str:
        """FIRE135_TWILIO_FROM."""

    @property
    def twilio_base_url(self) -> str:
        """FIRE135_TWILIO_BASE_URL."""

    @property
    def aliyun_access_key_id(self) -> str:
        """FIRE135_ALIYUN_ACCESS_KEY_ID."""

    @property
    def aliyun_access_key_secret(self) -> SecretStr:
        """FIRE135_ALIYUN_ACCESS_KEY_SECRET."""

    @property
    def aliyun_sign_name(self) -> str:
        """FIRE135_ALIYUN_SIGN_NAME."""

    @property
    def aliyun_template_code(self) -> str:
        """FIRE135_ALIYUN_TEMPLATE_CODE."""

    @property
    def aliyun_base_url(self) -> str:
        """FIRE135_ALIYUN_BASE_URL."""

    @property
    def robots(self) -> Sequence[str]:
        """FIRE135_ROBOTS, its parts."""

    @property
    def robot_base_url(self) -> str:
        """FIRE135_ROBOT_BASE_URL."""


def build_carriers(settings: CarrierSettings, write: Callable[[str], object]) -> tuple[Carrier, ...]:
    """The carriers of FIRE135_SMS in its order, then the robots; `write` takes the console's lines.

    Raises CarrierSetupError with one line that names the setting to correct.
    """
    return (*(_build(name, settings, write) for name in settings.sms), *_robots(settings))


def carrier_names(carriers: Sequence[Carrier]) -> dict[Channel, tuple[str, ...]]:
    """Who carries each channel to phones, in order of preference.

    Robots are named with each message: one never stands in for another, whose chat is another's.
    """
    return {
        channel: tuple(carrier.name for carrier in carriers if channel in carrier.channels)
        for channel in (Channel.SMS, Channel.VOICE)
    }


def robots_of(settings: CarrierSettings) -> tuple[Robot, ...]:
    """The robots of FIRE135_ROBOTS by name, and whose incidents each is told.

    Raises CarrierSetupError for a part that is no address.
    """
    return tuple(robot for robot, _ in _read_robots(settings))


def _build(name: str, settings: CarrierSettings, write: Callable[[str], object]) -> Carrier:
    if name == "twilio":
        return _twilio(settings)
    if name == "aliyun":
        return _aliyun(settings)
    return ConsoleCarrier(write)


def _twilio(settings: CarrierSettings) -> Carrier:
    token = settings.twilio_auth_token.get_secret_value()
    needed = {
        "FIRE135_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "FIRE135_TWILIO_AUTH_TOKEN": token,
        "FIRE135_TWILIO_FROM": settings.twilio_from,
    }
    _need("twilio", needed)
    return TwilioCarrier(
        settings.twilio_account_sid,
        token,
        settings.twilio_from,
        public_url=settings.base_url,
        base_url=settings.twilio_base_url,
    )


def _aliyun(settings: CarrierSettings) -> Carrier:
    secret = settings.aliyun_access_key_secret.get_secret_value()
    needed = {
        "FIRE135_ALIYUN_ACCESS_KEY_ID": settings.aliyun_access_key_id,
        "FIRE135_ALIYUN_ACCESS_KEY_SECRET": secret,
        "FIRE135_ALIYUN_SIGN_NAME": settings.aliyun_sign_name,
        "FIRE135_ALIYUN_TEMPLATE_CODE": settings.aliyun_template_code,
    }
    _need("aliyun", needed)
    from dispatch.channels.aliyun import AliyunCarrier

    return AliyunCarrier(
        settings.aliyun_access_key_id,
        secret,
        settings.aliyun_sign_name,
        settings.aliyun_template_code,
        base_url=settings.aliyun_base_url,
    )


def _need(carrier: str, needed: dict[str, str]) -> None:
    missing = [setting for setting, value in needed.items() if not value]
    if missing:
        raise CarrierSetupError(f"FIRE135_SMS names {carrier}: set {', '.join(missing)}, too")


def _robots(settings: CarrierSettings) -> list[Carrier]:
    if not settings.robots:
        return []
    from dispatch.channels.robot import RobotCarrier

    built: list[Carrier] = []
    for robot, address in _read_robots(settings):
        try:
            built.append(RobotCarrier(robot.name, address, base_url=settings.robot_base_url))
        except ValueError:
            raise _bad_robot(len(built) + 1) from None
    return built


def _read_robots(settings: CarrierSettings) -> list[tuple[Robot, str]]:
    found = []
    for number, part in enumerate(settings.robots, start=1):
        read = _ROBOT.fullmatch(part)
        if read is None:
            raise _bad_robot(number)
        found.append((Robot(f"robot:{number}", read["region"]), read["address"]))
    return found


def _bad_robot(number: int) -> CarrierSetupError:
    """The address itself is a secret, so it is not repeated."""
    return CarrierSetupError(
        f"FIRE135_ROBOTS: part {number} is no robot's address; write wecombot://KEY, "
        "dingtalk://SECRET@TOKEN or feishu://TOKEN, with CODE= before it for one division"
    )
