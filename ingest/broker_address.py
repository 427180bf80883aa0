"""Where the broker is: FIRE135_MQTT_URL, read."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddressError(ValueError):
    """FIRE135_MQTT_URL or FIRE135_MQTT_GROUP cannot be used; one line says why and what to write."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker that an MQTT client can connect to."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"  # never the password: this goes to the log


def parse_broker_url(url: str) -> BrokerAddress:
    """Read `mqtt://user:pass@host:1883` or `mqtts://…`. Raises BrokerAddressError."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise _unusable() from None
    if not parts.hostname or parts.path.strip("/") or parts.query:
        raise _unusable()
    return BrokerAddress(
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "mqtts",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def check_group(group: str) -> str:
    """Give the name of a share group back if MQTT allows it. Raises BrokerAddressError."""
    if not re.fullmatch(r"[^/+#\s]*", group):
        raise BrokerAddressError(
            f"FIRE135_MQTT_GROUP: {group!r}: a name without blanks, '/', '+' and '#', such as ingest"
        )
    return group


def _unusable() -> BrokerAddressError:
    return BrokerAddressError(
        "FIRE135_MQTT_URL: write it like mqtt://user:password@host:1883, mqtts://host:8883 or "
        "embedded://127.0.0.1:1883"
    )
