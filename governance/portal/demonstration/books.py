"""Shares, assets, rents and books of the demonstration: 芭蕉冲 lets its yard, 三八路 keeps its two lines.

The rent of 40,000 yuan a month and the 90 mu stand in the report; the papers and the lessee are invented.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import tablib
from django.utils import timezone

from communities.policy.models import PolicyDocument
from communities.territory.spreadsheet import TextXLSX
from funds.enterprises import operations as enterprises
from funds.enterprises.letting import operations as lettings
from funds.enterprises.letting import reminders
from funds.enterprises.letting.models import AssetFacts, CommunityAsset, Letting, RentReceipt, Terms
from funds.enterprises.models import CommunityEnterprise, EnterpriseRole, ProfitDeclaration
from funds.enterprises.ownership import operations as ownership
from funds.enterprises.policy import period_end
from funds.enterprises.records import operations as records
from funds.enterprises.records.models import BusinessRecord
from governance import lifecycle
from governance.money import format_yuan
from governance.portal.demonstration import data
from governance.portal.demonstration.steps import Scene

if TYPE_CHECKING:
    from funds.enterprises.letting.models import RentCharge
    from governance.accounts.models import User

FOUNDED_ON = dt.date(2022, 3, 1)
RENT = Decimal("40000.00")
LESSEE = "自贡市川南建材商行"

ASSETS = (
    (
        "bajiaochong",
        AssetFacts(
            name="芭蕉冲堆场",
            kind="YARD",
            address="自流井区芭蕉冲社区",
            area=Decimal("90.00"),
            area_unit="MU",
            owner_kind="COLLECTIVE",
            owner_name="芭蕉冲集体经济组织",
            right_to_let="ENTRUSTED",
            right_paper="委托经营协议〔2024〕1号",
        ),
    ),
    (
        "tanmulin",
        AssetFacts(
            name="檀木林邻里中心日间照料室",
            kind="DAY_CARE",
            address="自流井区檀木林社区",
            area=Decimal("320.00"),
            area_unit="SQUARE_METER",
            owner_kind="STATE",
            owner_name="自流井区国有资产经营公司",
            right_to_let="GRANTED",
            right_paper="无偿使用协议〔2023〕7号",
        ),
    ),
    (
        "sanbalu",
        AssetFacts(
            name="三八路农贸市场",
            kind="MARKET",
            address="自流井区三八路社区",
            area=Decimal("1200.00"),
            area_unit="SQUARE_METER",
            owner_kind="COMMITTEE",
            owner_name="三八路社区居民委员会",
            right_to_let="OWNED",
            right_paper="不动产权证〔2021〕第318号",
        ),
    ),
    (
        "huojingtuo",
        AssetFacts(
            name="火井沱社区活动中心",
            kind="ACTIVITY_CENTER",
            address="自流井区火井沱社区",
            area=Decimal("260.00"),
            area_unit="SQUARE_METER",
            owner_kind="STATE",
            owner_name="自流井区国有资产经营公司",
            right_to_let="GRANTED",
            right_paper="无偿使用协议〔2023〕11号",
        ),
    ),
)
TERMS = (
    (dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    (dt.date(2026, 1, 1), dt.date(2028, 1, 1)),
)

QUARTERS = (3, 6, 9, 12)
MONTHLY = tuple(range(1, 13))
Line = tuple[str, str, tuple[int, ...], str, str, str]
# (enterprise, (kind, line, months, amount of each, what for, kind of evidence)): they add up to what is declared.
BOOKS: tuple[tuple[str, tuple[Line, ...]], ...] = (
    (
        "sanbalu",
        (
            ("REVENUE", "MARKET", MONTHLY, "25000.00", "农贸市场摊位费", "BANK_SLIP"),
            ("REVENUE", "PROPERTY", QUARTERS, "80000.00", "老旧小区物业服务费", "INVOICE"),
            ("COST", "PROPERTY", QUARTERS, "50000.00", "物业人员工资", "PAYROLL"),
            ("COST", "MARKET", QUARTERS, "26250.00", "市场保洁和水电费", "INVOICE"),
            ("TAX", "OTHER", (12,), "15000.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "bajiaochong",
        (
            ("COST", "SITE_RENTAL", QUARTERS, "115500.00", "场地维护、安保和社区服务支出", "INVOICE"),
            ("TAX", "OTHER", (12,), "18000.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "tanmulin",
        (
            ("REVENUE", "ELDERLY_CARE", MONTHLY, "30000.00", "居家养老和日间照料服务费", "INVOICE"),
            ("REVENUE", "CHILD_CARE", MONTHLY, "15000.00", "托幼服务费", "INVOICE"),
            ("COST", "ELDERLY_CARE", QUARTERS, "40000.00", "护理人员工资", "PAYROLL"),
            ("COST", "CHILD_CARE", QUARTERS, "16500.00", "保育人员工资", "PAYROLL"),
            ("TAX", "OTHER", (12,), "14000.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "gaoshanjing",
        (
            ("REVENUE", "HOUSEKEEPING", MONTHLY, "8000.00", "家政服务费", "INVOICE"),
            ("COST", "HOUSEKEEPING", QUARTERS, "17550.00", "家政人员工资", "PAYROLL"),
            ("TAX", "OTHER", (12,), "1800.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "zhenzhusi",
        (
            ("REVENUE", "CANTEEN", MONTHLY, "6000.00", "社区食堂餐费", "BANK_SLIP"),
            ("REVENUE", "ELDERLY_CARE", QUARTERS, "4000.00", "日间照料服务费", "INVOICE"),
            ("COST", "CANTEEN", QUARTERS, "14000.00", "食材和厨师工资", "INVOICE"),
            ("COST", "ELDERLY_CARE", QUARTERS, "3000.00", "护理人员工资", "PAYROLL"),
            ("TAX", "OTHER", (12,), "1400.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "guangdajie",
        (
            ("REVENUE", "MARKET", QUARTERS, "16000.00", "农贸市场摊位费", "BANK_SLIP"),
            ("COST", "MARKET", QUARTERS, "13425.00", "市场保洁和水电费", "INVOICE"),
            ("TAX", "OTHER", (12,), "900.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "jiefangqiao",
        (
            ("REVENUE", "PROPERTY", QUARTERS, "13000.00", "老旧小区物业服务费", "INVOICE"),
            ("COST", "PROPERTY", QUARTERS, "20650.00", "物业人员工资", "PAYROLL"),
            ("TAX", "OTHER", (12,), "400.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "longfengshan",
        (
            ("REVENUE", "HOUSEKEEPING", QUARTERS, "8500.00", "家政服务费", "INVOICE"),
            ("COST", "HOUSEKEEPING", QUARTERS, "13700.00", "家政人员工资", "PAYROLL"),
            ("TAX", "OTHER", (12,), "200.00", "全年税费", "BANK_SLIP"),
        ),
    ),
    (
        "huojingtuo",
        (
            ("REVENUE", "CULTURE", QUARTERS, "6500.00", "文体活动和培训收费", "INVOICE"),
            ("COST", "CULTURE", QUARTERS, "6425.00", "教师课酬和场地费", "INVOICE"),
            ("TAX", "OTHER", (12,), "300.00", "全年税费", "BANK_SLIP"),
        ),
    ),
)
PRESENT: tuple[Line, ...] = (
    ("REVENUE", "MARKET", tuple(range(1, 10)), "26000.00", "农贸市场摊位费", "BANK_SLIP"),
    ("REVENUE", "PROPERTY", QUARTERS[:3], "82000.00", "老旧小区物业服务费", "INVOICE"),
    ("COST", "PROPERTY", QUARTERS[:3], "51000.00", "物业人员工资", "PAYROLL"),
    ("COST", "MARKET", QUARTERS[:3], "27000.00", "市场保洁和水电费", "INVOICE"),
    ("TAX", "OTHER", QUARTERS[:3], "4000.00", "季度税费", "BANK_SLIP"),
)
"""What 三八路 has recorded of the present year, from which its provisional quarters are declared."""


def _firm(slug: str) -> CommunityEnterprise:
    name = next(firm.name for firm in data.ENTERPRISES if firm.slug == slug)
    return CommunityEnterprise.objects.select_related("division__parent").get(name=name)


def accountant(enterprise: CommunityEnterprise) -> User:
    """Return the enterprise's accountant."""
    return enterprise.appointments.select_related("user").get(role=EnterpriseRole.ACCOUNTANT).user


def enter_shares(scene: Scene) -> None:
    """Enter the residents' committees as the only shareholders of their companies."""
    for firm in data.ENTERPRISES:
        row = _firm(firm.slug)
        if firm.legal_form != data.COMPANY or row.shareholders.exists():
            continue
        holding = ownership.Holding("COMMITTEE", row.division.name, Decimal(1), row.registered_capital)
        ownership.set_shareholders(
            by=scene.user(f"staff-{firm.slug}"),
            enterprise=row,
            holdings=[holding],
            valid_from=FOUNDED_ON,
            now=scene.now,
        )


def let_assets(scene: Scene) -> None:
    """Enter the assets, let the yard of 芭蕉冲 and charge the months; the rent of the last two has not come."""
    for slug, facts in ASSETS:
        row, staff = _firm(slug), scene.user(f"staff-{slug}")
        if not row.assets.filter(name=facts.name).exists():
            lettings.enter_asset(by=staff, enterprise=row, facts=facts, now=scene.now)
    yard = CommunityAsset.objects.select_related("enterprise__division").get(name=ASSETS[0][1].name)
    document = PolicyDocument.objects.get(division=yard.enterprise.division, title__endswith=data.ON_GIVING_BACK)
    for starts_on, ends_on in TERMS:
        letting = Letting.objects.filter(asset=yard, starts_on=starts_on).first() or lettings.enter_letting(
            by=scene.user("staff-bajiaochong"),
            asset=yard,
            terms=Terms("UNIT", LESSEE, "建材堆放和销售", starts_on, ends_on, RENT, document),
            now=scene.now,
        )
        if letting.status == "DRAFT":
            letting = lettings.confirm_letting(
                by=scene.user("street004"), letting=letting, now=scene.now, today=scene.today
            )
        due = list(letting.charges.filter(due_on__lt=scene.today).order_by("number"))
        _receive(scene, letting, due if ends_on <= scene.today else due[:-2])
    lettings.end_lettings(by=scene.system, now=scene.now, today=scene.today)
    reminders.remind_of_late_rent(by=scene.system, now=scene.now, today=scene.today)
    late = Letting.objects.to_follow_up(scene.today).filter(demanded_on=None).order_by("pk")
    for letting in late:
        pay_by = scene.today + dt.timedelta(days=20)
        reminders.demand_rent(
            by=accountant(letting.enterprise), letting=letting, pay_by=pay_by, now=scene.now, today=scene.today
        )


def _receive(scene: Scene, letting: Letting, charges: list[RentCharge]) -> None:
    for charge in charges:
        reference = f"ZJ{charge.from_on:%Y%m}00001"
        if not RentReceipt.objects.filter(letting=letting, reference=reference).exists():
            lettings.record_rent(
                by=accountant(letting.enterprise),
                letting=letting,
                amount=charge.amount,
                received_on=charge.from_on + dt.timedelta(days=7),
                reference=reference,
                now=scene.now,
                today=timezone.localdate(scene.now),
            )


def keep_books(scene: Scene) -> None:
    """Record the year of the nine enterprises, line by line, each with the number of its paper."""
    for slug, lines in BOOKS:
        row = _firm(slug)
        for position, line in enumerate(lines, start=1):
            _record(scene, row, data.YEAR, line, position)


def _record(scene: Scene, row: CommunityEnterprise, year: int, told: Line, position: int) -> None:
    """Record one line of one year; the last month of it comes with its paper as a file."""
    kind, line, months, amount, description, evidence = told
    known = set(BusinessRecord.objects.standing().filter(enterprise=row).values_list("evidence_number", flat=True))
    for month in months:
        number = f"{year}{month:02d}-{position:02d}"
        if number in known:
            continue
        noted = records.Noted(
            kind=kind,
            line=line,
            month=dt.date(year, month, 1),
            amount=Decimal(amount),
            description=description,
            evidence_kind=evidence,
            evidence_number=number,
        )
        name, content = (f"{description}{number}.xlsx", _slip(noted)) if month == months[-1] else ("", b"")
        records.enter_record(by=accountant(row), enterprise=row, noted=noted, now=scene.now, name=name, content=content)


def _slip(noted: records.Noted) -> bytes:
    """Return a paper that proves a record."""
    sheet = tablib.Dataset(
        ("摘要", noted.description), ("金额（元）", format_yuan(noted.amount)), headers=["编号", noted.evidence_number]
    )
    return TextXLSX().export_data(sheet)


def declare_quarters(scene: Scene) -> None:
    """Record the present year of 三八路 and declare its finished quarters provisionally, each a step further on."""
    year, row = data.YEAR + 1, _firm("sanbalu")
    begun = [month for month in range(1, 10) if dt.date(year, month, 1) <= scene.today]
    for position, (kind, line, months, amount, description, evidence) in enumerate(PRESENT, start=1):
        told = (kind, line, tuple(month for month in months if month in begun), amount, description, evidence)
        _record(scene, row, year, told, position)
    for starts_on, wanted in zip(
        (dt.date(year, month, 1) for month in (1, 4, 7)), ("review", "submit", ""), strict=True
    ):
        ends_on = period_end("QUARTER", starts_on)
        if ends_on is None or ends_on > scene.today:
            continue
        quarter = ProfitDeclaration.objects.filter(
            enterprise=row, period_kind="QUARTER", starts_on=starts_on
        ).first() or records.propose_declaration(
            by=accountant(row), enterprise=row, period_kind="QUARTER", starts_on=starts_on, now=scene.now
        )
        if wanted and quarter.status == "DRAFT":
            quarter = lifecycle.move(quarter, "submit", by=accountant(row), now=scene.now)
        if wanted == "review" and quarter.status == "SUBMITTED":
            lifecycle.move(quarter, "review", by=scene.user("supervisor-sanbalu"), now=scene.now)


def attach_statements(scene: Scene, declaration: ProfitDeclaration) -> None:
    """Attach the income statement and the balance sheet of 三八路 to its draft."""
    figures = declaration
    rows = {
        "income_statement": [
            ("营业收入", figures.revenue),
            ("营业成本", figures.cost),
            ("税费", figures.tax),
            ("净利润", figures.net_profit),
        ],
        "balance_sheet": [
            ("实收资本", figures.registered_capital),
            ("盈余公积", figures.reserve_before),
            ("本年利润", figures.net_profit),
            ("所有者权益合计", figures.registered_capital + figures.reserve_before + figures.net_profit),
        ],
    }
    names = {"income_statement": "利润表", "balance_sheet": "资产负债表"}
    for paper, lines in rows.items():
        if getattr(declaration, f"{paper}_id"):
            continue
        sheet = tablib.Dataset(*((name, format_yuan(amount)) for name, amount in lines), headers=["项目", "金额（元）"])
        enterprises.attach_statement(
            by=accountant(declaration.enterprise),
            declaration=declaration,
            paper=paper,
            name=f"{data.YEAR}年{names[paper]}.xlsx",
            content=TextXLSX().export_data(sheet),
            now=scene.now,
        )
