"""What a person decides: milestones and corrections, one more station, grade, close, availability."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from dispatch import handover, lifecycle, receive
from dispatch.errors import ConflictError, InvalidError, NotFoundError
from dispatch.values import (
    Disposition,
    EventKind,
    Fate,
    Grade,
    HandoverStatus,
    Milestone,
    Outcome,
    PersonReport,
    Source,
)
from registry.version import bump_version
from store.incidents import Assignment, TimelineEntry
from store.places import Boundary
from tests.story import Story, story

__all__ = ["story"]


def milestone(story: Story, station_id: str, which: Milestone, **given: object) -> Assignment:
    defaults: dict[str, object] = {"at": None, "note": None, "source": Source.PAGE, "actor": "值班员"}
    with story.database.begin() as session:
        return lifecycle.record_milestone(
            session,
            story.setup,
            story.incidents()[0].id,
            station_id,
            which,
            now=story.clock.now(),
            **(defaults | given),  # type: ignore[arg-type]
        )


def report(story: Story, **given: object) -> Outcome:
    now = story.clock.now()
    with story.database.begin() as session:
        person = PersonReport(received_at=now, caller="村民", **given)  # type: ignore[arg-type]
        outcome = receive.report_alarm(session, story.setup, person, now=now)
    story.send()
    return outcome


def send(story: Story, station_id: str) -> Assignment:
    with story.database.begin() as session:
        return lifecycle.send_station(
            session,
            story.setup,
            story.incidents()[0].id,
            station_id,
            actor="值班员",
            source=Source.PAGE,
            now=story.clock.now(),
        )


def test_a_correction_keeps_the_old_value_in_the_timeline(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.wait(30)
    home = story.district.home_station
    milestone(story, home, Milestone.ON_SCENE)
    first = story.clock.now()
    story.wait(60)

    corrected = milestone(story, home, Milestone.ON_SCENE, at=first - timedelta(seconds=10), note="电话核实")

    assert corrected.on_scene_at == first - timedelta(seconds=10)
    with story.database.read() as session:
        entry = session.scalars(
            select(TimelineEntry).where(TimelineEntry.kind == "milestone_corrected")
        ).one()
    assert entry.data["before"] == first.isoformat()
    assert (entry.clock, entry.actor, entry.data["note"]) == ("person", "值班员", "电话核实")


def test_a_dispatcher_on_behalf_stops_the_escalation_like_an_sms(story: Story) -> None:
    story.alarm(story.district.smoke)
    milestone(story, story.district.home_station, Milestone.ACKNOWLEDGED)
    milestone(story, story.district.town_team, Milestone.ACKNOWLEDGED)
    story.wait(120)

    assert story.calls(story.district.chief) == []
    assert story.district.next_station not in story.assignments()


def test_a_milestone_in_the_future_is_refused(story: Story) -> None:
    story.alarm(story.district.smoke)

    with pytest.raises(InvalidError, match="in the future"):
        milestone(
            story,
            story.district.home_station,
            Milestone.ON_SCENE,
            at=story.clock.now() + timedelta(minutes=5),
        )


def test_a_station_that_was_not_sent_has_no_milestones(story: Story) -> None:
    story.alarm(story.district.smoke)

    with pytest.raises(NotFoundError, match="send it first"):
        milestone(story, story.district.far_stations[0], Milestone.ON_SCENE)


def test_a_dispatcher_sends_one_more_once(story: Story) -> None:
    story.alarm(story.district.smoke)
    far = story.district.far_stations[0]

    sent = send(story, far)

    assert (sent.reason, sent.method) == ("sent_by_dispatcher", "straight_line")
    with pytest.raises(ConflictError, match="already sent"):
        send(story, far)
    with pytest.raises(NotFoundError):
        send(story, "nowhere")


def test_a_person_may_lower_a_grade_and_raise_it_again(story: Story) -> None:
    story.alarm(story.district.call_point)
    incident = story.incident()
    for grade in (Grade.SUSPECTED, Grade.CONFIRMED):
        with story.database.begin() as session:
            lifecycle.set_grade(
                session,
                story.setup,
                incident.id,
                grade,
                "现场核实",
                actor="值班员",
                source=Source.PAGE,
                now=story.clock.now(),
            )
        assert story.incident().grade == grade


def test_closing_twice_is_harmless_and_closing_otherwise_is_refused(story: Story) -> None:
    story.alarm(story.district.smoke)
    incident_id = story.incident().id
    for _ in range(2):
        with story.database.begin() as session:
            lifecycle.close(
                session,
                story.setup,
                incident_id,
                Disposition.FIRE,
                cause="蜡烛",
                note=None,
                actor="值班员",
                source=Source.PAGE,
                now=story.clock.now(),
            )
    with pytest.raises(ConflictError, match="already closed as fire"), story.database.begin() as session:
        lifecycle.close(
            session,
            story.setup,
            incident_id,
            Disposition.OTHER,
            cause=None,
            note=None,
            actor="值班员",
            source=Source.PAGE,
            now=story.clock.now(),
        )


def test_a_closed_place_can_burn_again(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.close(Disposition.FALSE_ALARM)

    assert story.alarm(story.district.smoke).fate is Fate.OPENED
    assert len(story.incidents()) == 2


def test_a_persons_report_confirms_from_the_start(story: Story) -> None:
    outcome = report(story, premises_id=story.district.premises, note="二楼冒烟")

    assert outcome.fate is Fate.OPENED
    assert story.incident().grade == Grade.CONFIRMED
    assert story.incident().handover_status == HandoverStatus.SENT
    assert list(story.assignments())[:2] == [story.district.home_station, story.district.town_team]


def test_a_persons_report_confirms_what_a_detector_suspects(story: Story) -> None:
    story.alarm(story.district.smoke)

    assert report(story, premises_id=story.district.premises).fate is Fate.JOINED
    assert story.incident().grade == Grade.CONFIRMED


def test_a_report_at_a_point_sends_the_nearest(story: Story) -> None:
    report(story, lon=118.0901, lat=24.7901, address="军营村口")

    assert story.incident().address == "军营村口"
    assert story.district.far_stations[0] in story.assignments()
    assert story.district.other_town_team in story.assignments()


def _village_doubt(story: Story) -> object:
    with story.database.read() as session:
        opened = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "opened")).one()
        return opened.data.get("village_doubt")


def _village_border(story: Story, west: float, east: float) -> None:
    corners = [[west, 24.76], [east, 24.76], [east, 24.78], [west, 24.78], [west, 24.76]]
    with story.database.begin() as session:
        outline = {"type": "Polygon", "coordinates": [corners]}
        session.add(Boundary(region_code=story.district.village, geometry=outline))
        bump_version(session)


def test_a_village_that_was_guessed_for_a_point_is_told_with_the_opening(story: Story) -> None:
    report(story, lon=118.0901, lat=24.7901, address="军营村口")
    assert _village_doubt(story) == "nearest_centre"


def test_a_point_on_the_border_of_a_village_is_told_with_the_opening(story: Story) -> None:
    _village_border(story, 118.18, 118.19)
    report(story, lon=118.19, lat=24.77)
    assert _village_doubt(story) == "on_border"


def test_inside_a_village_and_at_registered_premises_nothing_is_doubtful(story: Story) -> None:
    _village_border(story, 118.18, 118.20)
    report(story, lon=118.19, lat=24.77)
    assert _village_doubt(story) is None
    with story.database.begin() as session:
        session.execute(delete(TimelineEntry))
    report(story, premises_id=story.district.premises)
    assert _village_doubt(story) is None


def test_a_report_far_outside_the_district_is_refused(story: Story) -> None:
    with pytest.raises(InvalidError, match=r"km outside its district 同安区 \(350212\), more than 5 km"):
        report(story, lon=117.5, lat=24.7, address="漳州某处")
    assert story.incidents() == []


def test_an_address_alone_is_a_report_at_the_premises_written_so(story: Story) -> None:
    story.alarm(story.district.smoke)
    outcome = report(story, address="福建省厦门市同安区五顯鎮宋宅村 下许里７號")

    assert outcome.fate is Fate.JOINED
    assert story.incident().grade == Grade.CONFIRMED

    story.close(Disposition.FIRE)
    assert report(story, address="下许里7号").fate is Fate.OPENED
    incident = story.incidents()[-1]
    assert (incident.premises_id, incident.address) == (story.district.premises, "五显镇宋宅村下许里7号")
    assert story.district.home_station in story.assignments()


def test_an_address_that_nobody_knows_goes_to_the_duty_officer_and_the_one_brigade(story: Story) -> None:
    assert report(story, address="大榕树下").fate is Fate.OPENED
    incident = story.incident()
    assert (incident.place_name, incident.premises_id, incident.village_code) == ("大榕树下", None, None)
    assert (incident.grade, incident.handover_status) == (Grade.CONFIRMED, HandoverStatus.SENT)
    assert list(story.assignments()) == [story.district.brigade]  # a fire somewhere in its district
    assert "接火警，地址未登记：大榕树下" in story.texts(story.district.duty_officer)[0]
    assert "address_unmatched" in story.timeline()

    assert report(story, address=" 大榕树下。").fate is Fate.JOINED
    story.wait(61)
    assert any("地址未登记" in text for text in story.texts(story.district.duty_officer)[1:])


def test_an_address_that_may_be_premises_names_them_and_sends_nobody_there(story: Story) -> None:
    report(story, address="五显镇宋宅村下许里7号对面")
    incident = story.incident()
    assert (incident.premises_id, incident.village_code) == (None, story.district.village)
    assert "可能是下许里7号" in story.texts(story.district.duty_officer)[0]
    assert story.district.home_station not in story.assignments()
    assert story.district.brigade in story.assignments()  # with the hand-over: the district is known


def test_a_report_without_a_place_is_refused(story: Story) -> None:
    for nowhere in ({}, {"address": " ，"}, {"lon": 118.19, "address": "下许里7号"}):
        with pytest.raises(InvalidError, match="premises_id"):
            report(story, **nowhere)
    with pytest.raises(NotFoundError):
        report(story, premises_id="nowhere")
    with pytest.raises(InvalidError, match="no place on earth"):
        report(story, lon=200.0, lat=24.0, address="x")


def test_a_drill_runs_beside_a_real_fire_and_says_that_it_is_one(story: Story) -> None:
    story.alarm(story.district.smoke)
    with story.database.begin() as session:
        receive.start_drill(session, story.setup, story.district.premises, now=story.clock.now())
    story.send()

    assert [incident.drill for incident in story.incidents()] == [False, True]
    assert "演练" in story.texts(story.district.chief)[-1]


def test_a_station_out_of_service_is_not_sent_until_its_time_is_over(story: Story) -> None:
    until = story.clock.now() + timedelta(hours=2)
    with story.database.begin() as session:
        lifecycle.set_availability(
            session,
            story.district.home_station,
            in_service=False,
            until=until,
            reason="外出培训",
            now=story.clock.now(),
        )
    story.alarm(story.district.smoke)
    assert story.district.home_station not in story.assignments()
    assert story.district.next_station in story.assignments()

    story.close(Disposition.TEST)
    story.clock.advance(7200)
    story.alarm(story.district.smoke)
    assert story.district.home_station in story.assignments()


def test_a_rejected_hand_over_is_told_at_once(story: Story) -> None:
    story.alarm(story.district.call_point)
    with story.database.begin() as session:
        handover.report(
            session,
            story.setup,
            story.incident().id,
            HandoverStatus.REJECTED,
            number=None,
            reason="地址不清",
            actor="119",
            source=Source.CENTRE,
            now=story.clock.now(),
        )
    story.send()

    assert "119" in story.texts(story.district.duty_officer)[-1]
    assert story.incident().handover_status == HandoverStatus.REJECTED


def test_a_restored_detector_changes_the_information_and_never_the_dispatch(story: Story) -> None:
    story.alarm(story.district.smoke)
    story.event(story.district.smoke, EventKind.RESTORE)
    story.wait(60)

    assert story.incident().status == "open"
    assert "device_restore" in story.timeline()
    assert story.district.next_station in story.assignments()
