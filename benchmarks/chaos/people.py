"""The people of a chaos run: who is paged answers by text and comes; a dispatcher closes what is over.

They do not know of any fault: who gets no answer from the service says it again.
"""

import heapq
import random
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from uuid import uuid4

import requests
from twilio.request_validator import RequestValidator

from benchmarks.chaos.carrier import Carrier, Request
from benchmarks.chaos.county import house_in, station_of
from simulators.service_api import ServiceApi, ServiceApiError

#: Of the stations sent to a house so many do not answer at all, and so many incidents nobody closes.
_SILENT, _FORGOTTEN = 0.05, 0.03
#: From the page to the answer, from there to the scene, from there to the end; seconds.
_ANSWERS_S, _ARRIVES_S, _ENDS_S = (2.0, 12.0), (5.0, 25.0), (10.0, 60.0)
#: A carrier hands in again what was not taken; a dispatcher looks at the list this often.
_AGAIN_S, _LOOKS_S = 2.0, 3.0
_TIMEOUT_S = 5.0
#: A carrier hands in so many texts at once.
_AT_ONCE = 8
_CODE = re.compile(r"火警(?:已确认)?([A-Z]+\d+)")


@dataclass(order=True, slots=True)
class _Text:
    """What a phone says about a house, when, under the carrier's id."""

    due: float
    house: str = field(compare=False)
    form: dict[str, str] = field(compare=False)


class Chiefs:
    """Everybody who is paged: answers, reports on scene, or stays silent.

    Args:
        carrier: where their messages arrive.
        url: the service, from outside.
        auth_token: signs what they text, as the carrier does.
        seed: who is silent, and how long they take.
    """

    def __init__(self, carrier: Carrier, url: str, auth_token: str, seed: int) -> None:
        self._carrier, self._url = carrier, f"{url}/webhooks/twilio/sms"
        self._validator = RequestValidator(auth_token)
        self._seed, self._random = seed, random.Random(seed)
        self._session = requests.Session()
        self._session.trust_env = False
        self._read = 0
        self._paged: set[tuple[int, str]] = set()
        self._texts: list[_Text] = []
        #: The ids of texts that the service has taken.
        self.said: list[str] = []
        #: Since when somebody is at a house, by the wall clock.
        self.on_scene: dict[str, float] = {}
        self.silent = 0

    def run(self, over: Event) -> None:
        """Read and answer until it is over."""
        with ThreadPoolExecutor(_AT_ONCE) as carrier:
            while not over.wait(0.1):
                messages = self._carrier.requests[self._read :]
                self._read += len(messages)
                for message in messages:
                    if message.is_taken:
                        self._consider(message)
                for again in filter(None, list(carrier.map(self._say, self._due()))):
                    heapq.heappush(self._texts, again)

    def _due(self) -> list[_Text]:
        """What is to be said now; no more than the carrier hands in at once, so that it is soon over."""
        due: list[_Text] = []
        while self._texts and self._texts[0].due <= time.monotonic() and len(due) < _AT_ONCE:
            due.append(heapq.heappop(self._texts))
        return due

    def _consider(self, page: Request) -> None:
        """A page is answered once by its station: whoever reads it first."""
        station, house, code = station_of(page.phone), house_in(page.body), _CODE.search(page.body)
        if station is None or house is None or code is None or (station, house) in self._paged:
            return
        self._paged.add((station, house))
        if random.Random(f"{self._seed} {station} {house}").random() < _SILENT:
            self.silent += 1
            return
        answers_at = time.monotonic() + self._random.uniform(*_ANSWERS_S)
        arrives_at = answers_at + self._random.uniform(*_ARRIVES_S)
        for due, digit in ((answers_at, "1"), (arrives_at, "3")):
            form = {"MessageSid": f"SM{uuid4().hex}", "From": page.phone, "Body": f"{digit} {code.group(1)}"}
            heapq.heappush(self._texts, _Text(due, house, form))

    def _say(self, text: _Text) -> _Text | None:
        """Hand a text in; gives what is to be said again later where the service did not take it."""
        if not self._is_taken(text.form):
            return _Text(time.monotonic() + _AGAIN_S, text.house, text.form)
        self.said.append(text.form["MessageSid"])
        if text.form["Body"].startswith("3"):
            self.on_scene.setdefault(text.house, time.time())
        return None

    def _is_taken(self, form: Mapping[str, str]) -> bool:
        signature = self._validator.compute_signature(self._url, form)
        try:
            answer = self._session.post(
                self._url, data=form, headers={"X-Twilio-Signature": signature}, timeout=_TIMEOUT_S
            )
        except requests.RequestException:
            return False
        return answer.ok


class Dispatcher:
    """Closes incidents over the API, some time after somebody has come."""

    def __init__(self, desk: ServiceApi, chiefs: Chiefs, seed: int) -> None:
        self._desk, self._chiefs, self._seed = desk, chiefs, seed
        self.closed = 0

    def run(self, over: Event) -> None:
        """Look and close until it is over; while the service is away, look again later."""
        while not over.wait(_LOOKS_S):
            try:
                self._close_what_is_over()
            except (ServiceApiError, requests.RequestException):
                continue

    def _close_what_is_over(self) -> None:
        for incident in self._desk.items("/incidents", status="open"):
            if self._is_over(incident["premises"]["id"]):
                self._desk.post(f"/incidents/{incident['id']}/close", {"disposition": "other"})
                self.closed += 1

    def _is_over(self, house: str) -> bool:
        since, chance = self._chiefs.on_scene.get(house), random.Random(f"{self._seed} {house}")
        if since is None or chance.random() < _FORGOTTEN:
            return False
        return time.time() - since > chance.uniform(*_ENDS_S)
