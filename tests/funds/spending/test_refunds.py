"""What payees give back, what is compared before money is asked for, and what is looked at before a request ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from funds.ledger.models import Journal
from funds.ledger.queries import differences_in
from funds.spending import operations, quoting, refunding
from funds.spending.models import Payment, SpendingRequest
from funds.spending.papers.models import Refund
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.factories.communities import AttachmentFactory
from tests.factories.funds_ledger import shut_month
from tests.factories.funds_spending import DecisionFactory
from tests.funds.spending.conftest import accepted, approved, entered, pay, payable, planned, quoted
from tests.funds.spending.test_operations import code_of
from tests.funds.spending.test_surfaces import DESK, PAYMENTS, REQUESTS, page_client
from tests.funds.spending.test_uses import restricted
from tests.people import desk_client, session_client
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

Balance = Callable[[str], str]


def paid(people: SimpleNamespace, now: dt.datetime, amount: str = "1000.00", **more: Any) -> Payment:
    return pay(people, now, payable(people, now, approved(people, now, **more), amount))


def recorded(people: SimpleNamespace, now: dt.datetime, payment: Payment, amount: str, **more: Any) -> Refund:
    """Record that a payee gives money back today."""
    today = timezone.localdate(now)
    told = {"received_on": today, "bank_reference": f"TK{Refund.objects.count()}", "reason": "材料退货", **more}
    told = {"by": people.street_officer, **told}
    return refunding.record_refund(now=now, today=today, payment=payment, amount=Decimal(amount), **told)


def test_what_moved_in_a_closed_month_is_posted_today(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = payable(people, now, approved(people, now), "1000.00")
    moved, later = timezone.localdate(now) + dt.timedelta(days=2), now + dt.timedelta(days=40)
    shut_month(people.fund.book, moved)

    payment = pay(people, later, payment, paid_on=moved)
    refund = recorded(people, later, payment, "10.00", received_on=moved)
    refund = refunding.post_refund(by=people.charity_officer, now=later, refund=refund)

    assert payment.journal is not None
    assert refund.journal is not None
    assert (payment.paid_on, payment.journal.posted_on) == (moved, timezone.localdate(later))
    assert (refund.received_on, refund.journal.posted_on) == (moved, timezone.localdate(later))
    assert differences_in(people.fund.book) == []


def test_a_part_comes_back_into_its_pool(people: SimpleNamespace, now: dt.datetime, balance: Balance) -> None:
    pool = restricted(people)
    payment = paid(people, now, pool=pool, purpose="CARE")
    before = balance(pool.code), balance("use:care"), balance("pool:free")
    refund = recorded(people, now, payment, "250.50")
    waiting = balance(pool.code)
    refund = refunding.post_refund(by=people.charity_officer, now=now, refund=refund)
    refunding.post_refund(by=people.charity_officer, now=now, refund=recorded(people, now, payment, "749.50"))

    assert before == ("2000.00", "1000.00", "20000.00")
    assert waiting == "2000.00"
    assert (refund.status, refund.journal and refund.journal.kind) == ("POSTED", "REFUND")
    assert (balance(pool.code), balance("use:care"), balance("pool:free")) == ("3000.00", "0.00", "20000.00")
    assert code_of(lambda: recorded(people, now, payment, "0.01")) == "refund_above_payment"
    assert differences_in(people.fund.book) == []


@pytest.mark.parametrize(
    ("amount", "more", "code"),
    [
        ("1000.01", {}, "refund_above_payment"),
        ("0.00", {}, "request_amount_missing"),
        ("1.00", {"bank_reference": " "}, "bank_reference_missing"),
        ("1.00", {"reason": ""}, "refund_reason_missing"),
        ("1.00", {"reason": "联系13800138000"}, "personal_numbers_found"),
        ("1.00", {"received_on": dt.date(2026, 1, 1)}, "refund_day_unfit"),
        ("1.00", {"received_on": dt.date(2030, 1, 1)}, "refund_day_unfit"),
        ("1.00", {"by": "stranger"}, "not_allowed"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(
    people: SimpleNamespace, now: dt.datetime, amount: str, more: dict[str, Any], code: str
) -> None:
    payment = paid(people, now)
    if "by" in more:
        more = {"by": getattr(people, more["by"])}

    assert code_of(lambda: recorded(people, now, payment, amount, **more)) == code
    assert not Refund.objects.exists()


def test_a_refund_has_two_people_and_one_slip(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = paid(people, now)
    row = recorded(people, now, payment, "100.00", by=people.charity_officer)

    assert code_of(lambda: recorded(people, now, payment, "1.00", bank_reference="TK0")) == "refund_slip_taken"
    by_same = code_of(lambda: refunding.post_refund(by=people.charity_officer, now=now, refund=row))
    by_street = code_of(lambda: refunding.post_refund(by=people.street_officer, now=now, refund=row))
    posted = refunding.post_refund(by=people.second_officer, now=now, refund=row)

    assert (by_same, by_street, posted.status) == ("same_person", "move_forbidden", "POSTED")
    again = code_of(lambda: refunding.post_refund(by=people.second_officer, now=now, refund=row))
    assert again == "move_closed"
    assert Journal.objects.filter(kind="REFUND").count() == 1


def test_what_was_not_paid_does_not_come_back(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = planned(people, now, approved(people, now), "100.00")

    assert code_of(lambda: recorded(people, now, payment, "1.00")) == "payment_not_paid"


def test_what_came_back_may_be_asked_for_again(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = paid(people, now)
    row = accepted(people, now, payment.request)
    operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row)
    wanted = {"amount": Decimal("19400.00")}
    before = code_of(lambda: entered(people, now, **wanted))
    refunding.post_refund(by=people.charity_officer, now=now, refund=recorded(people, now, payment, "400.00"))

    assert before == "amount_above_decision"
    assert entered(people, now, **wanted).status == "DRAFT"


def test_a_cancelled_refund_leaves_room(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = paid(people, now)
    row = recorded(people, now, payment, "1000.00")
    refunding.cancel_refund(by=people.street_officer, now=now, refund=row, reason="记错")

    assert recorded(people, now, payment, "1000.00").status == "RECORDED"


def test_walls_of_refunds(people: SimpleNamespace, now: dt.datetime) -> None:
    payment = paid(people, now)
    row = recorded(people, now, payment, "400.00")
    columns = "payment_id, amount, received_on, bank_reference, reason, status, recorded_at, recorded_by_id"
    insert = f"INSERT INTO funds_refund ({columns}) VALUES (%s, %s, now(), %s, '退', 'RECORDED', now(), %s)"
    by = people.street_officer.pk

    refused("refund_within_the_payment", insert, payment.pk, "600.01", "X1", by)
    refused("refund_one_a_slip", insert, payment.pk, "1.00", row.bank_reference, by)
    refused("refund_amount_is_positive", insert, payment.pk, "0", "X2", by)
    change_refused("refund_into_its_pool", row, f"status = 'POSTED', journal_id = {payment.journal_id}")
    change_refused("refund_moves_by_the_table", refunded(people, now, row), "status = 'CANCELLED'")
    change_refused("pgtrigger: Cannot update rows from funds_refund table", row, "amount = 1")
    change_refused("refund_posted_by_another", row, "posted_by_id = recorded_by_id")


def refunded(people: SimpleNamespace, now: dt.datetime, row: Refund) -> Refund:
    return refunding.post_refund(by=people.charity_officer, now=now, refund=row)


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_refund_is_recorded_everywhere(people: SimpleNamespace, surface: str, english: None) -> None:
    payment = paid(people, clock.now())
    by, officer = people.street_officer, people.charity_officer
    form = {
        "payment": payment.pk,
        "amount": "1000.01",
        "received_on": str(clock.today()),
        "bank_reference": "TK1",
        "reason": "材料退货",
    }
    before = AuditEntry.objects.count()
    if surface == "page":
        path = f"/requests/{payment.request_id}/acts/refund/"
        said = page_client(by).post(path, form).content.decode()
        unchanged = AuditEntry.objects.count() - before
        page_client(by).post(path, {**form, "amount": "250"})
        row = Refund.objects.get()
        page_client(officer).post(f"/refunds/{row.pk}/move/", {"move": "confirm"})
    elif surface == "desk":
        path = f"{DESK}{payment.request_id}/deeds/refund/"
        desk = desk_client(by)
        said = desk.post(path, {**form, "sent": "1"}).content.decode()
        unchanged = AuditEntry.objects.count() - before
        desk.post(path, {**form, "amount": "250", "sent": "1"})
        row = Refund.objects.get()
        desk_client(officer).post(f"/desk/funds/refund/{row.pk}/moves/confirm/")
    else:
        answer = session_client(by).post("/api/v1/refunds", form, format="json")
        said, unchanged = answer.json()["detail"], AuditEntry.objects.count() - before
        assert (answer.status_code, answer.json()["code"]) == (409, "refund_above_payment")
        session_client(by).post("/api/v1/refunds", {**form, "amount": "250"}, format="json")
        row = Refund.objects.get()
        session_client(officer).post(f"/api/v1/refunds/{row.pk}/confirm", {}, format="json")

    row.refresh_from_db()
    assert "1,000.00" in said
    assert (unchanged, row.status, str(row.amount)) == (0, "POSTED", "250.00")


# --- Quotes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def large(people: SimpleNamespace, now: dt.datetime) -> SpendingRequest:
    decision = DecisionFactory(division=people.community, cost_estimate=Decimal("50000.00"))
    return entered(people, now, decision=decision, amount=Decimal("30000.01"))


def test_large_uses_compare_three_quotes(people: SimpleNamespace, now: dt.datetime, large: SpendingRequest) -> None:
    def submit() -> SpendingRequest:
        return operations.submit_request(by=people.community_staff, now=now, request=large)

    def choose(key: int, reason: str = "") -> SpendingRequest:
        return quoting.choose_quote(by=people.community_staff, now=now, request=large, quote=key, reason=reason)

    low, high = quoted(people, now, large, "29000.00", "30000.01")
    two = code_of(submit)
    above = quoted(people, now, large, "31000.00")[0]
    unchosen = code_of(submit)
    no_reason = code_of(lambda: choose(high.pk))
    choose(above.pk, "质保五年")
    too_dear = code_of(submit)
    choose(high.pk, "质保三年")
    row = submit()

    assert (two, unchosen, no_reason, too_dear) == (
        "quotes_missing",
        "quote_not_chosen",
        "quote_reason_missing",
        "quote_above_request",
    )
    assert row.step is not None
    assert (row.step.rule_key, row.step.publicity_days, row.step.publicity_kind) == ("fund_special", 7, "CALENDAR")
    assert list(row.quotes.values_list("amount", "is_chosen")) == [
        (low.amount, False),
        (high.amount, True),
        (above.amount, False),
    ]
    assert code_of(lambda: choose(low.pk)) == "request_not_open"
    change_refused("budgetline_fixed_with_the_request", low, "amount = 1")


def test_quotes_come_from_different_suppliers(
    people: SimpleNamespace, now: dt.datetime, large: SpendingRequest
) -> None:
    hidden = AttachmentFactory(visibility="RESTRICTED")
    told = {"by": people.community_staff, "now": now, "request": large, "supplier": "第1家五金店"}
    quoted(people, now, large, "100.00")
    file = AttachmentFactory(division=people.community)

    def attach(**more: Any) -> object:
        return quoting.attach_quote(**{**told, "amount": Decimal(1), "file": file, **more})

    assert code_of(attach) == "supplier_has_quoted"
    assert code_of(lambda: attach(supplier="二", amount=Decimal(0))) == "quote_unfit"
    assert code_of(lambda: attach(supplier=" ")) == "quote_unfit"
    assert code_of(lambda: attach(supplier="二", file=hidden)) == "quote_unseen"
    assert code_of(lambda: attach(supplier="二", by=people.stranger)) == "not_allowed"
    assert large.quotes.count() == 1


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_quote_is_chosen_everywhere(people: SimpleNamespace, surface: str, english: None) -> None:
    now = clock.now()
    row = entered(people, now)
    low, high = quoted(people, now, row, "2000.00", "2500.00")
    by = people.community_staff
    form = {"quote": high.pk, "reason": ""}
    paths = {"page": f"/requests/{row.pk}/acts/choose/", "desk": f"{DESK}{row.pk}/deeds/choose/"}
    client = {"page": page_client, "desk": desk_client, "api": session_client}[surface](by)
    path = paths.get(surface, f"{REQUESTS}/{row.pk}/choose")
    more = {"format": "json"} if surface == "api" else {}
    said = client.post(path, {**form, "sent": "1"}, **more).content.decode()
    none = row.quotes.filter(is_chosen=True).exists()
    client.post(path, {**form, "reason": "质保三年", "sent": "1"}, **more)

    assert "2,000.00" in said
    assert not none
    assert row.quotes.get(is_chosen=True).pk == high.pk
    assert low.amount < high.amount


# --- Acceptance ------------------------------------------------------------------------------------------------------


def test_what_was_paid_for_is_looked_at_first(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    pay(people, now, payable(people, now, row, "1000.00"))

    def complete() -> SpendingRequest:
        return operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row)

    def accept(by: Any, findings: str = "牢固") -> SpendingRequest:
        return operations.accept_request(by=by, now=now, request=row, findings=findings)

    early = code_of(complete)
    refused_to = [code_of(lambda by=by: accept(by)) for by in (people.community_staff, people.stranger)]
    silent = code_of(lambda: accept(people.supervisor, " "))
    row = accept(people.supervisor)
    again = code_of(lambda: accept(people.second_staff))

    assert (early, refused_to, silent, again) == (
        "move_hindered",
        ["same_person", "not_allowed"],
        "acceptance_missing",
        "acceptance_not_now",
    )
    assert complete().status == "COMPLETED"
    change_refused("spendingrequest_accepted_by_another", row, "accepted_by_id = entered_by_id")


# --- Refusals on the surfaces ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_prohibited_use_says_what_to_do(people: SimpleNamespace, surface: str, english: None) -> None:
    row = entered(people, clock.now(), lines=[("社区干部奖金", Decimal("3000.00"))])
    by = people.community_staff
    if surface == "page":
        said = page_client(by).post(f"/requests/{row.pk}/move/", {"move": "submit"}, follow=True).content.decode()
        assert "It cannot be submitted like this." in page_client(by).get(f"/requests/{row.pk}/").content.decode()
    elif surface == "desk":
        said = desk_client(by).post(f"{DESK}{row.pk}/moves/submit/", follow=True).content.decode()
    else:
        answer = session_client(by).post(f"{REQUESTS}/{row.pk}/submit", {}, format="json")
        said = answer.json()["detail"]
        assert (answer.status_code, answer.json()["code"]) == (409, "use_prohibited")

    row.refresh_from_db()
    assert "奖金" in said
    assert "Take it out of the request" in said
    assert row.status == "DRAFT"


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_restricted_money_for_something_else_says_whose_consent(
    people: SimpleNamespace, surface: str, english: None
) -> None:
    row = entered(people, clock.now(), pool=restricted(people))
    by = people.community_staff
    said = {
        "page": lambda: page_client(by).post(f"/requests/{row.pk}/move/", {"move": "submit"}, follow=True),
        "desk": lambda: desk_client(by).post(f"{DESK}{row.pk}/moves/submit/", follow=True),
        "api": lambda: session_client(by).post(f"{REQUESTS}/{row.pk}/submit", {}, format="json"),
    }[surface]()

    assert "consent to a change of purpose" in said.content.decode().replace("\\u2019", "’").replace("&#x27;", "'")
    row.refresh_from_db()
    assert row.status == "DRAFT"


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_a_donor_gets_nothing_back_as_a_use(people: SimpleNamespace, surface: str, english: None) -> None:
    pool = restricted(people, donor_name="刘大力", is_name_public=True)
    row = approved(people, clock.now(), pool=pool, purpose="CARE")
    plan = {"number": 1, "amount": "100", "payee": "刘大力"}
    by = people.street_officer
    answer = {
        "page": lambda: page_client(by).post(f"/requests/{row.pk}/payments/new/", plan),
        "desk": lambda: desk_client(by).post(f"{DESK}{row.pk}/deeds/payment/", {**plan, "sent": "1"}),
        "api": lambda: session_client(by).post(PAYMENTS, {**plan, "request": row.pk}, format="json"),
    }[surface]()

    assert "choose another beneficiary" in answer.content.decode()
    assert not Payment.objects.exists()


def test_everybody_reads_the_rules_of_use(people: SimpleNamespace, english: None) -> None:
    page = page_client(people.stranger).get(f"/funds/{people.fund.pk}/uses/").content.decode()

    for text in ("hardship relief", "pay, bonuses and office cost of cadres", "奖金", "up to", "5,000.00", "10 days"):
        assert text in page
