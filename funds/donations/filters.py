"""The filters of the lists of donations and promises: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from funds.charity.filters import DivisionFilter
from funds.donations.lifecycle import DonationStatus, PromiseStatus
from funds.donations.models import Donation, DonationChannel, PurposeChange
from funds.donations.promises import MatchingPromise


class DonationFilter(django_filters.FilterSet):
    """Donations by place, fund, appeal, state, channel and day of the money."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    appeal = django_filters.NumberFilter(field_name="appeal_id", label=_("appeal"))
    status = django_filters.ChoiceFilter(choices=DonationStatus.choices, label=_("status"))
    channel = django_filters.ChoiceFilter(choices=DonationChannel.choices, label=_("channel"))
    received_from = django_filters.DateFilter(field_name="received_on", lookup_expr="gte", label=_("received from"))
    received_to = django_filters.DateFilter(field_name="received_on", lookup_expr="lt", label=_("received before"))

    class Meta:
        model = Donation
        fields: ClassVar[list[str]] = []


class PromiseFilter(django_filters.FilterSet):
    """Promises by place, fund and state."""

    division = DivisionFilter(label=_("division"))
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    status = django_filters.ChoiceFilter(choices=PromiseStatus.choices, label=_("status"))

    class Meta:
        model = MatchingPromise
        fields: ClassVar[list[str]] = []


class PurposeChangeFilter(django_filters.FilterSet):
    """Changes of use by donation, and whether they are confirmed."""

    donation = django_filters.NumberFilter(field_name="donation_id", label=_("donation"))
    is_confirmed = django_filters.BooleanFilter(
        field_name="confirmed_at", lookup_expr="isnull", exclude=True, label=_("confirmed")
    )

    class Meta:
        model = PurposeChange
        fields: ClassVar[list[str]] = []
