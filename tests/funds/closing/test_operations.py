"""The closing of a fund: each step, what refuses it, and that the money moves to the exact fen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from communities.notices.operations import answer_objection, raise_objection
from funds.charity import operations as charity
from funds.charity.models import CommunityFund
from funds.closing import operations, queries
from funds.closing.models import FundClosure
from funds.intake.models import DonationIntake
from funds.ledger.models import Account, Book, Journal
from funds.ledger.operations import IntakeSuspended, Line, open_account, post_journal, suspend_book
from funds.ledger.queries import balance_of, differences_in
from funds.oversight.models import FundProposal
from funds.oversight.operations import confirm_proposal
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.planner import pending_cells, plan_cell
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import SpendingRequest
from funds.support.operations import plan_appropriation
from governance import lifecycle
from governance.errors import DomainError, NotAllowed
from governance.portal.demonstration.days import pass_days
from tests.factories.funds_appeals import AppealFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory
from tests.factories.funds_donations import DonationFactory, MatchingPromiseFactory
from tests.factories.funds_enterprises import EnterpriseFactory, walk_to
from tests.factories.funds_reinvestment import declare, make_policy
from tests.factories.funds_spending import PaymentFactory, SpendingRequestFactory
from tests.funds.closing.conftest import (
    DAYS,
    audited,
    begun,
    cleared,
    posted,
    proposed,
    settled,
    told,
    transferred,
)
from tests.walls import change_refused, refused, violated

pytestmark = pytest.mark.django_db


def balance(fund: CommunityFund, code: str) -> Decimal:
    return balance_of(Account.objects.get(book=fund.book, code=code))


@pytest.fixture
def later(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(days=DAYS)


# --- The whole way


def test_a_fund_is_closed_step_by_step(people: SimpleNamespace, later: dt.datetime) -> None:
    row = transferred(people, later)
    row = operations.give_final_report(
        by=people.charity_officer, closure=row, report="结余已转出，账册归档。", now=later
    )
    fund = charity.close_fund(by=people.street_reviewer, fund=people.fund, reason="终止完毕", now=later)

    book = Book.objects.get(pk=fund.book_id)
    assert (row.status, fund.status, book.status) == ("REPORTED", "CLOSED", "CLOSED")
    assert (row.amount, row.destination) == (Decimal("1000.03"), people.neighbour.name)


def test_the_balance_moves_to_the_fen_in_both_books(people: SimpleNamespace, later: dt.datetime) -> None:
    row = transferred(people, later)

    out, into = row.out_journal, row.in_journal
    assert out is not None
    assert into is not None
    assert (out.key, into.key) == (f"closing:{row.pk}:out", f"closing:{row.pk}:in")
    assert (out.total, into.total, out.posted_on) == (Decimal("1000.03"), Decimal("1000.03"), into.posted_on)
    assert queries.pools_of(people.fund) == []
    assert balance(people.neighbour, "pool:free") == Decimal("900.01")
    assert balance(people.neighbour, "pool:restricted:助老") == Decimal("100.02")
    assert balance(people.fund, "use:closing") == Decimal("1000.03")
    assert balance(people.neighbour, "source:closing") == Decimal("-1000.03")
    for fund in (people.fund, people.neighbour):
        assert differences_in(fund.book) == []


def test_a_project_of_the_charity_may_receive_it(people: SimpleNamespace, later: dt.datetime) -> None:
    row = transferred(people, later, use="AGREEMENT", recipient=None, project="自流井区助老项目")

    assert (row.in_journal, row.destination) == (None, "自流井区助老项目")
    assert queries.balance_left(people.fund) == Decimal(0)


def test_an_empty_fund_is_closed_without_vouchers(people: SimpleNamespace, later: dt.datetime) -> None:
    people.fund = CommunityFundFactory(charity=people.fund.charity, division=people.community, active=True)

    row = transferred(people, later)

    assert (row.amount, row.out_journal, row.in_journal) == (Decimal(0), None, None)
    assert Journal.objects.count() == 1


# --- Intake stops first


def test_intake_stops_whatever_path_the_money_takes(people: SimpleNamespace, now: dt.datetime) -> None:
    begun(people, now)

    people.fund.refresh_from_db()
    assert people.fund.status == "CLOSING"
    accounts = {account.code: account for account in Account.objects.filter(book=people.fund.book)}
    for source in ("source:donor", "source:enterprise", "source:government", "source:interest"):
        with pytest.raises(IntakeSuspended):
            post_journal(
                by=people.system,
                book=people.fund.book,
                kind="DONATION",
                key=source,
                posted_on=now.date(),
                memo="捐赠",
                lines=[Line(accounts[source], accounts["pool:free"], Decimal(1))],
                now=now,
            )
    assert people.fund not in CommunityFund.objects.taking_donations()


def test_begin_closing_refuses(people: SimpleNamespace, now: dt.datetime) -> None:
    for by in (people.community_staff, people.street_reviewer, people.auditor, people.fund_supervisor):
        with pytest.raises(lifecycle.MoveForbidden):
            operations.begin_closing(by=by, fund=people.fund, ground="AGREEMENT", reason="期满", **told(now))
    with pytest.raises(operations.WordsMissing):
        begun(people, now, reason=" ")
    with pytest.raises(operations.IdlenessNotConfirmed):
        begun(people, now, ground="IDLE")
    agreed = CommunityFundFactory(charity=people.fund.charity, division=people.community, agreed=True)
    with pytest.raises(lifecycle.MoveClosed):
        operations.begin_closing(by=people.charity_officer, fund=agreed, ground="AGREEMENT", reason="期满", **told(now))
    assert not FundClosure.objects.exists()

    begun(people, now)
    with pytest.raises(operations.ClosingAlreadyBegun):
        begun(people, now)


def test_an_idle_fund_is_closed_after_its_notice(people: SimpleNamespace, now: dt.datetime) -> None:
    proposal = FundProposal.objects.create(
        fund=people.fund, kind="CLOSE", ground="IDLE", since=dt.date(2025, 1, 1), proposed_at=now
    )
    confirm_proposal(by=people.charity_officer, proposal=proposal, now=now)

    with pytest.raises(operations.IdlenessNotConfirmed):
        begun(people, now + dt.timedelta(days=29), ground="IDLE")
    row = begun(people, now + dt.timedelta(days=30), ground="IDLE")

    assert row.ground == "IDLE"


# --- What hinders


def _a_request(people: SimpleNamespace) -> str:
    return SpendingRequestFactory(fund=people.fund, submitted=True).get_absolute_url()


def _a_payment(people: SimpleNamespace) -> str:
    request = SpendingRequestFactory(fund=people.fund)
    SpendingRequest.objects.filter(pk=request.pk).update(status=RequestStatus.WITHDRAWN)
    return PaymentFactory(request=request).request.get_absolute_url()


def _a_pledge(people: SimpleNamespace) -> str:
    return DonationFactory(fund=people.fund).get_absolute_url()


def _a_file(people: SimpleNamespace) -> str:
    row = DonationIntake.objects.create(
        fund=people.fund,
        charity=people.fund.charity,
        name="捐赠.csv",
        path="imports/donations/none.csv",
        size=1,
        sha256="0" * 64,
        uploaded_by=people.community_staff,
        uploaded_at=people.fund.applied_at,
    )
    return row.get_absolute_url()


def _an_appeal(people: SimpleNamespace) -> str:
    return AppealFactory(fund=people.fund).get_absolute_url()


def _a_promise(people: SimpleNamespace) -> str:
    return reverse("admin:funds_matchingpromise_change", args=[MatchingPromiseFactory(fund=people.fund).pk])


def _an_order(people: SimpleNamespace) -> str:
    walk_to(people.enterprise, ["REGISTERED", "OPERATING"])
    make_policy(enterprise=people.enterprise, destinations=[(people.fund, "1")], valid_to=dt.date(2026, 1, 1))
    declare(people.enterprise, net_profit=Decimal(1000))
    for cell, _count in pending_cells():
        plan_cell(by=people.system, cell=cell, now=people.fund.applied_at)
    return ReinvestmentOrder.objects.get().get_absolute_url()


def _a_policy(people: SimpleNamespace) -> str:
    row = make_policy(enterprise=people.enterprise, destinations=[(people.fund, "1")])
    return reverse("admin:funds_distributionpolicy_change", args=[row.pk])


def _a_hold(people: SimpleNamespace) -> str:
    hold = open_account(
        by=people.system,
        book=people.fund.book,
        code="hold:request:1",
        kind="HOLD",
        name="预留",
        now=people.fund.applied_at,
    )
    free = Account.objects.get(book=people.fund.book, code="pool:free")
    post_journal(
        by=people.system,
        book=people.fund.book,
        kind="HOLD",
        key="hold",
        posted_on=people.fund.applied_at.date(),
        memo="预留",
        lines=[Line(free, hold, Decimal("0.01"))],
        now=people.fund.applied_at,
    )
    return f"{reverse('funds:request-list')}?fund={people.fund.pk}"


def _public_money(people: SimpleNamespace) -> str:
    row = plan_appropriation(
        by=people.street_officer,
        fund=people.fund,
        source="FISCAL",
        fiscal_year=2026,
        document_number="1",
        amount=Decimal(1),
        now=people.fund.applied_at,
    )
    return reverse("admin:funds_appropriation_change", args=[row.pk])


def _a_suspension(people: SimpleNamespace) -> str:
    row = suspend_book(
        by=people.street_reviewer, book=people.fund.book, flow="OUTGO", reason="核查", now=people.fund.applied_at
    )
    return reverse("admin:funds_suspension_change", args=[row.pk])


HINDRANCES = [
    *(_a_request, _a_payment, _a_pledge, _a_file, _an_appeal, _a_promise, _an_order, _a_policy, _a_hold),
    *(_public_money, _a_suspension),
]


@pytest.mark.parametrize("hinder", HINDRANCES)
def test_what_hinders_is_listed_with_a_link(
    people: SimpleNamespace, now: dt.datetime, hinder: Callable[[SimpleNamespace], str]
) -> None:
    url = hinder(people)
    row = begun(people, now)

    (found,) = queries.hindrances_of(row.fund, now.date())
    assert (found.count, [item.url for item in found.items]) == (1, [url])
    with pytest.raises(operations.ClosingHindered, match="1"):
        operations.give_audit_opinion(
            by=people.auditor, closure=row, auditor="会计师事务所", opinion="相符", **told(now)
        )
    row.refresh_from_db()
    assert row.status == "BEGUN"


def test_nothing_hinders_an_idle_fund(people: SimpleNamespace, now: dt.datetime) -> None:
    assert queries.hindrances_of(people.fund, now.date()) == []


# --- Each step waits for the one before


STEPS: dict[str, Callable[[SimpleNamespace, FundClosure, dt.datetime], object]] = {
    "audit": lambda people, row, now: operations.give_audit_opinion(
        by=people.auditor, closure=row, auditor="甲", opinion="相符", **told(now)
    ),
    "propose": lambda people, row, now: operations.propose_balance_use(
        by=people.charity_officer,
        closure=row,
        use="SAME_PURPOSE",
        recipient=people.neighbour,
        use_reason="相近",
        now=now,
    ),
    "put_up": lambda people, row, now: operations.post_closing(by=people.community_staff, closure=row, **told(now)),
    "transfer": lambda people, row, now: operations.transfer_balance(
        by=people.second_officer, closure=row, **told(now)
    ),
    "report": lambda people, row, now: operations.give_final_report(
        by=people.charity_officer, closure=row, report="完", now=now
    ),
    "close": lambda people, row, now: charity.close_fund(
        by=people.street_reviewer, fund=row.fund, reason="完", now=now
    ),
}
OPEN_AFTER: dict[Callable[..., FundClosure], str] = {
    begun: "audit",
    audited: "propose",
    proposed: "put_up",
    posted: "",
    cleared: "transfer",
    transferred: "report",
}


@pytest.mark.parametrize("walk", OPEN_AFTER)
def test_only_the_next_step_is_open(
    people: SimpleNamespace, later: dt.datetime, walk: Callable[..., FundClosure]
) -> None:
    row = walk(people, later)
    status = row.status

    for name, step in STEPS.items():
        if name != OPEN_AFTER[walk]:
            with pytest.raises((lifecycle.MoveClosed, lifecycle.MoveHindered)):
                step(people, row, later)
    row.refresh_from_db()
    assert row.status == status
    if OPEN_AFTER[walk]:
        STEPS[OPEN_AFTER[walk]](people, row, later)


def test_the_hands_differ(people: SimpleNamespace, later: dt.datetime) -> None:
    with pytest.raises(lifecycle.MoveForbidden):
        operations.give_audit_opinion(
            by=people.charity_officer, closure=begun(people, later), auditor="甲", opinion="相符", **told(later)
        )
    row = FundClosure.objects.get()
    row = operations.give_audit_opinion(
        by=people.fund_supervisor, closure=row, auditor="甲", opinion="相符", **told(later)
    )
    for by in (people.street_reviewer, people.auditor, people.community_staff):
        with pytest.raises(NotAllowed):
            operations.propose_balance_use(
                by=by, closure=row, use="AGREEMENT", project="助老项目", use_reason="第8条", now=later
            )


def test_the_proposer_does_not_transfer(people: SimpleNamespace, later: dt.datetime) -> None:
    row = cleared(people, later)

    with pytest.raises(lifecycle.SamePerson):
        operations.transfer_balance(by=people.charity_officer, closure=row, **told(later))

    assert Journal.objects.count() == 1


# --- Where the balance may go


def test_the_balance_stays_in_charity(people: SimpleNamespace, now: dt.datetime) -> None:
    EnterpriseFactory(division=people.community, name="三八路社区服务二公司")
    DonationFactory(fund=people.fund, published=True, donor_kind="UNIT", donor_name="某某 商贸有限公司")
    row = audited(people, now)
    other = CommunityFundFactory(charity=HostCharityFactory(), active=True)

    def propose(**more: Any) -> FundClosure:
        values = {"use": "AGREEMENT", "use_reason": "协议第8条", **more}
        return operations.propose_balance_use(by=people.charity_officer, closure=row, now=now, **values)

    for more in (
        {"recipient": other},
        {"recipient": people.fund},
        {"project": people.community.name},
        {"project": "三八路社区居委会"},
        {"project": "三八路社区服务二公司"},
        {"project": "某某商贸有限公司"},
        {},
        {"recipient": people.neighbour, "project": "助老项目"},
        {"use": "TREASURY"},
        {"use": "GIFT", "project": "助老项目"},
    ):
        with pytest.raises(operations.BalanceUseUnfit):
            propose(**more)
    with pytest.raises(operations.RecipientNotOpen):
        propose(recipient=CommunityFundFactory(charity=people.fund.charity, closing=True))
    with pytest.raises(operations.WordsMissing):
        propose(project="助老项目", use_reason=" ")
    row.refresh_from_db()
    assert (row.status, row.use) == ("AUDITED", "")


def test_a_budget_fund_returns_its_balance(people: SimpleNamespace, house: Any, later: dt.datetime) -> None:
    people.fund = CommunityFundFactory(category="BUDGET", charity=None, division=house.places["community"], active=True)
    people.charity_officer, people.second_officer = people.district_admin, people.district_officer

    row = transferred(people, later, use="TREASURY", recipient=None)

    assert row.status == "TRANSFERRED"


# --- Publicity


def test_the_demonstrations_days_lead_it_on(people: SimpleNamespace, now: dt.datetime, settings: Any) -> None:
    """A person who lets the days of the publicity pass goes on in the same minute."""
    settings.DEMONSTRATION = True
    row = posted(people, now)

    pass_days(by=people.system, now=now, days=DAYS)

    row.refresh_from_db()
    assert row.status == "CLEARED"


def test_an_upheld_objection_leads_back(people: SimpleNamespace, now: dt.datetime, later: dt.datetime) -> None:
    row = posted(people, now)
    assert row.notice is not None
    objection = raise_objection(by=people.resident, now=now, notice=row.notice, text="应优先本社区项目。")
    answer_objection(by=people.street_officer, now=now, objection=objection, outcome="UPHELD", reply="采纳。")

    row = settled(people, row, later)

    assert (row.status, row.notice) == ("AUDITED", None)
    again = operations.propose_balance_use(
        by=people.charity_officer, closure=row, use="AGREEMENT", project="助老项目", use_reason="第8条", now=later
    )
    assert (again.status, again.recipient) == ("PROPOSED", None)


def test_the_notice_runs_for_the_days_of_the_rules(people: SimpleNamespace, now: dt.datetime) -> None:
    row = posted(people, now)

    notice = row.notice
    assert notice is not None
    assert (notice.minimum_days, notice.ends_on) == (7, dt.date(2026, 3, 11))
    for text in ("1,000.03", people.neighbour.name, "账实相符"):
        assert text in notice.body
    with pytest.raises(DomainError):
        settled(people, row, now + dt.timedelta(days=7))
    row.refresh_from_db()
    assert row.status == "POSTED"


# --- Walls


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("fundclosure_kinds_are_known", "ground = 'WHIM'"),
        ("fundclosure_audited_first", "status = 'AUDITED'"),
        ("fundclosure_moves_by_the_table", "status = 'TRANSFERRED'"),
        ("fundclosure_audited_by_another", "audited_by_id = begun_by_id"),
    ],
)
def test_guards_of_a_closing(people: SimpleNamespace, now: dt.datetime, guard: str, change: str) -> None:
    change_refused(guard, begun(people, now), change)


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("fundclosure_balance_has_one_use", "project = 'x'"),
        ("fundclosure_balance_has_one_use", "recipient_id = NULL"),
        ("fundclosure_posted_has_a_notice", "status = 'POSTED'"),
        ("fundclosure_proposed_by_another", "proposed_by_id = audited_by_id"),
        ("fundclosure_transferred_by_a_third", "transferred_by_id = proposed_by_id"),
        ("fundclosure_transferred_by_a_third", "transferred_by_id = audited_by_id"),
        ("fundclosure_recipient_of_the_same_charity", "recipient_id = fund_id"),
    ],
)
def test_guards_of_a_proposed_closing(people: SimpleNamespace, now: dt.datetime, guard: str, change: str) -> None:
    change_refused(guard, proposed(people, now), change)


def test_guards_of_a_cleared_closing(people: SimpleNamespace, later: dt.datetime) -> None:
    row = cleared(people, later)

    change_refused("fundclosure_transferred_is_posted", row, "status = 'TRANSFERRED'")
    assert "Cannot update" in violated("UPDATE funds_fundclosure SET use_reason = 'x' WHERE id = %s", row.pk)
    refused(
        "fundclosure_reported_in_words",
        "WITH moved AS (SELECT 1) UPDATE funds_fundclosure SET status = 'REPORTED' WHERE id = %s",
        transferred_row(people, row, later).pk,
    )


def transferred_row(people: SimpleNamespace, row: FundClosure, now: dt.datetime) -> FundClosure:
    return operations.transfer_balance(by=people.second_officer, closure=row, **told(now))
