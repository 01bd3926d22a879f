"""Who may do what in the spending room: the community asks and checks, the committee resolves, the charity pays."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street, street_reviewer, supervisor
from funds.charity.models import CommunityFund
from funds.charity.rules import charity_officer, fund_member, fund_supervisor
from funds.spending.lifecycle import PaymentStatus, RefundStatus, ReliefStatus
from funds.spending.models import FundResolution, Payment, SpendingRequest
from funds.spending.papers.models import EmergencyRelief, Refund
from funds.spending.queries import money_for
from governance.accounts.masking import mask_name
from governance.pages import tell_of


def fund_of(row: Any) -> CommunityFund | None:
    """Return the fund that a row of this room belongs to, the row itself if it is one."""
    if isinstance(row, Refund):
        return row.payment.request.fund
    if isinstance(row, Payment | FundResolution | EmergencyRelief):
        return row.request.fund
    return row.fund if isinstance(row, SpendingRequest) else row


def of_the_fund(predicate: Any) -> Any:
    """Ask a predicate of the charity room about the fund of the row."""

    def asked(user: Any, row: Any = None) -> bool:
        return bool(predicate(user, fund_of(row)))

    return rules.predicate(asked, name=f"of_the_fund:{predicate.name}")


officer = of_the_fund(charity_officer)
member = of_the_fund(fund_member)
fund_reader = reader | officer | member | of_the_fund(fund_supervisor)


@rules.predicate
def open_to_all(user: Any, row: SpendingRequest | Payment | None = None) -> bool:
    """Tell whether everybody may see the row: a request that was posted, a payment that left the fund."""
    del user
    if isinstance(row, Payment):
        return row.status == PaymentStatus.PAID
    return row is None or row.posted_at is not None


@rules.predicate
def judged(user: Any, row: EmergencyRelief | None = None) -> bool:
    """Tell whether the committee has judged the relief: then everybody may know of it."""
    del user
    return row is None or row.status in {ReliefStatus.RATIFIED, ReliefStatus.REFUSED}


@rules.predicate
def back_in_the_fund(user: Any, row: Refund | None = None) -> bool:
    """Tell whether the money is in the fund again."""
    del user
    return row is None or row.status == RefundStatus.POSTED


@rules.predicate
def has_entered(user: Any, row: Any = None) -> bool:
    """Tell whether the user has entered the request."""
    return isinstance(row, SpendingRequest) and row.entered_by_id == user.pk


rules.add_perm("funds.view_spending_request", open_to_all | fund_reader | has_entered)
rules.add_perm("funds.view_spending_file", fund_reader)
rules.add_perm("funds.enter_spending_request", community_staff | street)
rules.add_perm("funds.check_spending_request", community_staff | street)
rules.add_perm("funds.record_resolution", community_staff | street | member)
rules.add_perm("funds.post_spending_request", community_staff | street)
rules.add_perm("funds.approve_spending_request", officer | street_reviewer)
rules.add_perm("funds.check_for_charity", officer)

rules.add_perm("funds.accept_spending_request", of_the_fund(fund_supervisor) | supervisor | community_staff | street)

rules.add_perm("funds.view_emergency_relief", judged | fund_reader)
rules.add_perm("funds.record_refund", community_staff | street | officer)
rules.add_perm("funds.view_refund", back_in_the_fund | fund_reader)

tell_of("consultation.Decision", money_for)

rules.add_perm("funds.view_payment", open_to_all | fund_reader)
rules.add_perm("funds.request_payment", community_staff | street)
rules.add_perm("funds.approve_payment", officer | street_reviewer)
rules.add_perm("funds.record_paid", officer)


def payee_for(user: Any, payment: Payment) -> str:
    """Return the payee as this person may know it: an organization always, a person in full to who handles the fund.

    Basis: Personal Information Protection Law art. 25. No query for rows of `for_list`.
    """
    if payment.organization_id or payment.is_payee_public or user.has_perm("funds.view_spending_file", payment):
        return payment.payee
    return mask_name(payment.payee)
