"""Recalls in the API; who signed stays in the house."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.bodies.models import Body, BodyMembership
from communities.people.models import Resident
from communities.policy.models import PolicyDocument
from consultation.conventions.recalls import lifecycle as table
from consultation.conventions.recalls import operations
from consultation.conventions.recalls.deeds import ACTS
from consultation.conventions.recalls.filters import RecallFilter
from consultation.conventions.recalls.lifecycle import RECALL
from consultation.conventions.recalls.models import Recall
from consultation.conventions.recalls.policy import (
    LONGEST_DEFENSE,
    LONGEST_DOUBT,
    LONGEST_GROUNDS,
    MOST_AT_ONCE,
    Demanders,
    Hearing,
)
from consultation.conventions.recalls.queries import signature_figures
from consultation.conventions.recalls.refusals import SignersMissing
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock


class RecallSerializer(serializers.ModelSerializer[Recall]):
    """A recall; public from the call of the vote, its figures stand at the ballot once they are published."""

    class Meta:
        model = Recall
        fields: ClassVar = [
            "id",
            "membership",
            "body",
            "division",
            "demanders",
            "representatives",
            "grounds",
            "asked_on",
            "entitled",
            "needed",
            "signed",
            "check_due_on",
            "defense_due_on",
            "vote_due_on",
            "hearing",
            "heard_on",
            "defense",
            "opens_at",
            "closes_at",
            "ballot",
            "seat_ended_on",
            "by_election_due_on",
            "by_election",
            "status",
            "verified_at",
            "listed_at",
            "frozen_at",
            "decided_at",
            "ended_at",
            "end_reason",
        ]
        read_only_fields: ClassVar = fields


class NewRecallSerializer(serializers.Serializer[Any]):
    """A demand as it was handed in; the scan of its signatures is added on the page or the desk."""

    membership = serializers.PrimaryKeyRelatedField(queryset=BodyMembership.objects.select_related("body__division"))
    demanders = serializers.ChoiceField(choices=Demanders.choices, default=Demanders.VOTERS)
    representatives = serializers.PrimaryKeyRelatedField(
        queryset=Body.objects.select_related("council"), required=False, allow_null=True, default=None
    )
    grounds = serializers.CharField(max_length=LONGEST_GROUNDS)
    asked_on = serializers.DateField()


class NewSignaturesSerializer(serializers.Serializer[Any]):
    """Who signed: voters by their rows, or representatives by their seats."""

    residents = serializers.PrimaryKeyRelatedField(queryset=Resident.objects.all(), many=True, default=list)
    seats = serializers.PrimaryKeyRelatedField(queryset=BodyMembership.objects.all(), many=True, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Bound the list."""
        if len(attrs["residents"]) + len(attrs["seats"]) > MOST_AT_ONCE:
            raise SignersMissing(field="residents", most=MOST_AT_ONCE)
        return attrs


class SignatureDoubtSerializer(serializers.Serializer[Any]):
    """A signature that does not count."""

    number = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=LONGEST_DOUBT)


class SignatureCheckSerializer(serializers.Serializer[Any]):
    """Which of the unchecked signatures do not count; the others do."""

    doubtful = serializers.ListField(child=SignatureDoubtSerializer(), max_length=MOST_AT_ONCE, default=list)


class SignatureFiguresSerializer(serializers.Serializer[Any]):
    """The numbers of a demand's signatures."""

    entered = serializers.IntegerField()
    valid = serializers.IntegerField()
    doubtful = serializers.IntegerField()
    unchecked = serializers.IntegerField()


class RecallAnswerSerializer(serializers.Serializer[Any]):
    """How the member answers."""

    hearing = serializers.ChoiceField(choices=Hearing.choices)
    heard_on = serializers.DateField()
    defense = serializers.CharField(max_length=LONGEST_DEFENSE, allow_blank=True, default="")


class RecallCallSerializer(serializers.Serializer[Any]):
    """When the vote is held, and by which document."""

    ordered_by = serializers.PrimaryKeyRelatedField(queryset=PolicyDocument.objects.all())
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class RecallByElectionSerializer(RecallCallSerializer):
    """By whom the by-election is held, by which document, and when."""

    committee = serializers.PrimaryKeyRelatedField(queryset=Body.objects.all())


@moves_of(RECALL)
class RecallViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Recall]):
    """Recalls of committee members (罢免) from the demand to the by-election."""

    serializer_class = RecallSerializer
    filterset_class = RecallFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": table.RUN,
        "enter_signatures": table.RUN,
        "check_signatures": table.REVIEW,
        "answer": None,
        "plan_by_election": table.RUN,
    }

    def get_queryset(self) -> QuerySet[Recall]:
        """What the client may see."""
        return Recall.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewRecallSerializer, responses={201: RecallSerializer})
    def create(self, request: Request) -> Response:
        """Take in a demand."""
        body = NewRecallSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.receive_demand(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(RecallSerializer(row).data, status=201)

    def _acted(self, request: Request, name: str, shape: type[serializers.Serializer[Any]] | None = None) -> Response:
        row, given = self.get_object(), {}
        if shape is not None:
            body = shape(data=request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        ACTS[name].run(row, acting_user(request), clock.now(), given)
        return self.shown(row)

    @extend_schema(request=NewSignaturesSerializer, responses=SignatureFiguresSerializer)
    @action(detail=True, methods=["post"])
    def enter_signatures(self, request: Request, pk: str | None = None) -> Response:
        """Enter who signed; all of them or none."""
        del pk
        row, body = self.get_object(), NewSignaturesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        signers = [*body.validated_data["residents"], *body.validated_data["seats"]]
        operations.enter_signatures(by=acting_user(request), now=clock.now(), recall=row, signers=signers)
        return Response(SignatureFiguresSerializer(signature_figures(row)).data)

    @extend_schema(request=SignatureCheckSerializer, responses=SignatureFiguresSerializer)
    @action(detail=True, methods=["post"])
    def check_signatures(self, request: Request, pk: str | None = None) -> Response:
        """Check the signatures that somebody else has entered."""
        del pk
        row, body = self.get_object(), SignatureCheckSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        doubtful = {one["number"]: one["reason"] for one in body.validated_data["doubtful"]}
        operations.check_signatures(by=acting_user(request), now=clock.now(), recall=row, doubtful=doubtful)
        return Response(SignatureFiguresSerializer(signature_figures(row)).data)

    @extend_schema(request=None, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str | None = None) -> Response:
        """Find the demand valid: RECEIVED to VERIFIED."""
        del pk
        return self._acted(request, "verify")

    @extend_schema(request=MoveSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Find the demand not valid: RECEIVED to REFUSED."""
        del pk
        return self._acted(request, "refuse", MoveSerializer)

    @extend_schema(request=RecallAnswerSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Record the answer of the member, who may send it too."""
        del pk
        return self._acted(request, "answer", RecallAnswerSerializer)

    @extend_schema(request=RecallCallSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def call_vote(self, request: Request, pk: str | None = None) -> Response:
        """Call the vote and post the voter list: VERIFIED to LISTED."""
        del pk
        return self._acted(request, "call_vote", RecallCallSerializer)

    @extend_schema(request=None, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def freeze(self, request: Request, pk: str | None = None) -> Response:
        """Freeze the ballot: LISTED to BALLOTED."""
        del pk
        return self._acted(request, "freeze")

    @extend_schema(request=None, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def recall(self, request: Request, pk: str | None = None) -> Response:
        """Establish that the member is recalled and leaves the seat: BALLOTED to RECALLED."""
        del pk
        return self._acted(request, "recall")

    @extend_schema(request=None, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: str | None = None) -> Response:
        """Establish that the member stays: BALLOTED to KEPT."""
        del pk
        return self._acted(request, "keep")

    @extend_schema(request=RecallByElectionSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def plan_by_election(self, request: Request, pk: str | None = None) -> Response:
        """Plan the by-election of the vacant seat."""
        del pk
        return self._acted(request, "by_election", RecallByElectionSerializer)

    @extend_schema(request=MoveSerializer, responses=RecallSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str | None = None) -> Response:
        """End the demand without a vote."""
        del pk
        return self._acted(request, "drop", MoveSerializer)


routes: list[tuple[str, type[ViewSetMixin]]] = [("recalls", RecallViewSet)]
