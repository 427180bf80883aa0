"""The service watches itself: one probe a minute over the real broker, and what a lost one leads to."""

import logging
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from unittest.mock import Mock

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from fire135 import hearing, watch
from fire135.service import Program
from fire135.settings import Settings
from fire135.watch import Watch, topic_of_probe
from ingest.broker import EmbeddedBroker
from ingest.broker_address import parse_broker_url
from ingest.broker_probe import publish
from ingest.formats import parse_sources
from ingest.pipeline import Pipeline
from ingest.reading import Message
from ingest.subscriber import Subscriber
from store.incidents import Notification
from store.places import PROBE_DEVICE
from tests.story import Phones, Story, story

__all__ = ["story"]

_TOPIC = f"fire135/v1/{PROBE_DEVICE}/event"


class Loop:
    """The parts of the loop on a story's clock; any may be broken, and time passes only in pauses."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.broker = self.ingest = self.sender = True
        self.told_outside = 0
        story.carriers["probe"] = Phones("probe")
        self._waiting: list[bytes] = []
        self._pipeline = Pipeline(
            story.database, story.setup, parse_sources("all"), now=story.clock.now, on_queued=lambda: None
        )
        self.watch = Watch(
            story.database,
            story.setup,
            story.clock,
            self._publish,
            wake_sender=lambda: None,
            tell_outside=self._outside,
            pause=self._pause,
        )

    def minute(self) -> None:
        self.watch._round()
        if self.sender:
            self.story.send()
        self.story.clock.advance(60)

    def _publish(self, payload: bytes) -> bool:
        if self.broker:
            self._waiting.append(payload)
        return self.broker

    def _outside(self) -> None:
        self.told_outside += 1

    def _pause(self, seconds: float) -> bool:
        is_whole = self.broker and self.ingest and self.sender
        self.story.clock.advance(seconds if is_whole else 5)  # nobody wants to wait for what is broken
        if self.ingest:
            while self._waiting:
                self._pipeline.gather(Message(_TOPIC, self._waiting.pop(0), retained=False), None)
                self._pipeline.settle()
        if self.sender:
            self.story.send()
        return False


@pytest.fixture
def loop(story: Story) -> Loop:
    return Loop(story)


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def purposes(story: Story) -> list[str]:
    with story.database.read() as session:
        return list(session.scalars(select(Notification.purpose).order_by(Notification.id)))


def test_a_probe_that_arrives_is_measured_and_told_outside(loop: Loop) -> None:
    arrived, seconds = counted("fire135_probe_seconds_count"), counted("fire135_probe_seconds_sum")
    loop.minute()
    loop.minute()
    assert counted("fire135_probe_seconds_count") == arrived + 2
    assert counted("fire135_probe_seconds_sum") == pytest.approx(seconds + 0.5)
    assert loop.told_outside == 2
    assert purposes(loop.story) == ["probe", "probe"]


@pytest.mark.parametrize(
    ("part", "said"), [("broker", "连不上MQTT服务器"), ("ingest", "报警未能入库"), ("sender", "短信未能发出")]
)
def test_the_duty_officer_hears_where_a_lost_probe_got_stuck_and_when_all_is_well(
    loop: Loop, part: str, said: str
) -> None:
    missed = counted("fire135_probe_missed_total")
    setattr(loop, part, False)
    loop.minute()
    loop.minute()
    assert counted("fire135_probe_missed_total") == missed + 2
    assert loop.told_outside == 0

    setattr(loop, part, True)
    loop.minute()
    loop.minute()
    loop.story.send()
    told = loop.story.texts(loop.story.district.duty_officer)
    assert len(told) == 2
    assert said in told[0]
    assert "恢复正常" in told[1]
    assert loop.told_outside == 2


def test_a_broker_that_is_back_in_time_is_no_miss(loop: Loop) -> None:
    missed = counted("fire135_probe_missed_total")
    loop.broker = False
    comes_back = loop.story.clock.now().timestamp() + 20
    pause: Callable[[float], bool] = loop.watch._pause

    def repaired(seconds: float) -> bool:
        loop.broker = loop.story.clock.now().timestamp() >= comes_back
        return pause(seconds)

    loop.watch._pause = repaired
    loop.minute()
    assert counted("fire135_probe_missed_total") == missed
    assert loop.told_outside == 1


def test_without_a_database_a_probe_is_missed_and_the_outside_watcher_hears_nothing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = counted("fire135_probe_missed_total")
    loop.ingest = loop.sender = False
    gone = Mock(side_effect=OperationalError("SELECT 1", {}, Exception("gone")))
    monkeypatch.setattr(loop.story.database, "read", gone)
    monkeypatch.setattr(loop.story.database, "begin", gone)
    with pytest.raises(OperationalError):
        loop.minute()
    assert counted("fire135_probe_missed_total") == missed + 1
    assert loop.told_outside == 0


def test_a_probe_crosses_a_real_broker_and_the_real_subscriber(story: Story, broker: EmbeddedBroker) -> None:
    pipeline = Pipeline(story.database, story.setup, parse_sources("all"), now=story.clock.now)
    subscriber = Subscriber(broker.url, pipeline)
    taken = Event()
    pipeline._on_queued = taken.set
    thread = Thread(target=subscriber.run)
    thread.start()
    try:
        address = parse_broker_url(broker.url)
        message = watch._Probe("p1", story.clock.now()).payload
        assert any(subscriber.is_connected or Event().wait(0.05) for _ in range(200))
        assert publish(address, _TOPIC, message)
        assert taken.wait(10)
    finally:
        subscriber.stop()
        thread.join()
    assert purposes(story) == ["probe"]


def test_a_broker_that_is_not_there_confirms_nothing(free_port: int) -> None:
    assert not publish(parse_broker_url(f"mqtt://127.0.0.1:{free_port}"), _TOPIC, b"{}", timeout_s=1)


@pytest.mark.parametrize(
    ("sources", "topic"),
    [
        ("all", _TOPIC),
        ("native", _TOPIC),
        ("zigbee2mqtt,native:site/7/+/event", f"site/7/{PROBE_DEVICE}/event"),
        ("native:site/#", f"site/{PROBE_DEVICE}/event"),
        ("zigbee2mqtt", None),
    ],
)
def test_the_probe_speaks_where_native_devices_are_heard(sources: str, topic: str | None) -> None:
    assert topic_of_probe(parse_sources(sources)) == topic


@pytest.fixture
def outside() -> Iterator[tuple[str, Event]]:
    """An outside watcher: its address, and whether it was asked."""
    asked = Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            asked.set()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ping/secret", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_whole_service_hears_itself_and_says_so_outside(
    sqlite_template: Path,
    tmp_path: Path,
    free_port: int,
    outside: tuple[str, Event],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, asked = outside
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(sqlite_template, tmp_path / "fire135.db")
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/fire135.db",
        mqtt_url=f"embedded://127.0.0.1:{free_port}",
        http_port=0,
        heartbeat_url=url,
    )
    program = Program(settings)

    def until_heard(_: float) -> bool:
        assert program._hearing
        return not program._hearing.subscriber._subscribed.wait(20) or program._stopped.wait(0.05)

    monkeypatch.setattr(hearing, "Watch", partial(Watch, pause=until_heard))
    program.start()
    try:
        assert asked.wait(20)
        assert program._hearing
        whys = {name: why() for name, why in program._readiness(program._hearing).items()}
        loops = ("sender", "overdue", "centre", "escalator", "supervisor", "carrier_pushes", "watch", "roads")
        assert {name: why for name, why in whys.items() if name != "database"} == dict.fromkeys(
            ("broker", *loops)
        )
    finally:
        program.stop()
    assert PROBE_DEVICE not in capsys.readouterr().out


def test_an_outside_watcher_that_is_away_harms_nothing_and_its_address_stays_secret(
    free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        watch._ask(f"http://127.0.0.1:{free_port}/ping/secret")
    assert "FIRE135_HEARTBEAT_URL" in caplog.text
    assert "secret" not in caplog.text
