"""The residents' council of 檀木林: a meeting on the stairs with its minutes, one to come, stewards by lot, four steps."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, Seat
from consultation.meetings import agenda, attending, minuting, operations, voting
from consultation.meetings.foursteps import operations as foursteps
from consultation.meetings.models import Council, Meeting, MeetingCall
from consultation.meetings.policy import CouncilForm
from consultation.meetings.stewards import operations as stewards
from consultation.meetings.tasking import operations as tasking
from consultation.topics.models import Topic
from governance import lifecycle
from governance.portal.demonstration.loop import COMMUNITY, TOPIC_TITLE, moment, photo, second_staff, voters
from governance.portal.demonstration.steps import Scene, place

COUNCIL = "檀木林社区居民议事会"
STEWARDS = "檀木林社区百姓管家议事会"
COURTYARD = "檀木林12栋院坝会"
SEATS = 9
PRESENT = 8
HOUR = dt.timedelta(hours=1)


def meet(scene: Scene) -> None:
    """The council meets on the stairs, its minutes are signed by two and published; the next meeting is announced."""
    if Council.objects.filter(body__name=COUNCIL).exists():
        return
    with transaction.atomic():
        body = _council(scene, COUNCIL, CouncilForm.RESIDENTS, SEATS)
        _held(scene, body)
        _courtyard(scene)
        _coming(scene, body)


def choose_stewards(scene: Scene) -> None:
    """Stewards are drawn by lot before everybody; a proposal takes the first of its four steps."""
    if Council.objects.filter(body__name=STEWARDS).exists():
        return
    with transaction.atomic():
        body = _council(scene, STEWARDS, CouncilForm.STEWARDS, 0)
        staff, second = scene.user("staff-tanmulin"), second_staff(scene)
        row = stewards.begin_selection(
            by=staff,
            now=moment(scene, 60),
            body=body,
            way="LOT",
            base_count=1700,
            seats=4,
            seats_reason="首届试点，先按每个小区一名产生。",
        )
        for user in voters(scene)[10:20]:
            stewards.put_forward(
                by=staff, now=moment(scene, 58), selection=row, name=user.display_name, user=user, supporters=12
            )
        stewards.fix_list(by=staff, now=moment(scene, 52), selection=row)
        row = stewards.draw_lot(by=second, now=moment(scene, 50), selection=row, word="7 23 5")
        stewards.seat_chosen(by=second, now=moment(scene, 49), selection=row)
        case = foursteps.open_case(
            by=staff,
            now=moment(scene, 6),
            division=place(COMMUNITY),
            title="社区老年食堂委托运营",
            text="社区党委提议把老年食堂委托给社会组织运营，每年评议一次。",
        )
        foursteps.close_step(
            by=staff, now=moment(scene, 5), case=case, outcome="AGREED", note="社区党委会议一致同意提议。"
        )
        foursteps.begin_step(by=staff, now=moment(scene, 4), case=case)
        foursteps.ask_question(by=voters(scene)[4], now=moment(scene, 3), case=case, text="一份午餐打算收多少钱？")


def _council(scene: Scene, name: str, form: str, seats: int) -> Body:
    """Set up a council and fill its seats with neighbours."""
    staff, then = scene.user("staff-tanmulin"), scene.ago(110)
    body = bodies.create_body(
        by=staff,
        now=then.now,
        kind=BodyKind.COUNCIL,
        name=name,
        division=place(COMMUNITY),
        term_from=then.today - dt.timedelta(days=200),
        rule_key="council_default",
    )
    for number, user in enumerate(voters(scene)[:seats]):
        bodies.add_member(
            by=staff,
            now=then.now,
            body=body,
            name=user.display_name,
            seat=Seat.RESIDENT,
            valid_from=then.today - dt.timedelta(days=200),
            user=user,
            is_chair=number == 0,
        )
    operations.set_up_council(by=staff, now=then.now, body=body, form=form, seats=seats)
    return body


def plan_meeting(
    scene: Scene, body: Body, title: str, planned: dt.datetime, begins: dt.datetime, *, call: MeetingCall | None = None
) -> Meeting:
    """Plan a meeting of a council in the community's hall."""
    return operations.plan_meeting(
        by=scene.user("staff-tanmulin"),
        now=planned,
        body=body,
        title=title,
        held_at=begins,
        ends_at=begins + 2 * HOUR,
        place="檀木林社区二楼议事厅",
        chair=voters(scene)[0],
        recorder=scene.user("staff-tanmulin"),
        call=call,
    )


def _held(scene: Scene, body: Body) -> None:
    """Hold the meeting: eight of nine are there, one withdraws, and what is said is written down."""
    staff, now = scene.user("staff-tanmulin"), moment(scene, 92)
    meeting = plan_meeting(scene, body, "12栋至15栋楼梯改造议事会", moment(scene, 97), now)
    item = agenda.add_item(by=staff, now=moment(scene, 97), meeting=meeting, topic=Topic.objects.get(title=TOPIC_TITLE))
    meeting = operations.invite(by=staff, now=moment(scene, 97), meeting=meeting)
    operations.begin(by=staff, now=now, meeting=meeting)
    rows = list(meeting.attendances.order_by("pk")[:PRESENT])
    attending.record_presence(by=staff, now=now, meeting=meeting, attendances=[row.pk for row in rows])
    attending.record_discussion(
        by=staff,
        now=now + HOUR,
        item=item,
        discussion="到会者一致认为扶手应装双侧、转角不断；对灯具品牌有不同意见，签约前公布三家报价。",
        outcome="AGREED",
    )
    motion = voting.put_motion(
        by=staff, now=now + HOUR, item=item, text="同意把加装扶手、更换感应灯的三个方案提交全体居民投票。"
    )
    sides = ["FOR"] * 6 + ["ABSTAIN", "RECUSED"]
    reasons = {"RECUSED": "家人在灯具商店工作"}
    votes = {row.pk: (side, reasons.get(side, "")) for row, side in zip(rows, sides, strict=True)}
    voting.record_votes(by=staff, now=now + HOUR, resolution=motion, votes=votes)
    motion = voting.judge_motion(by=staff, now=now + HOUR, resolution=motion)
    operations.end(by=staff, now=now + HOUR, meeting=meeting)
    publish_minutes(scene, meeting, moment(scene, 91, 15))
    tasking.give_task(
        by=staff,
        now=moment(scene, 2),
        meeting=meeting,
        text="向12栋住户逐户说明扶手安装时间",
        owner=second_staff(scene),
        due_on=scene.today + dt.timedelta(days=5),
        resolution=motion,
    )


def _courtyard(scene: Scene) -> None:
    """Meet in the courtyard, by paper: two people read the sheets of those who were there and of a show of hands."""
    staff, second, now = scene.user("staff-tanmulin"), second_staff(scene), moment(scene, 30, 19)
    body = _council(scene, COURTYARD, CouncilForm.COURTYARD, 0)
    operations.record_call(
        by=staff,
        now=moment(scene, 40),
        body=body,
        about="垃圾投放点",
        entitled=34,
        asked=9,
        asked_on=scene.ago(40).today,
    )
    call = body.calls.get()
    meeting = plan_meeting(scene, body, "垃圾投放点院坝会", moment(scene, 36), now, call=call)
    item = agenda.add_item(by=staff, now=moment(scene, 36), meeting=meeting, title="垃圾投放点移到北门")
    operations.invite(by=staff, now=moment(scene, 36), meeting=meeting)
    meeting = operations.begin(by=staff, now=now, meeting=meeting)
    attendance = voting.Figures(present=19, affected=12)
    votes = voting.Figures(present=19, in_favor=15, against=3, abstained=1)
    motion = voting.put_motion(by=staff, now=now, item=item, text="垃圾投放点移到北门。", method="COUNTED")
    for figures, resolution in ((attendance, None), (votes, motion)):
        sheet = voting.enter_sheet(
            by=staff, now=now, meeting=meeting, figures=figures, photo=("签到表.png", photo()), resolution=resolution
        )
        voting.check_sheet(by=second, now=now, sheet=sheet, figures=figures)
    voting.judge_motion(by=staff, now=now, resolution=motion)
    operations.end(by=staff, now=now + HOUR, meeting=meeting)
    minuting.draft_minutes(by=staff, now=moment(scene, 29), meeting=meeting)


def publish_minutes(scene: Scene, meeting: Meeting, then: dt.datetime) -> None:
    """Let two people sign the minutes of a meeting and publish them."""
    staff, chair = scene.user("staff-tanmulin"), voters(scene)[0]
    minuting.draft_minutes(by=staff, now=then, meeting=meeting)
    minuting.approve_minutes(by=second_staff(scene), now=then, meeting=meeting)
    lifecycle.move(meeting, "countersign", by=staff, now=then)
    minuting.sign_minutes(by=chair, now=then, meeting=meeting)
    minuting.publish_meeting(by=staff, now=then, meeting=meeting)


def _coming(scene: Scene, body: Body) -> None:
    """Announce the next meeting, which still lies ahead when the story is told."""
    now = scene.now
    meeting = plan_meeting(scene, body, "停车与充电桩议事会", now, moment(scene, -15, 15))
    for title in ("楼前停车位怎样划", "电动车充电桩装在哪里"):
        agenda.add_item(by=scene.user("staff-tanmulin"), now=now, meeting=meeting, title=title)
    agenda.invite_guest(
        by=scene.user("staff-tanmulin"), now=now, meeting=meeting, name="区消防大队代表", capacity="GUEST"
    )
    operations.invite(by=scene.user("staff-tanmulin"), now=now, meeting=meeting)
