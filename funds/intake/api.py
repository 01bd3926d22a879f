"""Files of donations in the API."""

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

from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund, HostCharity
from funds.intake import operations
from funds.intake.filters import IntakeFilter, IntakeRowFilter, MappingFilter
from funds.intake.lifecycle import INTAKE
from funds.intake.models import ColumnMapping, DonationIntake, IntakeRow, MappingKind
from funds.intake.policy import BANK_FIELDS, FIELDS
from governance.accounts.clients import Json
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock


class IntakeSerializer(serializers.ModelSerializer[DonationIntake]):
    """A file of donations with what became of its rows."""

    class Meta:
        model = DonationIntake
        fields = (
            "id",
            "fund",
            "appeal",
            "mapping",
            "name",
            "size",
            "sha256",
            "status",
            "problem",
            "fresh",
            "known",
            "bad",
            "total",
            "uploaded_at",
            "confirmed_at",
            "posted_at",
        )
        read_only_fields = fields


class IntakeEntrySerializer(serializers.Serializer[Any]):
    """A file to be taken in."""

    fund = serializers.IntegerField()
    file = serializers.FileField()
    mapping = serializers.PrimaryKeyRelatedField(
        queryset=ColumnMapping.objects.all(), required=False, allow_null=True, default=None
    )
    appeal = serializers.PrimaryKeyRelatedField(
        queryset=Appeal.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row


class IntakeConfirmSerializer(serializers.Serializer[Any]):
    """Whether rows that cannot be used are left out."""

    leave_out_bad = serializers.BooleanField(default=False)


class IntakePublishSerializer(serializers.Serializer[Any]):
    """Who issues the receipts."""

    note = serializers.CharField(max_length=200)


class IntakePublishedSerializer(serializers.Serializer[Any]):
    """How many donations were published."""

    published = serializers.IntegerField()


class IntakeRowSerializer(serializers.ModelSerializer[IntakeRow]):
    """One row of a file as it was understood, or why it was not; donors are masked."""

    donor_name = serializers.SerializerMethodField()

    class Meta:
        model = IntakeRow
        fields = (
            "id",
            "intake",
            "number",
            "reference",
            "donor_name",
            "is_name_public",
            "amount",
            "paid_on",
            "restricted_to",
            "verdict",
            "reason",
            "donation",
        )
        read_only_fields = fields

    def get_donor_name(self, row: IntakeRow) -> str:
        """Return the name as consented, else masked."""
        return row.donor_name if row.is_name_public else mask_name(row.donor_name)


class MappingSerializer(serializers.ModelSerializer[ColumnMapping]):
    """How a platform or a bank heads its columns."""

    columns = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ColumnMapping
        fields = ("id", "charity", "kind", "name", "account", "columns", "saved_at")
        read_only_fields = fields


class MappingEntrySerializer(serializers.Serializer[Any]):
    """Headings to be saved under the name of the platform or bank; a bank's may name the account."""

    charity = serializers.PrimaryKeyRelatedField(queryset=HostCharity.objects.all())
    kind = serializers.ChoiceField(choices=MappingKind.choices, default=MappingKind.DONATIONS)
    name = serializers.CharField(max_length=60)
    account = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    columns = serializers.DictField(
        child=serializers.CharField(max_length=60, allow_blank=True),
        help_text="DONATIONS: {}; BANK: {}".format(", ".join(FIELDS), ", ".join(BANK_FIELDS)),
    )


@moves_of(INTAKE)
class IntakeViewSet(Idempotent, Moves, ReadOnlyModelViewSet[DonationIntake]):
    """Files of donations: uploaded, read by a job, confirmed by another person, posted whole."""

    queryset = DonationIntake.objects.all()
    serializer_class = IntakeSerializer
    filterset_class = IntakeFilter
    parser_classes = (Json, MultiPartParser)
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_donation_intake",
        "retrieve": "funds.view_donation_intake",
        "create": "funds.take_donations_in",
        "publish": "funds.receive_donation",
    }

    def get_queryset(self) -> QuerySet[DonationIntake]:
        """Rows that the caller may see."""
        return DonationIntake.objects.visible_to(self.request.user).for_list()

    @extend_schema(request={"multipart/form-data": IntakeEntrySerializer}, responses={201: IntakeSerializer})
    def create(self, request: Request) -> Response:
        """Take a file in; a job reads it."""
        body = IntakeEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        said = body.validated_data
        row = operations.upload_file(by=acting_user(request), now=clock.now(), name=said["file"].name, **said)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=IntakeConfirmSerializer, responses=IntakeSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the file, so that a job posts it: READ to CONFIRMED."""
        del pk
        intake = self.get_object()
        body = IntakeConfirmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.confirm_intake(by=acting_user(request), intake=intake, now=clock.now(), **body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=IntakeSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str | None = None) -> Response:
        """Discard the file with its rows: UPLOADED or READ to DISCARDED."""
        del pk
        intake = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        row = operations.discard_intake(by=acting_user(request), intake=intake, reason=reason, now=clock.now())
        return self.shown(row)

    @extend_schema(request=IntakePublishSerializer, responses=IntakePublishedSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str | None = None) -> Response:
        """Publish the donations of a posted file."""
        del pk
        intake = self.get_object()
        body = IntakePublishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        count = operations.publish_intake(
            by=acting_user(request), intake=intake, now=clock.now(), **body.validated_data
        )
        return Response({"published": count})


class IntakeRowViewSet(ReadOnlyModelViewSet[IntakeRow]):
    """The rows of files, each with its verdict and the reason."""

    queryset = IntakeRow.objects.all()
    serializer_class = IntakeRowSerializer
    filterset_class = IntakeRowFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_donation_intake",
        "retrieve": "funds.view_donation_intake",
    }

    def get_queryset(self) -> QuerySet[IntakeRow]:
        """Rows that the caller may see."""
        return IntakeRow.objects.visible_to(self.request.user)


class MappingViewSet(Idempotent, ReadOnlyModelViewSet[ColumnMapping]):
    """Saved headings of the files of platforms and banks."""

    queryset = ColumnMapping.objects.all()
    serializer_class = MappingSerializer
    filterset_class = MappingFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_column_mapping",
        "retrieve": "funds.view_column_mapping",
        "create": "funds.save_column_mapping",
    }

    def get_queryset(self) -> QuerySet[ColumnMapping]:
        """Rows that the caller may see."""
        return ColumnMapping.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=MappingEntrySerializer, responses={201: MappingSerializer})
    def create(self, request: Request) -> Response:
        """Save headings; under a name that is known they are replaced."""
        body = MappingEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.save_mapping(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(MappingSerializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("donation-intakes", IntakeViewSet),
    ("donation-intake-rows", IntakeRowViewSet),
    ("column-mappings", MappingViewSet),
]
