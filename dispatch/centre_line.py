"""The line to the 119 centre: one signed POST (contract section 8)."""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import requests

from dispatch.channels import in_time

#: For the connection, and for the whole head of the answer, seconds; a slower centre is asked again.
TIMEOUT_S = (3.0, 7.0)


class Line(Protocol):
    """Carries one message to the centre."""

    def post(self, body: str, *, now: datetime) -> str | None:
        """Carry a JSON body; None where the centre has read it, else why not, in a few words."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of `timestamp.body`."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


class CentreLine:
    """POSTs to one address. TLS is verified, redirects are not followed: they would carry the incident away.

    Nothing of the body, the secret or the address, which may hold a key, gets into a failure.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret

    def post(self, body: str, *, now: datetime) -> str | None:
        """Send once; every kind of failure is an answer, nothing is raised."""
        payload, timestamp = body.encode(), str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Fire135-Timestamp": timestamp,
            "X-Fire135-Signature": signature(self._secret, timestamp, payload),
        }
        try:
            # what it answers beside the status is not read: a centre that never ends is not waited for
            with (
                in_time.session() as session,
                session.post(
                    self._url, payload, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
                ) as answer,
            ):
                return None if answer.ok and answer.status_code < 300 else f"HTTP {answer.status_code}"
        except requests.exceptions.SSLError:
            return "the centre's certificate is not trusted"
        except requests.Timeout:
            return f"no answer within {sum(TIMEOUT_S):.0f} s"
        except requests.RequestException as fault:
            return f"no connection ({type(fault).__name__})"
