"""Passwords of tests, and hashes that take a hundredth of their time in service."""

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api import passwords

PASSWORD = "a long pass phrase"
WRONG = "another pass phrase"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash in a hundredth of its time; how slow it is in service is the library's own matter."""
    hasher = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_passwords", PasswordHash((hasher,)))
    passwords._nobody.cache_clear()
