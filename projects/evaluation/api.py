"""The evaluation room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.policy.queries import by_place
from governance.accounts.clients import Json
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.evaluation import operations
from projects.evaluation.engaging import engage_third_party
from projects.evaluation.entering import enter_paper_answer
from projects.evaluation.explaining import advice_of
from projects.evaluation.filters import EvaluationFilter, MessageFilter, TemplateFilter
from projects.evaluation.gating import gate_of
from projects.evaluation.grid.operations import plan_grid_round
from projects.evaluation.history import review_steps
from projects.evaluation.invitations.api import InvitationViewSet, record_of
from projects.evaluation.lifecycle import EVALUATION, TEMPLATE
from projects.evaluation.models import (
    EvaluationPlan,
    EvaluationResult,
    EvaluationTemplate,
    Method,
    PushMessage,
    TemplateQuestion,
)
from projects.evaluation.open_account.api import OpenAccountViewSet
from projects.evaluation.policy import SMALL_SAMPLE, is_small, percent
from projects.evaluation.queries import answer_of, collection_of, shown_details, shown_results
from projects.evaluation.recording import hand_in_record
from projects.evaluation.serializers import (
    CalculationSerializer,
    CollectionSerializer,
    EngagementSerializer,
    EnteredSerializer,
    EvaluationEntrySerializer,
    ExclusionSerializer,
    ExtensionSerializer,
    GateSerializer,
    GridRoundSerializer,
    InvitationSerializer,
    InviteSerializer,
    PaperSerializer,
    ReviewSerializer,
    ReviewStepSerializer,
    SlipAnswerSerializer,
    SlipRecordSerializer,
    TakenSerializer,
)
from projects.evaluation.templating import correct_draft
from projects.evaluation.ties.api import TieViewSet


class QuestionSerializer(serializers.ModelSerializer[TemplateQuestion]):
    """One question of a template; one without a weight is refused by its number, none is taken silently."""

    number = serializers.IntegerField(read_only=True)
    weight = serializers.IntegerField(required=False, help_text="Needed with every question; 1 counts once, 2 double.")

    class Meta:
        model = TemplateQuestion
        fields = ("number", "text", "weight", "is_satisfaction", "duty", "per_month")


class TemplateSerializer(serializers.ModelSerializer[EvaluationTemplate]):
    """A version of a template with its questions; `methods` tells by which methods which party must have judged."""

    questions = QuestionSerializer(many=True)
    methods = serializers.DictField(
        child=serializers.ListField(child=serializers.ChoiceField(choices=Method.choices)), required=False
    )

    class Meta:
        model = EvaluationTemplate
        fields = ("id", "key", "version", "title", "subject_kind", "status", "methods", "questions")
        read_only_fields = ("version", "status")


class CorrectionSerializer(serializers.Serializer[Any]):
    """A draft as it is corrected: without `methods` those that are required stay."""

    title = serializers.CharField(max_length=120)
    questions = QuestionSerializer(many=True)
    methods = serializers.DictField(
        child=serializers.ListField(child=serializers.ChoiceField(choices=Method.choices)), required=False
    )


def _asked(given: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return questions as the operations take them."""
    return [
        (
            row["text"],
            row.get("weight"),
            row.get("is_satisfaction", False),
            row.get("duty", ""),
            row.get("per_month"),
        )
        for row in given
    ]


@moves_of(TEMPLATE)
class TemplateViewSet(Idempotent, Moves, ReadOnlyModelViewSet[EvaluationTemplate]):
    """Templates of evaluations: sets of questions with versions."""

    queryset = EvaluationTemplate.objects.all()
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.draft_template",
        "correct": "projects.draft_template",
    }

    def get_queryset(self) -> QuerySet[EvaluationTemplate]:
        """Rows that the caller may see."""
        return EvaluationTemplate.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=TemplateSerializer, responses={201: TemplateSerializer})
    def create(self, request: Request) -> Response:
        """Draft the next version of a template."""
        body = TemplateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        questions = _asked(given.pop("questions"))
        row = operations.draft_template(by=acting_user(request), now=clock.now(), questions=questions, **given)
        return Response(TemplateSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CorrectionSerializer, responses=TemplateSerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str | None = None) -> Response:
        """Correct a draft; what is in use is never changed, its next version is drafted."""
        del pk
        template = self.get_object()
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        questions = _asked(given.pop("questions"))
        row = correct_draft(by=acting_user(request), now=clock.now(), template=template, questions=questions, **given)
        return self.shown(row)


class ResultSerializer(serializers.ModelSerializer[EvaluationResult]):
    """One version of a result; `digest` is the SHA-256 of the canonical JSON of the calculation.

    Where there is no grade `advice` says what is to be done. `satisfaction` is `satisfied` of `valid_for_satisfaction`;
    `is_small_sample` marks one of so few answers that it says little of everybody.
    """

    advice = serializers.SerializerMethodField()
    satisfaction = serializers.SerializerMethodField()
    is_small_sample = serializers.SerializerMethodField()
    response = serializers.SerializerMethodField()
    hindrances = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = EvaluationResult
        fields = (
            "version",
            "cause",
            "score",
            "grade",
            "hindrances",
            "advice",
            "answers",
            "invited",
            "response",
            "satisfied",
            "valid_for_satisfaction",
            "satisfaction",
            "is_small_sample",
            "digest",
            "computed_at",
        )
        read_only_fields = fields

    def get_advice(self, result: EvaluationResult) -> list[str]:
        """Tell what to do next where there is no grade."""
        return advice_of(result.details)

    @extend_schema_field(serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True))
    def get_satisfaction(self, result: EvaluationResult) -> str | None:
        """Content answers in percent, cut off."""
        found = percent(result.satisfied, result.valid_for_satisfaction)
        return None if found is None else str(found)

    def get_is_small_sample(self, result: EvaluationResult) -> bool:
        """Tell whether the satisfaction rests on few answers."""
        return is_small(result.valid_for_satisfaction, self.context["small_sample"])

    @extend_schema_field(serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True))
    def get_response(self, result: EvaluationResult) -> str | None:
        """Answers in percent of the invited, cut off."""
        found = percent(result.answers, result.invited)
        return None if found is None else str(found)


class EvaluationSerializer(serializers.ModelSerializer[EvaluationPlan]):
    """An evaluation with the versions of its result that the caller may see, newest first."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    implementer_name = serializers.CharField(source="implementer.name", read_only=True, default=None)
    weights = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    grade_cuts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    results = serializers.SerializerMethodField()

    class Meta:
        model = EvaluationPlan
        fields = (
            "id",
            "title",
            "subject_kind",
            "subject_name",
            "venue",
            "division",
            "division_name",
            "implementer",
            "implementer_name",
            "body",
            "template",
            "period_from",
            "period_to",
            "weights",
            "minimum_answers",
            "grade_cuts",
            "opens_on",
            "closes_on",
            "notice",
            "status",
            "planned_at",
            "closed_at",
            "publicised_at",
            "final_at",
            "pushed_at",
            "results",
        )
        read_only_fields = fields

    @cached_property
    def small_samples(self) -> list[tuple[str, int]]:
        """Below how many answers a sample is small, by place; one query for all rows of an answer."""
        return by_place(SMALL_SAMPLE, clock.today())

    @extend_schema_field(ResultSerializer(many=True))
    def get_results(self, plan: EvaluationPlan) -> Any:
        """Return what has left the gate for this caller."""
        limit = next(given for path, given in self.small_samples if plan.division.path.startswith(path))
        shown = shown_results(plan, self.context["request"].user)
        return ResultSerializer(shown, many=True, context={"small_sample": limit}).data


@moves_of(EVALUATION)
class EvaluationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[EvaluationPlan]):
    """Evaluations: publicised ones for everybody, others for the staff of the place and who is invited."""

    queryset = EvaluationPlan.objects.all()
    serializer_class = EvaluationSerializer
    filterset_class = EvaluationFilter
    tells_once: ClassVar[frozenset[str]] = frozenset({"invite"})
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "calculation": None,
        "collection": "projects.view_evaluation_file",
        "create": "projects.manage_evaluation",
        "grid_round": "projects.manage_evaluation",
        "invite": "projects.manage_evaluation",
        "enter_paper": "projects.enter_evaluation_answers",
        "hand_in_record": "projects.enter_evaluation_answers",
        "extend": "projects.manage_evaluation",
        "third_party": "projects.manage_evaluation",
        "leave_out": "projects.review_evaluation",
        "reviews": None,
        "gate": None,
        "answer": None,
    }

    def get_queryset(self) -> QuerySet[EvaluationPlan]:
        """Rows that the caller may see."""
        return EvaluationPlan.objects.visible_to(self.request.user).for_detail().order_by("-pk")

    @extend_schema(request=EvaluationEntrySerializer, responses={201: EvaluationSerializer})
    def create(self, request: Request) -> Response:
        """Plan an evaluation."""
        body = EvaluationEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.plan_evaluation(
            by=acting_user(request), now=clock.now(), today=clock.today(), **body.validated_data
        )
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=None, responses=GateSerializer)
    @action(detail=True, methods=["get"])
    def gate(self, request: Request, pk: str | None = None) -> Response:
        """Tell until when its result keeps the organization from grants and purchases in the place."""
        del request, pk
        found = gate_of(self.get_object(), clock.today())
        told = {"is_closed": found is not None, "free_on": found.free_on if found else None}
        return Response(GateSerializer({**told, "reason": found.said if found else ""}).data)

    @extend_schema(request=GridRoundSerializer, responses={201: EvaluationSerializer(many=True)})
    @action(detail=False, methods=["post"], url_path="grid-rounds", filterset_class=None, pagination_class=None)
    def grid_round(self, request: Request) -> Response:
        """Plan an evaluation for each grid worker of a place who has none that touches the period."""
        body = GridRoundSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = plan_grid_round(by=acting_user(request), now=clock.now(), today=clock.today(), **body.validated_data)
        rows = self.get_queryset().filter(pk__in=[plan.pk for plan in made])
        return Response(self.get_serializer(rows, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=EvaluationSerializer)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str | None = None) -> Response:
        """Open the collection on its first day: PLANNED to COLLECTING."""
        del pk
        return self.shown(operations.open_evaluation(by=acting_user(request), now=clock.now(), plan=self.get_object()))

    @extend_schema(request=ReviewSerializer, responses=EvaluationSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the result: COMPUTED to REVIEWED."""
        del pk
        plan = self.get_object()
        body = ReviewSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.review_result(by=acting_user(request), now=clock.now(), plan=plan, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=EvaluationSerializer)
    @action(detail=True, methods=["post"])
    def publicise(self, request: Request, pk: str | None = None) -> Response:
        """Post the result as a public notice: REVIEWED to PUBLICISED."""
        del pk
        row = operations.publicise_result(
            by=acting_user(request), now=clock.now(), today=clock.today(), plan=self.get_object()
        )
        return self.shown(row)

    @extend_schema(responses=CollectionSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def collection(self, request: Request, pk: str | None = None) -> Response:
        """Tell those who handle it how far the collection is: who was asked, who has answered, what is lacking."""
        del request, pk
        return Response(CollectionSerializer(collection_of(self.get_object())).data)

    @extend_schema(request=InviteSerializer, responses={201: InvitationSerializer(many=True)})
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def invite(self, request: Request, pk: str | None = None) -> Response:
        """Invite persons, or residents by slips; the tokens are told this once."""
        del pk
        plan = self.get_object()
        body = InviteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        invited = operations.invite(by=acting_user(request), now=clock.now(), plan=plan, **body.validated_data)
        for task, token in invited:
            task.token = token  # type: ignore[attr-defined]  # shown once, never stored
        shown = InvitationSerializer([task for task, _token in invited], many=True)
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=EvaluationSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Send a confirmed result back to its review, with the reason: REVIEWED to COMPUTED."""
        del pk
        plan = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.send_result_back(by=acting_user(request), now=clock.now(), plan=plan, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=ExtensionSerializer, responses=EvaluationSerializer)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str | None = None) -> Response:
        """Prolong the collection, before its last day is over."""
        del pk
        plan = self.get_object()
        body = ExtensionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.extend_collection(
            by=acting_user(request), now=clock.now(), today=clock.today(), plan=plan, **body.validated_data
        )
        return self.shown(row)

    @extend_schema(responses=ReviewStepSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def reviews(self, request: Request, pk: str | None = None) -> Response:
        """Return how the result was reviewed, oldest first: what, when, at which version, in which office."""
        del pk
        return Response(ReviewStepSerializer(review_steps(self.get_object(), request.user), many=True).data)

    @extend_schema(request=ExclusionSerializer, responses={201: EvaluationSerializer})
    @action(detail=True, methods=["post"], url_path="left-out-answers")
    def leave_out(self, request: Request, pk: str | None = None) -> Response:
        """Leave an answer out while the result is under review, and compute a new version."""
        del pk
        plan = self.get_object()
        body = ExclusionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        operations.exclude_answer(
            by=acting_user(request), now=clock.now(), answer=answer_of(plan, given["number"]), reason=given["reason"]
        )
        answer = self.shown(plan)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=EngagementSerializer, responses={201: EngagementSerializer})
    @action(detail=True, methods=["post"], url_path="third-party")
    def third_party(self, request: Request, pk: str | None = None) -> Response:
        """Record who judges as the professional third party, for which fee, and who pays."""
        del pk
        plan = self.get_object()
        body = EngagementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = engage_third_party(by=acting_user(request), now=clock.now(), plan=plan, **body.validated_data)
        return Response(EngagementSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request={"application/json": SlipRecordSerializer, "multipart/form-data": SlipRecordSerializer},
        responses={201: TakenSerializer},
    )
    @action(detail=True, methods=["post"], url_path="records", parser_classes=[Json, MultiPartParser])
    def hand_in_record(self, request: Request, pk: str | None = None) -> Response:
        """Hand in the record of an interview or a meeting that came on paper, with its scan."""
        del pk
        plan = self.get_object()
        body = SlipRecordSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        answer = answer_of(plan, given.pop("number"))
        hand_in_record(by=acting_user(request), now=clock.now(), answer=answer, **record_of(given))
        return Response({"taken": True}, status=status.HTTP_201_CREATED)

    @extend_schema(request=PaperSerializer, responses={201: EnteredSerializer})
    @action(detail=True, methods=["post"], url_path="paper-answers")
    def enter_paper(self, request: Request, pk: str | None = None) -> Response:
        """Enter an answer that came on paper; it counts when a second person has entered the same marks."""
        del pk
        plan = self.get_object()
        body = PaperSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        entered = enter_paper_answer(by=acting_user(request), now=clock.now(), plan=plan, **body.validated_data)
        waits = entered.answer is None
        return Response({"taken": not waits, "waits_for_second_person": waits}, status=status.HTTP_201_CREATED)

    @extend_schema(request=SlipAnswerSerializer, responses={201: TakenSerializer})
    @action(detail=False, methods=["post"], url_path="answers")
    def answer(self, request: Request) -> Response:
        """Answer by the token of a slip, once; who is signed in answers under their own name if invited so."""
        body = SlipAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = request.user if isinstance(request.user, User) else None
        operations.answer(now=clock.now(), by=by, **body.validated_data)
        return Response({"taken": True}, status=status.HTTP_201_CREATED)

    @extend_schema(responses=CalculationSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def calculation(self, request: Request, pk: str | None = None) -> Response:
        """Return every visible version with its whole calculation."""
        del pk
        plan, today = self.get_object(), clock.today()
        return Response(
            [
                {
                    "version": result.version,
                    "digest": result.digest,
                    "details": shown_details(plan, result, request.user, today),
                }
                for result in shown_results(plan, request.user)
            ]
        )


class MessageSerializer(serializers.ModelSerializer[PushMessage]):
    """A result pushed to one of those concerned."""

    evaluation = serializers.IntegerField(source="result.plan_id", read_only=True)
    title = serializers.CharField(source="result.plan.title", read_only=True)
    score = serializers.DecimalField(
        source="result.score", max_digits=5, decimal_places=2, read_only=True, allow_null=True
    )
    grade = serializers.CharField(source="result.grade", read_only=True)
    version = serializers.IntegerField(source="result.version", read_only=True)

    class Meta:
        model = PushMessage
        fields = (
            "id",
            "evaluation",
            "title",
            "version",
            "score",
            "grade",
            "recipient",
            "organization",
            "body",
            "division",
            "sent_at",
            "reminders",
            "reminded_at",
            "read_at",
        )
        read_only_fields = fields


class MessageViewSet(Idempotent, ReadOnlyModelViewSet[PushMessage]):
    """Results pushed to organizations, streets and the registrar."""

    queryset = PushMessage.objects.all()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_message",
        "retrieve": "projects.view_message",
        "confirm": "projects.read_message",
    }

    def get_queryset(self) -> QuerySet[PushMessage]:
        """Rows that the caller may see."""
        return PushMessage.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the receipt, once."""
        del pk
        row = operations.read_message(by=acting_user(request), now=clock.now(), message=self.get_object())
        return Response(MessageSerializer(self.get_queryset().get(pk=row.pk)).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("evaluations", EvaluationViewSet),
    ("evaluation-templates", TemplateViewSet),
    ("evaluation-invitations", InvitationViewSet),
    ("evaluator-ties", TieViewSet),
    ("open-accounts", OpenAccountViewSet),
    ("pushed-results", MessageViewSet),
]
