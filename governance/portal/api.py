"""The trace in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet, ViewSetMixin

from funds.ledger.models import Journal
from governance.portal.trace import Trace, find
from governance.portal.trace_nodes import Node, Stage
from governance.portal.trace_points import POINTS


class PointSerializer(serializers.Serializer[Any]):
    """What a point is called: its kind and its id."""

    kind = serializers.CharField()
    id = serializers.IntegerField()


class TraceNodeSerializer(serializers.Serializer[Any]):
    """One point of the way; `parents` name the points that it came from."""

    stage = serializers.ChoiceField(choices=Stage.choices)
    kind = serializers.CharField()
    id = serializers.IntegerField()
    title = serializers.CharField()
    state = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    page = serializers.CharField()
    parents = PointSerializer(many=True)


class TraceSerializer(serializers.Serializer[Any]):
    """The whole way as the caller may see it, in order."""

    kind = serializers.CharField()
    id = serializers.IntegerField()
    is_shortened = serializers.BooleanField()
    nodes = TraceNodeSerializer(many=True)


class TraceViewSet(ViewSet):
    """The way from a need to what came of it, from any of its points; public as far as its points are."""

    floor = "portal"
    queryset = Journal.objects.none()  # a point of many; whose rows are read depends on its kind
    permissions: ClassVar[dict[str, str | None]] = {"point": None}

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=sorted(POINTS)),
            OpenApiParameter("pk", int, OpenApiParameter.PATH),
        ],
        responses=TraceSerializer,
    )
    @action(detail=False, methods=["get"], url_path=rf"(?P<kind>{'|'.join(POINTS)})/(?P<pk>[0-9]{{1,18}})")
    def point(self, request: Request, kind: str, pk: str) -> Response:
        """Return the way on which one point stands."""
        found = find(kind, int(pk), user=request.user)
        if found is None:
            raise Http404
        return Response(TraceSerializer(_written(found)).data)


def _written(trace: Trace) -> dict[str, Any]:
    return {
        "kind": trace.here.kind,
        "id": trace.here.pk,
        "is_shortened": trace.is_shortened,
        "nodes": [_node(node) for node in trace.nodes],
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "stage": node.stage,
        "kind": node.key.kind,
        "id": node.key.pk,
        "title": node.title,
        "state": node.state,
        "on": node.on,
        "amount": node.amount,
        "page": node.url,
        "parents": [{"kind": key.kind, "id": key.pk} for key in node.parents],
    }


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("traces", TraceViewSet),
]
