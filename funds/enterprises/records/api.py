"""The books of enterprises in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.records import operations
from funds.enterprises.records.filters import RecordFilter
from funds.enterprises.records.models import BusinessLine, BusinessRecord, EvidenceKind, RecordKind
from funds.enterprises.uploads import EnterpriseFileSerializer, read_upload
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, MoveSerializer
from governance.calendar import clock


class RecordSerializer(serializers.ModelSerializer[BusinessRecord]):
    """One record of revenue, cost or tax, in yuan."""

    class Meta:
        model = BusinessRecord
        fields = (
            "id",
            "enterprise",
            "kind",
            "line",
            "month",
            "amount",
            "description",
            "party",
            "evidence_kind",
            "evidence_number",
            "evidence",
            "is_related",
            "relation",
            "recusal",
            "recorded_at",
            "voided_at",
            "void_reason",
        )
        read_only_fields = fields


class RecordEntrySerializer(serializers.Serializer[Any]):
    """What is entered of a record; `month` is the first day of its month."""

    enterprise = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=RecordKind.choices)
    line = serializers.ChoiceField(choices=BusinessLine.choices)
    month = serializers.DateField()
    amount = AmountField()
    description = serializers.CharField(max_length=200)
    party = serializers.CharField(max_length=120, allow_blank=True, default="")
    evidence_kind = serializers.ChoiceField(choices=EvidenceKind.choices)
    evidence_number = serializers.CharField(max_length=80)
    is_related = serializers.BooleanField(default=False)
    relation = serializers.CharField(max_length=120, allow_blank=True, default="")
    recusal = serializers.CharField(max_length=200, allow_blank=True, default="")

    def validate_enterprise(self, value: int) -> CommunityEnterprise:
        """Find the enterprise among those that the caller may see."""
        row = CommunityEnterprise.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such enterprise."))
        return row


class RecordViewSet(Idempotent, ReadOnlyModelViewSet[BusinessRecord]):
    """Records of revenue and cost, for those who oversee the place or act for the enterprise."""

    queryset = BusinessRecord.objects.all()
    serializer_class = RecordSerializer
    filterset_class = RecordFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_business_record",
        "retrieve": "funds.view_business_record",
        "create": "funds.keep_records",
        "attach": "funds.keep_records",
        "void": "funds.keep_records",
    }

    def get_queryset(self) -> QuerySet[BusinessRecord]:
        """Rows that the caller may see."""
        return BusinessRecord.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=RecordEntrySerializer, responses={201: RecordSerializer})
    def create(self, request: Request) -> Response:
        """Record revenue, cost or tax of a month."""
        body = RecordEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        enterprise = given.pop("enterprise")
        row = operations.enter_record(
            by=acting_user(request), enterprise=enterprise, noted=operations.Noted(**given), now=clock.now()
        )
        return Response(RecordSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request={"multipart/form-data": EnterpriseFileSerializer}, responses=RecordSerializer)
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def attach(self, request: Request, pk: str | None = None) -> Response:
        """Attach a file to a record: the contract, the invoice, the bank slip."""
        del pk
        record = self.get_object()
        row = operations.attach_evidence(
            by=acting_user(request), record=record, now=clock.now(), **read_upload(request)
        )
        return Response(RecordSerializer(row).data)

    @extend_schema(request=MoveSerializer, responses=RecordSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str | None = None) -> Response:
        """Take back a record, with the reason."""
        del pk
        record = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.void_record(
            by=acting_user(request), record=record, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(RecordSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("business-records", RecordViewSet)]
