"""The filters of the lists of ballots and of paper votes."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot
from consultation.ballots.papers.lifecycle import BatchStatus
from consultation.ballots.papers.models import PaperBatch, PaperVote, PaperVoteQuerySet


class BallotFilter(django_filters.FilterSet):
    """Ballots by place, state and topic."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=BallotStatus.choices, label=_("status"))
    topic = django_filters.NumberFilter(field_name="topic_id", label=_("topic"))

    class Meta:
        model = Ballot
        fields: ClassVar[list[str]] = []


class PaperVoteFilter(django_filters.FilterSet):
    """Votes on paper by ballot, and whether they wait for their second person."""

    ballot = django_filters.NumberFilter(field_name="ballot_id", label=_("ballot"))
    waiting = django_filters.BooleanFilter(method="filter_waiting", label=_("waiting for the second person"))

    class Meta:
        model = PaperVote
        fields: ClassVar[list[str]] = []

    def filter_waiting(self, rows: PaperVoteQuerySet, name: str, value: Any) -> PaperVoteQuerySet:
        """Sheets that hold the count, or the others."""
        del name
        return rows.waiting() if value else rows.exclude(pk__in=rows.waiting())


class PaperBatchFilter(django_filters.FilterSet):
    """Batches of paper votes by ballot and state."""

    ballot = django_filters.NumberFilter(field_name="ballot_id", label=_("ballot"))
    status = django_filters.ChoiceFilter(choices=BatchStatus.choices, label=_("status"))

    class Meta:
        model = PaperBatch
        fields: ClassVar[list[str]] = []
