"""Votes on paper in the API: sheets and batches, each entered by two persons in their own sessions.

A token of a partner system takes no votes in, whatever post its account holds: each of the two entries is a person's. What
was marked is in no answer, and not in the fingerprint of an idempotency key either.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.notices.models import Attachment
from consultation.ballots import operations
from consultation.ballots.filters import PaperBatchFilter, PaperVoteFilter
from consultation.ballots.marks import HIGHEST_NUMBER, ChoicesSerializer
from consultation.ballots.models import ASSISTED_CHOICES, Ballot, Channel, RollEntry
from consultation.ballots.papers.batches import totals_of
from consultation.ballots.papers.lifecycle import PAPER_BATCH
from consultation.ballots.papers.models import BATCHED_CHOICES, PaperBatch, PaperVote
from consultation.ballots.papers.sheets import SheetNotYours
from consultation.ballots.policy import MOST_OPTIONS, sha256
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock

MOST_SHEETS = 2000
"""In one batch: as many as two people enter in a day."""
HIGHEST_ON_ROLL = 2_000_000


def hand_of(request: Request) -> User:
    """Return the person who enters something; a token is nobody's hand.

    Raises:
        SheetNotYours.
    """
    if request.auth is not None:
        raise SheetNotYours
    return acting_user(request)


class Marks:
    """View-set mixin (left of `Idempotent`): what was marked leaves no trace in the key of a repeated request."""

    def fingerprint(self, request: Request) -> str:
        """Name the request by its address alone."""
        return sha256(request.get_full_path().encode())


class PaperVoteSerializer(serializers.ModelSerializer[PaperVote]):
    """A sheet as it stands; what was marked on it is shown to nobody."""

    number = serializers.IntegerField(source="entry.number", read_only=True)
    is_cast = serializers.SerializerMethodField()

    class Meta:
        model = PaperVote
        fields: ClassVar = [
            "id",
            "ballot",
            "number",
            "channel",
            "batch",
            "serial_number",
            "entered_at",
            "checked_at",
            "voided_at",
            "void_reason",
            "is_cast",
        ]
        read_only_fields: ClassVar = fields

    def get_is_cast(self, row: PaperVote) -> bool:
        """Tell whether the sheet became a vote."""
        return row.vote_id is not None


class NewPaperVoteSerializer(ChoicesSerializer):
    """What the first person reads from a sheet; `number` is the number on the roll."""

    ballot = serializers.PrimaryKeyRelatedField(queryset=Ballot.objects.all())
    number = serializers.IntegerField(min_value=1, max_value=HIGHEST_ON_ROLL)
    serial_number = serializers.CharField(max_length=40)
    channel = serializers.ChoiceField(choices=ASSISTED_CHOICES, required=False, default=Channel.PAPER.value)
    batch = serializers.PrimaryKeyRelatedField(queryset=PaperBatch.objects.all(), required=False, allow_null=True)
    photo = serializers.PrimaryKeyRelatedField(queryset=Attachment.objects.all(), required=False, allow_null=True)


class VoidSerializer(serializers.Serializer[Any]):
    """Why a sheet does not count."""

    reason = serializers.CharField(max_length=200)


class PaperVoteViewSet(Marks, Idempotent, ReadOnlyModelViewSet[PaperVote]):
    """Votes on paper, for those who take them in."""

    serializer_class = PaperVoteSerializer
    filterset_class = PaperVoteFilter
    permissions: ClassVar = dict.fromkeys(
        ("list", "retrieve", "create", "check", "void"), "consultation.enter_paper_vote"
    )

    def get_queryset(self) -> QuerySet[PaperVote]:
        """The sheets of the places in which the person takes votes in."""
        return PaperVote.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewPaperVoteSerializer, responses={201: PaperVoteSerializer})
    def create(self, request: Request) -> Response:
        """Enter a sheet for the first time."""
        body = NewPaperVoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        entries = RollEntry.objects.visible_to(request.user).filter(ballot=data["ballot"])
        entry = get_object_or_404(entries, number=data.pop("number"))
        row = operations.enter_paper_vote(by=hand_of(request), now=clock.now(), entry=entry, **data)
        return Response(PaperVoteSerializer(row).data, status=201)

    @extend_schema(request=ChoicesSerializer, responses=PaperVoteSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str | None = None) -> Response:
        """Enter a sheet for the second time, by another person; equal entries cast the vote."""
        del pk
        row, body = self.get_object(), ChoicesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        checked = operations.check_paper_vote(
            by=hand_of(request), now=clock.now(), paper=row, choices=body.validated_data["choices"]
        )
        return Response(PaperVoteSerializer(checked).data)

    @extend_schema(request=VoidSerializer, responses=PaperVoteSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str | None = None) -> Response:
        """Declare a sheet void that was not checked."""
        del pk
        row, body = self.get_object(), VoidSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        voided = operations.void_paper_vote(
            by=hand_of(request), now=clock.now(), paper=row, reason=body.validated_data["reason"]
        )
        return Response(PaperVoteSerializer(voided).data)


class PaperBatchSerializer(serializers.ModelSerializer[PaperBatch]):
    """A batch as it stands; its totals have an address of their own."""

    class Meta:
        model = PaperBatch
        fields: ClassVar = [
            "id",
            "ballot",
            "number",
            "channel",
            "signed",
            "status",
            "opened_at",
            "accepted_at",
            "voided_at",
        ]
        read_only_fields: ClassVar = fields


class NewBatchSerializer(serializers.Serializer[Any]):
    """What is known of a batch before its first sheet: the names counted on its sign-in sheet."""

    ballot = serializers.PrimaryKeyRelatedField(queryset=Ballot.objects.all())
    channel = serializers.ChoiceField(choices=BATCHED_CHOICES)
    signed = serializers.IntegerField(min_value=1, max_value=MOST_SHEETS)
    photo = serializers.PrimaryKeyRelatedField(queryset=Attachment.objects.all(), required=False, allow_null=True)


class TotalsSerializer(serializers.Serializer[Any]):
    """What must agree before a batch counts."""

    signed = serializers.IntegerField()
    names = serializers.IntegerField()
    sheets = serializers.IntegerField()
    unchecked = serializers.IntegerField()
    agree = serializers.BooleanField()


class SignInSerializer(serializers.Serializer[Any]):
    """The numbers on the roll of everybody who took a paper."""

    numbers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=HIGHEST_ON_ROLL), min_length=1, max_length=MOST_SHEETS
    )


class PileSerializer(serializers.Serializer[Any]):
    """A pile as one person reads it: the marks of each sheet in its order, none for an invalid paper."""

    sheets = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=1, max_value=HIGHEST_NUMBER), max_length=MOST_OPTIONS
        ),
        min_length=1,
        max_length=MOST_SHEETS,
    )


class FirstPileSerializer(PileSerializer):
    """The first entry of a pile, or a new one with its reason."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


@moves_of(PAPER_BATCH)
class PaperBatchViewSet(Marks, Idempotent, Moves, ReadOnlyModelViewSet[PaperBatch]):
    """Batches of paper votes, for those who take them in."""

    serializer_class = PaperBatchSerializer
    filterset_class = PaperBatchFilter
    permissions: ClassVar = dict.fromkeys(
        ("list", "retrieve", "create", "totals", "sign_in", "enter", "check"), "consultation.enter_paper_vote"
    )

    def get_queryset(self) -> QuerySet[PaperBatch]:
        """The batches of the places in which the person takes votes in."""
        return PaperBatch.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewBatchSerializer, responses={201: PaperBatchSerializer})
    def create(self, request: Request) -> Response:
        """Open the next batch of a ballot."""
        body = NewBatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.open_batch(by=hand_of(request), now=clock.now(), **body.validated_data)
        return Response(PaperBatchSerializer(row).data, status=201)

    @extend_schema(responses=TotalsSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def totals(self, request: Request, pk: str | None = None) -> Response:
        """Say what must agree."""
        del request, pk
        return Response(TotalsSerializer(totals_of(self.get_object())).data)

    @extend_schema(request=SignInSerializer, responses=PaperBatchSerializer)
    @action(detail=True, methods=["post"], url_path="sign-in")
    def sign_in(self, request: Request, pk: str | None = None) -> Response:
        """Enter the whole sign-in sheet of a secret ballot: all of its names, or none."""
        del pk
        row, body = self.get_object(), SignInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.sign_in_batch(
            by=hand_of(request), now=clock.now(), batch=row, numbers=body.validated_data["numbers"]
        )
        return self.shown(row)

    @extend_schema(request=FirstPileSerializer, responses=PaperBatchSerializer)
    @action(detail=True, methods=["post"])
    def enter(self, request: Request, pk: str | None = None) -> Response:
        """Enter the pile of a secret ballot for the first time, or anew with a reason."""
        del pk
        row, body = self.get_object(), FirstPileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.enter_sheets(by=hand_of(request), now=clock.now(), batch=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=PileSerializer, responses=PaperBatchSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str | None = None) -> Response:
        """Enter the pile for the second time, by another person; equal piles are checked."""
        del pk
        row, body = self.get_object(), PileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.check_sheets(by=hand_of(request), now=clock.now(), batch=row, sheets=body.validated_data["sheets"])
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=PaperBatchSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Accept: OPEN to ACCEPTED, by another person than the one who opened it, when the totals agree."""
        del pk
        row = self.get_object()
        operations.accept_batch(by=hand_of(request), now=clock.now(), batch=row)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=PaperBatchSerializer)
    @action(detail=True, methods=["post"])
    def give_up(self, request: Request, pk: str | None = None) -> Response:
        """Give up: OPEN to VOIDED, with a reason, as long as nobody has signed."""
        del pk
        row, body = self.get_object(), MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.give_up_batch(by=hand_of(request), now=clock.now(), batch=row, reason=body.validated_data["reason"])
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("paper-votes", PaperVoteViewSet), ("paper-batches", PaperBatchViewSet)]
