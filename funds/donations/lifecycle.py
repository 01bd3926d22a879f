"""How a donation proceeds, and a promise to add to donations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.donations.models import Donation


class DonationStatus(models.TextChoices):
    """Where a donation stands."""

    PLEDGED = "PLEDGED", _("pledged")
    RECEIVED = "RECEIVED", _("received")
    RECEIPTED = "RECEIPTED", _("receipt issued")
    PUBLISHED = "PUBLISHED", _("published")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    REFUNDED = "REFUNDED", _("refunded")


class PromiseStatus(models.TextChoices):
    """Where a promise to add to donations stands."""

    PROPOSED = "PROPOSED", _("entered")
    FUNDED = "FUNDED", _("deposit confirmed")
    ENDED = "ENDED", pgettext_lazy("promise", "ended")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


def is_to_be_refunded(donation: Donation) -> StrOrPromise | None:
    """Hold a refund back that nobody has proposed with its ground."""
    return None if donation.refund_ground else _("The charity proposes a refund with its ground first.")


DONATION = Lifecycle(
    "funds.Donation",
    initial=DonationStatus.PLEDGED,
    terminal=frozenset({DonationStatus.WITHDRAWN, DonationStatus.REFUNDED}),
    moves=(
        Move(
            "receive",
            frozenset({DonationStatus.PLEDGED}),
            DonationStatus.RECEIVED,
            permission="funds.receive_donation",
            label=_("Confirm receipt of the money"),
            verb="funds.donation.received",
            basis="Charity Law art. 38",
            stamp="received",
            apart_from=("recorded",),
            fields=("received_on", "journal"),
            event="funds.donation.received",
        ),
        Move(
            "issue_receipt",
            frozenset({DonationStatus.RECEIVED}),
            DonationStatus.RECEIPTED,
            permission="funds.receive_donation",
            label=_("Issue the receipt"),
            verb="funds.donation.receipted",
            basis="Charity Law art. 38",
            stamp="receipted",
            fields=("receipt_number", "is_receipt_waived", "receipt_note"),
        ),
        Move(
            "publish",
            frozenset({DonationStatus.RECEIPTED}),
            DonationStatus.PUBLISHED,
            permission="funds.receive_donation",
            label=_("Publish"),
            verb="funds.donation.published",
            basis="Charity Law art. 72",
            stamp="published",
        ),
        Move(
            "withdraw",
            frozenset({DonationStatus.PLEDGED}),
            DonationStatus.WITHDRAWN,
            permission="funds.record_donation",
            label=_("Withdraw"),
            verb="funds.donation.withdrawn",
            needs_reason=True,
        ),
        Move(
            "refund",
            frozenset({DonationStatus.RECEIVED, DonationStatus.RECEIPTED, DonationStatus.PUBLISHED}),
            DonationStatus.REFUNDED,
            permission="funds.refund_donation",
            label=_("Refund for error or illegality"),
            verb="funds.donation.refunded",
            basis="Charity Law art. 36",
            stamp="refunded",
            apart_from=("refund_proposed", "recorded"),
            guard=is_to_be_refunded,
            fields=("refund_journal",),
            event="funds.donation.refunded",
        ),
    ),
)

PROMISE = Lifecycle(
    "funds.MatchingPromise",
    initial=PromiseStatus.PROPOSED,
    terminal=frozenset({PromiseStatus.ENDED, PromiseStatus.WITHDRAWN}),
    moves=(
        Move(
            "confirm_deposit",
            frozenset({PromiseStatus.PROPOSED}),
            PromiseStatus.FUNDED,
            permission="funds.receive_donation",
            label=_("Confirm that the deposit is there"),
            verb="funds.promise.funded",
            stamp="funded",
            apart_from=("proposed",),
            fields=("reference",),
            event="funds.promise.funded",
        ),
        Move(
            "end",
            frozenset({PromiseStatus.FUNDED}),
            PromiseStatus.ENDED,
            permission="funds.receive_donation",
            label=pgettext_lazy("promise", "End"),
            verb="funds.promise.ended",
            stamp="ended",
            needs_reason=True,
        ),
        Move(
            "withdraw",
            frozenset({PromiseStatus.PROPOSED}),
            PromiseStatus.WITHDRAWN,
            permission="funds.record_donation",
            label=_("Withdraw"),
            verb="funds.promise.withdrawn",
            needs_reason=True,
        ),
    ),
)
