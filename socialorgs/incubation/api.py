"""Incubation in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.incubation import operations
from socialorgs.incubation.filters import IncubatorFilter, StayFilter
from socialorgs.incubation.lifecycle import STAY
from socialorgs.incubation.models import (
    ApplicantKind,
    CapacityItem,
    IncubationStay,
    Incubator,
    IncubatorPlace,
    ReviewVerdict,
)
from socialorgs.incubation.operations import Exit, Wish
from socialorgs.incubation.operators.queries import results_of
from socialorgs.incubation.policy import LONGEST_TEXT
from socialorgs.incubation.queries import board_of
from socialorgs.register.models import SocialOrganization


class IncubatorSerializer(serializers.ModelSerializer[Incubator]):
    """An incubator with its places and how many are taken."""

    open_places = serializers.SerializerMethodField()
    taken_places = serializers.SerializerMethodField()

    class Meta:
        model = Incubator
        fields = (
            "id",
            "name",
            "tier",
            "parent",
            "division",
            "operator",
            "contract_number",
            "floor_area",
            "services",
            "opened_on",
            "closed_on",
            "open_places",
            "taken_places",
        )
        read_only_fields = fields

    def get_open_places(self, row: Any) -> int:
        """Places that can be given."""
        return row.open_places or 0

    def get_taken_places(self, row: Any) -> int:
        """Places in which somebody is."""
        return row.taken_places or 0


class OnBoardSerializer(serializers.Serializer[Any]):
    """One body on the board."""

    name = serializers.CharField()
    kind = serializers.CharField()
    place = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    days = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    is_late = serializers.BooleanField()


class ShellSerializer(serializers.Serializer[Any]):
    """One shell with who is in it, longest first."""

    key = serializers.CharField()
    title = serializers.CharField()
    rows = OnBoardSerializer(many=True)


class StaySerializer(serializers.ModelSerializer[IncubationStay]):
    """A stay, for those concerned."""

    since = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = IncubationStay
        fields = (
            "id",
            "incubator",
            "kind",
            "name",
            "organization",
            "idea",
            "status",
            "since",
            "applied_at",
            "entry_score",
            "place",
            "admitted_on",
            "due_on",
            "longest_months",
            "extensions",
            "exit_score",
            "projects_done",
            "has_finances",
            "has_party_work",
            "ended_at",
            "remark",
        )
        read_only_fields = fields


class WishSerializer(serializers.Serializer[Any]):
    """An application for a stay."""

    incubator = serializers.PrimaryKeyRelatedField(queryset=Incubator.objects.all())
    kind = serializers.ChoiceField(choices=ApplicantKind.choices)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    idea = serializers.CharField(max_length=LONGEST_TEXT)


class PointsSerializer(serializers.Serializer[Any]):
    """Points by criterion."""

    points = serializers.DictField(child=serializers.IntegerField(min_value=0))


class AdmitSerializer(serializers.Serializer[Any]):
    """The place that is given."""

    place = serializers.PrimaryKeyRelatedField(queryset=IncubatorPlace.objects.all())


class ExitSerializer(PointsSerializer):
    """What was found when a body is to leave."""

    projects_done = serializers.IntegerField(min_value=0, max_value=999)
    has_finances = serializers.BooleanField()
    has_party_work = serializers.BooleanField()


class GraduateSerializer(serializers.Serializer[Any]):
    """The organization that a group or founder has become."""

    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )


class ExtendSerializer(serializers.Serializer[Any]):
    """A later end, and why."""

    due_on = serializers.DateField()
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class ContractResultSerializer(serializers.Serializer[Any]):
    """What came of one contract with who runs the incubator, in its time."""

    contract = serializers.IntegerField(source="contract.pk")
    number = serializers.CharField(source="contract.number")
    admitted_goal = serializers.IntegerField(source="contract.admitted_goal")
    admitted = serializers.IntegerField()
    graduated_goal = serializers.IntegerField(source="contract.graduated_goal")
    graduated = serializers.IntegerField()
    removed = serializers.IntegerField()
    reviews = serializers.IntegerField()
    is_running = serializers.BooleanField()


class PlanItemSerializer(serializers.Serializer[Any]):
    """One thing to be learned or set up, and by when."""

    title = serializers.CharField(max_length=200)
    due_on = serializers.DateField()


class PlanItemDoneSerializer(serializers.Serializer[Any]):
    """An item of the plan that is done, and what shows it."""

    item = serializers.PrimaryKeyRelatedField(queryset=CapacityItem.objects.all())
    evidence = serializers.CharField(max_length=LONGEST_TEXT)


class StayReviewEntrySerializer(serializers.Serializer[Any]):
    """How a stay goes."""

    held_on = serializers.DateField()
    verdict = serializers.ChoiceField(choices=ReviewVerdict.choices)
    findings = serializers.CharField(max_length=LONGEST_TEXT)


class IncubatorViewSet(ReadOnlyModelViewSet[Incubator]):
    """Incubators; public, with their boards and what came of the contracts with those who run them."""

    queryset = Incubator.objects.all()
    serializer_class = IncubatorSerializer
    filterset_class = IncubatorFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "board": None,
        "results": None,
    }

    def get_queryset(self) -> QuerySet[Incubator]:
        """Rows that the caller may see."""
        return Incubator.objects.visible_to(self.request.user).for_list()

    @extend_schema(responses=ShellSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def board(self, request: Request, pk: str | None = None) -> Response:
        """Tell who is in which shell, and since when."""
        del pk
        shells = board_of(self.get_object(), request.user, clock.now(), clock.today())
        return Response(ShellSerializer(shells, many=True).data)

    @extend_schema(responses=ContractResultSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def results(self, request: Request, pk: str | None = None) -> Response:
        """Tell what came of each contract with who runs it, beside its goals."""
        del request, pk
        return Response(ContractResultSerializer(results_of(self.get_object(), clock.today()), many=True).data)


@moves_of(STAY)
class StayViewSet(Idempotent, Moves, ReadOnlyModelViewSet[IncubationStay]):
    """Stays in incubators, for those concerned."""

    queryset = IncubationStay.objects.all()
    serializer_class = StaySerializer
    filterset_class = StayFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_stay",
        "retrieve": "socialorgs.view_stay",
        "create": "socialorgs.apply_for_incubation",
        "plan": "socialorgs.operate_incubation",
        "finish_item": "socialorgs.operate_incubation",
        "review": "socialorgs.operate_incubation",
    }

    def get_queryset(self) -> QuerySet[IncubationStay]:
        """Rows that the caller may see."""
        return IncubationStay.objects.visible_to(self.request.user).for_list()

    def _said(
        self, request: Request, shape: type[serializers.Serializer[Any]]
    ) -> tuple[IncubationStay, dict[str, Any]]:
        """Return the row and what the body says; the right to the move is asked first."""
        row = self.get_object()
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        return row, dict(body.validated_data)

    @extend_schema(request=WishSerializer, responses={201: StaySerializer})
    def create(self, request: Request) -> Response:
        """Apply for a stay."""
        body = WishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        row = operations.apply_for_stay(
            by=acting_user(request), now=clock.now(), incubator=said.pop("incubator"), wish=Wish(**said)
        )
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PointsSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str | None = None) -> Response:
        """Score the application and propose it: APPLIED to PROPOSED."""
        del pk
        row, said = self._said(request, PointsSerializer)
        return self.shown(operations.propose_stay(by=acting_user(request), now=clock.now(), stay=row, **said))

    @extend_schema(request=AdmitSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def admit(self, request: Request, pk: str | None = None) -> Response:
        """Admit into the shell: PROPOSED to ENTERING."""
        del pk
        row, said = self._said(request, AdmitSerializer)
        return self.shown(operations.admit_stay(by=acting_user(request), now=clock.now(), stay=row, **said))

    @extend_schema(request=PlanItemSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str | None = None) -> Response:
        """Plan one thing that the body is to learn or set up."""
        del pk
        row, said = self._said(request, PlanItemSerializer)
        operations.plan_item(by=acting_user(request), now=clock.now(), stay=row, **said)
        return self.shown(row)

    @extend_schema(request=PlanItemDoneSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"], url_path="finish-item")
    def finish_item(self, request: Request, pk: str | None = None) -> Response:
        """Enter that an item of the plan is done."""
        del pk
        row, said = self._said(request, PlanItemDoneSerializer)
        if said["item"].stay_id != row.pk:
            raise Http404
        operations.finish_item(by=acting_user(request), now=clock.now(), **said)
        return self.shown(row)

    @extend_schema(request=StayReviewEntrySerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str | None = None) -> Response:
        """Enter how the stay goes."""
        del pk
        row, said = self._said(request, StayReviewEntrySerializer)
        operations.review_stay(by=acting_user(request), now=clock.now(), stay=row, **said)
        return self.shown(row)

    @extend_schema(request=ExitSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def begin_exit(self, request: Request, pk: str | None = None) -> Response:
        """Score for leaving: NURTURING to EXITING."""
        del pk
        row, said = self._said(request, ExitSerializer)
        found = Exit(**said)
        return self.shown(operations.begin_exit(by=acting_user(request), now=clock.now(), stay=row, found=found))

    @extend_schema(request=GraduateSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def graduate(self, request: Request, pk: str | None = None) -> Response:
        """Let the body leave with success: EXITING to GRADUATED."""
        del pk
        row, said = self._said(request, GraduateSerializer)
        return self.shown(operations.graduate_stay(by=acting_user(request), now=clock.now(), stay=row, **said))

    @extend_schema(request=ExtendSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str | None = None) -> Response:
        """Extend the stay: EXITING to NURTURING."""
        del pk
        row, said = self._said(request, ExtendSerializer)
        return self.shown(operations.extend_stay(by=acting_user(request), now=clock.now(), stay=row, **said))

    @extend_schema(request=MoveSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str | None = None) -> Response:
        """Remove the body from the incubator."""
        del pk
        return self._ended(request, "remove")

    @extend_schema(request=MoveSerializer, responses=StaySerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the application."""
        del pk
        return self._ended(request, "refuse")

    def _ended(self, request: Request, move: str) -> Response:
        row, said = self._said(request, MoveSerializer)
        by = acting_user(request)
        return self.shown(operations.end_stay(by=by, now=clock.now(), stay=row, move=move, reason=said["reason"]))


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("incubators", IncubatorViewSet),
    ("incubation-stays", StayViewSet),
]
