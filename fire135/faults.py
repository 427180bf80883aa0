"""Errors that are a user's to mend: their message is shown as it is, on one line, without a traceback."""

from sqlalchemy.exc import ArgumentError, DBAPIError

from api.access import AccessError
from dispatch.channels.build import CarrierSetupError
from dispatch.errors import DispatchError
from dispatch.plan import PlanError
from fire135.errors import UserError
from fire135.settings import SettingsError
from ingest.broker import BrokerError
from ingest.broker_address import BrokerAddressError
from ingest.formats import SourcesError
from store.schema import SchemaError


def in_one_line(fault: Exception) -> str | None:
    """What to tell the user of an error; None where it is ours, and a traceback is right."""
    if isinstance(fault, _MESSAGES):
        return str(fault)
    if isinstance(fault, ArgumentError):
        return f"FIRE135_DATABASE_URL: {fault}; write it like sqlite:///var/fire135.db"
    if isinstance(fault, DBAPIError):
        reason = " ".join(str(fault.orig).split())
        return f"FIRE135_DATABASE_URL: the database cannot be used: {reason}"
    return None


_MESSAGES = (
    AccessError,
    BrokerAddressError,
    BrokerError,
    CarrierSetupError,
    DispatchError,
    PlanError,
    SchemaError,
    SettingsError,
    SourcesError,
    UserError,
)
