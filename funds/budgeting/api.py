"""Participatory budgets and their proposals in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.budgeting import moving, operations
from funds.budgeting.filters import BudgetProposalFilter, BudgetRoundFilter
from funds.budgeting.lifecycle import PROPOSAL, ROUND
from funds.budgeting.models import BudgetProposal, BudgetRound
from funds.spending.models import Purpose
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, moves_of
from governance.calendar import clock


class BudgetRoundSerializer(serializers.ModelSerializer[BudgetRound]):
    """A participatory budget with its rule and, once it is counted, its outcome (amounts in fen, exact)."""

    outcome = serializers.JSONField(read_only=True)

    class Meta:
        model = BudgetRound
        fields = (
            *("id", "fund", "topic", "title", "text", "amount", "proposals_until", "ballot_method", "most_choices"),
            *(
                "method",
                "stops",
                "utility",
                "completion",
                "then_greedy",
                "compares",
                "threshold_per_mille",
                "fingerprint",
                "frozen_text",
            ),
            *("ballot", "outcome", "recount_hash", "spent", "decision", "status", "called_at", "allocated_at"),
        )
        read_only_fields = fields


class VoteEntrySerializer(serializers.Serializer[Any]):
    """When the vote is held, and the key of the decision rule by which it is judged."""

    rule_key = serializers.CharField(max_length=40)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class ReasonEntrySerializer(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=1000)


class ExclusionEntrySerializer(serializers.Serializer[Any]):
    """The other proposal of the round, and why only one of the two can be carried out."""

    other = serializers.PrimaryKeyRelatedField(queryset=BudgetProposal.objects.all())
    reason = serializers.CharField(max_length=200)


class CostEntrySerializer(serializers.Serializer[Any]):
    """What it costs and how that was found."""

    cost = AmountField()
    costing = serializers.CharField(max_length=1000)


class BudgetProposalSerializer(serializers.ModelSerializer[BudgetProposal]):
    """A proposal; who handed it in stays out."""

    class Meta:
        model = BudgetProposal
        fields = (
            *("id", "round", "number", "title", "text", "place", "purpose", "estimate", "matter", "topic", "cost"),
            *("costing", "refusal", "appeal_until", "appeal", "judgement", "is_winner", "request", "status"),
            "proposed_at",
        )
        read_only_fields = fields


class ProposalEntrySerializer(serializers.Serializer[Any]):
    """A proposal to be handed in."""

    round = serializers.IntegerField()
    title = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=3000)
    place = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    estimate = AmountField()
    matter = serializers.PrimaryKeyRelatedField(
        queryset=Matter.objects.all(), required=False, allow_null=True, default=None
    )
    topic = serializers.PrimaryKeyRelatedField(
        queryset=Topic.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_round(self, value: int) -> BudgetRound:
        """Find the round among those that the caller may see."""
        row = BudgetRound.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such round."))
        return row


@moves_of(ROUND)
class BudgetRoundViewSet(Idempotent, Moves, ReadOnlyModelViewSet[BudgetRound]):
    """Participatory budgets: those that were called for everybody, drafts for those who handle the fund."""

    queryset = BudgetRound.objects.all()
    serializer_class = BudgetRoundSerializer
    filterset_class = BudgetRoundFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[BudgetRound]:
        """Rows that the caller may see."""
        return BudgetRound.objects.visible_to(self.request.user).for_list()

    def _lead(self, request: Request, name: str, data: dict[str, Any] | None = None) -> Response:
        row = moving.lead(self.get_object(), name, by=acting_user(request), now=clock.now(), data=data or {})
        return self.shown(row)

    @extend_schema(request=None, responses=BudgetRoundSerializer)
    @action(detail=True, methods=["post"])
    def call(self, request: Request, pk: str | None = None) -> Response:
        """Set the money aside and call for proposals: DRAFT to CALL."""
        del pk
        return self._lead(request, "call")

    @extend_schema(request=VoteEntrySerializer, responses=BudgetRoundSerializer)
    @action(detail=True, methods=["post"])
    def put_to_vote(self, request: Request, pk: str | None = None) -> Response:
        """Freeze the rule and put the proposals to the vote: COSTING to VOTING."""
        del pk
        body = VoteEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self._lead(request, "put_to_vote", body.validated_data)

    @extend_schema(request=None, responses=BudgetRoundSerializer)
    @action(detail=True, methods=["post"])
    def allocate(self, request: Request, pk: str | None = None) -> Response:
        """Allocate the money by the frozen rule: VOTING to ALLOCATED."""
        del pk
        return self._lead(request, "allocate")

    @extend_schema(request=None, responses=BudgetRoundSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str | None = None) -> Response:
        """Post the decision for objections: ALLOCATED to DECIDED."""
        del pk
        return self._lead(request, "decide")

    @extend_schema(request=None, responses=BudgetRoundSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str | None = None) -> Response:
        """End the round and free what is left: DECIDED to DONE."""
        del pk
        return self._lead(request, "finish")

    @extend_schema(request=ReasonEntrySerializer, responses=BudgetRoundSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """End the round without result."""
        del pk
        body = ReasonEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self._lead(request, "cancel", body.validated_data)


@moves_of(PROPOSAL)
class BudgetProposalViewSet(Idempotent, Moves, ReadOnlyModelViewSet[BudgetProposal]):
    """Proposals for participatory budgets."""

    queryset = BudgetProposal.objects.all()
    serializer_class = BudgetProposalSerializer
    filterset_class = BudgetProposalFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.propose_for_budget",
        "exclude": "funds.examine_budget_proposal",
    }

    def get_queryset(self) -> QuerySet[BudgetProposal]:
        """Rows that the caller may see."""
        return BudgetProposal.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ProposalEntrySerializer, responses={201: BudgetProposalSerializer})
    def create(self, request: Request) -> Response:
        """Hand a proposal in."""
        body = ProposalEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        row = operations.propose(by=acting_user(request), now=clock.now(), budget_round=data.pop("round"), **data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    def _judge(self, request: Request, name: str, shape: type[serializers.Serializer[Any]]) -> Response:
        row = self.get_object()
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        return self.shown(moving.judge(row, name, by=acting_user(request), now=clock.now(), data=body.validated_data))

    @extend_schema(request=CostEntrySerializer, responses=BudgetProposalSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Admit the proposal with its cost: PROPOSED to FEASIBLE."""
        del pk
        return self._judge(request, "accept", CostEntrySerializer)

    @extend_schema(request=ReasonEntrySerializer, responses=BudgetProposalSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the proposal: PROPOSED to REFUSED."""
        del pk
        return self._judge(request, "refuse", ReasonEntrySerializer)

    @extend_schema(request=ReasonEntrySerializer, responses=BudgetProposalSerializer)
    @action(detail=True, methods=["post"])
    def appeal(self, request: Request, pk: str | None = None) -> Response:
        """Appeal against the refusal, once: REFUSED to APPEALED."""
        del pk
        return self._judge(request, "appeal", ReasonEntrySerializer)

    @extend_schema(request=CostEntrySerializer, responses=BudgetProposalSerializer)
    @action(detail=True, methods=["post"])
    def uphold(self, request: Request, pk: str | None = None) -> Response:
        """Uphold the appeal, with the cost: APPEALED to FEASIBLE."""
        del pk
        return self._judge(request, "uphold", CostEntrySerializer)

    @extend_schema(request=ReasonEntrySerializer, responses=BudgetProposalSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str | None = None) -> Response:
        """Dismiss the appeal: APPEALED to DISMISSED."""
        del pk
        return self._judge(request, "dismiss", ReasonEntrySerializer)

    @extend_schema(request=ExclusionEntrySerializer, responses=BudgetProposalSerializer)
    @action(detail=True, methods=["post"])
    def exclude(self, request: Request, pk: str | None = None) -> Response:
        """State that of this proposal and another one of its round at most one can be carried out."""
        del pk
        row = self.get_object()
        body = ExclusionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.state_exclusion(by=acting_user(request), now=clock.now(), one=row, **body.validated_data)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("budget-rounds", BudgetRoundViewSet),
    ("budget-proposals", BudgetProposalViewSet),
]
