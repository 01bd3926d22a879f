"""The notices room in the API: notices with their moves, objections, stored files."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.notices import operations
from communities.notices.filters import NoticeFilter, ObjectionFilter
from communities.notices.lifecycle import NOTICE
from communities.notices.models import Attachment, Objection, ObjectionOutcome, PublicNotice, Visibility
from communities.notices.operations import LONGEST_OBJECTION
from communities.notices.policy import check_file_size
from communities.people.policy import scrub
from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from governance.calendar.days import DayKind


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A stored file; `url` is where it is fetched."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Attachment
        fields: ClassVar = ["id", "name", "url", "content_type", "size", "sha256", "visibility", "division"]
        read_only_fields: ClassVar = fields


class NewAttachmentSerializer(serializers.Serializer[Any]):
    """A file to store, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.INTERNAL)


class AttachmentViewSet(Idempotent, ReadOnlyModelViewSet[Attachment]):
    """Stored files, as far as they are visible."""

    serializer_class = AttachmentSerializer
    parser_classes = (MultiPartParser,)
    permissions: ClassVar = {"list": None, "retrieve": None, "create": "communities.store_attachment"}

    def get_queryset(self) -> QuerySet[Attachment]:
        """What the client may open."""
        return Attachment.objects.visible_to(self.request.user)

    @extend_schema(request=NewAttachmentSerializer, responses={201: AttachmentSerializer})
    def create(self, request: Request) -> Response:
        """Store a file after looking at what it really is."""
        body = NewAttachmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        upload = body.validated_data["file"]
        check_file_size(upload.size or 0)
        row = operations.store_attachment(
            by=acting_user(request),
            now=clock.now(),
            division=body.validated_data["division"],
            name=upload.name or "",
            content=upload.read(),
            visibility=body.validated_data["visibility"],
        )
        return Response(AttachmentSerializer(row).data, status=201)


class ObjectionSerializer(serializers.ModelSerializer[Objection]):
    """An objection: the text without personal numbers, never the objector."""

    text = serializers.SerializerMethodField()

    class Meta:
        model = Objection
        fields: ClassVar = ["id", "notice", "text", "raised_at", "outcome", "reply", "replied_at"]
        read_only_fields: ClassVar = fields

    def get_text(self, row: Objection) -> str:
        """Return the text with personal numbers starred out."""
        return scrub(row.text)


class NoticeSerializer(serializers.ModelSerializer[PublicNotice]):
    """A public notice."""

    attachments = AttachmentSerializer(many=True, read_only=True)

    class Meta:
        model = PublicNotice
        fields: ClassVar = [
            "id",
            "title",
            "body",
            "division",
            "minimum_days",
            "day_kind",
            "contact",
            "basis",
            "status",
            "starts_on",
            "ends_on",
            "is_end_provisional",
            "posted_at",
            "closed_at",
            "attachments",
        ]
        read_only_fields: ClassVar = fields


class NewNoticeSerializer(serializers.Serializer[Any]):
    """What is needed to draft a notice."""

    title = serializers.CharField(max_length=200)
    body = serializers.CharField()
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    minimum_days = serializers.IntegerField(max_value=365)
    day_kind = serializers.ChoiceField(choices=DayKind.choices, default=DayKind.CALENDAR)
    contact = serializers.CharField(max_length=200)
    basis = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    attachments = serializers.PrimaryKeyRelatedField(
        queryset=Attachment.objects.filter(visibility=Visibility.PUBLIC), many=True, required=False, default=list
    )


class NewObjectionSerializer(serializers.Serializer[Any]):
    """An objection to a notice."""

    notice = serializers.PrimaryKeyRelatedField(queryset=PublicNotice.objects.all())
    text = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    """What comes of an objection, and the answer that everybody reads."""

    outcome = serializers.ChoiceField(choices=ObjectionOutcome.choices)
    reply = serializers.CharField(max_length=LONGEST_OBJECTION)


@moves_of(NOTICE)
class NoticeViewSet(Idempotent, Moves, ReadOnlyModelViewSet[PublicNotice]):
    """Public notices (公示): everybody reads what was posted, the staff of the place their drafts too."""

    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    permissions: ClassVar = {"list": None, "retrieve": None, "create": "communities.draft_notice"}

    def get_queryset(self) -> QuerySet[PublicNotice]:
        """What the client may see."""
        rows = PublicNotice.objects.visible_to(self.request.user).for_list()
        return rows.prefetch_related("attachments")

    @extend_schema(request=NewNoticeSerializer, responses={201: NoticeSerializer})
    def create(self, request: Request) -> Response:
        """Draft a notice."""
        body = NewNoticeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.draft_notice(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(NoticeSerializer(row).data, status=201)

    @extend_schema(request=MoveSerializer, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def put_up(self, request: Request, pk: str | None = None) -> Response:
        """Post: DRAFT to POSTED; the days are counted from the next day."""
        del pk
        row = operations.post_notice(by=acting_user(request), now=clock.now(), notice=self.get_object())
        return self.shown(row)


class ObjectionViewSet(Idempotent, ReadOnlyModelViewSet[Objection]):
    """Objections (异议) to notices."""

    serializer_class = ObjectionSerializer
    filterset_class = ObjectionFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "communities.raise_objection",
        "answer": "communities.answer_objection",
    }

    def get_queryset(self) -> QuerySet[Objection]:
        """Objections to what the client may see."""
        return Objection.objects.visible_to(self.request.user).select_related("notice__division")

    @extend_schema(request=NewObjectionSerializer, responses={201: ObjectionSerializer})
    def create(self, request: Request) -> Response:
        """Object to a running notice."""
        body = NewObjectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.raise_objection(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(ObjectionSerializer(row).data, status=201)

    @extend_schema(request=AnswerSerializer, responses=ObjectionSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Answer an objection, once."""
        del pk
        objection = self.get_object()
        body = AnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.answer_objection(
            by=acting_user(request), now=clock.now(), objection=objection, **body.validated_data
        )
        return Response(ObjectionSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("notices", NoticeViewSet),
    ("objections", ObjectionViewSet),
    ("attachments", AttachmentViewSet),
]
