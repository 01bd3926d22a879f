"""Appeals: what happens, and what every refusal leaves unchanged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.appeals import operations
from funds.appeals.models import Appeal, AppealReport
from funds.donations import operations as donations
from governance import lifecycle
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from tests.factories.communities import PolicyParameterFactory
from tests.factories.funds_appeals import ADDRESS, FIRST, LAST, AppealFactory, certified
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_spending import DecisionFactory
from tests.walls import change_refused

pytestmark = pytest.mark.django_db

DRAFT: dict[str, Any] = {
    "kind": "PUBLIC",
    "title": "为老楼加装扶手",
    "purpose": "六栋老楼的楼道扶手",
    "target": Decimal("10000.00"),
    "starts_on": FIRST,
    "ends_on": LAST,
    "filing_number": "慈募备〔2026〕1号",
    "platform_url": ADDRESS,
}
AMONG_RESIDENTS = {**DRAFT, "kind": "RESIDENTS", "filing_number": "", "platform_url": ""}


def give(people: SimpleNamespace, appeal: Appeal, amount: str, now: dt.datetime, reference: str = "1") -> None:
    """Record and receive a donation for the appeal."""
    row = donations.record_donation(
        by=people.community_staff,
        fund=people.fund,
        donor_kind="PERSON",
        channel="PLATFORM",
        amount=Decimal(amount),
        reference=reference,
        appeal=appeal,
        now=now,
    )
    donations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)


def test_an_appeal_to_the_public_is_drafted_and_opened_by_two(people: SimpleNamespace, now: dt.datetime) -> None:
    certified(people.fund.charity)
    row = operations.draft_appeal(by=people.community_staff, fund=people.fund, now=now, **DRAFT)

    row = operations.open_appeal(by=people.charity_officer, appeal=row, now=now)

    assert (row.status, row.pool.code, row.opened_by) == ("OPEN", f"pool:appeal:{row.pk}", people.charity_officer)
    assert list(row.reports.order_by("due_on").values_list("due_on", "is_final")) == [
        (dt.date(2026, 6, 1), False),
        (dt.date(2026, 9, 1), False),
        (dt.date(2026, 12, 1), False),
        (dt.date(2027, 3, 30), True),
    ]
    assert AuditEntry.objects.filter(verb="funds.appeal.opened").count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"target": Decimal(0)}, "goal_missing"),
        ({"ends_on": dt.date(2026, 3, 3)}, "appeal_days_unfit"),
        ({"starts_on": dt.date(2026, 12, 31)}, "appeal_days_unfit"),
        ({"filing_number": " "}, "filing_missing"),
        ({"platform_url": ""}, "filing_missing"),
        ({"platform_url": "https://example.org/give"}, "platform_not_designated"),
        ({"kind": "RESIDENTS"}, "appeal_not_decided"),
    ],
)
def test_draft_appeal_refuses(people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        operations.draft_appeal(by=people.community_staff, fund=people.fund, now=now, **{**DRAFT, **changes})

    assert refusal.value.code == code
    assert not Appeal.objects.exists()


def test_the_designated_platforms_are_data(people: SimpleNamespace, now: dt.datetime) -> None:
    row = PolicyParameterFactory(key="appeal.platforms", value=[["本地平台", "give.example.org"]], unit="list")
    type(row).objects.filter(pk=row.pk).update(status="ACTIVE", approved_by=people.district_admin)

    with pytest.raises(operations.PlatformNotDesignated, match="本地平台"):
        operations.draft_appeal(by=people.community_staff, fund=people.fund, now=now, **DRAFT)
    made = operations.draft_appeal(
        by=people.community_staff, fund=people.fund, now=now, **{**DRAFT, "platform_url": "https://give.example.org/1"}
    )

    assert made.status == "DRAFT"


@pytest.mark.parametrize("until", [None, dt.date(2026, 6, 1), LAST])
def test_the_certificate_covers_the_whole_term(
    people: SimpleNamespace, now: dt.datetime, until: dt.date | None
) -> None:
    row = AppealFactory(fund=people.fund)
    if until:
        certified(people.fund.charity, until)

    with pytest.raises(lifecycle.MoveHindered, match="慈善会"):
        operations.open_appeal(by=people.charity_officer, appeal=Appeal.objects.get(pk=row.pk), now=now)

    row.refresh_from_db()
    assert (row.status, row.pool, AppealReport.objects.count()) == ("DRAFT", None, 0)
    change_refused("appeal_is_certified", row, "status = 'OPEN'")


def test_residents_raise_money_by_their_own_decision(people: SimpleNamespace, now: dt.datetime) -> None:
    decision = DecisionFactory(division=people.fund.division)
    row = operations.draft_appeal(
        by=people.community_staff, fund=people.fund, now=now, **{**AMONG_RESIDENTS, "decision": decision}
    )

    row = operations.open_appeal(by=people.charity_officer, appeal=row, now=now)
    give(people, row, "50.00", now)

    assert row.decision == decision
    assert people.fund.book.accounts.get(code="source:residents").balance.given == Decimal("50.00")
    assert Appeal.objects.with_raised().get().raised == Decimal("50.00")


def test_a_decision_of_elsewhere_or_open_is_none(people: SimpleNamespace, now: dt.datetime) -> None:
    elsewhere = DecisionFactory(division=people.other_community_staff.posts.get().division)

    with pytest.raises(operations.NotDecided):
        operations.draft_appeal(
            by=people.community_staff, fund=people.fund, now=now, **{**AMONG_RESIDENTS, "decision": elsewhere}
        )

    assert not Appeal.objects.exists()


def test_others_draft_and_open_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    row = AppealFactory(fund=people.fund)
    certified(people.fund.charity)
    row = Appeal.objects.get(pk=row.pk)

    for by in (people.stranger, people.other_community_staff, people.other_officer, people.auditor):
        with pytest.raises(NotAllowed):
            operations.draft_appeal(by=by, fund=people.fund, now=now, **DRAFT)
    for by in (people.community_staff, people.other_officer, people.auditor):
        with pytest.raises(lifecycle.MoveForbidden):
            operations.open_appeal(by=by, appeal=row, now=now)

    assert list(Appeal.objects.values_list("status", flat=True)) == ["DRAFT"]


def test_who_drafts_does_not_open(people: SimpleNamespace, now: dt.datetime) -> None:
    certified(people.fund.charity)
    row = operations.draft_appeal(by=people.charity_officer, fund=people.fund, now=now, **DRAFT)

    with pytest.raises(lifecycle.SamePerson):
        operations.open_appeal(by=people.charity_officer, appeal=row, now=now)

    assert Appeal.objects.get().status == "DRAFT"


def test_donations_for_an_appeal_lie_in_its_pool_and_show_its_progress(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    row = AppealFactory(fund=people.fund, opened=True)
    give(people, row, "2500.00", now)
    give(people, row, "49.99", now, "2")

    shown = Appeal.objects.visible_to(people.stranger).for_list().get()

    assert (shown.raised, shown.percent) == (Decimal("2549.99"), 25)
    assert not people.fund.book.accounts.get(code="pool:free").balance.received


@pytest.mark.parametrize(
    "changes", [{"ends_on": dt.date(2026, 3, 3)}, {"starts_on": dt.date(2026, 3, 5)}, {"fund": None}]
)
def test_an_appeal_takes_nothing_outside_its_days_or_for_another_fund(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any]
) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, active=True)
    row = AppealFactory(
        opened=True, **{"fund": people.fund, **changes, **({"fund": fund} if "fund" in changes else {})}
    )

    with pytest.raises(donations.AppealNotTaking):
        give(people, row, "1.00", now)

    assert not people.fund.donations.exists()


def test_an_account_shows_the_ledgers_figures_of_its_days_and_stays(people: SimpleNamespace, now: dt.datetime) -> None:
    row = AppealFactory(fund=people.fund, opened=True)
    give(people, row, "100.00", now)
    report = row.reports.order_by("due_on")[0]
    later = dt.datetime(2026, 6, 1, 12, tzinfo=now.tzinfo)

    with pytest.raises(operations.ReportEarly):
        operations.show_report(by=people.charity_officer, report=report, text="已安装两栋", now=now)
    with pytest.raises(operations.ReportTextMissing):
        operations.show_report(by=people.charity_officer, report=report, text=" ", now=later)
    with pytest.raises(NotAllowed):
        operations.show_report(by=people.stranger, report=report, text="x", now=later)
    shown = operations.show_report(by=people.charity_officer, report=report, text="已安装两栋", now=later)

    assert (shown.raised, shown.spent, shown.sequence) == (Decimal("100.00"), Decimal("0.00"), 1)
    with pytest.raises(operations.ReportShown):
        operations.show_report(by=people.charity_officer, report=report, text="改", now=later)
    change_refused("appealreport_stays_as_shown", shown, "text = 'x'")


def test_late_accounts_are_found(people: SimpleNamespace, now: dt.datetime) -> None:
    row = AppealFactory(fund=people.fund, opened=True)

    assert AppealReport.objects.late_on(dt.date(2026, 6, 1)).count() == 0
    assert AppealReport.objects.late_on(dt.date(2026, 6, 2)).get().appeal == row


def test_the_clock_ends_an_appeal_after_its_last_day(people: SimpleNamespace, now: dt.datetime) -> None:
    row = AppealFactory(fund=people.fund, opened=True)
    last = dt.datetime(2026, 12, 30, 23, 0, tzinfo=now.tzinfo)

    assert operations.end_over(by=system_actor(), now=last) == 0
    assert operations.end_over(by=system_actor(), now=last + dt.timedelta(hours=2)) == 1
    assert operations.end_over(by=system_actor(), now=last + dt.timedelta(hours=2)) == 0
    row.refresh_from_db()
    assert row.status == "ENDED"


def test_an_appeal_ended_early_owes_from_that_day(people: SimpleNamespace, now: dt.datetime) -> None:
    row = AppealFactory(fund=people.fund, opened=True)

    row = operations.end_appeal(by=people.charity_officer, appeal=row, reason="目标已达成", now=now)

    assert row.status == "ENDED"
    assert list(row.reports.order_by("is_final").values_list("covers_to", "due_on", "is_final")) == [
        (dt.date(2026, 3, 4), dt.date(2026, 6, 1), False),
        (dt.date(2026, 3, 4), dt.date(2026, 6, 4), True),
    ]


def test_an_appeal_closes_when_every_account_is_shown(people: SimpleNamespace, now: dt.datetime) -> None:
    row = AppealFactory(fund=people.fund, opened=True)
    row = operations.end_appeal(by=people.charity_officer, appeal=row, reason="目标已达成", now=now)
    later = now + dt.timedelta(days=1)

    with pytest.raises(lifecycle.MoveHindered, match="2"):
        lifecycle.move(row, "account", by=people.charity_officer, now=later)
    for report in row.reports.all():
        operations.show_report(by=people.charity_officer, report=report, text="全部用于扶手", now=later)
    row = lifecycle.move(row, "account", by=people.charity_officer, now=later)

    assert row.status == "ACCOUNTED"


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("appeal_kind_is_known", "kind = 'OTHER'"),
        ("appeal_has_a_goal", "target = 0"),
        ("appeal_runs_forward", "ends_on = starts_on - 1"),
        ("appeal_has_one_right", "kind = 'RESIDENTS'"),
        ("appeal_to_the_public_is_filed", "filing_number = ''"),
        ("appeal_has_a_pool", "pool_id = NULL"),
        ("appeal_two_persons", "drafted_by_id = opened_by_id"),
        ("appeal_moves_by_the_table", "status = 'DRAFT'"),
    ],
)
def test_guards_of_an_appeal(people: SimpleNamespace, constraint: str, change: str) -> None:
    change_refused(constraint, AppealFactory(fund=people.fund, opened=True), change)


def test_an_appeal_among_residents_needs_their_decision_in_the_database_too(people: SimpleNamespace) -> None:
    row = AppealFactory(fund=people.fund, kind="RESIDENTS", filing_number="", platform_url="")

    change_refused("appeal_is_decided", row, "status = 'OPEN'")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("appealreport_is_shown_whole", "published_at = now()"),
        ("appealreport_runs_forward", "due_on = covers_to"),
        ("appealreport_once", "covers_from = '2026-06-01', covers_to = '2026-06-02', due_on = '2026-06-03'"),
    ],
)
def test_guards_of_an_account(people: SimpleNamespace, constraint: str, change: str) -> None:
    row = AppealFactory(fund=people.fund, opened=True).reports.order_by("pk")[0]

    change_refused(constraint, row, change)
