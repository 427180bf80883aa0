"""Are the addresses that others reach us at, and we reach others at, such as can work? (`fire135 check`)."""

import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from fire135.settings import Settings

_CONNECT_S = 3.0
_PORTS = {"http": 80, "https": 443}


def address_faults(settings: Settings) -> Iterator[str]:
    """One line for each address that cannot work; nothing is sent anywhere, connections are opened only."""
    for name, url in (
        ("FIRE135_HANDOVER_URL", settings.handover_url),
        ("FIRE135_HEARTBEAT_URL", settings.heartbeat_url),
    ):
        if url and (why := _why_unreachable(url)):
            yield f"{name}: {urlsplit(url).netloc}: {why}; correct the address, or see to the line"
    yield from _carrier_faults(settings)


def _carrier_faults(settings: Settings) -> Iterator[str]:
    """A carrier at its own address is out in the world; a stand-in may be as near as we are."""
    bases = {"twilio": settings.twilio_base_url, "aliyun": settings.aliyun_base_url}
    away = [name for name, base in bases.items() if name in settings.sms and not base]
    if away and _is_here_only(settings.base_url):
        yield (
            f"FIRE135_PUBLIC_URL: {' and '.join(away)} cannot reach {settings.base_url}, so no receipt and "
            "no answer will come; set the address at which they reach this service"
        )
    if "aliyun" in settings.sms and not settings.aliyun_push_token.get_secret_value():
        yield (
            "FIRE135_ALIYUN_PUSH_TOKEN: empty, so every receipt and answer of aliyun is refused; set it, and "
            "the same in the push addresses given to aliyun"
        )


def _why_unreachable(url: str) -> str | None:
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 443)
        socket.create_connection((parts.hostname or "", port), timeout=_CONNECT_S).close()
    except (OSError, ValueError) as fault:
        return f"no connection ({getattr(fault, 'strerror', None) or fault})"
    return None


def _is_here_only(url: str) -> bool:
    """Whether only this machine reaches it; a private network may have a way in that we cannot see."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified
