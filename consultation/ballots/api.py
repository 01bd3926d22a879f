"""The ballots room in the API: ballots with their moves, one's own vote, votes on paper, results after publication."""

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
from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from consultation.ballots import operations
from consultation.ballots.filters import BallotFilter
from consultation.ballots.lifecycle import BALLOT
from consultation.ballots.marks import ChoicesSerializer
from consultation.ballots.models import Ballot, BallotOption, RollEntry, RollSource
from consultation.ballots.policy import MOST_OPTIONS, BallotMethod, sha256
from consultation.ballots.queries import entry_of, require_results, turnout_of
from consultation.ballots.voting import CastNotYours, NotOnRoll
from consultation.topics.models import Topic
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Labelled, Moves, MoveSerializer, moves_of
from governance.calendar import clock

DIGITS_OF_KEY = 18


class OptionSerializer(serializers.ModelSerializer[BallotOption]):
    """One option; votes name its number."""

    class Meta:
        model = BallotOption
        fields: ClassVar = ["number", "title", "text", "cost"]
        read_only_fields: ClassVar = fields


class BallotSerializer(serializers.ModelSerializer[Ballot]):
    """A ballot without its result, which has an address of its own and is there after publication only."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    rule = serializers.CharField(source="rule.key", read_only=True)
    rule_name = serializers.CharField(source="rule.name", read_only=True)
    options = OptionSerializer(many=True, read_only=True)

    class Meta:
        model = Ballot
        fields: ClassVar = [
            "id",
            "question",
            "division",
            "division_name",
            "topic",
            "rule",
            "rule_name",
            "method",
            "most_choices",
            "is_secret",
            "budget",
            "options",
            "roll_source",
            "body",
            "is_binding",
            "approved_method",
            "opens_at",
            "closes_at",
            "electorate_on",
            "entitled",
            "area",
            "fingerprint",
            "notice",
            "status",
            "frozen_at",
            "opened_at",
            "closed_at",
            "published_at",
        ]
        read_only_fields: ClassVar = fields


class NewOptionSerializer(serializers.Serializer[Any]):
    """One option of a new ballot."""

    title = serializers.CharField(max_length=120)
    text = serializers.CharField(required=False, allow_blank=True, default="")
    cost = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, allow_null=True, default=None)


class NewBallotSerializer(serializers.Serializer[Any]):
    """What is needed to prepare a ballot; a vote for or against has its own options."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    question = serializers.CharField(max_length=200)
    rule_key = serializers.CharField(max_length=60)
    method = serializers.ChoiceField(choices=BallotMethod.choices)
    options = NewOptionSerializer(many=True, required=False, default=list)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    roll_source = serializers.ChoiceField(choices=RollSource.choices)
    topic = serializers.PrimaryKeyRelatedField(queryset=Topic.objects.all(), required=False, allow_null=True)
    body = serializers.PrimaryKeyRelatedField(queryset=Body.objects.all(), required=False, allow_null=True)
    is_binding = serializers.BooleanField(required=False, default=False)
    approved_method = serializers.PrimaryKeyRelatedField(
        queryset=PolicyDocument.objects.all(), required=False, allow_null=True
    )
    most_choices = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_OPTIONS)
    is_secret = serializers.BooleanField(required=False, default=False)
    budget = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, allow_null=True, default=None)


class TurnoutSerializer(serializers.Serializer[Any]):
    """How many are entitled and how many have voted."""

    entitled = serializers.IntegerField()
    cast = serializers.IntegerField()
    percent = serializers.DecimalField(max_digits=4, decimal_places=1)


class RemindedSerializer(serializers.Serializer[Any]):
    """How many people get a message."""

    people = serializers.IntegerField()


class OptionResultSerializer(Labelled):
    """One option: its votes, points or first places with their share, the people behind it and their floor area in
    hundredths of a square meter."""

    number = serializers.IntegerField()
    votes = serializers.IntegerField()
    percent = serializers.DecimalField(max_digits=4, decimal_places=1)
    is_winner = serializers.BooleanField()
    backers = serializers.IntegerField()
    area = serializers.IntegerField(allow_null=True)


class ResultsSerializer(serializers.Serializer[Any]):
    """The published result; `recount_sha256` is the hash of the recount file."""

    entitled = serializers.IntegerField(source="row.entitled")
    cast = serializers.IntegerField(source="row.cast")
    by_channel = serializers.DictField(source="row.by_channel", child=serializers.IntegerField())
    by_proxy = serializers.IntegerField(source="row.by_proxy")
    assisted = serializers.IntegerField()
    unfinished = serializers.IntegerField(source="row.unfinished")
    options = OptionResultSerializer(source="lines", many=True)
    has_quorum = serializers.BooleanField(source="row.has_quorum")
    is_passed = serializers.BooleanField(source="row.is_passed")
    winner = serializers.IntegerField(source="row.winner", allow_null=True)
    reason = serializers.CharField()
    recount_sha256 = serializers.CharField(source="row.recount_sha256")


class VoteReceiptSerializer(serializers.Serializer[Any]):
    """That a vote was cast, and its number in the recount file; never what was chosen."""

    receipt = serializers.CharField()
    number = serializers.IntegerField(source="entry.number")
    channel = serializers.CharField()
    cast_at = serializers.DateTimeField()


class RollEntrySerializer(serializers.ModelSerializer[RollEntry]):
    """One's own entry on the roll, with what one has saved and whether one has voted."""

    draft = serializers.SerializerMethodField()
    vote = serializers.SerializerMethodField()

    class Meta:
        model = RollEntry
        fields: ClassVar = ["number", "draft", "vote"]

    @extend_schema(responses=serializers.ListField(child=serializers.IntegerField()))
    def get_draft(self, row: RollEntry) -> list[int] | None:
        """Return the saved ticks."""
        return row.draft.choices if hasattr(row, "draft") else None

    def get_vote(self, row: RollEntry) -> str | None:
        """Return the receipt."""
        return row.vote.receipt if hasattr(row, "vote") else None


@moves_of(BALLOT)
class BallotViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Ballot]):
    """Ballots: everybody reads what was frozen, people on the roll vote with their own session, partners never."""

    serializer_class = BallotSerializer
    filterset_class = BallotFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.manage_ballot",
        "turnout": None,
        "results": None,
        "entry": "consultation.cast_vote",
        "draft": "consultation.cast_vote",
        "cast": "consultation.cast_vote",
        "remind": "consultation.manage_ballot",
    }

    def get_queryset(self) -> QuerySet[Ballot]:
        """What the client may see."""
        return Ballot.objects.visible_to(self.request.user).for_list().prefetch_related("options")

    @extend_schema(request=NewBallotSerializer, responses={201: BallotSerializer})
    def create(self, request: Request) -> Response:
        """Prepare a ballot."""
        body = NewBallotSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        options = [(option["title"], option["text"], option["cost"]) for option in data.pop("options")]
        row = operations.prepare_ballot(by=acting_user(request), now=clock.now(), options=options, **data)
        return Response(BallotSerializer(row).data, status=201)

    @extend_schema(request=MoveSerializer, responses=BallotSerializer)
    @action(detail=True, methods=["post"])
    def freeze(self, request: Request, pk: str | None = None) -> Response:
        """Freeze: DRAFT to FROZEN; takes the roll and posts the notice with the fingerprint."""
        del pk
        row = operations.freeze_ballot(
            by=acting_user(request), now=clock.now(), today=clock.today(), ballot=self.get_object()
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=BallotSerializer)
    @action(detail=True, methods=["post"])
    def count(self, request: Request, pk: str | None = None) -> Response:
        """Count: CLOSED to COUNTED; the result is shown after publication."""
        del pk
        row = self.get_object()
        operations.count_ballot(by=acting_user(request), now=clock.now(), ballot=row)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=BallotSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str | None = None) -> Response:
        """Publish: COUNTED to PUBLISHED, by another person than the one who counted."""
        del pk
        row = operations.publish_ballot(by=acting_user(request), now=clock.now(), ballot=self.get_object())
        return self.shown(row)

    @extend_schema(responses=TurnoutSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def turnout(self, request: Request, pk: str | None = None) -> Response:
        """Say how many have voted."""
        del request, pk
        return Response(TurnoutSerializer(turnout_of(self.get_object())).data)

    @extend_schema(responses=ResultsSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def results(self, request: Request, pk: str | None = None) -> Response:
        """Return the published result; before publication 409."""
        del pk
        return Response(ResultsSerializer(require_results(self.get_object(), request.user)).data)

    @extend_schema(request=None, responses=RemindedSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: str | None = None) -> Response:
        """Remind everybody on the roll who has not voted and can be reached by message; who they are is not told."""
        del pk
        told = operations.remind_voters(by=acting_user(request), now=clock.now(), ballot=self.get_object())
        return Response({"people": told})

    @extend_schema(responses=RollEntrySerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def entry(self, request: Request, pk: str | None = None) -> Response:
        """Return one's own entry on the roll."""
        del pk
        entry = entry_of(self.get_object(), acting_user(request))
        if entry is None:
            raise NotOnRoll
        return Response(RollEntrySerializer(entry).data)

    @extend_schema(request=ChoicesSerializer, responses=ChoicesSerializer)
    @action(detail=True, methods=["post"])
    def draft(self, request: Request, pk: str | None = None) -> Response:
        """Save ticks without casting them; none puts the draft away."""
        choices = self._choices(request)
        saved = operations.save_draft(by=acting_user(request), now=clock.now(), ballot=self._named(pk), choices=choices)
        return Response({"choices": saved.choices if saved else []})

    @extend_schema(request=ChoicesSerializer, responses={201: VoteReceiptSerializer})
    @action(detail=True, methods=["post"])
    def cast(self, request: Request, pk: str | None = None) -> Response:
        """Cast one's vote, once and for good."""
        choices = self._choices(request)
        vote = operations.cast_vote(by=acting_user(request), now=clock.now(), ballot=self._named(pk), choices=choices)
        return Response(VoteReceiptSerializer(vote).data, status=201)

    def fingerprint(self, request: Request) -> str:
        """Leave what was marked out of the key's fingerprint: a hash of few possible marks would tell them."""
        if self.action in {"cast", "draft"}:
            return sha256(request.get_full_path().encode())
        return super().fingerprint(request)

    @staticmethod
    def _choices(request: Request) -> list[int]:
        """Read what a person marked; a token of a partner system votes for nobody."""
        if request.auth is not None:
            raise CastNotYours
        body = ChoicesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        choices: list[int] = body.validated_data["choices"]
        return choices

    @staticmethod
    def _named(pk: str | None) -> Ballot:
        """Name the ballot without asking for it: whoever stands on its roll may vote, and the operation looks there."""
        if not str(pk).isdecimal() or len(str(pk)) > DIGITS_OF_KEY:
            raise NotOnRoll
        return Ballot(pk=int(str(pk)))


routes: list[tuple[str, type[ViewSetMixin]]] = [("ballots", BallotViewSet)]
