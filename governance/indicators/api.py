"""Indicators and claimed figures in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock
from governance.indicators import operations
from governance.indicators.filters import ClaimFilter, ValueFilter
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.policy import CATALOGUE, Direction, Form, Qualifier


class IndicatorSerializer(serializers.Serializer[Any]):
    """What an indicator means."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field that happens to be called label
    form = serializers.ChoiceField(choices=Form.choices)
    unit = serializers.CharField()
    numerator = serializers.CharField()
    denominator = serializers.CharField()
    direction = serializers.ChoiceField(choices=Direction.choices)
    basis = serializers.CharField()


class ValueSerializer(serializers.ModelSerializer[IndicatorValue]):
    """One value with what stands above and below the line."""

    value = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, read_only=True)

    class Meta:
        model = IndicatorValue
        fields = ("id", "indicator", "division", "day", "numerator", "denominator", "value", "computed_at")
        read_only_fields = fields


class ClaimSerializer(serializers.ModelSerializer[ClaimedFigure]):
    """A figure as it was printed, and what its source's own parts give."""

    claimed = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True, read_only=True)
    recomputed = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, read_only=True)

    class Meta:
        model = ClaimedFigure
        fields = (
            "id",
            "division",
            "source",
            "reference",
            "indicator",
            "meaning",
            "printed",
            "claimed",
            "qualifier",
            "unit",
            "numerator",
            "denominator",
            "recomputed",
            "note",
        )
        read_only_fields = fields


class ClaimEntrySerializer(serializers.Serializer[Any]):
    """A figure as a report prints it."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    source = serializers.CharField(max_length=120)  # type: ignore[assignment]  # a field that happens to be called source
    reference = serializers.CharField(max_length=40)
    indicator = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    meaning = serializers.CharField(max_length=200)
    printed = serializers.CharField(max_length=60)
    value = serializers.DecimalField(max_digits=20, decimal_places=4, required=False, allow_null=True, default=None)
    qualifier = serializers.ChoiceField(choices=Qualifier.choices, default=Qualifier.EXACT)
    unit = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")
    numerator = serializers.DecimalField(max_digits=20, decimal_places=2, required=False, allow_null=True, default=None)
    denominator = serializers.DecimalField(
        max_digits=20, decimal_places=2, required=False, allow_null=True, default=None
    )
    note = serializers.CharField(required=False, allow_blank=True, default="")


class IndicatorViewSet(ReadOnlyModelViewSet[IndicatorValue]):
    """Dated values of indicators; public."""

    floor = "indicators"
    queryset = IndicatorValue.objects.all()
    serializer_class = ValueSerializer
    filterset_class = ValueFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None, "catalogue": None}

    def get_queryset(self) -> QuerySet[IndicatorValue]:
        """Rows that the caller may see."""
        return IndicatorValue.objects.visible_to(self.request.user).for_list()

    @extend_schema(responses=IndicatorSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def catalogue(self, request: Request) -> Response:
        """Return what each indicator means."""
        del request
        return Response(IndicatorSerializer(list(CATALOGUE.values()), many=True).data)


class ClaimViewSet(Idempotent, ReadOnlyModelViewSet[ClaimedFigure]):
    """Figures that reports print about places; public."""

    floor = "indicators"
    queryset = ClaimedFigure.objects.all()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "indicators.enter_claim",
    }

    def get_queryset(self) -> QuerySet[ClaimedFigure]:
        """Rows that the caller may see."""
        return ClaimedFigure.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ClaimEntrySerializer, responses={201: ClaimSerializer})
    def create(self, request: Request) -> Response:
        """Enter a figure as a report prints it."""
        body = ClaimEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_claim(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(ClaimSerializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("indicators", IndicatorViewSet),
    ("claimed-figures", ClaimViewSet),
]
