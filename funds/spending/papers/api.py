"""Emergency relief and refunds in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.spending import refunding, relieving
from funds.spending.entries import ResolutionEntrySerializer, read
from funds.spending.filters import RefundFilter, ReliefFilter
from funds.spending.lifecycle import EMERGENCY_RELIEF, REFUND
from funds.spending.models import Payment
from funds.spending.papers.models import EmergencyRelief, Refund
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, moves_of
from governance.calendar import clock


class ReliefSerializer(serializers.ModelSerializer[EmergencyRelief]):
    """Emergency relief; the household and why it could not wait for those who handle the fund."""

    household = serializers.SerializerMethodField()
    urgency = serializers.SerializerMethodField()
    request_number = serializers.CharField(source="request.number", read_only=True)

    class Meta:
        model = EmergencyRelief
        fields = (
            *("id", "request", "request_number", "household", "urgency", "amount", "cap", "due_on", "status"),
            *("resolution", "granted_at", "judged_at", "escalated_at"),
        )
        read_only_fields = fields

    def _knows(self, row: EmergencyRelief) -> bool:
        return bool(self.context["request"].user.has_perm("funds.view_spending_file", row))

    @extend_schema_field(str)
    def get_household(self, row: EmergencyRelief) -> str:
        """Return the household to those who handle the fund."""
        return row.household if self._knows(row) else ""

    @extend_schema_field(str)
    def get_urgency(self, row: EmergencyRelief) -> str:
        """Return why it could not wait to those who handle the fund."""
        return row.urgency if self._knows(row) else ""


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """A refund; the bank slip for those who handle the fund."""

    bank_reference = serializers.SerializerMethodField()

    class Meta:
        model = Refund
        fields = (
            *("id", "payment", "amount", "received_on", "bank_reference", "reason", "status", "journal"),
            *("recorded_at", "posted_at"),
        )
        read_only_fields = fields

    @extend_schema_field(str)
    def get_bank_reference(self, row: Refund) -> str:
        """Return the number of the bank slip to those who handle the fund."""
        knows = self.context["request"].user.has_perm("funds.view_spending_file", row)
        return row.bank_reference if knows else ""


class RefundEntrySerializer(serializers.Serializer[Any]):
    """What a payee gives back of a payment."""

    payment = serializers.IntegerField()
    amount = AmountField()
    received_on = serializers.DateField()
    bank_reference = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=200)

    def validate_payment(self, value: int) -> Payment:
        """Find the payment among those that the caller may see."""
        row = Payment.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such payment."))
        return row


@moves_of(EMERGENCY_RELIEF)
class ReliefViewSet(Idempotent, Moves, ReadOnlyModelViewSet[EmergencyRelief]):
    """Emergency relief: what the committee has judged for everybody, the rest for those who handle the fund."""

    queryset = EmergencyRelief.objects.all()
    serializer_class = ReliefSerializer
    filterset_class = ReliefFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[EmergencyRelief]:
        """Rows that the caller may see."""
        return EmergencyRelief.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ResolutionEntrySerializer, responses=ReliefSerializer)
    @action(detail=True, methods=["post"])
    def ratify(self, request: Request, pk: str | None = None) -> Response:
        """Record the committee's vote: leads to RATIFIED, to REFUSED, or (without a quorum) nowhere."""
        del pk
        return self._judged(request)

    @extend_schema(request=ResolutionEntrySerializer, responses=ReliefSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Record the committee's vote, the same as `ratify`: the rule judges, not the route."""
        del pk
        return self._judged(request)

    def _judged(self, request: Request) -> Response:
        data = read(ResolutionEntrySerializer, request)
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "today": clock.today()}
        return self.shown(relieving.judge_relief(**told, relief=self.get_object(), **data))


@moves_of(REFUND)
class RefundViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Refund]):
    """Money that payees gave back: what is in the fund again for everybody, the rest for those who handle the fund."""

    queryset = Refund.objects.all()
    serializer_class = RefundSerializer
    filterset_class = RefundFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None, "create": "funds.record_refund"}

    def get_queryset(self) -> QuerySet[Refund]:
        """Rows that the caller may see."""
        return Refund.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=RefundEntrySerializer, responses={201: RefundSerializer})
    def create(self, request: Request) -> Response:
        """Record that a payee gives money back."""
        body = RefundEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "today": clock.today()}
        row = refunding.record_refund(**told, **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=RefundSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm against the bank slip and post: RECORDED to POSTED."""
        del pk
        row = refunding.post_refund(by=acting_user(request), now=clock.now(), refund=self.get_object())
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("emergency-reliefs", ReliefViewSet),
    ("refunds", RefundViewSet),
]
