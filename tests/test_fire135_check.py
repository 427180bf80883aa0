"""`fire135 check`: every fault of a set-up is one line that says what to do."""

import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fire135.check import check
from fire135.settings import Settings
from simulators.twilio_account import TwilioAccount
from simulators.twilio_standin import ACCOUNT_SID, SENDER, TwilioStandin
from store.database import Database
from store.reliability import HelplessPremises
from tests.factories import make_device, make_district, make_station
from tests.strange_servers import answering


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "check.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


def settings(url: str, port: int, **given: object) -> Settings:
    defaults = {"database_url": url, "mqtt_url": f"embedded://127.0.0.1:{port}"}
    return Settings(_env_file=None, **(defaults | given))  # type: ignore[arg-type]


def change(url: str, *, faulty: bool) -> None:
    database = Database(url)
    with database.begin() as session:
        district = make_district(session)
        if faulty:
            make_station(session, "lonely", district.village)
            make_device(session, "nowhere")
    database.dispose()


def test_a_sound_set_up_has_no_fault(url: str, free_port: int) -> None:
    change(url, faulty=False)

    assert check(settings(url, free_port)) == []


def test_stations_without_a_chief_and_devices_without_a_place_are_named(url: str, free_port: int) -> None:
    change(url, faulty=True)

    station, device = check(settings(url, free_port))
    assert station.startswith("station lonely")
    assert "people.csv" in station
    assert device.startswith("device nowhere")
    assert "devices.csv" in device


def test_a_district_without_a_duty_officer_is_named(url: str, free_port: int) -> None:
    change(url, faulty=False)
    database = Database(url)
    with database.begin() as session:
        session.connection().exec_driver_sql("UPDATE people SET role = 'member' WHERE role = 'duty_officer'")
    database.dispose()

    (fault,) = check(settings(url, free_port))
    assert fault.startswith("district 350212: no duty officer")


def test_a_mistyped_database_path_is_no_new_database(tmp_path: Path, free_port: int) -> None:
    (fault,) = check(settings(f"sqlite:///{tmp_path}/none.db", free_port))

    assert "fire135 migrate" in fault
    assert not (tmp_path / "none.db").exists()


def test_a_broker_that_is_not_there_is_named(url: str, free_port: int) -> None:
    change(url, faulty=False)

    (fault,) = check(settings(url, free_port, mqtt_url=f"mqtt://127.0.0.1:{free_port}"))
    assert fault.startswith("FIRE135_MQTT_URL")


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_the_sms_account_is_really_tried(url: str, free_port: int, token: str) -> None:
    change(url, faulty=False)
    with TwilioStandin(TwilioAccount(ACCOUNT_SID, "right"), real_time=False) as twilio:
        faults = check(
            settings(
                url,
                free_port,
                sms="twilio",
                twilio_account_sid=ACCOUNT_SID,
                twilio_auth_token=token,
                twilio_from=SENDER,
                twilio_base_url=twilio.base_url,
            )
        )

    assert len(faults) == (token == "wrong")
    assert all(fault.startswith("FIRE135_TWILIO_ACCOUNT_SID") for fault in faults)


def test_a_port_for_transmitters_that_cannot_be_had_is_named(url: str, free_port: int) -> None:
    change(url, faulty=False)

    (fault,) = check(settings(url, free_port, gb26875_port=8135))
    assert fault.startswith("FIRE135_GB26875_PORT: 8135 is FIRE135_HTTP_PORT too")
    assert check(settings(url, free_port, gb26875_port=free_port + 1)) == []


def test_whom_an_alarm_would_find_is_asked_of_the_plan_in_use(
    url: str, free_port: int, tmp_path: Path
) -> None:
    database = Database(url)
    with database.begin() as session:
        premises = make_district(session).premises
        session.add(HelplessPremises(premises_id=premises, found_at=datetime.now(UTC)))
    database.dispose()
    nobody = tmp_path / "nobody.toml"
    nobody.write_text("[tier.village]\nstations_at_once = 0\n[tier.town]\nstations_at_once = 0\n")

    assert check(settings(url, free_port)) == []
    (fault,) = check(settings(url, free_port, plan=nobody))
    assert fault.startswith(f"premises {premises}")


def test_a_plan_that_cannot_be_used_is_named_once(url: str, free_port: int, tmp_path: Path) -> None:
    change(url, faulty=False)
    mistyped = tmp_path / "mistyped.toml"
    mistyped.write_text("voice_afer_s = 30\n")

    (fault,) = check(settings(url, free_port, plan=mistyped))
    assert "voice_afer_s" in fault


def test_a_hand_over_without_a_secret_is_named(url: str, free_port: int) -> None:
    change(url, faulty=False)
    with socket.create_server(("127.0.0.1", 0)) as centre:
        where = {"handover_url": f"http://127.0.0.1:{centre.getsockname()[1]}/alarms"}

        (fault,) = check(settings(url, free_port, **where))
        assert fault.startswith("FIRE135_HANDOVER_SECRET")
        assert check(settings(url, free_port, **where, handover_secret="shared")) == []


def test_addresses_that_nobody_answers_at_are_named(url: str, free_port: int) -> None:
    change(url, faulty=False)
    closed = f"http://127.0.0.1:{free_port}/in"
    given = {"handover_url": closed, "handover_secret": "s", "heartbeat_url": closed}

    handover, heartbeat = check(settings(url, free_port, **given))
    assert handover.startswith(f"FIRE135_HANDOVER_URL: 127.0.0.1:{free_port}: no connection")
    assert heartbeat.startswith("FIRE135_HEARTBEAT_URL: ")


def test_an_address_of_twilio_where_something_else_answers_is_one_line(url: str, free_port: int) -> None:
    change(url, faulty=False)
    twilio = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": "token", "twilio_from": SENDER}
    with answering("200 OK", "<html>a proxy's own page</html>") as elsewhere:
        given = {"sms": "twilio", "twilio_base_url": elsewhere, "public_url": "https://fire.example.org"}
        (fault,) = check(settings(url, free_port, **twilio, **given))
    assert fault.startswith("FIRE135_TWILIO_BASE_URL: what answers there is not Twilio")
    assert "\n" not in fault


def test_a_carrier_that_cannot_reach_us_is_named(url: str, free_port: int) -> None:
    change(url, faulty=False)
    aliyun = {
        "aliyun_access_key_id": "id",
        "aliyun_access_key_secret": "secret",
        "aliyun_sign_name": "同安消防",
        "aliyun_template_code": "SMS_1",
    }
    found = check(settings(url, free_port, sms="aliyun", **aliyun))
    assert any(line.startswith("FIRE135_PUBLIC_URL: aliyun cannot reach http://127.0.0.1") for line in found)
    assert any(line.startswith("FIRE135_ALIYUN_PUSH_TOKEN: empty") for line in found)

    reachable = {"public_url": "https://fire.example.org", "aliyun_push_token": "token"}
    assert not [
        line
        for line in check(settings(url, free_port, sms="aliyun", **aliyun, **reachable))
        if "PUBLIC_URL" in line or "PUSH_TOKEN" in line
    ]
