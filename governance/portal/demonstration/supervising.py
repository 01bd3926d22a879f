"""Supervision: reports of a year in every state, an order to mend, a grade, a listing and its alert, an illegal body."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction

from governance import lifecycle
from governance.portal.demonstration.delivery import MANAGER, ORGANIZATION
from governance.portal.demonstration.steps import Scene, person_of, place
from socialorgs.register import operations as register
from socialorgs.register.intake import operations as intake
from socialorgs.register.intake.models import RegisterSheet, SheetKind
from socialorgs.register.models import CreditList, OrganizationType, ServiceClass, SocialOrganization, Standing
from socialorgs.supervision import operations
from socialorgs.supervision.grading import operations as grading
from socialorgs.supervision.grading.voting import Voted
from socialorgs.supervision.illegal import operations as illegal
from socialorgs.supervision.illegal.models import IllegalCase
from socialorgs.supervision.models import RectificationOrder, YearReport
from socialorgs.supervision.operations import Said

if TYPE_CHECKING:
    from governance.accounts.models import User

STREET = "510302002000"
DAYS = 20
COMMITTEE = (
    *((name, "FOR") for name in ("方敬之", "林志远", "曹玉珍", "郝文斌", "康建平", "葛秀兰")),
    ("邹明德", "AGAINST"),
    ("骆慧敏", "ABSENT"),
    ("段国华", "WITHDREW"),
)
"""The committee that votes on a grade by name; one of them withdrew."""
OLDER = ("东兴寺街道居家养老服务中心", "52510302MJQ000023A", "何俊")
OLDER_MANAGER = ("13990060003", "何俊")
FILE = "区民政局活动异常名录.csv"
SAID = Said(
    members_count=18,
    staff_count=5,
    income=Decimal("326400.00"),
    expenses=Decimal("311870.50"),
    meetings=4,
    activities="居家照护服务 2,160 人次，助餐 5,400 份，志愿者培训 6 场。",
    has_party_organization=True,
    keeps_charter=True,
    changes="无",
)


def supervise(scene: Scene) -> None:
    """Tell all of it once."""
    if YearReport.objects.exists():
        return
    with transaction.atomic():
        body = SocialOrganization.objects.get(credit_code=ORGANIZATION[1])
        older = _older(scene.ago(60))
        operations.open_reports(by=scene.system, now=scene.ago(DAYS).now)
        _pass(scene, body)
        _fail(scene, older)
        _grade(scene, body)
        _list(scene, older)
        _tell(scene)
        _alert(scene, body)
    _take_in(scene, older)


def _older(scene: Scene) -> SocialOrganization:
    """A second body of the street, with somebody who acts for it."""
    name, code, head = OLDER
    known = SocialOrganization.objects.filter(name=name).first()
    if known is not None:
        return known
    by, checker = scene.user("street002"), scene.user("reviewer002")
    row = register.enter_organization(
        by=by,
        now=scene.now,
        name=name,
        organization_type=OrganizationType.SOCIAL_SERVICE_AGENCY,
        standing=Standing.REGISTERED,
        division=place(STREET),
        head_name=head,
        founded_on=dt.date(2019, 6, 3),
        credit_code=code,
        service_class=ServiceClass.LIFE_SERVICE,
        registrar="自贡市自流井区民政局",
        capital=Decimal("30000.00"),
        scope="居家养老、日间照料。",
    )
    row = register.verify_organization(by=checker, now=scene.now, organization=row)
    register.appoint_for_organization(
        by=checker,
        now=scene.now,
        organization=row,
        user=person_of(scene, *OLDER_MANAGER),
        valid_from=scene.today,
    )
    return row


def _forwarded(scene: Scene, body: SocialOrganization, by: User) -> YearReport:
    row = YearReport.objects.get(organization=body)
    row = operations.submit_report(by=by, now=scene.now, report=row, said=SAID)
    return operations.forward_report(
        by=scene.user("street002"), now=scene.now, report=row, opinion="材料齐全，情况属实，建议报登记机关。"
    )


def _pass(scene: Scene, body: SocialOrganization) -> None:
    """One body passes."""
    row = _forwarded(scene.ago(DAYS - 3), body, person_of(scene, *MANAGER))
    operations.conclude_report(
        by=scene.user("reviewer002"), now=scene.ago(DAYS - 6).now, report=row, conclusion="PASSED"
    )


def _fail(scene: Scene, body: SocialOrganization) -> None:
    """Another basically passes and has to mend something, in fifteen days."""
    row = _forwarded(scene.ago(DAYS - 4), body, person_of(scene, *OLDER_MANAGER))
    operations.conclude_report(
        by=scene.user("reviewer002"),
        now=scene.ago(DAYS - 7).now,
        report=row,
        conclusion="BASICALLY_PASSED",
        mend="补开理事会并形成会议纪要；公开 2025 年度财务收支。",
        days=15,
    )
    order = RectificationOrder.objects.get(organization=body)
    operations.issue_rectification(by=scene.user("district"), now=scene.ago(DAYS - 8).now, order=order)


def _grade(scene: Scene, body: SocialOrganization) -> None:
    """The one that passed is graded 4A by six of nine."""
    then = scene.ago(10)
    row = grading.apply_for_grade(
        by=person_of(scene, *MANAGER), now=then.now, organization=body, statement="登记满两年，内部治理健全，服务稳定。"
    )
    row = grading.score_assessment(
        by=scene.user("street002"), now=scene.ago(7).now, assessment=row, score=912, findings="治理规范，财务公开。"
    )
    grading.grant_grade(
        by=scene.user("district"),
        now=scene.ago(4).now,
        assessment=row,
        votes=[Voted(name, word) for name, word in COMMITTEE],
        voted_on=scene.ago(5).today,
        number="自民评〔2026〕3号",
    )


def _list(scene: Scene, body: SocialOrganization) -> None:
    """The other stands on the list of abnormal activity and asks that it be lifted."""
    listing = register.record_listing(
        by=scene.user("reviewer002"),
        now=scene.ago(3).now,
        organization=body,
        credit_list=CreditList.ABNORMAL,
        decision_number="自民异〔2026〕7号",
        reason="登记住所无法联系，两次信函未回复。",
        listed_on=scene.ago(3).today,
    )
    operations.apply_for_repair(
        by=person_of(scene, *OLDER_MANAGER),
        now=scene.ago(1).now,
        listing=listing,
        mended="已变更登记住所并公示联系方式。",
    )


def _alert(scene: Scene, body: SocialOrganization) -> None:
    """The body with the running contract stood on the list for a week: the street still has to say what it did."""
    by = scene.user("reviewer002")
    listing = register.record_listing(
        by=by,
        now=scene.ago(34).now,
        organization=body,
        credit_list=CreditList.ABNORMAL,
        decision_number="自民异〔2026〕2号",
        reason="住所变更未在三十日内办理变更登记。",
        listed_on=scene.ago(34).today,
    )
    register.end_listing(
        by=by, now=scene.ago(27).now, listing=listing, removed_on=scene.ago(27).today, reason="已办理变更登记。"
    )


def _tell(scene: Scene) -> None:
    """Two tips: from one came a ban, the other waits."""
    by, street = scene.system, place(STREET)
    tip, _code = illegal.give_tip(
        by=by,
        division=street,
        now=scene.ago(15).now,
        name="自贡长寿养生协会",
        place="东兴寺街一楼门面",
        text="未登记，以协会名义向老人收会费。",
    )
    reviewer = scene.user("reviewer002")
    tip = illegal.settle_tip(by=reviewer, now=scene.ago(14).now, tip=tip)
    case = IllegalCase.objects.get(tips=tip)
    case = lifecycle.move(case, "take_up", by=reviewer, now=scene.ago(13).now)
    case = illegal.propose_measure(
        by=reviewer,
        now=scene.ago(9).now,
        case=case,
        findings="查无登记记录，以社会组织名义开展活动并收费。",
        measure="BAN",
    )
    illegal.decide_case(
        by=scene.user("district"),
        now=scene.ago(5).now,
        case=case,
        decision_number="自民取缔〔2026〕1号",
        decided_on=scene.ago(5).today,
    )
    illegal.give_tip(
        by=by,
        division=street,
        now=scene.ago(1).now,
        name="盐都书画研究会",
        text="没有登记证书，在社区招收会员。",
        contact="13990060009",
    )


def _take_in(scene: Scene, body: SocialOrganization) -> None:
    """The registrar's file of the abnormal list, in which one code was rounded, waits to be confirmed."""
    if RegisterSheet.objects.filter(name=FILE).exists():
        return
    lines = [
        "统一社会信用代码,社会组织名称,列入名单,决定文号,列入事由,列入日期,移出日期",
        f"{body.credit_code},{body.name},活动异常名录,自民异〔2026〕8号,未按规定公布信息,{scene.ago(2).today},",
        f"5.2510302E+17,东兴寺街道助残服务社,活动异常名录,自民异〔2026〕9号,未报送年度工作报告,{scene.ago(2).today},",
    ]
    intake.upload_sheet(
        by=scene.user("street002"),
        now=scene.now,
        division=place(STREET),
        file=ContentFile("\r\n".join(lines).encode("gb18030")),
        name=FILE,
        kind=SheetKind.LISTINGS,
    )
