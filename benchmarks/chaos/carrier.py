"""A carrier that answers as Twilio does, fails in every way on demand, and keeps what it was asked."""

import json
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

_HANG_S = 30.0


class Mood(StrEnum):
    """How it treats requests."""

    WELL = "well"
    ERROR = "error 500"
    THROTTLES = "429 with Retry-After"
    HANGS = "hangs"  # reads the request, does not take it, never answers
    DROPS = "drops"  # takes it, and the connection breaks before the answer
    REFUSES = "refuses connections"


@dataclass(slots=True)
class Request:
    """One request, by the wall clock; `message` is the service's own number of it."""

    at: float
    message: str
    phone: str
    body: str
    is_taken: bool = False
    is_answered: bool = False
    sid: str = ""

    @property
    def is_call(self) -> bool:
        """Not a text."""
        return self.sid.startswith("CA")

    def as_resource(self) -> dict[str, object]:
        """What Twilio's list of messages, or of calls, says of it, as far as anybody asks."""
        words = {"sid": self.sid, "to": self.phone, "body": self.body, "status": "queued"}
        return words | {"direction": "outbound-api", "date_created": formatdate(self.at), "error_code": None}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    carrier: "Carrier"

    def handle_error(self, request: object, client_address: object) -> None:
        """A service that was killed left in the middle: nothing to say."""


class Carrier:
    """On one loopback port, which it keeps."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._mood = Mood.WELL
        self._port = 0
        self._server: _Server | None = None
        self._listen()

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def mood(self) -> Mood:
        """How it treats requests now."""
        return self._mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self._mood = mood
        if mood is Mood.REFUSES:
            self.close()
        elif self._server is None:
            self._listen()

    def taken(self) -> list[Request]:
        """What it took, oldest first."""
        return [request for request in list(self.requests) if request.is_taken]

    def close(self) -> None:
        """Listen no more."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.carrier = self
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Take a message or a call, or fail as the mood has it."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        carrier, mood = self.server.carrier, self.server.carrier.mood
        if mood is Mood.REFUSES:  # a connection that was open before
            self._vanish()
            return
        callback = parse_qs(urlsplit(form["StatusCallback"][0]).query)
        number = callback["notification"][0]
        request = Request(time.time(), number, form["To"][0], form.get("Body", [""])[0])
        request.sid = ("CA" if "Calls" in self.path else "SM") + uuid4().hex
        request.is_taken = mood in (Mood.WELL, Mood.DROPS)
        carrier.requests.append(request)
        if mood is Mood.WELL:
            self._answer(201, {"sid": request.sid, "status": "queued"})
            request.is_answered = True
        else:
            self._fail(mood)

    def do_GET(self) -> None:
        """The list of messages or calls: to one phone, or any to see whether the account works."""
        carrier, mood = self.server.carrier, self.server.carrier.mood
        if mood is not Mood.WELL:
            self._fail(mood)
            return
        uri, asked = self.path, parse_qs(urlsplit(self.path).query)
        name = "calls" if "Calls" in self.path else "messages"
        newest = reversed([each for each in carrier.taken() if each.is_call is (name == "calls")])
        wanted = (each for each in newest if each.phone == asked.get("To", [each.phone])[0])
        size = int(asked["PageSize"][0])
        found = [each.as_resource() for each in islice(wanted, size)]
        page = {name: found, "page": 0, "page_size": size, "start": 0, "end": len(found)}
        links = {"uri": uri, "first_page_uri": uri, "previous_page_uri": None, "next_page_uri": None}
        self._answer(200, page | links)

    def _fail(self, mood: Mood) -> None:
        if mood is Mood.ERROR:
            self._answer(500, {"code": 20500, "message": "An internal server error has occurred"})
        elif mood is Mood.THROTTLES:
            self._answer(429, {"code": 20429, "message": "Too Many Requests"}, retry_after_s=2)
        else:
            if mood is Mood.HANGS:
                time.sleep(_HANG_S)
            self._vanish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _vanish(self) -> None:
        self.close_connection = True

    def _answer(self, status: int, body: dict[str, object], retry_after_s: int | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        if retry_after_s is not None:
            self.send_header("Retry-After", str(retry_after_s))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
