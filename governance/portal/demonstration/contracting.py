"""A contract watched over its course: invoices, a visit with a remark that is mended, services, an award; one on a purchase.

Goes on where `delivery` signs, before the acceptance.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from governance.money import round_half_up
from governance.portal.demonstration.delivery import MANAGER, REQUEST_TITLE
from governance.portal.demonstration.loop import COMMUNITY, moment
from governance.portal.demonstration.steps import Scene, person_of, place
from projects.contracts import drafting
from projects.contracts import operations as contracts
from projects.contracts.judging import operations as judging
from projects.contracts.models import Condition, Contract
from projects.contracts.policy import ServiceField
from projects.contracts.services import operations as services
from projects.contracts.services.models import PurchasedPosts
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import AwardPayment
from projects.purchasing.awarding.models import PurchaseAward

PAPER = b"%PDF-1.4\n%%EOF\n"
BILLS = (
    (1, 22, "14800.00", "自流井区恒固五金经营部", "不锈钢扶手88米", "04410021"),
    (2, 18, "5200.00", "自贡亮化照明商行", "感应灯48盏", "04410587"),
    (3, 17, "1440.00", "自流井区便民安装服务部", "安装费", "04410602"),
)
UNCHECKED = (2,)
"""Whose invoice still waits for its check."""
SERVED = (("HOME_CARE", 19, "12栋、13栋", 41), ("COMFORT", 16, "14栋、15栋", 23))


@transaction.atomic
def oversee(scene: Scene) -> None:
    """Watch over the stairs: what was spent, what a visit found, what was done for whom."""
    contract = Contract.objects.get(title=REQUEST_TITLE)
    if contract.reviews.exists() or contract.status != "RUNNING":
        return
    manager, staff = person_of(scene, *MANAGER), scene.user("staff-tanmulin")
    for line, days, amount, payee, what, invoice in BILLS:
        bill = terms.enter_expenditure(
            by=manager,
            now=moment(scene, days),
            contract=contract,
            line=contract.lines.get(number=line),
            spent_on=scene.ago(days).today,
            amount=Decimal(amount),
            payee=payee,
            what=what,
            invoice_number=invoice,
            invoice=(f"发票{invoice}.pdf", PAPER),
        )
        if line not in UNCHECKED:
            terms.confirm_expenditure(by=staff, now=moment(scene, days - 1), expenditure=bill)
    for kind, days, where, people in SERVED:
        record = services.record_service(
            by=manager,
            now=moment(scene, days),
            contract=contract,
            kind=kind,
            served_on=scene.ago(days).today,
            place=where,
            people=people,
            hours=Decimal("6.5"),
            note="安装期间逐户告知并帮助老人上下楼。",
        )
        services.confirm_service(by=staff, now=moment(scene, days - 1), record=record)
    found = judging.record_review(
        by=scene.user("street002"),
        now=moment(scene, 19),
        contract=contract,
        kind="VISIT",
        held_on=scene.ago(19).today,
        reviewer="东兴寺街道社区事务办公室",
        was_announced=False,
        findings="扶手高度符合要求，13栋二单元一处固定螺栓松动；施工告示张贴齐全。",
        conclusion="MEND",
        mend_by=scene.ago(12).today,
    )
    found = judging.answer_review(by=manager, now=moment(scene, 17), review=found, answer="已重新固定并逐层复查。")
    judging.settle_review(by=staff, now=moment(scene, 16), review=found)
    _win(scene, contract)
    _posts(scene)


def _win(scene: Scene, contract: Contract) -> None:
    award = services.enter_award(
        by=person_of(scene, *MANAGER),
        now=moment(scene, 15),
        contract=contract,
        title="街道“邻里共治”精品项目",
        level="STREET",
        granted_by="东兴寺街道办事处",
        granted_on=scene.ago(15).today,
        is_brand=True,
        why="居民先议后建，施工前后由志愿者清理楼道，花费每一笔都有发票可查。",
    )
    services.confirm_award(by=scene.user("reviewer002"), now=moment(scene, 14), award=award)


def _posts(scene: Scene) -> None:
    """Posts that were bought before it was forbidden stay as history."""
    if PurchasedPosts.objects.exists():
        return
    services.record_posts(
        by=scene.user("street002"),
        now=moment(scene, 15),
        division=place(COMMUNITY),
        kind="ELDERLY_AIDE",
        posts=6,
        filled=6,
        amount=Decimal("266400.00"),
        starts_on=dt.date(2018, 1, 1),
        ends_on=dt.date(2018, 12, 31),
        agency_name="自流井区银龄居家养老服务站",
        source="2018年街道为老服务购买台账",
    )


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a contract on an award says, and which document the treasury paid its first instalment by."""

    kind: str
    field: str
    instalments: tuple[tuple[Decimal, str], ...]
    first_line: str
    second_line: str
    deliverables: tuple[tuple[str, Decimal, str], ...]
    milestone: str
    filing: int
    document: str


HANDED_OVER = Agreed(
    "HANDED_OVER",
    ServiceField.RELIEF,
    (
        (Decimal("33.33"), Condition.SIGNING),
        (Decimal("33.33"), Condition.MIDTERM),
        (Decimal("33.34"), Condition.ACCEPTANCE),
    ),
    "核对员补贴",
    "入户复核",
    (("入户复核", Decimal(1200), "户次"), ("核对报告", Decimal(4), "份")),
    "完成首轮入户复核",
    21,
    "0402",
)
CARE = Agreed(
    "SERVICE",
    ServiceField.ELDERLY,
    ((Decimal(50), Condition.SIGNING), (Decimal(50), Condition.ACCEPTANCE)),
    "护理员补贴",
    "上门服务",
    (("上门服务", Decimal(8000), "人次"),),
    "完成首轮上门评估",
    22,
    "0317",
)
FIRST_LINE = Decimal("0.4")
"""The part of the first line of a budget; the second has the rest."""


@transaction.atomic
def contract_on_award(scene: Scene) -> None:
    """Contract what was awarded: three parties sign, the first instalment comes from the budget line."""
    for agreed in (HANDED_OVER, CARE):
        rows = PurchaseAward.objects.filter(status="FINAL", purchase__kind=agreed.kind, contracts=None)
        if (award := rows.order_by("pk").first()) is not None:
            _sign_and_pay(scene, award, agreed)


def _sign_and_pay(scene: Scene, award: PurchaseAward, agreed: Agreed) -> None:
    officer = scene.user("street002")
    first = round_half_up(award.amount * FIRST_LINE)
    row = drafting.draft_contract(
        by=officer,
        now=moment(scene, 20),
        division=award.landing,
        organization=award.organization,
        purchase=award,
        field=agreed.field,
        title=award.purchase.title,
        scope=award.service,
        amount=award.amount,
        starts_on=award.starts_on,
        ends_on=award.ends_on,
        instalments=agreed.instalments,
        lines=[("PERSONNEL", agreed.first_line, first), ("ACTIVITY", agreed.second_line, award.amount - first)],
        deliverables=agreed.deliverables,
        milestones=[(agreed.milestone, award.starts_on + dt.timedelta(days=90))],
    )
    sign_and_pay(scene, row, 20, f"自财采备〔{{}}〕{agreed.filing}号", f"国库支付〔{{}}〕{agreed.document}")


def sign_and_pay(scene: Scene, contract: Contract, days: int, filing: str, reference: str) -> Contract:
    """Sign a contract on an award by its three parties within four days, file it and pay its first instalment."""
    officer, reviewer, signing = scene.user("street002"), scene.user("reviewer002"), scene.ago(days - 4)
    row = contracts.offer_contract(by=officer, now=moment(scene, days), contract=contract)
    manager = row.organization.appointments.order_by("pk")[0].user
    row = contracts.agree_contract(by=manager, now=moment(scene, days - 2), contract=row)
    row = contracts.join_contract(by=scene.user("staff-tanmulin"), now=moment(scene, days - 3), contract=row)
    row = contracts.sign_contract(by=reviewer, now=signing.now, today=signing.today, contract=row)
    filed = scene.ago(days - 7)
    number = filing.format(filed.today.year)
    contracts.record_filing(by=officer, now=filed.now, contract=row, filed_on=filed.today, number=number)
    payment = contracts.release_instalment(by=officer, now=moment(scene, days - 6), contract=row, number=1)
    payment = terms.approve_award_payment(
        by=reviewer, now=moment(scene, days - 7), payment=AwardPayment.objects.get(pk=payment.pk)
    )
    paid_on = scene.ago(days - 8)
    terms.record_award_payment(
        by=officer,
        now=paid_on.now,
        payment=payment,
        paid_on=paid_on.today,
        reference=reference.format(paid_on.today.year),
    )
    return row
