"""Residents' service centers in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from communities.venues.models import Venue
from governance.accounts.queries import acting_user
from governance.api import Idempotent, MoveSerializer
from governance.calendar import clock
from socialorgs.register.centers import operations
from socialorgs.register.centers.filters import CenterFilter
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.centers.operations import House
from socialorgs.register.models import SocialOrganization
from socialorgs.register.policy import LONGEST_REASON

MOST_ROOMS = 999
VENUES = Venue.objects.select_related("division")


class CenterSerializer(serializers.ModelSerializer[ServiceCenter]):
    """A center with how many organizations are placed in it."""

    tenants = serializers.SerializerMethodField()

    class Meta:
        model = ServiceCenter
        fields = (
            "id",
            "division",
            "name",
            "address",
            "venue",
            "rooms",
            "floor_area",
            "services",
            "operator",
            "opened_on",
            "closed_on",
            "tenants",
        )
        read_only_fields = fields

    def get_tenants(self, row: Any) -> int:
        """Organizations placed today."""
        return row.tenants or 0


class TenancySerializer(serializers.ModelSerializer[Tenancy]):
    """An organization's place in a center."""

    class Meta:
        model = Tenancy
        fields = ("id", "center", "organization", "room", "used_for", "valid_from", "valid_to")
        read_only_fields = fields


class TenantSerializer(serializers.Serializer[Any]):
    """An organization and its room."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    room = serializers.IntegerField(min_value=1)
    used_for = serializers.CharField(max_length=200)
    valid_from = serializers.DateField()


class HouseSerializer(serializers.Serializer[Any]):
    """A center that is opened in a community."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    name = serializers.CharField(max_length=120)
    address = serializers.CharField(max_length=200)
    rooms = serializers.IntegerField(min_value=1, max_value=MOST_ROOMS)
    floor_area = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    services = serializers.CharField(max_length=2000)
    venue = serializers.PrimaryKeyRelatedField(queryset=VENUES, required=False, allow_null=True, default=None)
    operator = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    opened_on = serializers.DateField()


class HousedSerializer(serializers.Serializer[Any]):
    """The venue in which a center is run; none, when it is in none that is entered."""

    venue = serializers.PrimaryKeyRelatedField(queryset=VENUES, allow_null=True)


class MovedOutSerializer(serializers.Serializer[Any]):
    """A tenancy, and the first day on which the organization is in its room no more."""

    tenancy = serializers.PrimaryKeyRelatedField(queryset=Tenancy.objects.all())
    valid_to = serializers.DateField()
    reason = serializers.CharField(max_length=LONGEST_REASON)


class CenterViewSet(Idempotent, ReadOnlyModelViewSet[ServiceCenter]):
    """Residents' service centers; public."""

    queryset = ServiceCenter.objects.all()
    serializer_class = CenterSerializer
    filterset_class = CenterFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "tenants": None,
        "place": "socialorgs.place_tenant",
        "move_out": "socialorgs.place_tenant",
        "create": "socialorgs.manage_center",
        "house": "socialorgs.manage_center",
        "close": "socialorgs.manage_center",
    }

    def get_queryset(self) -> QuerySet[ServiceCenter]:
        """Rows that the caller may see."""
        return ServiceCenter.objects.visible_to(self.request.user).with_tenants(clock.today())

    @extend_schema(responses=TenancySerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def tenants(self, request: Request, pk: str | None = None) -> Response:
        """List who is placed in the center today, at most two hundred, by room."""
        del request, pk
        rows = Tenancy.objects.held_on(clock.today()).filter(center=self.get_object()).for_list()[:200]
        return Response(TenancySerializer(rows, many=True).data)

    @extend_schema(request=TenantSerializer, responses={201: TenancySerializer})
    @action(detail=True, methods=["post"])
    def place(self, request: Request, pk: str | None = None) -> Response:
        """Place an organization in a room."""
        del pk
        row = self.get_object()
        body = TenantSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.place_tenant(by=acting_user(request), now=clock.now(), center=row, **body.validated_data)
        return Response(TenancySerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MovedOutSerializer, responses=TenancySerializer)
    @action(detail=True, methods=["post"], url_path="move-out")
    def move_out(self, request: Request, pk: str | None = None) -> Response:
        """Enter that an organization has moved out of the center."""
        del pk
        row = self.get_object()
        body = MovedOutSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["tenancy"].center_id != row.pk:
            raise Http404
        done = operations.end_tenancy(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(TenancySerializer(done).data)

    @extend_schema(request=HouseSerializer, responses={201: CenterSerializer})
    def create(self, request: Request) -> Response:
        """Enter the center of a community."""
        body = HouseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.open_center(by=acting_user(request), now=clock.now(), house=House(**body.validated_data))
        return Response(self._shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(request=HousedSerializer, responses=CenterSerializer)
    @action(detail=True, methods=["post"])
    def house(self, request: Request, pk: str | None = None) -> Response:
        """Say in which venue the center is run."""
        del pk
        row = self.get_object()
        body = HousedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = operations.house_center(by=acting_user(request), now=clock.now(), center=row, **body.validated_data)
        return Response(self._shown(done))

    @extend_schema(request=MoveSerializer, responses=CenterSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close a center in which nobody is placed any more, with the reason."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        row = operations.close_center(by=acting_user(request), now=clock.now(), center=row, reason=reason)
        return Response(self._shown(row))

    def _shown(self, row: ServiceCenter) -> Any:
        return CenterSerializer(self.get_queryset().get(pk=row.pk), context=self.get_serializer_context()).data


routes: list[tuple[str, type[ViewSetMixin]]] = [("service-centers", CenterViewSet)]
