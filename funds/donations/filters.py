"""The filters of the list of donations: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.donations.lifecycle import DonationStatus
from funds.donations.models import Donation, DonationChannel


class DonationFilter(django_filters.FilterSet):
    """Donations by place, fund, state, channel and day of the money."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    status = django_filters.ChoiceFilter(choices=DonationStatus.choices, label=_("status"))
    channel = django_filters.ChoiceFilter(choices=DonationChannel.choices, label=_("channel"))
    received_from = django_filters.DateFilter(field_name="received_on", lookup_expr="gte", label=_("received from"))
    received_to = django_filters.DateFilter(field_name="received_on", lookup_expr="lt", label=_("received before"))

    class Meta:
        model = Donation
        fields: ClassVar[list[str]] = []
