"""How a platform's file of donations is taken in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class IntakeStatus(models.TextChoices):
    """Where a file stands."""

    UPLOADED = "UPLOADED", _("waiting to be read")
    READ = "READ", _("read, to be confirmed")
    UNREADABLE = "UNREADABLE", _("cannot be read")
    CONFIRMED = "CONFIRMED", _("confirmed, being posted")
    POSTED = "POSTED", pgettext_lazy("intake", "posted")
    DISCARDED = "DISCARDED", _("discarded")


INTAKE = Lifecycle(
    "funds.DonationIntake",
    initial=IntakeStatus.UPLOADED,
    terminal=frozenset({IntakeStatus.UNREADABLE, IntakeStatus.POSTED, IntakeStatus.DISCARDED}),
    moves=(
        Move(
            "finish_reading",
            frozenset({IntakeStatus.UPLOADED}),
            IntakeStatus.READ,
            permission=SYSTEM,
            label=_("Finish reading"),
            verb="funds.donation_intake.read",
            fields=("fresh", "known", "bad", "total"),
        ),
        Move(
            "give_up",
            frozenset({IntakeStatus.UPLOADED}),
            IntakeStatus.UNREADABLE,
            permission=SYSTEM,
            label=_("Give up reading"),
            verb="funds.donation_intake.unreadable",
            fields=("problem",),
        ),
        Move(
            "confirm",
            frozenset({IntakeStatus.READ}),
            IntakeStatus.CONFIRMED,
            permission="funds.receive_donation",
            label=_("Confirm and post"),
            verb="funds.donation_intake.confirmed",
            basis="Charity Law art. 38",
            stamp="confirmed",
            apart_from=("uploaded",),
        ),
        Move(
            "discard",
            frozenset({IntakeStatus.UPLOADED, IntakeStatus.READ}),
            IntakeStatus.DISCARDED,
            permission="funds.take_donations_in",
            label=_("Discard"),
            verb="funds.donation_intake.discarded",
            needs_reason=True,
        ),
        Move(
            "finish_posting",
            frozenset({IntakeStatus.CONFIRMED}),
            IntakeStatus.POSTED,
            permission=SYSTEM,
            label=_("Finish posting"),
            verb="funds.donation_intake.posted",
            stamp="posted",
            fields=("fresh", "known", "bad", "total"),
            event="funds.donation_intake.posted",
        ),
        Move(
            "send_back",
            frozenset({IntakeStatus.CONFIRMED}),
            IntakeStatus.READ,
            permission=SYSTEM,
            label=_("Send back"),
            verb="funds.donation_intake.sent_back",
            fields=("problem", "fresh", "known", "bad", "total"),
        ),
    ),
)
