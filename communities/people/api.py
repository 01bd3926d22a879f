"""The people room in the API: posts, and residents with their personal data masked by default."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.people import operations
from communities.people.filters import PostFilter, ResidentFilter
from communities.people.models import Post, Resident, Role
from communities.people.queries import visible_posts, visible_residents
from communities.territory.models import Division
from governance.accounts.clients import reads_persons
from governance.accounts.masking import mask_identity, mask_name, mask_phone
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock


class PostSerializer(serializers.ModelSerializer[Post]):
    """A user's role in a division for a period."""

    user_name = serializers.CharField(source="user.display_name", read_only=True)

    class Meta:
        model = Post
        fields: ClassVar = ["id", "user", "user_name", "role", "division", "title", "valid_from", "valid_to"]
        read_only_fields: ClassVar = fields


class NewPostSerializer(serializers.Serializer[Any]):
    """What is needed to fill a post."""

    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    role = serializers.ChoiceField(choices=Role.choices)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    title = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class EndOfPostSerializer(serializers.Serializer[Any]):
    """The first day on which the post is no longer held, and why."""

    on = serializers.DateField()
    reason = serializers.CharField()


class PostViewSet(Idempotent, ReadOnlyModelViewSet[Post]):
    """Posts (岗位): one's own, and those in places that one's posts reach."""

    serializer_class = PostSerializer
    filterset_class = PostFilter
    permissions: ClassVar = {
        "list": "communities.view_post",
        "retrieve": "communities.view_post",
        "create": "communities.appoint",
        "end": "communities.appoint",
    }

    def get_queryset(self) -> QuerySet[Post]:
        """What the client's posts reach."""
        return visible_posts(self.request.user).select_related("user", "division")

    @extend_schema(request=NewPostSerializer, responses={201: PostSerializer})
    def create(self, request: Request) -> Response:
        """Fill a post."""
        body = NewPostSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.create_post(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(PostSerializer(row).data, status=201)

    @extend_schema(request=EndOfPostSerializer, responses=PostSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End a post."""
        del pk
        post = self.get_object()
        body = EndOfPostSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.end_post(by=acting_user(request), now=clock.now(), post=post, **body.validated_data)
        return Response(PostSerializer(row).data)


class ResidentSerializer(serializers.ModelSerializer[Resident]):
    """A resident.

    Staff of the place and the person read the name, date of birth and address in full and the numbers masked. A partner
    system reads a masked name; with the scope `pii:read` the full name, date of birth and address and, in place of the
    identity number, its keyed hash (Basis: Personal Information Protection Law art. 51).
    """

    name = serializers.SerializerMethodField()
    identity_number = serializers.SerializerMethodField()
    identity_hash = serializers.SerializerMethodField()
    phone = serializers.SerializerMethodField()
    birth_on = serializers.SerializerMethodField()
    address = serializers.SerializerMethodField()
    is_confirmed = serializers.SerializerMethodField()

    class Meta:
        model = Resident
        fields: ClassVar = [
            "id",
            "division",
            "name",
            "identity_number",
            "identity_hash",
            "phone",
            "birth_on",
            "address",
            "registered_at",
            "is_confirmed",
            "confirmed_at",
            "left_on",
        ]
        read_only_fields: ClassVar = fields

    @property
    def _token(self) -> Any:
        request = self.context.get("request")
        token = getattr(request, "auth", None)
        return token if hasattr(token, "allow_scopes") else None

    @property
    def _reads_persons(self) -> bool:
        return reads_persons(self.context.get("request"))

    def get_name(self, row: Resident) -> str:
        """Return the name, masked without the right to read it."""
        return row.name if self._reads_persons else mask_name(row.name)

    def get_identity_number(self, row: Resident) -> str:
        """Return the masked number for people, nothing for partner systems."""
        return mask_identity(row.identity_number) if self._token is None else ""

    def get_identity_hash(self, row: Resident) -> str | None:
        """Return the keyed hash for partner systems with the scope."""
        return row.identity_hash if self._token is not None and self._reads_persons else None

    def get_phone(self, row: Resident) -> str:
        """Return the masked phone for people, nothing for partner systems."""
        return mask_phone(row.user.phone) if row.user and self._token is None else ""

    def get_birth_on(self, row: Resident) -> str | None:
        """Return the date of birth."""
        return row.birth_on.isoformat() if row.birth_on and self._reads_persons else None

    def get_address(self, row: Resident) -> str:
        """Return the address within the community."""
        return row.address if self._reads_persons else ""

    def get_is_confirmed(self, row: Resident) -> bool:
        """Tell whether staff have confirmed the registration."""
        return row.confirmed_at is not None


class NewResidentSerializer(serializers.Serializer[Any]):
    """What is needed to register."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    name = serializers.CharField(max_length=50)
    identity_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    birth_on = serializers.DateField(required=False, allow_null=True, default=None)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class MovingSerializer(serializers.Serializer[Any]):
    """The first day on which the person no longer lives here."""

    on = serializers.DateField()


class RevealSerializer(serializers.Serializer[Any]):
    """Why somebody needs to see the full number."""

    reason = serializers.CharField()


class RevealedSerializer(serializers.Serializer[Any]):
    """The full number."""

    identity_number = serializers.CharField()


class ResidentViewSet(Idempotent, ReadOnlyModelViewSet[Resident]):
    """Residents: oneself, and those of places whose register one keeps."""

    serializer_class = ResidentSerializer
    filterset_class = ResidentFilter
    permissions: ClassVar = {
        "list": "communities.view_resident",
        "retrieve": "communities.view_resident",
        "create": "communities.register_resident",
        "enter": "communities.enter_resident",
        "confirm": "communities.confirm_resident",
        "move_away": "communities.move_resident_away",
        "reveal_identity": "communities.reveal_identity",
    }

    def get_queryset(self) -> QuerySet[Resident]:
        """What the client may see."""
        return visible_residents(self.request.user).for_list()

    def _shown(self, row: Resident, status: int = 200) -> Response:
        return Response(ResidentSerializer(row, context=self.get_serializer_context()).data, status=status)

    @extend_schema(request=NewResidentSerializer, responses={201: ResidentSerializer})
    def create(self, request: Request) -> Response:
        """Claim to live in a community."""
        body = NewResidentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.register_resident(by=acting_user(request), now=clock.now(), **body.validated_data)
        return self._shown(row, 201)

    @extend_schema(request=NewResidentSerializer, responses={201: ResidentSerializer})
    @action(detail=False, methods=["post"])
    def enter(self, request: Request) -> Response:
        """Enter a resident who has no log-in."""
        body = NewResidentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_resident(by=acting_user(request), now=clock.now(), **body.validated_data)
        return self._shown(row, 201)

    @extend_schema(request=None, responses=ResidentSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm that the person lives here."""
        del pk
        row = operations.confirm_resident(by=acting_user(request), now=clock.now(), resident=self.get_object())
        return self._shown(row)

    @extend_schema(request=MovingSerializer, responses=ResidentSerializer)
    @action(detail=True, methods=["post"])
    def move_away(self, request: Request, pk: str | None = None) -> Response:
        """Record that the person has left."""
        del pk
        resident = self.get_object()
        body = MovingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.move_away(by=acting_user(request), now=clock.now(), resident=resident, **body.validated_data)
        return self._shown(row)

    @extend_schema(request=RevealSerializer, responses=RevealedSerializer)
    @action(detail=True, methods=["post"])
    def reveal_identity(self, request: Request, pk: str | None = None) -> Response:
        """Show the full identity number to staff who give a reason; it stays in the audit trail."""
        del pk
        if request.auth is not None:
            self.permission_denied(request)
        resident = self.get_object()
        body = RevealSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        number = operations.reveal_identity(
            by=acting_user(request), now=clock.now(), resident=resident, **body.validated_data
        )
        return Response({"identity_number": number})


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("posts", PostViewSet),
    ("residents", ResidentViewSet),
]
