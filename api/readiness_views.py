"""Readiness and communication tests as the API shows them."""

from datetime import datetime

from pydantic import BaseModel, Field


class FaultView(BaseModel):
    """One thing that somebody should mend before an alarm comes."""

    what: str = Field(
        description="nothing_written, nobody_hears, nobody_sends, probe_lost, messages_wait, steps_wait, "
        "carrier_fails, roads_fail, nobody_to_send, no_duty_officer, no_chief, "
        "nobody_on_duty, gaps_tonight, phone_refused, nobody_on_duty_soon or chief_silent: the worst first"
    )
    text_zh: str = Field(description="One line for people, Chinese")
    text_en: str = Field(description="One line for people, English; `fire135 check` prints the same")
    region_code: str | None = Field(description="Code of the division; null: the whole service")
    station_id: str | None = Field(description="Id of the station")
    person_id: str | None = Field(description="Id of the person")
    phone: str | None = Field(description="Mobile number, E.164; masked for a viewer")
    premises_id: str | None = Field(description="Id of the premises")


class ProbeView(BaseModel):
    """The service's own alarm, which goes the whole way every minute."""

    arrived_at: datetime | None = Field(description="When one arrived last, UTC; null: none within a day")
    took_s: float | None = Field(description="From its publication to its carrier, seconds")
    missed_at: datetime | None = Field(
        description="When duty officers were last told of the outage that goes on, UTC; null: there is none"
    )


class SetUpView(BaseModel):
    """Which of the optional ways out are configured."""

    handover: bool = Field(description="FIRE135_HANDOVER_URL: incidents go to the 119 centre")
    robots: bool = Field(description="FIRE135_ROBOTS: notices go to group chats")
    heartbeat: bool = Field(description="FIRE135_HEARTBEAT_URL: an outside watcher notices our silence")


class TestView(BaseModel):
    """One communication test, counted over the chiefs that the caller sees."""

    __test__ = False  # none of pytest's

    id: int = Field(description="Id of the test")
    started_at: datetime = Field(description="When it began, UTC")
    ends_at: datetime = Field(description="Who has not answered by then was not reached, UTC")
    started_by: str = Field(description="Who began it; `plan`: the test of a month")
    region_code: str | None = Field(description="Code of the division asked; null: all")
    asked: int = Field(description="How many were asked")
    delivered: int = Field(description="How many phones got the message or answered it")
    answered: int = Field(description="How many answered")


class AskedView(BaseModel):
    """One person of a communication test."""

    person_id: str = Field(description="Id of the person")
    name: str = Field(description="Name")
    phone: str = Field(description="Mobile number, E.164; masked for a viewer")
    station_id: str | None = Field(description="Id of the station")
    station_name: str | None = Field(description="Name of the station")
    reached: str = Field(description="answered, delivered, sent, waiting or failed")
    sent_at: datetime | None = Field(description="When a carrier took the message, UTC")
    delivered_at: datetime | None = Field(description="When the phone had it, UTC")
    answered_at: datetime | None = Field(description="When the answer came, UTC")
    answered_after_s: float | None = Field(description="From the message to the answer, seconds")
    failure: str | None = Field(description="Why the message did not get there, in the carrier's words")


class TestDetails(TestView):
    """One communication test with everyone who was asked."""

    people: list[AskedView] = Field(description="Who did not answer first")


class ReadinessView(BaseModel):
    """Whether an alarm would find somebody, as far as it can be known before one comes."""

    faults: list[FaultView] = Field(description="The worst first; empty: nothing is known to be wrong")
    probe: ProbeView = Field(description="The service's own alarm")
    set_up: SetUpView = Field(description="Optional ways out")
    last_communication_test: TestView | None = Field(description="The newest; null: never made")
