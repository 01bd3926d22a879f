"""Questionnaires in the API: what is asked, and what came of it once it is closed; single answers never."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.people.filters import DivisionFilter
from consultation.matters.surveys import operations
from consultation.matters.surveys.batches import MOST_SHEETS, SheetsRefused, enter_sheets
from consultation.matters.surveys.lifecycle import SURVEY, SurveyStatus
from consultation.matters.surveys.models import Survey, SurveyQuestion
from consultation.matters.surveys.queries import result_of
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock


class SurveyQuestionSerializer(serializers.ModelSerializer[SurveyQuestion]):
    """A question and what it offers."""

    options = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = SurveyQuestion
        fields: ClassVar = ["number", "text", "kind", "options", "is_required", "need_field"]
        read_only_fields: ClassVar = fields


class SurveySerializer(serializers.ModelSerializer[Survey]):
    """A questionnaire with its questions."""

    questions = SurveyQuestionSerializer(many=True, read_only=True)

    class Meta:
        model = Survey
        fields: ClassVar = [
            *("id", "division", "title", "purpose", "status", "closes_on", "opened_at", "closed_at", "questions")
        ]
        read_only_fields: ClassVar = fields


class ToldSerializer(serializers.Serializer[Any]):
    """How often an answer was given; null where it would speak of too few people."""

    answer = serializers.CharField(source="label")
    count = serializers.IntegerField(allow_null=True)
    percent = serializers.IntegerField(allow_null=True)


class QuestionResultSerializer(serializers.Serializer[Any]):
    """What was answered to one question."""

    number = serializers.IntegerField(source="question.number")
    text = serializers.CharField(source="question.text")
    answered = serializers.IntegerField(allow_null=True)
    mean = serializers.CharField(help_text="Of marks, with one decimal; empty for other questions.")
    counts = ToldSerializer(many=True)


class SurveyResultSerializer(serializers.Serializer[Any]):
    """The result of a closed questionnaire; small numbers are null."""

    answers = serializers.IntegerField(allow_null=True)
    by_paper = serializers.IntegerField(allow_null=True, help_text="On paper or filled in together on a visit.")
    matters = serializers.IntegerField()
    questions = QuestionResultSerializer(many=True)


class SurveySheetSerializer(serializers.Serializer[Any]):
    """One sheet that came back on paper."""

    slip = serializers.IntegerField(min_value=1, max_value=32_767)
    answers = serializers.DictField(
        help_text="By number of question: a mark from 1 to 5, the number of an option, a list of such numbers, or words."
    )


class SurveySheetsSerializer(serializers.Serializer[Any]):
    """Sheets that came back on paper; all of them are entered, or none."""

    sheets = serializers.ListField(child=SurveySheetSerializer(), min_length=1, max_length=MOST_SHEETS)


class SheetProblemSerializer(serializers.Serializer[Any]):
    """Why one sheet is not taken."""

    slip = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class SheetsRefusedSerializer(serializers.Serializer[Any]):
    """Why no sheet was entered."""

    code = serializers.CharField()
    detail = serializers.CharField()
    problems = SheetProblemSerializer(many=True)


class SheetsEnteredSerializer(serializers.Serializer[Any]):
    """How many sheets are new, and how many stood there already as they came."""

    entered = serializers.IntegerField()
    repeated = serializers.IntegerField()


class SurveyFilter(django_filters.FilterSet):
    """Questionnaires by place and state."""

    division = DivisionFilter()
    status = django_filters.ChoiceFilter(choices=SurveyStatus.choices)

    class Meta:
        model = Survey
        fields: ClassVar[list[str]] = []


@moves_of(SURVEY)
class SurveyViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Survey]):
    """Questionnaires (调查问卷) of communities."""

    serializer_class = SurveySerializer
    filterset_class = SurveyFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "result": None,
        "enter_sheets": "consultation.enter_survey_answer",
    }

    def get_queryset(self) -> QuerySet[Survey]:
        """What the client may see."""
        return Survey.objects.visible_to(self.request.user).for_list().prefetch_related("questions")

    @extend_schema(responses=SurveyResultSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def result(self, request: Request, pk: str | None = None) -> Response:
        """Return what a closed questionnaire came to; 404 before."""
        del request, pk
        found = result_of(self.get_object(), clock.today())
        if found is None:
            raise NotFound
        return Response(SurveyResultSerializer(found).data)

    @extend_schema(request=None, responses=SurveySerializer)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str | None = None) -> Response:
        """Open for answers: DRAFT to OPEN."""
        del pk
        row = self.get_object()
        operations.open_survey(by=acting_user(request), now=clock.now(), today=clock.today(), survey=row)
        return self.shown(row)

    @extend_schema(
        request=SurveySheetsSerializer, responses={200: SheetsEnteredSerializer, 400: SheetsRefusedSerializer}
    )
    @action(detail=True, methods=["post"])
    def enter_sheets(self, request: Request, pk: str | None = None) -> Response:
        """Enter sheets that came back on paper, by the numbers of their slips; the same batch again changes nothing."""
        del pk
        row, body = self.get_object(), SurveySheetsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sheets = [(one["slip"], one["answers"]) for one in body.validated_data["sheets"]]
        by, now, today = acting_user(request), clock.now(), clock.today()
        try:
            found = enter_sheets(by=by, now=now, today=today, survey=row, sheets=sheets)
        except SheetsRefused as refusal:
            told = {"code": refusal.code, "detail": str(refusal), "problems": refusal.problems}
            return Response(SheetsRefusedSerializer(told).data, status=400)
        return Response(SheetsEnteredSerializer(found).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("surveys", SurveyViewSet)]
