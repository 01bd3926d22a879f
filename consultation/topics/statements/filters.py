"""The filter of the list of statements."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from consultation.topics.statements.lifecycle import StatementStatus
from consultation.topics.statements.models import Statement


class StatementFilter(django_filters.FilterSet):
    """Statements by topic and state."""

    topic = django_filters.NumberFilter(field_name="topic_id", label=_("topic"))
    status = django_filters.ChoiceFilter(choices=StatementStatus.choices, label=_("status"))

    class Meta:
        model = Statement
        fields: ClassVar[list[str]] = []
