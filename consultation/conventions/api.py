"""The conventions room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from consultation.conventions import operations
from consultation.conventions.filters import ConventionFilter, VersionFilter
from consultation.conventions.lifecycle import VERSION
from consultation.conventions.models import Convention, ConventionVersion
from consultation.conventions.policy import (
    LONGEST_CHANGE,
    LONGEST_NUMBER,
    LONGEST_OPINION,
    LONGEST_TEXT,
    LONGEST_TITLE,
    ConventionKind,
)
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock

MANAGE = "consultation.manage_convention"


class ConventionSerializer(serializers.ModelSerializer[Convention]):
    """A convention of a place with the version in force, null where none is."""

    version_in_force = serializers.SerializerMethodField()

    class Meta:
        model = Convention
        fields: ClassVar = ["id", "division", "kind", "title", "version_in_force", "created_at"]
        read_only_fields: ClassVar = fields

    def get_version_in_force(self, row: Convention) -> int | None:
        """Return the key of the version that binds today."""
        return row.in_force[0].pk if row.in_force else None


class ConventionVersionSerializer(serializers.ModelSerializer[ConventionVersion]):
    """One wording of a convention with its vote and its filing; public once the residents were shown it."""

    text_sha256 = serializers.CharField(source="text_hash", read_only=True)

    class Meta:
        model = ConventionVersion
        fields: ClassVar = [
            "id",
            "convention",
            "number",
            "text",
            "text_sha256",
            "change",
            "status",
            "check_opinion",
            "checked_at",
            "notice",
            "announced_at",
            "ballot",
            "adopted_at",
            "effective_on",
            "filing_due_on",
            "filing_number",
            "filed_at",
            "ended_at",
            "end_reason",
        ]
        read_only_fields: ClassVar = fields


class NewConventionSerializer(serializers.Serializer[Any]):
    """A convention with its first wording."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    kind = serializers.ChoiceField(choices=ConventionKind.choices)
    title = serializers.CharField(max_length=LONGEST_TITLE)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    change = serializers.CharField(max_length=LONGEST_CHANGE)


class NewVersionSerializer(serializers.Serializer[Any]):
    """The next wording of a convention."""

    convention = serializers.PrimaryKeyRelatedField(queryset=Convention.objects.all())
    text = serializers.CharField(max_length=LONGEST_TEXT)
    change = serializers.CharField(max_length=LONGEST_CHANGE)


class CheckSerializer(serializers.Serializer[Any]):
    """What the legal check says."""

    opinion = serializers.CharField(max_length=LONGEST_OPINION, required=False, allow_blank=True, default="")


class VoteSerializer(serializers.Serializer[Any]):
    """By which rule, when, and with what force the residents vote."""

    rule_key = serializers.CharField()
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    is_binding = serializers.BooleanField(required=False, default=False)
    approved_method = serializers.PrimaryKeyRelatedField(
        queryset=PolicyDocument.objects.all(), required=False, allow_null=True, default=None
    )


class AdoptSerializer(serializers.Serializer[Any]):
    """From when the version binds."""

    effective_on = serializers.DateField()


class FilingSerializer(serializers.Serializer[Any]):
    """Under which number it is filed."""

    number = serializers.CharField(max_length=LONGEST_NUMBER)


class ConventionViewSet(Idempotent, ReadOnlyModelViewSet[Convention]):
    """Conventions of places (居民公约、村规民约、共同协议)."""

    serializer_class = ConventionSerializer
    filterset_class = ConventionFilter
    permissions: ClassVar = {"list": None, "retrieve": None, "create": MANAGE}

    def get_queryset(self) -> QuerySet[Convention]:
        """What the client may see."""
        return Convention.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewConventionSerializer, responses={201: ConventionVersionSerializer})
    def create(self, request: Request) -> Response:
        """Draft a convention with its first version, which is returned."""
        body = NewConventionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.draft_convention(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(ConventionVersionSerializer(row).data, status=201)


@moves_of(VERSION)
class ConventionVersionViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ConventionVersion]):
    """Versions of conventions from the draft to the file."""

    serializer_class = ConventionVersionSerializer
    filterset_class = VersionFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": MANAGE,
        "put_to_vote": MANAGE,
        "put_repeal_to_vote": MANAGE,
    }

    def get_queryset(self) -> QuerySet[ConventionVersion]:
        """What the client may see."""
        return ConventionVersion.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewVersionSerializer, responses={201: ConventionVersionSerializer})
    def create(self, request: Request) -> Response:
        """Draft the next version of a convention."""
        body = NewVersionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.draft_version(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(ConventionVersionSerializer(row).data, status=201)

    def _made(self, request: Request, operation: Any, shape: type[serializers.Serializer[Any]]) -> Response:
        row, body = self.get_object(), shape(data=request.data)
        body.is_valid(raise_exception=True)
        operation(by=acting_user(request), now=clock.now(), version=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=CheckSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def pass_check(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the legal check: DRAFT to CHECKED."""
        del pk
        return self._made(request, operations.pass_check, CheckSerializer)

    @extend_schema(request=MoveSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, pk: str | None = None) -> Response:
        """Show the draft to the residents: CHECKED to ANNOUNCED."""
        del pk
        row = self.get_object()
        operations.announce_version(by=acting_user(request), now=clock.now(), today=clock.today(), version=row)
        return self.shown(row)

    @extend_schema(request=VoteSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def put_to_vote(self, request: Request, pk: str | None = None) -> Response:
        """Prepare the vote on the text that the residents were shown."""
        del pk
        return self._made(request, operations.put_to_vote, VoteSerializer)

    @extend_schema(request=VoteSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def put_repeal_to_vote(self, request: Request, pk: str | None = None) -> Response:
        """Prepare the vote on whether the version in force shall end."""
        del pk
        return self._made(request, operations.put_repeal_to_vote, VoteSerializer)

    @extend_schema(request=AdoptSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str | None = None) -> Response:
        """Adopt by the residents' vote: ANNOUNCED to ADOPTED."""
        del pk
        return self._made(request, operations.adopt_version, AdoptSerializer)

    @extend_schema(request=FilingSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def file(self, request: Request, pk: str | None = None) -> Response:
        """Take into the file: ADOPTED to FILED."""
        del pk
        return self._made(request, operations.file_version, FilingSerializer)

    @extend_schema(request=MoveSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def order_correction(self, request: Request, pk: str | None = None) -> Response:
        """Order a correction: ADOPTED, FILED to CORRECTED."""
        del pk
        return self._made(request, operations.order_correction, MoveSerializer)

    @extend_schema(request=MoveSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def repeal(self, request: Request, pk: str | None = None) -> Response:
        """Repeal by the residents' vote: ADOPTED, FILED to REPEALED."""
        del pk
        return self._made(request, operations.repeal_version, MoveSerializer)

    @extend_schema(request=MoveSerializer, responses=ConventionVersionSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str | None = None) -> Response:
        """Give up a version that is on its way."""
        del pk
        return self._made(request, operations.drop_version, MoveSerializer)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("conventions", ConventionViewSet),
    ("convention-versions", ConventionVersionViewSet),
]
