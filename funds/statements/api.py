"""The statements room in the API: the statement of a book over a period."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet, ViewSetMixin

from funds.ledger.models import Book
from funds.statements import queries
from funds.statements.policy import read_span, statement_of
from governance.calendar import clock

YUAN = {"max_digits": 18, "decimal_places": 2, "read_only": True}


class EntrySerializer(serializers.Serializer[Any]):
    """What a source gave or a use received in the period."""

    code = serializers.CharField(source="place.code")
    name = serializers.CharField(source="place.label")
    amount = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]


class StockSerializer(serializers.Serializer[Any]):
    """What lay on a pool or hold at the beginning and at the end."""

    code = serializers.CharField(source="place.code")
    name = serializers.CharField(source="place.label")
    opening = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    closing = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]


class StatementSerializer(serializers.Serializer[Any]):
    """Opening balance, income, uses and closing balance: opening + received - used = closing."""

    book = serializers.IntegerField()
    period = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day.")
    opening = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    received = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    used = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    closing = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    free = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    restricted = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    held = serializers.DecimalField(**YUAN)  # type: ignore[arg-type]
    income = EntrySerializer(many=True)
    uses = EntrySerializer(many=True)
    stocks = StockSerializer(many=True)


class StatementViewSet(ViewSet):
    """Statements of books, computed from the transfers when asked; public for books of money."""

    permissions: ClassVar[dict[str, str | None]] = {"retrieve": None}

    @extend_schema(
        parameters=[
            OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The book."),
            OpenApiParameter(
                "period", OpenApiTypes.STR, description="2026, 2026-Q1 or 2026-03; this year if left out."
            ),
        ],
        responses=StatementSerializer,
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return the statement of a book over a month, quarter or year."""
        if not pk.isdecimal():
            raise Http404
        book = Book.objects.visible_to(request.user).filter(pk=int(pk)).first()
        if book is None:
            raise Http404
        span = read_span(request.query_params.get("period") or str(clock.today().year))
        found = statement_of(queries.movements(book, queries.accounts_of(book), span))
        names = ("opening", "received", "used", "closing", "free", "restricted", "held", "income", "uses", "stocks")
        body = {
            "book": book.pk,
            "period": span.name,
            "starts_on": span.start,
            "ends_on": span.last,
            **{name: getattr(found, name) for name in names},
        }
        return Response(StatementSerializer(body).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("statements", StatementViewSet)]
