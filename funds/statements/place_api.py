"""The money of a place in the API: the figures of its page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet, ViewSetMixin

from communities.territory.models import Division
from funds.statements.place import money_of, people_of
from funds.statements.policy import read_span
from governance.api import SumField


class PlaceLineSerializer(serializers.Serializer[Any]):
    """What a source gave or a use received."""

    code = serializers.CharField()
    name = serializers.CharField(source="label")
    amount = SumField()


class PlacePartSerializer(serializers.Serializer[Any]):
    """A place below, or a fund of the place, with its money."""

    name = serializers.CharField(source="label")
    opening = SumField()
    came = SumField()
    used = SumField()
    available = SumField()
    held = SumField()


class PlaceMoneySerializer(PlacePartSerializer):
    """The community funds of a place and all below it: opening + came - used = available + held."""

    name = serializers.CharField()
    division = serializers.IntegerField()
    period = serializers.CharField(allow_blank=True)
    sources = PlaceLineSerializer(many=True)
    uses = PlaceLineSerializer(many=True)
    parts = PlacePartSerializer(many=True)
    gifts = serializers.IntegerField()
    donors = serializers.IntegerField()
    completed_uses = serializers.IntegerField()
    problems_solved = serializers.IntegerField()


class PlaceMoneyViewSet(ViewSet):
    """The money of communities, streets and districts, computed from the vouchers when asked; public."""

    queryset = Division.objects.none()
    permissions: ClassVar[dict[str, str | None]] = {"retrieve": None}

    @extend_schema(
        parameters=[
            OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The division."),
            OpenApiParameter("period", str, description="2026, 2026-Q1 or 2026-03; all time if left out."),
        ],
        responses=PlaceMoneySerializer,
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return what came, went and is left in the community funds of a place over a period."""
        found = Division.objects.filter(pk=int(pk)).first() if pk.isdecimal() else None
        if found is None:
            raise Http404
        text = request.query_params.get("period", "")
        span = read_span(text) if text else None
        money, people = money_of(found, span), people_of(found, span)
        names = ("opening", "came", "used", "available", "held", "sources", "uses", "parts")
        body = {
            "division": found.pk,
            "name": found.name,
            "period": span.name if span else "",
            **{name: getattr(money, name) for name in names},
            "gifts": people.gifts,
            "donors": people.donors,
            "completed_uses": people.completed,
            "problems_solved": people.solved,
        }
        return Response(PlaceMoneySerializer(body).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("place-money", PlaceMoneyViewSet)]
