"""The filters of questions on purchases."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from projects.purchasing.asking.models import PurchaseQuestion


class QuestionFilter(django_filters.FilterSet):
    """Questions by purchase, and whether they wait for their answer."""

    purchase = django_filters.NumberFilter(field_name="purchase_id", label=_("purchase of a service"))
    is_waiting = django_filters.BooleanFilter(field_name="answered_at", lookup_expr="isnull", label=_("unanswered"))

    class Meta:
        model = PurchaseQuestion
        fields: ClassVar[list[str]] = []
