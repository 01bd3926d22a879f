"""Donations, changes of their use and promises in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund, DonationStation
from funds.donations import corrections, matching, operations
from funds.donations.certificate import print_certificate
from funds.donations.filters import DonationFilter, PromiseFilter, PurposeChangeFilter
from funds.donations.forms import MONEY
from funds.donations.lifecycle import DONATION, PROMISE
from funds.donations.models import (
    Donation,
    DonorKind,
    GoodsLine,
    Interest,
    PurposeChange,
    RefundGround,
    Valuation,
)
from funds.donations.operations import Goods
from funds.donations.promises import MatchingPromise
from funds.donations.rules import donor_name_for
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, moves_of
from governance.calendar import clock


class GoodsSerializer(serializers.ModelSerializer[GoodsLine]):
    """One kind of goods with its value and how that is known."""

    class Meta:
        model = GoodsLine
        fields = ("number", "name", "quantity", "measure", "value", "valuation")
        read_only_fields = fields


class DonationSerializer(serializers.ModelSerializer[Donation]):
    """A donation; the donor's name only as far as the reader may know it."""

    donor_name = serializers.SerializerMethodField()
    voucher = serializers.SerializerMethodField()
    goods = GoodsSerializer(many=True, read_only=True)

    class Meta:
        model = Donation
        fields = (
            "id",
            "fund",
            "appeal",
            "station",
            "goods",
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
            "summary_journal",
            "voucher",
            "refund_ground",
            "refund_journal",
            "status",
            "recorded_at",
            "received_at",
            "receipted_at",
            "published_at",
            "refunded_at",
        )
        read_only_fields = fields

    @extend_schema_field(str)
    def get_donor_name(self, row: Donation) -> str:
        """Return the name as consented, in full for those who handle the donation."""
        return donor_name_for(self.context["request"].user, row)

    @extend_schema_field(str)
    def get_voucher(self, row: Donation) -> str:
        """Return the number of the voucher, empty before the money has arrived."""
        return str(row.voucher or "")

    def to_representation(self, instance: Donation) -> dict[str, Any]:
        """Leave the references of bank and receipt out for those who do not handle the donation."""
        shown = super().to_representation(instance)
        if not self.context["request"].user.has_perm("funds.view_donation_file", instance):
            shown.update(reference="", receipt_number="", refund_ground="")
        return shown


class DonorEntrySerializer(serializers.Serializer[Any]):
    """What is recorded of every donation, money or goods; without a name the donor is anonymous."""

    fund = serializers.IntegerField()
    donor_kind = serializers.ChoiceField(choices=DonorKind.choices)
    donor_name = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    is_name_public = serializers.BooleanField(default=False)
    reference = serializers.CharField(max_length=80)
    restricted_to = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    beneficiary = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    interest = serializers.ChoiceField(choices=Interest.choices, required=False, allow_blank=True, default="")
    appeal = serializers.PrimaryKeyRelatedField(
        queryset=Appeal.objects.all(), required=False, allow_null=True, default=None
    )
    station = serializers.PrimaryKeyRelatedField(
        queryset=DonationStation.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        return seen_fund(self.context["request"], value)


def seen_fund(request: Request, key: int) -> CommunityFund:
    """Return the fund among those that the caller may see, or refuse the input."""
    row = CommunityFund.objects.visible_to(request.user).filter(pk=key).first()
    if row is None:
        raise serializers.ValidationError(_("There is no such fund."))
    return row


class DonationEntrySerializer(DonorEntrySerializer):
    """What is recorded of a donation of money."""

    channel = serializers.ChoiceField(choices=MONEY)
    amount = AmountField()


class GoodsEntrySerializer(serializers.Serializer[Any]):
    """One kind of goods as it is handed in."""

    name = serializers.CharField(max_length=100)
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3)
    measure = serializers.CharField(max_length=20)
    value = AmountField()
    valuation = serializers.ChoiceField(choices=Valuation.choices)
    note = serializers.CharField(max_length=200)


class GoodsDonationEntrySerializer(DonorEntrySerializer):
    """What is recorded of a donation of goods."""

    goods = GoodsEntrySerializer(many=True, allow_empty=False)


class PledgeSerializer(serializers.Serializer[Any]):
    """What a person pledges for themselves."""

    fund = serializers.IntegerField()
    amount = AmountField()
    restricted_to = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    is_anonymous = serializers.BooleanField(default=False)
    is_name_public = serializers.BooleanField(default=False)
    appeal = serializers.PrimaryKeyRelatedField(
        queryset=Appeal.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        return seen_fund(self.context["request"], value)


class ReceivedSerializer(serializers.Serializer[Any]):
    """The day on which the donation arrived."""

    received_on = serializers.DateField()


class ReceiptSerializer(serializers.Serializer[Any]):
    """The number of the receipt, or why it is waived."""

    receipt_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    waived_note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class ConsentSerializer(serializers.Serializer[Any]):
    """Whether the donor's name may be published, and how the donor said so."""

    is_name_public = serializers.BooleanField()
    reason = serializers.CharField(max_length=200)


class RefundProposalSerializer(serializers.Serializer[Any]):
    """Why a donation is to go back."""

    ground = serializers.ChoiceField(choices=RefundGround.choices)
    reason = serializers.CharField(max_length=200)


class PurposeEntrySerializer(serializers.Serializer[Any]):
    """Another use of a donation, with the donor's consent as a file."""

    new_purpose = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    consented_on = serializers.DateField()
    consent = serializers.FileField()


class PurposeChangeSerializer(serializers.ModelSerializer[PurposeChange]):
    """A change of the use that was agreed with a donor."""

    class Meta:
        model = PurposeChange
        fields = (
            "id",
            "donation",
            "old_purpose",
            "new_purpose",
            "consented_on",
            "proposed_at",
            "confirmed_at",
            "journal",
        )
        read_only_fields = fields


class PromiseSerializer(serializers.ModelSerializer[MatchingPromise]):
    """A promise to add to donations, who adds only as far as they consent."""

    matcher = serializers.CharField(source="public_matcher", read_only=True)

    class Meta:
        model = MatchingPromise
        fields = (
            "id",
            "fund",
            "appeal",
            "matcher",
            "ratio",
            "cap",
            "each_at_most",
            "starts_on",
            "ends_on",
            "used",
            "status",
        )
        read_only_fields = fields


class PromiseEntrySerializer(serializers.Serializer[Any]):
    """A promise to be entered."""

    fund = serializers.IntegerField()
    appeal = serializers.PrimaryKeyRelatedField(
        queryset=Appeal.objects.all(), required=False, allow_null=True, default=None
    )
    matcher = serializers.CharField(max_length=100)
    is_name_public = serializers.BooleanField(default=False)
    ratio = serializers.DecimalField(max_digits=6, decimal_places=2)
    cap = AmountField()
    each_at_most = AmountField(required=False, allow_null=True, default=None)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        return seen_fund(self.context["request"], value)


class DepositSerializer(serializers.Serializer[Any]):
    """The bank reference of a promise's deposit."""

    reference = serializers.CharField(max_length=80)


def read(kind: type[serializers.Serializer[Any]], view: Any, request: Request) -> dict[str, Any]:
    """Return the body of a request as this serializer understands it."""
    body = kind(data=request.data, context=view.get_serializer_context())
    body.is_valid(raise_exception=True)
    found: dict[str, Any] = body.validated_data
    return found


@moves_of(DONATION)
class DonationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Donation]):
    """Donations of money and goods: published ones for everybody, the rest for those who handle the fund."""

    queryset = Donation.objects.all()
    serializer_class = DonationSerializer
    filterset_class = DonationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.record_donation",
        "goods": "funds.record_donation",
        "pledge": "funds.pledge_donation",
        "consent": "funds.change_donor_consent",
        "propose_refund": "funds.receive_donation",
        "certify": "funds.certify_donation",
        "certificate": "funds.view_donor",
        "change_purpose": "funds.receive_donation",
    }

    def get_queryset(self) -> QuerySet[Donation]:
        """Rows that the caller may see."""
        return Donation.objects.visible_to(self.request.user).for_list().prefetch_related("goods")

    @extend_schema(request=DonationEntrySerializer, responses={201: DonationSerializer})
    def create(self, request: Request) -> Response:
        """Record a donation of money as pledged."""
        said = read(DonationEntrySerializer, self, request)
        row = operations.record_donation(by=acting_user(request), now=clock.now(), **said)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=GoodsDonationEntrySerializer, responses={201: DonationSerializer})
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def goods(self, request: Request) -> Response:
        """Record a donation of goods as pledged; no money is ever posted for it."""
        said = read(GoodsDonationEntrySerializer, self, request)
        lines = [Goods(**line) for line in said.pop("goods")]
        row = operations.record_goods(by=acting_user(request), now=clock.now(), goods=lines, **said)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PledgeSerializer, responses={201: DonationSerializer})
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def pledge(self, request: Request) -> Response:
        """Pledge a gift of one's own; the money goes to the charity's bank account under the reference returned."""
        row = operations.pledge_donation(
            by=acting_user(request), now=clock.now(), **read(PledgeSerializer, self, request)
        )
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ReceivedSerializer, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str | None = None) -> Response:
        """Confirm that the donation has arrived; money is posted: PLEDGED to RECEIVED."""
        del pk
        donation, said = self.get_object(), read(ReceivedSerializer, self, request)
        row = operations.receive_donation(by=acting_user(request), donation=donation, now=clock.now(), **said)
        return self.shown(row)

    @extend_schema(request=ReceiptSerializer, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def issue_receipt(self, request: Request, pk: str | None = None) -> Response:
        """Issue the receipt or note its waiver: RECEIVED to RECEIPTED."""
        del pk
        donation, said = self.get_object(), read(ReceiptSerializer, self, request)
        row = operations.issue_receipt(by=acting_user(request), donation=donation, now=clock.now(), **said)
        return self.shown(row)

    @extend_schema(request=ConsentSerializer, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def consent(self, request: Request, pk: str | None = None) -> Response:
        """Write down whether the donor's name may be published."""
        del pk
        donation, said = self.get_object(), read(ConsentSerializer, self, request)
        row = corrections.change_consent(by=acting_user(request), donation=donation, now=clock.now(), **said)
        return self.shown(row)

    @extend_schema(request=RefundProposalSerializer, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def propose_refund(self, request: Request, pk: str | None = None) -> Response:
        """Propose that the donation goes back, for error or illegality."""
        del pk
        donation, said = self.get_object(), read(RefundProposalSerializer, self, request)
        row = corrections.propose_refund(by=acting_user(request), donation=donation, now=clock.now(), **said)
        return self.shown(row)

    @extend_schema(request=None, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def refund(self, request: Request, pk: str | None = None) -> Response:
        """Give the donation back by a reversing voucher: RECEIVED, RECEIPTED or PUBLISHED to REFUNDED."""
        del pk
        row = corrections.refund_donation(by=acting_user(request), donation=self.get_object(), now=clock.now())
        return self.shown(row)

    @extend_schema(request=None, responses=DonationSerializer)
    @action(detail=True, methods=["post"])
    def certify(self, request: Request, pk: str | None = None) -> Response:
        """Give the donation the code of its certificate of thanks."""
        del pk
        row = corrections.issue_certificate(by=acting_user(request), donation=self.get_object(), now=clock.now())
        return self.shown(row)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def certificate(self, request: Request, pk: str | None = None) -> HttpResponse:
        """Send the certificate of thanks as PDF, for those who may know the donor."""
        del pk
        donation = self.get_object()
        if not donation.certificate_code:
            raise corrections.CertificateNotNow(status=donation.get_status_display())
        return HttpResponse(print_certificate(donation), content_type="application/pdf")

    @extend_schema(request={"multipart/form-data": PurposeEntrySerializer}, responses={201: PurposeChangeSerializer})
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def change_purpose(self, request: Request, pk: str | None = None) -> Response:
        """Enter that the donor agrees to another use, with the consent as a file."""
        del pk
        donation, said = self.get_object(), read(PurposeEntrySerializer, self, request)
        file = said.pop("consent")
        row = corrections.propose_purpose_change(
            by=acting_user(request),
            donation=donation,
            now=clock.now(),
            consent_name=file.name,
            consent=file.read(),
            **said,
        )
        return Response(PurposeChangeSerializer(row).data, status=status.HTTP_201_CREATED)


class PurposeChangeViewSet(Idempotent, ReadOnlyModelViewSet[PurposeChange]):
    """Changes of the use that was agreed with donors."""

    queryset = PurposeChange.objects.all()
    serializer_class = PurposeChangeSerializer
    filterset_class = PurposeChangeFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_purpose_change",
        "retrieve": "funds.view_purpose_change",
        "confirm": "funds.confirm_purpose_change",
    }

    def get_queryset(self) -> QuerySet[PurposeChange]:
        """Rows that the caller may see."""
        return PurposeChange.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=None, responses=PurposeChangeSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the change and move the money from pool to pool."""
        del pk
        row = corrections.confirm_purpose_change(by=acting_user(request), change=self.get_object(), now=clock.now())
        return Response(PurposeChangeSerializer(row).data)


@moves_of(PROMISE)
class PromiseViewSet(Idempotent, Moves, ReadOnlyModelViewSet[MatchingPromise]):
    """Promises to add to donations."""

    queryset = MatchingPromise.objects.all()
    serializer_class = PromiseSerializer
    filterset_class = PromiseFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.record_donation",
    }

    def get_queryset(self) -> QuerySet[MatchingPromise]:
        """Rows that the caller may see."""
        return MatchingPromise.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=PromiseEntrySerializer, responses={201: PromiseSerializer})
    def create(self, request: Request) -> Response:
        """Enter a promise."""
        said = read(PromiseEntrySerializer, self, request)
        row = matching.promise_matching(by=acting_user(request), now=clock.now(), **said)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=DepositSerializer, responses=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def confirm_deposit(self, request: Request, pk: str | None = None) -> Response:
        """Confirm that the whole cap lies in the charity's account: PROPOSED to FUNDED."""
        del pk
        promise, said = self.get_object(), read(DepositSerializer, self, request)
        return self.shown(matching.confirm_deposit(by=acting_user(request), promise=promise, now=clock.now(), **said))


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("donations", DonationViewSet),
    ("purpose-changes", PurposeChangeViewSet),
    ("matching-promises", PromiseViewSet),
]
