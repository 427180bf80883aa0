"""FIRE135_MQTT_URL and FIRE135_MQTT_GROUP, read."""

import pytest

from ingest.broker_address import BrokerAddress, BrokerAddressError, check_group, parse_broker_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://127.0.0.1", BrokerAddress("127.0.0.1", 1883)),
        ("mqtt://broker:1884/", BrokerAddress("broker", 1884)),
        ("mqtts://broker", BrokerAddress("broker", 8883, tls=True)),
        ("mqtt://[::1]:1883", BrokerAddress("::1", 1883)),
        ("mqtt://u%40x:p%2Fw@broker", BrokerAddress("broker", 1883, username="u@x", password="p/w")),
    ],
)
def test_a_broker_is_read(url: str, address: BrokerAddress) -> None:
    assert parse_broker_url(url) == address


@pytest.mark.parametrize(
    "url", ["", "broker:1883", "http://broker", "mqtt://", "mqtt://b:99999", "mqtt://b/x", "mqtt://b?x=1"]
)
def test_a_mistake_says_what_to_write(url: str) -> None:
    with pytest.raises(BrokerAddressError, match="FIRE135_MQTT_URL: write it like mqtt://user:password@host"):
        parse_broker_url(url)


def test_the_log_never_shows_the_password() -> None:
    assert str(parse_broker_url("mqtt://u:secret@broker")) == "broker:1883"


def test_a_group_is_one_word() -> None:
    assert check_group("") == ""
    assert check_group("ingest") == "ingest"
    with pytest.raises(BrokerAddressError, match="FIRE135_MQTT_GROUP: 'a/b'"):
        check_group("a/b")
