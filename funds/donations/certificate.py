"""The certificate of thanks: what it says, as PDF with the code by which anybody can check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from funds.donations.models import Donation
from funds.donations.policy import CODE_SIGNS, shown_code
from governance.printing import render

if TYPE_CHECKING:
    from django.db.models import QuerySet


def address_of(code: str) -> str:
    """Return the public address at which a certificate is checked."""
    return str(settings.SITE_URL).rstrip("/") + reverse("funds:certificate-check", args=[code])


def print_certificate(donation: Donation) -> bytes:
    """Return the PDF of a donation's certificate; it names the donor in full, so it goes to who may know them.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    context = {
        "donation": donation,
        "goods": list(donation.goods.order_by("number")),
        "code": shown_code(donation.certificate_code),
        "address": address_of(donation.certificate_code),
    }
    return render("funds/donations/certificate.html", context)


def with_code(text: str) -> QuerySet[Donation]:
    """Return the donation whose certificate bears this code, typed with or without groups; none for another text."""
    code = "".join(sign for sign in text.upper() if sign in CODE_SIGNS)
    return Donation.objects.filter(certificate_code=code).exclude(certificate_code="").for_detail()
