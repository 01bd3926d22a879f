"""Residents' service centers in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock
from socialorgs.register.centers import operations
from socialorgs.register.centers.filters import CenterFilter
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.models import SocialOrganization


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


routes: list[tuple[str, type[ViewSetMixin]]] = [("service-centers", CenterViewSet)]
