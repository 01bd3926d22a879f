"""Accounts to the public in the API: what is owed, what was published at which journal, what has changed since."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.disclosure import operations, queries
from funds.disclosure.filters import DisclosureFilter
from funds.disclosure.lifecycle import DISCLOSURE
from funds.disclosure.models import Disclosure
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, SumField, moves_of
from governance.calendar import clock


class DisclosureSerializer(serializers.ModelSerializer[Disclosure]):
    """An account that a fund owes the public, or has published."""

    is_late = serializers.SerializerMethodField()

    class Meta:
        model = Disclosure
        fields = (
            *("id", "fund", "kind", "request", "covers_from", "covers_to", "due_on", "is_late", "status", "version"),
            *("corrects", "correction_reason", "text", "sequence", "head_hash", "notice", "opened_at", "published_at"),
        )
        read_only_fields = fields

    def get_is_late(self, row: Disclosure) -> bool:
        """Whether it should have been published before today."""
        return row.is_late_on(clock.today())

    def to_representation(self, instance: Disclosure) -> dict[str, Any]:
        """Keep the words to those who handle the fund until they are published."""
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.published_at is None:
            shown["text"] = ""
        return shown


class FigureSerializer(serializers.Serializer[Any]):
    """A published figure, what the same query says now, and where its rows are."""

    name = serializers.CharField(source="figure.name", help_text="The name of the query.")
    subject = serializers.CharField(source="figure.subject", help_text="The code of the account it is of, if any.")
    label = serializers.CharField(source="figure.label")  # type: ignore[assignment]  # the name that programs read
    amount = SumField(source="figure.amount")
    now = SumField()
    rows = serializers.CharField(help_text="The page with the vouchers from which it follows.")


class FiguresSerializer(serializers.Serializer[Any]):
    """All figures of a published account."""

    sequence = serializers.IntegerField(allow_null=True, help_text="The journal at which they were computed.")
    figures = FigureSerializer(many=True)


class AccountTextSerializer(serializers.Serializer[Any]):
    """What was done with the money."""

    text = serializers.CharField(max_length=5000)


class PublishSerializer(serializers.Serializer[Any]):
    """Whom to ask about it; empty: the office of the place."""

    contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DisclosureCorrectionSerializer(serializers.Serializer[Any]):
    """Why it is corrected."""

    reason = serializers.CharField(max_length=300)


@moves_of(DISCLOSURE)
class DisclosureViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Disclosure]):
    """The accounts that funds owe and have published."""

    queryset = Disclosure.objects.all()
    serializer_class = DisclosureSerializer
    filterset_class = DisclosureFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "figures": None,
        "correct": "funds.write_disclosure",
    }

    def get_queryset(self) -> QuerySet[Disclosure]:
        """Rows that the caller may see."""
        return Disclosure.objects.visible_to(self.request.user).for_detail()

    @extend_schema(responses=FiguresSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def figures(self, request: Request, pk: str | None = None) -> Response:
        """Return the published figures beside what the ledger says now; none before publication."""
        del request, pk
        row = self.get_object()
        found = queries.compared(row) if row.published_at else []
        return Response(FiguresSerializer({"sequence": row.sequence, "figures": found}).data)

    @extend_schema(request=AccountTextSerializer, responses=DisclosureSerializer)
    @action(detail=True, methods=["post"])
    def write(self, request: Request, pk: str | None = None) -> Response:
        """Write the words of the account: DUE to WRITTEN."""
        del pk
        row, body = self.get_object(), AccountTextSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, now = acting_user(request), clock.now()
        return self.shown(operations.write_disclosure(by=by, disclosure=row, now=now, **body.validated_data))

    @extend_schema(request=PublishSerializer, responses=DisclosureSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str | None = None) -> Response:
        """Publish it with the figures of the ledger at its present head: WRITTEN to PUBLISHED."""
        del pk
        row, body = self.get_object(), PublishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, now = acting_user(request), clock.now()
        return self.shown(operations.publish_disclosure(by=by, disclosure=row, now=now, **body.validated_data))

    @extend_schema(request=MoveSerializer, responses=DisclosureSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Send it back to its author, with the reason: WRITTEN to DUE."""
        del pk
        row, body = self.get_object(), MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, now, reason = acting_user(request), clock.now(), body.validated_data["reason"]
        return self.shown(operations.send_back(by=by, disclosure=row, reason=reason, now=now))

    @extend_schema(request=DisclosureCorrectionSerializer, responses={201: DisclosureSerializer})
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str | None = None) -> Response:
        """Open a new account of the same period that corrects this published one."""
        del pk
        row, body = self.get_object(), DisclosureCorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, now = acting_user(request), clock.now()
        made = operations.correct_disclosure(by=by, disclosure=row, now=now, **body.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [("disclosures", DisclosureViewSet)]
