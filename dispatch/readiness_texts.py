"""One line for each fault of readiness: what is wrong, where, and what to do. Pure.

English is also what `fire135 check` prints; instants are local.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.duty import Contact
from dispatch.selection import StationCard
from dispatch.values import PersonRole
from dispatch.watch_texts import STUCK_EN, STUCK_ZH

_ROLES_ZH: Mapping[PersonRole, str] = {
    PersonRole.CHIEF: "站长",
    PersonRole.DEPUTY: "副站长",
    PersonRole.MEMBER: "队员",
    PersonRole.DUTY_OFFICER: "值班员",
    PersonRole.BUILDING_LEADER: "楼长",
}


#: So many stations are named; the rest is the count.
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Words:
    """One line in each language."""

    zh: str
    en: str


def nothing_written() -> Words:
    """A process that runs cannot write; only that process knows."""
    return Words(
        "数据库无法写入，报警无法受理，请立即联系运维",
        "database: nothing can be written, so no alarm is taken; see that it runs and has space, "
        "and that no process of the service hangs",
    )


def nobody_hears(longer_than: timedelta) -> Words:
    """No process with the role ingest."""
    seconds = round(longer_than.total_seconds())
    return Words(
        f"超过{seconds}秒没有接收设备报警的进程在运行，请检查接入进程（ingest）",
        f"no process has heard devices for {seconds} s; see that an ingest process runs",
    )


def nobody_sends(longer_than: timedelta) -> Words:
    """No process with the role dispatch."""
    seconds = round(longer_than.total_seconds())
    return Words(
        f"超过{seconds}秒没有发送消息的进程在运行，请检查派警进程（dispatch）",
        f"no process has sent messages for {seconds} s; see that a dispatch process runs",
    )


def probe_lost(since: datetime, stage: str) -> Words:
    """The service's own alarm does not arrive."""
    return Words(
        f"系统自检中断：{since:%m-%d %H:%M}起自检报警未送达（{STUCK_ZH[stage]}），请立即联系运维",
        f"self-check: no alarm of our own has arrived since {since:%m-%d %H:%M} ({STUCK_EN[stage]}); "
        "see that ingest and dispatch run",
    )


def messages_wait(longer_than: timedelta) -> Words:
    """Messages that nobody sends."""
    seconds = round(longer_than.total_seconds())
    return Words(
        f"有消息等待超过{seconds}秒未发出，请检查派警进程是否在运行",
        f"messages wait for more than {seconds} s; see that a dispatch process runs",
    )


def steps_wait(longer_than: timedelta) -> Words:
    """Due steps that nobody takes."""
    seconds = round(longer_than.total_seconds())
    return Words(
        f"有升级步骤到期超过{seconds}秒未执行，请检查派警进程是否在运行",
        f"steps of escalation are overdue by more than {seconds} s; see that a dispatch process runs",
    )


def carrier_fails(carrier: str, channel: str, longer_than: timedelta) -> Words:
    """Messages that are tried and that a carrier does not take."""
    seconds = round(longer_than.total_seconds())
    return Words(
        f"通道{carrier}（{channel}）有消息等待超过{seconds}秒，尝试发送未成功，请检查该通道",
        f"carrier {carrier} ({channel}): messages wait for more than {seconds} s although they are tried; "
        "see the log, and the carrier's account",
    )


def roads_fault(fault: str) -> Words:
    """The road network cannot be used, or a closure closes nothing."""
    return Words(f"道路数据有问题（{fault}），请检查", f"roads: {fault}")


def nobody_to_send(premises_id: str, name: str) -> Words:
    """A building for which no station with anybody on duty is found."""
    return Words(
        f"{name}（{premises_id}）：找不到有人值班的消防站可派，请检查消防站和排班",
        f"premises {premises_id} ({name}): no station with anybody on duty could be sent; "
        "see stations.csv and shifts.csv",
    )


def no_duty_officer(code: str, name: str) -> Words:
    """A district without a duty officer."""
    return Words(
        f"{name}（{code}）没有值班员，请在people.csv中添加",
        f"district {code}: no duty officer; add one to people.csv",
    )


def no_chief(card: StationCard) -> Words:
    """A station without a chief."""
    return Words(
        f"{card.name}没有站长，请在people.csv中添加", f"{_station(card)}: no chief; add one to people.csv"
    )


def nobody_on_duty(card: StationCard) -> Words:
    """A station that nobody answers for now."""
    return Words(
        f"{card.name}现在无人值班，请检查排班", f"{_station(card)}: nobody is on duty now; see shifts.csv"
    )


def nobody_on_duty_at(card: StationCard, at: datetime) -> Words:
    """A station that nobody will answer for."""
    return Words(
        f"{card.name}在{at:%m-%d %H:%M}无人值班，请检查排班",
        f"{_station(card)}: nobody is on duty at {at:%m-%d %H:%M}; see shifts.csv",
    )


def gaps_tonight(gaps: Sequence[tuple[str, datetime, datetime]]) -> Words:
    """Village stations that nobody will answer for in the coming night: name, from, to."""
    named = [f"{name} {start:%H:%M}–{end:%H:%M}" for name, start, end in gaps[:_MOST_NAMED]]
    is_cut = len(gaps) > _MOST_NAMED
    return Words(
        f"今晚{len(gaps)}个村级站有无人可派的时段：{'、'.join(named)}{'等' if is_cut else ''}，请安排替班",
        f"tonight nobody could come from {len(gaps)} village stations: {', '.join(named)}"
        f"{', ...' if is_cut else ''}; find cover",
    )


def phone_refused(card: StationCard | None, person: Contact, failure: str) -> Words:
    """A person whom the newest message did not reach."""
    return Words(
        f"{card.name if card else ''}{_ROLES_ZH[person.role]}{person.name}："
        f"最近一条短信未送达（{failure}），请核对号码",
        f"{_whose(card)}{_role(person)} {person.name}: the last SMS was not delivered ({failure}); "
        "correct the number in people.csv",
    )


def chief_silent(card: StationCard, person: Contact, asked_at: datetime) -> Words:
    """A chief who was asked and did not answer."""
    return Words(
        f"{card.name}站长{person.name}没有回复{asked_at:%Y-%m-%d}的通讯测试，请电话核实",
        f"{_whose(card)}chief {person.name}: no answer to the communication test of {asked_at:%Y-%m-%d}; "
        "ring to find out why",
    )


def _station(card: StationCard) -> str:
    return f"station {card.id} ({card.name})"


def _whose(card: StationCard | None) -> str:
    return f"{_station(card)}: " if card else ""


def _role(person: Contact) -> str:
    return person.role.replace("_", " ")
