"""What the HTTP rooms share: the service behind them, handed in by the program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated, Protocol

from fastapi import Depends, Request
from pydantic import SecretStr

from dispatch.record_keeper import RecordKeeper
from dispatch.setup import Clock, DispatchSetup
from store.database import Database


class ApiSettings(Protocol):
    """The settings that HTTP needs; `fire135.settings.Settings` has them."""

    @property
    def base_url(self) -> str:
        """How others reach us, without a slash at the end."""

    @property
    def twilio_auth_token(self) -> SecretStr:
        """The secret that Twilio signs its requests with."""

    @property
    def aliyun_push_token(self) -> SecretStr:
        """The secret in the addresses that Aliyun pushes to."""

    @property
    def handover_url(self) -> str:
        """Where incidents are handed to the 119 centre; empty: nowhere."""

    @property
    def robots(self) -> tuple[str, ...]:
        """The group chats that take notices."""

    @property
    def heartbeat_url(self) -> str:
        """The outside watcher's address; empty: there is none."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that a request may need, made once at the start.

    `wake_sender` is called after a commit that may have written messages, `wake_pushes` after one that
    stored a device's message, `wake_carrier_pushes` a carrier's. `readiness` asks, by name (`broker`,
    `sender`), whether a part works: None, or why not in one line; `database` whether it takes what this
    process writes. `stopping` is set when the server shall end, so that open streams end too.
    `records` are what reviews look at.
    """

    database: Database
    setup: DispatchSetup
    settings: ApiSettings
    clock: Clock
    wake_sender: Callable[[], None] = lambda: None
    wake_pushes: Callable[[], None] = lambda: None
    wake_carrier_pushes: Callable[[], None] = lambda: None
    readiness: Mapping[str, Callable[[], str | None]] = field(default_factory=dict)
    stopping: Event = field(default_factory=Event)
    records: RecordKeeper = field(default_factory=RecordKeeper)


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]
