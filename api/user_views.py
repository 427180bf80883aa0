"""Users, tokens and their log as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.access import Role
from api.fields import Body, Name
from api.passwords import LONGEST, SHORTEST

_Password = Annotated[str, StringConstraints(max_length=LONGEST)]


class UserView(BaseModel):
    """Somebody who signs in on the page."""

    id: int = Field(description="Id of the user")
    name: str = Field(description="The name to sign in with")
    role: str = Field(description="viewer, station, dispatcher or admin")
    region_code: str | None = Field(description="The region that bounds what is seen; null: every region")
    region_name: str | None = Field(description="Its name")
    state: str = Field(description="active, locked (by an admin) or retired")
    must_change_password: bool = Field(description="Has a password that somebody else gave")
    created_at: datetime = Field(description="When added, UTC")
    sessions: int = Field(description="How many browsers are signed in now")
    last_sign_in_at: datetime | None = Field(description="When last signed in, UTC; null: never, or long ago")


class UserBody(Body):
    """Who may do what, where."""

    name: Name = Field(description="The name to sign in with")
    role: Role = Field(description="viewer, station, dispatcher or admin")
    region_code: Name | None = Field(default=None, description="Code of a region; null: every region")


class RightsBody(Body):
    """The rights of a user from now on."""

    role: Role = Field(description="viewer, station, dispatcher or admin")
    region_code: Name | None = Field(description="Code of a region; null: every region")


class GivenPassword(BaseModel):
    """A user, and once the password to hand over."""

    user: UserView = Field(description="The user")
    password: str | None = Field(
        description="Temporary: another has to be chosen at the first sign-in. Shown once; null when repeated"
    )


class TokenView(BaseModel):
    """A token for a program."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="Id of the token")
    name: str = Field(description="What it is called in logs and timelines")
    role: str = Field(description="viewer, station, dispatcher, admin or device_push")
    region_code: str | None = Field(description="The region that bounds what is seen; null: every region")
    created_at: datetime = Field(description="When made, UTC")
    revoked_at: datetime | None = Field(description="When ended, UTC; null: in use")


class GivenToken(BaseModel):
    """A token, and once its text."""

    token: TokenView = Field(description="The token")
    text: str | None = Field(description="What to send as `Bearer`; shown once, null when repeated")


class AccountView(BaseModel):
    """Whoever is signed in."""

    name: str = Field(description="The name to sign in with")
    role: str = Field(description="viewer, station, dispatcher or admin")
    region_code: str | None = Field(description="The region that bounds what is seen; null: every region")
    region_name: str | None = Field(description="Its name")
    must_change_password: bool = Field(description="Nothing else opens before another password is chosen")
    sessions: int = Field(description="How many browsers are signed in now, this one among them")


class PasswordBody(Body):
    """Another password, chosen by whom it is for."""

    current: _Password = Field(description="The present password")
    new: Annotated[_Password, StringConstraints(min_length=SHORTEST)] = Field(
        description="The new one, 8 characters at least"
    )


class PersonalDataViewView(BaseModel):
    """Somebody was shown personal data."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="Number of the view; it grows")
    at: datetime = Field(description="When, UTC")
    name: str = Field(description="Name of the user or token that saw it")
    role: str = Field(description="Its role then")
    source: str = Field(description="page for a user, api for a token")
    region_code: str | None = Field(description="The region that it was bound to")
    kind: str = Field(
        description="Whose: person, premises (contact), card (of a building), incident (callers, teams and "
        "key-holders), trouble (who sees to it), fault; or access_log: this list itself"
    )
    subjects: list[str] = Field(description="Ids of the first 100 of them")
    count: int = Field(description="How many there were")
    request: str = Field(description="Method, path and query that showed it")
    incident_id: str | None = Field(description="The incident that it was for")


class AccountEventView(BaseModel):
    """What became of a user or token."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="Number of the event; it grows")
    at: datetime = Field(description="When, UTC")
    kind: str = Field(description="user or token")
    name: str = Field(description="Which one; ? and a checksum for a name that nobody has")
    event: str = Field(
        description="signed_in, wrong (password), closed (right, but locked or retired), added, changed, "
        "password_set, password_chosen, sessions_ended, locked, unlocked, retired or revoked"
    )
    by: str | None = Field(description="Who did it, where it was somebody else; fire135: the command line")
    address: str | None = Field(description="Where it came from")
    detail: dict[str, Any] | None = Field(description="Role and region given; `was`: before")
