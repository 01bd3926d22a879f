"""Elections in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.bodies.models import Body
from communities.people.models import Resident
from communities.policy.models import PolicyDocument
from consultation.ballots.rolls.lists import LONGEST_REASON, Ground
from consultation.conventions.elections import lifecycle as table
from consultation.conventions.elections import operations
from consultation.conventions.elections.deeds import ACTS
from consultation.conventions.elections.filters import CandidateFilter, ElectionFilter
from consultation.conventions.elections.lifecycle import CANDIDATE, ELECTION
from consultation.conventions.elections.models import (
    CommitteeElection,
    ElectionCandidate,
    ElectionPost,
    ElectionRound,
)
from consultation.conventions.elections.operations import Nomination, PostPlan
from consultation.conventions.elections.policy import (
    LONGEST_NOTE,
    LONGEST_NUMBER,
    LONGEST_STATEMENT,
    MOST_POSTS,
    ElectionKind,
    Office,
)
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock


class ElectionRoundSerializer(serializers.ModelSerializer[ElectionRound]):
    """One vote on a post; its figures stand at the ballot once they are published."""

    class Meta:
        model = ElectionRound
        fields: ClassVar = ["number", "seats", "is_run_off", "ballot", "evaluated_at"]
        read_only_fields: ClassVar = fields


class ElectionPostSerializer(serializers.ModelSerializer[ElectionPost]):
    """A post with its seats and its votes."""

    rounds = ElectionRoundSerializer(many=True, read_only=True)

    class Meta:
        model = ElectionPost
        fields: ClassVar = ["id", "number", "office", "seats", "for_women", "rounds"]
        read_only_fields: ClassVar = fields


class ElectionSerializer(serializers.ModelSerializer[CommitteeElection]):
    """The election of a committee; public from the posting of its voter list."""

    posts = ElectionPostSerializer(many=True, read_only=True)

    class Meta:
        model = CommitteeElection
        fields: ClassVar = [
            "id",
            "body",
            "division",
            "kind",
            "committee",
            "opens_at",
            "closes_at",
            "earliest_on",
            "surplus",
            "women_needed",
            "status",
            "posts",
            "listed_at",
            "nominated_at",
            "voted_at",
            "announced_at",
            "notice",
            "elected_body",
            "term_from",
            "term_to",
            "filing_due_on",
            "filing_number",
            "filed_at",
            "hand_over_due_on",
            "hand_over_on",
            "ended_at",
            "end_reason",
        ]
        read_only_fields: ClassVar = fields


class ElectionCandidateSerializer(serializers.ModelSerializer[ElectionCandidate]):
    """A candidate; public by name when the candidates are fixed."""

    is_elected = serializers.SerializerMethodField()

    class Meta:
        model = ElectionCandidate
        fields: ClassVar = [
            "id",
            "election",
            "post",
            "number",
            "name",
            "nominators",
            "statement",
            "status",
            "is_elected",
        ]
        read_only_fields: ClassVar = fields

    def get_is_elected(self, row: ElectionCandidate) -> bool:
        """Return whether the votes elected them."""
        return row.elected_in_id is not None


class PostPlanSerializer(serializers.Serializer[Any]):
    """A post to be elected."""

    office = serializers.ChoiceField(choices=Office.choices)
    seats = serializers.IntegerField(min_value=1, max_value=100, default=1)
    for_women = serializers.BooleanField(default=False)


class NewElectionSerializer(serializers.Serializer[Any]):
    """The plan of an election."""

    body = serializers.PrimaryKeyRelatedField(queryset=Body.objects.all())
    kind = serializers.ChoiceField(choices=ElectionKind.choices, default=ElectionKind.TERM)
    committee = serializers.PrimaryKeyRelatedField(queryset=Body.objects.all())
    ordered_by = serializers.PrimaryKeyRelatedField(queryset=PolicyDocument.objects.all())
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    posts = serializers.ListField(child=PostPlanSerializer(), max_length=MOST_POSTS)


class NewCandidateSerializer(serializers.Serializer[Any]):
    """Whom the voters have nominated."""

    post = serializers.PrimaryKeyRelatedField(queryset=ElectionPost.objects.all())
    resident = serializers.PrimaryKeyRelatedField(queryset=Resident.objects.all())
    is_woman = serializers.BooleanField(default=False)
    nominators = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    statement = serializers.CharField(max_length=LONGEST_STATEMENT, allow_blank=True, default="")


class VotingTimesSerializer(serializers.Serializer[Any]):
    """When the vote opens and closes."""

    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class ElectionFilingSerializer(serializers.Serializer[Any]):
    """Under which number the result is filed."""

    number = serializers.CharField(max_length=LONGEST_NUMBER)


class ElectionHandOverSerializer(serializers.Serializer[Any]):
    """When the former committee handed over, and what."""

    on = serializers.DateField()
    note = serializers.CharField(max_length=LONGEST_NOTE)


class NewVoterSerializer(serializers.Serializer[Any]):
    """Somebody who is added to the posted list."""

    resident = serializers.PrimaryKeyRelatedField(queryset=Resident.objects.all())
    ground = serializers.ChoiceField(choices=Ground.choices, default=Ground.HOME)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class StruckVoterSerializer(serializers.Serializer[Any]):
    """Somebody who is struck from the posted list."""

    resident = serializers.PrimaryKeyRelatedField(queryset=Resident.objects.all())
    reason = serializers.CharField(max_length=LONGEST_REASON)


@moves_of(ELECTION)
class CommitteeElectionViewSet(Idempotent, Moves, ReadOnlyModelViewSet[CommitteeElection]):
    """Elections of committees (换届选举、补选) from the plan to the hand-over."""

    serializer_class = ElectionSerializer
    filterset_class = ElectionFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": table.RUN,
        "move_voting": table.RUN,
        "call_next": table.RUN,
        "add_voter": table.RUN,
        "strike_voter": table.RUN,
    }

    def get_queryset(self) -> QuerySet[CommitteeElection]:
        """What the client may see."""
        rows = CommitteeElection.objects.visible_to(self.request.user).for_list()
        return rows.prefetch_related("posts__rounds")

    @extend_schema(request=NewElectionSerializer, responses={201: ElectionSerializer})
    def create(self, request: Request) -> Response:
        """Plan an election."""
        body = NewElectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        given["posts"] = [PostPlan(**one) for one in given["posts"]]
        row = operations.plan_election(by=acting_user(request), now=clock.now(), **given)
        return Response(ElectionSerializer(row).data, status=201)

    def _acted(self, request: Request, name: str, shape: type[serializers.Serializer[Any]] | None = None) -> Response:
        row, given = self.get_object(), {}
        if shape is not None:
            body = shape(data=request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        ACTS[name].run(row, acting_user(request), clock.now(), given)
        return self.shown(row)

    @extend_schema(request=VotingTimesSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def move_voting(self, request: Request, pk: str | None = None) -> Response:
        """Put the voting to other times, before the list is posted."""
        del pk
        return self._acted(request, "move_voting", VotingTimesSerializer)

    @extend_schema(request=None, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def post_list(self, request: Request, pk: str | None = None) -> Response:
        """Post the voter list: PREPARING to LISTED."""
        del pk
        return self._acted(request, "post_list")

    @extend_schema(request=NewVoterSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def add_voter(self, request: Request, pk: str | None = None) -> Response:
        """Add a voter to the posted list."""
        del pk
        row, body = self.get_object(), NewVoterSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.add_voter(by=acting_user(request), now=clock.now(), election=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=StruckVoterSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def strike_voter(self, request: Request, pk: str | None = None) -> Response:
        """Strike somebody from the posted list."""
        del pk
        row, body = self.get_object(), StruckVoterSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.strike_voter(by=acting_user(request), now=clock.now(), election=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=None, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def fix_candidates(self, request: Request, pk: str | None = None) -> Response:
        """Fix the candidates and freeze the ballots: LISTED to NOMINATED."""
        del pk
        return self._acted(request, "fix_candidates")

    @extend_schema(request=None, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def establish(self, request: Request, pk: str | None = None) -> Response:
        """Establish who is elected: NOMINATED to VOTED; again after each further vote."""
        del pk
        return self._acted(request, "establish")

    @extend_schema(request=VotingTimesSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def call_next(self, request: Request, pk: str | None = None) -> Response:
        """Call the next vote on the seats that are left."""
        del pk
        return self._acted(request, "call_next", VotingTimesSerializer)

    @extend_schema(request=None, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, pk: str | None = None) -> Response:
        """Announce the result, those elected take office: VOTED to ANNOUNCED."""
        del pk
        return self._acted(request, "announce")

    @extend_schema(request=ElectionFilingSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def file(self, request: Request, pk: str | None = None) -> Response:
        """Take the result into the file: ANNOUNCED to FILED."""
        del pk
        return self._acted(request, "file", ElectionFilingSerializer)

    @extend_schema(request=ElectionHandOverSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def hand_over(self, request: Request, pk: str | None = None) -> Response:
        """Record the hand-over: FILED to HANDED_OVER."""
        del pk
        return self._acted(request, "hand_over", ElectionHandOverSerializer)

    @extend_schema(request=MoveSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def call_off(self, request: Request, pk: str | None = None) -> Response:
        """Call off, before the first vote."""
        del pk
        return self._acted(request, "call_off", MoveSerializer)

    @extend_schema(request=MoveSerializer, responses=ElectionSerializer)
    @action(detail=True, methods=["post"])
    def annul(self, request: Request, pk: str | None = None) -> Response:
        """Declare the election invalid."""
        del pk
        return self._acted(request, "annul", MoveSerializer)


@moves_of(CANDIDATE)
class ElectionCandidateViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ElectionCandidate]):
    """Candidates of elections."""

    serializer_class = ElectionCandidateSerializer
    filterset_class = CandidateFilter
    permissions: ClassVar = {"list": None, "retrieve": None, "create": table.RUN}

    def get_queryset(self) -> QuerySet[ElectionCandidate]:
        """What the client may see."""
        return ElectionCandidate.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewCandidateSerializer, responses={201: ElectionCandidateSerializer})
    def create(self, request: Request) -> Response:
        """Enter somebody whom the voters have nominated."""
        body = NewCandidateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        nomination = Nomination(**body.validated_data)
        row = operations.nominate(
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            election=nomination.post.election,
            nomination=nomination,
        )
        return Response(ElectionCandidateSerializer(row).data, status=201)

    @extend_schema(request=None, responses=ElectionCandidateSerializer)
    @action(detail=True, methods=["post"])
    def clear(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the conditions: NOMINATED to CLEARED."""
        del pk
        row = self.get_object()
        operations.clear_candidate(by=acting_user(request), now=clock.now(), candidate=row)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ElectionCandidateSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse: NOMINATED, CLEARED to REFUSED."""
        del pk
        return self._ended(request, operations.refuse_candidate)

    @extend_schema(request=MoveSerializer, responses=ElectionCandidateSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:
        """Record a withdrawal: NOMINATED, CLEARED to WITHDRAWN."""
        del pk
        return self._ended(request, operations.withdraw_candidate)

    def _ended(self, request: Request, operation: Any) -> Response:
        row, body = self.get_object(), MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operation(by=acting_user(request), now=clock.now(), candidate=row, reason=body.validated_data["reason"])
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("committee-elections", CommitteeElectionViewSet),
    ("election-candidates", ElectionCandidateViewSet),
]
