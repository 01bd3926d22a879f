"""Invitations by name in the API: a third party's own system reads what its people are to judge and hands marks in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from communities.notices.policy import check_file_size
from governance.accounts.clients import Json
from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock
from projects.evaluation import operations, recording, refusals
from projects.evaluation.filters import InvitationFilter
from projects.evaluation.models import AnswerRecord, EvaluationTask, TemplateQuestion
from projects.evaluation.queries import receipt_of


class AskedSerializer(serializers.ModelSerializer[TemplateQuestion]):
    """One question that is to be marked from 1 to 5."""

    class Meta:
        model = TemplateQuestion
        fields = ("number", "text", "weight", "is_satisfaction", "duty", "per_month")
        read_only_fields = fields


class AnswerReceiptSerializer(serializers.Serializer[Any]):
    """That marks were taken, and which: the SHA-256 is of the canonical JSON of `evaluation`, `number`, `marks`, `comment`."""

    answered_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    record_taken_at = serializers.DateTimeField(allow_null=True)
    sheet_sha256 = serializers.CharField(
        allow_null=True, help_text="Of the scan as it is kept: pictures lose what a camera adds."
    )


class OwnInvitationSerializer(serializers.ModelSerializer[EvaluationTask]):
    """What the caller was invited to judge, until when, and whether it is done."""

    evaluation = serializers.IntegerField(source="plan_id", read_only=True)
    title = serializers.CharField(source="plan.title", read_only=True)
    subject_name = serializers.CharField(source="plan.subject_name", read_only=True)
    closes_on = serializers.DateField(source="plan.closes_on", read_only=True)
    questions = AskedSerializer(source="plan.template.questions", many=True, read_only=True)
    is_answered = serializers.SerializerMethodField()
    has_record = serializers.SerializerMethodField()
    receipt = serializers.SerializerMethodField()

    class Meta:
        model = EvaluationTask
        fields = (
            "id",
            "number",
            "evaluation",
            "title",
            "subject_name",
            "party",
            "method",
            "closes_on",
            "questions",
            "is_answered",
            "has_record",
            "receipt",
        )
        read_only_fields = fields

    def get_is_answered(self, task: EvaluationTask) -> bool:
        """Tell whether the marks were handed in."""
        return hasattr(task, "answer")

    def get_has_record(self, task: EvaluationTask) -> bool:
        """Tell whether the record of the interview or meeting was handed in."""
        return hasattr(task, "answer") and hasattr(task.answer, "record")

    @extend_schema_field(AnswerReceiptSerializer(allow_null=True))
    def get_receipt(self, task: EvaluationTask) -> Any:
        """Return what was taken of this invitation, so that the sender can tell that it arrived unchanged."""
        answer = getattr(task, "answer", None)
        if answer is None:
            return None
        record = getattr(answer, "record", None)
        taken = {
            "answered_at": answer.answered_at,
            "sha256": receipt_of(task.plan_id, task.number, answer),
            "record_taken_at": record.entered_at if record else None,
            "sheet_sha256": record.sheet.sha256 if record and record.sheet else None,
        }
        return AnswerReceiptSerializer(taken).data


class FoundOnTheSpotSerializer(serializers.ModelSerializer[AnswerRecord]):
    """The record of an interview or a meeting; `sheet` is the signed score sheet as PDF or picture, sent as a form."""

    sheet = serializers.FileField(required=False, write_only=True, allow_empty_file=True)

    class Meta:
        model = AnswerRecord
        fields: tuple[str, ...] = ("held_on", "place", "present", "findings", "sheet")


def record_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return a record as the operation takes it: the scan by its name and content, by the same rules as on the page."""
    file = given.pop("sheet", None)
    if file is not None:
        check_file_size(file.size)
    return {**given, "sheet": (file.name, file.read()) if file is not None else None}


class GivenMarksSerializer(serializers.Serializer[Any]):
    """A score sheet: marks from 1 to 5 by number of question, and the record of the interview or meeting if it is there.

    With a scan it is sent as a form: `marks.1`, `marks.2`, …, `record.held_on`, …, `record.sheet`.
    """

    marks = serializers.DictField(child=serializers.IntegerField())
    comment = serializers.CharField(required=False, allow_blank=True, default="")
    record = FoundOnTheSpotSerializer(required=False)


class InvitationViewSet(Idempotent, ReadOnlyModelViewSet[EvaluationTask]):
    """The caller's own invitations by name; nobody sees another's."""

    queryset = EvaluationTask.objects.all()
    serializer_class = OwnInvitationSerializer
    filterset_class = InvitationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.judge_as_invited",
        "retrieve": "projects.judge_as_invited",
        "answer": "projects.judge_as_invited",
        "record": "projects.judge_as_invited",
    }

    def get_queryset(self) -> QuerySet[EvaluationTask]:
        """Return what the caller is to judge."""
        user = self.request.user
        rows = (
            EvaluationTask.objects.filter(evaluator=user.pk) if user.is_authenticated else EvaluationTask.objects.none()
        )
        rows = rows.select_related("plan__division", "plan__template", "plan__implementer", "answer__record__sheet")
        return rows.prefetch_related("plan__template__questions").order_by("-pk")

    @extend_schema(
        request={"application/json": GivenMarksSerializer, "multipart/form-data": GivenMarksSerializer},
        responses={201: OwnInvitationSerializer},
    )
    @action(detail=True, methods=["post"], parser_classes=[Json, MultiPartParser])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Hand a score sheet in, once: its marks, and its record with them or later; all of it or nothing."""
        del pk
        task = self.get_object()
        body = GivenMarksSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        record, by, now = given.pop("record", None), acting_user(request), clock.now()
        with transaction.atomic():
            answer = operations.answer_as_invited(by=by, now=now, task=task, **given)
            if record is not None:
                recording.hand_in_record(by=by, now=now, answer=answer, **record_of(record))
        return self._shown(task)

    @extend_schema(
        request={"application/json": FoundOnTheSpotSerializer, "multipart/form-data": FoundOnTheSpotSerializer},
        responses={201: OwnInvitationSerializer},
    )
    @action(detail=True, methods=["post"], parser_classes=[Json, MultiPartParser])
    def record(self, request: Request, pk: str | None = None) -> Response:
        """Hand the record of an interview or a meeting in, once, after the marks."""
        del pk
        task = self.get_object()
        body = FoundOnTheSpotSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if not hasattr(task, "answer"):
            raise refusals.NotJudgedYet
        given = record_of(dict(body.validated_data))
        recording.hand_in_record(by=acting_user(request), now=clock.now(), answer=task.answer, **given)
        return self._shown(task)

    def _shown(self, task: EvaluationTask) -> Response:
        row = self.get_queryset().get(pk=task.pk)
        return Response(OwnInvitationSerializer(row).data, status=status.HTTP_201_CREATED)
