"""The shapes in which Twilio's REST API answers (API 2010-04-01): Message, Call and error resources."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import smsutil

Record = dict[str, Any]

_API = "/2010-04-01"
#: Twilio's error code -> HTTP status and message, as its API gives them.
_ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21205: (400, "Url is not a valid URL"),
    21211: (400, "The 'To' number is not a valid phone number."),
    21408: (400, "Permission to send an SMS has not been enabled for the region of the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
}
_LONGEST_BODY = 1600


class TwilioError(Exception):
    """A request that Twilio refuses: `code` is Twilio's, `status` the HTTP one."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.status, self.message = _ERRORS[code]
        super().__init__(f"{code}: {self.message}")

    def as_json(self) -> Record:
        """The error document."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def new_sid(prefix: str) -> str:
    """A unique identifier: two letters and 32 hexadecimal digits."""
    return prefix + uuid4().hex


def new_message(account_sid: str, form: Mapping[str, str], *, direction: str = "outbound-api") -> Record:
    """The Message made from a request's form. Raises TwilioError where Twilio would refuse it."""
    _need(form, "To", 21604)
    _need(form, "Body", 21602)
    service = form.get("MessagingServiceSid")
    if not service:
        _need(form, "From", 21603)
    if not _is_e164(form["To"]):
        raise TwilioError(21211)
    if len(form["Body"]) > _LONGEST_BODY:
        raise TwilioError(21617)
    sid = new_sid("SM")
    uri = f"{_API}/Accounts/{account_sid}/Messages/{sid}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": form["Body"],
        "date_created": _now(),
        "date_sent": None,
        "date_updated": _now(),
        "direction": direction,
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": str(len(smsutil.split(form["Body"]).parts)),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "accepted" if service else "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": form["To"],
        "uri": f"{uri}.json",
    }


def new_call(account_sid: str, form: Mapping[str, str]) -> Record:
    """The Call made from a request's form. Raises TwilioError where Twilio would refuse it."""
    _need(form, "To", 21604)
    _need(form, "From", 21603)
    _need(form, "Url", 21205)
    if not _is_e164(form["To"]):
        raise TwilioError(21211)
    sid = new_sid("CA")
    uri = f"{_API}/Accounts/{account_sid}/Calls/{sid}"
    parts = ("notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions")
    return {
        "account_sid": account_sid,
        "answered_by": None,
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": _now(),
        "date_updated": _now(),
        "direction": "outbound-api",
        "duration": None,
        "end_time": None,
        "forwarded_from": None,
        "from": form["From"],
        "from_formatted": form["From"],
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": new_sid("PN"),
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": sid,
        "start_time": None,
        "status": "queued",
        "subresource_uris": {part: f"{uri}/{part.capitalize()}.json" for part in parts},
        "to": form["To"],
        "to_formatted": form["To"],
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def move(record: Record, status: str, error_code: int | None = None) -> None:
    """Give a Message or Call its next status."""
    record["status"] = status
    record["date_updated"] = _now()
    if error_code is not None:
        record["error_code"] = error_code
    if status == "sent" and "date_sent" in record:
        record["date_sent"] = _now()
    if "start_time" in record and status == "in-progress":
        record["start_time"] = _now()
    if "end_time" in record and status in ("completed", "busy", "failed", "no-answer"):
        record["end_time"] = _now()
        record["duration"] = "0"


def _need(form: Mapping[str, str], field: str, code: int) -> None:
    if not form.get(field):
        raise TwilioError(code)


def _is_e164(phone: str) -> bool:
    return phone.startswith("+") and phone[1:].isascii() and phone[1:].isdigit() and 8 <= len(phone) <= 16


def _now() -> str:
    return format_datetime(datetime.now(UTC))
