"""From settings to carriers: the order kept, what is missing named, no secret repeated."""

import subprocess
import sys

import pytest

from dispatch.channels.build import CarrierSetupError, build_carriers, carrier_names, robots_of
from dispatch.channels.carrier import Channel
from dispatch.setup import Robot
from fire135.settings import Settings

_TWILIO = {
    "FIRE135_TWILIO_ACCOUNT_SID": "AC" + "0135" * 8,
    "FIRE135_TWILIO_AUTH_TOKEN": "token",
    "FIRE135_TWILIO_FROM": "+15005550006",
}
_ALIYUN = {
    "FIRE135_ALIYUN_ACCESS_KEY_ID": "key",
    "FIRE135_ALIYUN_ACCESS_KEY_SECRET": "secret",
    "FIRE135_ALIYUN_SIGN_NAME": "同安消防",
    "FIRE135_ALIYUN_TEMPLATE_CODE": "SMS_135",
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in (_TWILIO | _ALIYUN).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def names(settings: pytest.MonkeyPatch, sms: str) -> dict[Channel, tuple[str, ...]]:
    settings.setenv("FIRE135_SMS", sms)
    return carrier_names(build_carriers(Settings(), print))


def test_carriers_come_in_the_order_of_the_setting_and_aliyun_has_no_voice(
    settings: pytest.MonkeyPatch,
) -> None:
    assert names(settings, "twilio,aliyun") == {
        Channel.SMS: ("twilio", "aliyun"),
        Channel.VOICE: ("twilio",),
    }
    assert names(settings, "aliyun,twilio,console") == {
        Channel.SMS: ("aliyun", "twilio", "console"),
        Channel.VOICE: ("twilio", "console"),
    }


@pytest.mark.parametrize(("carrier", "needs"), [("twilio", _TWILIO), ("aliyun", _ALIYUN)])
def test_what_a_carrier_lacks_is_named_in_one_line(
    settings: pytest.MonkeyPatch, carrier: str, needs: dict[str, str]
) -> None:
    for missing in needs:
        with settings.context() as without:
            without.setenv(missing, "")
            without.setenv("FIRE135_SMS", carrier)
            with pytest.raises(CarrierSetupError, match=f"^FIRE135_SMS names {carrier}: set {missing}, too$"):
                build_carriers(Settings(), print)


def test_robots_are_carriers_of_their_own_and_stand_in_for_nobody(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("FIRE135_ROBOTS", "wecombot://k1, 350212101=dingtalk://SEC1@k2 ,feishu://k3")
    carriers = build_carriers(Settings(), print)
    assert [carrier.name for carrier in carriers] == ["console", "robot:1", "robot:2", "robot:3"]
    assert carrier_names(carriers) == {Channel.SMS: ("console",), Channel.VOICE: ("console",)}
    assert robots_of(Settings()) == (Robot("robot:1"), Robot("robot:2", "350212101"), Robot("robot:3"))


@pytest.mark.parametrize(
    "second", ["hidden", "https://hidden.example.org", "wecombot://", "1=hidden", "slack://hidden/b/c"]
)
def test_a_robot_that_cannot_be_is_named_by_its_place_not_by_its_secret(
    settings: pytest.MonkeyPatch, second: str
) -> None:
    settings.setenv("FIRE135_ROBOTS", f"wecombot://k1,{second}")
    with pytest.raises(CarrierSetupError, match=r"^FIRE135_ROBOTS: part 2 is no robot's address") as fault:
        build_carriers(Settings(), print)
    assert "hidden" not in str(fault.value)
    assert "\n" not in str(fault.value)


def test_slow_libraries_are_imported_only_where_they_are_used() -> None:
    look = (
        "import sys; import dispatch.channels.build; "
        "print([name for name in ('apprise', 'darabonba') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
