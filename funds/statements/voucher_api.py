"""Vouchers in the API, for charity federations' accounting systems: a feed without gaps, and a file per month."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet, ViewSetMixin

from funds.ledger.models import AccountKind, Journal, JournalKind
from funds.statements import accounting
from funds.statements.download import BYTE_ORDER_MARK, csv_lines
from funds.statements.policy import read_span
from governance.accounts.queries import acting_user
from governance.api import asked_of
from governance.outbox.policy import BEGINNING
from governance.outbox.queries import rows_after

USUAL, MOST = 100, 500


class VoucherQuerySerializer(serializers.Serializer[Any]):
    """Where in the feed to go on, how much to return, and of which book, fund or charity."""

    after = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    limit = serializers.IntegerField(required=False, default=USUAL, min_value=1, max_value=MOST)
    book = serializers.IntegerField(required=False, min_value=1)
    fund = serializers.IntegerField(required=False, min_value=1)
    charity = serializers.IntegerField(required=False, min_value=1)


class VoucherFileSerializer(serializers.Serializer[Any]):
    """Of which book and period the file is."""

    book = serializers.IntegerField(min_value=1)
    period = serializers.CharField(max_length=20)


class VoucherEntrySerializer(serializers.Serializer[Any]):
    """A debit or a credit."""

    number = serializers.IntegerField()
    direction = serializers.ChoiceField(choices=[(accounting.DEBIT, "debit"), (accounting.CREDIT, "credit")])
    account = serializers.IntegerField(source="account.pk")
    account_code = serializers.CharField(source="account.code")
    account_kind = serializers.ChoiceField(source="account.kind", choices=AccountKind.choices)
    account_name = serializers.CharField(source="account.name")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)


class CauseSerializer(serializers.Serializer[Any]):
    """What caused a voucher: the collection and key under which the API shows it, and the number on its paper."""

    kind = serializers.CharField(allow_blank=True)
    id = serializers.IntegerField(allow_null=True)
    number = serializers.CharField(allow_blank=True)


class VoucherSerializer(serializers.Serializer[Any]):
    """A voucher with its debits and credits, which have the same sum; `sequence` has no gap inside a book."""

    id = serializers.IntegerField(source="pk")
    book = serializers.IntegerField(source="book_id")
    book_code = serializers.CharField(source="book.code")
    fund = serializers.IntegerField(source="book.fund.pk")
    fund_name = serializers.CharField(source="book.fund.name")
    charity = serializers.IntegerField(source="book.fund.charity_id", allow_null=True)
    sequence = serializers.IntegerField()
    number = serializers.CharField(source="__str__")
    kind = serializers.ChoiceField(choices=JournalKind.choices)
    posted_on = serializers.DateField()
    posted_at = serializers.DateTimeField()
    key = serializers.CharField()
    memo = serializers.CharField()
    total = serializers.DecimalField(max_digits=18, decimal_places=2)
    entries = serializers.SerializerMethodField()
    cause = serializers.SerializerMethodField()
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    reverses_number = serializers.SerializerMethodField()
    previous_hash = serializers.CharField()
    hash = serializers.CharField()

    @extend_schema(responses=VoucherEntrySerializer(many=True))
    def get_entries(self, journal: Journal) -> list[dict[str, Any]]:
        """Return the debits and credits."""
        return list(VoucherEntrySerializer(accounting.entries_of(journal), many=True).data)

    def get_cause(self, journal: Journal) -> dict[str, Any]:
        """Return what caused it."""
        return dict(CauseSerializer(accounting.cause_of(journal)).data)

    def get_reverses_number(self, journal: Journal) -> str:
        """Return the number of the voucher that this one moves back, if any."""
        return str(journal.reverses or "")


class VouchersSerializer(serializers.Serializer[Any]):
    """A stretch of the feed; keep the cursor and send it as `after`."""

    results = VoucherSerializer(many=True)
    cursor = serializers.CharField()
    has_more = serializers.BooleanField()


class VoucherViewSet(ViewSet):
    """Vouchers of the funds that the caller acts for, in an order in which none is ever missed."""

    permissions: ClassVar[dict[str, str | None]] = {"list": "funds.export_vouchers", "export": "funds.export_vouchers"}

    @extend_schema(
        parameters=[
            OpenApiParameter("after", str, description="The cursor of the page before; empty: from the beginning."),
            OpenApiParameter("limit", int, description="At most so many vouchers, 1 to 500."),
            OpenApiParameter("book", int, description="Only of this book."),
            OpenApiParameter("fund", int, description="Only of this fund."),
            OpenApiParameter("charity", int, description="Only of the funds of this charity."),
        ],
        responses=VouchersSerializer,
    )
    def list(self, request: Request) -> Response:
        """Return the vouchers after a cursor, oldest first; keep the filters the same from call to call."""
        given = asked_of(request, VoucherQuerySerializer)
        rows = accounting.vouchers_of(acting_user(request))
        for name, field in (("book", "book"), ("fund", "book__fund"), ("charity", "book__fund__charity")):
            if name in given:
                rows = rows.filter(**{field: given[name]})
        start = accounting.read_cursor(given["after"]) if given["after"] else BEGINNING
        page = rows_after(start, rows, given["limit"])
        results = VoucherSerializer(page.rows, many=True).data
        return Response({"results": results, "cursor": accounting.write_cursor(page.cursor), "has_more": page.has_more})

    @extend_schema(
        parameters=[
            OpenApiParameter("book", int, required=True, description="The book."),
            OpenApiParameter("period", str, required=True, description="2026, 2026-Q1 or 2026-03."),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["get"])
    def export(self, request: Request) -> HttpResponseBase:
        """Send the debits and credits of a book's period as CSV for an accounting program, a row for each."""
        asked = asked_of(request, VoucherFileSerializer)
        span = read_span(asked["period"])
        rows = accounting.vouchers_of(acting_user(request))
        book = asked["book"]
        if not rows.filter(book=book).exists():
            raise Http404
        found = accounting.vouchers_in(rows, book, span)
        header: list[object] = [
            *(_("Book"), _("Date"), _("Voucher"), _("Line"), _("Summary"), _("Account code"), _("Account")),
            *(_("Debit (yuan)"), _("Credit (yuan)"), _("Number of the paper"), _("Reverses"), _("Hash")),
        ]
        lines = (csv_lines([row]) for row in accounting.accounting_rows(found))
        answer = StreamingHttpResponse(_with_head(header, lines), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="vouchers-{book}-{span.name}.csv"'
        return answer


def _with_head(header: list[object], lines: Any) -> Any:
    yield BYTE_ORDER_MARK + csv_lines([header])
    yield from lines


routes: list[tuple[str, type[ViewSetMixin]]] = [("vouchers", VoucherViewSet)]
