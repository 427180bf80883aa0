"""A stand-in for the group robots of WeCom, DingTalk and Feishu on a loopback port.

It takes what their webhooks take and answers as they do: HTTP 200 whatever happened, the outcome in the
body (`errcode`, `code`). It shares no code with the service that it tests.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from simulators.serving import drop, hang

#: What each service answers, by the word that scripts it.
_WECOM = {
    "": {"errcode": 0, "errmsg": "ok"},
    "refuse": {"errcode": 93000, "errmsg": "invalid webhook url"},
    "throttle": {"errcode": 45009, "errmsg": "api freq out of limit"},
}
_DINGTALK = {
    "": {"errcode": 0, "errmsg": "ok"},
    "refuse": {"errcode": 310000, "errmsg": "keywords not in content"},
    "throttle": {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
}
_FEISHU = {
    "": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
    "refuse": {"code": 19024, "data": {}, "msg": "Key Words Not Found"},
    "throttle": {"code": 11232, "data": {}, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]"},
}


@dataclass
class Chats:
    """What each robot's chat shows, by the robot's token.

    `scripts` says what a robot does: `refuse`, `throttle`, `500`, `hang` (takes nothing) or `drop` (takes
    it, and says nothing). `secrets` holds DingTalk's signing secrets.
    """

    shown: dict[str, list[str]] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    async def take(
        self, request: Request, token: str, text: str, answers: dict[str, dict[str, Any]]
    ) -> Response:
        """Show a text, or do what the script says."""
        does = self.scripts.get(token, "")
        if does == "hang":
            await hang(request)
        if does == "500":
            return Response("<html>Bad Gateway</html>", 502)
        if does in ("", "drop"):
            self.shown.setdefault(token, []).append(text)
        if does == "drop":
            await drop(request)
        return JSONResponse(answers.get(does, answers[""]))


def create_app(chats: Chats) -> FastAPI:
    """The three webhooks."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/cgi-bin/webhook/send")
    async def wecom(request: Request, key: str) -> Response:
        said = await request.json()
        return await chats.take(request, key, said["text"]["content"], _WECOM)

    @app.post("/robot/send")
    async def dingtalk(request: Request, access_token: str, timestamp: str = "", sign: str = "") -> Response:
        secret = chats.secrets.get(access_token)
        if secret is not None and not _is_signed(secret, timestamp, sign):
            return JSONResponse({"errcode": 310000, "errmsg": "sign not match"})
        said = await request.json()
        return await chats.take(request, access_token, said["text"]["content"], _DINGTALK)

    @app.post("/open-apis/bot/v2/hook/{token}/")
    async def feishu(request: Request, token: str) -> Response:
        said = await request.json()
        return await chats.take(request, token, said["content"]["text"], _FEISHU)

    return app


def _is_signed(secret: str, timestamp: str, sign: str) -> bool:
    made = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(made), unquote(sign).encode())
