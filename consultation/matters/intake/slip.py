"""The slip that somebody takes home: number, code and QR, on the screen, on a receipt printer, on A4, as PDF."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from consultation.matters.intake.models import MatterSlip
from consultation.matters.intake.policy import shown_code
from governance.printing import render


def address_of(slip: MatterSlip) -> str:
    """Return the public address at which the holder of a slip follows the matter."""
    return str(settings.SITE_URL).rstrip("/") + reverse("consultation:matter-followed", args=[slip.code])


def slip_context(slip: MatterSlip) -> dict[str, Any]:
    """Return what a slip says: neither the person's name nor what was said."""
    return {
        "slip": slip,
        "matter": slip.matter,
        "code": shown_code(str(slip.code)),
        "address": address_of(slip),
        "site": str(settings.SITE_URL).rstrip("/") + reverse("consultation:matter-follow"),
    }


def print_slip(slip: MatterSlip) -> bytes:
    """Return the PDF of a slip.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render("consultation/matters/intake/slip_paper.html", slip_context(slip))
