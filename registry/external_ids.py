"""What installers write or scan, as the id by which a device is known when it speaks. Pure.

Lists hold what stands on a sticker: upper case, separators, whole QR texts, numbers that Excel has
rounded. Each format has one spelling of an address (contract section 5); what cannot be read as one
is refused, because a device under a wrong address would alarm as a stranger. An id that a format
itself gives is its own spelling, so that a device which spoke before is found again.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

#: An index of either database holds it.
_MOST_CHARACTERS = 100
#: What a number becomes in a worksheet that is wider than 15 digits or a narrow column.
_ROUNDED = re.compile(r"\d+\.\d*(?:[eE]\+?\d+)?|\d+[eE]\+\d+")
_OCTETS = re.compile(r"(?:0x)?((?:[0-9a-f]{2}[:\- .]?){8})")
_HEX = re.compile(r"(?:0x)?[0-9a-f:\- .]+")
#: LoRa Alliance TR005: LW:D0:JoinEUI:DevEUI:ProfileID, then options; before it URN:LW:DP in the same order.
_LORAWAN_QR = re.compile(r"(?:urn:)?lw:d[0p]:[0-9a-f]{16}:([0-9a-f]{16})(?::.*)?")
#: `LABEL:VALUE` or `LABEL=VALUE`, as QR texts string them together with , ; | $ % or blanks.
_LABELLED = re.compile(r"(?:^|[,;|$%&\s])([a-z][a-z0-9_\- ]{0,15}?)\s*[:=]\s*([^,;|$%&\s]+)")
_EUI_LABELS = frozenset({"eui", "deveui", "deui", "eui64"})
_ZIGBEE_LABELS = frozenset({"z", "a", "ieee", "eui64", "eui", "mac"})
_IMEI_LABELS = frozenset({"imei"})
_TRANSMITTER = re.compile(r"[0-9a-f]{1,16}(?:/[0-9a-f.\-_/]{1,64})?")


def known_as(source: str, text: str) -> str:
    """The external id by which messages of a format name the device.

    Args:
        source: a format of contract section 5.
        text: what the list holds: the id itself in any spelling, or the text of a QR code.

    Raises ValueError in words that make sense after `file:row:column: `.
    """
    if len(found := _RULES.get(source, _as_it_is)(text)) > _MOST_CHARACTERS:
        raise ValueError(f"'{text[:40]}…' is longer than {_MOST_CHARACTERS} characters")
    return found


def _as_it_is(text: str) -> str:
    return text


def _zigbee(text: str) -> str:
    """An IEEE address as Zigbee2MQTT writes it; anything else is a friendly name."""
    plain = _plain(text)
    if found := _octets(plain):
        return f"0x{found}"
    if plain.startswith("0x") and _HEX.fullmatch(plain):
        raise ValueError(f"'{text}': an IEEE address has 16 hex digits after 0x, such as 0x00158d0001a2b3c4")
    fields = _labelled(plain)
    if address := _octets(_first(fields, _ZIGBEE_LABELS)):
        return f"0x{address}"
    if len(fields) > 1:
        raise ValueError(f"{_shown(text)} holds no IEEE address (Z:, $A: or IEEE: and 16 hex digits)")
    return text


def _dev_eui(text: str) -> str:
    plain = _plain(text)
    _refuse_rounded(text, plain, "devEUI")
    if found := _octets(plain):
        return found
    if qr := _LORAWAN_QR.fullmatch(plain):
        return qr[1]
    if found := _octets(_first(_labelled(plain), _EUI_LABELS)):
        return found
    raise ValueError(
        f"{_shown(text)} holds no devEUI: write 16 hex digits such as 24e124136b324567,"
        " or the sticker's QR text (EUI:… or LW:D0:…)"
    )


def _dev_eui_or_name(text: str) -> str:
    """The Things Stack knows a device that has no devEUI by its device id."""
    plain = _plain(text)
    is_name = re.fullmatch(r"[a-z0-9](?:-?[a-z0-9]){2,35}", plain) and not _HEX.fullmatch(plain)
    return plain if is_name else _dev_eui(text)


def _imei_or_id(text: str) -> str:
    """An IMEI of 15 digits (3GPP TS 23.003); anything that is no number is the cloud's deviceId."""
    plain = _plain(text)
    _refuse_rounded(text, plain, "IMEI")
    fields = _labelled(plain)
    digits = re.sub(r"[\s\-]", "", _first(fields, _IMEI_LABELS) or plain)
    if re.fullmatch(r"\d{15}", digits):
        return digits
    if fields and (len(fields) > 1 or _first(fields, _IMEI_LABELS)):
        raise ValueError(f"{_shown(text)} holds no IMEI of 15 digits")
    if re.fullmatch(r"\d{13,17}", digits):
        raise ValueError(f"'{text}' has {len(digits)} digits, and an IMEI has 15; copy it from the sticker")
    return text


def _transmitter_and_component(text: str) -> str:
    plain = _plain(text)
    if not _TRANSMITTER.fullmatch(plain):
        raise ValueError(
            f"{_shown(text)}: write TRANSMITTER/COMPONENT in hex, as the log of refused frames does"
        )
    return plain


_RULES: Mapping[str, Callable[[str], str]] = {
    "zigbee2mqtt": _zigbee,
    "chirpstack": _dev_eui,
    "tts": _dev_eui_or_name,
    "gb26875": _transmitter_and_component,
    "ctwing": _imei_or_id,
    "onenet": _imei_or_id,
    "huawei": _imei_or_id,
}


def _plain(text: str) -> str:
    """In lower case, with the full-width marks of a Chinese keyboard as ASCII."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def _octets(plain: str) -> str | None:
    """Eight octets with or without separators, as 16 hex digits."""
    found = _OCTETS.fullmatch(plain)
    return re.sub(r"[^0-9a-f]", "", found[1]) if found else None


def _labelled(plain: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for label, value in _LABELLED.findall(plain):
        fields.setdefault(re.sub(r"[^a-z0-9]", "", label), value)
    return fields


def _first(fields: Mapping[str, str], labels: frozenset[str]) -> str:
    return next((value for label, value in fields.items() if label in labels), "")


def _refuse_rounded(text: str, plain: str, what: str) -> None:
    if _ROUNDED.fullmatch(plain):
        raise ValueError(f"'{text}' is a number that the worksheet has rounded; enter the {what} as text")


def _shown(text: str) -> str:
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}…'"
