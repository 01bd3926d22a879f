"""Statements in the API: read, proposed, checked, and one's own positions; counts leave by the results of the topic only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from consultation.topics.models import Topic
from consultation.topics.policy import LONGEST_REASON
from consultation.topics.statements import operations
from consultation.topics.statements.filters import StatementFilter
from consultation.topics.statements.lifecycle import STATEMENT
from consultation.topics.statements.models import Statement
from consultation.topics.statements.policy import LONGEST_STATEMENT, Position
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock


class TopicStatementSerializer(serializers.ModelSerializer[Statement]):
    """A statement; `own_position` is that of the person who asks, empty for others."""

    own_position = serializers.CharField(read_only=True)

    class Meta:
        model = Statement
        fields: ClassVar = [
            "id",
            "topic",
            "text",
            "status",
            "proposed_at",
            "checked_at",
            "reason",
            "same_as",
            "own_position",
        ]
        read_only_fields: ClassVar = fields


class NewTopicStatementSerializer(serializers.Serializer[Any]):
    """A statement to propose."""

    topic = serializers.PrimaryKeyRelatedField(queryset=Topic.objects.all())
    text = serializers.CharField(max_length=LONGEST_STATEMENT)


class RefuseTopicStatementSerializer(serializers.Serializer[Any]):
    """Why a statement is refused."""

    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")


class JoinTopicStatementSerializer(MoveSerializer):
    """The statement that says the same."""

    other = serializers.PrimaryKeyRelatedField(queryset=Statement.objects.shown())


class PositionSerializer(serializers.Serializer[Any]):
    """A position to take."""

    position = serializers.ChoiceField(choices=Position.choices)


@moves_of(STATEMENT)
class TopicStatementViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Statement]):
    """Statements that people agree or disagree with; what was not checked is read by its author and the staff."""

    serializer_class = TopicStatementSerializer
    filterset_class = StatementFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.propose_statement",
        "rate": "consultation.rate_statement",
    }

    def get_queryset(self) -> QuerySet[Statement]:
        """Statements on what the client may see, with the person's own positions."""
        user = self.request.user
        rows = Statement.objects.visible_to(user).filter(topic__in=Topic.objects.visible_to(user))
        return rows.select_related("topic__division").with_position_of(user).order_by("-pk")

    @extend_schema(request=NewTopicStatementSerializer, responses={201: TopicStatementSerializer})
    def create(self, request: Request) -> Response:
        """Propose a statement while people may; staff checks it first."""
        body = NewTopicStatementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.propose_statement(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = 201
        return answer

    @extend_schema(request=PositionSerializer, responses=TopicStatementSerializer)
    @action(detail=True, methods=["post"])
    def rate(self, request: Request, pk: str | None = None) -> Response:
        """Agree, disagree or pass; the latest position counts."""
        del pk
        row = self.get_object()
        body = PositionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.rate_statement(by=acting_user(request), now=clock.now(), statement=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=RefuseTopicStatementSerializer, responses=TopicStatementSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse: PROPOSED, SHOWN to REFUSED; who proposed it reads the reason."""
        del pk
        row = self.get_object()
        body = RefuseTopicStatementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = operations.refuse_statement(
            by=acting_user(request), now=clock.now(), statement=row, **body.validated_data
        )
        return self.shown(made)

    @extend_schema(request=JoinTopicStatementSerializer, responses=TopicStatementSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str | None = None) -> Response:
        """Join with another one: PROPOSED to JOINED."""
        del pk
        row = self.get_object()
        body = JoinTopicStatementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        other = body.validated_data["other"]
        made = operations.join_statement(by=acting_user(request), now=clock.now(), statement=row, other=other)
        return self.shown(made)


routes: list[tuple[str, type[ViewSetMixin]]] = [("topic-statements", TopicStatementViewSet)]
