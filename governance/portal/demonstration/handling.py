"""How matters are handled after they came in: offices, a contest, a rest, a petition, danger, neighbors, call-backs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, Seat
from consultation.matters import operations as matters
from consultation.matters.handling import calling, dispatching, mediating, petitions, sorting, telling, timing
from consultation.matters.handling.models import CallBack
from consultation.matters.models import Matter, MatterChannel, MatterKind, Route, ThreeWay
from governance.accounts import operations as accounts
from governance.accounts.models import User
from governance.portal.demonstration import data
from governance.portal.demonstration.loop import COMMUNITY, second_staff, speaker
from governance.portal.demonstration.steps import Scene, place

DEPARTMENT = "区市政管理所"
CENTER = "东兴寺街道网格化服务管理中心"
STAFF, STREET, REVIEWER = "staff-tanmulin", "street002", "reviewer002"
ROUTES = {Route.DEPARTMENT: ThreeWay.BIG, Route.DIRECT: ThreeWay.SMALL, Route.ADVICE: ThreeWay.PRIVATE}


def open_offices(scene: Scene) -> None:
    """Set up a department of the district and the grid center of the street, each with somebody at its desk."""
    then = scene.ago(60)
    street = place(COMMUNITY).parent
    for kind, name, division, username, person in (
        (BodyKind.DEPARTMENT, DEPARTMENT, place(data.DISTRICT), "department-roads", "吴志远"),
        (BodyKind.GRID_CENTER, CENTER, street, "grid-center", "周敏"),
    ):
        if division is None or Body.objects.filter(name=name).exists():
            continue
        body = bodies.create_body(
            by=scene.system, now=then.now, kind=kind, name=name, division=division, term_from=then.today
        )
        user = accounts.create_staff_user(
            by=scene.system, username=username, display_name=person, password=data.PASSWORD, now=then.now
        )
        bodies.add_member(
            by=scene.system, now=then.now, body=body, name=person, seat=Seat.UNIT, valid_from=then.today, user=user
        )


def _there(title: str) -> bool:
    return Matter.objects.filter(title=title).exists()


def _sorted(  # noqa: PLR0917 - a table of matters: one line each
    scene: Scene, days: int, title: str, text: str, route: str, reference: str, **more: Any
) -> Matter:
    """Raise a matter as the resident so many days ago and sort it on the next day."""
    raised, then = scene.ago(days), scene.ago(days - 1)
    matter = matters.raise_matter(
        by=speaker(scene),
        now=raised.now,
        division=place(COMMUNITY),
        title=title,
        text=text,
        channel=MatterChannel.PAGE,
        **more,
    )
    three_way = ROUTES[Route(route)]
    return matters.sort_matter(
        by=scene.user(STAFF),
        now=then.now,
        today=then.today,
        matter=matter,
        three_way=three_way,
        route=route,
        reason="按参考清单分类。",
        summary="" if three_way == ThreeWay.PRIVATE else title,
        reference=reference,
    )


def hand_over(scene: Scene) -> None:
    """A big matter goes to the department and comes back; another one is disputed, a third rests for the rain."""
    clerk, staff, center = (scene.user(name) for name in ("department-roads", STAFF, "grid-center"))
    office = Body.objects.get(name=DEPARTMENT)
    if not _there("小区外人行道塌陷"):
        matter = _sorted(scene, 12, "小区外人行道塌陷", "大门外人行道塌了一块，夜里看不见。", "DEPARTMENT", "S-BIG-01")
        order = dispatching.assign_matter(
            by=center, now=scene.ago(10).now, matter=matter, body=office, task="请现场查看并修复。"
        )
        order = dispatching.accept_order(by=clerk, now=scene.ago(9).now, order=order)
        telling.tell_how_it_stands(by=clerk, now=scene.ago(8).now, matter=matter, text="已现场查看，设置围挡。")
        dispatching.answer_order(
            by=clerk, now=scene.ago(5).now, order=order, answer="已回填并铺装完毕。", outcome="FIXED"
        )
        matters.answer_matter(
            by=staff, now=scene.ago(4).now, matter=matter, reply="市政管理所已修复，请查看。", outcome="FIXED"
        )
    if not _there("背街排水井盖松动"):
        matter = _sorted(scene, 3, "背街排水井盖松动", "井盖一踩就响，怕孩子掉下去。", "DEPARTMENT", "S-BIG-05")
        order = dispatching.assign_matter(by=staff, now=scene.ago(1).now, matter=matter, body=office)
        dispatching.dispute_order(by=clerk, now=scene.ago(1).now, order=order, reason="井盖属水务公司管护。")
    if not _there("外墙粉刷脱落"):
        matter = _sorted(scene, 6, "外墙粉刷脱落", "雨后外墙掉灰皮。", "DIRECT", "S-SMALL-09")
        asked = timing.ask_for_time(
            by=staff,
            now=scene.ago(4).now,
            matter=matter,
            kind="PAUSE",
            cause="WEATHER",
            days=20,
            reason="连日下雨，墙面不干不能施工。",
        )
        timing.grant_time(by=scene.user(REVIEWER), now=scene.ago(3).now, request=asked)


def contest_and_petition(scene: Scene) -> None:
    """A resident contests a sorting; another matter takes the path of petitions; a private affair gets advice."""
    resident, staff = speaker(scene), scene.user(STAFF)
    if not _there("户内水管老化"):
        matter = _sorted(scene, 2, "户内水管老化", "家里水管生锈，水发黄。", "ADVICE", "S-PRIVATE-01")
        sorting.contest_sorting(
            by=resident, now=scene.now, matter=matter, wanted="BIG", reason="整栋楼都发黄，是总管的问题。"
        )
    if not _there("要求公开征收补偿依据"):
        matter = _sorted(
            scene, 20, "要求公开征收补偿依据", "对补偿标准不服。", "DEPARTMENT", "S-BIG-17", kind=MatterKind.COMPLAINT
        )
        petition = petitions.mark_petition(
            by=scene.user(STREET), now=scene.ago(18).now, matter=matter, reason="属于信访事项，依条例办理。"
        )
        petitions.tell_petitioner(by=scene.user(STREET), now=scene.ago(10).now, petition=petition)
    if not _there("咨询老年优待证"):
        matter = _sorted(scene, 9, "咨询老年优待证", "怎么办老年优待证？", "DIRECT", "", kind=MatterKind.CONSULTATION)
        answered = matters.answer_matter(
            by=staff, now=scene.ago(8).now, matter=matter, reply="带身份证到社区窗口即可办理。"
        )
        done = matters.close_matter(by=resident, now=scene.ago(7).now, matter=answered, is_solved=True, satisfaction=5)
        telling.hand_out_result(by=staff, now=scene.ago(6).now, matter=done, to="赵志明")


def mediate(scene: Scene) -> None:
    """Neighbors talk about a handrail and a ramp in their staircase; one household opposes and is won over."""
    title, staff = "5栋二单元加装坡道和扶手", scene.user(STAFF)
    if _there(title):
        return
    matter = _sorted(
        scene, 15, title, "老人坐轮椅上下不便，想在门口装坡道。", "DIRECT", "S-SMALL-03", kind=MatterKind.MEDIATION
    )
    told: dict[str, Any] = {"by": staff, "matter": matter}
    mediating.record_consent(
        now=scene.ago(12).now, household="5栋2单元101", stance="OPPOSES", words="坡道占了我家窗下。", **told
    )
    mediating.record_consent(now=scene.ago(12).now, household="5栋2单元201", stance="AGREES", **told)
    mediating.record_consent(
        now=scene.ago(6).now,
        household="5栋2单元101",
        stance="AGREES",
        mediation="坡道改在单元门另一侧，加装栏杆隔开窗户。",
        **told,
    )
    mediating.record_consent(now=scene.ago(2).now, household="5栋2单元301", stance="UNDECIDED", **told)


def endanger(scene: Scene) -> None:
    """A wire hangs down: two hours run from now on."""
    title = "电线掉落在花园小路"
    if _there(title):
        return
    matters.raise_matter(
        by=speaker(scene),
        now=scene.now,
        division=place(COMMUNITY),
        title=title,
        text="大风把电线刮下来了，搭在小路上。",
        channel=MatterChannel.PAGE,
        kind=MatterKind.DANGER,
    )


def ask_weeks_later(scene: Scene) -> None:
    """A matter that was closed four weeks ago is asked about, and is not fixed any more."""
    title = "2栋水泵夜间噪声"
    if _there(title):
        return
    matter = _sorted(scene, 45, title, "水泵夜里响，睡不着。", "DIRECT", "S-SMALL-17")
    staff, resident = scene.user(STAFF), speaker(scene)
    answered = matters.answer_matter(
        by=staff, now=scene.ago(36).now, matter=matter, reply="已加装减震垫。", outcome="FIXED"
    )
    matters.close_matter(by=resident, now=scene.ago(35).now, matter=answered, is_solved=True, satisfaction=4)
    then = scene.ago(1)
    calling.open_call_backs(by=scene.system, now=then.now, today=then.today)
    question = CallBack.objects.filter(matter=matter).first()
    if question is not None:
        _say(question, second_staff(scene), scene.now)


def _say(question: CallBack, by: User, now: dt.datetime) -> None:
    calling.answer_call_back(
        by=by, now=now, call_back=question, is_solved=False, satisfaction=2, words="减震垫松了，又响了。"
    )


def handle(scene: Scene) -> None:
    """Tell the whole of it."""
    open_offices(scene)
    hand_over(scene)
    contest_and_petition(scene)
    mediate(scene)
    endanger(scene)
    ask_weeks_later(scene)
