"""Tasks in the API: one's own, and those of the places in which one works; reported with photos, confirmed by another."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from consultation.meetings.filters import TaskFilter
from consultation.meetings.lifecycle import MEETING_TASK
from consultation.meetings.policy import LONGEST_REPORT, MOST_TASK_PHOTOS, PhotoStage
from consultation.meetings.record import MeetingTask, TaskPhoto
from consultation.meetings.tasking import operations as tasking
from governance.accounts.clients import Json
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock


class TaskPhotoSerializer(serializers.ModelSerializer[TaskPhoto]):
    """A photo: what it shows, and where its file is fetched."""

    url = serializers.CharField(source="photo.get_absolute_url", read_only=True)

    class Meta:
        model = TaskPhoto
        fields: ClassVar = ["stage", "photo", "url", "added_at"]
        read_only_fields: ClassVar = fields


class MeetingTaskSerializer(serializers.ModelSerializer[MeetingTask]):
    """A task with its origin: a meeting, or a case that several parties carry out."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    owner_name = serializers.CharField(source="owner.display_name", read_only=True)
    party_name = serializers.CharField(source="party.name", read_only=True, default=None, allow_null=True)
    photos = TaskPhotoSerializer(many=True, read_only=True)

    class Meta:
        model = MeetingTask
        fields: ClassVar = [
            "id",
            "division",
            "division_name",
            "meeting",
            "resolution",
            "case",
            "party",
            "party_name",
            "text",
            "owner",
            "owner_name",
            "due_on",
            "status",
            "report_text",
            "photos",
            "given_at",
            "reported_at",
            "confirmed_at",
        ]
        read_only_fields: ClassVar = fields


def photos_field(**more: Any) -> serializers.ListField:
    """Return a field for several photos."""
    return serializers.ListField(child=serializers.FileField(), max_length=MOST_TASK_PHOTOS, **more)


class TaskReportSerializer(serializers.Serializer[Any]):
    """What was done, with photos of what it looks like now."""

    text = serializers.CharField(max_length=LONGEST_REPORT)
    photos = photos_field(required=False, default=list)


class TaskPhotosSerializer(serializers.Serializer[Any]):
    """Photos from before or from after."""

    stage = serializers.ChoiceField(choices=PhotoStage.choices)
    photos = photos_field(allow_empty=False)


def read(files: list[Any]) -> list[tuple[str, bytes]]:
    """Read files that were sent."""
    return [(file.name, file.read()) for file in files]


@moves_of(MEETING_TASK)
class MeetingTaskViewSet(Idempotent, Moves, ReadOnlyModelViewSet[MeetingTask]):
    """Tasks: one's own, and those of the places in which one works."""

    serializer_class = MeetingTaskSerializer
    filterset_class = TaskFilter
    parser_classes = (Json, MultiPartParser, FormParser)
    permissions: ClassVar = {
        "list": tasking.REPORT,
        "retrieve": tasking.REPORT,
        "photos": tasking.REPORT,
    }

    def get_queryset(self) -> QuerySet[MeetingTask]:
        """What the client may see."""
        rows = MeetingTask.objects.visible_to(self.request.user).for_list()
        return rows.prefetch_related("photos__photo")

    @extend_schema(request=TaskReportSerializer, responses=MeetingTaskSerializer)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str | None = None) -> Response:
        """Report as done: GIVEN to DONE."""
        del pk
        row, body = self.get_object(), TaskReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        moved = tasking.report_task(
            by=acting_user(request), now=clock.now(), task=row, text=data["text"], uploads=read(data["photos"])
        )
        return self.shown(moved)

    @extend_schema(request=TaskPhotosSerializer, responses=MeetingTaskSerializer)
    @action(detail=True, methods=["post"])
    def photos(self, request: Request, pk: str | None = None) -> Response:
        """Add photos of what it looks like before, or looked like afterwards."""
        del pk
        row, body = self.get_object(), TaskPhotosSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        tasking.show_task(
            by=acting_user(request), now=clock.now(), task=row, stage=data["stage"], uploads=read(data["photos"])
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("meeting-tasks", MeetingTaskViewSet)]
