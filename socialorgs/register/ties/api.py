"""Members of federations and offered resources in the API."""

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
from governance.api import Idempotent
from governance.calendar import clock
from socialorgs.register.models import SocialOrganization
from socialorgs.register.policy import LONGEST_REASON
from socialorgs.register.ties import operations
from socialorgs.register.ties.filters import FederationMemberFilter, ResourceFilter
from socialorgs.register.ties.models import FederationMember, OfferedResource, ResourceKind
from socialorgs.register.ties.operations import Offer, Use


class FederationMemberSerializer(serializers.ModelSerializer[FederationMember]):
    """A membership in a federation or chamber."""

    member_name = serializers.CharField(source="member.name", read_only=True)

    class Meta:
        model = FederationMember
        fields = ("id", "federation", "member", "member_name", "duty", "valid_from", "valid_to")
        read_only_fields = fields


class FederationMemberEntrySerializer(serializers.Serializer[Any]):
    """A body that has joined a federation."""

    federation = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    member = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    duty = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    valid_from = serializers.DateField()


class ResourceSerializer(serializers.ModelSerializer[OfferedResource]):
    """An offer with how much of it was used."""

    used = serializers.SerializerMethodField()

    class Meta:
        model = OfferedResource
        fields = ("id", "organization", "kind", "title", "quantity", "used", "unit", "valid_from", "valid_to")
        read_only_fields = fields

    def get_used(self, row: Any) -> int:
        """How much was used."""
        return row.used or 0


class ResourceOfferSerializer(serializers.Serializer[Any]):
    """What is offered."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    kind = serializers.ChoiceField(choices=ResourceKind.choices)
    title = serializers.CharField(max_length=120)
    quantity = serializers.IntegerField(min_value=1)
    unit = serializers.CharField(max_length=20)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


class UseSerializer(serializers.Serializer[Any]):
    """What of an offer was used where."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    used_on = serializers.DateField()
    quantity = serializers.IntegerField(min_value=1)
    purpose = serializers.CharField(max_length=200)


class TieEndSerializer(serializers.Serializer[Any]):
    """The first day on which a membership or an offer holds no more, and why."""

    valid_to = serializers.DateField()
    reason = serializers.CharField(max_length=LONGEST_REASON)


class FederationMemberViewSet(Idempotent, ReadOnlyModelViewSet[FederationMember]):
    """Members of federations and chambers; public."""

    queryset = FederationMember.objects.all()
    serializer_class = FederationMemberSerializer
    filterset_class = FederationMemberFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.keep_federation",
        "end": "socialorgs.end_federation_member",
    }

    def get_queryset(self) -> QuerySet[FederationMember]:
        """All of them, newest first."""
        return FederationMember.objects.visible_to(self.request.user).for_list().order_by("-pk")

    @extend_schema(request=FederationMemberEntrySerializer, responses={201: FederationMemberSerializer})
    def create(self, request: Request) -> Response:
        """Enter that an organization has joined."""
        body = FederationMemberEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.add_member(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(FederationMemberSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=TieEndSerializer, responses=FederationMemberSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """Enter the first day on which the organization is a member no more."""
        del pk
        tie = self.get_object()
        body = TieEndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.end_member(by=acting_user(request), now=clock.now(), tie=tie, **body.validated_data)
        return Response(FederationMemberSerializer(row).data)


class ResourceViewSet(Idempotent, ReadOnlyModelViewSet[OfferedResource]):
    """What organizations offer; public."""

    queryset = OfferedResource.objects.all()
    serializer_class = ResourceSerializer
    filterset_class = ResourceFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.offer_resource",
        "use": "socialorgs.use_resource",
        "end": "socialorgs.end_offer",
    }

    def get_queryset(self) -> QuerySet[OfferedResource]:
        """All of them, newest first."""
        return OfferedResource.objects.visible_to(self.request.user).with_use()

    @extend_schema(request=ResourceOfferSerializer, responses={201: ResourceSerializer})
    def create(self, request: Request) -> Response:
        """Offer something."""
        body = ResourceOfferSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        organization = said.pop("organization")
        row = operations.offer_resource(
            by=acting_user(request), now=clock.now(), organization=organization, offer=Offer(**said)
        )
        return Response(self._shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(request=UseSerializer, responses=ResourceSerializer)
    @action(detail=True, methods=["post"])
    def use(self, request: Request, pk: str | None = None) -> Response:
        """Enter what was used."""
        del pk
        row = self.get_object()
        body = UseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        use = Use(**body.validated_data)
        operations.use_resource(by=acting_user(request), now=clock.now(), resource=row, use=use)
        return Response(self._shown(row))

    @extend_schema(request=TieEndSerializer, responses=ResourceSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End the offer."""
        del pk
        row = self.get_object()
        body = TieEndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.end_offer(by=acting_user(request), now=clock.now(), resource=row, **body.validated_data)
        return Response(self._shown(row))

    def _shown(self, row: OfferedResource) -> Any:
        return ResourceSerializer(self.get_queryset().get(pk=row.pk), context=self.get_serializer_context()).data


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("federation-members", FederationMemberViewSet),
    ("offered-resources", ResourceViewSet),
]
