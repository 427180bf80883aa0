"""Somebody who is signed in on the page, without the form and its slow hash, which have their own tests."""

from datetime import datetime, timedelta
from hashlib import sha256

from api.access import Role
from store.access import SignIn, User
from store.database import Database


def signed_in(database: Database, now: datetime, name: str, role: Role, region: str | None = None) -> str:
    """Add a user with an open session of twelve hours; gives the session cookie's text."""
    with database.begin() as session:
        user = User(name=name, role=role, region_code=region, password_hash="-", created_at=now)
        session.add(user)
        session.flush()
        digest = sha256(name.encode()).hexdigest()
        ends = now + timedelta(hours=12)
        session.add(SignIn(sha256=digest, user_id=user.id, created_at=now, expires_at=ends))
    return name
