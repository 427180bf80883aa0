"""From settings to carriers."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pydantic import SecretStr

from dispatch.channels.carrier import Carrier, Channel
from dispatch.channels.console import ConsoleCarrier
from dispatch.channels.twilio import TwilioCarrier


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


def build_carriers(settings: CarrierSettings, write: Callable[[str], object]) -> tuple[Carrier, ...]:
    """The carriers of FIRE135_SMS in its order; `write` takes the console's lines.

    Raises CarrierSetupError with one line that names the setting to correct.
    """
    return tuple(_build(name, settings, write) for name in settings.sms)


def carrier_names(carriers: Sequence[Carrier]) -> dict[Channel, tuple[str, ...]]:
    """Who carries each channel to phones, in order of preference.

    Robots are named with each message: one never stands in for another, whose chat is another's.
    """
    return {
        channel: tuple(carrier.name for carrier in carriers if channel in carrier.channels)
        for channel in (Channel.SMS, Channel.VOICE)
    }


def _build(name: str, settings: CarrierSettings, write: Callable[[str], object]) -> Carrier:
    if name == "console":
        return ConsoleCarrier(write)
    if name == "twilio":
        return _twilio(settings)
    raise CarrierSetupError(f"FIRE135_SMS: {name} is not in this version; use console or twilio")


def _twilio(settings: CarrierSettings) -> TwilioCarrier:
    token = settings.twilio_auth_token.get_secret_value()
    needed = {
        "FIRE135_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "FIRE135_TWILIO_AUTH_TOKEN": token,
        "FIRE135_TWILIO_FROM": settings.twilio_from,
    }
    missing = [setting for setting, value in needed.items() if not value]
    if missing:
        raise CarrierSetupError(f"FIRE135_SMS names twilio: set {', '.join(missing)}, too")
    return TwilioCarrier(
        settings.twilio_account_sid,
        token,
        settings.twilio_from,
        public_url=settings.base_url,
        base_url=settings.twilio_base_url,
    )
