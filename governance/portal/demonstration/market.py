"""The market of a community: neighbors help one another, an organization teaches, a shop tells of its day, a room is lent, talents are found."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from communities.venues import operations as venues
from governance import lifecycle
from governance.portal.demonstration.delivery import MANAGER, ORGANIZATION
from governance.portal.demonstration.loop import COMMUNITY, moment, voters
from governance.portal.demonstration.steps import Scene, person_of, place
from projects.market import delivering, operations
from projects.market.fairs import operations as fairs
from projects.market.models import MicroService
from projects.market.operations import Terms
from projects.market.sharing import operations as sharing
from projects.market.sharing.models import Merchant
from projects.market.sharing.operations import Opened
from projects.market.talents.operations import Consent, Said, propose_talent, state_talent
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from projects.market.models import ServiceMatch

STAFF = "staff-tanmulin"
KEEPER = ("13990072001", "刘长河")
SHOP = "老刘面馆"
CENTER = "檀木林社区党群服务中心"
"""The premises of the community; `operating` has an organization run them."""
DONE_AGO = (12, 9, 6)


def trade(scene: Scene) -> None:
    """Tell all of it once."""
    if MicroService.objects.filter(division=place(COMMUNITY)).exists():
        return
    with transaction.atomic():
        _help_one_another(scene)
        _want_and_offer(scene)
    if not Merchant.objects.filter(name=SHOP).exists():
        with transaction.atomic():
            _publish(scene)
            _lend(scene)
            _meet(scene)
            _be_found(scene)


def _post(scene: Scene, days: int, by: Any, begins: dt.datetime, **said: Any) -> MicroService:
    """Post a service so many days ago; it lasts an hour and a half."""
    whose = {name: said.pop(name) for name in ("is_for_community", "organization") if name in said}
    terms = Terms(starts_at=begins, ends_at=begins + dt.timedelta(minutes=90), **said)
    return operations.post_service(by=by, now=moment(scene, days), division=place(COMMUNITY), terms=terms, **whose)


def _help_one_another(scene: Scene) -> None:
    """What was wanted and done, with what both sides said; once somebody did not come."""
    people = voters(scene)
    said = (
        ("HOME", "帮忙换客厅灯泡", "灯泡已买好，需要一位会用梯子的邻居。", "12栋", (5, "手脚麻利，还帮忙擦了灯罩。")),
        ("ELDERLY", "陪张阿姨去社区医院量血压", "步行十分钟，来回约一小时。", "8栋", (5, "很有耐心。")),
        ("CULTURE", "教两位老人用手机视频通话", "教会拨打和接听即可。", "社区活动室", (4, "讲得清楚，就是快了点。")),
    )
    for number, (field, title, text, where, (stars, comment)) in enumerate(said):
        days, asker, helper = DONE_AGO[number], people[number], people[number + 3]
        begins = moment(scene, days, 15)
        service = _post(scene, days + 2, asker, begins, side="NEED", field=field, title=title, text=text, place=where)
        match = operations.take_service(by=helper, now=moment(scene, days + 1), service=service, note="我有空。")
        match = delivering.sign_in_match(by=helper, now=begins, match=match, code=service.code)
        over = begins + dt.timedelta(minutes=80)
        match = delivering.finish_match(by=asker, now=over, match=match)
        delivering.rate_match(by=asker, now=over, match=match, stars=stars, comment=comment)
        delivering.rate_match(by=helper, now=over, match=match, stars=5)
    begins = moment(scene, 5, 10)
    missed = _post(
        scene,
        7,
        people[1],
        begins,
        side="NEED",
        field="HOME",
        title="搬一张旧书桌下楼",
        text="三楼到一楼。",
        place="9栋",
    )
    match = operations.take_service(by=people[6], now=moment(scene, 6), service=missed)
    delivering.report_no_show(
        by=people[1], now=begins + dt.timedelta(minutes=40), match=match, reason="等了四十分钟，没有联系上。"
    )
    delivering.run_market_clock(by=scene.system, now=moment(scene, 4))


def _want_and_offer(scene: Scene) -> None:
    """What can be taken now, and a course that an organization gives."""
    people, staff = voters(scene), scene.user(STAFF)
    organization = SocialOrganization.objects.get(credit_code=ORGANIZATION[1])
    _post(
        scene,
        1,
        people[0],
        moment(scene, -3, 16),
        side="NEED",
        field="HOME",
        title="修一下漏水的水龙头",
        text="厨房水龙头滴水，垫圈已买好。",
        place="12栋",
        contact="1单元302，到了按门铃",
        choice="CHOSEN",
    )
    _post(
        scene,
        1,
        staff,
        moment(scene, -4, 9),
        side="NEED",
        field="ENVIRONMENT",
        title="楼道小广告清理搭把手",
        text="清理12栋、13栋楼道小广告，工具社区提供，以志愿积分致谢。",
        place="12栋一单元门口集合",
        places=6,
        settlement="POINTS",
        points=2,
        is_for_community=True,
    )
    _post(
        scene,
        1,
        staff,
        moment(scene, -6, 9),
        side="NEED",
        field="ELDERLY",
        title="两位高龄老人居家安全评估",
        text="入户查看扶手、地面、用电用气，出具整改建议，请有养老服务能力的社会组织承接。",
        place="8栋",
        capability="养老服务",
        is_for_community=True,
    )
    course = _post(
        scene,
        1,
        person_of(scene, *MANAGER),
        moment(scene, -5, 14),
        side="OFFER",
        field="ELDERLY",
        title="居家防跌倒免费讲座",
        text="康复师讲解居家防跌倒要点，现场答疑。",
        place="社区活动室",
        places=20,
        organization=organization,
    )
    for person in people[3:6]:
        operations.take_service(by=person, now=moment(scene, 0, 8), service=course)
    waiting = MicroService.objects.get(title="修一下漏水的水龙头")
    _offer_help(scene, waiting)


def _offer_help(scene: Scene, service: MicroService) -> ServiceMatch:
    helper = voters(scene)[3]
    return operations.take_service(by=helper, now=moment(scene, 0, 8), service=service, note="我做过水电工，自带工具。")


def _publish(scene: Scene) -> None:
    """A noodle shop takes part and tells of its days."""
    keeper = person_of(scene, *KEEPER)
    shop = sharing.join_merchant(
        by=scene.user(STAFF),
        now=moment(scene, 20),
        division=place(COMMUNITY),
        name=SHOP,
        line="面食、早点",
        address="檀木林街15号",
        keeper=keeper,
        consented_on=moment(scene, 21).date(),
    )
    for kind, text, price, usual, days in (
        ("DISCOUNT", "牛肉面", Decimal(12), Decimal(15), (0, 1)),
        ("FREE", "环卫工人免费喝面汤、接热水", None, None, (0, 1, 2)),
        ("MUTUAL_HELP", "可代收快递、寄放轮椅", None, None, (0, 1, 2)),
    ):
        for ahead in days:
            sharing.publish_offer(
                by=keeper,
                now=scene.now,
                merchant=shop,
                day=scene.today + dt.timedelta(days=ahead),
                kind=kind,
                text=text,
                price=price,
                usual_price=usual,
            )


def _lend(scene: Scene) -> None:
    """The community's room: lent in the daytime corner against service, booked by a choir; a wheelchair to borrow."""
    staff, people = scene.user(STAFF), voters(scene)
    organization = SocialOrganization.objects.get(credit_code=ORGANIZATION[1])
    said: dict[str, Any] = {"field": "CULTURE", "opens": dt.time(8), "closes": dt.time(21)}
    opened: dict[str, Any] = {"by": staff, "division": place(COMMUNITY), "now": moment(scene, 90)}
    said["venue"] = venues.enter_venue(
        **opened,
        name=CENTER,
        address="檀木林街18号",
        property_class="PUBLIC",
        area=Decimal("680.0"),
    )
    hall = sharing.open_resource(
        **opened,
        opened=Opened(
            title="社区活动室",
            kind="ROOM",
            place="居委会二楼",
            text="桌椅六十套，有投影和音响。",
            seats=60,
            **said,
        ),
    )
    corner = sharing.open_resource(
        **opened,
        opened=Opened(
            title="一楼服务用房",
            kind="ROOM",
            place="居委会一楼东侧",
            text="四十平方米，适合社会组织开展日常服务。",
            seats=15,
            **said,
        ),
    )
    sharing.open_resource(
        **opened,
        opened=Opened(
            title="轮椅借用",
            kind="EQUIPMENT",
            place="居委会服务大厅",
            text="两台，当天借当天还。",
            seats=1,
            **{**said, "field": "DISABLED"},
        ),
    )
    begins = moment(scene, -2, 19)
    booking = sharing.book_resource(
        by=people[2],
        now=scene.now,
        resource=hall,
        starts_at=begins,
        ends_at=begins + dt.timedelta(hours=2),
        people=24,
        about="社区合唱队排练",
    )
    sharing.confirm_booking(by=staff, now=scene.now, booking=booking)
    manager, begun = person_of(scene, *MANAGER), scene.ago(60)
    cession = sharing.offer_cession(
        by=staff,
        now=begun.now,
        resource=corner,
        organization=organization,
        starts_on=begun.today,
        ends_on=begun.today + dt.timedelta(days=180),
        hours_owed=Decimal(96),
        what_for="每周两次为本社区老人提供康复指导，每次两小时。",
    )
    cession = sharing.agree_cession(by=manager, now=begun.now, cession=cession)
    for days, text in ((50, "康复指导"), (43, "康复指导"), (36, "康复指导和血压测量"), (8, "康复指导")):
        then = scene.ago(days)
        service = sharing.report_service(
            by=manager, now=then.now, cession=cession, served_on=then.today, hours=Decimal("4.0"), text=text
        )
        if days > DONE_AGO[0]:
            sharing.check_service(by=staff, now=then.now, service=service, is_right=True)


def _be_found(scene: Scene) -> None:
    """Neighbors say what they are good at, each as they like to be found; the community proposes one more."""
    staff, people, then = scene.user(STAFF), voters(scene), scene.ago(40)
    public, named = Consent("PUBLIC"), Consent("PUBLIC", is_name_shown=True)
    for person, said, consent in (
        (people[3], Said("CAPABLE", "HOME", ("水电维修", "灯具安装"), "做过二十年水电工，自带工具。", "周末"), public),
        (people[4], Said("LECTURER", "CULTURE", ("书法", "楹联"), "社区书法班义务授课六年。", "周三下午"), named),
        (people[5], Said("LECTURER", "ELDERLY", ("智能手机", "防诈骗"), "退休教师，会讲慢课。", "工作日上午"), public),
        (people[6], Said("GIFTED", "YOUTH", ("剪纸", "风筝"), "可带孩子们动手做。"), Consent()),
    ):
        row = state_talent(by=person, now=then.now, said=said, consent=consent)
        lifecycle.move(row, "confirm", by=staff, now=then.now)
    leads = Said("BACKBONE", "GOVERNANCE", ("楼栋协调",), "带头成立楼院自管小组。")
    propose_talent(by=staff, now=scene.now, resident=people[2].residences.get(left_on=None), said=leads)


def _meet(scene: Scene) -> None:
    """The street's fair: projects that communities offer, who would carry them out, one contract already."""
    officer, held = scene.user("street002"), scene.ago(30)
    fair = fairs.plan_fair(
        by=officer,
        now=held.now,
        division=place("510302002000"),
        title="东兴寺街道社区项目对接会",
        place="街道党群服务中心三楼",
        starts_at=moment(scene, 20, 9),
        ends_at=moment(scene, 20, 12),
    )
    listed = [
        fairs.Listed("独居老人结对探访", "ELDERLY", "檀木林社区", Decimal(18000)),
        fairs.Listed("四点半课堂", "YOUTH", "檀木林社区", Decimal(24000)),
        fairs.Listed("楼道微更新陪伴计划", "ENVIRONMENT", "檀木林社区", Decimal(15000)),
        fairs.Listed("残疾人居家康复入户", "DISABLED", "三八路社区"),
    ]
    projects = fairs.list_projects(by=officer, now=held.now, fair=fair, listed=listed)
    lifecycle.move(fair, "open", by=officer, now=held.now)
    manager = person_of(scene, *MANAGER)
    organization = SocialOrganization.objects.get(credit_code=ORGANIZATION[1])
    then = moment(scene, 20, 10)
    noted = [
        fairs.note_intention(
            by=manager, now=then, project=project, organization=organization, note="已有专职社工两名，可承接。"
        )
        for project in (projects[0], projects[3])
    ]
    fairs.sign_intention(by=officer, now=moment(scene, 10, 10), intention=noted[0], reference="东兴寺街购〔2026〕11号")
