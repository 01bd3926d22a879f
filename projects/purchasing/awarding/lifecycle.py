"""How an offer proceeds, and an award."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move
from projects.purchasing.lifecycle import not_contracted


class OfferStatus(models.TextChoices):
    """Where an offer stands."""

    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", pgettext_lazy("offer", "submitted, sealed")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    QUALIFIED = "QUALIFIED", pgettext_lazy("offer", "admitted")
    REJECTED = "REJECTED", pgettext_lazy("offer", "not admitted")


class AwardStatus(models.TextChoices):
    """Where an award stands."""

    PROPOSED = "PROPOSED", pgettext_lazy("award", "proposed")
    PUBLISHED = "PUBLISHED", pgettext_lazy("award", "published")
    FINAL = "FINAL", pgettext_lazy("award", "final")
    SET_ASIDE = "SET_ASIDE", pgettext_lazy("award", "set aside")


OFFER = Lifecycle(
    "projects.PurchaseOffer",
    initial=OfferStatus.DRAFT,
    terminal=frozenset({OfferStatus.WITHDRAWN, OfferStatus.REJECTED, OfferStatus.QUALIFIED}),
    moves=(
        Move(
            "submit",
            frozenset({OfferStatus.DRAFT}),
            OfferStatus.SUBMITTED,
            permission="projects.make_offer",
            label=_("Hand in the offer"),
            verb="projects.purchase_offer.submitted",
            basis="Government Procurement Law art. 22, 77",
            stamp="submitted",
            event="projects.purchase_offer.submitted",
        ),
        Move(
            "recall",
            frozenset({OfferStatus.SUBMITTED}),
            OfferStatus.DRAFT,
            permission="projects.make_offer",
            label=_("Take back for changes"),
            verb="projects.purchase_offer.recalled",
            waits=False,
        ),
        Move(
            "withdraw",
            frozenset({OfferStatus.DRAFT, OfferStatus.SUBMITTED}),
            OfferStatus.WITHDRAWN,
            permission="projects.make_offer",
            label=_("Withdraw"),
            verb="projects.purchase_offer.withdrawn",
            waits=False,
        ),
        Move(
            "qualify",
            frozenset({OfferStatus.SUBMITTED}),
            OfferStatus.QUALIFIED,
            permission="projects.judge_offer",
            label=_("Admit the offer"),
            verb="projects.purchase_offer.qualified",
            basis="Government Procurement Law art. 22, 23",
            stamp="judged",
        ),
        Move(
            "reject",
            frozenset({OfferStatus.SUBMITTED}),
            OfferStatus.REJECTED,
            permission="projects.judge_offer",
            label=_("Do not admit the offer"),
            verb="projects.purchase_offer.rejected",
            basis="Government Procurement Law art. 22, 23",
            stamp="judged",
            needs_reason=True,
            fields=("remark",),
            event="projects.purchase_offer.rejected",
        ),
    ),
)

AWARD = Lifecycle(
    "projects.PurchaseAward",
    initial=AwardStatus.PROPOSED,
    terminal=frozenset({AwardStatus.SET_ASIDE}),
    moves=(
        Move(
            "publish",
            frozenset({AwardStatus.PROPOSED}),
            AwardStatus.PUBLISHED,
            permission="projects.confirm_award",
            label=_("Confirm and publish the award"),
            verb="projects.purchase_award.published",
            basis="Regulations for the Government Procurement Law art. 43",
            stamp="confirmed",
            apart_from=("proposed",),
            fields=("notice", "sign_by"),
            event="projects.purchase_award.published",
        ),
        Move(
            "settle",
            frozenset({AwardStatus.PUBLISHED}),
            AwardStatus.FINAL,
            permission=SYSTEM,
            label=_("Make the award final"),
            verb="projects.purchase_award.settled",
            basis="Government Procurement Law art. 52",
            stamp="settled",
            event="projects.purchase_award.settled",
            waits=False,
        ),
        Move(
            # A final one as well, while no contract stands on it: who was chosen refuses to sign, or may not any more.
            "set_aside",
            frozenset({AwardStatus.PROPOSED, AwardStatus.FINAL}),
            AwardStatus.SET_ASIDE,
            permission="projects.confirm_award",
            label=_("Set the award aside"),
            verb="projects.purchase_award.set_aside",
            basis="Regulations for the Government Procurement Law art. 49",
            apart_from=("proposed",),
            guard=not_contracted,
            needs_reason=True,
            stamp="settled",
            event="projects.purchase_award.set_aside",
        ),
        Move(
            "overturn",
            frozenset({AwardStatus.PUBLISHED}),
            AwardStatus.SET_ASIDE,
            permission=SYSTEM,
            label=_("Set the award aside after an objection"),
            verb="projects.purchase_award.overturned",
            basis="Government Procurement Law art. 52, 53",
            stamp="settled",
            event="projects.purchase_award.overturned",
            waits=False,
        ),
    ),
)
