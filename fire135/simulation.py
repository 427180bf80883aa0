"""`fire135 simulate`: play one story against a service that is running, from outside."""

import secrets

from api.access import Role, create_token, revoke_token
from fire135.administration import open_database
from fire135.clock import SystemClock
from fire135.errors import UserError
from fire135.settings import Settings
from ingest.broker import embedded_listener
from simulators.player import TROUBLES, play
from simulators.scenarios import SCENARIOS

_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - a comparison


def simulate(settings: Settings, name: str, speed: float) -> int:
    """Play a story with a token that lives as long as the play; returns the exit code.

    Where the Twilio address is a local stand-in people answer from its phones, else on the page.
    Raises UserError for a story that there is not, and where broker or service cannot be reached.
    """
    if name not in SCENARIOS:
        raise UserError(f"simulate {name}: no such story; choose one of {', '.join(SCENARIOS)}")
    clock, token_name = SystemClock(), f"simulate-{secrets.token_hex(4)}"
    with open_database(settings) as database:
        with database.begin() as session:
            token = create_token(session, token_name, Role.DISPATCHER, None, clock.now())
        try:
            all_seen = play(
                SCENARIOS[name],
                mqtt_url=mqtt_url_of(settings),
                api_url=api_url_of(settings),
                token=token,
                phones_url=settings.twilio_base_url,
                speed=speed,
            )
        except TROUBLES as fault:
            raise UserError(str(fault)) from fault
        finally:
            with database.begin() as session:
                revoke_token(session, token_name, clock.now())
    return 0 if all_seen else 1


def mqtt_url_of(settings: Settings) -> str:
    """Where devices on this machine find the broker."""
    listener = embedded_listener(settings.mqtt_url)
    return listener.client_url if listener else settings.mqtt_url


def api_url_of(settings: Settings) -> str:
    """Where this machine finds the API, whatever its public address is."""
    host = _ANY_HOST.get(settings.http_host, settings.http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
