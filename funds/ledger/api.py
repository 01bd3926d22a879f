"""The ledger room in the API: books, accounts, journals with their transfers, suspensions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.ledger import operations
from funds.ledger.filters import AccountFilter, BookFilter, JournalFilter, SuspensionFilter
from funds.ledger.lifecycle import BOOK, SUSPENSION
from funds.ledger.models import Account, Book, Flow, Journal, Suspension, Transfer
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, SumField, moves_of
from governance.calendar import clock
from governance.errors import Invalid

MOST_FEED = 500
USUAL_FEED = 100
DIGITS = 18


class FeedPlaceUnknown(Invalid):
    """A place in a feed is a whole number."""

    code = "feed_place_unknown"
    message = gettext_lazy("“%(text)s” is not a whole number.")


def _whole(request: Request, name: str, usual: int) -> int:
    """Return a whole number from the address."""
    text = request.query_params.get(name, "").strip()
    if not text:
        return usual
    if not text.isdecimal() or len(text) > DIGITS:
        raise FeedPlaceUnknown(field=name, text=text)
    return int(text)


class BookSerializer(serializers.ModelSerializer[Book]):
    """A set of accounts with what lies in it and the head of its chain."""

    free = SumField()
    restricted = SumField()
    held = SumField()

    class Meta:
        model = Book
        fields = (
            *("id", "code", "name", "unit", "division", "status", "status_reason", "opened_on"),
            *("is_intake_stopped", "is_outgo_stopped", "sequence", "head_hash", "free", "restricted", "held"),
        )
        read_only_fields = fields


class AccountSerializer(serializers.ModelSerializer[Account]):
    """A place in a book with what has come in, what has gone out, and the difference."""

    received = SumField(source="balance.received")
    given = SumField(source="balance.given")
    balance = SumField(source="balance.amount")

    class Meta:
        model = Account
        fields = ("id", "book", "code", "kind", "name", "purpose", "received", "given", "balance")
        read_only_fields = fields


class TransferSerializer(serializers.ModelSerializer[Transfer]):
    """One line of a voucher."""

    source_code = serializers.CharField(source="source.code", read_only=True)
    target_code = serializers.CharField(source="target.code", read_only=True)

    class Meta:
        model = Transfer
        fields = ("line", "source", "source_code", "target", "target_code", "amount")
        read_only_fields = fields


class JournalSerializer(serializers.ModelSerializer[Journal]):
    """A voucher with its transfers; who posted it stands in the audit trail, not here."""

    number = serializers.CharField(source="__str__", read_only=True)
    transfers = TransferSerializer(many=True, read_only=True)

    class Meta:
        model = Journal
        fields = (
            *("id", "book", "sequence", "number", "year", "voucher_number", "kind", "posted_on", "posted_at", "key"),
            *("memo", "total", "reverses", "previous_hash", "hash", "transfers"),
        )
        read_only_fields = fields


class JournalFeedSerializer(serializers.Serializer[Any]):
    """What a book has posted since, in order, and how far its chain goes."""

    journals = JournalSerializer(many=True)
    next_after = serializers.IntegerField(help_text="What to give as `after` the next time.")
    sequence = serializers.IntegerField(
        help_text="The last journal of the book: all is read when `next_after` is this."
    )
    head_hash = serializers.CharField()


class ReversalSerializer(serializers.Serializer[Any]):
    """The date and the reason of a reversal; the reason is public."""

    posted_on = serializers.DateField()
    memo = serializers.CharField(max_length=200)


class SuspensionSerializer(serializers.ModelSerializer[Suspension]):
    """A stop of one way of a book's money, with its public reason."""

    class Meta:
        model = Suspension
        fields = ("id", "book", "flow", "reason", "status", "imposed_at", "lifted_at", "lift_reason")
        read_only_fields = fields


class SuspensionEntrySerializer(serializers.Serializer[Any]):
    """Which way of which book is to be suspended, and why."""

    book = serializers.IntegerField()
    flow = serializers.ChoiceField(choices=Flow.choices)
    reason = serializers.CharField(max_length=200)

    def validate_book(self, value: int) -> Book:
        """Find the book among those that the caller may see."""
        row = Book.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such book."))
        return row


@moves_of(SUSPENSION)
class SuspensionViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Suspension]):
    """Suspensions of books: every posting meets them; public for books of money."""

    queryset = Suspension.objects.all()
    serializer_class = SuspensionSerializer
    filterset_class = SuspensionFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None, "create": "funds.suspend_book"}

    def get_queryset(self) -> QuerySet[Suspension]:
        """Rows that the caller may see."""
        return Suspension.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=SuspensionEntrySerializer, responses={201: SuspensionSerializer})
    def create(self, request: Request) -> Response:
        """Suspend what comes in or what goes out."""
        body = SuspensionEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.suspend_book(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=SuspensionSerializer)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str | None = None) -> Response:
        """Lift it, by another person: IMPOSED to LIFTED."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(
            operations.lift_suspension(by=acting_user(request), suspension=row, reason=reason, now=clock.now())
        )


@moves_of(BOOK)
class BookViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Book]):
    """Books of money are public; staff may freeze, release and close them."""

    queryset = Book.objects.all()
    serializer_class = BookSerializer
    filterset_class = BookFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None, "journals": None}

    def get_queryset(self) -> QuerySet[Book]:
        """Rows that the caller may see."""
        return Book.objects.visible_to(self.request.user).for_list().with_balance()

    @extend_schema(request=MoveSerializer, responses=BookSerializer)
    @action(detail=True, methods=["post"])
    def freeze(self, request: Request, pk: str | None = None) -> Response:
        """Stop all posting: OPEN to FROZEN."""
        del pk
        return self._moved(request, operations.freeze_book)

    @extend_schema(request=MoveSerializer, responses=BookSerializer)
    @action(detail=True, methods=["post"])
    def unfreeze(self, request: Request, pk: str | None = None) -> Response:
        """Let it take postings again: FROZEN to OPEN."""
        del pk
        return self._moved(request, operations.unfreeze_book)

    @extend_schema(request=MoveSerializer, responses=BookSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close an empty book for good: OPEN to CLOSED."""
        del pk
        return self._moved(request, operations.close_book)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "after",
                OpenApiTypes.INT,
                description="The sequence number of the last journal that is known; 0 at first.",
            ),
            OpenApiParameter("limit", OpenApiTypes.INT, description="At most so many; 100 if left out, 500 at most."),
        ],
        responses=JournalFeedSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"])
    def journals(self, request: Request, pk: str | None = None) -> Response:
        """Return the journals after one that is known, in order: a feed without gaps, because numbers have none."""
        del pk
        book = self.get_object()
        after, limit = _whole(request, "after", 0), min(_whole(request, "limit", USUAL_FEED) or 1, MOST_FEED)
        rows = Journal.objects.filter(book=book, sequence__gt=after, sequence__lte=book.sequence).for_list()
        found = list(rows.order_by("sequence")[:limit])
        last = found[-1].sequence if found else min(after, book.sequence)
        body = {"journals": found, "next_after": last, "sequence": book.sequence, "head_hash": book.head_hash}
        return Response(JournalFeedSerializer(body, context=self.get_serializer_context()).data)

    def _moved(self, request: Request, operation: Any) -> Response:
        book = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operation(by=acting_user(request), book=book, now=clock.now(), reason=body.validated_data["reason"])
        return self.shown(row)


class AccountViewSet(ReadOnlyModelViewSet[Account]):
    """The accounts of books, with their balances; public for books of money."""

    queryset = Account.objects.all()
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[Account]:
        """Rows that the caller may see."""
        return Account.objects.visible_to(self.request.user).for_list()


class JournalViewSet(Idempotent, ReadOnlyModelViewSet[Journal]):
    """Vouchers with their transfers, newest first; public for books of money."""

    queryset = Journal.objects.all()
    serializer_class = JournalSerializer
    filterset_class = JournalFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "reverse": "funds.reverse_journal",
    }

    def get_queryset(self) -> QuerySet[Journal]:
        """Rows that the caller may see."""
        return Journal.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ReversalSerializer, responses={201: JournalSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str | None = None) -> Response:
        """Post the voucher that moves every line of this one back."""
        del pk
        journal = self.get_object()
        body = ReversalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.reverse_journal(
            by=acting_user(request), journal=journal, now=clock.now(), **body.validated_data
        )
        shown = self.get_serializer(self.get_queryset().get(pk=made.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("books", BookViewSet),
    ("accounts", AccountViewSet),
    ("journals", JournalViewSet),
    ("suspensions", SuspensionViewSet),
]
