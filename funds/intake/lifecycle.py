"""How a platform's file of donations is taken in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.files.lifecycle import Hands, way_of_a_file
from governance.lifecycle import SYSTEM, Move


class IntakeStatus(models.TextChoices):
    """Where a file stands."""

    UPLOADED = "UPLOADED", _("waiting to be read")
    READ = "READ", _("read, to be confirmed")
    UNREADABLE = "UNREADABLE", _("cannot be read")
    CONFIRMED = "CONFIRMED", _("confirmed, being posted")
    POSTED = "POSTED", pgettext_lazy("intake", "posted")
    DISCARDED = "DISCARDED", _("discarded")


COUNTS = ("fresh", "known", "bad", "total")
INTAKE = way_of_a_file(
    "funds.DonationIntake",
    noun="funds.donation_intake",
    counts=COUNTS,
    hands=Hands(
        taking="funds.take_donations_in",
        confirming="funds.receive_donation",
        label=_("Confirm and post"),
        basis="Charity Law art. 38",
    ),
    done=IntakeStatus.POSTED,
    ends=(
        Move(
            "finish_posting",
            frozenset({IntakeStatus.CONFIRMED}),
            IntakeStatus.POSTED,
            permission=SYSTEM,
            label=_("Finish posting"),
            verb="funds.donation_intake.posted",
            stamp="posted",
            fields=COUNTS,
            event="funds.donation_intake.posted",
        ),
        Move(
            "send_back",
            frozenset({IntakeStatus.CONFIRMED}),
            IntakeStatus.READ,
            permission=SYSTEM,
            label=_("Send back"),
            verb="funds.donation_intake.sent_back",
            fields=("problem", *COUNTS),
        ),
    ),
)
