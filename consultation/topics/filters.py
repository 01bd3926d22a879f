"""The filters of the lists of topics and opinions."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, Stance, Topic, TopicQuerySet
from consultation.topics.policy import PhaseKind, TopicClass

LONGEST_SEARCH = 50
MOST_WORDS = 4


class TopicFilter(django_filters.FilterSet):
    """Topics by place, state, and whether something can still happen on them."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=TopicStatus.choices, label=_("status"))
    list_class = django_filters.ChoiceFilter(choices=TopicClass.choices, label=_("class"))
    phase = django_filters.ChoiceFilter(choices=PhaseKind.choices, method="filter_phase", label=_("phase that runs"))
    q = django_filters.CharFilter(method="filter_words", max_length=LONGEST_SEARCH, label=_("words"))
    open = django_filters.BooleanFilter(method="filter_open", label=pgettext_lazy("topic", "open"))

    class Meta:
        model = Topic
        fields: ClassVar[list[str]] = []

    def filter_phase(self, rows: TopicQuerySet, name: str, value: str) -> TopicQuerySet:
        """Topics of which a phase of this kind runs now."""
        del name
        return rows.in_phase(value)

    def filter_words(self, rows: TopicQuerySet, name: str, value: str) -> TopicQuerySet:
        """Topics whose title or number in the consultation list holds all of the words."""
        del name
        for word in value.split()[:MOST_WORDS]:
            rows = rows.filter(Q(title__icontains=word) | Q(list_item_name__icontains=word))
        return rows

    def filter_open(self, rows: TopicQuerySet, name: str, value: Any) -> TopicQuerySet:
        """Topics that are announced or under deliberation, or everything."""
        del name
        return rows.open() if value else rows


class OpinionFilter(django_filters.FilterSet):
    """Opinions by topic and stance."""

    topic = django_filters.NumberFilter(field_name="topic_id", label=_("topic"))
    stance = django_filters.ChoiceFilter(choices=Stance.choices, label=_("stance"))

    class Meta:
        model = Opinion
        fields: ClassVar[list[str]] = []
