"""The rule parameters of decisions."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import decimal, declare

COSTLY_ABOVE = declare(
    "decision.costly_above",
    _("A decision of the residents' council that costs more than this needs two thirds"),
    unit="yuan",
    read=decimal,
    default=Decimal(5000),
    basis="Default of this platform; the council's own rules prevail",
)
ORDINARY_RULE, COSTLY_RULE = "council_default", "council_costly"
"""The council's rule, and the one by which its costly decisions are judged."""
