"""How a proposal of the clock about a fund is decided: people confirm or dismiss it, or it lapses by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.oversight.models import FundProposal

GUIDES = "Guides on community charity funds (Hubei 2023, Hunan 2025)"


class ProposalStatus(models.TextChoices):
    """Where a proposal stands."""

    PROPOSED = "PROPOSED", _("proposed")
    CONFIRMED = "CONFIRMED", pgettext_lazy("proposal", "confirmed")
    DISMISSED = "DISMISSED", pgettext_lazy("proposal", "dismissed")
    LAPSED = "LAPSED", pgettext_lazy("proposal", "lapsed")


def asks_for_a_decision(proposal: FundProposal) -> StrOrPromise | None:
    """Hold a mere reminder back: it lapses when what it asks for is done."""
    if proposal.kind == "RENEW":
        return _("This is a reminder. Name the new committee; the reminder then lapses by itself.")
    return None


FUND_PROPOSAL = Lifecycle(
    "funds.FundProposal",
    initial=ProposalStatus.PROPOSED,
    terminal=frozenset({ProposalStatus.CONFIRMED, ProposalStatus.DISMISSED, ProposalStatus.LAPSED}),
    moves=(
        Move(
            "confirm",
            frozenset({ProposalStatus.PROPOSED}),
            ProposalStatus.CONFIRMED,
            permission="funds.decide_fund_proposal",
            label=_("Confirm the proposal"),
            verb="funds.fund_proposal.confirmed",
            basis=GUIDES,
            stamp="decided",
            guard=asks_for_a_decision,
            event="funds.fund_proposal.confirmed",
        ),
        Move(
            "dismiss",
            frozenset({ProposalStatus.PROPOSED}),
            ProposalStatus.DISMISSED,
            permission="funds.decide_fund_proposal",
            label=_("Dismiss the proposal"),
            verb="funds.fund_proposal.dismissed",
            basis=GUIDES,
            stamp="decided",
            needs_reason=True,
        ),
        Move(
            "lapse",
            frozenset({ProposalStatus.PROPOSED}),
            ProposalStatus.LAPSED,
            permission=SYSTEM,
            label=_("Let the proposal lapse"),
            verb="funds.fund_proposal.lapsed",
            basis=GUIDES,
            stamp="decided",
        ),
    ),
)
