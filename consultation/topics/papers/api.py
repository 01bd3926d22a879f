"""Documents of topics in the API: read with their newest version, comments given on paragraphs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from consultation.topics.papers import operations
from consultation.topics.papers.models import DocumentVersion, SectionComment, TopicDocument
from consultation.topics.papers.policy import LONGEST_COMMENT
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock


class ParagraphSerializer(serializers.Serializer[Any]):
    """A paragraph, its anchor, and the version in which it took its present words."""

    anchor = serializers.CharField()
    text = serializers.CharField()
    changed_in = serializers.IntegerField()


class DocumentVersionSerializer(serializers.ModelSerializer[DocumentVersion]):
    """A version with its paragraphs."""

    paragraphs = ParagraphSerializer(many=True, read_only=True)

    class Meta:
        model = DocumentVersion
        fields: ClassVar = ["number", "note", "published_at", "paragraphs"]
        read_only_fields: ClassVar = fields


class TopicDocumentSerializer(serializers.ModelSerializer[TopicDocument]):
    """A document with its versions, oldest first."""

    versions = DocumentVersionSerializer(many=True, read_only=True)

    class Meta:
        model = TopicDocument
        fields: ClassVar = ["id", "topic", "title", "created_at", "versions"]
        read_only_fields: ClassVar = fields


class NewCommentSerializer(serializers.Serializer[Any]):
    """A comment on a paragraph of the newest version."""

    anchor = serializers.CharField(max_length=16)
    text = serializers.CharField(max_length=LONGEST_COMMENT)


class SectionCommentSerializer(serializers.ModelSerializer[SectionComment]):
    """A comment with its author masked."""

    author = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta:
        model = SectionComment
        fields: ClassVar = ["id", "version", "anchor", "author", "text", "given_at"]
        read_only_fields: ClassVar = fields

    def get_author(self, row: SectionComment) -> str:
        """Return the masked name."""
        return mask_name(row.author.display_name)


class TopicDocumentViewSet(Idempotent, ReadOnlyModelViewSet[TopicDocument]):
    """Documents that topics are about, in versions, with comments on their paragraphs."""

    serializer_class = TopicDocumentSerializer
    permissions: ClassVar = {"list": None, "retrieve": None, "comments": "consultation.comment_section"}

    def get_queryset(self) -> QuerySet[TopicDocument]:
        """Documents of what the client may see."""
        rows = TopicDocument.objects.visible_to(self.request.user)
        return rows.select_related("topic__division").prefetch_related("versions").order_by("-pk")

    @extend_schema(request=NewCommentSerializer, responses={201: SectionCommentSerializer})
    @action(detail=True, methods=["post"])
    def comments(self, request: Request, pk: str | None = None) -> Response:
        """Comment on a paragraph of the newest version."""
        del pk
        row = self.get_object()
        body = NewCommentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.comment_section(by=acting_user(request), now=clock.now(), document=row, **body.validated_data)
        return Response(SectionCommentSerializer(made).data, status=201)


routes: list[tuple[str, type[ViewSetMixin]]] = [("topic-documents", TopicDocumentViewSet)]
