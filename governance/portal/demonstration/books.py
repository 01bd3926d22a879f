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
from funds.enterprises.letting.models import AssetFacts, CommunityAsset, Letting, RentReceipt, Terms
from funds.enterprises.models import CommunityEnterprise, EnterpriseRole, ProfitDeclaration
from funds.enterprises.ownership import operations as ownership
from funds.enterprises.records import operations as records
from funds.enterprises.records.models import BusinessRecord
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
)
TERMS = (
    (dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    (dt.date(2026, 1, 1), dt.date(2028, 1, 1)),
)

QUARTERS = (3, 6, 9, 12)
Line = tuple[str, str, tuple[int, ...], str, str, str]
BOOKS: tuple[tuple[str, tuple[Line, ...]], ...] = (
    # (enterprise, (kind, line, months, amount of each, what for, kind of evidence))
    (
        "sanbalu",
        (
            ("REVENUE", "MARKET", tuple(range(1, 13)), "25000.00", "农贸市场摊位费", "BANK_SLIP"),
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
)


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
    """Enter the assets, let the yard of 芭蕉冲, charge the months, and receive all but the last month's rent."""
    for slug, facts in ASSETS:
        row, staff = _firm(slug), scene.user(f"staff-{slug}")
        if not row.assets.filter(name=facts.name).exists():
            lettings.enter_asset(by=staff, enterprise=row, facts=facts, now=scene.now)
    yard = CommunityAsset.objects.select_related("enterprise__division").get(name=ASSETS[0][1].name)
    document = PolicyDocument.objects.filter(division=yard.enterprise.division).order_by("pk")[0]
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
        _receive(scene, letting, due if ends_on <= scene.today else due[:-1])
    lettings.end_lettings(by=scene.system, now=scene.now, today=scene.today)


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
    """Record the year of the two enterprises of the report, line by line, each with the number of its paper."""
    for slug, lines in BOOKS:
        row = _firm(slug)
        known = set(BusinessRecord.objects.standing().filter(enterprise=row).values_list("evidence_number", flat=True))
        for position, (kind, line, months, amount, description, evidence) in enumerate(lines, start=1):
            for month in months:
                number = f"{data.YEAR}{month:02d}-{position:02d}"
                if number in known:
                    continue
                noted = records.Noted(
                    kind=kind,
                    line=line,
                    month=dt.date(data.YEAR, month, 1),
                    amount=Decimal(amount),
                    description=description,
                    evidence_kind=evidence,
                    evidence_number=number,
                )
                records.enter_record(by=accountant(row), enterprise=row, noted=noted, now=scene.now)


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
