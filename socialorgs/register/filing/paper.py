"""Filing on paper: the application form with its members, and the certificate that the street hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.printing import render
from socialorgs.register.filing.policy import names_in

if TYPE_CHECKING:
    from socialorgs.register.filing.models import Filing


def print_application(filing: Filing) -> bytes:
    """Return the PDF of the application form (备案申请表); it names the members, so it goes to its head and the staff.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render("socialorgs/filing/application.html", {"filing": filing, "members": names_in(filing.members)})


def print_certificate(filing: Filing) -> bytes:
    """Return the PDF of the certificate of filing (备案证); for a group that the street has filed.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    street = filing.division.parent or filing.division
    return render("socialorgs/filing/certificate.html", {"filing": filing, "street": street})
