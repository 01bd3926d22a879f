"""The matters room in the API: everybody reads summaries, the person and the staff of the place the whole file."""

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

from communities.territory.models import Division
from consultation.matters import operations
from consultation.matters.filters import MatterFilter
from consultation.matters.handling import calling, dispatching, petitions, sorting, telling, timing
from consultation.matters.handling.api import (
    ContestEntrySerializer,
    DispatchSerializer,
    HandOutSerializer,
    TellSerializer,
    TimeEntrySerializer,
    WhySerializer,
)
from consultation.matters.intake.api import INTAKE_PERMISSIONS, IntakeActions, OriginFields, take_in
from consultation.matters.lifecycle import MATTER
from consultation.matters.models import (
    Matter,
    MatterChannel,
    MatterKind,
    Outcome,
    RefusalGround,
    Route,
    ThreeWay,
    Urgency,
)
from consultation.matters.policy import (
    LONGEST_CONTACT,
    LONGEST_DEPARTMENT,
    LONGEST_NAME,
    LONGEST_PLACE,
    LONGEST_REFERENCE,
    LONGEST_SUMMARY,
    LONGEST_TEXT,
    LONGEST_TITLE,
)
from governance import lifecycle
from governance.accounts.clients import Json
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock

FILE_FIELDS = (
    "title",
    "text",
    "place",
    "raised_for",
    "external_reference",
    "photos",
    "sort_reason",
    "reply",
    "is_solved",
    "satisfaction",
    "close_reason",
)
"""What only the person and those who handle the matter read; null for everybody else."""


class MatterSerializer(serializers.ModelSerializer[Matter]):
    """A matter: its summary for everybody; what was said, for the person and those who handle it, otherwise null."""

    photos = serializers.SerializerMethodField()

    class Meta:
        model = Matter
        fields: ClassVar = [
            "id",
            "number",
            "division",
            "status",
            "channel",
            "summary",
            "kind",
            "urgency",
            "three_way",
            "route",
            "reference_code",
            "reference_text",
            "transferred_to",
            "raised_at",
            "due_on",
            "due_at",
            "is_due_provisional",
            "paused_at",
            "overdue_at",
            "escalation",
            "sorted_at",
            "taken_up_at",
            "transferred_at",
            "answered_at",
            "closed_at",
            "reopened_at",
            "outcome",
            "refusal_ground",
            *FILE_FIELDS,
        ]
        read_only_fields: ClassVar = fields
        extra_kwargs: ClassVar = {name: {"allow_null": True} for name in FILE_FIELDS if name != "photos"}

    def get_photos(self, row: Matter) -> list[str]:
        """Return where the photos are fetched, with the same sign-in as the matter."""
        return [f"/api/v1/matters/{row.pk}/photos/{file.pk}" for file in row.photos.all()]

    def to_representation(self, instance: Matter) -> dict[str, Any]:
        """Leave the file out for those who may not read it."""
        shown = super().to_representation(instance)
        if not self.context["request"].user.has_perm("consultation.view_matter_file", instance):
            shown.update(dict.fromkeys(FILE_FIELDS), photos=[])
        elif instance.is_tip and not self.context["request"].user.has_perm("consultation.view_tipster", instance):
            shown.update(raised_for=None, external_reference=None)
        return shown


class NewMatterSerializer(OriginFields):
    """A matter to raise: one's own, or as staff or partner system for somebody (`raised_for`).

    With photos as multipart/form-data.
    """

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    title = serializers.CharField(max_length=LONGEST_TITLE)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    place = serializers.CharField(max_length=LONGEST_PLACE, required=False, allow_blank=True, default="")
    channel = serializers.ChoiceField(
        choices=MatterChannel.choices,
        required=False,
        help_text="How staff received it; a resident's own matters and those of partner systems need none.",
    )
    raised_for = serializers.CharField(max_length=LONGEST_NAME, required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=MatterKind.choices, required=False, default=MatterKind.NEED)
    contact = serializers.CharField(
        max_length=LONGEST_CONTACT, required=False, allow_blank=True, default="", write_only=True
    )
    is_anonymous = serializers.BooleanField(default=True)
    external_reference = serializers.CharField(
        max_length=LONGEST_REFERENCE, required=False, allow_blank=True, default=""
    )
    photos = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, default=list)


class SortSerializer(serializers.Serializer[Any]):
    """Whose affair the matter is, where it goes, why, and what the public reads of it."""

    three_way = serializers.ChoiceField(choices=ThreeWay.choices)
    route = serializers.ChoiceField(choices=Route.choices)
    reason = serializers.CharField()
    summary = serializers.CharField(max_length=LONGEST_SUMMARY, required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=MatterKind.choices, required=False, allow_blank=True, default="")
    urgency = serializers.ChoiceField(choices=Urgency.choices, required=False, allow_blank=True, default="")


class RefuseSerializer(serializers.Serializer[Any]):
    """The ground on which a matter is turned down, and the reason."""

    ground = serializers.ChoiceField(choices=RefusalGround.choices)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class DepartmentSerializer(serializers.Serializer[Any]):
    """The department that takes the matter over."""

    department = serializers.CharField(max_length=LONGEST_DEPARTMENT)


class ReplySerializer(serializers.Serializer[Any]):
    """The answer to the person."""

    reply = serializers.CharField(max_length=LONGEST_TEXT)
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False, default=Outcome.EXPLAINED)


class CloseSerializer(serializers.Serializer[Any]):
    """Whether the answer solved the matter; who is not content says why."""

    is_solved = serializers.BooleanField()
    satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


@moves_of(MATTER)
class MatterViewSet(IntakeActions, Idempotent, Moves, ReadOnlyModelViewSet[Matter]):
    """Matters (诉求) from being raised to being closed."""

    serializer_class = MatterSerializer
    filterset_class = MatterFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.raise_matter",
        **INTAKE_PERMISSIONS,
        "contest": "consultation.contest_sorting",
        "dispatch_to": "consultation.dispatch_matter",
        "ask_time": "consultation.ask_time",
        "tell": "consultation.tell_how_it_stands",
        "hand_out": "consultation.hand_out_result",
    }
    parser_classes = (Json, MultiPartParser, FormParser)

    def get_queryset(self) -> QuerySet[Matter]:
        """What the client may see."""
        return Matter.objects.visible_to(self.request.user).for_list().prefetch_related("photos")

    @extend_schema(request=NewMatterSerializer, responses={201: MatterSerializer, 200: MatterSerializer})
    def create(self, request: Request) -> Response:
        """Raise a matter; a partner's case with the same reference and content is answered with the first one (200)."""
        body = NewMatterSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        row, is_new = take_in(acting_user(request), data)
        answer = self.shown(row)
        answer.status_code = 201 if is_new else 200
        return answer

    @extend_schema(request=SortSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def sort(self, request: Request, pk: str | None = None) -> Response:
        """Sort: RAISED to SORTED, with reason and clock."""
        del pk
        return self._run(request, "sort", SortSerializer, operations.sort_matter, today=clock.today())

    @extend_schema(request=RefuseSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Do not accept: RAISED to REFUSED; the person reads the reason."""
        del pk
        return self._run(request, "refuse", RefuseSerializer, operations.refuse_matter)

    @extend_schema(request=DepartmentSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, pk: str | None = None) -> Response:
        """Transfer a big matter to a department: SORTED to TRANSFERRED."""
        del pk
        return self._run(request, "transfer", DepartmentSerializer, operations.transfer_matter)

    @extend_schema(request=ReplySerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Answer the person: SORTED, TAKEN_UP, TRANSFERRED to ANSWERED."""
        del pk
        return self._run(request, "answer", ReplySerializer, operations.answer_matter)

    @extend_schema(request=CloseSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close with a rating: ANSWERED to CLOSED."""
        del pk
        return self._run(request, "close", CloseSerializer, operations.close_matter)

    @extend_schema(request=WhySerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def mark_petition(self, request: Request, pk: str | None = None) -> Response:
        """Handle as a petition: to PETITION; the clock of the hotline stops."""
        del pk
        return self._run(request, "mark_petition", WhySerializer, petitions.mark_petition)

    @extend_schema(request=WhySerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str | None = None) -> Response:
        """Reopen what is not fixed: CLOSED to SORTED, with a new clock."""
        del pk
        return self._run(request, "reopen", WhySerializer, calling.reopen_matter)

    @extend_schema(request=ContestEntrySerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def contest(self, request: Request, pk: str | None = None) -> Response:
        """Contest the sorting, once; the street decides."""
        del pk
        return self._run(request, "contest", ContestEntrySerializer, sorting.contest_sorting)

    @extend_schema(request=DispatchSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def dispatch_to(self, request: Request, pk: str | None = None) -> Response:
        """Hand the matter to an office; a work order is made."""
        del pk
        return self._run(request, "dispatch_to", DispatchSerializer, dispatching.assign_matter)

    @extend_schema(request=TimeEntrySerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def ask_time(self, request: Request, pk: str | None = None) -> Response:
        """Ask for a rest of the clock, or for a later day."""
        del pk
        return self._run(request, "ask_time", TimeEntrySerializer, timing.ask_for_time)

    @extend_schema(request=TellSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def tell(self, request: Request, pk: str | None = None) -> Response:
        """Tell the person how the matter stands."""
        del pk
        return self._run(request, "tell", TellSerializer, telling.tell_how_it_stands)

    @extend_schema(request=HandOutSerializer, responses=MatterSerializer)
    @action(detail=True, methods=["post"])
    def hand_out(self, request: Request, pk: str | None = None) -> Response:
        """Record that the result was handed out at the counter."""
        del pk
        return self._run(request, "hand_out", HandOutSerializer, telling.hand_out_result)

    def _run(
        self, request: Request, name: str, shape: type[serializers.Serializer[Any]], operation: Any, **more: Any
    ) -> Response:
        """Ask whether the person may make the move, then read its body and call its operation."""
        by, row = acting_user(request), self.get_object()
        if name in MATTER.by_name and not lifecycle.may(row, MATTER.by_name[name], by):
            raise lifecycle.MoveForbidden(move=MATTER.by_name[name].label)
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        operation(by=by, now=clock.now(), matter=row, **more, **body.validated_data)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("matters", MatterViewSet)]
