"""How a donation proceeds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.lifecycle import Lifecycle, Move


class DonationStatus(models.TextChoices):
    """Where a donation stands."""

    PLEDGED = "PLEDGED", _("pledged")
    RECEIVED = "RECEIVED", _("received")
    RECEIPTED = "RECEIPTED", _("receipt issued")
    PUBLISHED = "PUBLISHED", _("published")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


DONATION = Lifecycle(
    "funds.Donation",
    initial=DonationStatus.PLEDGED,
    terminal=frozenset({DonationStatus.PUBLISHED, DonationStatus.WITHDRAWN}),
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
    ),
)
