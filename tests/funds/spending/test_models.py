"""The walls of the spending room: each is run into once by a raw statement of the application's role."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection

from funds.spending import operations
from funds.spending.models import FundResolution, ResolutionVote
from tests.funds.spending.conftest import approved, checked, entered, payable, planned, resolution, resolved
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db


def test_statements_run_as_the_application(people: SimpleNamespace) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (connection.settings_dict["USER"],)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("spendingrequest_moves_by_the_table", "status = 'APPROVED'"),
        ("spendingrequest_purpose_is_known", "purpose = 'WAGES'"),
        ("spendingrequest_amount_is_positive", "amount = 0"),
        ("spendingrequest_submitted_has_a_step", "status = 'SUBMITTED'"),
        ("spendingrequest_checked_by_another", "checked_by_id = entered_by_id"),
        ("spendingrequest_recorded_by_a_third", "resolved_by_id = entered_by_id"),
        ("spendingrequest_approved_by_a_fourth", "approved_by_id = entered_by_id"),
    ],
)
def test_a_draft_keeps_its_rules(people: SimpleNamespace, now: dt.datetime, constraint: str, change: str) -> None:
    change_refused(constraint, entered(people, now), change)


def test_a_submitted_request_stays_as_it_is(people: SimpleNamespace, now: dt.datetime) -> None:
    row = checked(people, now)
    line = row.lines.get(number=1)

    change_refused("pgtrigger: Cannot update rows from funds_spendingrequest table", row, "amount = 1")
    change_refused("pgtrigger: Cannot update rows from funds_spendingrequest table", row, "purpose = 'CARE'")
    change_refused("budgetline_fixed_with_the_request", line, "amount = 1")
    refused("budgetline_fixed_with_the_request", "DELETE FROM funds_budgetline WHERE id = %s", line.pk)
    refused(
        "budgetline_fixed_with_the_request",
        "INSERT INTO funds_budgetline (request_id, number, description, amount) VALUES (%s, 9, 'x', 1)",
        row.pk,
    )


def test_nothing_is_resolved_without_a_resolution(people: SimpleNamespace, now: dt.datetime) -> None:
    row = checked(people, now)

    change_refused("spendingrequest_resolved_by_resolution", row, "status = 'RESOLVED'")
    change_refused("spendingrequest_resolved_by_resolution", row, "status = 'REJECTED'")
    operations.record_resolution(request=row, **resolution(people, now, "FF---"))
    change_refused("spendingrequest_resolved_by_resolution", row, "status = 'RESOLVED'")


def test_a_resolution_is_written_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = resolved(people, now)
    found, vote = FundResolution.objects.get(), ResolutionVote.objects.order_by("pk").first()
    assert vote is not None

    for kept, change in ((found, "is_passed = false"), (vote, "stand = 'AGAINST'")):
        assert kept._meta.db_table
        change_refused(f"permission denied for table {kept._meta.db_table}", kept, change)
    columns = "request_id, attempt, met_on, entitled, present, in_favor, against, abstained, recused, residents_voting, has_quorum, is_passed, reason, supervisor_opinion, minutes, party_consent, residents_meeting, recorded_at, recorded_by_id"
    insert = f"INSERT INTO funds_fundresolution ({columns}) VALUES (%s, %s, now(), 5, 3, 3, 0, 0, 0, 1, %s, true, '', '', '', '', '', now(), %s)"
    refused("fundresolution_passes_with_a_quorum", insert, row.pk, 2, False, people.system.pk)
    refused("fundresolution_attempt_is_unique", insert, row.pk, 1, True, people.system.pk)
    vote_of = "INSERT INTO funds_resolutionvote (resolution_id, membership_id, stand, reason) VALUES (%s, %s, %s, '')"
    watcher = people.fund.committee.memberships.get(seat="SUPERVISOR").pk
    refused("resolutionvote_once_each", vote_of, found.pk, vote.membership_id, "FOR")
    refused("resolutionvote_stand_is_known", vote_of, found.pk, watcher, "YES")
    refused("resolutionvote_recusal_has_a_reason", vote_of, found.pk, watcher, "RECUSED")


def test_what_is_posted_has_its_notice_and_what_is_approved_its_hold(people: SimpleNamespace, now: dt.datetime) -> None:
    row = resolved(people, now)

    change_refused("spendingrequest_posted_has_a_notice", row, "status = 'POSTED'")
    change_refused("spendingrequest_moves_by_the_table", row, "status = 'APPROVED'")
    held = approved(people, now, amount=Decimal("100.00"))
    change_refused("spendingrequest_approved_is_held", held, "hold_journal_id = NULL")


def test_payments_keep_their_rules(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)
    payment = planned(people, now, row, "100.00")
    second = planned(people, now, row, "100.00")

    change_refused("payment_moves_by_the_table", payment, "status = 'PAID'")
    change_refused("payment_amount_is_positive", payment, "amount = 0")
    change_refused("payment_instalment_is_unique", second, "number = 1")
    change_refused("payment_apart_from_the_request", payment, f"approved_by_id = {people.community_staff.pk}")
    change_refused("payment_apart_from_the_request", payment, f"paid_by_id = {people.charity_officer.pk}")
    ready = payable(people, now, row, "200.00")
    change_refused("pgtrigger: Cannot update rows from funds_payment table", ready, "amount = 1")
    change_refused("pgtrigger: Cannot update rows from funds_payment table", ready, "payee = 'x'")
    change_refused("payment_approved_by_another", ready, "approved_by_id = requested_by_id")
    change_refused("payment_paid_by_a_third", ready, "paid_by_id = approved_by_id")
    change_refused("payment_paid_is_posted", ready, "status = 'PAID'")
