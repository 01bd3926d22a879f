"""Each guard of requests, votes, payments, quotes, relief and refunds by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.spending import operations, quoting, refunding
from funds.spending.papers.models import EmergencyRelief
from tests.funds.spending.conftest import approved, entered, pay, payable, quoted, resolved
from tests.funds.spending.test_refunds import paid, recorded
from tests.funds.spending.test_relief import granted, judged, urgent
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)
RELIEF = "UPDATE funds_emergencyrelief SET {} WHERE id = %s"
REFUND = "UPDATE funds_refund SET {} WHERE id = %s"
REQUEST = "UPDATE funds_spendingrequest SET {} WHERE id = %s"
PAYMENT = "UPDATE funds_payment SET {} WHERE id = %s"
QUOTE = "UPDATE funds_quote SET {} WHERE id = %s"


def test_each_guard_of_relief_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    judged(people, now, granted(people, now), "FFFF-", people.street_reviewer)
    ratified = EmergencyRelief.objects.get()
    standing = EmergencyRelief.objects.get(request=granted(people, now, household="9栋1户"))
    other = urgent(people, now, amount=Decimal("2000.00")).pk
    fresh = {"request_id": other, "amount": "2000"}
    of_its_request = "emergencyrelief:relief_of_its_request"

    with owner():
        alone("emergencyrelief_three_people", copied(standing, **fresh, second_member_id="first_member_id"))
        alone("emergencyrelief_three_people", copied(standing, **fresh, supervisor_id="second_member_id"))
        alone("emergencyrelief_within_its_cap", copied(standing, **fresh, cap="1999.99"))
        alone(of_its_request, copied(standing, **fresh | {"amount": "2000.01"}))
        alone("funds_emergencyrelief_request_id_key", copied(standing), beside=[of_its_request])
        alone("emergencyrelief:granted_stays", RELIEF.format("cap = 10000"), standing.pk)
        alone("emergencyrelief:granted_stays", RELIEF.format("due_on = due_on + 90"), standing.pk)
        alone("emergencyrelief:lifecycle", RELIEF.format("status = 'AWAITING'"), ratified.pk)
        lost = RELIEF.format("status = 'LOST'")
        alone("emergencyrelief_status_is_known", lost, standing.pk, beside=["emergencyrelief:lifecycle"])
        resolution = RELIEF.format(f"resolution_id = {ratified.resolution_id}")
        alone("funds_emergencyrelief_resolution_id_key", resolution, standing.pk)


def test_each_guard_of_refunds_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    payment = paid(people, now)
    posted = refunding.post_refund(by=people.charity_officer, now=now, refund=recorded(people, now, payment, "400.00"))
    waiting = recorded(people, now, payment, "100.00")

    with owner():
        alone("refund:recorded_stays", REFUND.format("amount = 1"), waiting.pk)
        alone("refund:lifecycle", REFUND.format("status = 'CANCELLED'"), posted.pk)
        alone("refund_status_is_known", REFUND.format("status = 'LOST'"), waiting.pk, beside=["refund:lifecycle"])
        alone("refund_says_why", REFUND.format("reason = ''"), waiting.pk)
        by_hand = REFUND.format("status = 'POSTED'")
        alone("refund_posted_is_posted", by_hand, waiting.pk, beside=["refund:into_its_pool"])
        alone("funds_refund_journal_id_key", REFUND.format(f"journal_id = {posted.journal_id}"), waiting.pk)


def test_each_guard_of_quotes_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    draft, submitted = entered(people, now), entered(people, now)
    low, high = quoted(people, now, draft, "2000.00", "2500.00")
    [fixed] = quoted(people, now, submitted, "2000.00")
    quoting.choose_quote(by=people.community_staff, now=now, request=draft, quote=low.pk)
    quoting.choose_quote(by=people.community_staff, now=now, request=submitted, quote=fixed.pk)
    operations.submit_request(by=people.community_staff, now=now, request=submitted)

    with owner():
        alone("quote:fixed_with_the_request", QUOTE.format("amount = 1"), fixed.pk)
        alone("quote:fixed_with_the_request", "DELETE FROM funds_quote WHERE id = %s", fixed.pk)
        alone("quote_amount_is_positive", QUOTE.format("amount = 0"), high.pk)
        alone("quote_has_a_supplier", QUOTE.format("supplier = ''"), high.pk)
        alone("quote_one_a_supplier", QUOTE.format("supplier = %s"), low.supplier, high.pk)
        alone("quote_one_a_file", QUOTE.format("file_id = %s"), low.file_id, high.pk)
        alone("quote_one_is_chosen", QUOTE.format("is_chosen = true"), high.pk)


def test_each_guard_of_requests_and_votes_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    row = resolved(people, now)
    held, draft = approved(people, now), entered(people, now)
    resolution = row.resolutions.get()
    vote, line = resolution.votes.all()[0], draft.lines.all()[0]

    with owner():
        alone("spendingrequest:lifecycle", REQUEST.format("status = 'DRAFT'"), row.pk)
        alone("spendingrequest:lifecycle", REQUEST.format("status = 'DRAFT'"), held.pk)
        alone("spendingrequest:resolved_stays", REQUEST.format("amount = amount + 1"), row.pk)
        lost = REQUEST.format("status = 'LOST'")
        alone("spendingrequest_status_is_known", lost, row.pk, beside=["spendingrequest:lifecycle"])
        number = REQUEST.format("number = %s")
        alone("funds_spendingrequest_number_key", number, held.number, row.pk)
        journal = REQUEST.format("hold_journal_id = %s")
        alone("funds_spendingrequest_hold_journal_id_key", journal, held.hold_journal_id, draft.pk)
        released = "UPDATE funds_spendingrequest SET release_journal_id = hold_journal_id WHERE id = %s;"
        both = f"{released} UPDATE funds_spendingrequest SET release_journal_id = %s WHERE id = %s"
        alone("funds_spendingrequest_release_journal_id_key", both, held.pk, held.hold_journal_id, draft.pk)
        notice = REQUEST.format("notice_id = %s")
        alone("funds_spendingrequest_notice_id_key", notice, held.notice_id, draft.pk)
        alone("fundresolution:append_only", "UPDATE funds_fundresolution SET reason = 'x' WHERE id = %s", resolution.pk)
        alone("resolutionvote:append_only", "UPDATE funds_resolutionvote SET stand = 'FOR' WHERE id = %s", vote.pk)
        alone("resolutionvote:append_only", "DELETE FROM funds_resolutionvote WHERE id = %s", vote.pk)
        alone("budgetline_number_is_unique", copied(line))
        alone("budgetline_amount_is_positive", copied(line, number=9, amount=0))


def test_each_guard_of_payments_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    request = approved(people, now)
    done = pay(people, now, payable(people, now, request, "1000.00"))
    ready = payable(people, now, request, "500.00")

    with owner():
        alone("payment:requested_stays", PAYMENT.format("amount = 600"), ready.pk)
        alone("payment:requested_stays", PAYMENT.format("payee = '别人'"), ready.pk)
        alone("payment:lifecycle", PAYMENT.format("status = 'CANCELLED'"), done.pk)
        alone("payment_status_is_known", PAYMENT.format("status = 'LOST'"), ready.pk, beside=["payment:lifecycle"])
        alone("funds_payment_journal_id_key", PAYMENT.format(f"journal_id = {done.journal_id}"), ready.pk)
