"""What happens after a matter is in, for hotlines and departments: dispatch, sign, reply, call back, the three rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSet, ViewSetMixin

from communities.bodies.models import Body
from communities.territory.models import Division
from consultation.matters.handling import calling, dispatching, petitions, sorting, timing
from consultation.matters.handling.lifecycle import ASSIGNMENT, CALL_BACK, CONTEST, PETITION, TIME_REQUEST
from consultation.matters.handling.models import (
    Assignment,
    CallBack,
    PauseCause,
    Petition,
    SortingContest,
    TimeKind,
    TimeRequest,
)
from consultation.matters.handling.periods import Period
from consultation.matters.handling.queries import private_count, rates_by_office, rates_by_place
from consultation.matters.models import Outcome, Route, ThreeWay
from consultation.matters.policy import LONGEST_NAME, LONGEST_SUMMARY, LONGEST_TEXT
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, asked_of, moves_of
from governance.calendar import clock

if TYPE_CHECKING:
    from governance.lifecycle import Lifecycle


class WhySerializer(serializers.Serializer[Any]):
    """A reason, which the person reads."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)


class ContestEntrySerializer(serializers.Serializer[Any]):
    """Whose affair it is instead, and why."""

    wanted = serializers.ChoiceField(choices=ThreeWay.choices)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class NewSortingSerializer(serializers.Serializer[Any]):
    """The new sorting, with its reason; without a class the one that the person wants."""

    three_way = serializers.ChoiceField(choices=ThreeWay.choices, required=False, allow_blank=True, default="")
    route = serializers.ChoiceField(choices=Route.choices)
    reason = serializers.CharField(max_length=LONGEST_TEXT)
    summary = serializers.CharField(max_length=LONGEST_SUMMARY, required=False, allow_blank=True, default="")
    reference = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class DispatchSerializer(serializers.Serializer[Any]):
    """The office that gets the matter."""

    body = serializers.PrimaryKeyRelatedField(queryset=Body.objects.all())
    task = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    is_lead = serializers.BooleanField(default=True)


class OrderAnswerSerializer(serializers.Serializer[Any]):
    """What an office answers."""

    answer = serializers.CharField(max_length=LONGEST_TEXT)
    outcome = serializers.ChoiceField(choices=Outcome.choices)


class TimeEntrySerializer(serializers.Serializer[Any]):
    """Time that is asked for."""

    kind = serializers.ChoiceField(choices=TimeKind.choices)
    cause = serializers.ChoiceField(choices=PauseCause.choices, required=False, allow_blank=True, default="")
    days = serializers.IntegerField(min_value=1, max_value=400)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class TellSerializer(serializers.Serializer[Any]):
    """How the matter stands."""

    text = serializers.CharField(max_length=LONGEST_TEXT)


class HandOutSerializer(serializers.Serializer[Any]):
    """Who took the result away."""

    to = serializers.CharField(max_length=LONGEST_NAME)


class PetitionOpinionSerializer(serializers.Serializer[Any]):
    """The opinion on a petition."""

    opinion = serializers.CharField(max_length=LONGEST_TEXT)


class CallBackEntrySerializer(serializers.Serializer[Any]):
    """What the person says."""

    is_solved = serializers.BooleanField()
    satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, default=None)
    words = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class SortingContestSerializer(serializers.ModelSerializer[SortingContest]):
    """A contest of a sorting."""

    class Meta:
        model = SortingContest
        fields: ClassVar = [
            *("id", "matter", "contested", "wanted", "reason", "status", "due_on", "is_due_provisional", "overdue_at"),
            *("answer", "opened_at", "decided_at"),
        ]
        read_only_fields: ClassVar = fields


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    """An office's share in a matter."""

    number = serializers.CharField(source="matter.number", read_only=True)

    class Meta:
        model = Assignment
        fields: ClassVar = [
            *("id", "matter", "number", "body", "is_lead", "task", "status", "due_on", "due_at", "dispute_due_on"),
            *("assigned_at", "accepted_at", "disputed_at", "dispute_reason", "decided_at", "decision"),
            *("answered_at", "answer", "outcome", "overdue_at"),
        ]
        read_only_fields: ClassVar = fields


class TimeRequestSerializer(serializers.ModelSerializer[TimeRequest]):
    """A rest or an extension."""

    class Meta:
        model = TimeRequest
        fields: ClassVar = [
            *("id", "matter", "kind", "cause", "days", "reason", "status", "asked_at", "decided_at", "decision"),
            *("ends_on", "ended_at", "due_before", "due_after"),
        ]
        read_only_fields: ClassVar = fields


class PetitionSerializer(serializers.ModelSerializer[Petition]):
    """A petition on its own calendar days."""

    class Meta:
        model = Petition
        fields: ClassVar = [
            *("id", "matter", "status", "due_on", "overdue_at", "registered_at", "told_at", "extended_at"),
            *("extension_reason", "opinion", "finished_at", "review_asked_at", "review_opinion", "reviewed_at"),
            *("second_opinion", "settled_at"),
        ]
        read_only_fields: ClassVar = fields


class CallBackSerializer(serializers.ModelSerializer[CallBack]):
    """A question put to the person after closing."""

    class Meta:
        model = CallBack
        fields: ClassVar = [
            *("id", "matter", "purpose", "round", "status", "due_on", "opened_at", "asked_at", "is_solved"),
            *("satisfaction", "words"),
        ]
        read_only_fields: ClassVar = fields


class BesideFilter(django_filters.FilterSet):
    """Rows by the number of their matter and their state."""

    matter = django_filters.NumberFilter(field_name="matter")
    status = django_filters.CharFilter(field_name="status")


class BesideViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Any]):
    """Rows beside matters that the client handles, or that are its own."""

    filterset_class = BesideFilter
    model: ClassVar[Any]
    argument: ClassVar[str]

    def get_queryset(self) -> QuerySet[Any]:
        """What the client may see."""
        found: QuerySet[Any] = self.model.objects.visible_to(self.request.user).for_list()
        return found

    def run(
        self, request: Request, shape: type[serializers.Serializer[Any]] | None, operation: Any, **more: Any
    ) -> Response:
        """Read the body, run the operation, answer with the row."""
        row = self.get_object()
        given: dict[str, Any] = {}
        if shape is not None:
            body = shape(data=request.data)
            body.is_valid(raise_exception=True)
            given = body.validated_data
        done = operation(by=acting_user(request), now=clock.now(), **{self.argument: row}, **given, **more)
        return self.shown(done)


@dataclass(frozen=True, slots=True)
class Step:
    """One POST route of a row: what it says of itself, its operation, the body it asks for."""

    says: str
    operation: Callable[..., Any]
    shape: type[serializers.Serializer[Any]] | None = None
    url: str = ""
    is_dated: bool = False


T = TypeVar("T", bound=BesideViewSet)


def steps_of(machine: Lifecycle, **steps: Step) -> Callable[[type[T]], type[T]]:
    """Give a view set the moves of a machine, and these steps by their operations and with their own bodies."""

    def decorate(view: type[T]) -> type[T]:
        for name, step in steps.items():
            setattr(view, name, _route(name, step, view))
        return moves_of(machine)(view)

    return decorate


def _route(name: str, step: Step, view: type[BesideViewSet]) -> Any:
    def make(self: BesideViewSet, request: Request, pk: str | None = None) -> Response:
        del pk
        more = {"today": clock.today()} if step.is_dated else {}
        return self.run(request, step.shape, step.operation, **more)

    make.__name__ = name
    make.__qualname__ = f"{view.__qualname__}.{name}"
    make.__doc__ = step.says
    routed = action(detail=True, methods=["post"], url_path=step.url or name)(make)
    return extend_schema(request=step.shape, responses=view.serializer_class)(routed)


@steps_of(
    CONTEST,
    uphold=Step("Sort the matter anew: OPEN to UPHELD.", sorting.uphold_contest, NewSortingSerializer, is_dated=True),
    reject=Step("Leave the sorting as it is: OPEN to REJECTED.", sorting.reject_contest, WhySerializer),
)
class SortingContestViewSet(BesideViewSet):
    """Contests of sortings: decided by the street."""

    queryset = SortingContest.objects.none()
    model = SortingContest
    argument = "contest"
    serializer_class = SortingContestSerializer
    permissions: ClassVar = {"list": "consultation.view_sortingcontest", "retrieve": "consultation.view_sortingcontest"}


@steps_of(
    ASSIGNMENT,
    dispute=Step(
        "Dispute that it is ours: SENT to DISPUTED, within the days of the rule.",
        dispatching.dispute_order,
        WhySerializer,
    ),
    release=Step(
        "Release the office: DISPUTED to RETURNED; the matter is back with its first receiver.",
        dispatching.release_order,
        MoveSerializer,
    ),
    bind=Step("The office handles it: DISPUTED to SENT.", dispatching.bind_order, WhySerializer),
    answer=Step("Give the answer back: ACCEPTED to ANSWERED.", dispatching.answer_order, OrderAnswerSerializer),
    send_back=Step("Ask for a better answer: ANSWERED to ACCEPTED.", dispatching.send_order_back, WhySerializer),
    recall=Step("Take it back: to RECALLED.", dispatching.recall_order, WhySerializer),
)
class AssignmentViewSet(BesideViewSet):
    """Work orders (工单): signed for, disputed, answered by the office; judged by others."""

    queryset = Assignment.objects.none()
    model = Assignment
    argument = "order"
    serializer_class = AssignmentSerializer
    permissions: ClassVar = {"list": "consultation.view_assignment", "retrieve": "consultation.view_assignment"}


@steps_of(
    TIME_REQUEST,
    grant=Step("Grant: the clock rests, or the day moves: ASKED to GRANTED.", timing.grant_time, None),
    refuse=Step("Refuse: ASKED to REFUSED.", timing.refuse_time, WhySerializer),
    end=Step("Let the clock run on: GRANTED to ENDED.", timing.end_pause, None),
)
class TimeRequestViewSet(BesideViewSet):
    """Rests and extensions, granted by somebody else than who asked."""

    queryset = TimeRequest.objects.none()
    model = TimeRequest
    argument = "request"
    serializer_class = TimeRequestSerializer
    permissions: ClassVar = {"list": "consultation.view_timerequest", "retrieve": "consultation.view_timerequest"}


@steps_of(
    PETITION,
    tell=Step("Tell the petitioner: REGISTERED to TOLD.", petitions.tell_petitioner, None),
    put_off=Step("Put the opinion off with leave, once.", petitions.put_petition_off, WhySerializer, url="put-off"),
    finish=Step(
        "Give the opinion: TOLD to FINISHED; the matter is answered with it.",
        petitions.finish_petition,
        PetitionOpinionSerializer,
    ),
    ask_review=Step("Ask for a review: FINISHED to REVIEWING.", petitions.ask_review, None),
    ask_second_review=Step("Ask for a second review: REVIEWED to REREVIEWING.", petitions.ask_review, None),
    review=Step(
        "Give the opinion of the review: REVIEWING to REVIEWED.", petitions.review_petition, PetitionOpinionSerializer
    ),
    review_again=Step(
        "Give the opinion of the second review: REREVIEWING to SETTLED.",
        petitions.review_petition,
        PetitionOpinionSerializer,
    ),
)
class PetitionViewSet(BesideViewSet):
    """Petitions (信访) with their own calendar days."""

    queryset = Petition.objects.none()
    model = Petition
    argument = "petition"
    serializer_class = PetitionSerializer
    permissions: ClassVar = {
        "list": "consultation.view_petition",
        "retrieve": "consultation.view_petition",
        "put_off": "consultation.put_petition_off",
    }


@steps_of(
    CALL_BACK,
    answer=Step(
        "Record what the person says: DUE to ANSWERED; what is not fixed reopens the matter.",
        calling.answer_call_back,
        CallBackEntrySerializer,
    ),
    miss=Step("The person could not be reached: DUE to MISSED.", calling.miss_call_back, WhySerializer),
)
class CallBackViewSet(BesideViewSet):
    """Call-backs (回访): what the person says after closing, and weeks later."""

    queryset = CallBack.objects.none()
    model = CallBack
    argument = "call_back"
    serializer_class = CallBackSerializer
    permissions: ClassVar = {"list": "consultation.view_callback", "retrieve": "consultation.view_callback"}


class ShareSerializer(serializers.Serializer[Any]):
    """A rate: numerator, denominator, percent with one decimal; null where it would speak of too few people."""

    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    percent = serializers.CharField()
    is_hidden = serializers.BooleanField()


class RatesSerializer(serializers.Serializer[Any]):
    """The three rates of a place or an office."""

    name = serializers.CharField()
    key = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField(allow_null=True)
    response = ShareSerializer()
    solution = ShareSerializer()
    satisfaction = ShareSerializer()


class RatesQuerySerializer(serializers.Serializer[Any]):
    """Of which place, from which day up to before which day; by default the year so far."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class RatesAnswerSerializer(serializers.Serializer[Any]):
    """The three rates over a half-open period, by place and by leading office; private affairs as a count only."""

    since = serializers.DateField()
    until = serializers.DateField()
    places = RatesSerializer(many=True)
    offices = RatesSerializer(many=True)
    private_matters = serializers.IntegerField(allow_null=True)


class MatterRatesViewSet(ViewSet):
    """The three rates of matters: response, solution, satisfaction; public."""

    permissions: ClassVar = {"list": None}

    @extend_schema(parameters=[RatesQuerySerializer], responses=RatesAnswerSerializer)
    def list(self, request: Request) -> Response:
        """Return the rates of a place, of those below it and of its offices."""
        asked = asked_of(request, RatesQuerySerializer)
        place = asked["division"]
        period = Period.of(asked.get("since"), asked.get("until"), clock.today())
        answer = {
            "since": period.since,
            "until": period.until,
            "places": rates_by_place(place, period.since, period.until),
            "offices": rates_by_office(place, period.since, period.until),
            "private_matters": private_count(place, period.since, period.until),
        }
        return Response(RatesAnswerSerializer(answer).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("sorting-contests", SortingContestViewSet),
    ("work-orders", AssignmentViewSet),
    ("time-requests", TimeRequestViewSet),
    ("petitions", PetitionViewSet),
    ("call-backs", CallBackViewSet),
    ("matter-rates", MatterRatesViewSet),
]
