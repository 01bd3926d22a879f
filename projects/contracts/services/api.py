"""Records of service, posts that were bought and awards in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock
from projects.contracts.filters import OfContractFilter, PostsFilter
from projects.contracts.judging.models import Deliverable
from projects.contracts.models import Contract
from projects.contracts.services import operations
from projects.contracts.services.lifecycle import AWARD, SERVICE_RECORD
from projects.contracts.services.models import (
    AwardLevel,
    PostKind,
    ProjectAward,
    PurchasedPosts,
    ServiceKind,
    ServiceRecord,
)


class ServiceRecordSerializer(serializers.ModelSerializer[ServiceRecord]):
    """One day's service, in figures."""

    class Meta:
        model = ServiceRecord
        fields = (
            *("id", "contract", "kind", "deliverable", "served_on", "place", "people", "hours", "note"),
            *("status", "entered_at", "checked_at"),
        )
        read_only_fields = fields


class ServiceRecordEntrySerializer(serializers.Serializer[Any]):
    """One day's service as it is recorded."""

    contract = serializers.PrimaryKeyRelatedField(queryset=Contract.objects.all())
    kind = serializers.ChoiceField(choices=ServiceKind.choices)
    served_on = serializers.DateField()
    place = serializers.CharField(max_length=120)
    people = serializers.IntegerField(min_value=1)
    hours = serializers.DecimalField(max_digits=6, decimal_places=1, required=False, default=Decimal(0))
    deliverable = serializers.PrimaryKeyRelatedField(
        queryset=Deliverable.objects.all(), required=False, allow_null=True, default=None
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class ProjectAwardSerializer(serializers.ModelSerializer[ProjectAward]):
    """An award that a project won."""

    class Meta:
        model = ProjectAward
        fields = (
            *("id", "contract", "title", "level", "granted_by", "granted_on", "is_brand", "why", "certificate"),
            *("status", "entered_at", "checked_at"),
        )
        read_only_fields = fields


class ProjectAwardEntrySerializer(serializers.Serializer[Any]):
    """An award as it is entered."""

    contract = serializers.PrimaryKeyRelatedField(queryset=Contract.objects.all())
    title = serializers.CharField(max_length=120)
    level = serializers.ChoiceField(choices=AwardLevel.choices)
    granted_by = serializers.CharField(max_length=120)
    granted_on = serializers.DateField()
    is_brand = serializers.BooleanField(required=False, default=False)
    why = serializers.CharField(required=False, allow_blank=True, default="")
    certificate = serializers.FileField(required=False, allow_null=True, default=None)


class PostsSerializer(serializers.ModelSerializer[PurchasedPosts]):
    """Posts that were bought."""

    class Meta:
        model = PurchasedPosts
        fields = (
            *("id", "division", "contract", "kind", "agency", "agency_name", "posts", "filled", "amount"),
            *("starts_on", "ends_on", "results", "source"),
        )
        read_only_fields = fields


class PostsEntrySerializer(serializers.Serializer[Any]):
    """Posts that were bought, as they are recorded."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    contract = serializers.PrimaryKeyRelatedField(
        queryset=Contract.objects.all(), required=False, allow_null=True, default=None
    )
    kind = serializers.ChoiceField(choices=PostKind.choices)
    agency_name = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    posts = serializers.IntegerField(min_value=1)
    filled = serializers.IntegerField(min_value=0, required=False, default=0)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    results = serializers.CharField(required=False, allow_blank=True, default="")
    figures_from = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


@moves_of(SERVICE_RECORD)
class ServiceRecordViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ServiceRecord]):
    """Records of service: confirmed ones of signed contracts for everybody."""

    queryset = ServiceRecord.objects.all()
    serializer_class = ServiceRecordSerializer
    filterset_class = OfContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.enter_expenditure",
    }

    def get_queryset(self) -> QuerySet[ServiceRecord]:
        """Rows that the caller may see."""
        rows = ServiceRecord.objects.known_to(self.request.user)
        return rows.select_related("contract__division").order_by("-pk")

    @extend_schema(request=ServiceRecordEntrySerializer, responses={201: ServiceRecordSerializer})
    def create(self, request: Request) -> Response:
        """Record what was done on one day."""
        body = ServiceRecordEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_service(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer


@moves_of(AWARD)
class ProjectAwardViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ProjectAward]):
    """Awards of projects: confirmed ones for everybody."""

    queryset = ProjectAward.objects.all()
    serializer_class = ProjectAwardSerializer
    filterset_class = OfContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.enter_award",
    }

    def get_queryset(self) -> QuerySet[ProjectAward]:
        """Rows that the caller may see."""
        return ProjectAward.objects.known_to(self.request.user).select_related("contract__division").order_by("-pk")

    @extend_schema(request=ProjectAwardEntrySerializer, responses={201: ProjectAwardSerializer})
    def create(self, request: Request) -> Response:
        """Enter an award; somebody else confirms it."""
        body = ProjectAwardEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        file = given.pop("certificate")
        certificate = (file.name, file.read()) if file else None
        row = operations.enter_award(by=acting_user(request), now=clock.now(), certificate=certificate, **given)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer


class PostsViewSet(Idempotent, ReadOnlyModelViewSet[PurchasedPosts]):
    """Posts that streets bought from agencies."""

    queryset = PurchasedPosts.objects.all()
    serializer_class = PostsSerializer
    filterset_class = PostsFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_contract",
    }

    def get_queryset(self) -> QuerySet[PurchasedPosts]:
        """Rows that the caller may see."""
        return PurchasedPosts.objects.visible_to(self.request.user).select_related("division").order_by("-pk")

    @extend_schema(request=PostsEntrySerializer, responses={201: PostsSerializer})
    def create(self, request: Request) -> Response:
        """Record posts that were bought."""
        body = PostsEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        source = given.pop("figures_from")
        row = operations.record_posts(by=acting_user(request), now=clock.now(), source=source, **given)
        return Response(PostsSerializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("service-records", ServiceRecordViewSet),
    ("project-awards", ProjectAwardViewSet),
    ("purchased-posts", PostsViewSet),
]
