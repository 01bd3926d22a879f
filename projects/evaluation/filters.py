"""The filters of the lists of evaluations."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.filters import DivisionFilter
from communities.people.queries import present_day
from projects.evaluation.lifecycle import PlanStatus, TemplateStatus
from projects.evaluation.models import (
    EvaluationPlan,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
    PushMessage,
    Recipient,
    SubjectKind,
    TieKind,
)
from projects.evaluation.queries import ties_to_the_judged
from projects.evaluation.ties.models import TieQuerySet


class EvaluationFilter(django_filters.FilterSet):
    """Evaluations by place, state, what is judged and by whom it is done."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=PlanStatus.choices, label=_("status"))
    subject_kind = django_filters.ChoiceFilter(choices=SubjectKind.choices, label=_("what is evaluated"))
    implementer = django_filters.NumberFilter(field_name="implementer_id", label=_("implementer"))
    body = django_filters.NumberFilter(field_name="body_id", label=_("body that is evaluated"))
    venue = django_filters.NumberFilter(field_name="venue_id", label=_("venue"))

    class Meta:
        model = EvaluationPlan
        fields: ClassVar[list[str]] = []


class TemplateFilter(django_filters.FilterSet):
    """Templates by key and state."""

    key = django_filters.CharFilter(label=_("key"))
    status = django_filters.ChoiceFilter(choices=TemplateStatus.choices, label=_("status"))

    class Meta:
        model = EvaluationTemplate
        fields: ClassVar[list[str]] = []


class InvitationFilter(django_filters.FilterSet):
    """Invitations by evaluation, and those that wait for marks."""

    evaluation = django_filters.NumberFilter(field_name="plan_id", label=_("evaluation"))
    unanswered = django_filters.BooleanFilter(
        field_name="answer", lookup_expr="isnull", label=pgettext_lazy("evaluation", "not answered")
    )

    class Meta:
        model = EvaluationTask
        fields: ClassVar[list[str]] = []


class MessageFilter(django_filters.FilterSet):
    """Pushed results by recipient, evaluation and organization, and those whose receipt is not confirmed."""

    recipient = django_filters.ChoiceFilter(choices=Recipient.choices, label=_("recipient"))
    evaluation = django_filters.NumberFilter(field_name="result__plan_id", label=_("evaluation"))
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label=_("not confirmed"))

    class Meta:
        model = PushMessage
        fields: ClassVar[list[str]] = []


class TieFilter(django_filters.FilterSet):
    """Ties by place and organization, by kind, and those that count in an evaluation."""

    division = DivisionFilter(place="organization__division")
    organization = django_filters.NumberFilter(field_name="organization_id", label=_("organization"))
    kind = django_filters.ChoiceFilter(choices=TieKind.choices, label=_("kind"))
    evaluation = django_filters.NumberFilter(method="filter_evaluation", label=_("evaluation"))

    class Meta:
        model = EvaluatorTie
        fields: ClassVar[list[str]] = []

    def filter_evaluation(self, rows: TieQuerySet, name: str, value: Any) -> TieQuerySet:
        """Ties that keep their persons from judging in an evaluation."""
        del name
        plan = EvaluationPlan.objects.select_related("implementer__division").filter(pk=value).first()
        return rows.filter(pk__in=ties_to_the_judged(plan, present_day())) if plan else rows.none()
