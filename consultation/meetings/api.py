"""The meetings room in the API: meetings with their agendas, resolutions with their totals. Lists of people never."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.bodies.models import Body
from consultation.matters.models import Matter
from consultation.meetings import agenda, operations
from consultation.meetings.filters import MeetingFilter, ResolutionFilter
from consultation.meetings.leading import lead_meeting
from consultation.meetings.lifecycle import MEETING
from consultation.meetings.models import AgendaItem, Meeting
from consultation.meetings.policy import LONGEST_TEXT, LONGEST_TITLE
from consultation.meetings.record import Resolution
from consultation.topics.models import Topic
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock


class AgendaItemSerializer(serializers.ModelSerializer[AgendaItem]):
    """One item of an agenda; what was said is on the page of the meeting."""

    class Meta:
        model = AgendaItem
        fields: ClassVar = ["number", "title", "text", "origin", "topic", "is_announced", "outcome"]
        read_only_fields: ClassVar = fields


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    """A meeting with its agenda and totals; who was there is in no answer."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    body_name = serializers.CharField(source="body.name", read_only=True)
    rule = serializers.CharField(source="rule.key", read_only=True, default=None, allow_null=True)
    items = AgendaItemSerializer(many=True, read_only=True)

    class Meta:
        model = Meeting
        fields: ClassVar = [
            "id",
            "number",
            "division",
            "division_name",
            "body",
            "body_name",
            "title",
            "held_at",
            "ends_at",
            "place",
            "rule",
            "items",
            "notice",
            "entitled",
            "present",
            "affected_present",
            "has_quorum",
            "minutes_sha256",
            "status",
            "published_at",
        ]
        read_only_fields: ClassVar = fields


class NewMeetingSerializer(serializers.Serializer[Any]):
    """What is needed to plan a meeting."""

    body = serializers.PrimaryKeyRelatedField(queryset=Body.objects.select_related("division", "council"))
    title = serializers.CharField(max_length=LONGEST_TITLE)
    held_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=200)
    chair = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    recorder = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))


class NewItemSerializer(serializers.Serializer[Any]):
    """An item for the agenda: a topic, a matter, or a free one with its title."""

    title = serializers.CharField(max_length=LONGEST_TITLE, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    topic = serializers.PrimaryKeyRelatedField(
        queryset=Topic.objects.select_related("division"), required=False, allow_null=True, default=None
    )
    matter = serializers.PrimaryKeyRelatedField(
        queryset=Matter.objects.select_related("division"), required=False, allow_null=True, default=None
    )


class MeetingInvitationSerializer(serializers.Serializer[Any]):
    """How many are entitled, where there are no seats."""

    entitled = serializers.IntegerField(
        min_value=1, max_value=10_000_000, required=False, allow_null=True, default=None
    )


@moves_of(MEETING)
class MeetingViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Meeting]):
    """Meetings: everybody reads what was announced, the staff of the place their plans too."""

    serializer_class = MeetingSerializer
    filterset_class = MeetingFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.manage_meeting",
        "items": "consultation.manage_meeting",
    }

    def get_queryset(self) -> QuerySet[Meeting]:
        """What the client may see."""
        rows = Meeting.objects.visible_to(self.request.user).for_list()
        return rows.select_related("rule").prefetch_related("items")

    @extend_schema(request=NewMeetingSerializer, responses={201: MeetingSerializer})
    def create(self, request: Request) -> Response:
        """Plan a meeting."""
        body = NewMeetingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.plan_meeting(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(MeetingSerializer(row).data, status=201)

    @extend_schema(request=NewItemSerializer, responses={201: AgendaItemSerializer})
    @action(detail=True, methods=["post"])
    def items(self, request: Request, pk: str | None = None) -> Response:
        """Put an item on the agenda."""
        del pk
        row, body = self.get_object(), NewItemSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        item = agenda.add_item(by=acting_user(request), now=clock.now(), meeting=row, **body.validated_data)
        return Response(AgendaItemSerializer(item).data, status=201)

    def _plainly(self, request: Request, name: str) -> Response:
        row, body = self.get_object(), MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        led = lead_meeting(row, name, by=acting_user(request), now=clock.now(), data=body.validated_data)
        return self.shown(led)

    @extend_schema(request=MeetingInvitationSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str | None = None) -> Response:
        """Announce and invite: PLANNED to INVITED."""
        del pk
        row, body = self.get_object(), MeetingInvitationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        led = lead_meeting(row, "invite", by=acting_user(request), now=clock.now(), data=body.validated_data)
        return self.shown(led)

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def begin(self, request: Request, pk: str | None = None) -> Response:
        """Open the meeting: INVITED to OPEN."""
        del pk
        return self._plainly(request, "begin")

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End the meeting: OPEN to ENDED."""
        del pk
        return self._plainly(request, "end")

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def draft_minutes(self, request: Request, pk: str | None = None) -> Response:
        """Draft the minutes from the record: ENDED to MINUTED."""
        del pk
        return self._plainly(request, "draft_minutes")

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def approve_minutes(self, request: Request, pk: str | None = None) -> Response:
        """Approve the minutes: MINUTED to APPROVED."""
        del pk
        return self._plainly(request, "approve_minutes")

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def return_minutes(self, request: Request, pk: str | None = None) -> Response:
        """Return the minutes: APPROVED, COUNTERSIGNED to MINUTED."""
        del pk
        return self._plainly(request, "return_minutes")

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str | None = None) -> Response:
        """Sign as chair: COUNTERSIGNED to SIGNED."""
        del pk
        return self._plainly(request, "sign")

    @extend_schema(request=MoveSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str | None = None) -> Response:
        """Publish minutes and resolutions: SIGNED to PUBLISHED."""
        del pk
        return self._plainly(request, "publish")


class MeetingResolutionSerializer(serializers.ModelSerializer[Resolution]):
    """A published resolution with its totals."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    meeting = serializers.IntegerField(source="item.meeting_id", read_only=True)
    topic = serializers.IntegerField(source="item.topic_id", read_only=True, allow_null=True)
    rule = serializers.CharField(source="rule.key", read_only=True)

    class Meta:
        model = Resolution
        fields: ClassVar = [
            "id",
            "number",
            "division",
            "division_name",
            "meeting",
            "topic",
            "text",
            "method",
            "rule",
            "cost_estimate",
            "entitled",
            "present",
            "in_favor",
            "against",
            "abstained",
            "withdrawn",
            "is_passed",
            "reason",
            "published_at",
        ]
        read_only_fields: ClassVar = fields


class ResolutionViewSet(ReadOnlyModelViewSet[Resolution]):
    """Published resolutions."""

    serializer_class = MeetingResolutionSerializer
    filterset_class = ResolutionFilter
    permissions: ClassVar = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[Resolution]:
        """What was published."""
        return Resolution.objects.filter(published_at__isnull=False).for_list()


routes: list[tuple[str, type[ViewSetMixin]]] = [("meetings", MeetingViewSet), ("resolutions", ResolutionViewSet)]
