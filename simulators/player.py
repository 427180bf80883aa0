"""Play a story against a running service, from outside: devices over MQTT, people over HTTP.

What the story expects to see is waited for and never assumed; what does not come is said, and the
story has failed.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, NoReturn

from simulators.field import Field
from simulators.mqtt_line import LineError
from simulators.phones import Phones, PhonesError
from simulators.response_log import response_log
from simulators.service_api import ServiceApi, ServiceApiError
from simulators.sight import shows, told_of
from simulators.steps import (
    Answers,
    CentreAccepts,
    DeskCloses,
    DeviceShows,
    GetsText,
    NobodyIsPaged,
    PersonDone,
    Scenario,
    Seen,
    SetsMilestone,
    Step,
)
from simulators.teller import Teller

_LOOK_EVERY_S = 0.25
_SAY_WAITING_AFTER_S = 3.0
#: What ends a play for reasons outside the story; the message is for the user.
TROUBLES = (LineError, PhonesError, ServiceApiError)


class StoryError(Exception):
    """The story cannot go on; the message says what was not there."""


class StoppedError(Exception):
    """Someone asked the play to stop."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where stories are played; everything is connected. `stopping` ends a play at any moment."""

    field: Field
    api: ServiceApi
    phones: Phones | None
    teller: Teller
    stopping: Event


def play(
    scenario: Scenario,
    *,
    mqtt_url: str,
    api_url: str,
    token: str,
    phones_url: str = "",
    speed: float = 1.0,
    write: Callable[[str], object] = print,
) -> bool:
    """Play one story alone; False where something was not seen, which is said.

    Args:
        scenario: the story.
        mqtt_url: the broker, `mqtt://` or `mqtts://`.
        api_url: the service, such as `http://127.0.0.1:8135`.
        token: an API token with the role dispatcher.
        phones_url: the Twilio stand-in; without one people answer on the page.
        speed: how much faster than told; the service's own plan keeps its time.
        write: takes each line.

    Raises TROUBLES where broker, service or phones cannot be reached.
    """
    with ExitStack() as stack:
        api = stack.enter_context(closing(ServiceApi(api_url, token)))
        phones = stack.enter_context(closing(Phones(phones_url))) if phones_url else None
        teller = Teller(api, phones, write)
        teller.catch_up()
        field = Field(mqtt_url, [scenario])
        stack.callback(field.stop)
        field.start()
        return play_story(scenario, Stage(field, api, phones, teller, Event()), speed)


def play_story(scenario: Scenario, stage: Stage, speed: float) -> bool:
    """Play a story on a stage; False where something was not seen, which is said.

    Raises StoppedError, and TROUBLES where broker, service or phones cannot be reached.
    """
    stage.teller.begin_story(speed)
    stage.teller.tell(f"══ {scenario.title}")
    try:
        _Play(scenario, stage, speed).run()
    except StoryError as fault:
        stage.teller.tell(f"✗ {scenario.name}: {fault}")
        return False
    finally:
        stage.teller.end_story()
    return True


class _Play:
    """One performance."""

    def __init__(self, scenario: Scenario, stage: Stage, speed: float) -> None:
        self._scenario, self._stage, self._speed = scenario, stage, speed
        self._incident_id: str | None = None
        self._start = time.monotonic()

    def run(self) -> None:
        """Play every step at its time, then show the response log."""
        premises_id = self._scenario.premises_id
        if left := self._stage.api.open_incidents(premises_id):
            raise StoryError(
                f"premises {premises_id} has the open incident {left[0]['code']}; close it first"
            )
        for step in self._scenario.steps:
            while (wait_s := self._start + step.at_s / self._speed - time.monotonic()) > 0:
                self._pause(min(wait_s, _LOOK_EVERY_S))
            self._perform(step)
        self._pause(_LOOK_EVERY_S)
        incident = self._incident()
        for line in response_log(incident) if incident else ():
            self._stage.teller.tell(line)

    def _perform(self, step: Step) -> None:
        what = step.what
        if isinstance(what, Seen):
            self._wait_for(partial(self._is_seen, what), str(what))
            self._say("✓", step)
            return
        self._say("…", step)
        if isinstance(what, PersonDone):
            self._let_person(what)
        else:
            self._stage.field.do(what)

    def _say(self, mark: str, step: Step) -> None:
        """Tell the step's words, behind everything that has happened before it."""
        self._stage.teller.look()
        if step.say:
            self._stage.teller.tell(f"{mark} {step.say}")

    # -- people ------------------------------------------------------------------------------------

    def _let_person(self, what: PersonDone) -> None:
        match what:
            case Answers():
                self._answer(what)
            case SetsMilestone(station_id, milestone):
                self._tell_service("milestones", {"station_id": station_id, "milestone": milestone})
            case CentreAccepts(number):
                self._tell_service("handover", {"status": "accepted", "number": number})
            case DeskCloses(disposition, cause, note):
                self._tell_service("close", {"disposition": disposition, "cause": cause, "note": note})

    def _answer(self, given: Answers) -> None:
        """By text from the phone that the station's first page went to, else on the page."""
        told = self._wait_for(lambda: self._told(given.station_id), f"{given.station_id} 收到通知")
        if self._stage.phones is not None:
            person = self._stage.api.get(f"/people/{told[0]['person_id']}")
            self._stage.phones.text_back(person["phone"], self._with_code(given.text))
        elif given.milestone is not None:
            body = {"station_id": given.station_id, "milestone": given.milestone}
            self._tell_service("milestones", body)

    def _told(self, station_id: str) -> list[Any]:
        incident = self._incident()
        return list(told_of(incident, station_id)) if incident else []

    def _with_code(self, text: str) -> str:
        """The code goes before the digit where another incident is open, too."""
        listed = self._stage.api.get("/incidents", status="open")["items"]
        incident = self._incident()
        return f"{incident['code']} {text}" if incident and len(listed) > 1 else text

    def _tell_service(self, path: str, body: dict[str, Any]) -> None:
        if self._incident() is None:
            self._miss("一起未结案的警情 an open incident")
        self._stage.api.post(f"/incidents/{self._incident_id}/{path}", body)

    # -- what can be seen --------------------------------------------------------------------------

    def _is_seen(self, expected: Seen) -> bool:
        if isinstance(expected, DeviceShows):
            return bool(self._stage.api.get(f"/devices/{expected.device_id}")["state"] == expected.state)
        if isinstance(expected, GetsText):
            return self._has_text(expected)
        if isinstance(expected, NobodyIsPaged):
            return not self._stage.api.open_incidents(self._scenario.premises_id)
        incident = self._incident()
        return incident is not None and shows(incident, expected)

    def _has_text(self, expected: GetsText) -> bool:
        if self._stage.phones is None:
            return True
        person = self._stage.api.get(f"/people/{expected.person_id}")
        return any(expected.words in text for text in self._stage.phones.texts_to(person["phone"]))

    def _incident(self) -> Any:
        """The story's incident as it is now; None before it opens."""
        if self._incident_id is None:
            found = self._stage.api.open_incidents(self._scenario.premises_id)
            if not found:
                return None
            self._incident_id = found[0]["id"]
        return self._stage.api.get(f"/incidents/{self._incident_id}")

    def _wait_for(self, look: Callable[[], Any], what: str) -> Any:
        began = time.monotonic()
        is_said = self._speed <= 1
        while not (seen := look()):
            waited_s = time.monotonic() - began
            if waited_s > self._scenario.must_be_seen_within_s:
                self._miss(what)
            if waited_s > _SAY_WAITING_AFTER_S and not is_said:
                self._stage.teller.tell(
                    "… 服务的预案按自己的时间走，等待中 waiting for the service's own plan"
                )
                is_said = True
            self._pause(_LOOK_EVERY_S)
        return seen

    def _miss(self, what: str) -> NoReturn:
        waited_s = self._scenario.must_be_seen_within_s
        raise StoryError(f"{waited_s:.0f} 秒内没有看到 not seen within {waited_s:.0f} s: {what}")

    def _pause(self, seconds: float) -> None:
        """Let time pass; what happens meanwhile is told."""
        self._stage.teller.look()
        self._stage.field.beat()
        if self._stage.stopping.wait(seconds):
            raise StoppedError
