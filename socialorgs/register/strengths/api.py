"""What organizations can do, in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.models import SocialOrganization
from socialorgs.register.strengths import operations
from socialorgs.register.strengths.filters import BrandFilter, CapabilityFilter
from socialorgs.register.strengths.lifecycle import CAPABILITY
from socialorgs.register.strengths.models import BroughtIn, Capability
from socialorgs.register.strengths.operations import Ability, Origin
from socialorgs.register.strengths.policy import LONGEST_TEXT

MOST_FIELDS = 20


class CapabilitySerializer(serializers.ModelSerializer[Capability]):
    """What one organization can do in one field and where."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    area_name = serializers.CharField(source="area.name", read_only=True)

    class Meta:
        model = Capability
        fields = (
            "id",
            "organization",
            "organization_name",
            "field",
            "summary",
            "staff_count",
            "certificates",
            "area",
            "area_name",
            "status",
            "stated_at",
            "checked_at",
            "valid_to",
            "remark",
        )
        read_only_fields = fields


class AbilitySerializer(serializers.Serializer[Any]):
    """What an organization says it can do."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    field = serializers.CharField(max_length=40)
    summary = serializers.CharField(max_length=LONGEST_TEXT)
    staff_count = serializers.IntegerField(min_value=0)
    certificates = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    area = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())


class BrandSerializer(serializers.ModelSerializer[BroughtIn]):
    """A brand of another city that the district has brought in."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = BroughtIn
        fields = (
            "id",
            "organization",
            "organization_name",
            "brand",
            "origin_city",
            "fields",
            "agreement_number",
            "brought_in_on",
        )
        read_only_fields = fields


class BrandOriginSerializer(serializers.Serializer[Any]):
    """Where a brand comes from, and what it was brought in for."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    brand = serializers.CharField(max_length=120)
    origin_city = serializers.CharField(max_length=60)
    words = serializers.ListField(child=serializers.CharField(max_length=40), min_length=1, max_length=MOST_FIELDS)
    agreement_number = serializers.CharField(max_length=80)
    brought_in_on = serializers.DateField()


@moves_of(CAPABILITY)
class CapabilityViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Capability]):
    """Capabilities of organizations; what was checked is public."""

    queryset = Capability.objects.all()
    serializer_class = CapabilitySerializer
    filterset_class = CapabilityFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.state_capability",
    }

    def get_queryset(self) -> QuerySet[Capability]:
        """Rows that the caller may see."""
        return Capability.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=AbilitySerializer, responses={201: CapabilitySerializer})
    def create(self, request: Request) -> Response:
        """State what an organization can do; another person checks it."""
        body = AbilitySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        organization = said.pop("organization")
        row = operations.state_capability(
            by=acting_user(request), now=clock.now(), organization=organization, ability=Ability(**said)
        )
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=CapabilitySerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str | None = None) -> Response:
        """Confirm it: STATED to CHECKED."""
        del pk
        row = self.get_object()
        return self.shown(operations.check_capability(by=acting_user(request), now=clock.now(), capability=row))

    @extend_schema(request=MoveSerializer, responses=CapabilitySerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Do not confirm it: STATED to RETURNED."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        done = operations.return_capability(by=acting_user(request), now=clock.now(), capability=row, reason=reason)
        return self.shown(done)


class BrandViewSet(Idempotent, ReadOnlyModelViewSet[BroughtIn]):
    """Brands that were brought in; public."""

    queryset = BroughtIn.objects.all()
    serializer_class = BrandSerializer
    filterset_class = BrandFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.bring_in",
    }

    def get_queryset(self) -> QuerySet[BroughtIn]:
        """All of them, newest first."""
        return BroughtIn.objects.select_related("organization__division").order_by("-pk")

    @extend_schema(request=BrandOriginSerializer, responses={201: BrandSerializer})
    def create(self, request: Request) -> Response:
        """Enter that an organization belongs to a brand which was brought in."""
        body = BrandOriginSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        organization, words = said.pop("organization"), said.pop("words")
        row = operations.bring_in(
            by=acting_user(request), now=clock.now(), organization=organization, origin=Origin(fields=words, **said)
        )
        return Response(BrandSerializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("capabilities", CapabilityViewSet),
    ("brought-in-brands", BrandViewSet),
]
