"""Lists for purchasing and budget lines in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from funds.support.models import FundingSource
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.purchasing.catalogue import operations
from projects.purchasing.catalogue.filters import PublicBudgetLineFilter, PurchaseListFilter
from projects.purchasing.catalogue.lifecycle import BUDGET_LINE, PURCHASE_LIST
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseList, PurchaseListItem
from projects.purchasing.catalogue.operations import Budgeted, ItemEntry


class PurchaseListItemSerializer(serializers.ModelSerializer[PurchaseListItem]):
    """An item of a list."""

    class Meta:
        model = PurchaseListItem
        fields = ("id", "code", "category", "group", "name", "description", "from_department")
        read_only_fields = fields


class PurchaseListSerializer(serializers.ModelSerializer[PurchaseList]):
    """An edition of a list; its items are read at `/items`."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    item_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = PurchaseList
        fields = (
            *("id", "kind", "division", "division_name", "title", "edition", "basis", "valid_from", "valid_to"),
            *("item_count", "status", "drafted_at", "confirmed_at"),
        )
        read_only_fields = fields


class ListItemEntrySerializer(serializers.Serializer[Any]):
    """An item as it is entered."""

    code = serializers.CharField(max_length=20)
    category = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=300)
    group = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    description = serializers.CharField(required=False, allow_blank=True, default="")
    from_department = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class PurchaseListEntrySerializer(serializers.Serializer[Any]):
    """A new edition with its items."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    kind = serializers.ChoiceField(choices=ListKind.choices)
    title = serializers.CharField(max_length=120)
    edition = serializers.CharField(max_length=20)
    basis = serializers.PrimaryKeyRelatedField(
        queryset=PolicyDocument.objects.all(), required=False, allow_null=True, default=None
    )
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    items = ListItemEntrySerializer(many=True, required=False, default=list)


class NextEditionSerializer(serializers.Serializer[Any]):
    """The next edition, by what is added, changed (same code) or left out."""

    edition = serializers.CharField(max_length=20)
    valid_from = serializers.DateField()
    basis = serializers.PrimaryKeyRelatedField(
        queryset=PolicyDocument.objects.all(), required=False, allow_null=True, default=None
    )
    items = ListItemEntrySerializer(many=True, required=False, default=list)
    dropped = serializers.ListField(child=serializers.CharField(max_length=20), required=False, default=list)
    reason = serializers.CharField(max_length=2000)


@moves_of(PURCHASE_LIST)
class PurchaseListViewSet(Idempotent, Moves, ReadOnlyModelViewSet[PurchaseList]):
    """Lists for purchasing: guidance catalogue, services handed over, rules; what is in force for everybody."""

    queryset = PurchaseList.objects.all()
    serializer_class = PurchaseListSerializer
    filterset_class = PurchaseListFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "items": None,
        "create": "projects.draft_purchase_list",
        "next_edition": "projects.draft_purchase_list",
    }

    def get_queryset(self) -> QuerySet[PurchaseList]:
        """Rows that the caller may see."""
        return PurchaseList.objects.visible_to(self.request.user).for_list().order_by("-pk")

    @extend_schema(request=PurchaseListEntrySerializer, responses={201: PurchaseListSerializer})
    def create(self, request: Request) -> Response:
        """Draft an edition with its items."""
        body = PurchaseListEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        given["items"] = [ItemEntry(**item) for item in given["items"]]
        row = operations.draft_list(by=acting_user(request), now=clock.now(), **given)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(responses=PurchaseListItemSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def items(self, request: Request, pk: str | None = None) -> Response:
        """List the items of an edition by their codes, at most two thousand."""
        del request, pk
        return Response(PurchaseListItemSerializer(self.get_object().items.all(), many=True).data)

    @extend_schema(request=NextEditionSerializer, responses={201: PurchaseListSerializer})
    @action(detail=True, methods=["post"])
    def next_edition(self, request: Request, pk: str | None = None) -> Response:
        """Draft the next edition from the one in force, by what is added, changed or left out."""
        del pk
        purchase_list = self.get_object()
        body = NextEditionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        given["items"] = [ItemEntry(**item) for item in given["items"]]
        row = operations.draft_next_edition(
            by=acting_user(request), now=clock.now(), purchase_list=purchase_list, **given
        )
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=MoveSerializer, responses=PurchaseListSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Bring into force: DRAFT to CONFIRMED; the edition before ends."""
        del pk
        row = operations.confirm_list(by=acting_user(request), now=clock.now(), purchase_list=self.get_object())
        return self.shown(row)


class PublicBudgetLineSerializer(serializers.ModelSerializer[PublicBudgetLine]):
    """A public budget line."""

    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = PublicBudgetLine
        fields = (
            *("id", "division", "division_name", "source", "fiscal_year", "name", "document_number", "amount"),
            *("status", "entered_at", "confirmed_at"),
        )
        read_only_fields = fields


class PublicBudgetLineEntrySerializer(serializers.Serializer[Any]):
    """A budget line as it is entered."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    fiscal_year = serializers.IntegerField(min_value=2000, max_value=2200)
    name = serializers.CharField(max_length=120)
    document_number = serializers.CharField(max_length=60)
    amount = AmountField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the source of the money, whose name the framework's own attribute takes."""
        return {**super().get_fields(), "source": serializers.ChoiceField(choices=FundingSource.choices)}


@moves_of(BUDGET_LINE)
class PublicBudgetLineViewSet(Idempotent, Moves, ReadOnlyModelViewSet[PublicBudgetLine]):
    """Public money for purchases, budget line by budget line."""

    queryset = PublicBudgetLine.objects.all()
    serializer_class = PublicBudgetLineSerializer
    filterset_class = PublicBudgetLineFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.enter_public_budget_line",
    }

    def get_queryset(self) -> QuerySet[PublicBudgetLine]:
        """Rows that the caller may see."""
        return PublicBudgetLine.objects.visible_to(self.request.user).for_list().order_by("-pk")

    @extend_schema(request=PublicBudgetLineEntrySerializer, responses={201: PublicBudgetLineSerializer})
    def create(self, request: Request) -> Response:
        """Enter a budget line."""
        body = PublicBudgetLineEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        row = operations.enter_budget_line(
            by=acting_user(request), now=clock.now(), division=given.pop("division"), budgeted=Budgeted(**given)
        )
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=MoveSerializer, responses=PublicBudgetLineSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close the line, with the reason."""
        del pk
        line = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(
            operations.close_budget_line(by=acting_user(request), now=clock.now(), line=line, reason=reason)
        )


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("purchase-lists", PurchaseListViewSet),
    ("public-budget-lines", PublicBudgetLineViewSet),
]
