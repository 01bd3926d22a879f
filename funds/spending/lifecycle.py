"""How a spending request (用款申请) and its payments proceed; who enters, checks, resolves, approves and pays differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.spending.models import SpendingRequest


class RequestStatus(models.TextChoices):
    """Where a request stands."""

    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", _("submitted")
    CHECKED = "CHECKED", _("checked by the community")
    RESOLVED = "RESOLVED", _("resolved by the committee")
    POSTED = "POSTED", _("posted for objections")
    CLEARED = "CLEARED", _("publicity over")
    APPROVED = "APPROVED", _("approved, money held")
    COMPLETED = "COMPLETED", _("completed")
    RETURNED = "RETURNED", _("returned")
    REJECTED = "REJECTED", _("rejected")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    STOPPED = "STOPPED", _("stopped")


class PaymentStatus(models.TextChoices):
    """Where a payment stands."""

    PLANNED = "PLANNED", pgettext_lazy("payment", "planned")
    REQUESTED = "REQUESTED", _("requested")
    APPROVED = "APPROVED", _("approved")
    PAID = "PAID", _("paid")
    CANCELLED = "CANCELLED", _("cancelled")


class ReliefStatus(models.TextChoices):
    """Where emergency relief stands that was granted before the committee met."""

    AWAITING = "AWAITING", _("awaiting ratification")
    OVERDUE = "OVERDUE", _("not ratified in time")
    RATIFIED = "RATIFIED", _("ratified")
    REFUSED = "REFUSED", _("ratification refused")


class RefundStatus(models.TextChoices):
    """Where money stands that a payee gives back."""

    RECORDED = "RECORDED", pgettext_lazy("refund", "recorded")
    POSTED = "POSTED", pgettext_lazy("refund", "in the fund again")
    CANCELLED = "CANCELLED", _("cancelled")


def is_posted_first(request: SpendingRequest) -> StrOrPromise | None:
    """Hold a request back from the monthly list when the ladder asks for days of publicity before it is paid."""
    if request.step and request.step.publicity_days:
        return _("The ladder of the fund asks for publicity first. Post the request for objections.")
    return None


def is_listed_only(request: SpendingRequest) -> StrOrPromise | None:
    """Keep a notice for what the ladder wants posted; the smallest uses stand in the monthly list."""
    if request.step and not request.step.publicity_days:
        return _("The ladder of the fund asks for no notice of its own. Enter the request in the monthly list.")
    return None


def nothing_is_promised(request: SpendingRequest) -> StrOrPromise | None:
    """Keep the money held while a contract still has an instalment to pay (the room above holds the foreign key).

    One that was closed pays nothing more, though the rest was not paid because its evaluation was failed.
    """
    unpaid = models.Q(instalments__payment=None) | models.Q(instalments__payment__status=PaymentStatus.CANCELLED)
    if request.contracts.exclude(status__in=["TERMINATED", "CLOSED"]).filter(unpaid).exists():
        return _("A contract still has instalments to be paid from it. They are paid, or the contract is ended first.")
    return None


def is_an_emergency(request: SpendingRequest) -> StrOrPromise | None:
    """Keep the short way for what was asked as emergency relief."""
    return None if request.is_emergency else _("The request does not ask for emergency relief. The committee decides.")


def is_paid_for(request: SpendingRequest) -> StrOrPromise | None:
    """Keep a request from being completed before it was paid and accepted, or while a contract has more to come."""
    if not request.payments.exclude(status=PaymentStatus.CANCELLED).exists():
        return _("Nothing has been paid yet. Plan a payment, or stop the request.")
    if needs_acceptance(request) and request.accepted_at is None:
        return _("What was paid for has not been accepted yet. Record the acceptance first.")
    return nothing_is_promised(request)


def needs_acceptance(request: SpendingRequest) -> bool:
    """Tell whether somebody must look at what was paid for: not for the smallest uses, relief, or under a contract."""
    is_small = request.step is not None and not request.step.publicity_days
    return not (is_small or request.purpose == "RELIEF" or request.contracts.exclude(status="TERMINATED").exists())


SPENDING_REQUEST = Lifecycle(
    "funds.SpendingRequest",
    initial=RequestStatus.DRAFT,
    terminal=frozenset(
        {RequestStatus.COMPLETED, RequestStatus.REJECTED, RequestStatus.WITHDRAWN, RequestStatus.STOPPED}
    ),
    moves=(
        Move(
            "submit",
            frozenset({RequestStatus.DRAFT, RequestStatus.RETURNED}),
            RequestStatus.SUBMITTED,
            permission="funds.enter_spending_request",
            label=_("Submit"),
            verb="funds.spending_request.submitted",
            stamp="submitted",
            fields=(
                "ladder_step",
                "checked_at",
                "checked_by",
                "resolved_at",
                "resolved_by",
                "posted_at",
                "cleared_at",
                "notice",
            ),
            event="funds.spending_request.submitted",
        ),
        Move(
            "check",
            frozenset({RequestStatus.SUBMITTED}),
            RequestStatus.CHECKED,
            permission="funds.check_spending_request",
            label=_("Check"),
            verb="funds.spending_request.checked",
            basis="Default of this platform: the community checks before the committee meets",
            stamp="checked",
            apart_from=("entered", "submitted"),
        ),
        Move(
            "send_back",
            frozenset({RequestStatus.SUBMITTED, RequestStatus.CHECKED}),
            RequestStatus.RETURNED,
            permission="funds.check_spending_request",
            label=_("Return"),
            verb="funds.spending_request.returned",
            needs_reason=True,
            event="funds.spending_request.returned",
        ),
        Move(
            "resolve",
            frozenset({RequestStatus.CHECKED}),
            RequestStatus.RESOLVED,
            permission="funds.record_resolution",
            label=_("Record the committee's resolution"),
            verb="funds.spending_request.resolved",
            basis="Hunan guide on community charity funds 2025 (trial)",
            stamp="resolved",
            apart_from=("entered", "submitted", "checked"),
            event="funds.spending_request.resolved",
        ),
        Move(
            "relieve",
            frozenset({RequestStatus.CHECKED}),
            RequestStatus.CLEARED,
            permission="funds.record_resolution",
            label=_("Grant emergency relief"),
            verb="funds.spending_request.relieved",
            basis="Default of this platform; the fund's own rules prevail",
            stamp="resolved",
            apart_from=("entered", "submitted", "checked"),
            guard=is_an_emergency,
            fields=("cleared_at",),
            event="funds.spending_request.relieved",
        ),
        Move(
            "reject",
            frozenset({RequestStatus.CHECKED}),
            RequestStatus.REJECTED,
            permission="funds.record_resolution",
            label=_("Record that the committee refused"),
            verb="funds.spending_request.rejected",
            basis="Hunan guide on community charity funds 2025 (trial)",
            stamp="resolved",
            apart_from=("entered", "submitted", "checked"),
            needs_reason=True,
            event="funds.spending_request.rejected",
        ),
        Move(
            "put_up",
            frozenset({RequestStatus.RESOLVED}),
            RequestStatus.POSTED,
            permission="funds.post_spending_request",
            label=_("Post for objections"),
            verb="funds.spending_request.posted",
            basis="Charity Law art. 72; spending ladder of the fund",
            stamp="posted",
            guard=is_listed_only,
            fields=("notice",),
            event="funds.spending_request.posted",
        ),
        Move(
            "list_monthly",
            frozenset({RequestStatus.RESOLVED}),
            RequestStatus.CLEARED,
            permission="funds.post_spending_request",
            label=_("Enter in the monthly list"),
            verb="funds.spending_request.listed",
            basis="Charity Law art. 72; spending ladder of the fund",
            stamp="posted",
            guard=is_posted_first,
            fields=("cleared_at",),
            event="funds.spending_request.cleared",
        ),
        Move(
            "clear",
            frozenset({RequestStatus.POSTED}),
            RequestStatus.CLEARED,
            permission=SYSTEM,
            label=_("End the publicity"),
            verb="funds.spending_request.cleared",
            basis="Charity Law art. 72; spending ladder of the fund",
            stamp="cleared",
            event="funds.spending_request.cleared",
        ),
        Move(
            "return_after_objection",
            frozenset({RequestStatus.POSTED}),
            RequestStatus.RETURNED,
            permission=SYSTEM,
            label=_("Return after an objection"),
            verb="funds.spending_request.returned",
            basis="Charity Law art. 72; spending ladder of the fund",
            event="funds.spending_request.returned",
        ),
        Move(
            "approve",
            frozenset({RequestStatus.CLEARED}),
            RequestStatus.APPROVED,
            permission="funds.approve_spending_request",
            label=_("Approve and hold the money"),
            verb="funds.spending_request.approved",
            basis="Charity Law art. 58; agreement of the fund with its charity",
            stamp="approved",
            apart_from=("entered", "submitted", "checked", "resolved"),
            fields=("hold_journal",),
            event="funds.spending_request.approved",
        ),
        Move(
            "decline",
            frozenset({RequestStatus.CLEARED}),
            RequestStatus.RETURNED,
            permission="funds.approve_spending_request",
            label=_("Decline"),
            verb="funds.spending_request.declined",
            basis="Charity Law art. 58; agreement of the fund with its charity",
            needs_reason=True,
            event="funds.spending_request.returned",
        ),
        Move(
            "complete",
            frozenset({RequestStatus.APPROVED}),
            RequestStatus.COMPLETED,
            permission="funds.approve_spending_request",
            label=_("Complete and release what is left"),
            verb="funds.spending_request.completed",
            stamp="completed",
            guard=is_paid_for,
            fields=("release_journal",),
            event="funds.spending_request.completed",
        ),
        Move(
            "stop",
            frozenset({RequestStatus.APPROVED}),
            RequestStatus.STOPPED,
            permission="funds.approve_spending_request",
            label=_("Stop and release what is left"),
            verb="funds.spending_request.stopped",
            stamp="completed",
            needs_reason=True,
            guard=nothing_is_promised,
            fields=("release_journal",),
            event="funds.spending_request.stopped",
        ),
        Move(
            "withdraw",
            frozenset({RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.RETURNED, RequestStatus.CHECKED}),
            RequestStatus.WITHDRAWN,
            permission="funds.enter_spending_request",
            label=_("Withdraw"),
            verb="funds.spending_request.withdrawn",
            needs_reason=True,
            event="funds.spending_request.withdrawn",
        ),
    ),
)

PAYMENT = Lifecycle(
    "funds.Payment",
    initial=PaymentStatus.PLANNED,
    terminal=frozenset({PaymentStatus.PAID, PaymentStatus.CANCELLED}),
    moves=(
        Move(
            "request",
            frozenset({PaymentStatus.PLANNED}),
            PaymentStatus.REQUESTED,
            permission="funds.request_payment",
            label=_("Request"),
            verb="funds.payment.requested",
            stamp="requested",
            event="funds.payment.requested",
        ),
        Move(
            "approve",
            frozenset({PaymentStatus.REQUESTED}),
            PaymentStatus.APPROVED,
            permission="funds.approve_payment",
            label=_("Approve"),
            verb="funds.payment.approved",
            basis="Default of this platform: who requests does not approve",
            stamp="approved",
            apart_from=("requested",),
            event="funds.payment.approved",
        ),
        Move(
            "record_paid",
            frozenset({PaymentStatus.APPROVED}),
            PaymentStatus.PAID,
            permission="funds.record_paid",
            label=_("Record as paid"),
            verb="funds.payment.paid",
            basis="Default of this platform: who approves does not pay",
            stamp="paid",
            apart_from=("requested", "approved"),
            fields=("paid_on", "bank_reference", "journal"),
            event="funds.payment.paid",
        ),
        Move(
            "cancel",
            frozenset({PaymentStatus.PLANNED, PaymentStatus.REQUESTED, PaymentStatus.APPROVED}),
            PaymentStatus.CANCELLED,
            permission="funds.request_payment",
            label=_("Cancel"),
            verb="funds.payment.cancelled",
            needs_reason=True,
            event="funds.payment.cancelled",
        ),
    ),
)

EMERGENCY_RELIEF = Lifecycle(
    "funds.EmergencyRelief",
    initial=ReliefStatus.AWAITING,
    terminal=frozenset({ReliefStatus.RATIFIED, ReliefStatus.REFUSED}),
    moves=(
        Move(
            "ratify",
            frozenset({ReliefStatus.AWAITING, ReliefStatus.OVERDUE}),
            ReliefStatus.RATIFIED,
            permission="funds.record_resolution",
            label=_("Record the committee's judgement on the relief"),
            verb="funds.emergency_relief.ratified",
            basis="Default of this platform; the fund's own rules prevail",
            stamp="judged",
            apart_from=("granted",),
            fields=("resolution",),
            event="funds.emergency_relief.ratified",
        ),
        Move(
            "refuse",
            frozenset({ReliefStatus.AWAITING, ReliefStatus.OVERDUE}),
            ReliefStatus.REFUSED,
            permission="funds.record_resolution",
            label=_("Record that the committee refused the relief"),
            verb="funds.emergency_relief.refused",
            basis="Default of this platform; the fund's own rules prevail",
            stamp="judged",
            apart_from=("granted",),
            fields=("resolution",),
            event="funds.emergency_relief.refused",
            waits=False,
        ),
        Move(
            "escalate",
            frozenset({ReliefStatus.AWAITING}),
            ReliefStatus.OVERDUE,
            permission=SYSTEM,
            label=_("Mark as not ratified in time"),
            verb="funds.emergency_relief.overdue",
            basis="Default of this platform; the fund's own rules prevail",
            stamp="escalated",
            event="funds.emergency_relief.overdue",
        ),
    ),
)

REFUND = Lifecycle(
    "funds.Refund",
    initial=RefundStatus.RECORDED,
    terminal=frozenset({RefundStatus.POSTED, RefundStatus.CANCELLED}),
    moves=(
        Move(
            "confirm",
            frozenset({RefundStatus.RECORDED}),
            RefundStatus.POSTED,
            permission="funds.record_paid",
            label=_("Confirm and post"),
            verb="funds.refund.posted",
            basis="Default of this platform: who records does not post",
            stamp="posted",
            apart_from=("recorded",),
            fields=("journal",),
            event="funds.refund.posted",
        ),
        Move(
            "cancel",
            frozenset({RefundStatus.RECORDED}),
            RefundStatus.CANCELLED,
            permission="funds.record_refund",
            label=_("Cancel"),
            verb="funds.refund.cancelled",
            needs_reason=True,
            event="funds.refund.cancelled",
            waits=False,
        ),
    ),
)
