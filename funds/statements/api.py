"""The statements room in the API: statements of books and places as known on a day, and the closing of months."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSet, ViewSetMixin

from communities.territory.models import Division, Tier
from funds.ledger.filters import PeriodFilter
from funds.ledger.models import Book, Journal, Period
from funds.statements import operations, queries
from funds.statements.area import statement_of_area
from funds.statements.checklist import open_points
from funds.statements.periods import asked_span
from funds.statements.policy import Span, statement_of
from governance.accounts.queries import acting_user
from governance.api import Idempotent, SumField, asked_of
from governance.calendar import clock
from governance.errors import NotAllowed

LONGEST_KEY = 18


class EntrySerializer(serializers.Serializer[Any]):
    """What a source gave or a use received in the period."""

    code = serializers.CharField(source="place.code")
    name = serializers.CharField(source="place.label")
    amount = SumField()


class StockSerializer(serializers.Serializer[Any]):
    """What lay on a pool or hold at the beginning and at the end."""

    code = serializers.CharField(source="place.code")
    name = serializers.CharField(source="place.label")
    opening = SumField()
    closing = SumField()


class LateCorrectionSerializer(serializers.ModelSerializer[Journal]):
    """A voucher of the period that takes back one of an earlier period."""

    number = serializers.CharField(source="__str__", read_only=True)
    reverses_number = serializers.CharField(source="reverses.__str__", read_only=True)

    class Meta:
        model = Journal
        fields = ("id", "number", "posted_on", "total", "memo", "reverses", "reverses_number")
        read_only_fields = fields


class SumsSerializer(serializers.Serializer[Any]):
    """Opening balance, income, uses and closing balance: opening + received - used = closing."""

    opening = SumField()
    received = SumField()
    used = SumField()
    closing = SumField()
    free = SumField()
    restricted = SumField()
    held = SumField()


class PeriodFieldsSerializer(SumsSerializer):
    """Sums of a period, as known on a day."""

    period = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day.")
    known_on = serializers.DateField(
        allow_null=True, help_text="What was posted after this day is left out; null: as known now."
    )
    income = EntrySerializer(many=True)
    uses = EntrySerializer(many=True)


class StatementSerializer(PeriodFieldsSerializer):
    """The statement of a book, with the journal that it was computed at: up to it, it never changes."""

    book = serializers.IntegerField()
    stocks = StockSerializer(many=True)
    sequence = serializers.IntegerField(help_text="The last journal that is in it.")
    head_hash = serializers.CharField()
    corrections = LateCorrectionSerializer(many=True)


class FundLineSerializer(SumsSerializer):
    """One fund in the statement of its place."""

    fund = serializers.IntegerField()
    book = serializers.IntegerField()
    name = serializers.CharField()


class AreaStatementSerializer(PeriodFieldsSerializer):
    """The statement of all public funds in a place and below it."""

    division = serializers.IntegerField()
    moved = SumField(help_text="What of the sums passed from one of these funds to another when it ended.")
    funds = FundLineSerializer(many=True)


PERIOD = [
    OpenApiParameter("period", OpenApiTypes.STR, description="2026, 2026-Q1 or 2026-03; this year if left out."),
    OpenApiParameter("from", OpenApiTypes.DATE, description="The first day of a free period; with `to`."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="The last day of a free period; with `from`."),
    OpenApiParameter(
        "known_on", OpenApiTypes.DATE, description="Leave out what was posted after this day; today or earlier."
    ),
]
SUMS = ("opening", "received", "used", "closing", "free", "restricted", "held")


def _sums(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in SUMS}


def _period(span: Span) -> dict[str, Any]:
    return {"period": span.name, "starts_on": span.start, "ends_on": span.last, "known_on": span.known_on}


class StatementViewSet(ViewSet):
    """Statements of books, computed from the transfers when asked; public for books of money."""

    permissions: ClassVar[dict[str, str | None]] = {"retrieve": None}

    @extend_schema(
        parameters=[
            OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The book."),
            *PERIOD,
        ],
        responses=StatementSerializer,
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return the statement of a book over a period, as known now or on an earlier day."""
        book = Book.objects.visible_to(request.user).filter(pk=_key(pk)).first()
        if book is None:
            raise Http404
        span = asked_span(request.query_params.dict(), clock.today())
        head = queries.head_of(book, span.known_on)
        found = statement_of(queries.movements(book, queries.accounts_of(book), span, head.sequence))
        body = {
            **_period(span),
            **_sums(found),
            "book": book.pk,
            "income": found.income,
            "uses": found.uses,
            "stocks": found.stocks,
            "sequence": head.sequence,
            "head_hash": head.hash,
            "corrections": queries.corrections_in(book, span, head.sequence),
        }
        return Response(StatementSerializer(body).data)


class AreaStatementViewSet(ViewSet):
    """Statements of places: all public funds in them together, and each by itself."""

    permissions: ClassVar[dict[str, str | None]] = {"retrieve": None}

    @extend_schema(
        parameters=[
            OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The division."),
            *PERIOD,
        ],
        responses=AreaStatementSerializer,
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return the statement of the funds of a district, street or community over a period."""
        place = Division.objects.filter(tier__gte=Tier.DISTRICT, pk=_key(pk)).first()
        if place is None:
            raise Http404
        span = asked_span(request.query_params.dict(), clock.today())
        found = statement_of_area(place, span)
        funds = [
            {"fund": line.fund.pk, "book": line.fund.book_id, "name": line.fund.name, **_sums(line.statement)}
            for line in found.lines
        ]
        body = {
            **_period(span),
            **_sums(found),
            "division": place.pk,
            "income": found.income,
            "uses": found.uses,
            "moved": found.moved,
            "funds": funds,
        }
        return Response(AreaStatementSerializer(body).data)


def _key(text: str) -> int:
    if not text.isdecimal() or len(text) > LONGEST_KEY:
        raise Http404
    return int(text)


class PeriodSerializer(serializers.ModelSerializer[Period]):
    """A month that was proposed to be closed, or is."""

    class Meta:
        model = Period
        fields = (*("id", "book", "year", "month", "proposed_at", "closed_at", "sequence", "head_hash", "open_points"),)
        read_only_fields = fields


class PeriodEntrySerializer(serializers.Serializer[Any]):
    """Which month of which book is to be closed."""

    book = serializers.IntegerField()
    year = serializers.IntegerField(min_value=2000, max_value=9999)
    month = serializers.IntegerField(min_value=1, max_value=12)

    def validate_book(self, value: int) -> Book:
        """Find the book among those that the caller may see."""
        row = Book.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such book."))
        return row


class OpenPointSerializer(serializers.Serializer[Any]):
    """One kind of thing that stands open."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name that programs read
    count = serializers.IntegerField()
    is_blocking = serializers.BooleanField(help_text="The month waits for it; the others may go on.")
    url = serializers.CharField(help_text="Where on the desk it is seen to.")


class ChecklistSerializer(serializers.Serializer[Any]):
    """What stands open before a month is closed."""

    book = serializers.IntegerField()
    year = serializers.IntegerField()
    month = serializers.IntegerField()
    is_ready = serializers.BooleanField()
    points = OpenPointSerializer(many=True)


class PeriodViewSet(Idempotent, ReadOnlyModelViewSet[Period]):
    """Closed months of books: proposed by one person, closed by another."""

    queryset = Period.objects.all()
    serializer_class = PeriodSerializer
    filterset_class = PeriodFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.propose_period_close",
        "close": "funds.close_period",
        "checklist": "funds.propose_period_close",
    }

    def get_queryset(self) -> QuerySet[Period]:
        """Rows that the caller may see."""
        return Period.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=PeriodEntrySerializer, responses={201: PeriodSerializer})
    def create(self, request: Request) -> Response:
        """Propose to close a month that is over."""
        body = PeriodEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.propose_month(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=PeriodSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close a proposed month: no posting may bear a date in it any more."""
        del pk
        row = operations.close_month(by=acting_user(request), period=self.get_object(), now=clock.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("book", OpenApiTypes.INT, required=True),
            OpenApiParameter("year", OpenApiTypes.INT, required=True),
            OpenApiParameter("month", OpenApiTypes.INT, required=True),
        ],
        responses=ChecklistSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def checklist(self, request: Request) -> Response:
        """Return what stands open before a month of a book is closed."""
        given = asked_of(request, PeriodEntrySerializer, **self.get_serializer_context())
        if not request.user.has_perm("funds.propose_period_close", given["book"]):
            raise NotAllowed
        points = open_points(given["book"], given["year"], given["month"])
        body = {
            **given,
            "book": given["book"].pk,
            "is_ready": not any(point.is_blocking for point in points),
            "points": points,
        }
        return Response(ChecklistSerializer(body).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("statements", StatementViewSet),
    ("area-statements", AreaStatementViewSet),
    ("periods", PeriodViewSet),
]
