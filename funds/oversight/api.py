"""The oversight room in the API: proposals of the clock, supervisors, their opinions."""

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

from communities.bodies.models import BodyMembership
from funds.charity.models import CommunityFund
from funds.oversight import operations
from funds.oversight.filters import OpinionFilter, ProposalFilter
from funds.oversight.lifecycle import FUND_PROPOSAL
from funds.oversight.models import FundProposal, SupervisorOpinion
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock


class FundProposalSerializer(serializers.ModelSerializer[FundProposal]):
    """What the monthly clock proposes about a fund."""

    class Meta:
        model = FundProposal
        fields = ("id", "fund", "kind", "ground", "since", "status", "proposed_at", "decided_at")
        read_only_fields = fields


class SupervisorOpinionSerializer(serializers.ModelSerializer[SupervisorOpinion]):
    """A supervisor's opinion on a fund."""

    supervisor = serializers.CharField(source="membership.name", read_only=True)

    class Meta:
        model = SupervisorOpinion
        fields = ("id", "fund", "supervisor", "attended_on", "occasion", "opinion", "recorded_at")
        read_only_fields = fields


def _fund(pk: int, request: Request) -> CommunityFund:
    row = CommunityFund.objects.visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise serializers.ValidationError(_("There is no such fund."))
    return row


class OpinionEntrySerializer(serializers.Serializer[Any]):
    """An opinion to be recorded; `membership` names the seat of a supervisor without a log-in."""

    fund = serializers.IntegerField()
    membership = serializers.PrimaryKeyRelatedField(
        queryset=BodyMembership.objects.filter(seat="SUPERVISOR"), required=False, allow_null=True, default=None
    )
    attended_on = serializers.DateField()
    occasion = serializers.CharField(max_length=200)
    opinion = serializers.CharField(max_length=4000)

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        return _fund(value, self.context["request"])


@moves_of(FUND_PROPOSAL)
class ProposalViewSet(Idempotent, Moves, ReadOnlyModelViewSet[FundProposal]):
    """What the monthly clock proposes about funds; confirmed proposals are public."""

    queryset = FundProposal.objects.all()
    serializer_class = FundProposalSerializer
    filterset_class = ProposalFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[FundProposal]:
        """Rows that the caller may see."""
        return FundProposal.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=None, responses=FundProposalSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm it, which puts the fund right or lets its closing begin after the notice: PROPOSED to CONFIRMED."""
        del pk
        row = self.get_object()
        return self.shown(operations.confirm_proposal(by=acting_user(request), proposal=row, now=clock.now()))


class SupervisorOpinionViewSet(Idempotent, ReadOnlyModelViewSet[SupervisorOpinion]):
    """Opinions of supervisors on funds; public, written once."""

    queryset = SupervisorOpinion.objects.all()
    serializer_class = SupervisorOpinionSerializer
    filterset_class = OpinionFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.record_supervisor_opinion",
    }

    def get_queryset(self) -> QuerySet[SupervisorOpinion]:
        """All of them."""
        return SupervisorOpinion.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=OpinionEntrySerializer, responses={201: SupervisorOpinionSerializer})
    def create(self, request: Request) -> Response:
        """Record an opinion."""
        body = OpinionEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.record_opinion(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("fund-proposals", ProposalViewSet),
    ("supervisor-opinions", SupervisorOpinionViewSet),
]
