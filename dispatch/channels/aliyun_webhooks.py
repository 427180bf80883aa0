"""What Aliyun pushes to us, in our words: receipts (SmsReport) and texts from phones (SmsUp). Pure.

Shapes by Aliyun's help pages 101867 and 60127: JSON arrays, times in Beijing time, phones without +86.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

import phonenumbers
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dispatch.answers import IncomingSms
from dispatch.channels.aliyun_words import notification_of
from dispatch.channels.carrier import DeliveryStatus
from dispatch.delivery import Receipt


class _Item(BaseModel):
    # what is refused goes to the log, and phones and texts do not
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    phone_number: str


class _Report(_Item):
    success: bool
    biz_id: str = Field(min_length=1)
    err_code: str = ""
    err_msg: str = ""
    out_id: str | None = None


def _text(value: object) -> str:
    return "" if value is None else str(value)


class _Up(_Item):
    content: str
    #: A whole number, as a JSON number or a string; may be missing.
    sequence_id: Annotated[str, BeforeValidator(_text)] = ""
    send_time: Annotated[str, BeforeValidator(_text)] = ""


def items_of(body: bytes) -> list[Any]:
    """The items of a push. Raises ValueError for anything but a JSON array."""
    try:
        found = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, list):
        raise ValueError("not a JSON array")  # noqa: TRY004 - the same for the caller as broken JSON
    return found


def read_receipt(item: object) -> Receipt:
    """One item of an SmsReport. Raises pydantic's ValidationError, a ValueError, for another shape."""
    report = _Report.model_validate(item)
    return Receipt(
        "aliyun",
        report.biz_id,
        DeliveryStatus.DELIVERED if report.success else DeliveryStatus.FAILED,
        notification_of(report.out_id or ""),
        None if report.success else f"Aliyun {report.err_code or 'gives no reason'}: {report.err_msg}",
    )


def read_sms(item: object, *, pushed_at: datetime) -> IncomingSms:
    """One item of an SmsUp. Raises pydantic's ValidationError, a ValueError, for another shape.

    One without a number is known by what it says: the same text by the same phone at the same time.
    """
    up = _Up.model_validate(item)
    number = up.sequence_id or _fingerprint(
        up.phone_number, up.send_time or pushed_at.isoformat(), up.content
    )
    return IncomingSms("aliyun", number, e164(up.phone_number), up.content)


def _fingerprint(*parts: str) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()


def e164(phone: str) -> str:
    """A phone as Aliyun writes it, mainland numbers without +86, in E.164; others with their code.

    What is no phone number stays as it is: nobody in the registry has it.
    """
    for text in (phone, f"+{phone}"):
        try:
            number = phonenumbers.parse(text, "CN")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return phone
