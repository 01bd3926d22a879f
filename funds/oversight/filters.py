"""The filters of the lists of proposals and opinions."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.oversight.lifecycle import ProposalStatus
from funds.oversight.models import FundProposal, ProposalKind, SupervisorOpinion


class ProposalFilter(django_filters.FilterSet):
    """Proposals by fund, kind and state."""

    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    kind = django_filters.ChoiceFilter(choices=ProposalKind.choices, label=_("proposal"))
    status = django_filters.ChoiceFilter(choices=ProposalStatus.choices, label=_("status"))

    class Meta:
        model = FundProposal
        fields: ClassVar[list[str]] = []


class OpinionFilter(django_filters.FilterSet):
    """Opinions of supervisors by fund."""

    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))

    class Meta:
        model = SupervisorOpinion
        fields: ClassVar[list[str]] = []
