"""What requests are made of: strict values that say what is wrong with them."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictFloat,
    StringConstraints,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Body(BaseModel):
    """A request's body: a key that is not known is refused by name, so no typing error passes."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def _readable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("has control characters; give plain text")
    return text


def _text_only(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("give an RFC 3339 instant with its offset, such as 2026-03-02T07:12:00Z")  # noqa: TRY004 - pydantic turns only ValueError into a fault
    return value


#: A name or id: one to 200 characters.
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_readable)
]
#: Free text of a person.
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_readable)]
#: An instant with its offset.
Instant = Annotated[AwareDatetime, BeforeValidator(_text_only)]
#: Degrees, WGS 84.
Degrees = StrictFloat
