"""Assets and lettings: who may, what is refused, the rent month by month, what is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.bodies.models import BodyKind
from communities.notices.models import NoticeStatus
from funds.enterprises import tasks
from funds.enterprises.letting import operations, refusals
from funds.enterprises.letting.models import AssetFacts, CommunityAsset, Letting, RentCharge, RentReceipt, Terms
from funds.enterprises.letting.policy import Due, account, age_band
from funds.enterprises.related import RelatedUnexplained, RelatedUnflagged
from governance import lifecycle
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import BodyFactory, BodyMembershipFactory, PublicNoticeFactory
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_letting import (
    AssetFactory,
    LettingFactory,
    RentChargeFactory,
    RentReceiptFactory,
    decision,
)
from tests.walls import alone, change_refused, refused

pytestmark = pytest.mark.django_db

FACTS = AssetFacts(
    name="芭蕉冲堆场",
    kind="YARD",
    address="芭蕉冲 1 号",
    area=Decimal("90.00"),
    area_unit="MU",
    owner_kind="COLLECTIVE",
    owner_name="芭蕉冲集体经济组织",
    right_to_let="ENTRUSTED",
    right_paper="委托经营协议 2024-01",
)
RENT = Decimal("40000.00")


@pytest.fixture
def asset(people: SimpleNamespace) -> CommunityAsset:
    """An asset of the house's enterprise."""
    row: CommunityAsset = AssetFactory(enterprise=people.enterprise)
    return row


@pytest.fixture
def terms() -> Terms:
    """A year at 40,000 yuan a month (report S0)."""
    return Terms(
        lessee_kind="UNIT",
        lessee="自贡市川南建材商行",
        purpose="建材堆放",
        starts_on=dt.date(2025, 1, 1),
        ends_on=dt.date(2026, 1, 1),
        monthly_rent=RENT,
        document=decision(),
    )


@pytest.fixture
def letting(asset: CommunityAsset) -> Letting:
    """The same, confirmed."""
    row: Letting = LettingFactory(asset=asset, running=True)
    return row


def test_an_asset_is_entered_and_edited(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_asset(by=people.accountant, enterprise=people.enterprise, facts=FACTS, now=now)
    changed = operations.edit_asset(
        by=people.community_staff, asset=row, facts=replace(FACTS, area=Decimal(80)), now=now
    )

    assert (changed.area, changed.area_text.split()[0]) == (Decimal(80), "80")
    verbs = AuditEntry.objects.filter(object_label="funds.CommunityAsset").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["funds.asset.entered", "funds.asset.edited"]
    operations.edit_asset(by=people.community_staff, asset=row, facts=replace(FACTS, area=Decimal(80)), now=now)
    assert verbs.count() == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"area": Decimal(0)}, refusals.AreaMissing),
        ({"name": "芭蕉冲堆场"}, refusals.AssetNamed),
    ],
)
def test_an_impossible_asset_is_refused(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    AssetFactory(enterprise=people.enterprise, name="芭蕉冲堆场")

    with pytest.raises(refusal):
        operations.enter_asset(
            by=people.accountant,
            enterprise=people.enterprise,
            facts=replace(replace(FACTS, name="另一处"), **changes),
            now=now,
        )
    assert CommunityAsset.objects.count() == 1


def test_the_right_to_let_is_not_cut_below_a_letting(
    people: SimpleNamespace, asset: CommunityAsset, letting: Letting, now: dt.datetime
) -> None:
    facts = replace(FACTS, right_until=dt.date(2025, 6, 30))

    with pytest.raises(refusals.RightTooShort):
        operations.edit_asset(by=people.accountant, asset=asset, facts=facts, now=now)
    assert operations.edit_asset(
        by=people.accountant, asset=asset, facts=replace(facts, right_until=letting.last_day), now=now
    ).right_until == dt.date(2025, 12, 31)


@pytest.mark.parametrize("name", ["stranger", "other_accountant", "other_community_staff", "auditor", "resident"])
def test_others_enter_nothing(
    people: SimpleNamespace, asset: CommunityAsset, letting: Letting, terms: Terms, now: dt.datetime, name: str
) -> None:
    by = User.objects.get(pk=getattr(people, name).pk)
    charge = RentChargeFactory(letting=letting)

    for attempt in (
        lambda: operations.enter_asset(by=by, enterprise=people.enterprise, facts=FACTS, now=now),
        lambda: operations.edit_asset(by=by, asset=asset, facts=FACTS, now=now),
        lambda: operations.enter_letting(by=by, asset=asset, terms=terms, now=now),
        lambda: operations.edit_letting(by=by, letting=letting, terms=terms, now=now),
        lambda: operations.confirm_letting(by=by, letting=LettingFactory(), now=now, today=now.date()),
        lambda: operations.waive_rent(by=by, charge=charge, amount=RENT, reason="x", now=now),
        lambda: operations.attach_paper(by=by, letting=letting, name="a.pdf", content=b"%PDF-1.4", now=now),
        lambda: operations.record_rent(
            by=by, letting=letting, amount=RENT, received_on=now.date(), reference="1", now=now, today=now.date()
        ),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert (CommunityAsset.objects.count(), RentReceipt.objects.count()) == (2, 0)


def test_a_letting_is_entered_edited_and_confirmed_by_another(
    people: SimpleNamespace, asset: CommunityAsset, terms: Terms, now: dt.datetime, today: dt.date
) -> None:
    row = operations.enter_letting(by=people.community_staff, asset=asset, terms=terms, now=now)
    row = operations.edit_letting(
        by=people.accountant, letting=row, terms=replace(terms, deposit=Decimal("80000.00")), now=now
    )
    done = operations.confirm_letting(by=people.street_officer, letting=row, now=now, today=today)

    charges = list(done.charges.order_by("number"))
    assert (done.status, done.confirmed_by, len(charges)) == ("RUNNING", people.street_officer, 12)
    assert sum(charge.amount for charge in charges) == Decimal("480000.00")
    assert (charges[-1].from_on, charges[-1].to_on, charges[-1].due_on) == (
        dt.date(2025, 12, 1),
        dt.date(2026, 1, 1),
        dt.date(2025, 12, 11),
    )
    assert OutboxEvent.objects.filter(topic="funds.letting.confirmed").count() == 1
    with pytest.raises(refusals.NotADraftLetting):
        operations.edit_letting(by=people.accountant, letting=done, terms=terms, now=now)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ends_on": dt.date(2025, 1, 1)}, refusals.TermEmpty),
        ({"ends_on": dt.date(2045, 1, 2)}, refusals.TermTooLong),
        ({"starts_on": dt.date(2019, 12, 31)}, refusals.DecisionTooLate),
        ({"is_related": True}, RelatedUnexplained),
        ({"is_related": True, "relation": "主任之弟"}, RelatedUnexplained),
        ({"lessee": "唐 总"}, RelatedUnflagged),
        ({"lessee": "罗监"}, RelatedUnflagged),
        ({"lessee": "赵主任"}, RelatedUnflagged),
    ],
)
def test_impossible_terms_are_refused(
    people: SimpleNamespace,
    asset: CommunityAsset,
    terms: Terms,
    now: dt.datetime,
    changes: dict[str, Any],
    refusal: type[DomainError],
) -> None:
    body = BodyFactory(kind=BodyKind.RESIDENTS_COMMITTEE, division=asset.division)
    BodyMembershipFactory(body=body, name="赵主任")

    with pytest.raises(refusal):
        operations.enter_letting(by=people.accountant, asset=asset, terms=replace(terms, **changes), now=now)
    assert not Letting.objects.exists()


def test_twenty_years_are_the_longest_term(
    people: SimpleNamespace, asset: CommunityAsset, terms: Terms, now: dt.datetime
) -> None:
    longest = replace(terms, ends_on=dt.date(2045, 1, 1))

    assert operations.enter_letting(by=people.accountant, asset=asset, terms=longest, now=now).pk


def test_the_right_bounds_the_term(people: SimpleNamespace, terms: Terms, now: dt.datetime) -> None:
    asset = AssetFactory(enterprise=people.enterprise, right_until=dt.date(2025, 12, 30))

    with pytest.raises(refusals.RightTooShort):
        operations.enter_letting(by=people.accountant, asset=asset, terms=terms, now=now)


def test_a_planned_enterprise_lets_nothing(people: SimpleNamespace, terms: Terms, now: dt.datetime) -> None:
    asset = AssetFactory(enterprise=EnterpriseFactory(division=people.enterprise.division))

    with pytest.raises(refusals.LessorNotRunning):
        operations.enter_letting(by=people.community_staff, asset=asset, terms=terms, now=now)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_free"),
    [
        ("2025-12-31", "2026-12-31", False),
        ("2024-01-01", "2025-01-02", False),
        ("2025-03-01", "2025-04-01", False),
        ("2026-01-01", "2027-01-01", True),
        ("2024-01-01", "2025-01-01", True),
    ],
)
def test_an_asset_is_let_to_one_at_a_time(
    people: SimpleNamespace,
    asset: CommunityAsset,
    letting: Letting,
    terms: Terms,
    now: dt.datetime,
    starts_on: str,
    ends_on: str,
    *,
    is_free: bool,
) -> None:
    wanted = replace(terms, starts_on=dt.date.fromisoformat(starts_on), ends_on=dt.date.fromisoformat(ends_on))

    if is_free:
        assert operations.enter_letting(by=people.accountant, asset=asset, terms=wanted, now=now).pk
    else:
        with pytest.raises(refusals.AssetTaken, match="2025-12-31"):
            operations.enter_letting(by=people.accountant, asset=asset, terms=wanted, now=now)


def test_a_withdrawn_letting_frees_the_asset(
    people: SimpleNamespace, asset: CommunityAsset, terms: Terms, now: dt.datetime
) -> None:
    row = LettingFactory(asset=asset)
    lifecycle.move(row, "withdraw", by=people.accountant, now=now, reason="对方不租了")

    assert operations.enter_letting(by=people.accountant, asset=asset, terms=terms, now=now).pk


def test_a_related_party_waits_for_its_notice(
    people: SimpleNamespace, asset: CommunityAsset, terms: Terms, now: dt.datetime, today: dt.date
) -> None:
    related = replace(terms, lessee="唐总", is_related=True, relation="企业负责人", recusal="唐总 3 月 1 日回避")
    row = operations.enter_letting(by=people.community_staff, asset=asset, terms=related, now=now)
    elsewhere, notice = PublicNoticeFactory(), PublicNoticeFactory(division=asset.division)

    with pytest.raises(lifecycle.MoveHindered):
        operations.confirm_letting(by=people.street_officer, letting=row, now=now, today=today)
    with pytest.raises(refusals.NoticeElsewhere):
        operations.name_notice(by=people.community_staff, letting=row, notice=elsewhere, now=now)
    operations.name_notice(by=people.community_staff, letting=row, notice=notice, now=now)
    with pytest.raises(lifecycle.MoveHindered):
        operations.confirm_letting(by=people.street_officer, letting=row, now=now, today=today)
    change_refused("letting_waits_for_its_notice", row, "status = 'RUNNING'")
    for status in (NoticeStatus.POSTED, NoticeStatus.CLOSED_CLEAR):
        type(notice).objects.filter(pk=notice.pk).update(
            status=status,
            starts_on=today - dt.timedelta(days=8),
            ends_on=today - dt.timedelta(days=1),
            posted_at=now,
            posted_by=people.street_officer,
            closed_at=now,
        )

    done = operations.confirm_letting(by=people.street_officer, letting=row, now=now, today=today)
    assert done.status == "RUNNING"


def test_the_clock_charges_each_month_once(asset: CommunityAsset, now: dt.datetime) -> None:
    system = system_actor()
    LettingFactory(asset=asset, running=True, starts_on=dt.date(2025, 1, 31), ends_on=dt.date(2025, 5, 15))
    LettingFactory(starts_on=dt.date(2025, 1, 1))  # a draft
    free = LettingFactory(running=True, monthly_rent=Decimal(0))

    made = [
        operations.charge_rent(by=system, now=now, today=dt.date(2025, month, day))
        for month, day in ((1, 30), (1, 31), (2, 28), (2, 28), (5, 1), (12, 1))
    ]

    charges = [
        (charge.from_on.isoformat(), charge.to_on.isoformat(), str(charge.amount))
        for charge in RentCharge.objects.filter(letting__asset=asset).order_by("number")
    ]
    assert made == [0, 1, 1, 0, 2, 0]
    assert not free.charges.exists()
    assert charges == [
        ("2025-01-31", "2025-02-28", "40000.00"),
        ("2025-02-28", "2025-03-31", "40000.00"),
        ("2025-03-31", "2025-04-30", "40000.00"),
        ("2025-04-30", "2025-05-15", "19354.84"),  # 15 of 31 days
    ]


def test_only_the_clock_charges(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    with pytest.raises(lifecycle.MoveForbidden):
        operations.charge_rent(by=people.street_officer, now=now, today=today)


def test_the_task_charges_and_ends(asset: CommunityAsset) -> None:
    letting = LettingFactory(asset=asset, running=True)

    made = tasks.charge_rent()
    again = tasks.charge_rent()

    letting.refresh_from_db()
    assert (made, again, letting.status) == (12, 0, "ENDED")


def test_a_letting_ends_early_by_days(people: SimpleNamespace, letting: Letting, now: dt.datetime) -> None:
    operations.charge_rent(by=system_actor(), now=now, today=dt.date(2025, 6, 20))

    with pytest.raises(refusals.EndOutside):
        operations.terminate_letting(
            by=people.street_officer, letting=letting, last_day=dt.date(2026, 1, 1), reason="搬迁", now=now
        )
    done = operations.terminate_letting(
        by=people.street_officer, letting=letting, last_day=dt.date(2025, 5, 10), reason="搬迁", now=now
    )

    owed = [str(charge.owed) for charge in done.charges.order_by("number")]
    assert (done.status, done.last_day) == ("TERMINATED", dt.date(2025, 5, 10))
    assert owed == ["40000.00"] * 4 + ["12903.23", "0.00"]  # 10 of 31 days of May


def test_an_announced_end_charges_the_months_until_then(
    people: SimpleNamespace, letting: Letting, now: dt.datetime
) -> None:
    done = operations.terminate_letting(
        by=people.street_officer, letting=letting, last_day=dt.date(2025, 2, 28), reason="搬迁", now=now
    )

    assert [str(charge.owed) for charge in done.charges.order_by("number")] == ["40000.00", "40000.00"]


def test_rent_is_waived_by_the_street(people: SimpleNamespace, letting: Letting, now: dt.datetime) -> None:
    charge = RentChargeFactory(letting=letting)

    with pytest.raises(lifecycle.ReasonMissing):
        operations.waive_rent(by=people.street_officer, charge=charge, amount=RENT, reason=" ", now=now)
    with pytest.raises(refusals.WaivedTooMuch):
        operations.waive_rent(
            by=people.street_officer, charge=charge, amount=RENT + Decimal("0.01"), reason="洪水", now=now
        )
    row = operations.waive_rent(
        by=people.street_officer, charge=charge, amount=Decimal("10000.00"), reason="洪水", now=now
    )

    assert (row.owed, row.waived_by) == (Decimal("30000.00"), people.street_officer)
    assert AuditEntry.objects.get(verb="funds.rent.waived").reason == "洪水"


def test_rent_is_received_once_and_taken_back(
    people: SimpleNamespace, letting: Letting, now: dt.datetime, today: dt.date
) -> None:
    told = {"by": people.accountant, "letting": letting, "received_on": today, "now": now, "today": today}

    row = operations.record_rent(**told, amount=RENT, reference=" YH1 ", name="回单.pdf", content=b"%PDF-1.4\n%%EOF\n")
    with pytest.raises(refusals.SlipUsed):
        operations.record_rent(**told, amount=RENT, reference="YH1")
    with pytest.raises(lifecycle.ReasonMissing):
        operations.void_receipt(by=people.accountant, receipt=row, reason="", now=now)
    operations.void_receipt(by=people.accountant, receipt=row, reason="记错租户", now=now)
    with pytest.raises(refusals.ReceiptGone):
        operations.void_receipt(by=people.accountant, receipt=row, reason="记错租户", now=now)
    again = operations.record_rent(**told, amount=RENT, reference="YH1")

    assert row.evidence is not None
    assert row.evidence.name == "回单.pdf"
    assert [found.pk for found in RentReceipt.objects.standing()] == [again.pk]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Decimal(0)}, refusals.RentAmountMissing),
        ({"received_on": dt.date(2026, 3, 5)}, refusals.ReceivedTooEarly),
    ],
)
def test_an_impossible_receipt_is_refused(
    people: SimpleNamespace,
    letting: Letting,
    now: dt.datetime,
    today: dt.date,
    changes: dict[str, Any],
    refusal: type[DomainError],
) -> None:
    told = {"amount": RENT, "received_on": today, "reference": "1", **changes}

    with pytest.raises(refusal):
        operations.record_rent(by=people.accountant, letting=letting, now=now, today=today, **told)
    assert not RentReceipt.objects.exists()


def test_a_draft_takes_no_rent(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    row = LettingFactory(asset__enterprise=people.enterprise)

    with pytest.raises(refusals.NoRentDue):
        operations.record_rent(
            by=people.accountant, letting=row, amount=RENT, received_on=today, reference="1", now=now, today=today
        )


def test_arrears_follow_from_charges_and_receipts(people: SimpleNamespace, letting: Letting, now: dt.datetime) -> None:
    operations.charge_rent(by=system_actor(), now=now, today=dt.date(2025, 4, 1))
    RentReceiptFactory(letting=letting, amount=Decimal("50000.00"))
    RentReceiptFactory(letting=letting, amount=RENT, voided_at=now, voided_by=people.accountant, void_reason="x")
    paid_up = LettingFactory(running=True, asset__enterprise=people.enterprise)
    RentReceiptFactory(letting=paid_up)

    (late,) = Letting.objects.in_arrears(dt.date(2025, 3, 12))

    assert (late.pk, late.due, late.paid, late.arrears) == (
        letting.pk,
        Decimal("120000.00"),
        Decimal("50000.00"),
        Decimal("70000.00"),
    )
    assert not Letting.objects.in_arrears(dt.date(2025, 1, 12)).filter(pk=letting.pk).exists()


@pytest.mark.parametrize(
    ("paid", "today", "expected"),
    [
        ("0", "2025-01-11", ("100.00", "100.00", "0", "2025-01-11", 0)),
        ("100.00", "2025-02-11", ("200.00", "100.00", "0", "2025-02-11", 0)),
        ("99.99", "2025-02-12", ("200.00", "100.01", "0", "2025-01-11", 32)),
        ("250.00", "2025-02-12", ("200.00", "0", "50.00", None, 0)),
        ("0", "2025-01-01", ("0", "0", "0", None, 0)),
    ],
)
def test_payments_count_for_the_oldest_month(
    paid: str, today: str, expected: tuple[str, str, str, str | None, int]
) -> None:
    months = [Due(dt.date(2025, month, 11), Decimal("100.00")) for month in (2, 1, 3)]

    found = account(months, Decimal(paid), dt.date.fromisoformat(today))

    due, arrears, ahead, oldest, age = expected
    assert (found.due, found.arrears, found.ahead) == (Decimal(due), Decimal(arrears), Decimal(ahead))
    assert (found.oldest_due, found.age_days) == (oldest and dt.date.fromisoformat(oldest), age)


def test_ages_have_bands() -> None:
    assert [age_band(days) for days in (0, 30, 31, 90, 91, 180, 181)] == [
        "0–30",
        "0–30",
        "31–90",
        "31–90",
        "91–180",
        "91–180",
        "> 180",
    ]


def test_a_contract_is_attached(people: SimpleNamespace, letting: Letting, now: dt.datetime) -> None:
    operations.attach_paper(
        by=people.accountant, letting=letting, name="合同.pdf", content=b"%PDF-1.4\n%%EOF\n", now=now
    )

    assert [paper.visibility for paper in letting.papers.all()] == ["INTERNAL"]


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("letting_term_runs_forward", "ends_on = starts_on"),
        ("letting_two_persons", "confirmed_by_id = entered_by_id"),
        ("letting_related_party_is_explained", "is_related = TRUE"),
        ("letting_moves_by_the_table", "status = 'ENDED'"),
    ],
)
def test_guards_of_a_letting(constraint: str, change: str) -> None:
    change_refused(constraint, LettingFactory(), change)


@pytest.mark.parametrize(
    "change",
    ["monthly_rent = 1", "lessee = 'x'", "ends_on = ends_on + 1", "starts_on = starts_on - 1", "days_to_pay = 99"],
)
def test_a_confirmed_letting_stays(change: str) -> None:
    change_refused("letting_stays", LettingFactory(running=True), change)


def test_two_lettings_of_an_asset_are_refused_by_the_database() -> None:
    row = LettingFactory()
    other = LettingFactory(asset=row.asset, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2027, 1, 1))

    change_refused("letting_one_at_a_time", other, "starts_on = '2025-12-31'")


@pytest.mark.django_db(transaction=True)
def test_an_asset_is_let_by_who_runs_it(owner: Callable[[], Any]) -> None:
    row, other = LettingFactory(), EnterpriseFactory()
    statement = "UPDATE funds_letting SET enterprise_id = %s WHERE id = %s"

    with owner():
        for label in ("letting_by_who_runs_the_asset", "communityasset_of_its_enterprise"):
            alone(label, statement, other.pk, row.pk, says="letting_by_who_runs_the_asset")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("communityasset_kind_is_known", "kind = 'CASTLE'"),
        ("communityasset_has_an_area", "area = 0"),
        ("communityasset_right_has_a_paper", "right_paper = ''"),
        ("communityasset_right_has_a_paper", "right_to_let = 'WISH'"),
    ],
)
def test_guards_of_an_asset(constraint: str, change: str) -> None:
    change_refused(constraint, AssetFactory(), change)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("rentcharge_waived_is_a_part", "waived = amount + 0.01"),
        ("rentcharge_waiver_has_a_reason", "waived = 1"),
    ],
)
def test_guards_of_a_charge(constraint: str, change: str) -> None:
    change_refused(constraint, RentChargeFactory(), change)


def test_what_was_charged_or_received_stays() -> None:
    charge = RentChargeFactory()
    receipt = RentReceiptFactory(letting=charge.letting)

    change_refused("rentcharge_stays", charge, "amount = 1")
    change_refused("rentreceipt_stays", receipt, "amount = 1")
    for row in (charge, receipt):
        model = row._meta.model_name
        refused(f"{model}_is_never_deleted", f"DELETE FROM {row._meta.db_table} WHERE id = %s", row.pk)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("rentreceipt_void_has_a_reason", "voided_at = now()"),
        ("rentreceipt_void_has_a_reason", "void_reason = 'x'"),
    ],
)
def test_guards_of_a_receipt(constraint: str, change: str) -> None:
    change_refused(constraint, RentReceiptFactory(), change)


def test_a_receipt_is_positive_and_a_slip_used_once() -> None:
    row = RentReceiptFactory()
    user = UserFactory()
    insert = """
        INSERT INTO funds_rentreceipt (letting_id, received_on, amount, reference, recorded_at, recorded_by_id, void_reason)
        VALUES (%s, '2025-01-10', %s, %s, now(), %s, '')
    """

    refused("rentreceipt_is_positive", insert, row.letting_id, 0, "other", user.pk)
    refused("rentreceipt_once_a_slip", insert, row.letting_id, 1, row.reference, user.pk)


def test_a_month_is_charged_once() -> None:
    row = RentChargeFactory()

    refused(
        "rentcharge_once_a_month",
        """
        INSERT INTO funds_rentcharge (letting_id, number, from_on, to_on, due_on, amount, waived, waived_reason, made_at)
        SELECT letting_id, number, from_on, to_on, due_on, amount, 0, '', now() FROM funds_rentcharge WHERE id = %s
        """,
        row.pk,
    )
