"""The books: records with their papers, their sums, and what declarations take from them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.enterprises import operations as enterprises
from funds.enterprises.models import ProfitDeclaration
from funds.enterprises.records import operations, queries
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.records.policy import NotAMonth, read_month
from funds.enterprises.related import RelatedUnexplained, RelatedUnflagged
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory
from tests.factories.funds_letting import BusinessRecordFactory, LettingFactory, RentChargeFactory
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

JANUARY = dt.date(2025, 1, 1)
WIDE = "2025-03".translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789-"})
"""A month in full-width signs."""
NOTED = operations.Noted(
    kind="REVENUE",
    line="MARKET",
    month=JANUARY,
    amount=Decimal("1234.50"),
    description="摊位费",
    evidence_kind="INVOICE",
    evidence_number="FP1",
    party="光大街菜市场经营户",
)


def test_a_record_is_entered_with_its_paper(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_record(
        by=people.accountant,
        enterprise=people.enterprise,
        noted=NOTED,
        now=now,
        name="发票.pdf",
        content=b"%PDF-1.4\n%%EOF\n",
    )
    operations.attach_evidence(
        by=people.community_staff, record=row, name="回单.pdf", content=b"%PDF-1.4\n%%EOF\n", now=now
    )

    assert [file.name for file in row.evidence.order_by("pk")] == ["发票.pdf", "回单.pdf"]
    assert AuditEntry.objects.get(verb="funds.record.entered").after["amount"] == "1234.50"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"month": dt.date(2025, 1, 2)}, operations.MonthNotWhole),
        ({"month": dt.date(2026, 4, 1)}, operations.MonthAhead),
        ({"month": dt.date(2019, 12, 1)}, operations.MonthBeforeFounding),
        ({"amount": Decimal(0)}, operations.RecordAmountMissing),
        ({"amount": Decimal("-1.00")}, operations.RecordAmountMissing),
        ({"party": "唐总"}, RelatedUnflagged),
        ({"is_related": True}, RelatedUnexplained),
    ],
)
def test_an_impossible_record_is_refused(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        operations.enter_record(
            by=people.accountant, enterprise=people.enterprise, noted=replace(NOTED, **changes), now=now
        )
    assert not BusinessRecord.objects.exists()


def test_a_related_supplier_is_recorded_with_the_recusal(people: SimpleNamespace, now: dt.datetime) -> None:
    related = replace(NOTED, kind="COST", party="唐总", is_related=True, relation="负责人", recusal="3 月 1 日回避")

    row = operations.enter_record(by=people.accountant, enterprise=people.enterprise, noted=related, now=now)

    assert (row.is_related, row.recusal) == (True, "3 月 1 日回避")


def test_a_planned_enterprise_records_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    planned = EnterpriseFactory(division=people.enterprise.division)

    with pytest.raises(enterprises.EnterpriseNotRunning):
        operations.enter_record(by=people.community_staff, enterprise=planned, noted=NOTED, now=now)


def test_a_paper_is_recorded_once_until_it_is_taken_back(people: SimpleNamespace, now: dt.datetime) -> None:
    told = {"by": people.accountant, "enterprise": people.enterprise, "now": now}
    row = operations.enter_record(**told, noted=NOTED)

    with pytest.raises(operations.RecordRepeated, match="FP1"):
        operations.enter_record(**told, noted=replace(NOTED, amount=Decimal(5)))
    with pytest.raises(lifecycle.ReasonMissing):
        operations.void_record(by=people.accountant, record=row, reason=" ", now=now)
    operations.void_record(by=people.accountant, record=row, reason="金额记错", now=now)
    with pytest.raises(operations.RecordGone):
        operations.void_record(by=people.accountant, record=row, reason="金额记错", now=now)
    with pytest.raises(operations.RecordGone):
        operations.attach_evidence(
            by=people.accountant, record=row, name="a.pdf", content=b"%PDF-1.4\n%%EOF\n", now=now
        )
    again = operations.enter_record(**told, noted=replace(NOTED, amount=Decimal(5)))

    assert list(BusinessRecord.objects.standing()) == [again]


@pytest.mark.parametrize("name", ["stranger", "other_accountant", "other_community_staff", "street_officer", "auditor"])
def test_others_keep_no_books(people: SimpleNamespace, now: dt.datetime, name: str) -> None:
    by = User.objects.get(pk=getattr(people, name).pk)
    row = BusinessRecordFactory(enterprise=people.enterprise)
    draft = DeclarationFactory(enterprise=people.enterprise)

    for attempt in (
        lambda: operations.enter_record(by=by, enterprise=people.enterprise, noted=NOTED, now=now),
        lambda: operations.void_record(by=by, record=row, reason="x", now=now),
        lambda: operations.attach_evidence(by=by, record=row, name="a.pdf", content=b"%PDF-1.4", now=now),
        lambda: operations.take_over_records(by=by, declaration=draft, now=now),
        lambda: operations.propose_declaration(
            by=by, enterprise=people.enterprise, period_kind="YEAR", starts_on=JANUARY, now=now
        ),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert BusinessRecord.objects.standing().count() == 1


@pytest.fixture
def books(people: SimpleNamespace, now: dt.datetime) -> None:
    """Two lines of revenue, two costs, a tax, one record taken back, and two months of rent, 5,000 of it waived."""
    firm = people.enterprise
    for kind, line, month, amount in (
        ("REVENUE", "MARKET", 1, "300000.00"),
        ("REVENUE", "PROPERTY", 4, "240000.00"),
        ("REVENUE", "SITE_RENTAL", 12, "5000.00"),
        ("COST", "MARKET", 2, "150000.00"),
        ("COST", "PROPERTY", 11, "155000.00"),
        ("TAX", "OTHER", 12, "15000.00"),
    ):
        BusinessRecordFactory(
            enterprise=firm, kind=kind, line=line, month=dt.date(2025, month, 1), amount=Decimal(amount)
        )
    BusinessRecordFactory(enterprise=firm, voided_at=now, voided_by=people.accountant, void_reason="x")
    BusinessRecordFactory(enterprise=firm, month=dt.date(2026, 1, 1))
    BusinessRecordFactory()
    letting = LettingFactory(asset__enterprise=firm, running=True)
    RentChargeFactory(letting=letting)
    RentChargeFactory(
        letting=letting,
        number=2,
        from_on=dt.date(2025, 2, 1),
        to_on=dt.date(2025, 3, 1),
        due_on=dt.date(2025, 2, 11),
        waived=Decimal("5000.00"),
        waived_reason="洪水",
        waived_by=people.street_officer,
        waived_at=now,
    )


@pytest.mark.usefixtures("books")
def test_the_sums_of_a_year_and_of_a_quarter(people: SimpleNamespace, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        year = queries.recorded(people.enterprise, JANUARY, dt.date(2026, 1, 1))
    quarter = queries.recorded(people.enterprise, JANUARY, dt.date(2025, 4, 1))

    assert [str(getattr(year, name)) for name in queries.COMPARED] == [
        "620000.00",
        "80000.00",
        "305000.00",
        "15000.00",
        "300000.00",
    ]
    assert [str(getattr(quarter, name)) for name in queries.COMPARED] == [
        "375000.00",
        "75000.00",
        "150000.00",
        "0.00",
        "225000.00",
    ]


@pytest.mark.usefixtures("books")
def test_a_declaration_is_proposed_from_the_records(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.propose_declaration(
        by=people.accountant, enterprise=people.enterprise, period_kind="YEAR", starts_on=JANUARY, now=now
    )

    assert [str(getattr(row, name)) for name in ("revenue", "rent", "cost", "tax", "net_profit")] == [
        "620000.00",
        "80000.00",
        "305000.00",
        "15000.00",
        "300000.00",
    ]
    assert (row.status, row.registered_capital) == ("DRAFT", people.enterprise.registered_capital)
    assert {found.difference for found in queries.compare(row)} == {Decimal(0)}


def test_nothing_is_proposed_from_empty_books(people: SimpleNamespace, now: dt.datetime) -> None:
    draft = DeclarationFactory(enterprise=people.enterprise)

    with pytest.raises(operations.NothingRecorded):
        operations.propose_declaration(
            by=people.accountant,
            enterprise=people.enterprise,
            period_kind="QUARTER",
            starts_on=JANUARY,
            now=now,
        )
    with pytest.raises(operations.NothingRecorded):
        operations.take_over_records(by=people.accountant, declaration=draft, now=now)
    assert ProfitDeclaration.objects.count() == 1


@pytest.mark.usefixtures("books")
def test_the_sums_are_taken_over_into_a_draft(people: SimpleNamespace, now: dt.datetime) -> None:
    draft = DeclarationFactory(enterprise=people.enterprise)
    differences = {found.name: str(found.difference) for found in queries.compare(draft)}

    row = operations.take_over_records(by=people.accountant, declaration=draft, now=now)

    assert differences == {
        "revenue": "280000.00",
        "rent": "-80000.00",
        "cost": "275000.00",
        "tax": "5000.00",
        "net_profit": "0.00",
    }
    assert (row.revenue, row.losses_carried) == (Decimal("620000.00"), draft.losses_carried)
    with pytest.raises(enterprises.Stale):
        operations.take_over_records(by=people.accountant, declaration=draft, now=now, version="x")
    submitted = DeclarationFactory(
        enterprise=people.enterprise, starts_on="2024-01-01", ends_on="2025-01-01", submitted=True
    )
    BusinessRecordFactory(enterprise=people.enterprise, month=dt.date(2024, 5, 1))
    submitted.refresh_from_db()
    with pytest.raises(enterprises.NotADraft):
        operations.take_over_records(by=people.accountant, declaration=submitted, now=now)


@pytest.mark.usefixtures("books")
def test_lines_are_drawn_by_their_revenue(people: SimpleNamespace) -> None:
    year = DeclarationFactory(enterprise=people.enterprise, published=True)

    shown = queries.public_income(people.enterprise, year)

    assert shown is not None
    assert [(str(row.revenue), row.width) for row in shown.rows] == [
        ("300000.00", 340),
        ("240000.00", 272),
        ("80000.00", 90),
    ]
    assert shown.rest == Decimal("280000.00")
    assert queries.public_income(people.enterprise, None) is None
    assert queries.public_income(EnterpriseFactory(), year) is None


@pytest.mark.usefixtures("books")
def test_months_are_added_up(people: SimpleNamespace) -> None:
    found = queries.entries(people.enterprise, JANUARY, dt.date(2025, 3, 1))

    months = queries.months_of(found)

    assert [(row.month.month, str(row.totals.revenue), str(row.totals.cost)) for row in months] == [
        (1, "340000.00", "0.00"),
        (2, "35000.00", "150000.00"),
    ]


@pytest.mark.parametrize(
    "text", ["2025-03", "2025/3", "2025年3月", WIDE, " 2025.03 ", "2025-03-01", "2025-03-01 00:00:00"]
)
def test_a_month_is_read(text: str) -> None:
    assert read_month(text) == dt.date(2025, 3, 1)


@pytest.mark.parametrize("text", ["", "2025", "2025-13", "2025-00", "2025-03-02", "三月", "=1+1", "202503", "1e5"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(NotAMonth):
        read_month(text)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("businessrecord_stays", "amount = 1"),
        ("businessrecord_stays", "month = '2025-02-01'"),
        ("businessrecord_stays", "is_related = TRUE"),
        ("businessrecord_void_has_a_reason", "voided_at = now()"),
        ("businessrecord_void_has_a_reason", "void_reason = 'x'"),
    ],
)
def test_a_record_stays(constraint: str, change: str) -> None:
    change_refused(constraint, BusinessRecordFactory(), change)


def test_a_record_is_never_deleted() -> None:
    row = BusinessRecordFactory()

    refused("businessrecord_is_never_deleted", "DELETE FROM funds_businessrecord WHERE id = %s", row.pk)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("businessrecord_kind_is_known", {"kind": "GIFT"}),
        ("businessrecord_line_is_known", {"line": "CASINO"}),
        ("businessrecord_month_is_whole", {"month": "2025-01-02"}),
        ("businessrecord_is_positive", {"amount": 0}),
        ("businessrecord_evidence_has_a_number", {"evidence_number": ""}),
        ("businessrecord_related_party_is_explained", {"is_related": True}),
        ("businessrecord_once_a_paper", {}),
    ],
)
def test_guards_of_a_new_record(constraint: str, changes: dict[str, Any]) -> None:
    row = BusinessRecordFactory()
    columns = [column.attname for column in row._meta.concrete_fields if not column.primary_key]
    values = {column: getattr(row, column) for column in columns} | changes
    if changes:
        values.setdefault("evidence_number", "other")
        if "evidence_number" not in changes:
            values["evidence_number"] = "other"
    marks = ", ".join(["%s"] * len(columns))

    refused(
        constraint,
        f"INSERT INTO funds_businessrecord ({', '.join(columns)}) VALUES ({marks})",
        *(values[column] for column in columns),
    )
