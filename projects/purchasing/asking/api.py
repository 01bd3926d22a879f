"""Questions on purchases in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock
from projects.purchasing.asking import operations
from projects.purchasing.asking.filters import QuestionFilter
from projects.purchasing.asking.models import PurchaseQuestion
from projects.purchasing.models import Purchase


class PurchaseQuestionSerializer(serializers.ModelSerializer[PurchaseQuestion]):
    """A question with its answer; who asked is told to nobody."""

    class Meta:
        model = PurchaseQuestion
        fields = ("id", "purchase", "text", "asked_at", "due_on", "answer", "answered_at")
        read_only_fields = fields


class PurchaseQuestionEntrySerializer(serializers.Serializer[Any]):
    """A question as it is asked."""

    purchase = serializers.PrimaryKeyRelatedField(queryset=Purchase.objects.announced())
    text = serializers.CharField(max_length=operations.LONGEST)


class PurchaseAnswerSerializer(serializers.Serializer[Any]):
    """The answer, which everybody reads."""

    answer = serializers.CharField(max_length=operations.LONGEST_ANSWER)


class PurchaseQuestionViewSet(Idempotent, ReadOnlyModelViewSet[PurchaseQuestion]):
    """Questions on purchases: answered ones for everybody, others for who asked and the staff of the buyer."""

    queryset = PurchaseQuestion.objects.all()
    serializer_class = PurchaseQuestionSerializer
    filterset_class = QuestionFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.ask_purchase_question",
        "answer": "projects.plan_purchase",
    }

    def get_queryset(self) -> QuerySet[PurchaseQuestion]:
        """Rows that the caller may see."""
        return PurchaseQuestion.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=PurchaseQuestionEntrySerializer, responses={201: PurchaseQuestionSerializer})
    def create(self, request: Request) -> Response:
        """Ask something about an announced purchase."""
        body = PurchaseQuestionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.ask_question(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(PurchaseQuestionSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PurchaseAnswerSerializer, responses=PurchaseQuestionSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Answer a question, once, for everybody to read."""
        del pk
        row = self.get_object()
        body = PurchaseAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.answer_question(by=acting_user(request), now=clock.now(), question=row, **body.validated_data)
        return Response(PurchaseQuestionSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("purchase-questions", PurchaseQuestionViewSet)]
