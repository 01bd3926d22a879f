"""The charity room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.bodies.models import Seat
from communities.territory.models import Division
from funds.charity import operations
from funds.charity.filters import CharityFilter, FundFilter
from funds.charity.lifecycle import FUND
from funds.charity.models import CommunityFund, FundKind, HostCharity
from funds.charity.operations import Seated
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock


class CharitySerializer(serializers.ModelSerializer[HostCharity]):
    """A charity that hosts community funds."""

    class Meta:
        model = HostCharity
        fields = (
            "id",
            "name",
            "credit_code",
            "division",
            "has_public_fundraising",
            "fundraising_valid_to",
            "contact",
        )
        read_only_fields = fields


class FundSerializer(serializers.ModelSerializer[CommunityFund]):
    """A community fund; its money is its book in the ledger."""

    charity_name = serializers.CharField(source="charity.name", read_only=True)
    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = CommunityFund
        fields = (
            "id",
            "name",
            "short_name",
            "charity",
            "charity_name",
            "division",
            "division_name",
            "purpose",
            "kind",
            "book",
            "agreement_number",
            "opened_on",
            "status",
        )
        read_only_fields = fields


class FundEntrySerializer(serializers.Serializer[Any]):
    """An application for a fund; without a name the pattern of the guides is used."""

    charity = serializers.PrimaryKeyRelatedField(queryset=HostCharity.objects.all())
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    purpose = serializers.CharField()
    kind = serializers.ChoiceField(choices=FundKind.choices, default=FundKind.SPEND_DOWN)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    short_name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class AgreementSerializer(serializers.Serializer[Any]):
    """The number under which the agreement is signed."""

    agreement_number = serializers.CharField(max_length=60)


class SeatSerializer(serializers.Serializer[Any]):
    """One person of a committee."""

    name = serializers.CharField(max_length=50)
    seat = serializers.ChoiceField(choices=Seat.choices)
    is_chair = serializers.BooleanField(default=False)


class CommitteeSerializer(serializers.Serializer[Any]):
    """A committee to be named from a day on."""

    valid_from = serializers.DateField()
    seats = SeatSerializer(many=True)


class CharityViewSet(ReadOnlyModelViewSet[HostCharity]):
    """Charities that host community funds; public."""

    queryset = HostCharity.objects.all()
    serializer_class = CharitySerializer
    filterset_class = CharityFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[HostCharity]:
        """Rows that the caller may see."""
        return HostCharity.objects.visible_to(self.request.user).for_list()


@moves_of(FUND)
class FundViewSet(Idempotent, Moves, ReadOnlyModelViewSet[CommunityFund]):
    """Community funds; public from their agreement on."""

    queryset = CommunityFund.objects.all()
    serializer_class = FundSerializer
    filterset_class = FundFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.apply_for_fund",
        "committee": "funds.name_committee",
    }

    def get_queryset(self) -> QuerySet[CommunityFund]:
        """Rows that the caller may see."""
        return CommunityFund.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=FundEntrySerializer, responses={201: FundSerializer})
    def create(self, request: Request) -> Response:
        """Apply for a fund."""
        body = FundEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.apply_for_fund(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AgreementSerializer, responses=FundSerializer)
    @action(detail=True, methods=["post"])
    def sign_agreement(self, request: Request, pk: str | None = None) -> Response:
        """Sign the agreement under its number: APPLIED to AGREED."""
        del pk
        fund = self.get_object()
        body = AgreementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.sign_agreement(by=acting_user(request), fund=fund, now=clock.now(), **body.validated_data)
        return self.shown(row)

    @extend_schema(request=None, responses=FundSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str | None = None) -> Response:
        """Consent and open today: AGREED to ACTIVE."""
        del pk
        return self.shown(operations.activate_fund(by=acting_user(request), fund=self.get_object(), now=clock.now()))

    @extend_schema(request=CommitteeSerializer, responses=FundSerializer)
    @action(detail=True, methods=["post"])
    def committee(self, request: Request, pk: str | None = None) -> Response:
        """Name the committee for its term; one in office steps down on that day."""
        del pk
        fund = self.get_object()
        body = CommitteeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.name_committee(
            by=acting_user(request),
            fund=fund,
            seats=[Seated(**seat) for seat in body.validated_data["seats"]],
            valid_from=body.validated_data["valid_from"],
            now=clock.now(),
        )
        return self.shown(fund)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("charities", CharityViewSet),
    ("funds", FundViewSet),
]
