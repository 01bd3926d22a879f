"""A use of a fund's money from the request to the release of what is left, and what is refused on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.notices.operations import answer_objection, close_notice, raise_objection
from funds.ledger.models import Journal
from funds.ledger.operations import close_period, freeze_book, open_account, propose_period_close
from funds.ledger.queries import differences_in
from funds.spending import operations, quoting
from funds.spending.models import FundResolution, Payment, SpendingRequest
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.outbox.models import OutboxEvent
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_spending import DecisionFactory
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
    OrganizationFactory,
)
from tests.funds.spending.conftest import (
    accepted,
    approved,
    checked,
    cleared,
    entered,
    entry,
    pay,
    payable,
    planned,
    quoted,
    resolution,
    resolved,
    stands,
)

pytestmark = pytest.mark.django_db

Balance = Callable[[str], str]


def code_of(work: Callable[[], Any]) -> str:
    """Return the code of the refusal that the work runs into."""
    with pytest.raises(DomainError) as refusal:
        work()
    return refusal.value.code


def test_the_way_of_the_money(people: SimpleNamespace, now: dt.datetime, balance: Balance) -> None:
    row = approved(people, now)
    held = balance(row.hold_code), balance("pool:free")
    first = pay(people, now, payable(people, now, row, "1500.00"))
    second = pay(people, now, payable(people, now, row, "1100.00"))
    row = accepted(people, now, row)
    row = operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row)

    assert held == ("3000.00", "17000.00")
    assert (first.status, second.status, row.status) == ("PAID", "PAID", "COMPLETED")
    assert (balance(row.hold_code), balance("pool:free"), balance("use:environment")) == ("0.00", "17400.00", "2600.00")
    assert list(Journal.objects.filter(book=people.fund.book).order_by("sequence").values_list("kind", flat=True)) == [
        "DONATION",
        "HOLD",
        "PAYMENT",
        "PAYMENT",
        "RELEASE",
    ]
    assert (row.hold_journal.key, row.release_journal.key) == (f"request:{row.pk}:hold", f"request:{row.pk}:release")
    assert first.journal is not None
    assert first.journal.key == f"request:{row.pk}:payment:1"
    assert differences_in(people.fund.book) == []


def test_each_step_has_its_person_its_trace_and_its_event(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)

    assert [row.entered_by, row.submitted_by, row.checked_by, row.resolved_by, row.approved_by] == [
        people.community_staff,
        people.community_staff,
        people.second_staff,
        people.street_officer,
        people.charity_officer,
    ]
    verbs = AuditEntry.objects.filter(object_label="funds.SpendingRequest", object_key=str(row.pk)).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "funds.spending_request.entered",
        "funds.spending_request.submitted",
        "funds.spending_request.checked",
        "funds.spending_request.resolved",
        "funds.spending_request.posted",
        "funds.spending_request.cleared",
        "funds.spending_request.approved",
    ]
    topics = set(OutboxEvent.objects.filter(object_label="funds.SpendingRequest").values_list("topic", flat=True))
    assert {"funds.spending_request.resolved", "funds.spending_request.approved"} <= topics


# --- Entering --------------------------------------------------------------------------------------------------------


def test_numbers_of_a_fund_run_on(people: SimpleNamespace, now: dt.datetime) -> None:
    first, second = entered(people, now), entered(people, now)

    assert (first.number, second.number) == (f"YK2026-{people.fund.pk:04d}-001", f"YK2026-{people.fund.pk:04d}-002")
    assert [(line.number, line.description, str(line.amount)) for line in first.lines.all()] == [
        (1, "不锈钢扶手", "2500.00"),
        (2, "安装", "500.00"),
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": Decimal("0.00")}, "request_amount_missing"),
        ({"amount": Decimal("20000.01")}, "amount_above_decision"),
        ({"lines": [("扶手", Decimal("2999.99"))]}, "lines_do_not_add_up"),
        ({"lines": [("扶手", Decimal("3500.00")), ("退", Decimal("-500.00"))]}, "request_amount_missing"),
        ({"lines": [(" ", Decimal("3000.00"))]}, "budget_lines_missing"),
        ({"lines": []}, "budget_lines_missing"),
        ({"plan": "联系人13800138000"}, "personal_numbers_found"),
        ({"title": "给510302198001010012的补助"}, "personal_numbers_found"),
        ({"lines": [("13800138000", Decimal("3000.00"))]}, "personal_numbers_found"),
    ],
)
def test_an_impossible_request_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: entered(people, now, **more)) == code
    assert not SpendingRequest.objects.exists()


def test_money_is_asked_for_final_decisions_of_the_place(people: SimpleNamespace, now: dt.datetime) -> None:
    drafted = DecisionFactory(division=people.community, drafted=True)
    posted = DecisionFactory(division=people.community, posted=True)
    elsewhere = DecisionFactory(division=people.fund.division.parent)

    assert code_of(lambda: entered(people, now, decision=drafted)) == "decision_not_final"
    assert code_of(lambda: entered(people, now, decision=posted)) == "decision_not_final"
    assert code_of(lambda: entered(people, now, decision=elsewhere)) == "decision_elsewhere"


def test_all_requests_together_stay_within_the_decision(people: SimpleNamespace, now: dt.datetime) -> None:
    first = entered(people, now, amount=Decimal("12000.00"))
    too_much = code_of(lambda: entered(people, now, amount=Decimal("8000.01")))
    operations.withdraw_request(by=people.community_staff, now=now, request=first, reason="另行安排")
    second = entered(people, now, amount=Decimal("20000.00"))

    assert too_much == "amount_above_decision"
    assert second.status == "DRAFT"


def test_what_an_ended_request_has_not_used_may_be_asked_again(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    pay(people, now, payable(people, now, row, "1000.00"))
    row = accepted(people, now, row)
    operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row)

    assert code_of(lambda: entered(people, now, amount=Decimal("19000.01"))) == "amount_above_decision"
    assert entered(people, now, amount=Decimal("19000.00")).status == "DRAFT"


def test_a_pool_belongs_to_the_fund(people: SimpleNamespace, now: dt.datetime) -> None:
    other = CommunityFundFactory(active=True)
    source = people.fund.book.accounts.get(code="source:donor")

    assert code_of(lambda: entered(people, now, pool=other.book.accounts.get(code="pool:free"))) == "pool_unfit"
    assert code_of(lambda: entered(people, now, pool=source)) == "pool_unfit"


@pytest.mark.parametrize("who", ["resident", "stranger", "other_community_staff", "auditor", "supervisor"])
def test_others_enter_nothing(people: SimpleNamespace, now: dt.datetime, who: str) -> None:
    by = getattr(people, who)

    assert code_of(lambda: operations.enter_request(by=by, now=now, **entry(people))) == "not_allowed"
    assert code_of(lambda: operations.submit_request(by=by, now=now, request=entered(people, now))) == "move_forbidden"


def test_a_draft_is_edited_and_a_submitted_one_is_not(people: SimpleNamespace, now: dt.datetime) -> None:
    row = entered(people, now)
    wanted = entry(people, title="扶手和灯", amount=Decimal("4000.00"))
    for name in ("fund", "decision"):
        wanted.pop(name)
    row = operations.edit_request(by=people.community_staff, now=now, request=row, **wanted)
    row = operations.submit_request(by=people.community_staff, now=now, request=row)

    assert (row.title, str(row.amount), row.lines.count()) == ("扶手和灯", "4000.00", 1)
    again = code_of(lambda: operations.edit_request(by=people.community_staff, now=now, request=row, **wanted))
    assert again == "request_not_open"
    assert row.lines.count() == 1


# --- Different people ------------------------------------------------------------------------------------------------


def test_every_step_lies_in_other_hands(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.submit_request(by=people.community_staff, now=now, request=entered(people, now))
    by_submitter = code_of(lambda: operations.check_request(by=people.community_staff, now=now, request=row))
    row = operations.check_request(by=people.street_officer, now=now, request=row)
    by_checker = code_of(lambda: operations.record_resolution(request=row, **resolution(people, now)))
    row = operations.record_resolution(request=row, **resolution(people, now, by=people.street_reviewer))

    assert (by_submitter, by_checker, row.status) == ("same_person", "same_person", "RESOLVED")


def test_who_recorded_the_resolution_does_not_approve(people: SimpleNamespace, now: dt.datetime) -> None:
    before = now - dt.timedelta(days=20)
    row = checked(people, before)
    row = operations.record_resolution(request=row, **resolution(people, before, by=people.street_reviewer))
    row = operations.post_request(by=people.community_staff, now=before, today=before.date(), request=row)
    close_notice(by=people.system, now=now, today=now.date(), notice=row.notice)
    operations.settle_posted_requests(by=people.system, now=now, today=now.date())

    assert code_of(
        lambda: operations.approve_request(by=people.street_reviewer, now=now, today=now.date(), request=row)
    ) == ("same_person")


def test_a_payment_needs_three_more_hands(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    payment = operations.plan_payment(
        by=people.community_staff, now=now, request=row, number=1, amount=Decimal(100), payee="五金店"
    )
    payment = operations.request_payment(by=people.street_reviewer, now=now, payment=payment)
    by_requester = code_of(lambda: operations.approve_payment(by=people.street_reviewer, now=now, payment=payment))
    payment = operations.approve_payment(by=people.second_officer, now=now, payment=payment)

    assert by_requester == "same_person"
    assert code_of(lambda: pay(people, now, payment)) == "same_person"
    assert code_of(lambda: pay(people, now, payment, by=people.charity_officer)) == "same_person"
    assert code_of(lambda: pay(people, now, payment, by=people.street_officer)) == "move_forbidden"
    assert not Journal.objects.filter(kind="PAYMENT").exists()


# --- Resolution ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "quorum", "passed"),
    [
        ("FFF--", "CHECKED", False, False),
        ("FFAA-", "REJECTED", True, False),
        ("FFFA-", "RESOLVED", True, True),
        ("FFOA-", "REJECTED", True, False),
        ("FFRA-", "RESOLVED", True, True),
        ("FARR-", "REJECTED", True, False),
        ("FRRR-", "RESOLVED", True, True),
        ("RRRR-", "REJECTED", True, False),
        ("FFRR-", "RESOLVED", True, True),
        ("-----", "CHECKED", False, False),
    ],
)
def test_an_ordinary_use_is_judged_by_its_rule(
    people: SimpleNamespace, now: dt.datetime, text: str, status: str, quorum: bool, passed: bool
) -> None:
    row = operations.record_resolution(request=checked(people, now), **resolution(people, now, text))

    found = FundResolution.objects.get()
    assert (row.status, found.has_quorum, found.is_passed) == (status, quorum, passed)
    assert (found.entitled, found.votes.count()) == (5, 5)
    assert (found.in_favor, found.against, found.abstained, found.recused) == tuple(map(text.count, "FAOR"))
    assert found.present == 5 - text.count("-")
    assert found.reason
    assert found.rule is not None
    assert found.rule.key == "fund_ordinary"


@pytest.mark.parametrize(("text", "status"), [("FFF-A", "REJECTED"), ("FFFF-", "RESOLVED"), ("FFFRR", "REJECTED")])
def test_a_large_use_needs_two_thirds_of_all(people: SimpleNamespace, now: dt.datetime, text: str, status: str) -> None:
    decision = DecisionFactory(division=people.community, cost_estimate=Decimal("50000.00"))
    row = entered(people, now, decision=decision, amount=Decimal("40000.00"))
    offers = quoted(people, now, row, "39000.00", "39500.00", "40000.00")
    quoting.choose_quote(by=people.community_staff, now=now, request=row, quote=offers[0].pk)
    row = operations.submit_request(by=people.community_staff, now=now, request=row)
    row = operations.check_request(by=people.second_staff, now=now, request=row)
    papers = {"party_consent": "同意", "residents_meeting": "居民代表会议3月2日通过"}

    without = code_of(
        lambda: operations.record_resolution(request=row, **resolution(people, now, text, party_consent="同意"))
    )
    row = operations.record_resolution(request=row, **resolution(people, now, text, **papers))

    assert (without, row.status) == ("residents_meeting_missing", status)


def test_without_a_quorum_the_committee_meets_again(people: SimpleNamespace, now: dt.datetime) -> None:
    row = checked(people, now)
    operations.record_resolution(request=row, **resolution(people, now, "FF---"))
    row = operations.record_resolution(request=row, **resolution(people, now, "FFFF-"))

    attempts = list(FundResolution.objects.order_by("attempt").values_list("attempt", "has_quorum", "is_passed"))
    assert (attempts, row.status) == ([(1, False, False), (2, True, True)], "RESOLVED")


def test_who_asks_does_not_vote(people: SimpleNamespace, now: dt.datetime) -> None:
    member = people.members[1]
    type(member).objects.filter(pk=member.pk).update(user=people.community_staff)
    row = checked(people, now)

    refused = code_of(lambda: operations.record_resolution(request=row, **resolution(people, now, "FFFFF")))
    kept = FundResolution.objects.count()
    row = operations.record_resolution(request=row, **resolution(people, now, "FRFFF"))

    assert (refused, kept, row.status) == ("member_must_withdraw", 0, "RESOLVED")


def test_who_acts_for_the_payee_does_not_vote(people: SimpleNamespace, now: dt.datetime) -> None:
    organization = OrganizationFactory(division=people.community, active=True)
    OrganizationAppointmentFactory(organization=organization, user=people.resident)
    row = checked(people, now, organization=organization)

    for stand in "FAO":
        assert (
            code_of(
                lambda stand=stand: operations.record_resolution(request=row, **resolution(people, now, f"{stand}FFFF"))
            )
            == "member_must_withdraw"
        )
    row = operations.record_resolution(request=row, **resolution(people, now, "RFFFF"))
    assert row.status == "RESOLVED"


def test_a_member_who_must_withdraw_may_also_be_absent_or_name_no_reason(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    organization = OrganizationFactory(division=people.community, active=True, name="邻里中心")
    OrganizationAppointmentFactory(organization=organization, user=people.resident)
    row = checked(people, now, organization=organization)
    votes = {**stands(people.members, "RFFFF"), people.members[0].pk: ("RECUSED", "")}

    row = operations.record_resolution(request=row, **resolution(people, now, stands=votes))

    assert "邻里中心" in FundResolution.objects.get().votes.get(stand="RECUSED").reason


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"supervisor_opinion": " "}, "supervisor_opinion_missing"),
        ({"stands": {0: ("FOR", "")}}, "not_a_member"),
        ({"met_on": dt.date(2026, 3, 5)}, "meeting_day_unfit"),
        ({"met_on": dt.date(2026, 3, 3)}, "meeting_day_unfit"),
        ({"minutes": "13800138000"}, "personal_numbers_found"),
    ],
)
def test_an_impossible_resolution_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    row = checked(people, now)

    assert code_of(lambda: operations.record_resolution(request=row, **resolution(people, now, **more))) == code
    assert not FundResolution.objects.exists()


def test_votes_are_read_strictly(people: SimpleNamespace, now: dt.datetime) -> None:
    row, first = checked(people, now), people.members[0].pk
    watcher = people.fund.committee.memberships.get(seat="SUPERVISOR").pk

    for votes, code in (
        ({first: ("YES", "")}, "stand_unknown"),
        ({first: ("RECUSED", " ")}, "recusal_reason_missing"),
        ({watcher: ("FOR", "")}, "not_a_member"),
    ):
        assert (
            code_of(
                lambda votes=votes: operations.record_resolution(request=row, **resolution(people, now, stands=votes))
            )
            == code
        )


def test_an_incomplete_committee_resolves_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    row = checked(people, now)
    last = people.members.pop()
    type(last).objects.filter(pk=last.pk).update(valid_to=now.date())

    assert (
        code_of(lambda: operations.record_resolution(request=row, **resolution(people, now, "FFFF")))
        == "fund_committee_missing"
    )


def test_the_party_committee_consents_to_middle_sums(people: SimpleNamespace, now: dt.datetime) -> None:
    row = checked(people, now, amount=Decimal("5000.01"))

    assert (
        code_of(lambda: operations.record_resolution(request=row, **resolution(people, now))) == "party_consent_missing"
    )


def test_the_chair_decides_small_sums_three_times_a_month(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [checked(people, now, amount=Decimal("1000.00")) for _number in range(4)]

    for row in rows[:3]:
        operations.record_resolution(request=row, **resolution(people, now, "F----"))
    refused = code_of(lambda: operations.record_resolution(request=rows[3], **resolution(people, now, "F----")))
    last = operations.record_resolution(request=rows[3], **resolution(people, now, "FFFA-"))

    assert (refused, last.status) == ("chair_limit_reached", "RESOLVED")
    assert FundResolution.objects.filter(rule=None, is_passed=True).count() == 3
    assert FundResolution.objects.get(request=last).rule.key == "fund_ordinary"


def test_only_the_chair_decides_alone(people: SimpleNamespace, now: dt.datetime) -> None:
    row = checked(people, now, amount=Decimal("1000.00"))

    row = operations.record_resolution(request=row, **resolution(people, now, "-F---"))

    assert (row.status, FundResolution.objects.get().has_quorum) == ("CHECKED", False)


# --- Publicity -------------------------------------------------------------------------------------------------------


def test_the_notice_says_what_is_paid_and_who_resolved_it(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.post_request(by=people.community_staff, now=now, today=now.date(), request=resolved(people, now))

    assert row.notice is not None
    assert (row.status, row.notice.minimum_days, row.notice.day_kind) == ("POSTED", 3, "WORKING")
    for shown in (row.number, "3,000.00", "不锈钢扶手", people.decision.number, "程序合规"):
        assert shown in row.notice.body


def test_the_smallest_uses_stand_in_the_monthly_list(people: SimpleNamespace, now: dt.datetime) -> None:
    row = resolved(people, now, amount=Decimal("900.00"))
    hindered = code_of(lambda: lifecycle.move(row, "put_up", by=people.community_staff, now=now))

    row = operations.post_request(by=people.community_staff, now=now, today=now.date(), request=row)

    assert hindered == "move_hindered"
    assert (row.status, row.notice, row.posted_at, row.cleared_at) == ("CLEARED", None, now, now)


def test_larger_uses_do_not_skip_their_publicity(people: SimpleNamespace, now: dt.datetime) -> None:
    row = resolved(people, now)

    assert code_of(lambda: lifecycle.move(row, "list_monthly", by=people.community_staff, now=now)) == "move_hindered"


def test_nothing_is_settled_while_the_notice_runs(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.post_request(by=people.community_staff, now=now, today=now.date(), request=resolved(people, now))

    assert operations.settle_posted_requests(by=people.system, now=now, today=now.date()) == []
    row.refresh_from_db()
    assert row.status == "POSTED"


@pytest.mark.parametrize(("outcome", "status"), [("UPHELD", "RETURNED"), ("REJECTED", "CLEARED")])
def test_an_upheld_objection_returns_the_request(
    people: SimpleNamespace, now: dt.datetime, later: dt.datetime, outcome: str, status: str
) -> None:
    row = operations.post_request(by=people.community_staff, now=now, today=now.date(), request=resolved(people, now))
    assert row.notice is not None
    objection = raise_objection(by=people.resident, now=now, notice=row.notice, text="价格太高")
    answer_objection(by=people.second_staff, now=now, objection=objection, outcome=outcome, reply="已核对")
    close_notice(by=people.system, now=later, today=later.date(), notice=row.notice)

    settled = operations.settle_posted_requests(by=people.system, now=later, today=later.date())
    again = operations.settle_posted_requests(by=people.system, now=later, today=later.date())

    row.refresh_from_db()
    assert (settled, again, row.status) == ([row.pk], [], status)


def test_a_returned_request_goes_the_whole_way_again(
    people: SimpleNamespace, now: dt.datetime, later: dt.datetime
) -> None:
    row = operations.send_back_request(by=people.second_staff, now=now, request=checked(people, now), reason="补报价")
    row = operations.submit_request(by=people.second_staff, now=now, request=row)

    assert (row.status, row.checked_by, row.submitted_by) == ("SUBMITTED", None, people.second_staff)
    row = operations.check_request(by=people.street_reviewer, now=now, request=row)
    row = operations.record_resolution(request=row, **resolution(people, now))
    assert row.status == "RESOLVED"


# --- Hold ------------------------------------------------------------------------------------------------------------


def test_a_named_pool_gives_and_takes_back(people: SimpleNamespace, now: dt.datetime, balance: Balance) -> None:
    pool = open_account(
        by=people.system, book=people.fund.book, code="pool:restricted:fushou", kind="POOL", name="扶手", now=now
    )
    row = cleared(people, now, pool=pool)
    poor = code_of(
        lambda: operations.approve_request(by=people.charity_officer, now=now, today=now.date(), request=row)
    )
    kept = balance(row.hold_code)

    assert (poor, kept) == ("insufficient_available", "none")


def test_what_is_not_there_is_not_held(people: SimpleNamespace, now: dt.datetime, balance: Balance) -> None:
    decision = DecisionFactory(division=people.community, cost_estimate=Decimal("30000.00"))
    row = cleared(people, now, decision=decision, amount=Decimal("20000.01"))

    refused = code_of(
        lambda: operations.approve_request(by=people.charity_officer, now=now, today=now.date(), request=row)
    )

    row.refresh_from_db()
    assert (refused, row.status, balance(row.hold_code), balance("pool:free")) == (
        "insufficient_available",
        "CLEARED",
        "none",
        "20000.00",
    )


def test_middle_sums_are_approved_by_the_charity(people: SimpleNamespace, now: dt.datetime) -> None:
    small, middle = cleared(people, now), cleared(people, now, amount=Decimal("6000.00"))

    refused = code_of(
        lambda: operations.approve_request(by=people.street_reviewer, now=now, today=now.date(), request=middle)
    )
    done = operations.approve_request(by=people.street_reviewer, now=now, today=now.date(), request=small)

    assert (refused, done.status) == ("approval_by_charity", "APPROVED")


def test_the_charity_may_decline(people: SimpleNamespace, now: dt.datetime) -> None:
    row = lifecycle.move(cleared(people, now), "decline", by=people.charity_officer, now=now, reason="不属基金用途")

    assert row.status == "RETURNED"


def _on_every_way(people: SimpleNamespace, now: dt.datetime, status: str) -> SimpleNamespace:
    """Bring money onto every way out of the fund, then the fund to a status."""
    waiting, running = cleared(people, now), approved(people, now)
    plan, request, approve = (planned(people, now, running, "100.00") for _number in range(3))
    request = operations.request_payment(by=people.street_officer, now=now, payment=request)
    approve = operations.request_payment(by=people.street_officer, now=now, payment=approve)
    approve = operations.approve_payment(by=people.street_reviewer, now=now, payment=approve)
    type(people.fund).objects.filter(pk=people.fund.pk).update(status=status)
    return SimpleNamespace(waiting=waiting, running=running, plan=plan, request=request, approve=approve)


def test_a_fund_that_is_put_right_lets_nothing_go(people: SimpleNamespace, now: dt.datetime, balance: Balance) -> None:
    ways = _on_every_way(people, now, "RECTIFYING")
    today, running = now.date(), ways.running

    found = {
        code_of(lambda: entered(people, now)),
        code_of(
            lambda: operations.approve_request(by=people.charity_officer, now=now, today=today, request=ways.waiting)
        ),
        code_of(lambda: planned(people, now, running, "100.00")),
        code_of(lambda: operations.request_payment(by=people.street_officer, now=now, payment=ways.plan)),
        code_of(lambda: operations.approve_payment(by=people.street_reviewer, now=now, payment=ways.request)),
        code_of(lambda: pay(people, now, ways.approve)),
    }

    assert found == {"fund_not_spending"}
    assert balance(running.hold_code) == "3000.00"
    for payment in (ways.plan, ways.request, ways.approve):
        operations.cancel_payment(by=people.street_officer, now=now, payment=payment, reason="基金整改")
    operations.stop_request(by=people.charity_officer, now=now, today=today, request=running, reason="基金整改")
    assert (balance(running.hold_code), balance("pool:free")) == ("0.00", "20000.00")


def test_a_fund_that_is_wound_up_settles_its_contracts_and_takes_no_new_ones(
    people: SimpleNamespace, now: dt.datetime, balance: Balance
) -> None:
    ways = _on_every_way(people, now, "CLOSING")
    today, running = now.date(), ways.running

    found = {
        code_of(lambda: entered(people, now)),
        code_of(
            lambda: operations.approve_request(by=people.charity_officer, now=now, today=today, request=ways.waiting)
        ),
    }
    assert found == {"fund_not_spending"}
    planned(people, now, running, "100.00")
    operations.request_payment(by=people.street_officer, now=now, payment=ways.plan)
    operations.approve_payment(by=people.street_reviewer, now=now, payment=ways.request)
    pay(people, now, ways.approve)

    assert (balance(running.hold_code), balance("pool:free")) == ("2900.00", "17000.00")


# --- Payments --------------------------------------------------------------------------------------------------------


def test_payments_stay_within_the_hold(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    first = planned(people, now, row, "2000.00")

    assert code_of(lambda: planned(people, now, row, "1000.01")) == "payment_above_hold"
    operations.cancel_payment(by=people.street_officer, now=now, payment=first, reason="改期")
    assert planned(people, now, row, "3000.00", number=1).number == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": "0.00"}, "request_amount_missing"),
        ({"payee": " "}, "payee_missing"),
        ({"payee": "张三13800138000"}, "personal_numbers_found"),
        ({"note": "卡号6222021234567890128"}, "personal_numbers_found"),
        ({"number": 1}, "instalment_taken"),
    ],
)
def test_an_impossible_payment_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    row = approved(people, now)
    planned(people, now, row, "100.00")
    figures = {"amount": "100.00", **more}

    assert code_of(lambda: planned(people, now, row, **figures)) == code
    assert Payment.objects.count() == 1


def test_nothing_is_planned_before_money_is_held(people: SimpleNamespace, now: dt.datetime) -> None:
    assert code_of(lambda: planned(people, now, cleared(people, now), "1.00")) == "request_not_approved"


def test_who_gets_relief_is_not_published(people: SimpleNamespace, now: dt.datetime) -> None:
    relief, other = approved(people, now, purpose="RELIEF"), approved(people, now)

    assert planned(people, now, relief, "100.00", payee="张三").is_payee_public is False
    assert planned(people, now, other, "100.00").is_payee_public is True


@pytest.mark.parametrize("hindrance", ["listed", "failed", "revoked", "unchecked"])
def test_a_body_in_bad_standing_is_not_paid(
    people: SimpleNamespace, now: dt.datetime, balance: Balance, hindrance: str
) -> None:
    row = approved(people, now)
    organization = OrganizationFactory(division=people.community, active=hindrance != "unchecked")
    if hindrance == "unchecked":
        assert code_of(lambda: planned(people, now, row, "1.00", organization=organization)) == "organization_hindered"
        return
    waiting = planned(people, now, row, "100.00", organization=organization)
    waiting = operations.request_payment(by=people.street_officer, now=now, payment=waiting)
    ready = payable(people, now, row, "100.00", organization=organization)
    if hindrance == "listed":
        CreditListingFactory(organization=organization)
    elif hindrance == "failed":
        AnnualInspectionFactory(organization=organization, conclusion="FAILED")
    elif hindrance == "revoked":
        type(organization).objects.filter(pk=organization.pk).update(status="REVOKED")

    refused = code_of(lambda: operations.approve_payment(by=people.street_reviewer, now=now, payment=waiting))
    assert refused == "organization_hindered"
    assert code_of(lambda: pay(people, now, ready)) == "organization_hindered"
    assert balance(row.hold_code) == "3000.00"


def test_a_request_for_a_body_in_bad_standing_is_not_approved(people: SimpleNamespace, now: dt.datetime) -> None:
    organization = OrganizationFactory(division=people.community, active=True)
    row = cleared(people, now, organization=organization)
    CreditListingFactory(organization=organization)

    assert (
        code_of(lambda: operations.approve_request(by=people.charity_officer, now=now, today=now.date(), request=row))
        == "organization_hindered"
    )


def test_a_payee_whose_manager_voted_is_not_paid(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    tied = OrganizationFactory(division=people.community, active=True)
    OrganizationAppointmentFactory(organization=tied, user=people.resident)

    assert code_of(lambda: planned(people, now, row, "100.00", organization=tied)) == "tied_member_voted"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"bank_reference": " "}, "bank_reference_missing"),
        ({"paid_on": dt.date(2026, 3, 5)}, "paid_day_unfit"),
        ({"paid_on": dt.date(2026, 3, 3)}, "paid_day_unfit"),
    ],
)
def test_an_impossible_payout_is_refused(
    people: SimpleNamespace, now: dt.datetime, balance: Balance, more: dict[str, Any], code: str
) -> None:
    row = approved(people, now)
    payment = payable(people, now, row, "100.00")

    assert code_of(lambda: pay(people, now, payment, **more)) == code
    assert balance(row.hold_code) == "3000.00"


def test_a_bank_slip_proves_one_payment(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    first, second = payable(people, now, row, "100.00"), payable(people, now, row, "100.00")
    pay(people, now, first, bank_reference="CSH1")

    assert code_of(lambda: pay(people, now, second, bank_reference="CSH1")) == "bank_reference_taken"


def test_a_payment_of_a_closed_month_is_posted_on_the_day_it_is_entered(
    people: SimpleNamespace, now: dt.datetime, balance: Balance
) -> None:
    then = now - dt.timedelta(days=10)
    row = approved(people, then)
    payment = payable(people, then, row, "100.00")
    period = propose_period_close(by=people.street_officer, book=people.fund.book, year=2026, month=2, now=now)
    close_period(by=people.street_reviewer, period=period, now=now)

    paid = pay(people, now, payment, paid_on=then.date())

    assert (paid.status, paid.paid_on, paid.journal.posted_on) == ("PAID", then.date(), now.date())
    assert balance(row.hold_code) == "2900.00"


def test_a_frozen_book_takes_no_hold(people: SimpleNamespace, now: dt.datetime) -> None:
    row = cleared(people, now)
    freeze_book(by=people.district_admin, book=people.fund.book, reason="核对", now=now)

    assert (
        code_of(lambda: operations.approve_request(by=people.charity_officer, now=now, today=now.date(), request=row))
        == "book_not_open"
    )
    row.refresh_from_db()
    assert (row.status, row.hold_journal) == ("CLEARED", None)


def test_a_request_ends_when_its_payments_have(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    payable(people, now, row, "100.00")

    assert (
        code_of(lambda: operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row))
        == "payments_under_way"
    )


def test_nothing_left_is_not_released(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    pay(people, now, payable(people, now, row, "3000.00"))
    row = accepted(people, now, row)

    row = operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row)

    assert (row.status, row.release_journal) == ("COMPLETED", None)
    assert (
        code_of(lambda: operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row))
        == "move_closed"
    )


def test_what_is_paid_is_not_cancelled(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = pay(people, now, payable(people, now, approved(people, now), "100.00"))

    assert (
        code_of(lambda: operations.cancel_payment(by=people.street_officer, now=now, payment=payment, reason="错"))
        == "move_closed"
    )
