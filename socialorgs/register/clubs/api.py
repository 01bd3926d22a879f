"""Clubs in the API."""

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
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.clubs import operations
from socialorgs.register.clubs.filters import ClubFilter
from socialorgs.register.clubs.lifecycle import CLUB
from socialorgs.register.clubs.models import Club, ClubActivity, ClubKind
from socialorgs.register.clubs.operations import Idea

VENUES = Venue.objects.select_related("division")


class ClubSerializer(serializers.ModelSerializer[Club]):
    """A club; its members are counted, never named."""

    members_count = serializers.SerializerMethodField()
    organization = serializers.IntegerField(source="filing.organization_id", read_only=True, allow_null=True)

    class Meta:
        model = Club
        fields = (
            "id",
            "division",
            "name",
            "kind",
            "purpose",
            "place",
            "venue",
            "meets",
            "most_members",
            "members_count",
            "status",
            "opened_at",
            "ended_at",
            "organization",
        )
        read_only_fields = fields

    def get_members_count(self, row: Any) -> int:
        """How many have joined."""
        return row.members_count or 0


class ClubIdeaSerializer(serializers.Serializer[Any]):
    """What a club is to be, and where."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=ClubKind.choices)
    purpose = serializers.CharField(max_length=2000)
    place = serializers.CharField(max_length=200)
    venue = serializers.PrimaryKeyRelatedField(queryset=VENUES, required=False, allow_null=True, default=None)
    meets = serializers.CharField(max_length=100)
    most_members = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)


class RelocateSerializer(serializers.Serializer[Any]):
    """Where and when a club meets from now on."""

    place = serializers.CharField(max_length=200)
    venue = serializers.PrimaryKeyRelatedField(queryset=VENUES, required=False, allow_null=True, default=None)
    meets = serializers.CharField(max_length=100)


class JoinSerializer(serializers.Serializer[Any]):
    """Joining, with what one agrees to."""

    name = serializers.CharField(max_length=50)
    agrees = serializers.BooleanField()
    may_be_named = serializers.BooleanField(required=False, default=False)


class ClubActivityEntrySerializer(serializers.Serializer[Any]):
    """Something that a club will do."""

    title = serializers.CharField(max_length=120)
    place = serializers.CharField(max_length=200)
    starts_at = serializers.DateTimeField()


class ClubEventReportSerializer(serializers.Serializer[Any]):
    """How many came to an event, and what it was like."""

    event = serializers.PrimaryKeyRelatedField(queryset=ClubActivity.objects.all())
    attended = serializers.IntegerField(min_value=0, max_value=100_000)
    report = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ClubActivitySerializer(serializers.ModelSerializer[ClubActivity]):
    """An event of a club."""

    class Meta:
        model = ClubActivity
        fields = ("id", "club", "title", "place", "starts_at", "attended", "report", "told_at")
        read_only_fields = fields


@moves_of(CLUB)
class ClubViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Club]):
    """Clubs and interest groups; those that were opened are public."""

    queryset = Club.objects.all()
    serializer_class = ClubSerializer
    filterset_class = ClubFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "events": None,
        "create": "socialorgs.propose_club",
        "join": "socialorgs.join_club",
        "leave": "socialorgs.join_club",
        "relocate": "socialorgs.lead_club",
        "announce": "socialorgs.lead_club",
        "tell": "socialorgs.lead_club",
    }

    def get_queryset(self) -> QuerySet[Club]:
        """Rows that the caller may see."""
        return Club.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ClubIdeaSerializer, responses={201: ClubSerializer})
    def create(self, request: Request) -> Response:
        """Propose a club."""
        body = ClubIdeaSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        division = said.pop("division")
        row = operations.propose_club(by=acting_user(request), now=clock.now(), division=division, idea=Idea(**said))
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ClubActivitySerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def events(self, request: Request, pk: str | None = None) -> Response:
        """List the last fifty events, latest first."""
        del request, pk
        rows = self.get_object().events.order_by("-starts_at")[:50]
        return Response(ClubActivitySerializer(rows, many=True).data)

    @extend_schema(request=JoinSerializer, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str | None = None) -> Response:
        """Join the club."""
        del pk
        row = self.get_object()
        body = JoinSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.join_club(by=acting_user(request), now=clock.now(), club=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=None, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str | None = None) -> Response:
        """Leave the club."""
        del pk
        row = self.get_object()
        operations.leave_club(by=acting_user(request), now=clock.now(), club=row)
        return self.shown(row)

    @extend_schema(request=RelocateSerializer, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def relocate(self, request: Request, pk: str | None = None) -> Response:
        """Change where and when it meets."""
        del pk
        row = self.get_object()
        body = RelocateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = operations.relocate_club(by=acting_user(request), now=clock.now(), club=row, **body.validated_data)
        return self.shown(done)

    @extend_schema(request=ClubActivityEntrySerializer, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, pk: str | None = None) -> Response:
        """Announce an event."""
        del pk
        row = self.get_object()
        body = ClubActivityEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.announce_event(by=acting_user(request), now=clock.now(), club=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=ClubEventReportSerializer, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def tell(self, request: Request, pk: str | None = None) -> Response:
        """Tell how an event went."""
        del pk
        row = self.get_object()
        body = ClubEventReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        if said["event"].club_id != row.pk:
            raise Http404
        operations.tell_event(by=acting_user(request), now=clock.now(), **said)
        return self.shown(row)

    @extend_schema(request=None, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def grow(self, request: Request, pk: str | None = None) -> Response:
        """Record that it has become a filed organization: ACTIVE to GROWN."""
        del pk
        return self.shown(operations.grow_club(by=acting_user(request), now=clock.now(), club=self.get_object()))

    @extend_schema(request=MoveSerializer, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the club: PROPOSED to REFUSED."""
        del pk
        return self._with_reason(request, operations.refuse_club)

    @extend_schema(request=MoveSerializer, responses=ClubSerializer)
    @action(detail=True, methods=["post"])
    def dissolve(self, request: Request, pk: str | None = None) -> Response:
        """Dissolve the club: ACTIVE to DISSOLVED."""
        del pk
        return self._with_reason(request, operations.dissolve_club)

    def _with_reason(self, request: Request, operation: Any) -> Response:
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(operation(by=acting_user(request), now=clock.now(), club=row, reason=reason))


routes: list[tuple[str, type[ViewSetMixin]]] = [("clubs", ClubViewSet)]
