"""Passwords: argon2 hashes, made and checked few at a time, and temporary ones to hand over.

A hash costs a tenth of a second or more of a processor, so it is never made inside a transaction and
only few at a time: guessing must not slow an alarm down.
"""

import secrets
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from api.access import AccessError

SHORTEST = 8  # characters, as NIST SP 800-63B asks at least
LONGEST = 1000
#: No letter or digit that is read as another one on the telephone or on paper.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

_passwords = PasswordHash.recommended()
_hashing = BoundedSemaphore(2)


class BusyError(Exception):
    """Others are being checked just now."""


def hashed(password: str) -> str:
    """The hash to keep. Raises AccessError for a password that is too short."""
    if len(password) < SHORTEST:
        raise AccessError(f"password: give at least {SHORTEST} characters")
    with _hashing:  # who chooses a password waits his turn; who signs in is told to come back
        return _passwords.hash(password)


def temporary() -> str:
    """A password to read out once: twelve of 31 letters and digits, 59 bits."""
    letters = [secrets.choice(_READABLE) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def is_right(password: str, kept: str | None) -> bool:
    """Check a password; without a hash it takes as long, so that the time does not tell. Raises BusyError."""
    if not _hashing.acquire(blocking=False):
        raise BusyError("others are being checked; try again")
    try:
        return _passwords.verify(password, kept or _nobody()) and kept is not None
    finally:
        _hashing.release()


@cache
def _nobody() -> str:
    return _passwords.hash(secrets.token_urlsafe())
