"""Aliyun (Alibaba Cloud) SMS through its own SDK; what comes back arrives at `api/aliyun_webhooks.py`.

Importing the SDK takes a second, so `build` does it only where Aliyun is used.
"""

import json
import logging

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import GetSmsTemplateRequest, SendSmsRequest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba import core
from darabonba.exceptions import UnretryableException
from darabonba.runtime import RuntimeOptions

from dispatch.channels.aliyun_words import VARIABLES, out_id, variables_of
from dispatch.channels.carrier import Channel, OutgoingMessage, SendResult, SendStatus
from dispatch.channels.in_time import InTimeAdapter
from dispatch.channels.wire import unanswered

log = logging.getLogger(__name__)
# The SDK gives its logger a handler of its own, at DEBUG.
logging.getLogger("darabonba-core").setLevel(logging.WARNING)

_SdkAdapter = core._TLSAdapter  # noqa: SLF001 - the SDK has no setting for how it reads an answer


class _Adapter(InTimeAdapter, _SdkAdapter):  # type: ignore[misc, valid-type]  # the SDK ships no types
    """The SDK's own, whose read time-out bounds the whole answer."""


core._TLSAdapter = _Adapter  # noqa: SLF001

_ENDPOINT = "dysmsapi.aliyuncs.com"
_CONNECT_TIMEOUT_S = 3.0
#: With the connection the whole attempt stays within ten seconds.
READ_TIMEOUT_S = 7.0
_CONNECTIONS = 100

# Aliyun's error reference (help page 101346). These refuse this number or this text: no other try helps.
_FOR_GOOD = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.BUSINESS_LIMIT_CONTROL",  # so many texts to this number a day, or an hour
        "isv.BLACK_KEY_CONTROL_LIMIT",  # a word on a black list
        "isv.SMS_CONTENT_ILLEGAL",
    }
)
#: These may pass by themselves; whatever is not listed is for us to mend.
_PASSING = ("isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "isp.UNKNOWN", "Throttling", "ServiceUnavailable")
#: What a code speaks of, and the setting that names it.
_OURS = (
    ("SIGN_", "signature", "FIRE135_ALIYUN_SIGN_NAME"),
    ("SMS_SIGN", "signature", "FIRE135_ALIYUN_SIGN_NAME"),
    ("TEMPLATE", "template", "FIRE135_ALIYUN_TEMPLATE_CODE"),
    ("PARAM", "template", "FIRE135_ALIYUN_TEMPLATE_CODE"),
    ("DOMESTIC_NUMBER", "template", "FIRE135_ALIYUN_TEMPLATE_CODE"),
)
_OUR_ACCOUNT = ("account", "FIRE135_ALIYUN_ACCESS_KEY_ID and …_SECRET, its balance, limits and rights")
_APPROVED = "1"


class AliyunCarrier:
    """Sends SMS by an approved template; one object serves many threads.

    Args:
        access_key_id: of a RAM user that may call SendSms and GetSmsTemplate.
        access_key_secret: signs every request.
        sign_name: the approved signature, without its brackets.
        template_code: `SMS_…`, an approved template with the variables of `aliyun_words`.
        base_url: where the API is, `http://HOST:PORT`; empty for Aliyun's own.
        read_timeout_s: the longest that an answer may take to its last byte, seconds.
    """

    name = "aliyun"
    channels = frozenset({Channel.SMS})

    def __init__(
        self,
        access_key_id: str,
        access_key_secret: str,
        sign_name: str,
        template_code: str,
        *,
        base_url: str = "",
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        protocol, _, host = base_url.rstrip("/").rpartition("://")
        self._client = Client(
            Config(
                access_key_id=access_key_id,
                access_key_secret=access_key_secret,
                protocol=protocol or "https",
                endpoint=host or _ENDPOINT,
                connect_timeout=round(_CONNECT_TIMEOUT_S * 1000),
                read_timeout=round(read_timeout_s * 1000),
                max_idle_conns=_CONNECTIONS,
            )
        )
        self._sign_name, self._template_code = sign_name, template_code

    def send(self, message: OutgoingMessage) -> SendResult:
        """Make one attempt; Aliyun says later, by push, whether it arrived."""
        request = SendSmsRequest(
            phone_numbers=message.phone.removeprefix("+86").removeprefix("+"),
            sign_name=self._sign_name,
            template_code=self._template_code,
            template_param=json.dumps(variables_of(message.body), ensure_ascii=False),
            out_id=out_id(message.notification_id),
        )
        try:
            answer = self._client.send_sms_with_options(request, RuntimeOptions()).body
        except AlibabaCloudException as fault:
            return _refused(fault.code, fault.message, fault.status_code, fault.retry_after)
        except UnretryableException as fault:
            # the SDK keeps only the words of what went wrong; the fault itself is the cause of its own
            return unanswered("Aliyun", fault.inner_exception.__context__ or fault.inner_exception)
        except Exception as fault:  # an answer that nobody can read: it may well have been taken
            log.exception("aliyun: attempt for notification %s failed", message.notification_id)
            return SendResult(SendStatus.AMBIGUOUS, failure=f"Aliyun: {type(fault).__name__}")
        if answer.code != "OK":
            return _refused(str(answer.code), str(answer.message))
        return SendResult(SendStatus.SENT, carrier_id=answer.biz_id)

    def why_unusable(self) -> str | None:
        """Look at the template, which sends nothing; None, or what to correct."""
        try:
            found = self._client.get_sms_template_with_options(
                GetSmsTemplateRequest(template_code=self._template_code), RuntimeOptions()
            ).body
        except (AlibabaCloudException, UnretryableException) as fault:
            said = " ".join(str(getattr(fault, "message", None) or fault).split())
            return (
                f"FIRE135_ALIYUN_ACCESS_KEY_ID and …_SECRET: Aliyun does not let us use the account: {said}; "
                "correct them, or FIRE135_ALIYUN_BASE_URL"
            )
        except Exception as fault:  # noqa: BLE001 - the SDK raises whatever a strange answer makes it
            return (
                "FIRE135_ALIYUN_BASE_URL: what answers there is not Aliyun "
                f"({type(fault).__name__}: {' '.join(str(fault).split())}); correct the address"
            )
        where = f"FIRE135_ALIYUN_TEMPLATE_CODE: {self._template_code}"
        if found.code != "OK":
            return f"{where}: Aliyun says {found.code}: {found.message}; name a template of this account"
        if str(found.template_status) != _APPROVED:
            return f"{where} is not approved (status {found.template_status}); wait for Aliyun, or mend it"
        missing = [f"${{{name}}}" for name in VARIABLES if f"${{{name}}}" not in str(found.template_content)]
        if missing:
            return f"{where} lacks {', '.join(missing)}; see docs/channels.md for its text"
        return None


def _refused(code: str, said: str, status: int = 200, retry_after_ms: int | None = None) -> SendResult:
    """What an error answer means: whose fault it is decides whether another try is of use."""
    text = f"Aliyun {code}: {' '.join(said.split())}"
    if code in _FOR_GOOD:
        return SendResult(SendStatus.PERMANENT, failure=text)
    if code.startswith(_PASSING) or status >= 500:
        wait_s = retry_after_ms / 1000 if retry_after_ms else None
        return SendResult(SendStatus.TEMPORARY, failure=text, retry_after_s=wait_s)
    ours = ((what, setting) for word, what, setting in _OURS if word in code)
    what, setting = next(ours, _OUR_ACCOUNT)
    failure = f"Aliyun refuses our {what}, check {setting}: {text}"
    log.error(failure)  # nobody can be reached until it is right: said aloud, and tried again
    return SendResult(SendStatus.TEMPORARY, failure=failure)
