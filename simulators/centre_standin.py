"""A stand-in for a 119 centre on a loopback port: takes hand-overs, checks them, answers by the API.

`python -m simulators.centre_standin --secret SECRET --token TOKEN --answer accepted --after 5` plays in
real time beside a running service; tests drive `Centre` step by step. The real 119 interface is not
public: this one does what contract section 8 says. It shares no code with the service that it tests.
"""

import argparse
import hashlib
import hmac
import json
import signal
import time
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any
from xml.etree import ElementTree

import requests
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from simulators.serving import LoopbackServer, drop, hang

_CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
_ANSWER_TIMEOUT_S = 10
_LOOK_EVERY_S = 0.2


@dataclass
class Centre:
    """What a centre has read, by incident in the order read, repetitions among it.

    `does` says how it behaves: nothing special, `500`, `redirect`, `hang` (reads nothing), `drop` (reads
    it, and says nothing). `faults` holds what was wrong with what it was sent.
    """

    secret: str
    does: str = ""
    read: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    requests: int = 0
    _lock: Lock = field(default_factory=Lock)

    def take(self, timestamp: str, signed: str, body: bytes) -> bool:
        """Check a request's signature and keep it; False where the signature is wrong."""
        right = hmac.new(self.secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        with self._lock:
            if not hmac.compare_digest(right, signed):
                self.faults.append("wrong signature")
                return False
            message = json.loads(body)
            said = self.read.setdefault(message["id"], [])
            self.faults += _order_faults(message["cap"], [one["cap"] for one in said])
            said.append(message)
        return True

    def kinds(self, incident_id: str) -> list[str]:
        """The CAP kinds read of an incident, repetitions left out."""
        documents = dict.fromkeys(message["cap"] for message in self.read.get(incident_id, []))
        return [_text(document, "msgType") for document in documents]


def _order_faults(document: str, earlier: list[str]) -> list[str]:
    """What is wrong with a CAP message after the earlier ones of its incident."""
    if document in earlier:
        return []
    kind, identifier = _text(document, "msgType"), _text(document, "identifier")
    if identifier in {_text(one, "identifier") for one in earlier}:
        return [f"{identifier}: another message under the same identifier"]
    if not earlier:
        return [] if kind == "Alert" else [f"{identifier}: {kind} before its Alert"]
    if kind == "Alert":
        return [f"{identifier}: a second Alert"]
    referred = {reference.split(",")[1] for reference in _text(document, "references").split()}
    return [f"{identifier}: does not refer to {one}" for one in _identifiers(earlier) if one not in referred]


def _identifiers(documents: list[str]) -> list[str]:
    return list(dict.fromkeys(_text(one, "identifier") for one in documents))


def _text(document: str, tag: str) -> str:
    root = ElementTree.fromstring(document)  # noqa: S314 -- the service under test wrote it
    return root.findtext(f"{_CAP}{tag}", "")


def create_app(centre: Centre) -> FastAPI:
    """The centre's one address."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/handover")
    async def take(request: Request) -> Response:
        centre.requests += 1
        if centre.does == "hang":
            await hang(request)
        if centre.does == "500":
            return JSONResponse({}, 500)
        if centre.does == "redirect":
            return Response(status_code=307, headers={"Location": "/elsewhere"})
        headers, body = request.headers, await request.body()
        if not centre.take(
            headers.get("X-Fire135-Timestamp", ""), headers.get("X-Fire135-Signature", ""), body
        ):
            return JSONResponse({}, 401)
        if centre.does == "drop":
            await drop(request)
        return JSONResponse({})

    return app


def report(api_url: str, token: str, incident_id: str, **said: str) -> None:
    """Tell the service how far the centre is: `status`, `number`, `reason`."""
    answer = requests.post(
        f"{api_url}/api/v1/incidents/{incident_id}/handover",
        json=said,
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": f"{incident_id}-{said['status']}",
        },
        timeout=_ANSWER_TIMEOUT_S,
    )
    answer.raise_for_status()


def main() -> None:
    """Take hand-overs and answer each incident once, until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m simulators.centre_standin", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8137)
    parser.add_argument("--secret", required=True, help="FIRE135_HANDOVER_SECRET of the service")
    parser.add_argument("--api-url", default="http://127.0.0.1:8135")
    parser.add_argument("--token", required=True, help="a token of the role dispatcher")
    parser.add_argument("--answer", choices=("accepted", "rejected"), default="accepted")
    parser.add_argument("--after", type=float, default=5.0, help="seconds from the first message")
    given = parser.parse_args()
    centre, stop, due = Centre(given.secret), Event(), dict[str, float]()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with LoopbackServer(create_app(centre), port=given.port, name="centre-standin") as server:
        print(f"119 centre stand-in: {server.base_url}/handover", flush=True)
        while not stop.wait(_LOOK_EVERY_S):
            for incident_id in list(centre.read):
                at = due.setdefault(incident_id, time.monotonic() + given.after)
                if time.monotonic() >= at:
                    due[incident_id] = float("inf")
                    _answer(given.api_url, given.token, incident_id, given.answer)


def _answer(api_url: str, token: str, incident_id: str, status: str) -> None:
    said = {"number": f"119-{incident_id[:6]}"} if status == "accepted" else {"reason": "不在本辖区"}
    try:
        report(api_url, token, incident_id, status=status, **said)
        print(f"{incident_id}: {status}", flush=True)
    except requests.RequestException as fault:
        print(f"{incident_id}: the service did not take the answer: {fault}", flush=True)


if __name__ == "__main__":
    main()
