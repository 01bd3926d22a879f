"""What was solved with reinvested money, and the yearly report, in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSet, ViewSetMixin

from communities.territory.models import Division
from consultation.matters.models import Matter
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import ReinvestmentOrder
from funds.returns import operations
from funds.returns.filters import UseFilter
from funds.returns.forms import FIRST_YEAR, LAST_YEAR
from funds.returns.models import ReinvestmentUse
from funds.returns.queries import Gave, report_of
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, SumField, asked_of
from governance.calendar import clock


class ReinvestmentUseSerializer(serializers.ModelSerializer[ReinvestmentUse]):
    """A matter that was solved with money of an order."""

    class Meta:
        model = ReinvestmentUse
        fields = ("id", "order", "matter", "amount", "recorded_at")
        read_only_fields = fields


class ReinvestmentUseEntrySerializer(serializers.Serializer[Any]):
    """What is said of an order's money."""

    order = serializers.PrimaryKeyRelatedField(queryset=ReinvestmentOrder.objects.none())
    matter = serializers.PrimaryKeyRelatedField(queryset=Matter.objects.none())
    amount = AmountField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request := self.context.get("request"):
            orders = ReinvestmentOrder.objects.visible_to(request.user).select_related("enterprise__division")
            matters = Matter.objects.visible_to(request.user).select_related("division")
            fields: Any = self.fields
            fields["order"].queryset = orders
            fields["matter"].queryset = matters


class UseViewSet(Idempotent, ReadOnlyModelViewSet[ReinvestmentUse]):
    """What was solved with reinvested money; public where order and matter are."""

    queryset = ReinvestmentUse.objects.all()
    serializer_class = ReinvestmentUseSerializer
    filterset_class = UseFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.record_reinvestment_use",
    }

    def get_queryset(self) -> QuerySet[ReinvestmentUse]:
        """Rows that the caller may see."""
        return ReinvestmentUse.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ReinvestmentUseEntrySerializer, responses={201: ReinvestmentUseSerializer})
    def create(self, request: Request) -> Response:
        """Name a matter that was solved with money of an order."""
        body = ReinvestmentUseEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.record_use(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(ReinvestmentUseSerializer(row).data, status=status.HTTP_201_CREATED)


class ReportAskedSerializer(serializers.Serializer[Any]):
    """Whose giving back, of which year's profit."""

    enterprise = serializers.PrimaryKeyRelatedField(
        queryset=CommunityEnterprise.objects.exclude(status="PLANNED"), required=False
    )
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all(), required=False)
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take either an enterprise or a division."""
        places = [attrs.pop(name) for name in ("enterprise", "division") if name in attrs]
        if len(places) != 1:
            raise serializers.ValidationError(_("Name either an enterprise or a division."))
        return {**attrs, "scope": places[0]}


class GaveSerializer(serializers.Serializer[Any]):
    """One enterprise in the report."""

    enterprise = serializers.IntegerField(source="enterprise.pk")
    name = serializers.CharField(source="enterprise.name")
    declaration = serializers.IntegerField(source="declaration.pk")
    profit = SumField()
    base = SumField(allow_null=True)
    retained = SumField(allow_null=True)
    ordered = SumField()
    arrived = SumField()
    owed = SumField()
    orders = serializers.SerializerMethodField()
    problems = serializers.IntegerField()

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_orders(self, row: Gave) -> list[int]:
        """The keys of its orders."""
        return [order.pk for order in row.orders]


class ReachedSerializer(serializers.Serializer[Any]):
    """What one fund received."""

    fund = serializers.IntegerField(source="key")
    name = serializers.CharField()
    arrived = SumField()


class SolvedSerializer(serializers.Serializer[Any]):
    """One matter that was solved, by an order or by a fund's request."""

    matter = serializers.IntegerField()
    number = serializers.CharField()
    summary = serializers.CharField()
    by = serializers.CharField()
    paid = SumField(allow_null=True)


class GivingBackSerializer(serializers.Serializer[Any]):
    """From the profit of a year to the problems solved."""

    year = serializers.IntegerField()
    profit = SumField()
    base = SumField()
    ordered = SumField()
    retained = SumField()
    arrived = SumField()
    owed = SumField()
    used = SumField()
    problems = serializers.IntegerField()
    enterprises = GaveSerializer(source="gave", many=True)
    funds = ReachedSerializer(many=True)
    solved = SolvedSerializer(many=True)


class ReportViewSet(ViewSet):
    """The yearly report on giving back, per enterprise, street or district, as the caller may read it."""

    permissions: ClassVar[dict[str, str | None]] = {"list": None}

    @extend_schema(parameters=[ReportAskedSerializer], responses=GivingBackSerializer)
    def list(self, request: Request) -> Response:
        """Return the report of one enterprise or place for one year of profit."""
        asked = asked_of(request, ReportAskedSerializer)
        return Response(GivingBackSerializer(report_of(**asked, user=request.user)).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("reinvestment-uses", UseViewSet),
    ("reinvestment-reports", ReportViewSet),
]
