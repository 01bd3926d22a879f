"""The decisions room in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.notices.models import Attachment
from consultation.ballots.models import Ballot
from consultation.decisions import accepting, operations
from consultation.decisions.filters import DecisionFilter
from consultation.decisions.lifecycle import DECISION
from consultation.decisions.models import Acceptance, Decision, Verdict
from consultation.decisions.policy import LONGEST_VERDICT
from consultation.meetings.record import Resolution
from consultation.topics.models import Topic
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A decision with the topic and the ballot or resolution behind it; all of it is public once posted."""

    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = Decision
        fields: ClassVar = [
            "id",
            "number",
            "division",
            "division_name",
            "topic",
            "ballot",
            "resolution",
            "text",
            "cost_estimate",
            "notice",
            "status",
            "responsible",
            "due_on",
            "result_text",
            "result_notice",
            "acceptance",
            "shortfall",
            "evidence",
            "posted_at",
            "final_at",
            "reported_at",
            "accepted_at",
            "closed_at",
        ]
        read_only_fields: ClassVar = fields


class NewDecisionSerializer(serializers.Serializer[Any]):
    """What is decided on a topic, by the ballot or the resolution that passed it."""

    topic = serializers.PrimaryKeyRelatedField(queryset=Topic.objects.select_related("division"))
    ballot = serializers.PrimaryKeyRelatedField(
        queryset=Ballot.objects.select_related("rule"), required=False, allow_null=True, default=None
    )
    resolution = serializers.PrimaryKeyRelatedField(
        queryset=Resolution.objects.select_related("rule"), required=False, allow_null=True, default=None
    )
    text = serializers.CharField()
    cost_estimate = AmountField(required=False, default=Decimal(0))


class ExecutionSerializer(serializers.Serializer[Any]):
    """Who carries the decision out, and by when."""

    responsible = serializers.CharField(max_length=100)
    due_on = serializers.DateField()


class ReportSerializer(serializers.Serializer[Any]):
    """What came of the decision."""

    text = serializers.CharField()
    evidence = serializers.PrimaryKeyRelatedField(
        queryset=Attachment.objects.all(), many=True, required=False, default=list
    )


class AcceptSerializer(serializers.Serializer[Any]):
    """How far the result is accepted."""

    acceptance = serializers.ChoiceField(choices=Acceptance.choices, required=False, default=Acceptance.FULL)
    shortfall = serializers.CharField(max_length=LONGEST_VERDICT, required=False, allow_blank=True, default="")


class VerdictSerializer(serializers.Serializer[Any]):
    """What a resident says of the result."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    text = serializers.CharField(max_length=LONGEST_VERDICT, required=False, allow_blank=True, default="")


@moves_of(DECISION)
class DecisionViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Decision]):
    """Decisions: everybody reads what was posted, the staff of the place their drafts too."""

    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.manage_decision",
        "judge": "consultation.judge_result",
    }

    def get_queryset(self) -> QuerySet[Decision]:
        """What the client may see."""
        return Decision.objects.visible_to(self.request.user).for_list().prefetch_related("evidence")

    @extend_schema(request=NewDecisionSerializer, responses={201: DecisionSerializer})
    def create(self, request: Request) -> Response:
        """Draft a decision."""
        body = NewDecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.draft_decision(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(DecisionSerializer(row).data, status=201)

    @extend_schema(request=MoveSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def put_up(self, request: Request, pk: str | None = None) -> Response:
        """Post for objections: DRAFT to POSTED."""
        del pk
        row = operations.post_decision(
            by=acting_user(request), now=clock.now(), today=clock.today(), decision=self.get_object()
        )
        return self.shown(row)

    @extend_schema(request=ExecutionSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def begin_execution(self, request: Request, pk: str | None = None) -> Response:
        """Begin to carry out: FINAL to EXECUTING."""
        del pk
        row, body = self.get_object(), ExecutionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        moved = operations.begin_execution(
            by=acting_user(request), now=clock.now(), decision=row, **body.validated_data
        )
        return self.shown(moved)

    @extend_schema(request=ReportSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def report_result(self, request: Request, pk: str | None = None) -> Response:
        """Report the result: EXECUTING to REPORTED."""
        del pk
        row, body = self.get_object(), ReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        moved = operations.report_result(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return self.shown(moved)

    @extend_schema(request=AcceptSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Accept for the residents: REPORTED to ACCEPTED, in full or in part."""
        del pk
        row, body = self.get_object(), AcceptSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        moved = accepting.accept_result(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return self.shown(moved)

    @extend_schema(request=VerdictSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def judge(self, request: Request, pk: str | None = None) -> Response:
        """Say what one thinks of the result while it is shown, once."""
        del pk
        row, body = self.get_object(), VerdictSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        accepting.give_verdict(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("decisions", DecisionViewSet)]
