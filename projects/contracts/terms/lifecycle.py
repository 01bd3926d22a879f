"""How money spent under a contract is shown and checked, and how a contract is supplemented."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class ExpenditureStatus(models.TextChoices):
    """Where the record of money spent stands."""

    ENTERED = "ENTERED", pgettext_lazy("expenditure", "entered")
    CONFIRMED = "CONFIRMED", pgettext_lazy("expenditure", "confirmed")
    REJECTED = "REJECTED", pgettext_lazy("expenditure", "rejected")


class SupplementStatus(models.TextChoices):
    """Where a supplement stands."""

    PROPOSED = "PROPOSED", pgettext_lazy("supplement", "proposed")
    AGREED = "AGREED", _("signed by the organization")
    APPROVED = "APPROVED", pgettext_lazy("supplement", "in force")
    DECLINED = "DECLINED", pgettext_lazy("supplement", "declined")


class AwardPaymentStatus(models.TextChoices):
    """Where a payment out of public money stands."""

    REQUESTED = "REQUESTED", pgettext_lazy("award payment", "requested")
    APPROVED = "APPROVED", pgettext_lazy("award payment", "approved")
    PAID = "PAID", pgettext_lazy("award payment", "paid")
    CANCELLED = "CANCELLED", pgettext_lazy("award payment", "cancelled")


EXPENDITURE = Lifecycle(
    "projects.Expenditure",
    initial=ExpenditureStatus.ENTERED,
    terminal=frozenset({ExpenditureStatus.CONFIRMED, ExpenditureStatus.REJECTED}),
    moves=(
        Move(
            "confirm",
            frozenset({ExpenditureStatus.ENTERED}),
            ExpenditureStatus.CONFIRMED,
            permission="projects.check_expenditure",
            label=_("Confirm the spending"),
            verb="projects.expenditure.confirmed",
            stamp="checked",
            apart_from=("entered",),
        ),
        Move(
            "reject",
            frozenset({ExpenditureStatus.ENTERED}),
            ExpenditureStatus.REJECTED,
            permission="projects.check_expenditure",
            label=_("Reject the spending"),
            verb="projects.expenditure.rejected",
            stamp="checked",
            needs_reason=True,
            event="projects.expenditure.rejected",
        ),
    ),
)

SUPPLEMENT = Lifecycle(
    "projects.Supplement",
    initial=SupplementStatus.PROPOSED,
    terminal=frozenset({SupplementStatus.APPROVED, SupplementStatus.DECLINED}),
    moves=(
        Move(
            "agree",
            frozenset({SupplementStatus.PROPOSED}),
            SupplementStatus.AGREED,
            permission="projects.act_for_implementer",
            label=_("Sign for the organization"),
            verb="projects.supplement.agreed",
            stamp="agreed",
            apart_from=("proposed",),
        ),
        Move(
            "approve",
            frozenset({SupplementStatus.AGREED}),
            SupplementStatus.APPROVED,
            permission="projects.sign_contract",
            label=_("Put the supplement into force"),
            verb="projects.supplement.approved",
            basis="Government Procurement Law art. 49",
            stamp="approved",
            apart_from=("proposed", "agreed"),
            event="projects.supplement.approved",
        ),
        Move(
            "decline",
            frozenset({SupplementStatus.PROPOSED, SupplementStatus.AGREED}),
            SupplementStatus.DECLINED,
            permission="projects.sign_contract",
            label=_("Decline the supplement"),
            verb="projects.supplement.declined",
            needs_reason=True,
        ),
    ),
)

AWARD_PAYMENT = Lifecycle(
    "projects.AwardPayment",
    initial=AwardPaymentStatus.REQUESTED,
    terminal=frozenset({AwardPaymentStatus.PAID, AwardPaymentStatus.CANCELLED}),
    moves=(
        Move(
            "approve",
            frozenset({AwardPaymentStatus.REQUESTED}),
            AwardPaymentStatus.APPROVED,
            permission="projects.sign_contract",
            label=_("Approve the payment"),
            verb="projects.award_payment.approved",
            stamp="approved",
            apart_from=("requested",),
        ),
        Move(
            "record_paid",
            frozenset({AwardPaymentStatus.APPROVED}),
            AwardPaymentStatus.PAID,
            permission="projects.manage_contract",
            label=_("Record as paid"),
            verb="projects.award_payment.paid",
            stamp="paid",
            apart_from=("approved",),
            fields=("paid_on", "reference"),
            event="projects.award_payment.paid",
        ),
        Move(
            "cancel",
            frozenset({AwardPaymentStatus.REQUESTED, AwardPaymentStatus.APPROVED}),
            AwardPaymentStatus.CANCELLED,
            permission="projects.sign_contract",
            label=pgettext_lazy("award payment", "Cancel"),
            verb="projects.award_payment.cancelled",
            needs_reason=True,
        ),
    ),
)
