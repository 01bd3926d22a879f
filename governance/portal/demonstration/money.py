"""The money of the demonstration: a charity, its funds, donations, nine enterprises and their year."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from communities.bodies.models import Seat
from communities.policy import operations as policy
from communities.policy.models import DocumentLevel, PolicyDocument
from funds.charity import operations as charity
from funds.charity.committee import Seated
from funds.charity.models import CharityAppointment, CommunityFund, HostCharity
from funds.donations import corrections
from funds.donations import operations as donations
from funds.donations.models import Donation
from funds.enterprises import operations as enterprises
from funds.enterprises.models import (
    CommunityEnterprise,
    EnterpriseAppointment,
    EnterpriseRole,
    PeriodKind,
    ProfitDeclaration,
)
from funds.reinvestment import operations as reinvestment
from funds.reinvestment.models import DistributionPolicy, StandingDecision
from governance import lifecycle
from governance.portal.demonstration import books, data
from governance.portal.demonstration.data import Enterprise
from governance.portal.demonstration.steps import Scene, committee_names, official_of, person_of, place, short

OFFICERS = (("charity", "罗敏"), ("charity2", "郝佳"))
FOUNDED_ON = dt.date(2022, 3, 1)
YEAR_FROM, YEAR_TO = dt.date(data.YEAR, 1, 1), dt.date(data.YEAR + 1, 1, 1)
WITH_STATEMENTS = "sanbalu"
DRAFTED = "sanbalu"
"""For this enterprise a new policy is drafted and not adopted."""
LEFT_FOR_HANDS = "huojingtuo"
"""This enterprise's declaration stays submitted, so that a person can take it through the four hands."""


def open_charity(scene: Scene) -> None:
    """Enter the charity federation and let its two officers act."""
    name, code = data.CHARITY
    district = place(data.DISTRICT)
    host = HostCharity.objects.filter(credit_code=code).first() or charity.enter_charity(
        by=scene.user("district"),
        name=name,
        credit_code=code,
        division=district,
        now=scene.now,
        has_public_fundraising=True,
        fundraising_valid_to=dt.date(2028, 1, 1),
        contact="自流井区慈善会办公室",
    )
    for username, display_name in OFFICERS:
        user = official_of(scene, username, display_name, role="", division=district, title="")
        if not CharityAppointment.objects.filter(user=user).exists():
            charity.appoint_for_charity(
                by=scene.user("district"), charity=host, user=user, valid_from=scene.today, now=scene.now
            )


def open_fund(scene: Scene, enterprise: Enterprise) -> CommunityFund:
    """Apply for the community's fund, name its committee, sign and open it: four different people."""
    community = place(enterprise.community)
    staff, officer = scene.user(f"staff-{enterprise.slug}"), scene.user("charity")
    fund = CommunityFund.objects.filter(division=community).first() or charity.apply_for_fund(
        by=staff,
        charity=HostCharity.objects.get(credit_code=data.CHARITY[1]),
        division=community,
        purpose="用于本社区困难帮扶、环境改善、为老为小服务和居民自治活动。",
        now=scene.now,
    )
    if fund.committee is None:
        seats = [
            Seated(name=name, seat=seat, is_chair=index == 0)
            for index, (name, seat) in enumerate(committee_names(enterprise.slug))
        ]
        supervisor = scene.user(f"supervisor-{enterprise.slug}")
        seats.append(Seated(name=supervisor.display_name, seat=Seat.SUPERVISOR, user=supervisor))
        charity.name_committee(by=staff, fund=fund, seats=seats, valid_from=scene.today, now=scene.now)
        fund.refresh_from_db()
    if fund.status == "APPLIED":
        number = f"ZLJCS-{scene.today.year}-{fund.pk:03d}"
        fund = charity.sign_agreement(by=officer, fund=fund, agreement_number=number, now=scene.now)
    if fund.status == "AGREED":
        reviewer = scene.user(f"reviewer{enterprise.community[6:9]}")
        fund = charity.activate_fund(by=reviewer, fund=fund, now=scene.now)
    return fund


def open_funds(scene: Scene) -> None:
    """Open a fund in each community that has an enterprise."""
    for enterprise in data.ENTERPRISES:
        open_fund(scene, enterprise)


def receive_donations(scene: Scene) -> None:
    """Record, receive, receipt and publish the donations."""
    officer = scene.user("charity")
    for number, (slug, donor, kind, amount, is_public, channel) in enumerate(data.DONATIONS, start=1):
        enterprise = next(found for found in data.ENTERPRISES if found.slug == slug)
        fund = CommunityFund.objects.get(division=place(enterprise.community))
        reference = f"JZ{data.YEAR + 1}{number:05d}"
        donation = Donation.objects.filter(fund=fund, reference=reference).first() or donations.record_donation(
            by=scene.user(f"staff-{slug}"),
            fund=fund,
            donor_kind=kind,
            channel=channel,
            amount=Decimal(amount),
            reference=reference,
            donor_name=donor,
            is_name_public=is_public,
            now=scene.now,
        )
        if donation.status == "PLEDGED":
            donation = donations.receive_donation(by=officer, donation=donation, received_on=scene.today, now=scene.now)
        if donation.status == "RECEIVED":
            donation = donations.issue_receipt(
                by=officer, donation=donation, receipt_number=f"川财票{number:06d}", now=scene.now
            )
        if donation.status == "RECEIPTED":
            if donation.donor_kind == "UNIT" and is_public:
                donation = corrections.issue_certificate(by=officer, donation=donation, now=scene.now)
            lifecycle.move(donation, "publish", by=officer, now=scene.now)


def found_enterprises(scene: Scene) -> None:
    """Enter the nine enterprises and appoint an accountant and a head for each."""
    for number, enterprise in enumerate(data.ENTERPRISES, start=1):
        staff = scene.user(f"staff-{enterprise.slug}")
        decision = founding_decision(scene, enterprise)
        row = CommunityEnterprise.objects.filter(name=enterprise.name).first() or enterprises.enter_enterprise(
            by=staff,
            division=place(enterprise.community),
            name=enterprise.name,
            legal_form=enterprise.legal_form,
            business_lines=enterprise.lines,
            founded_on=FOUNDED_ON,
            credit_code=enterprise.credit_code,
            registered_capital=Decimal(enterprise.capital),
            charter_clause="可分配利润以反哺社区治理为主、企业发展留存为辅。",
            charter_share=data.MAIN_PART,
            founding_document=decision,
            now=scene.now,
        )
        for name in ("register", "start_operating"):
            if name in {offer.move.name for offer in lifecycle.available(row, staff) if offer.is_open}:
                row = lifecycle.move(row, name, by=staff, now=scene.now)
        for role, name, line in (
            (EnterpriseRole.ACCOUNTANT, enterprise.accountant, 1),
            (EnterpriseRole.HEAD, enterprise.head, 2),
        ):
            person = person_of(scene, f"1399001{line}{number:03d}", name)
            if not EnterpriseAppointment.objects.filter(enterprise=row, user=person).exists():
                enterprises.appoint_for_enterprise(
                    by=staff, enterprise=row, user=person, role=role, valid_from=FOUNDED_ON, now=scene.now
                )


def founding_decision(scene: Scene, enterprise: data.Enterprise) -> PolicyDocument:
    """Enter the residents' decision on founding an enterprise."""
    community = place(enterprise.community)
    number = f"居民会议〔2022〕{enterprise.community[9:].lstrip('0')}号"
    known = PolicyDocument.objects.filter(division=community, document_number=number).first()
    return known or policy.enter_document(
        by=scene.user(f"street{enterprise.community[6:9]}"),
        now=scene.now,
        title=f"{short(community)}居民会议关于开办社区企业的决议",
        document_number=number,
        issuer=community.name,
        level=DocumentLevel.COMMUNITY,
        division=community,
        effective_on=dt.date(2022, 2, 20),
    )


def adopt_policies(scene: Scene) -> None:
    """Enter each enterprise's distribution policy and its residents' standing decision; the street approves."""
    for enterprise in data.ENTERPRISES:
        row = CommunityEnterprise.objects.get(name=enterprise.name)
        code = enterprise.community[6:9]
        officer, reviewer = scene.user(f"street{code}"), scene.user(f"reviewer{code}")
        document = PolicyDocument.objects.filter(
            division=row.division, title__endswith=data.ON_GIVING_BACK
        ).first() or policy.enter_document(
            by=officer,
            now=scene.now,
            title=f"{short(row.division)}{data.ON_GIVING_BACK}",
            document_number=f"居民会议〔2024〕{enterprise.community[9:].lstrip('0')}号",
            issuer=row.division.name,
            level=DocumentLevel.COMMUNITY,
            division=row.division,
            effective_on=dt.date(2024, 12, 1),
        )
        if not DistributionPolicy.objects.filter(enterprise=row).exists():
            entered = reinvestment.enter_policy(
                by=officer,
                place=row,
                base=enterprise.base,
                document=document,
                valid_from=dt.date(2025, 1, 1),
                destinations=[reinvestment.Destination(CommunityFund.objects.get(division=row.division), Decimal(1))],
                tiers=[] if enterprise.share is None else [reinvestment.Tier(Decimal(0), None, enterprise.share)],
                fixed_amount=None if enterprise.fixed is None else Decimal(enterprise.fixed),
                route=enterprise.route,
                now=scene.now,
            )
            reinvestment.approve_policy(by=reviewer, policy=entered, now=scene.now)
        if not StandingDecision.objects.filter(enterprise=row).exists():
            reinvestment.record_standing_decision(
                by=scene.user(f"staff-{enterprise.slug}"),
                enterprise=row,
                document=document,
                decided_on=dt.date(2024, 11, 24),
                valid_from=dt.date(2025, 1, 1),
                valid_to=dt.date(2028, 1, 1),
                amount_limit=Decimal(500000),
                now=scene.now,
                today=scene.today,
            )


def draft_a_policy(scene: Scene) -> None:
    """Draft what an enterprise might give back from next year on: left to be tried on past years before it is adopted."""
    enterprise = next(found for found in data.ENTERPRISES if found.slug == DRAFTED)
    row = CommunityEnterprise.objects.get(name=enterprise.name)
    if DistributionPolicy.objects.filter(enterprise=row, status="DRAFT").exists():
        return
    reinvestment.enter_policy(
        by=scene.user(f"street{enterprise.community[6:9]}"),
        place=row,
        base="DISTRIBUTABLE_PROFIT",
        document=PolicyDocument.objects.get(division=row.division, title__endswith=data.ON_GIVING_BACK),
        valid_from=dt.date(scene.today.year + 1, 1, 1),
        destinations=[reinvestment.Destination(CommunityFund.objects.get(division=row.division), Decimal(1))],
        tiers=[
            reinvestment.Tier(Decimal(0), Decimal(100000), Decimal("0.50")),
            reinvestment.Tier(Decimal(100000), None, Decimal("0.70")),
        ],
        route=enterprise.route,
        now=scene.now,
    )


def declare_the_year(scene: Scene) -> None:
    """Declare the year of the nine enterprises; all but one pass review, check and audit."""
    for enterprise in data.ENTERPRISES:
        row = CommunityEnterprise.objects.get(name=enterprise.name)
        code = enterprise.community[6:9]
        accountant = row.appointments.get(role=EnterpriseRole.ACCOUNTANT).user
        declaration = ProfitDeclaration.objects.filter(enterprise=row, starts_on=YEAR_FROM).first()
        if declaration is None:
            declaration = enterprises.enter_declaration(
                by=accountant,
                enterprise=row,
                period_kind=PeriodKind.YEAR,
                starts_on=YEAR_FROM,
                ends_on=YEAR_TO,
                revenue=Decimal(enterprise.revenue),
                rent=Decimal(enterprise.rent),
                cost=Decimal(enterprise.cost),
                tax=Decimal(enterprise.tax),
                net_profit=Decimal(enterprise.revenue - enterprise.cost - enterprise.tax),
                losses_carried=Decimal(enterprise.losses),
                registered_capital=Decimal(enterprise.capital),
                reserve_before=Decimal(enterprise.reserve),
                now=scene.now,
            )
        if declaration.status == "DRAFT":
            if enterprise.slug == WITH_STATEMENTS:
                books.attach_statements(scene, declaration)
            declaration = lifecycle.move(declaration, "submit", by=accountant, now=scene.now)
        if enterprise.slug == LEFT_FOR_HANDS:
            continue
        if declaration.status == "SUBMITTED":
            supervisor = scene.user(f"supervisor-{enterprise.slug}")
            declaration = lifecycle.move(declaration, "review", by=supervisor, now=scene.now)
        if declaration.status == "REVIEWED":
            declaration = lifecycle.move(declaration, "check", by=scene.user(f"street{code}"), now=scene.now)
        if declaration.status == "CHECKED":
            enterprises.audit_declaration(
                by=scene.user("auditor"),
                declaration=declaration,
                opinion="收入、成本、利润与账册相符，未发现关联交易未回避的情形。",
                now=scene.now,
            )
