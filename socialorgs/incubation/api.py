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

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import IF_MATCH, Idempotent, Moves, MoveSerializer, Tagged, moves_of, version_asked
from governance.calendar import clock
from socialorgs.incubation import operations, sites
from socialorgs.incubation.filters import IncubatorFilter, PlaceFilter, StayFilter
from socialorgs.incubation.lifecycle import STAY
from socialorgs.incubation.models import (
    ApplicantKind,
    CapacityItem,
    IncubationStay,
    Incubator,
    IncubatorPlace,
    IncubatorTier,
    ReviewVerdict,
    StayReview,
    StayScore,
)
from socialorgs.incubation.operations import Exit, Wish
from socialorgs.incubation.operators.queries import results_of
from socialorgs.incubation.policy import LONGEST_TEXT
from socialorgs.incubation.promoting import file_stay
from socialorgs.incubation.queries import board_of
from socialorgs.incubation.sites import Site
from socialorgs.register.filing.api import DescribedSerializer
from socialorgs.register.filing.operations import Described
from socialorgs.register.models import SocialOrganization

MOST_IN_FILE = 200


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
            "entering",
            "nurturing",
            "exiting",
            "graduated",
            "admitted",
        )
        read_only_fields = fields

    entering = serializers.IntegerField(read_only=True, allow_null=True)
    nurturing = serializers.IntegerField(read_only=True, allow_null=True)
    exiting = serializers.IntegerField(read_only=True, allow_null=True)
    graduated = serializers.IntegerField(read_only=True, allow_null=True)
    admitted = serializers.IntegerField(read_only=True, allow_null=True)

    def get_open_places(self, row: Any) -> int:
        """Places that can be given."""
        return row.open_places or 0

    def get_taken_places(self, row: Any) -> int:
        """Places in which somebody is."""
        return row.taken_places or 0


class SiteFactsSerializer(serializers.Serializer[Any]):
    """What may be changed of an incubator; its place and its tier stay."""

    name = serializers.CharField(max_length=120)
    services = serializers.CharField(max_length=LONGEST_TEXT)
    opened_on = serializers.DateField()
    parent: Any = serializers.PrimaryKeyRelatedField(
        queryset=Incubator.objects.select_related("division"), required=False, allow_null=True, default=None
    )
    operator = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    contract_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    floor_area = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True, default=None
    )


class SiteSerializer(SiteFactsSerializer):
    """An incubator that is entered: the core of a district, or a site of a street or community."""

    tier = serializers.ChoiceField(choices=IncubatorTier.choices)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())


class IncubatorPlaceSerializer(serializers.ModelSerializer[IncubatorPlace]):
    """A room or desk, and whether somebody is in it."""

    is_taken = serializers.BooleanField(read_only=True)

    class Meta:
        model = IncubatorPlace
        fields = ("id", "incubator", "label", "is_open", "is_taken")
        read_only_fields = fields


class PlaceLabel(serializers.Serializer[Any]):
    """What stands on the door of a room or on a desk."""

    label: Any = serializers.CharField(max_length=60)


class PlaceFactsSerializer(PlaceLabel):
    """The label of a room or desk, and whether it can be given."""

    is_open = serializers.BooleanField()


class PlaceEntrySerializer(PlaceLabel):
    """A room or desk of an incubator."""

    incubator = serializers.PrimaryKeyRelatedField(queryset=Incubator.objects.select_related("division"))


class DueSerializer(serializers.Serializer[Any]):
    """What comes next in a stay, who does it, and by when."""

    step = serializers.CharField()
    who = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    day = serializers.DateField(allow_null=True)
    is_late = serializers.BooleanField()


class OnBoardSerializer(serializers.Serializer[Any]):
    """One body on the board."""

    name = serializers.CharField()
    kind = serializers.CharField()
    place = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    days = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    is_late = serializers.BooleanField()
    next = DueSerializer(allow_null=True)


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
            "filing",
            "idea",
            "status",
            "since",
            "applied_at",
            "entry_score",
            "place",
            "admitted_on",
            "due_on",
            "longest_months",
            "review_due_on",
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


class StayScoreSerializer(serializers.ModelSerializer[StayScore]):
    """The points of one criterion."""

    class Meta:
        model = StayScore
        fields = ("phase", "round", "criterion", "points", "most")
        read_only_fields = fields


class CapacityItemSerializer(serializers.ModelSerializer[CapacityItem]):
    """One item of the capacity plan."""

    class Meta:
        model = CapacityItem
        fields = ("id", "title", "due_on", "done_on", "evidence")
        read_only_fields = fields


class StayReviewSerializer(serializers.ModelSerializer[StayReview]):
    """A review of a stay."""

    class Meta:
        model = StayReview
        fields = ("id", "held_on", "verdict", "findings", "reviewed_at")
        read_only_fields = fields


class StayFileSerializer(serializers.Serializer[Any]):
    """The file of a stay: scores, plan and reviews, each at most two hundred."""

    scores = StayScoreSerializer(many=True)
    plan = CapacityItemSerializer(many=True)
    reviews = StayReviewSerializer(many=True)


class IncubatorViewSet(Tagged, Idempotent, ReadOnlyModelViewSet[Incubator]):
    """Incubators; public, with their boards and what came of the contracts with those who run them."""

    queryset = Incubator.objects.all()
    serializer_class = IncubatorSerializer
    filterset_class = IncubatorFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "board": None,
        "results": None,
        "create": "socialorgs.manage_incubator",
        "partial_update": "socialorgs.manage_incubator",
        "close": "socialorgs.manage_incubator",
    }

    def get_queryset(self) -> QuerySet[Incubator]:
        """Rows that the caller may see."""
        return Incubator.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=SiteSerializer, responses={201: IncubatorSerializer})
    def create(self, request: Request) -> Response:
        """Enter an incubator: the core of a district, or a site of a street or community below it."""
        body = SiteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = sites.open_incubator(by=acting_user(request), now=clock.now(), site=Site(**body.validated_data))
        return self.tagged(row, status.HTTP_201_CREATED)

    @extend_schema(request=SiteFactsSerializer, responses=IncubatorSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change what is known of an incubator; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = SiteFactsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        site = Site.of(row, **body.validated_data)
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "version": version}
        return self.tagged(sites.edit_incubator(incubator=row, site=site, **told))

    @extend_schema(request=MoveSerializer, responses=IncubatorSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close an incubator in which nobody is or waits, with the reason."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, reason = acting_user(request), body.validated_data["reason"]
        return self.tagged(sites.close_incubator(by=by, now=clock.now(), incubator=row, reason=reason))

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


class IncubatorPlaceViewSet(Tagged, Idempotent, ReadOnlyModelViewSet[IncubatorPlace]):
    """Rooms and desks of incubators; public."""

    queryset = IncubatorPlace.objects.all()
    serializer_class = IncubatorPlaceSerializer
    filterset_class = PlaceFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.manage_incubator",
        "partial_update": "socialorgs.manage_incubator",
    }

    def get_queryset(self) -> QuerySet[IncubatorPlace]:
        """All of them, by incubator and label."""
        return IncubatorPlace.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=PlaceEntrySerializer, responses={201: IncubatorPlaceSerializer})
    def create(self, request: Request) -> Response:
        """Add a room or desk that can be given."""
        body = PlaceEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = sites.add_place(by=acting_user(request), now=clock.now(), **body.validated_data)
        return self.tagged(row, status.HTTP_201_CREATED)

    @extend_schema(request=PlaceFactsSerializer, responses=IncubatorPlaceSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change the label, take it out of use or back; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = PlaceFactsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        said = {"label": row.label, "is_open": row.is_open, **body.validated_data}
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "version": version}
        return self.tagged(sites.edit_place(place=row, **said, **told))


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
        "file": "socialorgs.view_stay",
        "filing": "socialorgs.apply_for_incubation",
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

    @extend_schema(responses=StayFileSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def file(self, request: Request, pk: str | None = None) -> Response:
        """Show scores, plan and reviews of a stay; the items of the plan with the keys by which they are entered as done."""
        del request, pk
        row = self.get_object()
        found = {
            "scores": row.scores.order_by("phase", "round", "pk")[:MOST_IN_FILE],
            "plan": row.plan_items.order_by("due_on", "pk")[:MOST_IN_FILE],
            "reviews": row.reviews.order_by("-held_on")[:MOST_IN_FILE],
        }
        return Response(StayFileSerializer(found).data)

    @extend_schema(request=DescribedSerializer, responses={201: StaySerializer})
    @action(detail=True, methods=["post"])
    def filing(self, request: Request, pk: str | None = None) -> Response:
        """Ask that the group be filed: the way from the shell into the register; the answer names the filing."""
        del pk
        row, said = self._said(request, DescribedSerializer)
        file_stay(by=acting_user(request), now=clock.now(), stay=row, described=Described(**said))
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

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
    ("incubator-places", IncubatorPlaceViewSet),
    ("incubation-stays", StayViewSet),
]
