"""Assets, lettings and rent in the API."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.notices.models import PublicNotice
from communities.notices.policy import check_file_size
from communities.policy.models import PolicyDocument
from funds.enterprises.letting import operations, reminders
from funds.enterprises.letting.filters import AssetFilter, ChargeFilter, LettingFilter, ReceiptFilter
from funds.enterprises.letting.lifecycle import LETTING
from funds.enterprises.letting.models import (
    AreaUnit,
    AssetFacts,
    AssetKind,
    CommunityAsset,
    LesseeKind,
    Letting,
    OwnerKind,
    RentCharge,
    RentReceipt,
    RightToLet,
    Terms,
)
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.uploads import EnterpriseFileSerializer, read_upload
from governance.accounts.clients import Json
from governance.accounts.queries import acting_user
from governance.api import IF_MATCH, AmountField, Idempotent, Moves, MoveSerializer, Tagged, moves_of, version_asked
from governance.calendar import clock
from governance.money import ZERO


class AssetSerializer(serializers.ModelSerializer[CommunityAsset]):
    """What a community has: public; the paper of its right is for those who oversee it."""

    enterprise_name = serializers.CharField(source="enterprise.name", read_only=True)
    is_let = serializers.SerializerMethodField()

    class Meta:
        model = CommunityAsset
        fields = (
            "id",
            "enterprise",
            "enterprise_name",
            "name",
            "kind",
            "address",
            "area",
            "area_unit",
            "owner_kind",
            "right_to_let",
            "is_let",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_is_let(self, row: CommunityAsset) -> bool:
        """Tell whether it is let today; the rows come with their current letting."""
        return bool(getattr(row, "current", []))


class AssetFactsSerializer(serializers.Serializer[Any]):
    """What is known of an asset; what is left out of an edit stays."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    address = serializers.CharField(max_length=200)
    area = serializers.DecimalField(max_digits=12, decimal_places=2)
    area_unit = serializers.ChoiceField(choices=AreaUnit.choices, default=AreaUnit.SQUARE_METER)
    owner_kind = serializers.ChoiceField(choices=OwnerKind.choices)
    owner_name = serializers.CharField(max_length=120)
    right_to_let = serializers.ChoiceField(choices=RightToLet.choices)
    right_paper = serializers.CharField(max_length=200)
    right_until = serializers.DateField(required=False, allow_null=True, default=None)


class AssetEntrySerializer(AssetFactsSerializer):
    """What is entered of an asset."""

    enterprise = serializers.IntegerField()

    def validate_enterprise(self, value: int) -> CommunityEnterprise:
        """Find the enterprise among those that the caller may see."""
        row = CommunityEnterprise.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such enterprise."))
        return row


class LettingSerializer(serializers.ModelSerializer[Letting]):
    """A contract with its rent account of today, in yuan."""

    asset_name = serializers.CharField(source="asset.name", read_only=True)
    due = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    paid = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    arrears = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = Letting
        fields = (
            "id",
            "asset",
            "asset_name",
            "enterprise",
            "lessee_kind",
            "lessee",
            "purpose",
            "starts_on",
            "ends_on",
            "monthly_rent",
            "deposit",
            "days_to_pay",
            "document",
            "is_related",
            "relation",
            "recusal",
            "notice",
            "papers",
            "status",
            "entered_at",
            "confirmed_at",
            "ended_at",
            "due",
            "paid",
            "arrears",
            "demanded_on",
            "demand_until",
        )
        read_only_fields = fields


class TermsSerializer(serializers.Serializer[Any]):
    """What a contract says; `ends_on` is the first day after the term. What is left out of an edit stays."""

    lessee_kind = serializers.ChoiceField(choices=LesseeKind.choices)
    lessee = serializers.CharField(max_length=120)
    purpose = serializers.CharField(max_length=120)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    monthly_rent = AmountField()
    deposit = AmountField(default=ZERO)
    days_to_pay = serializers.IntegerField(min_value=0, max_value=366, default=10)
    document = serializers.PrimaryKeyRelatedField(queryset=PolicyDocument.objects.all())
    is_related = serializers.BooleanField(default=False)
    relation = serializers.CharField(max_length=120, allow_blank=True, default="")
    recusal = serializers.CharField(max_length=200, allow_blank=True, default="")
    notice = serializers.PrimaryKeyRelatedField(
        queryset=PublicNotice.objects.all(), required=False, allow_null=True, default=None
    )


class LettingEntrySerializer(TermsSerializer):
    """What is entered of a contract."""

    asset = serializers.IntegerField()

    def validate_asset(self, value: int) -> CommunityAsset:
        """Find the asset among those that the caller may see."""
        rows = CommunityAsset.objects.visible_to(self.context["request"].user)
        row = rows.select_related("enterprise__division").filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such asset."))
        return row


class NamedNoticeSerializer(serializers.Serializer[Any]):
    """The public notice that tells of a letting to a related party."""

    notice = serializers.PrimaryKeyRelatedField(queryset=PublicNotice.objects.all())


class DemandSerializer(serializers.Serializer[Any]):
    """The last day that a demand leaves the lessee."""

    pay_by = serializers.DateField()


class TerminationSerializer(serializers.Serializer[Any]):
    """The last day of a letting that ends early, and why."""

    last_day = serializers.DateField()
    reason = serializers.CharField(allow_blank=True, default="")


class RentChargeSerializer(serializers.ModelSerializer[RentCharge]):
    """The rent of one month."""

    class Meta:
        model = RentCharge
        fields = (
            "id",
            "letting",
            "number",
            "from_on",
            "to_on",
            "due_on",
            "amount",
            "waived",
            "waived_reason",
            "waived_at",
            "reminded_at",
        )
        read_only_fields = fields


class WaiverSerializer(serializers.Serializer[Any]):
    """How much of a month is let off, and why."""

    amount = AmountField()
    reason = serializers.CharField(allow_blank=True, default="")


class RentReceiptSerializer(serializers.ModelSerializer[RentReceipt]):
    """Rent that has arrived."""

    class Meta:
        model = RentReceipt
        fields = (
            "id",
            "letting",
            "received_on",
            "amount",
            "reference",
            "evidence",
            "recorded_at",
            "voided_at",
            "void_reason",
        )
        read_only_fields = fields


class RentReceiptEntrySerializer(serializers.Serializer[Any]):
    """What is entered of a receipt; with the picture of the bank slip as multipart/form-data."""

    letting = serializers.IntegerField()
    received_on = serializers.DateField()
    amount = AmountField()
    reference = serializers.CharField(max_length=80)
    file = serializers.FileField(required=False, allow_empty_file=True)

    def validate_letting(self, value: int) -> Letting:
        """Find the letting among those that the caller may see."""
        rows = Letting.objects.visible_to(self.context["request"].user).select_related("enterprise__division")
        row = rows.filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such letting."))
        return row


class AssetViewSet(Tagged, Idempotent, ReadOnlyModelViewSet[CommunityAsset]):
    """Assets of communities."""

    queryset = CommunityAsset.objects.all()
    serializer_class = AssetSerializer
    filterset_class = AssetFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.keep_lettings",
        "partial_update": "funds.keep_lettings",
    }

    def get_queryset(self) -> QuerySet[CommunityAsset]:
        """Rows that the caller may see."""
        return CommunityAsset.objects.visible_to(self.request.user).for_list().with_letting(clock.today())

    @extend_schema(request=AssetEntrySerializer, responses={201: AssetSerializer})
    def create(self, request: Request) -> Response:
        """Enter an asset of an enterprise."""
        body = AssetEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        enterprise = given.pop("enterprise")
        row = operations.enter_asset(
            by=acting_user(request), enterprise=enterprise, facts=AssetFacts(**given), now=clock.now()
        )
        return Response(AssetSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AssetFactsSerializer, responses=AssetSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change what is known of an asset; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = AssetFactsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        known = {column.name: getattr(row, column.name) for column in fields(AssetFacts)}
        facts = AssetFacts(**{**known, **body.validated_data})
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "version": version}
        return self.tagged(operations.edit_asset(asset=row, facts=facts, **told))


@moves_of(LETTING)
class LettingViewSet(Tagged, Idempotent, Moves, ReadOnlyModelViewSet[Letting]):
    """Lettings with their rent account, for those who oversee the place or act for the enterprise."""

    queryset = Letting.objects.all()
    serializer_class = LettingSerializer
    filterset_class = LettingFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_letting",
        "retrieve": "funds.view_letting",
        "create": "funds.keep_lettings",
        "partial_update": "funds.keep_lettings",
        "attach": "funds.keep_lettings",
        "name_notice": "funds.keep_lettings",
        "demand": "funds.keep_lettings",
    }

    def get_queryset(self) -> QuerySet[Letting]:
        """Rows that the caller may see, with what is due, paid and late today."""
        return Letting.objects.visible_to(self.request.user).with_account(clock.today()).for_list().with_papers()

    @extend_schema(request=LettingEntrySerializer, responses={201: LettingSerializer})
    def create(self, request: Request) -> Response:
        """Enter a contract as a draft."""
        body = LettingEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        asset = given.pop("asset")
        row = operations.enter_letting(by=acting_user(request), asset=asset, terms=Terms(**given), now=clock.now())
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=TermsSerializer, responses=LettingSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change a draft; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = TermsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        known = {column.name: getattr(row, column.name) for column in fields(Terms)}
        terms = Terms(**{**known, **body.validated_data})
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "version": version}
        return self.tagged(operations.edit_letting(letting=row, terms=terms, **told))

    @extend_schema(request={"multipart/form-data": EnterpriseFileSerializer}, responses=LettingSerializer)
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def attach(self, request: Request, pk: str | None = None) -> Response:
        """Attach the contract, or another paper."""
        del pk
        letting = self.get_object()
        row = operations.attach_paper(by=acting_user(request), letting=letting, now=clock.now(), **read_upload(request))
        return self.shown(row)

    @extend_schema(request=NamedNoticeSerializer, responses=LettingSerializer)
    @action(detail=True, methods=["post"])
    def name_notice(self, request: Request, pk: str | None = None) -> Response:
        """Name the public notice that tells of a letting to a related party."""
        del pk
        letting = self.get_object()
        body = NamedNoticeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.name_notice(by=acting_user(request), letting=letting, now=clock.now(), **body.validated_data)
        return self.shown(row)

    @extend_schema(request=DemandSerializer, responses=LettingSerializer)
    @action(detail=True, methods=["post"])
    def demand(self, request: Request, pk: str | None = None) -> Response:
        """Demand late rent from the lessee until a last day."""
        del pk
        letting = self.get_object()
        body = DemandSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = reminders.demand_rent(
            by=acting_user(request), letting=letting, now=clock.now(), today=clock.today(), **body.validated_data
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=LettingSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm: DRAFT to RUNNING; the months that have begun are charged."""
        del pk
        row = operations.confirm_letting(
            by=acting_user(request), letting=self.get_object(), now=clock.now(), today=clock.today()
        )
        return self.shown(row)

    @extend_schema(request=TerminationSerializer, responses=LettingSerializer)
    @action(detail=True, methods=["post"])
    def terminate(self, request: Request, pk: str | None = None) -> Response:
        """End early: RUNNING to TERMINATED, with the last day."""
        del pk
        letting = self.get_object()
        body = TerminationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.terminate_letting(
            by=acting_user(request), letting=letting, now=clock.now(), **body.validated_data
        )
        return self.shown(row)


class ChargeViewSet(Idempotent, ReadOnlyModelViewSet[RentCharge]):
    """The monthly charges of lettings."""

    queryset = RentCharge.objects.all()
    serializer_class = RentChargeSerializer
    filterset_class = ChargeFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_letting",
        "retrieve": "funds.view_letting",
        "waive": "funds.waive_rent",
    }

    def get_queryset(self) -> QuerySet[RentCharge]:
        """Rows that the caller may see."""
        return RentCharge.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=WaiverSerializer, responses=RentChargeSerializer)
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, pk: str | None = None) -> Response:
        """Let off a part of one month's rent."""
        del pk
        charge = self.get_object()
        body = WaiverSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.waive_rent(by=acting_user(request), charge=charge, now=clock.now(), **body.validated_data)
        return Response(RentChargeSerializer(row).data)


class ReceiptViewSet(Idempotent, ReadOnlyModelViewSet[RentReceipt]):
    """Receipts of rent."""

    queryset = RentReceipt.objects.all()
    serializer_class = RentReceiptSerializer
    parser_classes = (Json, MultiPartParser)
    filterset_class = ReceiptFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "funds.view_letting",
        "retrieve": "funds.view_letting",
        "create": "funds.record_rent",
        "void": "funds.record_rent",
    }

    def get_queryset(self) -> QuerySet[RentReceipt]:
        """Rows that the caller may see."""
        return RentReceipt.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=RentReceiptEntrySerializer, responses={201: RentReceiptSerializer})
    def create(self, request: Request) -> Response:
        """Record rent that has arrived."""
        body = RentReceiptEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        if file := given.pop("file", None):
            check_file_size(file.size or 0)
            given |= {"name": file.name or "", "content": file.read()}
        row = operations.record_rent(by=acting_user(request), now=clock.now(), today=clock.today(), **given)
        return Response(RentReceiptSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=RentReceiptSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str | None = None) -> Response:
        """Take back a receipt, with the reason."""
        del pk
        receipt = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.void_receipt(
            by=acting_user(request), receipt=receipt, reason=body.validated_data["reason"], now=clock.now()
        )
        return Response(RentReceiptSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("community-assets", AssetViewSet),
    ("lettings", LettingViewSet),
    ("rent-charges", ChargeViewSet),
    ("rent-receipts", ReceiptViewSet),
]
