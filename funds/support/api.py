"""Public money for funds in the API."""

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

from funds.charity.models import CommunityFund
from funds.support import operations
from funds.support.filters import AppropriationFilter
from funds.support.lifecycle import APPROPRIATION
from funds.support.models import Appropriation, FundingSource
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, moves_of
from governance.calendar import clock


class AppropriationSerializer(serializers.ModelSerializer[Appropriation]):
    """Public money that a budget line gives to a fund."""

    class Meta:
        model = Appropriation
        fields = (
            *("id", "fund", "source", "fiscal_year", "document_number", "amount", "restricted_to", "received_on"),
            *("journal", "status", "planned_at", "received_at"),
        )
        read_only_fields = fields


class AppropriationEntrySerializer(serializers.Serializer[Any]):
    """Public money to be planned."""

    fund = serializers.IntegerField()
    source = serializers.ChoiceField(choices=FundingSource.choices)  # type: ignore[assignment]  # a field called source
    fiscal_year = serializers.IntegerField(min_value=2000, max_value=9999)
    document_number = serializers.CharField(max_length=60)
    amount = AmountField()
    restricted_to = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row


class ArrivalSerializer(serializers.Serializer[Any]):
    """The day on which the money came."""

    received_on = serializers.DateField()


@moves_of(APPROPRIATION)
class AppropriationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Appropriation]):
    """Public money for funds, by budget line; public when it has come."""

    queryset = Appropriation.objects.all()
    serializer_class = AppropriationSerializer
    filterset_class = AppropriationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.plan_appropriation",
    }

    def get_queryset(self) -> QuerySet[Appropriation]:
        """Rows that the caller may see."""
        return Appropriation.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=AppropriationEntrySerializer, responses={201: AppropriationSerializer})
    def create(self, request: Request) -> Response:
        """Enter what a document grants."""
        body = AppropriationEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.plan_appropriation(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ArrivalSerializer, responses=AppropriationSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str | None = None) -> Response:
        """Confirm that the money has come, and post it: PLANNED to RECEIVED."""
        del pk
        row = self.get_object()
        body = ArrivalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.receive_appropriation(
            by=acting_user(request), appropriation=row, now=clock.now(), **body.validated_data
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("appropriations", AppropriationViewSet)]
