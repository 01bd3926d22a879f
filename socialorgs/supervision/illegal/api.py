"""Illegal organizations in the API: cases come in from the registrar and the police, the public reads names and decisions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.models import SocialOrganization
from socialorgs.supervision.filters import IllegalCaseFilter
from socialorgs.supervision.illegal import operations
from socialorgs.supervision.illegal.lifecycle import ILLEGAL_CASE
from socialorgs.supervision.illegal.models import IllegalCase, Measure
from socialorgs.supervision.policy import LONGEST_TEXT

INSIDE = ("place", "account", "findings", "organization", "remark", "outcome", "opened_at", "decided_at", "ended_at")
"""What only those read who handle such cases there."""


class IllegalCaseSerializer(serializers.ModelSerializer[IllegalCase]):
    """An illegal organization: for everybody its name and the decision, the rest empty; all of it for who handles it."""

    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = IllegalCase
        fields = (
            "id",
            "division",
            "division_name",
            "name",
            "status",
            "measure",
            "decision_number",
            "decided_on",
            *INSIDE,
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {name: {"allow_null": True} for name in INSIDE}

    def to_representation(self, instance: IllegalCase) -> dict[str, Any]:
        """Leave out for others what was only looked into."""
        shown = super().to_representation(instance)
        if self.context["request"].user.has_perm("socialorgs.read_illegal_cases", instance):
            return shown
        return {**shown, **dict.fromkeys(INSIDE)}


class IllegalCaseEntrySerializer(serializers.Serializer[Any]):
    """A body that acts without registration, or goes on after it was revoked."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    name = serializers.CharField(max_length=120)
    place = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    account = serializers.CharField(max_length=LONGEST_TEXT)


class IllegalMeasureSerializer(serializers.Serializer[Any]):
    """What was found, and the measure that is proposed."""

    findings = serializers.CharField(max_length=LONGEST_TEXT)
    measure = serializers.ChoiceField(choices=Measure.choices)
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )


class IllegalDecisionSerializer(serializers.Serializer[Any]):
    """The decision as it was issued."""

    decision_number = serializers.CharField(max_length=80)
    decided_on = serializers.DateField()


class IllegalOutcomeSerializer(serializers.Serializer[Any]):
    """What came of a decision."""

    outcome = serializers.CharField(max_length=LONGEST_TEXT)


@moves_of(ILLEGAL_CASE)
class IllegalCaseViewSet(Idempotent, Moves, ReadOnlyModelViewSet[IllegalCase]):
    """Illegal social organizations: the public list, and for those who handle them the cases of their places."""

    queryset = IllegalCase.objects.all()
    serializer_class = IllegalCaseSerializer
    filterset_class = IllegalCaseFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.open_illegal_case",
    }

    def get_queryset(self) -> QuerySet[IllegalCase]:
        """Rows that the caller may see."""
        return IllegalCase.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=IllegalCaseEntrySerializer, responses={201: IllegalCaseSerializer})
    def create(self, request: Request) -> Response:
        """Open a case."""
        body = IllegalCaseEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.open_case(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=IllegalMeasureSerializer, responses=IllegalCaseSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str | None = None) -> Response:
        """Enter the findings and propose a measure: INVESTIGATING to PROPOSED."""
        del pk
        return self._led(request, IllegalMeasureSerializer, operations.propose_measure)

    @extend_schema(request=MoveSerializer, responses=IllegalCaseSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Let it be looked into further: PROPOSED to INVESTIGATING."""
        del pk
        return self._led(request, MoveSerializer, operations.send_case_back)

    @extend_schema(request=IllegalDecisionSerializer, responses=IllegalCaseSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str | None = None) -> Response:
        """Decide as proposed: PROPOSED to DECIDED."""
        del pk
        return self._led(request, IllegalDecisionSerializer, operations.decide_case)

    @extend_schema(request=MoveSerializer, responses=IllegalCaseSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str | None = None) -> Response:
        """Set it aside as unfounded: OPENED or INVESTIGATING to DISMISSED."""
        del pk
        return self._led(request, MoveSerializer, operations.dismiss_case)

    @extend_schema(request=IllegalOutcomeSerializer, responses=IllegalCaseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Enter what came of it: DECIDED to CLOSED."""
        del pk
        return self._led(request, IllegalOutcomeSerializer, operations.close_case)

    def _led(self, request: Request, asks: type[serializers.Serializer[Any]], operation: Any) -> Response:
        """Read what the move asks for, make it, and show what came of it; the right is asked first."""
        row = self.get_object()
        body = asks(data=request.data)
        body.is_valid(raise_exception=True)
        return self.shown(operation(by=acting_user(request), now=clock.now(), case=row, **body.validated_data))


routes: list[tuple[str, type[ViewSetMixin]]] = [("illegal-organizations", IllegalCaseViewSet)]
