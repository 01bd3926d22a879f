"""Interest and management fees in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.charity.models import CommunityFund
from funds.upkeep import operations
from funds.upkeep.filters import UpkeepFilter
from funds.upkeep.lifecycle import UPKEEP
from funds.upkeep.models import UpkeepEntry, UpkeepKind
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, moves_of
from governance.calendar import clock
from governance.money import ZERO


class UpkeepSerializer(serializers.ModelSerializer[UpkeepEntry]):
    """Interest or management fee of a fund for whole days."""

    class Meta:
        model = UpkeepEntry
        fields = (
            *("id", "fund", "kind", "covers_from", "covers_to", "base", "rate", "amount", "posted_on", "journal"),
            *("status", "entered_at", "posted_at"),
        )
        read_only_fields = fields


class UpkeepEntrySerializer(serializers.Serializer[Any]):
    """Interest as the bank has paid it, or the days for which the fee is computed."""

    fund = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=UpkeepKind.choices)
    covers_from = serializers.DateField()
    covers_to = serializers.DateField()
    amount = AmountField(required=False, help_text=gettext_lazy("For interest."))
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row


class PostingSerializer(serializers.Serializer[Any]):
    """The day of the voucher."""

    posted_on = serializers.DateField()


@moves_of(UPKEEP)
class UpkeepViewSet(Idempotent, Moves, ReadOnlyModelViewSet[UpkeepEntry]):
    """Interest and management fees of funds; public when they are posted."""

    queryset = UpkeepEntry.objects.all()
    serializer_class = UpkeepSerializer
    filterset_class = UpkeepFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.enter_upkeep",
    }

    def get_queryset(self) -> QuerySet[UpkeepEntry]:
        """Rows that the caller may see."""
        return UpkeepEntry.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=UpkeepEntrySerializer, responses={201: UpkeepSerializer})
    def create(self, request: Request) -> Response:
        """Enter interest, or have a fee computed."""
        body = UpkeepEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        said, by, now = dict(body.validated_data), acting_user(request), clock.now()
        kind, amount, reference = said.pop("kind"), said.pop("amount", ZERO), said.pop("reference")
        if kind == UpkeepKind.FEE:
            row = operations.enter_fee(by=by, now=now, **said)
        else:
            row = operations.enter_interest(by=by, now=now, amount=amount, reference=reference, **said)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PostingSerializer, responses=UpkeepSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm and post it: ENTERED to POSTED."""
        del pk
        row = self.get_object()
        body = PostingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.post_upkeep(by=acting_user(request), entry=row, now=clock.now(), **body.validated_data)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("upkeep-entries", UpkeepViewSet)]
