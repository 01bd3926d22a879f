"""Shareholders, what a legal form may do, statements and the audit at the end of a term."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from communities.bodies.models import Body, BodyKind
from communities.policy.models import PolicyParameter
from funds.enterprises import operations as enterprises
from funds.enterprises import queries
from funds.enterprises.legal import FORMS
from funds.enterprises.models import CommunityEnterprise, LegalForm
from funds.enterprises.ownership import operations
from funds.enterprises.ownership.forms import ShareholdersForm
from funds.enterprises.ownership.models import Shareholder
from funds.enterprises.ownership.operations import Holding
from funds.reinvestment import operations as reinvestment
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed, constraint_of
from tests.factories.communities import BodyFactory, PolicyDocumentFactory
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory
from tests.factories.funds_letting import ShareholderFactory
from tests.factories.funds_reinvestment import set_value
from tests.people import desk_client
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

DAY = dt.date(2025, 1, 1)
PDF = b"%PDF-1.4\n%%EOF\n"
COMMITTEE = Holding("COMMITTEE", "三八路社区居民委员会", Decimal(1), Decimal("300000.00"))
THREE = [
    Holding("COMMITTEE", "三八路社区居民委员会", Decimal("0.333334")),
    Holding("STATE_COMPANY", "自流井区国有资产公司", Decimal("0.333333")),
    Holding("RESIDENT", "王桂英", Decimal("0.333333")),
]


@pytest.fixture
def firm(people: SimpleNamespace) -> CommunityEnterprise:
    """The house's enterprise as a company that the committee controls."""
    CommunityEnterprise.objects.filter(pk=people.enterprise.pk).update(legal_form=LegalForm.CONTROLLED_COMPANY)
    return CommunityEnterprise.objects.get(pk=people.enterprise.pk)


def test_shareholders_are_set_and_replaced(
    people: SimpleNamespace, firm: CommunityEnterprise, now: dt.datetime
) -> None:
    operations.set_shareholders(
        by=people.community_staff, enterprise=firm, holdings=[COMMITTEE], valid_from=DAY, now=now
    )
    half = [Holding("COMMITTEE", "居委会", Decimal("0.5")), Holding("COMPANY", "某公司", Decimal("0.5"), Decimal(1))]
    operations.set_shareholders(
        by=people.street_officer, enterprise=firm, holdings=half, valid_from=dt.date(2026, 1, 1), now=now
    )

    firm.refresh_from_db()
    assert firm.paid_capital == Decimal("1.00")
    assert [(row.name, row.percent, row.valid_to) for row in Shareholder.objects.order_by("valid_from", "pk")] == [
        ("三八路社区居民委员会", "100", dt.date(2026, 1, 1)),
        ("居委会", "50", None),
        ("某公司", "50", None),
    ]
    assert AuditEntry.objects.filter(verb="funds.enterprise.shareholders_set").count() == 2
    with pytest.raises(operations.SharesBackdated):
        operations.set_shareholders(
            by=people.community_staff, enterprise=firm, holdings=[COMMITTEE], valid_from=dt.date(2026, 1, 1), now=now
        )


@pytest.mark.parametrize(
    ("holdings", "refusal"),
    [
        ([], operations.OwnershipNotWhole),
        (THREE, operations.OwnPartTooSmall),
        (
            [Holding("COMMITTEE", "甲", Decimal("0.5")), Holding("COMPANY", "乙", Decimal("0.4"))],
            operations.OwnershipNotWhole,
        ),
        ([Holding("COMMITTEE", "甲", Decimal("1.1"))], operations.ShareNotAPart),
        ([Holding("COMMITTEE", "甲", Decimal("0.5000001")), COMMITTEE], operations.ShareNotAPart),
        ([Holding("COMMITTEE", "甲", Decimal("0.5"))] * 2, operations.HolderTwice),
        ([Holding("COMMITTEE", " ", Decimal(1))], operations.HolderUnnamed),
        ([Holding("COMMITTEE", "甲", Decimal(1), Decimal("500000.01"))], operations.PaidAboveCapital),
    ],
)
def test_impossible_shares_are_refused(
    people: SimpleNamespace,
    firm: CommunityEnterprise,
    now: dt.datetime,
    holdings: list[Holding],
    refusal: type[DomainError],
) -> None:
    with pytest.raises(refusal):
        operations.set_shareholders(
            by=people.community_staff, enterprise=firm, holdings=holdings, valid_from=DAY, now=now
        )
    assert not Shareholder.objects.exists()


@pytest.mark.parametrize(
    ("form", "holdings", "refusal"),
    [
        ("SOCIAL_SERVICE_AGENCY", [COMMITTEE], operations.NoShareholdersForForm),
        ("COMMITTEE_LETTING", [COMMITTEE], operations.NoShareholdersForForm),
        (
            "WHOLLY_OWNED_COMPANY",
            [Holding("COMMITTEE", "甲", Decimal("0.999999")), Holding("COMPANY", "乙", Decimal("0.000001"))],
            operations.OwnPartTooSmall,
        ),
        ("VILLAGE_COLLECTIVE", THREE, None),
    ],
)
def test_the_form_says_who_may_hold(
    people: SimpleNamespace, now: dt.datetime, form: str, holdings: list[Holding], refusal: Any
) -> None:
    row = EnterpriseFactory(division=people.enterprise.division, legal_form=form, operating=True)
    told = {"by": people.community_staff, "enterprise": row, "holdings": holdings, "valid_from": DAY, "now": now}

    if refusal is None:
        assert len(operations.set_shareholders(**told)) == 3
    else:
        with pytest.raises(refusal):
            operations.set_shareholders(**told)


@pytest.mark.parametrize("name", ["accountant", "stranger", "auditor", "supervisor", "other_community_staff"])
def test_others_set_no_shares(people: SimpleNamespace, firm: CommunityEnterprise, now: dt.datetime, name: str) -> None:
    with pytest.raises(NotAllowed):
        operations.set_shareholders(
            by=User.objects.get(pk=getattr(people, name).pk),
            enterprise=firm,
            holdings=[COMMITTEE],
            valid_from=DAY,
            now=now,
        )


def test_a_resident_is_masked() -> None:
    row = Shareholder(kind="RESIDENT", name="王桂英")

    assert row.shown_name != "王桂英"
    assert row.shown_name.startswith("王")


def test_every_form_has_its_rule() -> None:
    assert set(FORMS) == set(LegalForm)
    assert {form for form, rule in FORMS.items() if not rule.may_distribute} == {LegalForm.SOCIAL_SERVICE_AGENCY}
    for form, rule in FORMS.items():
        assert CommunityEnterprise(legal_form=form).may_distribute is rule.may_distribute


def change_form(row: CommunityEnterprise) -> None:
    """Make it a wholly owned company behind the operations' back."""
    with transaction.atomic():
        CommunityEnterprise.objects.filter(pk=row.pk).update(legal_form=LegalForm.WHOLLY_OWNED_COMPANY)
        immediately()


def immediately() -> None:
    """Ask the deferred walls now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("form", "parts", "constraint"),
    [
        ("CONTROLLED_COMPANY", [("COMMITTEE", "0.9")], "shareholder_shares_sum_to_one"),
        ("CONTROLLED_COMPANY", [("COMMITTEE", "0.6"), ("COMPANY", "0.6")], "shareholder_shares_sum_to_one"),
        ("CONTROLLED_COMPANY", [("COMMITTEE", "0.4"), ("COMPANY", "0.6")], "shareholder_fits_the_legal_form"),
        ("WHOLLY_OWNED_COMPANY", [("COMMITTEE", "0.9"), ("COMPANY", "0.1")], "shareholder_fits_the_legal_form"),
        ("SOCIAL_SERVICE_AGENCY", [("COMMITTEE", "1")], "shareholder_fits_the_legal_form"),
        ("COMMITTEE_LETTING", [("COMMITTEE", "1")], "shareholder_fits_the_legal_form"),
        ("CONTROLLED_COMPANY", [("COMMITTEE", "0.5"), ("COMPANY", "0.5")], ""),
        ("VILLAGE_COLLECTIVE", [("RESIDENT", "0.5"), ("COMPANY", "0.5")], ""),
    ],
)
def test_the_database_adds_up_at_the_end(form: str, parts: list[tuple[str, str]], constraint: str) -> None:
    row = EnterpriseFactory(legal_form=form)

    def write() -> None:
        with transaction.atomic():
            for number, (kind, share) in enumerate(parts):
                ShareholderFactory(enterprise=row, kind=kind, name=f"股东{number}", share=Decimal(share))
            immediately()

    if constraint:
        with pytest.raises(IntegrityError) as caught:
            write()
        assert constraint_of(caught.value) == constraint
    else:
        write()


def test_a_form_that_the_shares_do_not_fit_is_refused(people: SimpleNamespace, now: dt.datetime) -> None:
    row = people.enterprise
    CommunityEnterprise.objects.filter(pk=row.pk).update(legal_form=LegalForm.CONTROLLED_COMPANY)
    for kind in ("COMMITTEE", "COMPANY"):
        ShareholderFactory(enterprise=row, kind=kind, name=kind, share=Decimal("0.5"))
    told = {
        "by": people.community_staff,
        "enterprise": row,
        "name": row.name,
        "legal_form": LegalForm.WHOLLY_OWNED_COMPANY,
        "credit_code": row.credit_code,
        "business_lines": "物业",
        "founded_on": row.founded_on,
        "registered_capital": row.registered_capital,
        "now": now,
    }

    with pytest.raises(enterprises.FormUnfitForShares):
        enterprises.edit_enterprise(**told)
    with pytest.raises(IntegrityError):
        change_form(row)
    CommunityEnterprise.objects.filter(pk=row.pk).update(paid_capital="400000.00")
    with pytest.raises(enterprises.CapitalBelowPaidIn):
        enterprises.edit_enterprise(
            **{**told, "legal_form": LegalForm.CONTROLLED_COMPANY, "registered_capital": Decimal("399999.99")}
        )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("shareholder_stays", "share = 0.5"),
        ("shareholder_stays", "name = 'x'"),
        ("shareholder_period_runs_forward", "valid_to = valid_from"),
    ],
)
def test_a_part_stays(constraint: str, change: str) -> None:
    change_refused(constraint, ShareholderFactory(), change)


def test_a_part_is_never_deleted() -> None:
    row = ShareholderFactory()

    refused("shareholder_is_never_deleted", "DELETE FROM funds_shareholder WHERE id = %s", row.pk)


@pytest.mark.parametrize(
    ("constraint", "kind", "name", "share"),
    [
        ("shareholder_kind_is_known", "CAT", "甲", 1),
        ("shareholder_share_is_a_part", "COMMITTEE", "甲", 0),
        ("shareholder_share_is_a_part", "COMMITTEE", "甲", "1.000001"),
        ("shareholder_named_once", "COMMITTEE", "三八路社区居民委员会", 1),
    ],
)
def test_guards_of_a_new_part(constraint: str, kind: str, name: str, share: Any) -> None:
    row = ShareholderFactory()

    refused(
        constraint,
        """
        INSERT INTO funds_shareholder (enterprise_id, kind, name, share, contributed, valid_from, entered_at, entered_by_id)
        VALUES (%s, %s, %s, %s, 0, '2025-01-01', now(), %s)
        """,
        row.enterprise_id,
        kind,
        name,
        share,
        row.entered_by_id,
    )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("communityenterprise_charter_share_is_a_part", "charter_share = 1.0001"),
        ("communityenterprise_agency_promises_no_share", "legal_form = 'SOCIAL_SERVICE_AGENCY', charter_share = 0.6"),
        ("communityenterprise_paid_in_is_registered", "paid_capital = registered_capital + 0.01"),
    ],
)
def test_guards_of_an_enterprise(constraint: str, change: str) -> None:
    change_refused(constraint, EnterpriseFactory(), change)


def test_a_social_service_agency_may_not_distribute(people: SimpleNamespace, now: dt.datetime) -> None:
    agency = EnterpriseFactory(
        division=people.enterprise.division, legal_form="SOCIAL_SERVICE_AGENCY", name="邻里服务中心", operating=True
    )
    entry = {
        "by": people.community_staff,
        "enterprise": agency,
        "name": agency.name,
        "legal_form": agency.legal_form,
        "credit_code": agency.credit_code,
        "business_lines": "养老",
        "founded_on": agency.founded_on,
        "now": now,
    }

    with pytest.raises(enterprises.MayNotDistribute, match="邻里服务中心"):
        enterprises.edit_enterprise(**entry, charter_share=Decimal("0.6"))
    with pytest.raises(enterprises.MayNotDistribute, match="邻里服务中心"):
        reinvestment.enter_policy(
            by=people.street_officer,
            place=agency,
            base="NET_PROFIT",
            document=PolicyDocumentFactory(),
            valid_from=DAY,
            destinations=[],
            now=now,
        )


def test_an_agency_declares_without_a_reserve(people: SimpleNamespace, now: dt.datetime) -> None:
    CommunityEnterprise.objects.filter(pk=people.enterprise.pk).update(legal_form="SOCIAL_SERVICE_AGENCY")
    told = {
        "by": people.accountant,
        "enterprise": people.enterprise,
        "period_kind": "YEAR",
        "starts_on": DAY,
        "ends_on": dt.date(2026, 1, 1),
        "revenue": Decimal(100),
        "cost": Decimal(50),
        "tax": Decimal(0),
        "net_profit": Decimal(50),
        "now": now,
    }

    with pytest.raises(enterprises.NoReserveForForm):
        enterprises.enter_declaration(**told, reserve_before=Decimal(1))
    assert enterprises.enter_declaration(**told).pk


@pytest.mark.parametrize("share", [Decimal("1.01"), Decimal("-0.1")])
def test_a_charter_share_is_a_part(people: SimpleNamespace, now: dt.datetime, share: Decimal) -> None:
    row = people.enterprise

    with pytest.raises(enterprises.CharterShareUnfit):
        enterprises.edit_enterprise(
            by=people.community_staff,
            enterprise=row,
            name=row.name,
            legal_form=row.legal_form,
            credit_code=row.credit_code,
            business_lines="物业",
            founded_on=row.founded_on,
            registered_capital=row.registered_capital,
            charter_share=share,
            now=now,
        )


def test_statements_are_attached_in_their_time(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)
    told = {"declaration": row, "name": "表.pdf", "content": PDF, "now": now}

    for paper in ("balance_sheet", "income_statement"):
        enterprises.attach_statement(by=people.accountant, paper=paper, **told)
    with pytest.raises(enterprises.PaperNotNow):
        enterprises.attach_statement(by=people.auditor, paper="audit_report", **told)
    with pytest.raises(NotAllowed):
        enterprises.attach_statement(by=people.accountant, paper="audit_report", **told)
    with pytest.raises(NotAllowed):
        enterprises.attach_statement(by=people.street_officer, paper="balance_sheet", **told)

    row.refresh_from_db()
    assert row.balance_sheet is not None
    assert (row.balance_sheet.visibility, row.audit_report) == ("INTERNAL", None)
    assert AuditEntry.objects.filter(verb="funds.declaration.paper_attached").count() == 2


def test_an_auditor_attaches_the_report(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, checked=True)

    enterprises.attach_statement(
        by=people.auditor, declaration=row, paper="audit_report", name="审计报告.pdf", content=PDF, now=now
    )
    with pytest.raises(enterprises.PaperNotNow):
        enterprises.attach_statement(
            by=people.accountant, declaration=row, paper="balance_sheet", name="表.pdf", content=PDF, now=now
        )


def test_where_the_place_asks_a_year_needs_its_statements(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)
    quarter = DeclarationFactory(
        enterprise=people.enterprise, period_kind="QUARTER", starts_on="2025-01-01", ends_on="2025-04-01"
    )
    set_value("enterprise.statements_required", True, people.enterprise.division)
    assert PolicyParameter.objects.count() == 1

    with pytest.raises(lifecycle.MoveHindered):
        lifecycle.move(row, "submit", by=people.accountant, now=now)
    assert lifecycle.move(quarter, "submit", by=people.accountant, now=now).status == "SUBMITTED"
    for paper in ("balance_sheet", "income_statement"):
        enterprises.attach_statement(
            by=people.accountant, declaration=row, paper=paper, name="表.pdf", content=PDF, now=now
        )
    assert lifecycle.move(row, "submit", by=people.accountant, now=now).status == "SUBMITTED"


def test_a_term_that_ends_asks_for_an_audit(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    body: Body = BodyFactory(
        kind=BodyKind.RESIDENTS_COMMITTEE,
        division=people.enterprise.division,
        term_from=dt.date(2021, 9, 1),
        term_to=today + dt.timedelta(days=181),
    )

    def due() -> Any:
        return queries.term_audit_due(people.enterprise, today)

    assert due() is None
    Body.objects.filter(pk=body.pk).update(term_to=today + dt.timedelta(days=180))
    assert (due().body, due().is_over) == (body, False)
    Body.objects.filter(pk=body.pk).update(term_to=today)
    assert due().is_over
    yearly = DeclarationFactory(enterprise=people.enterprise, checked=True)
    enterprises.audit_declaration(by=people.auditor, declaration=yearly, opinion="无保留意见", now=now)
    assert due() is not None
    half = DeclarationFactory(enterprise=people.enterprise, starts_on="2024-01-01", ends_on="2025-01-01", checked=True)
    audited = enterprises.audit_declaration(
        by=people.auditor, declaration=half, opinion="无保留意见", occasion="TERM_END", now=now
    )
    assert (due(), audited.audit_occasion) == (None, "TERM_END")


def test_the_desk_shows_the_present_shareholders_where_new_ones_are_entered(people: SimpleNamespace) -> None:
    ShareholderFactory(enterprise=people.enterprise, name="三八路社区居委会", contributed=Decimal("1000.00"))

    page = desk_client(people.community_staff).get(
        f"/desk/funds/communityenterprise/{people.enterprise.pk}/deeds/shareholders/"
    )

    shown = page.context["form"]["holdings"].value()
    assert shown.endswith(", 三八路社区居委会, 100%, 1000.00")
    assert [holding.share for holding in read_holdings(shown)] == [Decimal(1)]


def read_holdings(text: str) -> list[operations.Holding]:
    """Read the lines as the form does."""
    form = ShareholdersForm({"valid_from": "2026-01-01", "holdings": text})
    assert form.is_valid(), form.errors
    found: list[operations.Holding] = form.cleaned_data["holdings"]
    return found
