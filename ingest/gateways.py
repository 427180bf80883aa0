"""A gateway is heard with every word of the devices behind it. In the caller's transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from store.signals import DeviceState


def hear(session: Session, gateway_ids: Collection[str], at: datetime) -> None:
    """Note that these were heard. To be called last, when everything else has been said.

    An alarm waits for nobody: a gateway's row that another transaction holds is left as it is. That
    one has heard it as well, or is supervision, which asks the devices themselves.
    """
    if not gateway_ids:
        return
    is_older = or_(DeviceState.last_seen_at.is_(None), DeviceState.last_seen_at < at)
    free = select(DeviceState.device_id).where(DeviceState.device_id.in_(gateway_ids), is_older)
    session.execute(
        update(DeviceState)
        .where(DeviceState.device_id.in_(free.with_for_update(skip_locked=True)))
        .values(
            last_seen_at=at, state=case((DeviceState.state == "unknown", "normal"), else_=DeviceState.state)
        ),
        execution_options={"synchronize_session": False},
    )
