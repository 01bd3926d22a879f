"""A stay on paper: the agreement that a body signs when it comes in, and the certificate with which it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.printing import render
from socialorgs.incubation.models import IncubationStay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socialorgs.incubation.models import CapacityItem


def print_agreement(stay: IncubationStay, plan: Sequence[CapacityItem]) -> bytes:
    """Return the PDF of the incubation agreement (入壳孵化协议) with the capacity plan as it stands.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render("socialorgs/incubation/agreement.html", {"stay": stay, "plan": plan})


def print_certificate(stay: IncubationStay) -> bytes:
    """Return the PDF of the certificate of leaving with success (出壳证书).

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render("socialorgs/incubation/certificate.html", {"stay": stay})
