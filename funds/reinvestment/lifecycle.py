"""How a distribution policy comes into force, and how an order goes from proposal to published receipt."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from funds.reinvestment.policy import Direction, Route, debt_code
from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder


class PolicyStatus(models.TextChoices):
    """Whether a distribution policy counts."""

    DRAFT = "DRAFT", _("draft")
    ACTIVE = "ACTIVE", _("in force")
    RETIRED = "RETIRED", _("retired")


class OrderStatus(models.TextChoices):
    """Where an order stands."""

    PROPOSED = "PROPOSED", _("proposed")
    CONFIRMED = "CONFIRMED", _("confirmed by the enterprise")
    RESOLVED = "RESOLVED", _("resolved by the residents")
    APPROVED = "APPROVED", _("approved by the street")
    OVERDUE = "OVERDUE", _("overdue")
    PAID = "PAID", _("paid")
    OWED = "OWED", _("owed by the fund")
    RECEIVED = "RECEIVED", _("received by the charity")
    RECEIPTED = "RECEIPTED", _("receipt issued")
    PUBLISHED = "PUBLISHED", _("published")
    REJECTED = "REJECTED", _("rejected")
    CANCELLED = "CANCELLED", _("cancelled")


def frozen_with_its_policy(name: str) -> pgtrigger.Trigger:
    """Return the trigger that lets a part of a policy change only while the policy is a draft."""
    return pgtrigger.Trigger(
        name="frozen_after_approval",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=Template("""
            IF EXISTS (
                SELECT 1 FROM funds_distributionpolicy
                WHERE id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.policy_id ELSE NEW.policy_id END) AND status <> 'DRAFT'
            ) THEN
                RAISE EXCEPTION 'The policy has been approved'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '${name}_frozen_after_approval';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """).substitute(name=name),
    )


def shares_are_whole(policy: DistributionPolicy) -> StrOrPromise | None:
    """Hold a policy back until its destinations sum to one and its tiers begin at zero without gaps."""
    destinations = sum(line.share for line in policy.destinations.all())
    if destinations != 1:
        return _("The shares of the destinations add up to %(total)s and must add up to 1.") % {"total": destinations}
    bound = 0
    for tier in policy.tiers.order_by("lower"):
        if tier.lower != bound:
            return _("The tiers leave a gap or overlap at %(amount)s yuan.") % {"amount": tier.lower}
        bound = tier.upper
    if policy.base != "FIXED_AMOUNT" and (policy.tiers.count() == 0 or bound is not None):
        return _("The last tier must have no upper bound.")
    return None


def has_residents_consent(order: ReinvestmentOrder) -> StrOrPromise | None:
    """Hold an order back until the residents' decision or a standing decision stands behind it."""
    if not order.decision_reference and order.standing_decision_id is None:
        return _("Name the residents' decision or choose a standing decision that covers this order.")
    return None


def is_posted(order: ReinvestmentOrder) -> StrOrPromise | None:
    """Hold back the receipt of money given to a fund until it is posted, which the match of a bank line does."""
    if order.route == Route.DONATION and order.direction == Direction.GIVE and order.journal_id is None:
        return _("Money given to the fund is received by confirming the match with the charity's bank line.")
    return None


def is_a_debt(order: ReinvestmentOrder) -> StrOrPromise | None:
    """Hold an order back from being owed unless it takes money back from a fund that no longer has it."""
    if order.direction != Direction.RETURN or order.route != Route.DONATION:
        return _("Only money that goes back from a fund can be owed by it.")
    if order.fund.book.accounts.get(code="pool:free").balance.amount >= order.amount:
        return _("The fund has the money: record the payment.")
    return None


def debt_is_paid(order: ReinvestmentOrder) -> StrOrPromise | None:
    """Hold an order back until the fund has paid all that it owes."""
    account = order.fund.book.accounts.filter(code=debt_code(order.pk)).select_related("balance").first()
    if account is None or account.balance.amount != 0:
        return _("The fund still owes part of it.")
    return None


ARRIVED = (OrderStatus.RECEIVED, OrderStatus.RECEIPTED, OrderStatus.PUBLISHED)
"""The money of these orders lies where it was to go."""
FRUITLESS = (OrderStatus.REJECTED, OrderStatus.CANCELLED)
"""Orders that came to nothing."""
PUBLIC_STATUSES = (OrderStatus.OWED, *ARRIVED)
"""From the day its money lies in the fund, or is owed by it, an order stands open to everybody."""

_OPEN = frozenset(
    {
        OrderStatus.PROPOSED,
        OrderStatus.CONFIRMED,
        OrderStatus.RESOLVED,
        OrderStatus.APPROVED,
        OrderStatus.OVERDUE,
    }
)

POLICY = Lifecycle(
    "funds.DistributionPolicy",
    initial=PolicyStatus.DRAFT,
    terminal=frozenset({PolicyStatus.RETIRED}),
    moves=(
        Move(
            "approve",
            frozenset({PolicyStatus.DRAFT}),
            PolicyStatus.ACTIVE,
            permission="funds.approve_distribution_policy",
            label=_("Approve"),
            verb="funds.distribution_policy.approved",
            basis="Report on Ziliujing 2021",
            stamp="approved",
            apart_from=("entered",),
            guard=shares_are_whole,
            event="funds.distribution_policy.approved",
        ),
        Move(
            "retire",
            frozenset({PolicyStatus.DRAFT, PolicyStatus.ACTIVE}),
            PolicyStatus.RETIRED,
            permission="funds.approve_distribution_policy",
            label=_("Retire"),
            verb="funds.distribution_policy.retired",
            needs_reason=True,
            fields=("valid_to",),
        ),
    ),
)

ORDER = Lifecycle(
    "funds.ReinvestmentOrder",
    initial=OrderStatus.PROPOSED,
    terminal=frozenset({OrderStatus.PUBLISHED, OrderStatus.REJECTED, OrderStatus.CANCELLED}),
    moves=(
        Move(
            "confirm",
            frozenset({OrderStatus.PROPOSED}),
            OrderStatus.CONFIRMED,
            permission="funds.confirm_order",
            label=_("Confirm"),
            verb="funds.order.confirmed",
            basis="Report on Ziliujing 2021",
            stamp="confirmed",
            event="funds.order.confirmed",
        ),
        Move(
            "resolve",
            frozenset({OrderStatus.CONFIRMED}),
            OrderStatus.RESOLVED,
            permission="funds.resolve_order",
            label=_("Record the residents' decision"),
            verb="funds.order.resolved",
            basis="Organic Law of Urban Residents' Committees art. 16",
            stamp="resolved",
            apart_from=("confirmed",),
            fields=("decision_reference", "decided_on", "standing_decision"),
        ),
        Move(
            "approve",
            frozenset({OrderStatus.RESOLVED}),
            OrderStatus.APPROVED,
            permission="funds.approve_order",
            label=_("Approve"),
            verb="funds.order.approved",
            basis="Report on Ziliujing 2021",
            stamp="approved",
            apart_from=("confirmed", "resolved"),
            guard=has_residents_consent,
            fields=("due_on",),
            event="funds.order.approved",
        ),
        Move(
            "lapse",
            frozenset({OrderStatus.APPROVED}),
            OrderStatus.OVERDUE,
            permission=SYSTEM,
            label=_("Mark as overdue"),
            verb="funds.order.overdue",
            basis="Rule of this platform",
            event="funds.order.overdue",
        ),
        Move(
            "record_payment",
            frozenset({OrderStatus.APPROVED, OrderStatus.OVERDUE}),
            OrderStatus.PAID,
            permission="funds.pay_order",
            label=_("Record the payment"),
            verb="funds.order.paid",
            basis="Report on Ziliujing 2021",
            stamp="paid",
            apart_from=("approved",),
            fields=("paid_on", "payment_reference", "evidence"),
        ),
        Move(
            "owe",
            frozenset({OrderStatus.APPROVED, OrderStatus.OVERDUE}),
            OrderStatus.OWED,
            permission="funds.pay_order",
            label=_("Acknowledge that the fund owes it"),
            verb="funds.order.owed",
            basis="Report on Ziliujing 2021",
            apart_from=("approved",),
            guard=is_a_debt,
            event="funds.order.owed",
            waits=False,
        ),
        Move(
            "settle",
            frozenset({OrderStatus.OWED}),
            OrderStatus.RECEIVED,
            permission="funds.pay_order",
            label=_("Close the debt"),
            verb="funds.order.settled",
            basis="Report on Ziliujing 2021",
            stamp="received",
            apart_from=("confirmed", "approved"),
            guard=debt_is_paid,
            fields=("received_on",),
            event="funds.order.settled",
            waits=False,
        ),
        Move(
            "receive",
            frozenset({OrderStatus.PAID, OrderStatus.APPROVED, OrderStatus.OVERDUE}),
            OrderStatus.RECEIVED,
            permission="funds.receive_order",
            label=_("Confirm receipt"),
            verb="funds.order.received",
            basis="Report on Ziliujing 2021",
            stamp="received",
            apart_from=("confirmed", "approved", "paid"),
            guard=is_posted,
            fields=("received_on",),
            event="funds.order.received",
        ),
        Move(
            "issue_receipt",
            frozenset({OrderStatus.RECEIVED}),
            OrderStatus.RECEIPTED,
            permission="funds.receive_order",
            label=_("Issue the receipt"),
            verb="funds.order.receipted",
            basis="Charity Law art. 38",
            stamp="receipted",
            fields=("receipt_number",),
        ),
        Move(
            "publish",
            frozenset({OrderStatus.RECEIPTED}),
            OrderStatus.PUBLISHED,
            permission="funds.approve_order",
            label=_("Publish"),
            verb="funds.order.published",
            basis="Report on Ziliujing 2021",
            stamp="published",
            event="funds.order.published",
        ),
        Move(
            "reject",
            frozenset({OrderStatus.CONFIRMED, OrderStatus.RESOLVED}),
            OrderStatus.REJECTED,
            permission="funds.approve_order",
            label=_("Reject"),
            verb="funds.order.rejected",
            basis="Report on Ziliujing 2021",
            needs_reason=True,
            event="funds.order.rejected",
        ),
        Move(
            "cancel",
            _OPEN,
            OrderStatus.CANCELLED,
            permission="funds.cancel_order",
            label=_("Cancel"),
            verb="funds.order.cancelled",
            basis="Report on Ziliujing 2021",
            needs_reason=True,
            event="funds.order.cancelled",
        ),
    ),
)
