"""Which format a topic speaks."""

import pytest

from ingest.formats import SourcesError, parse_sources
from ingest.reading import Message, Reading


def spoken(sources: str, topic: str) -> str | None:
    route = parse_sources(sources).match(topic)
    return route.format.name if route else None


def test_all_formats_listen_on_their_own_topics() -> None:
    assert spoken("all", "fire135/v1/smoke-1/event") == "native"
    assert spoken("", "fire135/v1/gw/status") == "native"
    assert spoken("all", "zigbee2mqtt/Kitchen/smoke_1/availability") == "zigbee2mqtt"
    assert spoken("all", "somebody/elses/topic") is None
    assert spoken("all", "zigbee2mqtt2/x") is None


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("homeassistant/binary_sensor/attic/config", "homeassistant"),
        ("homeassistant/status", "homeassistant"),
        ("tele/panel/SENSOR", "tasmota"),
        ("panel/tele/LWT", "tasmota"),
        ("stat/status/FIRE", "tasmota"),
        ("shellies/shellysmoke-6A6A6A/sensor/smoke", "shelly"),
        ("shellies/announce", "shelly"),
        ("shellyplussmoke-80646fd09ed4/events/rpc", "shelly"),
        ("shellyplussmoke-80646fd09ed4/status/smoke:0", "shelly"),
        ("shellyplussmoke-80646fd09ed4/online", "shelly"),
        ("zigbee2mqtt/online", "zigbee2mqtt"),
        ("zigbee2mqtt/status/hall", "zigbee2mqtt"),
        ("zigbee2mqtt/tele/hall", "zigbee2mqtt"),
        ("fire135/v1/tele/status", "native"),
    ],
)
def test_a_broad_filter_takes_nothing_from_another_format(topic: str, name: str) -> None:
    assert spoken("all", topic) == name


def test_a_format_may_listen_elsewhere() -> None:
    sources = "zigbee2mqtt:site/+/z2m/#, native"
    assert spoken(sources, "site/7/z2m/hall") == "zigbee2mqtt"
    assert spoken(sources, "zigbee2mqtt/hall") is None
    assert spoken(sources, "fire135/v1/x/event") == "native"
    assert parse_sources(sources).filters == ("site/+/z2m/#", "fire135/v1/+/event", "fire135/v1/+/status")


def test_all_may_be_added_to() -> None:
    sources = "all,zigbee2mqtt:zigbee/#"
    assert spoken(sources, "zigbee/hall") == spoken(sources, "zigbee2mqtt/hall") == "zigbee2mqtt"


def test_of_two_filters_that_match_the_first_wins() -> None:
    assert spoken("zigbee2mqtt:fire135/#,native", "fire135/v1/x/event") == "zigbee2mqtt"
    assert spoken("native,zigbee2mqtt:fire135/#", "fire135/v1/x/event") == "native"
    assert spoken("native:a/#,zigbee2mqtt:a/#", "a/x") == "native"


@pytest.mark.parametrize(
    ("pattern", "topic", "external_id"),
    [
        ("zigbee2mqtt/#", "zigbee2mqtt/a/b", "a/b"),
        ("site/+/z2m/#", "site/7/z2m/a/b", "a/b"),
        ("zigbee2mqtt/+", "zigbee2mqtt/a", "a"),
        ("zigbee2mqtt/hall/+", "zigbee2mqtt/hall/a", "a"),
        ("zigbee2mqtt/a", "zigbee2mqtt/a", "a"),
        ("+/#", "anything/a/b", "a/b"),
    ],
)
def test_the_filter_says_where_the_devices_names_begin(pattern: str, topic: str, external_id: str) -> None:
    route = parse_sources(f"zigbee2mqtt:{pattern}").match(topic)
    assert route is not None
    (fact,) = route.decode(Message(topic, b'{"smoke": true}'))
    assert isinstance(fact, Reading)
    assert fact.external_id == external_id


def test_hints_are_wanted_whole_by_every_process() -> None:
    assert parse_sources("zigbee2mqtt,zigbee2mqtt:a/+/#").hint_filters == (
        "zigbee2mqtt/bridge/devices",
        "a/+/bridge/devices",
    )


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ("zigbe2mqtt", "'zigbe2mqtt' is no format; name all, chirpstack"),
        ("mqtt:a/#", "'mqtt' is no format"),
        ("zigbee2mqtt:", "'' is no MQTT topic filter, such as zigbee2mqtt/#"),
        ("zigbee2mqtt:a/#/b", "'a/#/b' is no MQTT topic filter"),
        ("zigbee2mqtt:a/b#", "'a/b#' is no MQTT topic filter"),
        ("zigbee2mqtt:a+/b", "'a+/b' is no MQTT topic filter"),
        ("ctwing:a/#", "ctwing does not come by MQTT"),
        ("zigbee2mqtt:$share/g/a", "'$share/g/a' is no MQTT topic filter"),
    ],
)
def test_a_mistake_is_named_on_one_line(sources: str, said: str) -> None:
    with pytest.raises(SourcesError) as refusal:
        parse_sources(sources)
    assert str(refusal.value).startswith("FIRE135_SOURCES: ")
    assert said in str(refusal.value)
