"""Organizations among one another: what they can do, a chamber and what it offers, a service center, clubs, a brand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from communities.bodies import operations as bodies
from communities.bodies.models import Seat
from funds.charity import operations as charity
from funds.charity.committee import Seated
from funds.charity.models import CommunityFund
from governance import lifecycle
from governance.portal.demonstration.delivery import MANAGER, ORGANIZATION
from governance.portal.demonstration.fund_kinds import COOPERATION
from governance.portal.demonstration.loop import COMMUNITY
from governance.portal.demonstration.organizing import DISTRICT, HEAD, PARK, STREET
from governance.portal.demonstration.steps import Scene, person_of, place
from socialorgs.incubation.models import Incubator
from socialorgs.incubation.operators.operations import Agreed, enter_contract
from socialorgs.register import operations as register
from socialorgs.register.centers import operations as centers
from socialorgs.register.centers.operations import House
from socialorgs.register.clubs import operations as clubs
from socialorgs.register.clubs.models import Club
from socialorgs.register.clubs.operations import Idea
from socialorgs.register.housing import venues_for
from socialorgs.register.models import SocialOrganization
from socialorgs.register.strengths import operations as strengths
from socialorgs.register.strengths.operations import Ability, Origin
from socialorgs.register.ties import operations as ties
from socialorgs.register.ties.operations import Offer, Use

if TYPE_CHECKING:
    from governance.accounts.models import User

CHAMBER = ("东兴寺街道商会", "51510302MJQ0000406")
BRAND = ("自流井区爱邻社会工作服务中心", "52510302MJQ000058W")
CHOIR = ("檀木林夕阳红合唱团", "CULTURE", "每周排练，社区节日演出。", "社区文化活动室", "每周二、周五上午")
CHESS = ("檀木林象棋社", "LEARNING", "以棋会友，每季度一次邻里赛。", "小区架空层", "每周六下午")
MEMBERS = (("13990060011", "邓国强"), ("13990060012", "蒋秀兰"), ("13990060013", "唐志明"))


def unite(scene: Scene) -> None:
    """Tell all of it once."""
    if SocialOrganization.objects.filter(name=CHAMBER[0]).exists():
        return
    with transaction.atomic():
        partner = SocialOrganization.objects.filter(credit_code=ORGANIZATION[1]).first()
        chamber = _entered(scene, CHAMBER, "CHAMBER", STREET, "曾理")
        brand = _entered(scene, BRAND, "SOCIAL_SERVICE_AGENCY", DISTRICT, "傅雅琴")
        if partner is not None:
            _state(scene, partner)
            _join(scene, chamber, partner)
            _place(scene, partner)
            _contract(scene, partner)
            _sit(scene, partner)
        _bring_in(scene, brand)
        _offer(scene, chamber)
        _gather(scene)


def _entered(scene: Scene, body: tuple[str, str], kind: str, code: str, head: str) -> SocialOrganization:
    then = scene.ago(60)
    row = register.enter_organization(
        by=scene.user("street002"),
        now=then.now,
        name=body[0],
        organization_type=kind,
        standing="REGISTERED",
        division=place(STREET),
        head_name=head,
        founded_on=dt.date(2022, 9, 1),
        credit_code=body[1],
        registrar="自贡市自流井区民政局",
        members_count=56,
        capital=Decimal(50000),
        scope="服务会员，参与社区治理。" if code == STREET else "社区社会工作服务。",
    )
    return register.verify_organization(by=scene.user("reviewer002"), now=then.now, organization=row)


def _state(scene: Scene, partner: SocialOrganization) -> None:
    """One capability is confirmed, another waits."""
    by, then = person_of(scene, *MANAGER), scene.ago(30)
    said = (
        Ability("养老服务", "助餐、助浴、居家探访，服务独居老人。", 12, place(STREET), "养老护理员证 8 人"),
        Ability("儿童服务", "四点半课堂、假期托管。", 4, place(COMMUNITY)),
    )
    rows = [strengths.state_capability(by=by, now=then.now, organization=partner, ability=one) for one in said]
    strengths.check_capability(by=scene.user("reviewer002"), now=scene.ago(28).now, capability=rows[0])


def _join(scene: Scene, chamber: SocialOrganization, partner: SocialOrganization) -> None:
    first = scene.ago(50)
    ties.add_member(
        by=scene.user("street002"),
        now=first.now,
        federation=chamber,
        member=partner,
        valid_from=first.today,
        duty="理事单位",
    )


def _offer(scene: Scene, chamber: SocialOrganization) -> None:
    """Of what the chamber offers a part was used."""
    then, staff = scene.ago(40), scene.user("staff-tanmulin")
    by = scene.user("street002")
    hours = ties.offer_resource(
        by=by, now=then.now, organization=chamber, offer=Offer("SKILL", "会员律师法律咨询", 60, "小时", then.today)
    )
    ties.offer_resource(
        by=by, now=then.now, organization=chamber, offer=Offer("SPACE", "商会会议室", 24, "次", then.today)
    )
    for days, count, purpose in ((33, 4, "老旧小区加装电梯协商"), (12, 6, "居民法律咨询日")):
        used = scene.ago(days)
        use = Use(place(COMMUNITY), used.today, count, purpose)
        ties.use_resource(by=staff, now=used.now, resource=hours, use=use)


def _place(scene: Scene, partner: SocialOrganization) -> None:
    """The center of the community, with the partner and the patrol in its rooms."""
    then = scene.ago(45)
    center = centers.open_center(
        by=scene.user("street002"),
        now=then.now,
        house=House(
            place(COMMUNITY),
            "檀木林社区社会组织居民服务中心",
            "檀木林街 12 号",
            6,
            "办公、活动场地，项目对接，备案指导。",
            dt.date(2023, 5, 1),
            floor_area=420,
            venue=venues_for(place(COMMUNITY)).first(),
        ),
    )
    filed = SocialOrganization.objects.filter(division=place(COMMUNITY), standing="FILED", status="ACTIVE").first()
    for room, body, use in ((1, partner, "居家养老服务站"), (2, filed, "巡逻队值班室")):
        if body is not None:
            centers.place_tenant(
                by=scene.user("staff-tanmulin"),
                now=scene.ago(30).now,
                center=center,
                organization=body,
                room=room,
                used_for=use,
                valid_from=scene.ago(30).today,
            )


def _bring_in(scene: Scene, brand: SocialOrganization) -> None:
    then = scene.ago(20)
    origin = Origin("爱邻", "成都市", ("社会工作", "能力建设"), "区引〔2025〕3号", then.today)
    strengths.bring_in(by=scene.user("district"), now=then.now, organization=brand, origin=origin)


def _contract(scene: Scene, partner: SocialOrganization) -> None:
    park = Incubator.objects.filter(name=PARK).first()
    if park is not None:
        then = scene.ago(90)
        agreed = Agreed(
            partner,
            "自民合〔2025〕12号",
            Decimal(350000),
            then.today,
            then.today + dt.timedelta(days=365),
            admitted_goal=10,
            graduated_goal=6,
        )
        enter_contract(by=scene.user("district"), now=then.now, incubator=park, agreed=agreed)


def _sit(scene: Scene, partner: SocialOrganization) -> None:
    """The partner sits in the committee of the co-operation fund, in place of a member who has left."""
    fund = CommunityFund.objects.filter(name=COOPERATION.name).select_related("committee").first()
    then, by = scene.ago(20), scene.user("street002")
    left = fund and fund.committee and fund.committee.memberships.filter(seat=Seat.UNIT, valid_to=None).first()
    if fund is None or not left:
        return
    bodies.end_membership(by=by, now=then.now, membership=left, on=then.today, reason="工作调动")
    seated = Seated(MANAGER[1], Seat.ORGANIZATION, person_of(scene, *MANAGER), organization=partner)
    charity.fill_seat(by=by, now=then.now, fund=fund, seated=seated, valid_from=then.today)


def _gather(scene: Scene) -> None:
    """One club that is open, with members and events; another that waits for the community."""
    head = person_of(scene, *HEAD)
    choir = _proposed(scene.ago(35), head, CHOIR)
    choir = lifecycle.move(choir, "open", by=scene.user("staff-tanmulin"), now=scene.ago(34).now)
    for count, (phone, name) in enumerate((HEAD, *MEMBERS)):
        member = person_of(scene, phone, name)
        clubs.join_club(
            by=member, now=scene.ago(33 - count).now, club=choir, name=name, agrees=True, may_be_named=count != 1
        )
    held = clubs.announce_event(
        by=head,
        now=scene.ago(25).now,
        club=choir,
        title="重阳节演出",
        place="社区广场",
        starts_at=scene.ago(20).now,
    )
    clubs.tell_event(by=head, now=scene.ago(19).now, event=held, attended=86, report="唱了六首歌，老人们很高兴。")
    clubs.announce_event(
        by=head,
        now=scene.now,
        club=choir,
        title="公开排练",
        place="社区文化活动室",
        starts_at=scene.now + dt.timedelta(days=3),
    )
    _proposed(scene.ago(2), head, CHESS)


def _proposed(scene: Scene, by: User, said: tuple[str, str, str, str, str]) -> Club:
    venue = venues_for(place(COMMUNITY)).first() if said == CHOIR else None
    idea = Idea(*said, venue=venue)
    return clubs.propose_club(by=by, now=scene.now, division=place(COMMUNITY), idea=idea)
