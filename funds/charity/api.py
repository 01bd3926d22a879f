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

from communities.bodies.models import BodyMembership, Seat
from communities.territory.models import Division
from funds.charity import operations, stations
from funds.charity.committee import Seated
from funds.charity.filters import CharityFilter, FundFilter, StationFilter
from funds.charity.lifecycle import FUND
from funds.charity.models import CommunityFund, DonationStation, FundCategory, FundKind, HostCharity
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.models import SocialOrganization

MOST_SEATS = 100


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

    charity_name = serializers.CharField(source="charity.name", read_only=True, default="")
    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = CommunityFund
        fields = (
            "id",
            "name",
            "short_name",
            "category",
            "charity",
            "charity_name",
            "partner",
            "rule_pack",
            "division",
            "division_name",
            "purpose",
            "kind",
            "fee_rate",
            "book",
            "agreement_number",
            "agreement_ends_on",
            "agreement_terms",
            "opened_on",
            "status",
        )
        read_only_fields = fields


class FundEntrySerializer(serializers.Serializer[Any]):
    """An application for a fund; without a name the pattern of the guides is used."""

    category = serializers.ChoiceField(choices=FundCategory.choices, default=FundCategory.CHARITY)
    charity = serializers.PrimaryKeyRelatedField(
        queryset=HostCharity.objects.all(), required=False, allow_null=True, default=None
    )
    partner = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    rule_pack = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    purpose = serializers.CharField()
    kind = serializers.ChoiceField(choices=FundKind.choices, default=FundKind.SPEND_DOWN)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    short_name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class AgreementSerializer(serializers.Serializer[Any]):
    """The number under which the agreement is signed."""

    agreement_number = serializers.CharField(max_length=60)
    fee_rate = serializers.DecimalField(max_digits=5, decimal_places=4, required=False, allow_null=True, default=None)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    terms = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class StationSerializer(serializers.ModelSerializer[DonationStation]):
    """A place where a charity takes donations."""

    class Meta:
        model = DonationStation
        fields = ("id", "charity", "division", "name", "place", "hours", "contact", "takes", "valid_from", "valid_to")
        read_only_fields = fields


class StationEntrySerializer(serializers.Serializer[Any]):
    """A station to be opened."""

    charity = serializers.PrimaryKeyRelatedField(queryset=HostCharity.objects.all())
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    name = serializers.CharField(max_length=100)
    place = serializers.CharField(max_length=200)
    hours = serializers.CharField(max_length=200)
    contact = serializers.CharField(max_length=100)
    takes = serializers.CharField(max_length=200)
    valid_from = serializers.DateField()


class StationEndSerializer(serializers.Serializer[Any]):
    """The first day on which a station is closed."""

    on = serializers.DateField()


class SeatSerializer(serializers.Serializer[Any]):
    """One person of a committee, and the organization for which they sit, if it is one."""

    name = serializers.CharField(max_length=50)
    seat = serializers.ChoiceField(choices=Seat.choices)
    is_chair = serializers.BooleanField(default=False)
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )


class SeatFilledSerializer(SeatSerializer):
    """A seat of a committee in office, to be held from a day on."""

    valid_from = serializers.DateField()


class HeldSeatSerializer(serializers.ModelSerializer[BodyMembership]):
    """A seat held today, with the organization for which somebody sits; members of these committees are public."""

    organization = serializers.IntegerField(source="sits_for.organization_id", allow_null=True, default=None)
    organization_name = serializers.CharField(source="sits_for.organization.name", allow_null=True, default=None)

    class Meta:
        model = BodyMembership
        fields = ("id", "name", "seat", "is_chair", "organization", "organization_name", "valid_from", "valid_to")
        read_only_fields = fields


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
        "create": "funds.apply_for_any_fund",
        "seats": None,
        "committee": "funds.name_committee",
        "fill_seat": "funds.name_committee",
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

    @extend_schema(request=MoveSerializer, responses=FundSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close the fund and its book when every step of the closing is done: CLOSING to CLOSED."""
        del pk
        fund = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(operations.close_fund(by=acting_user(request), fund=fund, reason=reason, now=clock.now()))

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

    @extend_schema(responses=HeldSeatSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def seats(self, request: Request, pk: str | None = None) -> Response:
        """List the seats of the committee that are held today, chair first, at most a hundred."""
        del request, pk
        committee = self.get_object().committee_id
        held = BodyMembership.objects.held_on(clock.today()).filter(body=committee)
        rows = held.select_related("sits_for__organization").order_by("-is_chair", "pk")[:MOST_SEATS]
        return Response(HeldSeatSerializer(rows, many=True).data)

    @extend_schema(request=SeatFilledSerializer, responses={201: HeldSeatSerializer})
    @action(detail=True, methods=["post"], url_path="fill-seat")
    def fill_seat(self, request: Request, pk: str | None = None) -> Response:
        """Fill a seat of the committee in office."""
        del pk
        fund = self.get_object()
        body = SeatFilledSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        first = said.pop("valid_from")
        made = operations.fill_seat(
            by=acting_user(request), fund=fund, seated=Seated(**said), valid_from=first, now=clock.now()
        )
        return Response(HeldSeatSerializer(made).data, status=status.HTTP_201_CREATED)


class StationViewSet(Idempotent, ReadOnlyModelViewSet[DonationStation]):
    """Donation stations; public."""

    queryset = DonationStation.objects.all()
    serializer_class = StationSerializer
    filterset_class = StationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.keep_station",
        "close": "funds.keep_station",
    }

    def get_queryset(self) -> QuerySet[DonationStation]:
        """All of them."""
        return DonationStation.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=StationEntrySerializer, responses={201: StationSerializer})
    def create(self, request: Request) -> Response:
        """Open a station."""
        body = StationEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = stations.open_station(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=StationEndSerializer, responses=StationSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close a station from a day on."""
        del pk
        row = self.get_object()
        body = StationEndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = stations.close_station(by=acting_user(request), station=row, now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("charities", CharityViewSet),
    ("funds", FundViewSet),
    ("donation-stations", StationViewSet),
]
