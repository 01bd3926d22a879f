"""The banking room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.files.tables import kind_of
from funds.banking import operations
from funds.banking.filters import LineFilter, MatchFilter, PartFilter
from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.banking.policy import account_digits
from funds.banking.queries import ages_of, ages_of_journals, charities_watched_by
from funds.banking.statement_file import MAX_BYTES, StatementRow
from funds.charity.models import HostCharity
from funds.intake.models import ColumnMapping, MappingKind
from funds.ledger.models import Journal
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.clients import Json
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, MoveSerializer
from governance.calendar import clock

KEY_DIGITS = 18
MOST_LINES = 1000


class BankLineSerializer(serializers.ModelSerializer[BankLine]):
    """One credit on a charity's account."""

    class Meta:
        model = BankLine
        fields = (
            "id",
            "charity",
            "account",
            "bank_reference",
            "booked_on",
            "amount",
            "matched",
            "payer",
            "memo",
            "status",
            "owner",
            "set_aside_reason",
            "imported_at",
        )
        read_only_fields = fields


class BankLineEntrySerializer(serializers.Serializer[Any]):
    """One credit as a partner system sends it."""

    bank_reference = serializers.CharField(max_length=80)
    booked_on = serializers.DateField()
    amount = AmountField()
    payer = serializers.CharField(max_length=120)
    memo = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class BankLinesEntrySerializer(serializers.Serializer[Any]):
    """Up to 1,000 credits of one charity; all are imported or none."""

    charity = serializers.PrimaryKeyRelatedField(queryset=HostCharity.objects.all())
    account = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    lines = serializers.ListField(child=BankLineEntrySerializer(), allow_empty=False, max_length=MOST_LINES)


class BankLinesImportedSerializer(serializers.Serializer[Any]):
    """How many lines were new, and how many were there already."""

    imported = serializers.IntegerField()
    repeated = serializers.IntegerField()


class StatementFileSerializer(serializers.Serializer[Any]):
    """A bank's file: CSV or XLSX, with saved headings or with the usual ones."""

    charity = serializers.PrimaryKeyRelatedField(queryset=HostCharity.objects.all())
    file = serializers.FileField()
    mapping = serializers.PrimaryKeyRelatedField(
        queryset=ColumnMapping.objects.of(MappingKind.BANK), required=False, allow_null=True, default=None
    )


class StatementImportedSerializer(BankLinesImportedSerializer):
    """The same, and how many debits were left out."""

    debits = serializers.IntegerField()


class OwnerEntrySerializer(serializers.Serializer[Any]):
    """Who is to be in charge of a line."""

    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))


class AgeSerializer(serializers.Serializer[Any]):
    """What was booked from `first_day` to `last_day` days ago and is not matched; no last day: longer ago."""

    first_day = serializers.IntegerField(source="first")
    last_day = serializers.IntegerField(source="last", allow_null=True)
    count = serializers.IntegerField(source="lines")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)


class AgesSerializer(serializers.Serializer[Any]):
    """The ages of a charity's bank lines without a voucher, and of its vouchers without a bank line."""

    lines = AgeSerializer(many=True)
    journals = AgeSerializer(many=True)


class BankMatchSerializer(serializers.ModelSerializer[BankMatch]):
    """A bank line and the order that it pays, or the voucher that it is."""

    order_reference = serializers.CharField(source="order.reference", read_only=True, default="")

    class Meta:
        model = BankMatch
        fields = (
            "id",
            "line",
            "order",
            "order_reference",
            "journal",
            "is_exact",
            "suggested_at",
            "confirmed_at",
            "rejected_at",
            "taken_back_at",
        )
        read_only_fields = fields


class BankMatchEntrySerializer(serializers.Serializer[Any]):
    """A match as a person suggests it: with an order or with a voucher."""

    line = serializers.PrimaryKeyRelatedField(queryset=BankLine.objects.all())
    order = serializers.PrimaryKeyRelatedField(
        queryset=ReinvestmentOrder.objects.all(), required=False, allow_null=True, default=None
    )
    journal = serializers.PrimaryKeyRelatedField(
        queryset=Journal.objects.all(), required=False, allow_null=True, default=None
    )


class BankPartSerializer(serializers.ModelSerializer[BankAllocation]):
    """A part of a bank line that is a part of a voucher; one that `reverses` another takes it back."""

    class Meta:
        model = BankAllocation
        fields = ("id", "line", "journal", "amount", "match", "reverses", "reason", "made_at", "made_by")
        read_only_fields = fields


class TogetherSerializer(serializers.Serializer[Any]):
    """Bank lines, and the orders and vouchers that come to the same sum."""

    lines = serializers.PrimaryKeyRelatedField(queryset=BankLine.objects.all(), many=True, allow_empty=False)
    orders = serializers.PrimaryKeyRelatedField(
        queryset=ReinvestmentOrder.objects.all(), many=True, required=False, default=list
    )
    journals = serializers.PrimaryKeyRelatedField(
        queryset=Journal.objects.all(), many=True, required=False, default=list
    )


class LineViewSet(Idempotent, ReadOnlyModelViewSet[BankLine]):
    """The credits on the accounts of the charities that the caller acts for."""

    queryset = BankLine.objects.all()
    serializer_class = BankLineSerializer
    filterset_class = LineFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_bank_line",
        "retrieve": "funds.view_bank_line",
        "create": "funds.import_bank_lines",
        "import_file": "funds.import_bank_lines",
        "ages": "funds.view_bank_ageing",
        "assign": "funds.assign_bank_line",
        "set_aside": "funds.confirm_match",
        "take_up": "funds.confirm_match",
    }
    parser_classes = (Json, MultiPartParser)

    def get_queryset(self) -> QuerySet[BankLine]:
        """Rows that the caller may see."""
        return BankLine.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=BankLinesEntrySerializer, responses={201: BankLinesImportedSerializer})
    def create(self, request: Request) -> Response:
        """Import credits, all or none; lines whose bank reference is known are left as they are."""
        body = BankLinesEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rows = [StatementRow(row=number, **line) for number, line in enumerate(body.validated_data["lines"], start=1)]
        found = operations.import_bank_lines(
            by=acting_user(request),
            charity=body.validated_data["charity"],
            rows=rows,
            account=account_digits(body.validated_data["account"]),
            now=clock.now(),
        )
        answer = {"imported": found.imported, "repeated": found.repeated}
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(
        request={"multipart/form-data": StatementFileSerializer}, responses={201: StatementImportedSerializer}
    )
    @action(detail=False, methods=["post"], url_path="files")
    def import_file(self, request: Request) -> Response:
        """Import the credits of a bank's file, all or none; the same file again changes nothing."""
        body = StatementFileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        file = said["file"]
        kind_of(file.name, file.size, file.read(8), most=MAX_BYTES)
        file.seek(0)
        found = operations.import_statement_file(
            by=acting_user(request),
            charity=said["charity"],
            mapping=said["mapping"],
            name=file.name,
            data=file.read(),
            now=clock.now(),
        )
        answer = {"imported": found.imported, "repeated": found.repeated, "debits": found.debits}
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[OpenApiParameter("charity", int, required=True)], responses=AgesSerializer, filters=False
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def ages(self, request: Request) -> Response:
        """Tell how old what is not matched has become, on the bank's side and in the ledger."""
        watched = charities_watched_by(request.user).select_related("division")
        key = request.query_params.get("charity", "")
        charity = get_object_or_404(watched, pk=int(key) if key.isdecimal() and len(key) <= KEY_DIGITS else 0)
        today = clock.today()
        found = {
            "lines": ages_of(charity.bank_lines.all(), charity.division, today),
            "journals": ages_of_journals(charity, today),
        }
        return Response(AgesSerializer(found).data)

    @extend_schema(request=OwnerEntrySerializer, responses=BankLineSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str | None = None) -> Response:
        """Put one of the charity's people in charge of a line."""
        del pk
        line = self.get_object()
        body = OwnerEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.assign_line(
            by=acting_user(request), line=line, owner=body.validated_data["owner"], now=clock.now()
        )
        return Response(BankLineSerializer(row).data)

    @extend_schema(request=MoveSerializer, responses=BankLineSerializer)
    @action(detail=True, methods=["post"])
    def set_aside(self, request: Request, pk: str | None = None) -> Response:
        """Set a line aside that pays no order, with the reason."""
        del pk
        line = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.set_line_aside(
            by=acting_user(request), line=line, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(BankLineSerializer(row).data)

    @extend_schema(request=None, responses=BankLineSerializer)
    @action(detail=True, methods=["post"])
    def take_up(self, request: Request, pk: str | None = None) -> Response:
        """Take a line up again that was set aside."""
        del pk
        row = operations.take_line_up(by=acting_user(request), line=self.get_object(), now=clock.now())
        return Response(BankLineSerializer(row).data)


class MatchViewSet(Idempotent, ReadOnlyModelViewSet[BankMatch]):
    """Bank lines and the orders that they pay; confirming one posts the money."""

    queryset = BankMatch.objects.all()
    serializer_class = BankMatchSerializer
    filterset_class = MatchFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_bank_match",
        "retrieve": "funds.view_bank_match",
        "create": "funds.confirm_match",
        "confirm": "funds.confirm_match",
        "reject": "funds.confirm_match",
    }

    def get_queryset(self) -> QuerySet[BankMatch]:
        """Rows that the caller may see."""
        return BankMatch.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=BankMatchEntrySerializer, responses={201: BankMatchSerializer})
    def create(self, request: Request) -> Response:
        """Suggest that a line pays an order."""
        body = BankMatchEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.suggest_match(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(BankMatchSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=BankMatchSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the match: the money is posted and the order received."""
        del pk
        row = operations.confirm_match(by=acting_user(request), match=self.get_object(), now=clock.now())
        return Response(BankMatchSerializer(row).data)

    @extend_schema(request=MoveSerializer, responses=BankMatchSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the match; line and order are free again."""
        del pk
        match = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.reject_match(
            by=acting_user(request), match=match, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(BankMatchSerializer(row).data)


class PartViewSet(Idempotent, ReadOnlyModelViewSet[BankAllocation]):
    """Which part of which bank line is part of which voucher: one in several, several in one, taken back by a row."""

    queryset = BankAllocation.objects.all()
    serializer_class = BankPartSerializer
    filterset_class = PartFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_bank_part",
        "retrieve": "funds.view_bank_part",
        "create": "funds.confirm_match",
        "take_back": "funds.confirm_match",
    }

    def get_queryset(self) -> QuerySet[BankAllocation]:
        """Rows that the caller may see."""
        return BankAllocation.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=TogetherSerializer, responses={201: BankPartSerializer(many=True)})
    def create(self, request: Request) -> Response:
        """Match lines with orders and vouchers that come to the same sum to the fen; orders are posted by it."""
        body = TogetherSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        parts = operations.match_together(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(BankPartSerializer(parts, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses={201: BankPartSerializer})
    @action(detail=True, methods=["post"])
    def take_back(self, request: Request, pk: str | None = None) -> Response:
        """Take a part back that was matched in error, by a row that reverses it; the voucher stays."""
        del pk
        part = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.take_part_back(
            by=acting_user(request), part=part, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(BankPartSerializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("bank-lines", LineViewSet),
    ("bank-matches", MatchViewSet),
    ("bank-parts", PartViewSet),
]
