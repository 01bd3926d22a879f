"""The bodies room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.bodies import operations
from communities.bodies.filters import BodyFilter, MembershipFilter
from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.territory.models import Division
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock


class MembershipSerializer(serializers.ModelSerializer[BodyMembership]):
    """A seat; the name is masked where the members are not public."""

    name = serializers.CharField(source="shown_name", read_only=True)

    class Meta:
        model = BodyMembership
        fields: ClassVar = ["id", "body", "name", "seat", "is_chair", "valid_from", "valid_to"]
        read_only_fields: ClassVar = fields


class BodySerializer(serializers.ModelSerializer[Body]):
    """A standing body; its seats are listed under `body-memberships`."""

    class Meta:
        model = Body
        fields: ClassVar = ["id", "kind", "name", "division", "rule_key", "term_number", "term_from", "term_to"]
        read_only_fields: ClassVar = fields


class NewBodySerializer(serializers.Serializer[Any]):
    """What is needed to set up a body."""

    kind = serializers.ChoiceField(choices=BodyKind.choices)
    name = serializers.CharField(max_length=100)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    term_from = serializers.DateField()
    term_to = serializers.DateField(required=False, allow_null=True, default=None)
    term_number = serializers.IntegerField(min_value=1, max_value=1000, default=1)
    rule_key = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class NewMembershipSerializer(serializers.Serializer[Any]):
    """What is needed to fill a seat."""

    body = serializers.PrimaryKeyRelatedField(queryset=Body.objects.all())
    user = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True, default=None
    )
    name = serializers.CharField(max_length=50)
    seat = serializers.ChoiceField(choices=Seat.choices)
    is_chair = serializers.BooleanField(default=False)
    is_woman = serializers.BooleanField(allow_null=True, default=None)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


class EndOfSeatSerializer(serializers.Serializer[Any]):
    """The first day on which the seat is no longer held, and why."""

    on = serializers.DateField()
    reason = serializers.CharField()


class BodyViewSet(Idempotent, ReadOnlyModelViewSet[Body]):
    """Standing bodies: committees, councils, boards."""

    serializer_class = BodySerializer
    filterset_class = BodyFilter
    permissions: ClassVar = {"list": None, "retrieve": None, "create": "communities.edit_body"}

    def get_queryset(self) -> QuerySet[Body]:
        """All of them."""
        return Body.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewBodySerializer, responses={201: BodySerializer})
    def create(self, request: Request) -> Response:
        """Set up a body."""
        body = NewBodySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.create_body(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(BodySerializer(row).data, status=201)


class MembershipViewSet(Idempotent, ReadOnlyModelViewSet[BodyMembership]):
    """Seats of bodies."""

    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "communities.edit_body",
        "end": "communities.edit_body",
    }

    def get_queryset(self) -> QuerySet[BodyMembership]:
        """All of them."""
        return BodyMembership.objects.select_related("body__division")

    @extend_schema(request=NewMembershipSerializer, responses={201: MembershipSerializer})
    def create(self, request: Request) -> Response:
        """Fill a seat."""
        body = NewMembershipSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.add_member(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(MembershipSerializer(row).data, status=201)

    @extend_schema(request=EndOfSeatSerializer, responses=MembershipSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End a seat."""
        del pk
        membership = self.get_object()
        body = EndOfSeatSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.end_membership(
            by=acting_user(request), now=clock.now(), membership=membership, **body.validated_data
        )
        return Response(MembershipSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("bodies", BodyViewSet),
    ("body-memberships", MembershipViewSet),
]
