"""The filters of the lists of requests and payments: the same on the pages and in the API."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from funds.spending.lifecycle import PaymentStatus, RefundStatus, ReliefStatus, RequestStatus
from funds.spending.models import Payment, Purpose, SpendingRequest
from funds.spending.papers.models import EmergencyRelief, Refund


class RequestFilter(django_filters.FilterSet):
    """Requests by place, fund, decision, purpose, state, number or title."""

    q = django_filters.CharFilter(method="are_named", max_length=60, label=_("number or title"))
    division = DivisionFilter(place="fund__division")
    fund = django_filters.NumberFilter(field_name="fund_id", label=_("fund"))
    decision = django_filters.NumberFilter(field_name="decision_id", label=_("decision"))
    purpose = django_filters.ChoiceFilter(choices=Purpose.choices, label=pgettext_lazy("use", "purpose"))
    status = django_filters.ChoiceFilter(choices=RequestStatus.choices, label=_("status"))

    class Meta:
        model = SpendingRequest
        fields: ClassVar[list[str]] = []

    def are_named(
        self, rows: models.QuerySet[SpendingRequest], name: str, value: str
    ) -> models.QuerySet[SpendingRequest]:
        """Keep what carries the text in its title, or begins with the number."""
        del name
        text = value.strip()
        return rows.filter(models.Q(title__icontains=text) | models.Q(number__istartswith=text))


class PaymentFilter(django_filters.FilterSet):
    """Payments by place, fund, request, organization, state and day."""

    division = DivisionFilter(place="request__fund__division")
    fund = django_filters.NumberFilter(field_name="request__fund_id", label=_("fund"))
    request = django_filters.NumberFilter(field_name="request_id", label=_("request"))  # type: ignore[assignment]  # the metaclass takes it away
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    status = django_filters.ChoiceFilter(choices=PaymentStatus.choices, label=_("status"))
    paid_from = django_filters.DateFilter(field_name="paid_on", lookup_expr="gte", label=_("paid from"))
    paid_to = django_filters.DateFilter(field_name="paid_on", lookup_expr="lt", label=_("paid before"))

    class Meta:
        model = Payment
        fields: ClassVar[list[str]] = []


class ReliefFilter(django_filters.FilterSet):
    """Emergency relief by place, fund, request and state."""

    division = DivisionFilter(place="request__fund__division")
    fund = django_filters.NumberFilter(field_name="request__fund_id", label=_("fund"))
    spending_request = django_filters.NumberFilter(field_name="request_id", label=_("spending request"))
    status = django_filters.ChoiceFilter(choices=ReliefStatus.choices, label=_("status"))

    class Meta:
        model = EmergencyRelief
        fields: ClassVar[list[str]] = []


class RefundFilter(django_filters.FilterSet):
    """Refunds by place, fund, payment and state."""

    division = DivisionFilter(place="payment__request__fund__division")
    fund = django_filters.NumberFilter(field_name="payment__request__fund_id", label=_("fund"))
    payment = django_filters.NumberFilter(field_name="payment_id", label=_("payment"))
    status = django_filters.ChoiceFilter(choices=RefundStatus.choices, label=_("status"))

    class Meta:
        model = Refund
        fields: ClassVar[list[str]] = []
