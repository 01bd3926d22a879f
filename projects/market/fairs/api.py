"""Fairs and intentions in the API."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.people.filters import DivisionFilter
from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, moves_of
from governance.calendar import clock
from projects.contracts.models import Contract
from projects.contracts.policy import ServiceField
from projects.market.fairs import operations
from projects.market.fairs.lifecycle import FAIR_INTENTION, MATCH_FAIR
from projects.market.fairs.models import FairIntention, FairProject, MatchFair
from projects.market.fairs.operations import Listed
from socialorgs.register.models import SocialOrganization

MOST_LISTED = 200


class MatchFairFilter(django_filters.FilterSet):
    """Fairs by place and state."""

    division = DivisionFilter()

    class Meta:
        model = MatchFair
        fields: ClassVar[list[str]] = ["status"]


class FairIntentionFilter(django_filters.FilterSet):
    """Intentions by fair, body and state."""

    fair = django_filters.NumberFilter(field_name="project__fair_id")

    class Meta:
        model = FairIntention
        fields: ClassVar[list[str]] = ["project", "organization", "status"]


class MatchFairSerializer(serializers.ModelSerializer[MatchFair]):
    """A fair with its numbers: projects, intentions, and contracts that came of them."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    project_count = serializers.IntegerField(read_only=True)
    intention_count = serializers.IntegerField(read_only=True)
    signed_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = MatchFair
        fields = (
            *("id", "title", "division", "division_name", "place", "starts_at", "ends_at", "status"),
            *("project_count", "intention_count", "signed_count"),
        )
        read_only_fields = fields


class FairIntentionSerializer(serializers.ModelSerializer[FairIntention]):
    """An intention and what came of it."""

    project_title = serializers.CharField(source="project.title", read_only=True)

    class Meta:
        model = FairIntention
        fields = (
            *("id", "project", "project_title", "organization", "enterprise", "note", "status", "noted_at"),
            *("settled_at", "contract", "reference"),
        )
        read_only_fields = fields


class FairEntrySerializer(serializers.Serializer[Any]):
    """A fair that is planned."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    title = serializers.CharField(max_length=120)
    place = serializers.CharField(max_length=120)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class FairProjectSerializer(serializers.ModelSerializer[FairProject]):
    """One project on the list of a fair."""

    class Meta:
        model = FairProject
        fields = ("id", "number", "title", "field", "place", "amount")
        read_only_fields = fields


class ListedSerializer(serializers.Serializer[Any]):
    """One project for the list."""

    title = serializers.CharField(max_length=120)
    field = serializers.ChoiceField(choices=ServiceField.choices)
    place = serializers.CharField(max_length=120)
    amount = AmountField(required=False, allow_null=True, default=None)


class FairListSerializer(serializers.Serializer[Any]):
    """Projects for the list of a fair, at most two hundred at once."""

    projects = serializers.ListField(child=ListedSerializer(), min_length=1, max_length=MOST_LISTED)


class IntentionEntrySerializer(serializers.Serializer[Any]):
    """What one's organization or enterprise intends."""

    project = serializers.PrimaryKeyRelatedField(queryset=FairProject.objects.all())
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    enterprise = serializers.PrimaryKeyRelatedField(
        queryset=CommunityEnterprise.objects.all(), required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class IntentionSignSerializer(serializers.Serializer[Any]):
    """The contract that came of it."""

    contract = serializers.PrimaryKeyRelatedField(
        queryset=Contract.objects.all(), required=False, allow_null=True, default=None
    )
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


@moves_of(MATCH_FAIR)
class MatchFairViewSet(Idempotent, Moves, ReadOnlyModelViewSet[MatchFair]):
    """Fairs of projects."""

    queryset = MatchFair.objects.all()
    serializer_class = MatchFairSerializer
    filterset_class = MatchFairFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_fair",
        "projects": None,
        "add_projects": "projects.manage_fair",
    }

    def get_queryset(self) -> QuerySet[MatchFair]:
        """Rows that the caller may see."""
        return MatchFair.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=FairEntrySerializer, responses={201: MatchFairSerializer})
    def create(self, request: Request) -> Response:
        """Plan a fair; its projects follow, then it is opened for intentions."""
        body = FairEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.plan_fair(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(responses=FairProjectSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None)
    def projects(self, request: Request, pk: str | None = None) -> Response:
        """List the projects of a fair, page by page; the newest first."""
        del request, pk
        page = self.paginate_queryset(self.get_object().projects.order_by("-pk"))
        return self.get_paginated_response(FairProjectSerializer(page, many=True).data)

    @extend_schema(request=FairListSerializer, responses={201: FairProjectSerializer(many=True)})
    @projects.mapping.post
    def add_projects(self, request: Request, pk: str | None = None) -> Response:
        """Add projects to the list of a fair, all or none."""
        del pk
        fair = self.get_object()
        body = FairListSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        listed = [Listed(**one) for one in body.validated_data["projects"]]
        made = operations.list_projects(by=acting_user(request), now=clock.now(), fair=fair, listed=listed)
        return Response(FairProjectSerializer(made, many=True).data, status=status.HTTP_201_CREATED)


@moves_of(FAIR_INTENTION)
class FairIntentionViewSet(Idempotent, Moves, ReadOnlyModelViewSet[FairIntention]):
    """What organizations and enterprises intend."""

    queryset = FairIntention.objects.all()
    serializer_class = FairIntentionSerializer
    filterset_class = FairIntentionFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.note_intention",
    }

    def get_queryset(self) -> QuerySet[FairIntention]:
        """Rows that the caller may see."""
        return FairIntention.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=IntentionEntrySerializer, responses={201: FairIntentionSerializer})
    def create(self, request: Request) -> Response:
        """Note an intention."""
        body = IntentionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.note_intention(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(FairIntentionSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=IntentionSignSerializer, responses=FairIntentionSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str | None = None) -> Response:
        """Note the contract: NOTED to SIGNED."""
        del pk
        row = self.get_object()
        body = IntentionSignSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.sign_intention(by=acting_user(request), now=clock.now(), intention=row, **body.validated_data)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("match-fairs", MatchFairViewSet),
    ("fair-intentions", FairIntentionViewSet),
]
