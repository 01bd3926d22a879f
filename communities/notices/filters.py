"""The filters of the list of notices."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Objection, ObjectionQuerySet, PublicNotice
from communities.people.filters import DivisionFilter


class RunningFilter(django_filters.DateFilter):
    """Notices to which objections may be raised on a day."""

    def filter(self, qs: Any, value: Any) -> QuerySet[Any]:
        """Narrow by the rows' own adjective."""
        narrowed: QuerySet[Any] = qs.running_on(value) if value else qs
        return narrowed


class NoticeFilter(django_filters.FilterSet):
    """Notices by place, state, and whether they run on a day."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=NoticeStatus.choices, label=_("status"))
    running_on = RunningFilter(label=_("running on"))

    class Meta:
        model = PublicNotice
        fields: ClassVar[list[str]] = []


class ObjectionFilter(django_filters.FilterSet):
    """Objections by notice, by place, and whether they wait for an answer."""

    notice = django_filters.NumberFilter(field_name="notice_id", label=_("notice"))
    division = DivisionFilter(place="notice__division")
    unanswered = django_filters.BooleanFilter(method="filter_unanswered", label=_("waiting for an answer"))

    class Meta:
        model = Objection
        fields: ClassVar[list[str]] = []

    def filter_unanswered(self, rows: ObjectionQuerySet, name: str, value: Any) -> ObjectionQuerySet:
        """Objections that hold their notice, or the others."""
        del name
        return rows.unanswered() if value else rows.exclude(outcome="")
