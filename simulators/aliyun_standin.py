"""A stand-in for Aliyun SMS on a loopback port: SendSms and GetSmsTemplate, pushes, phones with scripts.

It answers in the shapes of Aliyun's API reference (Dysmsapi 2017-05-25) and checks the signature of every
request (ACS3-HMAC-SHA256), and shares no code with the service that it tests. Reports and texts are
pushed as JSON arrays, without a signature, as Aliyun does; nothing is pushed until it is asked for.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import quote

import requests
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from simulators.serving import drop, hang

ACCESS_KEY_ID = "LTAI-stand-in"
ACCESS_KEY_SECRET = "stand-in-secret"  # noqa: S105 -- of an account that exists only here
SIGN_NAME = "同安消防"
TEMPLATE_CODE = "SMS_135000135"
TEMPLATE = "消防值班通知：${text1}，${text2}，${text3}。"
#: Refusals that come with an HTTP status of their own; every other one comes with 200.
_STATUSES = {"Throttling.User": 400, "ServiceUnavailable": 503}
#: What only the connection can do; the message is taken before `drop`, and not before `hang`.
_CONNECTION_FAULTS = ("hang", "drop")
_LONGEST_VARIABLE = 35
_PUSH_TIMEOUT_S = 5

Record = dict[str, Any]


class AliyunError(Exception):
    """A request that Aliyun refuses."""

    def __init__(self, code: str, message: str = "", status: int | None = None) -> None:
        super().__init__(code)
        self.code, self.message = code, message or code
        self.status = status or _STATUSES.get(code, 200)


@dataclass
class AliyunAccount:
    """What was sent and what each phone does; safe to use from several threads.

    `scripts` says by phone (mainland, 11 digits) what becomes of a request: an error code of Aliyun's,
    `hang` or `drop`. `template_status` and `template` are what GetSmsTemplate says.
    """

    access_key_secret: str = ACCESS_KEY_SECRET
    template_status: str = "1"
    template: str = TEMPLATE
    scripts: dict[str, str] = field(default_factory=dict)
    sent: list[Record] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def send_sms(self, query: Mapping[str, str]) -> tuple[Record, str]:
        """Take a request; returns the answer and the phone's script. Raises AliyunError."""
        phone = query.get("PhoneNumbers", "")
        does = self.scripts.get(phone, "")
        if does and does not in _CONNECTION_FAULTS:
            raise AliyunError(does)
        if not re.fullmatch(r"(\+?86)?1\d{10}", phone):
            raise AliyunError("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号")
        if query.get("SignName") != SIGN_NAME:
            raise AliyunError("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        if query.get("TemplateCode") != TEMPLATE_CODE:
            raise AliyunError("isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法")
        biz_id = f"{secrets.randbelow(10**15)}^0"
        record = {"phone": phone, "out_id": query.get("OutId"), "biz_id": biz_id, "text": self._text(query)}
        if does != "hang":
            with self._lock:
                self.sent.append(record)
        return {"Message": "OK", "RequestId": _request_id(), "Code": "OK", "BizId": biz_id}, does

    def report(self, record: Record, *, err_code: str = "DELIVERED", err_msg: str = "用户接收成功") -> Record:
        """The item of an SmsReport for a message; any other code than DELIVERED is a failure."""
        return {
            "phone_number": record["phone"],
            "send_time": "2026-03-02 15:12:01",
            "report_time": "2026-03-02 15:12:04",
            "success": err_code == "DELIVERED",
            "err_code": err_code,
            "err_msg": err_msg,
            "sms_size": "2",
            "biz_id": record["biz_id"],
            "out_id": record["out_id"],
        }

    def _text(self, query: Mapping[str, str]) -> str:
        """What the phone shows. Raises AliyunError for variables that the template does not allow."""
        try:
            values = json.loads(query.get("TemplateParam", "{}"))
        except ValueError:
            raise AliyunError("isv.INVALID_JSON_PARAM") from None

        def put(found: re.Match[str]) -> str:
            value = values.get(found.group(1))
            if not isinstance(value, str) or not value:
                raise AliyunError("isv.TEMPLATE_MISSING_PARAMETERS")
            if len(value) > _LONGEST_VARIABLE:
                raise AliyunError("isv.PARAM_LENGTH_LIMIT")
            return value

        return f"【{SIGN_NAME}】" + re.sub(r"\$\{(\w+)\}", put, self.template)


def sms_up(phone: str, content: str, sequence_id: int) -> Record:
    """The item of an SmsUp: a text from a phone, which is written without +86."""
    return {
        "phone_number": phone,
        "send_time": "2026-03-02 15:12:30",
        "content": content,
        "sign_name": SIGN_NAME,
        "dest_code": "135",
        "sequence_id": sequence_id,
    }


def push(url: str, *items: Any) -> requests.Response:
    """Push items as Aliyun does: one JSON array."""
    return requests.post(url, json=list(items), timeout=_PUSH_TIMEOUT_S)


def create_app(account: AliyunAccount) -> FastAPI:
    """The API of one account."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(AliyunError)
    def refuse(_request: Request, fault: AliyunError) -> Response:
        said = {"Message": fault.message, "RequestId": _request_id(), "Code": fault.code}
        return JSONResponse(said, fault.status)

    @app.post("/")
    async def call(request: Request) -> Response:
        _authenticate(request, account.access_key_secret, await request.body())
        query = dict(request.query_params)
        if request.headers.get("x-acs-action") == "GetSmsTemplate":
            return JSONResponse(_template(account, query))
        answer, does = account.send_sms(query)
        if does == "hang":
            await hang(request)
        if does == "drop":
            await drop(request)
        return JSONResponse(answer)

    return app


def _template(account: AliyunAccount, query: Mapping[str, str]) -> Record:
    if query.get("TemplateCode") != TEMPLATE_CODE:
        raise AliyunError("isv.SMS_TEMPLATE_ILLEGAL", "模板不存在")
    return {
        "Code": "OK",
        "Message": "OK",
        "RequestId": _request_id(),
        "TemplateCode": TEMPLATE_CODE,
        "TemplateContent": account.template,
        "TemplateName": "消防值班通知",
        "TemplateStatus": account.template_status,
        "TemplateType": "1",
    }


def _authenticate(request: Request, secret: str, body: bytes) -> None:
    """Check the V3 signature, made of method, path, query, the signed headers and the body's hash."""
    given = dict(
        re.findall(r"(Credential|SignedHeaders|Signature)=([^,]+)", request.headers["authorization"])
    )
    if given.get("Credential") != ACCESS_KEY_ID:
        raise AliyunError("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(request.query_params.items())
    )
    signed = given["SignedHeaders"]
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed.split(";"))
    canonical = "\n".join(("POST", "/", query, headers, signed, hashlib.sha256(body).hexdigest()))
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    right = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, given["Signature"]):
        raise AliyunError("SignatureDoesNotMatch", "Specified signature is not matched.", 400)


def _request_id() -> str:
    return secrets.token_hex(16).upper()
