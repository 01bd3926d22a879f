"""How a purchase proceeds from its plan to its award."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.calendar.days import written_until
from governance.lifecycle import SYSTEM, Lifecycle, Move
from projects.purchasing.policy import competes

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from projects.purchasing.models import Purchase


class PurchaseStatus(models.TextChoices):
    """Where a purchase stands."""

    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", pgettext_lazy("purchase", "submitted")
    CHECKED = "CHECKED", _("checked against the negative list")
    APPROVED = "APPROVED", pgettext_lazy("purchase", "approved")
    CALLED = "CALLED", _("announced, takes offers")
    OPENED = "OPENED", _("offers opened")
    PROPOSED = "PROPOSED", _("award proposed")
    CONCLUDED = "CONCLUDED", _("awarded")
    FAILED = "FAILED", pgettext_lazy("purchase", "failed")
    CANCELLED = "CANCELLED", _("cancelled")


BEFORE_THE_CALL = frozenset(
    {PurchaseStatus.DRAFT, PurchaseStatus.SUBMITTED, PurchaseStatus.CHECKED, PurchaseStatus.APPROVED}
)
BINDING = (
    PurchaseStatus.APPROVED,
    PurchaseStatus.CALLED,
    PurchaseStatus.OPENED,
    PurchaseStatus.PROPOSED,
    PurchaseStatus.CONCLUDED,
)
"""States in which a purchase binds money of its budget line."""
ANSWERING = (PurchaseStatus.CALLED, PurchaseStatus.OPENED, PurchaseStatus.PROPOSED)
"""States in which bidders may ask."""
PUBLIC = (PurchaseStatus.CALLED, PurchaseStatus.OPENED, PurchaseStatus.PROPOSED, PurchaseStatus.CONCLUDED)


def is_still_announced(purchase: Purchase) -> bool:
    """Tell whether the announcement runs, or has not closed clear of objections; one query."""
    return purchase.notice is not None and purchase.notice.status != "CLOSED_CLEAR"


def call_is_over(purchase: Purchase) -> StrOrPromise | None:
    """Hold the opening of the offers until the announcement has closed; one query."""
    if purchase.status != PurchaseStatus.CALLED or purchase.notice is None or not is_still_announced(purchase):
        return None
    if purchase.notice.status == "POSTED" and purchase.offers_until is not None:
        return _("Offers are taken until %(until)s.") % {"until": written_until(purchase.offers_until)}
    status = purchase.notice.get_status_display()
    return _("The announcement is “%(status)s”: declare the purchase failed and plan it anew.") % {"status": status}


def unexamined(purchase: Purchase) -> int:
    """Return how many opened offers were neither admitted nor not; one query."""
    found: int = purchase.offers.filter(status="SUBMITTED").count()
    return found


def offers_are_judged(purchase: Purchase) -> StrOrPromise | None:
    """Hold the award until every offer was examined and, where bodies compete, scored by all; up to three queries."""
    if purchase.status != PurchaseStatus.OPENED:
        return None
    if count := unexamined(purchase):
        return _("First admit the offers or not, each on its own page: %(count)s are left.") % {"count": count}
    if not competes(purchase.procedure):
        return None
    if not purchase.seats.exists():
        return _("First appoint the committee.")
    count = purchase.seats.filter(scored_at=None).count()
    return _("%(count)s members of the committee have not scored yet.") % {"count": count} if count else None


def not_contracted(award: Any) -> StrOrPromise | None:
    """Hold a final award on which a contract stands, or for which something was paid; two queries."""
    if award.status != "FINAL":
        return None
    if award.contracts.exclude(status="TERMINATED").exists():
        return _("A contract stands on this award: terminate the contract first.")
    return _("Something has been paid for this award; it stands.") if award.payments.exists() else None


def award_is_free(purchase: Purchase) -> StrOrPromise | None:
    """Hold a concluded purchase as long as a contract or a payment stands on its award; up to three queries."""
    if purchase.status != PurchaseStatus.CONCLUDED:
        return None
    award = purchase.awards.filter(status="FINAL").first()
    return not_contracted(award) if award is not None else None


PURCHASE = Lifecycle(
    "projects.Purchase",
    initial=PurchaseStatus.DRAFT,
    terminal=frozenset({PurchaseStatus.FAILED, PurchaseStatus.CANCELLED}),
    moves=(
        Move(
            "submit",
            frozenset({PurchaseStatus.DRAFT}),
            PurchaseStatus.SUBMITTED,
            permission="projects.plan_purchase",
            label=_("Submit the plan"),
            verb="projects.purchase.submitted",
            fields=("procedure_limit",),
            event="projects.purchase.submitted",
        ),
        Move(
            "check",
            frozenset({PurchaseStatus.SUBMITTED}),
            PurchaseStatus.CHECKED,
            permission="projects.check_purchase",
            label=_("Check against the negative list"),
            verb="projects.purchase.checked",
            basis="Ministry of Finance order 102 on government purchase of services art. 10",
            stamp="checked",
            apart_from=("planned",),
            fields=("negative_answers",),
        ),
        Move(
            "approve",
            frozenset({PurchaseStatus.CHECKED}),
            PurchaseStatus.APPROVED,
            permission="projects.approve_purchase",
            label=_("Approve the purchase"),
            verb="projects.purchase.approved",
            basis="Ministry of Finance order 102 on government purchase of services art. 18",
            stamp="approved",
            apart_from=("planned", "checked"),
            fields=("bound",),
            event="projects.purchase.approved",
        ),
        Move(
            "call",
            frozenset({PurchaseStatus.APPROVED}),
            PurchaseStatus.CALLED,
            permission="projects.plan_purchase",
            label=_("Announce the purchase"),
            verb="projects.purchase.called",
            basis="Government Procurement Law art. 11, 35",
            stamp="called",
            fields=("notice", "offers_until"),
            event="projects.purchase.called",
        ),
        Move(
            "open_offers",
            frozenset({PurchaseStatus.CALLED}),
            PurchaseStatus.OPENED,
            permission="projects.plan_purchase",
            label=_("Open the offers"),
            verb="projects.purchase.opened",
            basis="Government Procurement Law art. 36",
            guard=call_is_over,
            stamp="opened",
            event="projects.purchase.opened",
        ),
        Move(
            "propose",
            frozenset({PurchaseStatus.OPENED}),
            PurchaseStatus.PROPOSED,
            permission="projects.propose_award",
            label=_("Propose the award"),
            verb="projects.purchase.award_proposed",
            basis="Regulations for the Government Procurement Law art. 43",
            guard=offers_are_judged,
        ),
        Move(
            # After the award as well, while no contract stands on it: the next offer is chosen, or the purchase has failed.
            "reopen",
            frozenset({PurchaseStatus.PROPOSED, PurchaseStatus.CONCLUDED}),
            PurchaseStatus.OPENED,
            permission="projects.approve_purchase",
            label=_("Judge the offers again"),
            verb="projects.purchase.reopened",
            basis="Regulations for the Government Procurement Law art. 49",
            guard=award_is_free,
            fields=("bound",),
            needs_reason=True,
            waits=False,
        ),
        Move(
            "overturn",
            frozenset({PurchaseStatus.PROPOSED}),
            PurchaseStatus.OPENED,
            permission=SYSTEM,
            label=_("Judge the offers again after an objection"),
            verb="projects.purchase.overturned",
            basis="Government Procurement Law art. 52, 53",
            waits=False,
        ),
        Move(
            "conclude",
            frozenset({PurchaseStatus.PROPOSED}),
            PurchaseStatus.CONCLUDED,
            permission=SYSTEM,
            label=_("Conclude with the award"),
            verb="projects.purchase.concluded",
            stamp="concluded",
            fields=("bound",),
            waits=False,
        ),
        Move(
            "send_back",
            frozenset({PurchaseStatus.SUBMITTED, PurchaseStatus.CHECKED}),
            PurchaseStatus.DRAFT,
            permission="projects.check_purchase",
            label=_("Return the plan"),
            verb="projects.purchase.returned",
            needs_reason=True,
            apart_from=("planned",),
        ),
        Move(
            "fail",
            frozenset({PurchaseStatus.CALLED, PurchaseStatus.OPENED}),
            PurchaseStatus.FAILED,
            permission="projects.approve_purchase",
            label=_("Declare it failed"),
            verb="projects.purchase.failed",
            basis="Government Procurement Law art. 36, 37",
            stamp="concluded",
            needs_reason=True,
            event="projects.purchase.failed",
        ),
        Move(
            "cancel",
            BEFORE_THE_CALL,
            PurchaseStatus.CANCELLED,
            permission="projects.plan_purchase",
            label=_("Cancel"),
            verb="projects.purchase.cancelled",
            stamp="concluded",
            needs_reason=True,
        ),
    ),
)
