"""What the three parties of an agreement undertake."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

LONGEST_NUMBER = 80
"""Characters of the number of a transfer: as long in a contract's payment as against the budget line."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What the three parties undertake (三方协议: street, community, organization)."""

    buyer: str
    landing: str
    organization: str


def usual_duties() -> Duties:
    """Return what the parties usually undertake, in the language of the moment.

    Basis: report S4 (street signs and answers, community carries out, organization delivers).
    """
    return Duties(
        buyer=_("Signs the agreement and answers for it, pays from its budget line, supervises and has it evaluated."),
        landing=_(
            "Carries out on behalf of the street: gives room, calls the residents together, confirms what was done."
        ),
        organization=_("Delivers the service as offered, keeps separate accounts, reports and accepts the evaluation."),
    )
