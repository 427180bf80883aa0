"""Two people who edit one row: who sends back the version that he read cannot undo the other's work.

`GET` answers the row's version as `ETag`; `PUT` and `PATCH` take it as `If-Match`, and `If-None-Match: *`
for a row that must be new (RFC 9110, section 13). Without these headers a change is made as ever.
"""

from typing import Annotated

from fastapi import Depends, Header, Response
from sqlalchemy.orm import Session

from api.problems import Problem
from registry.editing import Kind, row_version


def show_version(response: Response, session: Session, kind: Kind, row_id: str) -> None:
    """Say with an answer which version of a row it shows."""
    response.headers["ETag"] = f'"{row_version(session, kind, row_id)}"'


class Versions:
    """What one change expects of the row it finds; the answer says what it has become."""

    def __init__(
        self,
        response: Response,
        if_match: Annotated[
            str | None, Header(description="`ETag` of the row as it was read: 412 if it has changed since")
        ] = None,
        if_none_match: Annotated[
            str | None, Header(description="`*`: 412 if there is such a row already")
        ] = None,
    ) -> None:
        self.response = response
        self._wanted = None if if_match is None else [tag.strip() for tag in if_match.split(",")]
        self._must_be_new = if_none_match is not None and if_none_match.strip() == "*"

    def check(self, session: Session, kind: Kind, row_id: str) -> None:
        """Raise Problem 412 where the row is not what the caller took it for.

        The registry must be locked, so that this still holds when the row is written.
        """
        found = row_version(session, kind, row_id)
        if self._must_be_new and found is not None:
            raise Problem(412, f"id: {kind} '{row_id}' exists already; choose another id, or change that row")
        if self._wanted is None or (found is not None and {"*", f'"{found}"'} & set(self._wanted)):
            return
        raise Problem(412, f"{kind} {row_id}: somebody has changed it since you read it; read it again")

    def show(self, session: Session, kind: Kind, row_id: str) -> None:
        """Say which version the row has become."""
        show_version(self.response, session, kind, row_id)


VersionsDep = Annotated[Versions, Depends()]
