"""Donations in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.charity.models import CommunityFund
from funds.donations import operations
from funds.donations.filters import DonationFilter
from funds.donations.lifecycle import DONATION
from funds.donations.models import Donation, DonationChannel, DonorKind
from funds.donations.rules import donor_name_for
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock


class DonationSerializer(serializers.ModelSerializer[Donation]):
    """A donation; the donor's name only as far as the reader may know it."""

    donor_name = serializers.SerializerMethodField()
    voucher = serializers.SerializerMethodField()

    class Meta:
        model = Donation
        fields = (
            "id",
            "fund",
            "donor_kind",
            "donor_name",
            "channel",
            "amount",
            "restricted_to",
            "reference",
            "received_on",
            "receipt_number",
            "is_receipt_waived",
            "journal",
            "voucher",
            "status",
            "recorded_at",
            "received_at",
            "receipted_at",
            "published_at",
        )
        read_only_fields = fields

    @extend_schema_field(str)
    def get_donor_name(self, row: Donation) -> str:
        """Return the name as consented, in full for those who handle the donation."""
        return donor_name_for(self.context["request"].user, row)

    @extend_schema_field(str)
    def get_voucher(self, row: Donation) -> str:
        """Return the number of the voucher, empty before the money has arrived."""
        return str(row.journal) if row.journal else ""

    def to_representation(self, instance: Donation) -> dict[str, Any]:
        """Leave the references of bank and receipt out for those who do not handle the donation."""
        shown = super().to_representation(instance)
        if not self.context["request"].user.has_perm("funds.view_donation_file", instance):
            shown.update(reference="", receipt_number="")
        return shown


class DonationEntrySerializer(serializers.Serializer[Any]):
    """What is recorded of a donation."""

    fund = serializers.IntegerField()
    donor_kind = serializers.ChoiceField(choices=DonorKind.choices)
    donor_name = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    is_name_public = serializers.BooleanField(default=False)
    channel = serializers.ChoiceField(choices=DonationChannel.choices)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    reference = serializers.CharField(max_length=80)
    restricted_to = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row


class ReceivedSerializer(serializers.Serializer[Any]):
    """The day on which the money arrived."""

    received_on = serializers.DateField()


class ReceiptSerializer(serializers.Serializer[Any]):
    """The number of the receipt, or why it is waived."""

    receipt_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    waived_note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


@moves_of(DONATION)
class DonationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Donation]):
    """Donations of money: published ones for everybody, the rest for those who handle the fund."""

    queryset = Donation.objects.all()
    serializer_class = DonationSerializer
    filterset_class = DonationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.record_donation",
    }

    def get_queryset(self) -> QuerySet[Donation]:
        """Rows that the caller may see."""
        return Donation.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=DonationEntrySerializer, responses={201: DonationSerializer})
    def create(self, request: Request) -> Response:
        """Record a donation as pledged."""
        body = DonationEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.record_donation(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ReceivedSerializer, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str | None = None) -> Response:
        """Confirm that the money has arrived, and post it: PLEDGED to RECEIVED."""
        del pk
        donation = self.get_object()
        body = ReceivedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.receive_donation(
            by=acting_user(request), donation=donation, now=clock.now(), **body.validated_data
        )
        return self.shown(row)

    @extend_schema(request=ReceiptSerializer, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def issue_receipt(self, request: Request, pk: str | None = None) -> Response:
        """Issue the receipt or note its waiver: RECEIVED to RECEIPTED."""
        del pk
        donation = self.get_object()
        body = ReceiptSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.issue_receipt(
            by=acting_user(request), donation=donation, now=clock.now(), **body.validated_data
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("donations", DonationViewSet),
]
