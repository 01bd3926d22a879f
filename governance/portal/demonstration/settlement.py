"""After the planner: people confirm, decide, approve and pay, and the charity matches what its bank shows."""

from __future__ import annotations

from django.db.models import Max

from funds.banking import operations as banking
from funds.banking.models import BankLine, BankMatch
from funds.charity.models import HostCharity
from funds.donations.models import Donation
from funds.enterprises.models import EnterpriseRole, ProfitDeclaration
from funds.intake.operations import save_mapping
from funds.reinvestment import operations as reinvestment
from funds.reinvestment.models import ReinvestmentOrder, ReinvestmentRun, StandingDecision
from funds.reinvestment.planner import pending_cells, plan_cell
from funds.reinvestment.policy import Route
from governance import lifecycle
from governance.portal.demonstration import data, problems
from governance.portal.demonstration.data import Enterprise
from governance.portal.demonstration.money import LEFT_FOR_HANDS, YEAR_FROM
from governance.portal.demonstration.steps import Scene

ACCOUNT = "5103020000010018866"
HEADINGS = {
    "booked_on": "记账日",
    "side": "借贷方向",
    "amount": "发生金额",
    "payer": "对手户名",
    "memo": "交易附言",
    "bank_reference": "业务流水",
}
"""How the demonstration's second bank heads its columns."""
UNCLEAR = (
    (3, "660.00", "自贡市某物业服务有限公司", "往来款"),
    (18, "1200.00", "宋某", "捐款"),
    (120, "35.50", "支付平台备付金", "手续费退回"),
)
"""Lines that belong to nothing yet: days ago, amount, payer, memo."""
STOPS_AT = {"guangdajie": "PROPOSED", "zhenzhusi": "APPROVED"}
"""Orders that stay where a person can take them further by hand."""


PLANNED_BEFORE, SETTLED_BEFORE = 98, 95
"""So many days ago the orders were proposed and paid: before the loop spends from the same funds."""


def plan(scene: Scene) -> None:
    """Let the planner propose the orders on the day of the story; what beat's own run has planned meanwhile stays."""
    for cell, _count in pending_cells():
        plan_cell(by=scene.system, cell=cell, now=scene.now)


def paid_at(scene: Scene) -> Scene:
    """Return the scene in which the orders are paid: in the past, but never before they were all proposed."""
    last = ReinvestmentOrder.objects.aggregate(last=Max("proposed_at"))["last"]
    then = scene.ago(SETTLED_BEFORE)
    return Scene(now=max(then.now, last or then.now), system=scene.system)


def is_planned() -> bool:
    """Tell whether the planner has seen every audited declaration of the year."""
    audited = ProfitDeclaration.objects.filter(starts_on=YEAR_FROM, status__in=["AUDITED", "PUBLISHED", "LOCKED"])
    return ReinvestmentRun.objects.filter(declaration__in=audited).count() == len(data.ENTERPRISES) - 1


def order_of(enterprise: Enterprise) -> ReinvestmentOrder | None:
    """Return the order of an enterprise's year, or None where there was nothing to give."""
    return ReinvestmentOrder.objects.filter(
        enterprise__name=enterprise.name, run__declaration__starts_on=YEAR_FROM
    ).first()


def settle(scene: Scene) -> None:
    """Take each order as far as it is meant to go; those that wait for somebody's hands got there today."""
    past = paid_at(scene)
    for enterprise in data.ENTERPRISES:
        order = order_of(enterprise)
        if order is not None and STOPS_AT.get(enterprise.slug) != "PROPOSED":
            approve(scene if enterprise.slug in STOPS_AT else past, enterprise, order)
    pay_by_bank(past)
    for enterprise in data.ENTERPRISES:
        order = order_of(enterprise)
        if order is not None and enterprise.slug not in STOPS_AT:
            close(past, enterprise, order)
    show_bank(scene)
    publish_declarations(scene)
    problems.solve(scene)


def approve(scene: Scene, enterprise: Enterprise, order: ReinvestmentOrder) -> None:
    """Confirm, decide, approve and pay: head, community, street reviewer and accountant."""
    people = {found.role: found.user for found in order.enterprise.appointments.select_related("user")}
    if order.status == "PROPOSED":
        order = lifecycle.move(order, "confirm", by=people[EnterpriseRole.HEAD], now=scene.now)
    if order.status == "CONFIRMED":
        order = reinvestment.resolve_order(
            by=scene.user(f"staff-{enterprise.slug}"),
            order=order,
            standing_decision=StandingDecision.objects.get(enterprise=order.enterprise),
            now=scene.now,
            today=scene.today,
        )
    if order.status == "RESOLVED":
        reviewer = scene.user(f"reviewer{enterprise.community[6:9]}")
        order = reinvestment.approve_order(by=reviewer, order=order, now=scene.now, today=scene.today)
    if order.status == "APPROVED" and enterprise.slug not in STOPS_AT:
        reinvestment.record_payment(
            by=people[EnterpriseRole.ACCOUNTANT],
            order=order,
            paid_on=scene.today,
            payment_reference=f"网银{scene.today:%Y%m%d}{order.pk:04d}",
            evidence="" if order.route == Route.DONATION else "22项社区事务支出合同、发票、验收单（演示数据）",
            now=scene.now,
            today=scene.today,
        )


def pay_by_bank(scene: Scene) -> None:
    """Import the charity's statement, let the matching suggest, and confirm by the other officer."""
    host = HostCharity.objects.get(credit_code=data.CHARITY[1])
    paid = ReinvestmentOrder.objects.filter(status="PAID", route=Route.DONATION).select_related("enterprise")
    lines = [
        f"{scene.today:%Y-%m-%d},{order.amount},{order.enterprise.name},反哺 {order.reference},JN{scene.today:%y%m%d}{order.pk:05d}"
        for order in paid.order_by("pk")
    ]
    if not lines:
        return
    text = "\n".join(["日期,金额,付款人,附言,流水号", *lines, ""])
    banking.import_statement_file(
        by=scene.user("charity"), charity=host, name="慈善会银行流水.csv", data=text.encode("gb18030"), now=scene.now
    )
    banking.suggest_matches(by=scene.system, now=scene.now)
    officer = scene.user("charity2")
    for match in BankMatch.objects.filter(line__charity=host, confirmed_at=None, is_exact=True).order_by("pk"):
        banking.confirm_match(by=officer, match=match, now=scene.now)


def show_bank(scene: Scene) -> None:
    """Import a statement with saved headings: donations that match their vouchers, and three lines nobody knows yet."""
    host = HostCharity.objects.get(credit_code=data.CHARITY[1])
    importer, officer = scene.user("charity"), scene.user("charity2")
    if BankLine.objects.filter(charity=host, account=ACCOUNT).exists():
        return
    mapping = save_mapping(
        by=importer, charity=host, name="自贡农商银行", columns=HEADINGS, kind="BANK", account=ACCOUNT, now=scene.now
    )
    given = Donation.objects.filter(charity=host, channel="BANK", journal__isnull=False).select_related("journal")
    lines = [
        f"{donation.journal.posted_on:%Y-%m-%d},贷,{donation.amount},{donation.donor_name or '个人'},捐款 {donation.reference},DF{donation.pk:06d}"
        for donation in given.order_by("pk")
        if donation.journal
    ]
    lines += [
        f"{scene.ago(days).today:%Y-%m-%d},贷,{amount},{payer},{memo},DF9{days:05d}"
        for days, amount, payer, memo in UNCLEAR
    ]
    text = "\n".join([f"账号：{ACCOUNT}", ",".join(HEADINGS.values()), *lines, ""])
    banking.import_statement_file(
        by=importer, charity=host, name="农商行流水.csv", data=text.encode("gb18030"), mapping=mapping, now=scene.now
    )
    banking.suggest_matches(by=scene.system, now=scene.now)
    oldest = BankLine.objects.waiting().filter(charity=host, account=ACCOUNT).order_by("booked_on", "pk").first()
    if oldest is not None:
        banking.assign_line(by=importer, line=oldest, owner=officer, now=scene.now)


def close(scene: Scene, enterprise: Enterprise, order: ReinvestmentOrder) -> None:
    """Issue the receipt and publish; what was spent directly is confirmed by the street first."""
    is_direct = order.route == Route.DIRECT
    officer = scene.user(f"street{enterprise.community[6:9]}" if is_direct else "charity2")
    reviewer = scene.user(f"reviewer{enterprise.community[6:9]}")
    if order.status == "PAID" and order.route != Route.DONATION:
        order = reinvestment.receive_order(
            by=officer, order=order, received_on=scene.today, now=scene.now, today=scene.today
        )
    if order.status == "RECEIVED":
        number = f"街道确认{order.pk:04d}" if is_direct else f"川财票F{order.pk:06d}"
        order = reinvestment.issue_receipt(by=officer, order=order, receipt_number=number, now=scene.now)
    if order.status == "RECEIPTED":
        lifecycle.move(order, "publish", by=reviewer, now=scene.now)


def publish_declarations(scene: Scene) -> None:
    """Publish the declarations whose orders are settled."""
    for enterprise in data.ENTERPRISES:
        if enterprise.slug == LEFT_FOR_HANDS or enterprise.slug in STOPS_AT:
            continue
        declaration = ProfitDeclaration.objects.get(enterprise__name=enterprise.name, starts_on=YEAR_FROM)
        if declaration.status == "AUDITED":
            officer = scene.user(f"street{enterprise.community[6:9]}")
            lifecycle.move(declaration, "publish", by=officer, now=scene.now)
