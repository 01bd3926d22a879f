"""The filters of the lists of rounds and proposals: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.budgeting.lifecycle import ProposalStatus, RoundStatus
from funds.budgeting.models import BudgetProposal, BudgetRound
from funds.charity.filters import DivisionFilter


class BudgetRoundFilter(django_filters.FilterSet):
    """Rounds by place, fund and state."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    status = django_filters.ChoiceFilter(choices=RoundStatus.choices, label=_("status"))

    class Meta:
        model = BudgetRound
        fields: ClassVar[list[str]] = []


class BudgetProposalFilter(django_filters.FilterSet):
    """Proposals by place, round, state, and whether they were chosen."""

    division = DivisionFilter(label=_("division"))
    round = django_filters.NumberFilter(field_name="round_id", label=_("participatory budget"))
    status = django_filters.ChoiceFilter(choices=ProposalStatus.choices, label=_("status"))
    is_winner = django_filters.BooleanFilter(label=_("chosen"))

    class Meta:
        model = BudgetProposal
        fields: ClassVar[list[str]] = []
