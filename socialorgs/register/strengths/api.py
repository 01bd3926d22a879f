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
from socialorgs.register.strengths.filters import CapabilityFilter
from socialorgs.register.strengths.lifecycle import CAPABILITY
from socialorgs.register.strengths.models import Capability
from socialorgs.register.strengths.operations import Ability
from socialorgs.register.strengths.policy import LONGEST_TEXT


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


routes: list[tuple[str, type[ViewSetMixin]]] = [("capabilities", CapabilityViewSet)]
