"""Indicators and claimed figures in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Labelled, asked_of
from governance.calendar import clock
from governance.indicators import operations, queries
from governance.indicators.filters import ClaimFilter, ValueFilter
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.policy import CATALOGUE, Direction, Form, Qualifier


class IndicatorSerializer(Labelled):
    """What an indicator means."""

    key = serializers.CharField()
    form = serializers.ChoiceField(choices=Form.choices)
    unit = serializers.CharField()
    numerator = serializers.CharField()
    denominator = serializers.CharField()
    direction = serializers.ChoiceField(choices=Direction.choices)
    basis = serializers.CharField()


class ValueSerializer(serializers.ModelSerializer[IndicatorValue]):
    """One value with what stands above and below the line."""

    value = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, read_only=True)
    unit = serializers.CharField(source="definition.unit", default="", read_only=True)
    rows = serializers.CharField(help_text=_("Page with the rows it is counted from."), read_only=True)

    class Meta:
        model = IndicatorValue
        fields = (
            "id",
            "indicator",
            "division",
            "day",
            "numerator",
            "denominator",
            "value",
            "unit",
            "rows",
            "computed_at",
        )
        read_only_fields = fields


class CountedSerializer(serializers.ModelSerializer[IndicatorValue]):
    """What was counted for a claim, with what stands above and below the line."""

    value = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, read_only=True)

    class Meta:
        model = IndicatorValue
        fields = ("day", "numerator", "denominator", "value")
        read_only_fields = fields


class PrintedSerializer(serializers.ModelSerializer[ClaimedFigure]):
    """A figure as it was printed, and what its source's own parts give."""

    claimed = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True, read_only=True)
    recomputed = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, read_only=True)

    class Meta:
        model = ClaimedFigure
        fields: tuple[str, ...] = (
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
        read_only_fields: tuple[str, ...] = fields


class ClaimSerializer(PrintedSerializer):
    """A printed figure beside what was counted: the value with its parts, whether it bears the claim out, else why not."""

    counted = CountedSerializer(allow_null=True, read_only=True)
    deviation = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True, read_only=True)
    is_borne_out = serializers.BooleanField(allow_null=True, read_only=True)
    reason = serializers.CharField(help_text=_("Why there is nothing to hold it against."), read_only=True)
    rows = serializers.CharField(help_text=_("Page with the rows it is counted from."), read_only=True)

    class Meta(PrintedSerializer.Meta):
        fields = (*PrintedSerializer.Meta.fields, "counted", "deviation", "is_borne_out", "reason", "rows")
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Write the claim, and beside it what `queries.beside` found."""
        found = dict(PrintedSerializer(instance.claim).data)
        for name in ("counted", "deviation", "is_borne_out", "reason", "rows"):
            field, value = self.fields[name], getattr(instance, name)
            found[name] = None if value is None else field.to_representation(value)
        return found


class GrowthLineSerializer(Labelled):
    """A value before and after: the growth and, beside it, the share of what is new, each with what stands above and below."""

    before = serializers.DecimalField(max_digits=20, decimal_places=2, source="change.old")
    after = serializers.DecimalField(max_digits=20, decimal_places=2, source="change.new")
    difference = serializers.DecimalField(max_digits=20, decimal_places=2, source="change.difference")
    growth = serializers.DecimalField(max_digits=20, decimal_places=2, source="change.growth", allow_null=True)
    share = serializers.DecimalField(max_digits=20, decimal_places=2, source="change.share", allow_null=True)
    printed = serializers.CharField()
    meant = serializers.ChoiceField(
        choices=["", Form.GROWTH, Form.SHARE], help_text=_("Which of the two the report has printed.")
    )
    day = serializers.CharField(source="days")
    rows = serializers.CharField()


class PlaceSerializer(serializers.Serializer[Any]):
    """Which place is asked for."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())


class GrowthSerializer(serializers.Serializer[Any]):
    """The changes of a place: what reports print, and what is counted."""

    claimed = GrowthLineSerializer(many=True)
    counted = GrowthLineSerializer(many=True)


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
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "catalogue": None,
        "growth": None,
    }

    def get_queryset(self) -> QuerySet[IndicatorValue]:
        """Rows that the caller may see."""
        return IndicatorValue.objects.visible_to(self.request.user).for_list()

    @extend_schema(responses=IndicatorSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def catalogue(self, request: Request) -> Response:
        """Return what each indicator means."""
        del request
        return Response(IndicatorSerializer(list(CATALOGUE.values()), many=True).data)

    @extend_schema(
        responses=GrowthSerializer,
        parameters=[OpenApiParameter("division", int, required=True, description="The place, a district or below.")],
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def growth(self, request: Request) -> Response:
        """Return the changes of a place: (new - old) / old beside (new - old) / new."""
        place = asked_of(request, PlaceSerializer)["division"]
        found = {
            "claimed": queries.claimed_changes(place),
            "counted": queries.counted_changes(place, clock.today()),
        }
        return Response(GrowthSerializer(found).data)


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

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of claims, each beside what was found; one query more for all of them."""
        del request, args, kwargs
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self.get_serializer(queries.beside(page), many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a claim beside what was found."""
        del request, args, kwargs
        return Response(self.get_serializer(queries.beside([self.get_object()])[0]).data)

    @extend_schema(request=ClaimEntrySerializer, responses={201: ClaimSerializer})
    def create(self, request: Request) -> Response:
        """Enter a figure as a report prints it."""
        body = ClaimEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_claim(by=acting_user(request), now=clock.now(), **body.validated_data)
        shown: Any = queries.beside([row])[0]
        return Response(ClaimSerializer(shown).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("indicators", IndicatorViewSet),
    ("claimed-figures", ClaimViewSet),
]
