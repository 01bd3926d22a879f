"""Visits, reviews and audits of contracts in the API; files of evidence are attached on the page."""

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
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock
from projects.contracts.filters import OfContractFilter
from projects.contracts.judging import operations
from projects.contracts.judging.lifecycle import REVIEW
from projects.contracts.judging.models import Conclusion, ContractReview, ReviewKind
from projects.contracts.models import Contract


class ContractReviewSerializer(serializers.ModelSerializer[ContractReview]):
    """A visit, review or audit."""

    class Meta:
        model = ContractReview
        fields = (
            *("id", "contract", "kind", "held_on", "reviewer", "was_announced", "findings", "conclusion", "mend_by"),
            *("answer", "status", "recorded_at", "answered_at", "settled_at"),
        )
        read_only_fields = fields


class ContractReviewEntrySerializer(serializers.Serializer[Any]):
    """A visit, review or audit as it is recorded."""

    contract = serializers.PrimaryKeyRelatedField(queryset=Contract.objects.all())
    kind = serializers.ChoiceField(choices=ReviewKind.choices)
    held_on = serializers.DateField()
    reviewer = serializers.CharField(max_length=120)
    was_announced = serializers.BooleanField(required=False, default=True)
    findings = serializers.CharField()
    conclusion = serializers.ChoiceField(choices=Conclusion.choices)
    mend_by = serializers.DateField(required=False, allow_null=True, default=None)


class ReviewAnswerSerializer(serializers.Serializer[Any]):
    """What was mended."""

    answer = serializers.CharField()


@moves_of(REVIEW)
class ReviewViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ContractReview]):
    """Visits, reviews and audits of the contracts that the caller may see."""

    queryset = ContractReview.objects.all()
    serializer_class = ContractReviewSerializer
    filterset_class = OfContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.review_contract",
    }

    def get_queryset(self) -> QuerySet[ContractReview]:
        """Rows that the caller may see."""
        rows = ContractReview.objects.visible_to(self.request.user)
        return rows.select_related("contract__division").order_by("-pk")

    @extend_schema(request=ContractReviewEntrySerializer, responses={201: ContractReviewSerializer})
    def create(self, request: Request) -> Response:
        """Record a visit, review or audit."""
        body = ContractReviewEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_review(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=ReviewAnswerSerializer, responses=ContractReviewSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Report what was mended: OPEN to ANSWERED."""
        del pk
        review = self.get_object()
        body = ReviewAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.answer_review(by=acting_user(request), now=clock.now(), review=review, **body.validated_data)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("contract-reviews", ReviewViewSet)]
