"""Settings from the environment or a `.env` file (contract section 3); every one has a default."""

from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_CARRIERS = ("console", "twilio", "aliyun")


class SettingsError(Exception):
    """A setting cannot be used; the message names it and says what it may be."""


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


_Optional = BeforeValidator(_none_if_empty)


class Settings(BaseSettings):
    """Every setting, made once at the entry and passed on; names and meaning are the contract's."""

    model_config = SettingsConfigDict(env_prefix="FIRE135_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///var/fire135.db"
    mqtt_url: str = "embedded://127.0.0.1:1883"
    mqtt_group: str = ""
    sources: str = "all"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8135, ge=0, le=65535)
    public_url: str = ""
    sms: Annotated[tuple[str, ...], NoDecode] = ("console",)
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""
    twilio_base_url: str = ""
    aliyun_access_key_id: str = ""
    aliyun_access_key_secret: SecretStr = SecretStr("")
    aliyun_sign_name: str = ""
    aliyun_template_code: str = ""
    aliyun_push_token: SecretStr = SecretStr("")
    aliyun_base_url: str = ""
    robots: Annotated[tuple[str, ...], NoDecode] = ()
    robot_base_url: str = ""
    heartbeat_url: str = ""
    handover_url: str = ""
    handover_secret: SecretStr = SecretStr("")
    metrics_port: Annotated[int | None, _Optional] = Field(default=None, ge=1, le=65535)
    gb26875_port: Annotated[int | None, _Optional] = Field(default=None, ge=1, le=65535)
    timezone: str = "Asia/Shanghai"
    plan: Annotated[Path | None, _Optional] = None

    @field_validator("sms", mode="before")
    @classmethod
    def _split_carriers(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        if isinstance(value, tuple):
            unknown = [name for name in value if name not in _CARRIERS]
            if unknown or not value:
                raise ValueError(f"{unknown or 'empty'}: name one or more of {', '.join(_CARRIERS)}")
        return value

    @field_validator("robots", mode="before")
    @classmethod
    def _split_robots(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        return value

    @field_validator("handover_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("no web address; it begins with https:// (or http:// on a closed line)")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no IANA time zone, such as Asia/Shanghai") from None
        return value

    @property
    def base_url(self) -> str:
        """How others reach us, without a slash at the end."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone for people."""
        return ZoneInfo(self.timezone)


def load_settings() -> Settings:
    """Read the environment and `.env`. Raises SettingsError with one line for the first fault."""
    try:
        return Settings()
    except ValidationError as fault:
        first = fault.errors()[0]
        name = "FIRE135_" + str(first["loc"][0]).upper()
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
