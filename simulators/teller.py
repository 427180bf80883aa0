"""Tell what happens while it happens: the timeline of every incident, and what phones receive."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from simulators.phones import Phones
from simulators.service_api import ServiceApi
from simulators.words import line_of

#: As many incidents as can be followed at once; older ones have long been told.
_FOLLOWED = 20
#: A closed incident that stayed quiet for so many looks is not looked at again.
_ENDED_AFTER_LOOKS = 10
#: Facts of a message on its way; a carrier may say one of them, or both.
_GONE_OUT = frozenset({"message_sent", "message_delivered"})


class Teller:
    """Looks when asked to, and writes a line for everything new.

    Args:
        api: the service.
        phones: the stand-in's phones; without them a message is told without its text.
        write: takes one line.
    """

    def __init__(self, api: ServiceApi, phones: Phones | None, write: Callable[[str], object]) -> None:
        self._api, self._phones, self._write = api, phones, write
        self._story_start: float | None = None
        self._speed = 1.0
        self._last_fact: dict[str, int] = {}
        self._stations: dict[int, str] = {}
        self._names: dict[str, str] = {}
        self._quiet_looks: dict[str, int] = {}
        self._told_messages: set[int] = set()

    def begin_story(self, speed: float) -> None:
        """From now on the time told is that of a story, which runs so much faster than the clock."""
        self._story_start, self._speed = time.monotonic(), speed

    def end_story(self) -> None:
        """From now on the time told is that of the clock."""
        self._story_start = None

    def tell(self, line: str) -> None:
        """Write a line with the time."""
        self._write(f"[{self._time()}] {line}")

    def catch_up(self) -> None:
        """Pass over everything that has happened so far. Raises ServiceApiError, PhonesError."""
        self._names = {
            place["contact_phone"]: place["contact_name"] for place in self._api.items("/premises")
        }
        self._names |= {person["phone"]: person["name"] for person in self._api.items("/people")}
        for incident in self._recent():
            self._new_facts(incident)
        if self._phones is not None:
            self._phones.new_sent()

    def look(self) -> None:
        """Tell everything that is new. Raises ServiceApiError, PhonesError."""
        # Asked first and told last: what made a message is then always told before it.
        messages, calls = self._phones.new_sent() if self._phones is not None else ((), ())
        for incident in self._recent():
            for fact in self._new_facts(incident):
                if fact["kind"] in _GONE_OUT and self._is_told(fact["data"]["notification_id"]):
                    continue
                station = self._stations.get(fact["assignment_id"] or 0, "")
                self.tell(line_of(fact, incident["code"], station))
        for message in messages:
            self.tell(f"→ {self._name(message['to'])}：{message['body']}")
        for call in calls:
            self.tell(f"☎ {self._name(call['to'])}")

    def _is_told(self, notification_id: int) -> bool:
        """Whether a message needs no line: it is on a phone, or its line was for the one before."""
        is_told = self._phones is not None or notification_id in self._told_messages
        self._told_messages.add(notification_id)
        return is_told

    def _recent(self) -> list[Any]:
        """The latest incidents, oldest first, without those that ended some time ago."""
        listed = self._api.get("/incidents", limit=_FOLLOWED)["items"]
        return [
            incident
            for incident in reversed(listed)
            if self._quiet_looks.get(incident["id"], 0) < _ENDED_AFTER_LOOKS
        ]

    def _new_facts(self, incident: Mapping[str, Any]) -> list[Any]:
        incident_id = incident["id"]
        facts = self._api.items(f"/incidents/{incident_id}/timeline")
        new = [fact for fact in facts if fact["id"] > self._last_fact.get(incident_id, 0)]
        is_quiet = incident["status"] == "closed" and not new
        self._quiet_looks[incident_id] = self._quiet_looks.get(incident_id, 0) + 1 if is_quiet else 0
        for fact in new:
            self._last_fact[incident_id] = fact["id"]
            if fact["kind"] == "assigned":
                self._stations[fact["assignment_id"]] = fact["data"]["station"]
        return new

    def _name(self, phone: str) -> str:
        name = self._names.get(phone)
        return f"{name} {phone}" if name else phone

    def _time(self) -> str:
        if self._story_start is None:
            return f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005 - for whoever sits at this machine
        minutes, seconds = divmod(int((time.monotonic() - self._story_start) * self._speed), 60)
        return f"+{minutes}:{seconds:02}"
