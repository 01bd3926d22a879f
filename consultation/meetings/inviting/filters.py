"""The filter of the list of letters."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from communities.people.filters import DivisionFilter
from consultation.meetings.inviting.models import LetterState, MeetingLetter, MeetingLetterQuerySet, Occasion
from consultation.topics.following.models import Channel


class LetterFilter(django_filters.FilterSet):
    """Letters by place, meeting, occasion, channel and how far they are."""

    division = DivisionFilter(place="attendance__meeting__division")
    meeting = django_filters.NumberFilter(field_name="attendance__meeting_id", label=_("meeting"))
    occasion = django_filters.ChoiceFilter(choices=Occasion.choices, label=_("occasion"))
    channel = django_filters.ChoiceFilter(choices=Channel.choices, label=_("channel"))
    state = django_filters.ChoiceFilter(method="narrow_state", choices=LetterState.choices, label=_("state"))

    class Meta:
        model = MeetingLetter
        fields: ClassVar[list[str]] = []

    def narrow_state(self, rows: MeetingLetterQuerySet, name: str, value: str) -> MeetingLetterQuerySet:
        """Keep what is so far."""
        del name
        return rows.in_state(value)
