"""Grants: a venture round of the district from its call to the awards, and a micro round of a street that is open.

Bodies, projects and amounts are invented; the rounds are those of report S3, the programme one of report S1.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from funds.charity.models import CommunityFund
from governance import lifecycle
from governance.portal.demonstration.delivery import MANAGER, ORGANIZATION
from governance.portal.demonstration.loop import COMMUNITY
from governance.portal.demonstration.organizing import DISTRICT, STREET
from governance.portal.demonstration.steps import Scene, person_of, place
from projects.grants import deciding, operations, reviewing, submitting
from projects.grants.models import GrantApplication, GrantRound, ScoreSheet
from projects.grants.operations import Terms
from projects.grants.policy import Question
from projects.grants.submitting import Line, Plan
from socialorgs.register import operations as register
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from governance.accounts.models import User

VENTURE = "第三届公益创投大赛"
MICRO = "东兴寺街道微公益创投"
CRITERIA = (("需求与可行性", 40), ("方案与创新", 35), ("团队与预算", 25))
QUESTIONS = (
    Question(1, "同一内容是否已获得其他财政资金？", "ONE", ("是", "否"), is_required=True),
    Question(2, "项目结束后怎样持续？", "WORDS"),
)
BODIES = (
    (*ORGANIZATION, *MANAGER),
    ("自贡市自流井区同心助残服务中心", "52510302MJQ0000214", "13990070001", "韩玉梅"),
    ("自贡市自流井区青禾青少年服务中心", "52510302MJQ0000302", "13990070002", "郭子涵"),
)
PROJECTS = (
    (
        "银龄守望：高龄独居老人结对",
        "为老服务",
        (("PERSONNEL", "社工补贴", "15000"), ("ACTIVITIES", "结对探访", "43000")),
    ),
    (
        "共融工坊：残疾人手工就业",
        "专业服务",
        (("PERSONNEL", "指导老师", "12000"), ("MATERIALS", "工具与材料", "36000")),
    ),
    ("四点半院坝：放学后照看", "社区治理", (("PERSONNEL", "志愿者补贴", "10000"), ("ACTIVITIES", "活动", "30000"))),
)
POINTS = ((92, 88, 90, 85, 95), (86, 84, 88, 79, 90), (58, 55, 61, 49, 66))
COMMENTS = {
    92: "服务对象明确，建议压缩活动费用。",
    85: "请补充应急预案。",
    90: "与残联岗位衔接较好。",
    58: "场地与安全措施不足。",
}
EXPERTS = (
    ("13990080001", "方敬之", "社会工作"),
    ("13990080002", "叶文君", "财务管理"),
    ("13990080003", "卢国平", "社区治理"),
    ("13990080004", "程雅琴", "为老服务"),
    ("13990080005", "尹志刚", "法律"),
    ("13990080006", "龚丽华", "项目评估"),
)


def grant(scene: Scene) -> None:
    """Tell all of it once."""
    if GrantRound.objects.filter(title=VENTURE).exists():
        return
    with transaction.atomic():
        managers = [_body(scene, *body) for body in BODIES]
        _award(scene, _score(scene, _apply(scene, _call(scene), managers)))
        _open_micro(scene, managers)


def _body(scene: Scene, name: str, code: str, phone: str, manager: str) -> tuple[SocialOrganization, User]:
    """Return an organization, entered where it is not known, and who acts for it."""
    person, street = person_of(scene, phone, manager), place(STREET)
    known = SocialOrganization.objects.filter(credit_code=code).first()
    if known is not None:
        return known, person
    then = scene.ago(200)
    row = register.enter_organization(
        by=scene.user("street002"),
        now=then.now,
        name=name,
        organization_type="SOCIAL_SERVICE_AGENCY",
        standing="REGISTERED",
        credit_code=code,
        service_class="PUBLIC_BENEFIT",
        division=street,
        registrar="自贡市自流井区民政局",
        head_name=manager,
        contact="办公室",
        founded_on=dt.date(2022, 3, 1),
    )
    row = register.verify_organization(by=scene.user("reviewer002"), now=then.now, organization=row)
    register.appoint_for_organization(
        by=scene.user("street002"), now=then.now, organization=row, user=person, valid_from=then.today
    )
    return row, person


def _call(scene: Scene) -> GrantRound:
    """The district calls with money of two sources."""
    then, district = scene.ago(80), place(DISTRICT)
    row = operations.draft_round(
        by=scene.user("district"),
        now=then.now,
        terms=Terms(
            kind="VENTURE",
            title=VENTURE,
            division=district,
            edition=3,
            guide="征集为老、助残、儿童和社区治理项目，项目期六至十个月，须取得落地社区同意。",
            criteria=CRITERIA,
            questions=QUESTIONS,
            cap=Decimal("80000.00"),
            places=24,
            opens_on=scene.ago(78).today,
            closes_on=scene.ago(60).today,
            contact="区社会工作部 社会组织科 8100001",
        ),
    )
    for line, amount in (("WELFARE_LOTTERY", "50000.00"), ("FISCAL", "150000.00")):
        operations.add_funding(
            by=scene.user("district"), now=then.now, round_=row, amount=Decimal(amount), budget_line=line
        )
    row = operations.publish_round(by=scene.user("district2"), now=scene.ago(79).now, round_=row)
    _turn(scene.ago(78))
    return row


def _turn(then: Scene) -> None:
    operations.turn_rounds(by=then.system, now=then.now, today=then.today)


def _plan(then: Scene, number: int) -> Plan:
    title, lane, lines = PROJECTS[number]
    return Plan(
        title=title,
        lane=lane,
        summary="由社工带领志愿者，每周在社区开展服务。",
        plan="一、摸底建档。二、每周开展服务并签到。三、每月公布进度，期末由居民评价。",
        team="项目负责人一名，专职社工两名，志愿者十五名。",
        beneficiaries="社区居民中的重点人群",
        division=place(COMMUNITY),
        starts_on=then.today + dt.timedelta(days=70),
        ends_on=then.today + dt.timedelta(days=330),
        own_amount=Decimal(6000),
        partner="自流井区老龄事业促进会",
        partner_amount=Decimal(4000),
        lines=[Line(kind, purpose, Decimal(amount)) for kind, purpose, amount in lines],
        answers={"1": 2, "2": "培育居民骨干，转入社区日常服务。"},
    )


def _apply(
    scene: Scene, row: GrantRound, managers: list[tuple[SocialOrganization, User]]
) -> tuple[GrantRound, list[GrantApplication]]:
    """Three bodies apply; one corrects; all are admitted with the landing community's consent."""
    made = []
    for number, (organization, manager) in enumerate(managers):
        then = scene.ago(72 - number)
        application = submitting.start_application(
            by=manager, now=then.now, round_=row, organization=organization, plan=_plan(then, number)
        )
        application = submitting.submit_application(by=manager, now=then.now, application=application)
        if number == 1:
            application = submitting.send_back(
                by=scene.user("district"), now=then.now, application=application, reason="请说明团队分工。"
            )
            submitting.submit_application(by=manager, now=then.now, application=application)
        submitting.give_consent(by=scene.user("staff-tanmulin"), now=scene.ago(66).now, application=application)
        made.append(submitting.qualify(by=scene.user("district"), now=scene.ago(65).now, application=application))
    _turn(scene.ago(59))
    row.refresh_from_db()
    return row, made


def _score(
    scene: Scene, called: tuple[GrantRound, list[GrantApplication]]
) -> tuple[GrantRound, list[GrantApplication]]:
    """Five experts are drawn by lot, declare that they have no ties, and score alone."""
    (row, made), by = called, scene.user("district")
    row = lifecycle.move(row, "start_review", by=by, now=scene.ago(58).now)
    then = scene.ago(57)
    for phone, name, field in EXPERTS:
        operations.enter_expert(
            by=by, now=then.now, division=place(DISTRICT), user=person_of(scene, phone, name), expertise=field
        )
    for seat in reviewing.draw_experts(by=by, now=then.now, round_=row, seats=5, word="釜溪河"):
        reviewing.declare_ties(by=seat.expert, now=then.now, seat=seat, organizations=())
    reviewing.assign_sheets(by=by, now=then.now, round_=row)
    then = scene.ago(50)
    for application, totals in zip(made, POINTS, strict=True):
        sheets = ScoreSheet.objects.filter(application=application).select_related("expert").order_by("pk")
        for sheet, total in zip(sheets, totals, strict=True):
            comment = COMMENTS.get(total, "")
            reviewing.submit_score(by=sheet.expert, now=then.now, sheet=sheet, marks=_marks(total), comment=comment)
    row = reviewing.settle_scores(by=by, now=scene.ago(49).now, round_=row)
    return row, made


def _marks(total: int) -> dict[str, int]:
    """Return points by criterion that come to a total."""
    marks, left = {}, total
    for number, (_title, most) in enumerate(CRITERIA, start=1):
        marks[str(number)] = min(left, most)
        left -= marks[str(number)]
    return marks


def _award(scene: Scene, scored: tuple[GrantRound, list[GrantApplication]]) -> None:
    """One budget is lowered, two projects are publicised without objection and awarded."""
    row, made = scored
    by, then = scene.user("district"), scene.ago(48)
    deciding.optimise_budget(
        by=person_of(scene, *MANAGER),
        now=then.now,
        application=made[0],
        granted={2: Decimal("40000.00")},
        reason="按专家意见压缩活动费用。",
    )
    for application in made[:2]:
        deciding.propose(by=by, now=scene.ago(47).now, application=application)
    row = deciding.publicise_round(by=by, now=scene.ago(46).now, round_=row)
    notice = PublicNotice.objects.get(grant_publicity=row)
    over = scene.ago(32)
    notices.close_notice(by=scene.system, now=over.now, today=over.today, notice=notice)
    deciding.award_round(by=scene.user("district2"), now=scene.ago(31).now, round_=row)


def _open_micro(scene: Scene, managers: list[tuple[SocialOrganization, User]]) -> None:
    """A street's round under a named programme takes applications: one is in, one is a draft."""
    then, street = scene.ago(6), place(STREET)
    officer = scene.user("street002")
    programme = operations.enter_programme(
        by=officer,
        now=then.now,
        division=street,
        name="近邻计划",
        purpose="支持邻里互助的小项目。",
        started_on=dt.date(2020, 1, 1),
    )
    row = operations.draft_round(
        by=officer,
        now=then.now,
        terms=Terms(
            kind="MICRO",
            title=MICRO,
            division=street,
            programme=programme,
            guide="面向本街道社区，征集三万元以内的邻里互助项目，备案组织可以申报。",
            criteria=CRITERIA,
            questions=QUESTIONS[:1],
            takes_filed=True,
            has_defence=True,
            cap=Decimal("30000.00"),
            places=10,
            matching_percent=10,
            opens_on=scene.ago(4).today,
            closes_on=scene.today + dt.timedelta(days=14),
            contact="东兴寺街道公共服务办 8100002",
        ),
    )
    fund = CommunityFund.objects.get(division=place(COMMUNITY))
    operations.add_funding(by=officer, now=then.now, round_=row, amount=Decimal("20000.00"), fund=fund)
    operations.add_funding(
        by=officer, now=then.now, round_=row, amount=Decimal("100000.00"), budget_line="COMMUNITY_WELFARE"
    )
    row = operations.publish_round(by=scene.user("reviewer002"), now=scene.ago(5).now, round_=row)
    _turn(scene.ago(4))
    row.refresh_from_db()
    for (organization, manager), number, is_in in zip(managers[:2], (0, 2), (True, False), strict=True):
        plan = _plan(scene.ago(3), number)
        small = [Line(line.kind, line.title, line.asked / 4) for line in plan.lines]
        application = submitting.start_application(
            by=manager,
            now=scene.ago(3).now,
            round_=row,
            organization=organization,
            plan=Plan(
                title=f"近邻·{plan.title}",
                lane=plan.lane,
                summary=plan.summary,
                plan=plan.plan,
                team=plan.team,
                beneficiaries=plan.beneficiaries,
                division=plan.division,
                starts_on=plan.starts_on,
                ends_on=plan.ends_on,
                own_amount=Decimal(1500),
                lines=small,
                answers={"1": 2},
            ),
        )
        if is_in:
            submitting.submit_application(by=manager, now=scene.ago(2).now, application=application)
