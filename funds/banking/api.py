"""The banking room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.banking import operations
from funds.banking.filters import LineFilter, MatchFilter
from funds.banking.models import BankLine, BankMatch
from funds.banking.statement_file import StatementRow
from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.queries import acting_user
from governance.api import Idempotent, MoveSerializer
from governance.calendar import clock

MOST_LINES = 1000


class BankLineSerializer(serializers.ModelSerializer[BankLine]):
    """One credit on a charity's account."""

    class Meta:
        model = BankLine
        fields = (
            "id",
            "charity",
            "bank_reference",
            "booked_on",
            "amount",
            "payer",
            "memo",
            "status",
            "set_aside_reason",
            "imported_at",
        )
        read_only_fields = fields


class BankLineEntrySerializer(serializers.Serializer[Any]):
    """One credit as a partner system sends it."""

    bank_reference = serializers.CharField(max_length=80)
    booked_on = serializers.DateField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    payer = serializers.CharField(max_length=120)
    memo = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class BankLinesEntrySerializer(serializers.Serializer[Any]):
    """Up to 1,000 credits of one charity; all are imported or none."""

    charity = serializers.PrimaryKeyRelatedField(queryset=HostCharity.objects.all())
    lines = serializers.ListField(child=BankLineEntrySerializer(), allow_empty=False, max_length=MOST_LINES)


class BankLinesImportedSerializer(serializers.Serializer[Any]):
    """How many lines were new, and how many were there already."""

    imported = serializers.IntegerField()
    repeated = serializers.IntegerField()


class BankMatchSerializer(serializers.ModelSerializer[BankMatch]):
    """A bank line and the order that it pays."""

    order_reference = serializers.CharField(source="order.reference", read_only=True)

    class Meta:
        model = BankMatch
        fields = ("id", "line", "order", "order_reference", "is_exact", "suggested_at", "confirmed_at", "rejected_at")
        read_only_fields = fields


class BankMatchEntrySerializer(serializers.Serializer[Any]):
    """A match as a person suggests it."""

    line = serializers.PrimaryKeyRelatedField(queryset=BankLine.objects.all())
    order = serializers.PrimaryKeyRelatedField(queryset=ReinvestmentOrder.objects.all())


class LineViewSet(Idempotent, ReadOnlyModelViewSet[BankLine]):
    """The credits on the accounts of the charities that the caller acts for."""

    queryset = BankLine.objects.all()
    serializer_class = BankLineSerializer
    filterset_class = LineFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_bank_line",
        "retrieve": "funds.view_bank_line",
        "create": "funds.import_bank_lines",
        "set_aside": "funds.confirm_match",
        "take_up": "funds.confirm_match",
    }

    def get_queryset(self) -> QuerySet[BankLine]:
        """Rows that the caller may see."""
        return BankLine.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=BankLinesEntrySerializer, responses={201: BankLinesImportedSerializer})
    def create(self, request: Request) -> Response:
        """Import credits, all or none; lines whose bank reference is known are left as they are."""
        body = BankLinesEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rows = [StatementRow(row=number, **line) for number, line in enumerate(body.validated_data["lines"], start=1)]
        found = operations.import_bank_lines(
            by=acting_user(request), charity=body.validated_data["charity"], rows=rows, now=clock.now()
        )
        answer = {"imported": found.imported, "repeated": found.repeated}
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=BankLineSerializer)
    @action(detail=True, methods=["post"])
    def set_aside(self, request: Request, pk: str | None = None) -> Response:
        """Set a line aside that pays no order, with the reason."""
        del pk
        line = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.set_line_aside(
            by=acting_user(request), line=line, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(BankLineSerializer(row).data)

    @extend_schema(request=None, responses=BankLineSerializer)
    @action(detail=True, methods=["post"])
    def take_up(self, request: Request, pk: str | None = None) -> Response:
        """Take a line up again that was set aside."""
        del pk
        row = operations.take_line_up(by=acting_user(request), line=self.get_object(), now=clock.now())
        return Response(BankLineSerializer(row).data)


class MatchViewSet(Idempotent, ReadOnlyModelViewSet[BankMatch]):
    """Bank lines and the orders that they pay; confirming one posts the money."""

    queryset = BankMatch.objects.all()
    serializer_class = BankMatchSerializer
    filterset_class = MatchFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_bank_match",
        "retrieve": "funds.view_bank_match",
        "create": "funds.confirm_match",
        "confirm": "funds.confirm_match",
        "reject": "funds.confirm_match",
    }

    def get_queryset(self) -> QuerySet[BankMatch]:
        """Rows that the caller may see."""
        return BankMatch.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=BankMatchEntrySerializer, responses={201: BankMatchSerializer})
    def create(self, request: Request) -> Response:
        """Suggest that a line pays an order."""
        body = BankMatchEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.suggest_match(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(BankMatchSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=BankMatchSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the match: the money is posted and the order received."""
        del pk
        row = operations.confirm_match(by=acting_user(request), match=self.get_object(), now=clock.now())
        return Response(BankMatchSerializer(row).data)

    @extend_schema(request=MoveSerializer, responses=BankMatchSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the match; line and order are free again."""
        del pk
        match = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.reject_match(
            by=acting_user(request), match=match, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(BankMatchSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("bank-lines", LineViewSet),
    ("bank-matches", MatchViewSet),
]
