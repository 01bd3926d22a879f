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

from communities.notices.models import Attachment, Visibility
from consultation.ballots.models import Ballot
from consultation.decisions import accepting, executing, operations
from consultation.decisions.filters import DecisionFilter
from consultation.decisions.lifecycle import DECISION
from consultation.decisions.models import Acceptance, Decision, Verdict
from consultation.decisions.policy import LONGEST_RESULT, LONGEST_VERDICT
from consultation.meetings.joint import CaseParty
from consultation.meetings.policy import LONGEST_PARTY, LONGEST_TASK, PartyKind
from consultation.meetings.record import Resolution
from consultation.meetings.tasking.api import MeetingTaskSerializer
from consultation.topics.models import Topic
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.models import SocialOrganization


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
            "case",
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

    responsible = serializers.CharField(max_length=LONGEST_PARTY)
    kind = serializers.ChoiceField(choices=PartyKind.choices, required=False, default=PartyKind.COMMITTEE)
    due_on = serializers.DateField()


class CasePartySerializer(serializers.ModelSerializer[CaseParty]):
    """A party that works on what was decided."""

    class Meta:
        model = CaseParty
        fields: ClassVar = ["id", "kind", "name", "organization", "is_leading", "joined_at", "left_at"]
        read_only_fields: ClassVar = fields


class NewPartySerializer(serializers.Serializer[Any]):
    """One more party: an organization of the register, or anybody by name."""

    kind = serializers.ChoiceField(choices=PartyKind.choices)
    name = serializers.CharField(max_length=LONGEST_PARTY, required=False, allow_blank=True, default="")
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )


class NewTaskSerializer(serializers.Serializer[Any]):
    """A task in which the decision is carried out."""

    text = serializers.CharField(max_length=LONGEST_TASK)
    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    due_on = serializers.DateField()
    party = serializers.PrimaryKeyRelatedField(
        queryset=CaseParty.objects.all(), required=False, allow_null=True, default=None
    )


class ReportSerializer(serializers.Serializer[Any]):
    """What came of the decision."""

    text = serializers.CharField(max_length=LONGEST_RESULT)
    evidence = serializers.PrimaryKeyRelatedField(
        queryset=Attachment.objects.filter(visibility=Visibility.PUBLIC), many=True, required=False, default=list
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
        "parties": "consultation.manage_decision",
        "tasks": "consultation.manage_decision",
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
        moved = executing.begin_execution(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return self.shown(moved)

    @extend_schema(request=NewPartySerializer, responses={201: CasePartySerializer})
    @action(detail=True, methods=["post"])
    def parties(self, request: Request, pk: str | None = None) -> Response:
        """Let one more party work on what was decided."""
        del pk
        row, body = self.get_object(), NewPartySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        party = executing.add_party(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return Response(CasePartySerializer(party).data, status=201)

    @extend_schema(request=NewTaskSerializer, responses={201: MeetingTaskSerializer})
    @action(detail=True, methods=["post"])
    def tasks(self, request: Request, pk: str | None = None) -> Response:
        """Give somebody a task in which the decision is carried out."""
        del pk
        row, body = self.get_object(), NewTaskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        task = executing.give_task(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return Response(MeetingTaskSerializer(task).data, status=201)

    @extend_schema(request=ReportSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def report_result(self, request: Request, pk: str | None = None) -> Response:
        """Report the result: EXECUTING to REPORTED."""
        del pk
        row, body = self.get_object(), ReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        moved = executing.report_result(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
        return self.shown(moved)

    @extend_schema(request=MoveSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def return_result(self, request: Request, pk: str | None = None) -> Response:
        """Return the result: REPORTED to EXECUTING."""
        del pk
        row, body = self.get_object(), MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        moved = executing.return_result(by=acting_user(request), now=clock.now(), decision=row, **body.validated_data)
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
