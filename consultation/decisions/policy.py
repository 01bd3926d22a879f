"""The rule parameters of decisions."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, share, whole

RESULT_PUBLICITY = declare(
    "decision.result_publicity",
    _("The result of a decision is shown to the residents, who say what they think of it, for at least"),
    unit="days",
    read=whole,
    default=5,
    basis="Organic Law of Urban Residents' Committees; days: default of this platform",
)
REJECTING_SHARE = declare(
    "decision.rejecting_share",
    _("A result is not accepted when at least this share of those who answered say that it is not done"),
    unit="share",
    read=share,
    default=Decimal("0.5"),
    basis="Default of this platform",
)
FEWEST_VERDICTS = declare(
    "decision.fewest_verdicts",
    _("Residents' answers hold a result back from this number of answers on"),
    unit="persons",
    read=whole,
    default=5,
    basis="Default of this platform",
)
LONGEST_VERDICT = 500
LONGEST_RESULT = 5000
MOST_EVIDENCE = 20
LONGEST_REASON = 2000
