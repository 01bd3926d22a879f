"""The money of contracts in the API: spending, supplements, payments out of public money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock
from projects.contracts.filters import OfContractFilter
from projects.contracts.models import Contract, Instalment
from projects.contracts.terms import operations
from projects.contracts.terms.lifecycle import AWARD_PAYMENT, EXPENDITURE, SUPPLEMENT
from projects.contracts.terms.models import AwardPayment, ContractLine, Expenditure, Supplement
from projects.purchasing.awarding.policy import LONGEST_NUMBER


class ExpenditureSerializer(serializers.ModelSerializer[Expenditure]):
    """Money that was spent under a contract."""

    class Meta:
        model = Expenditure
        fields = (
            *("id", "contract", "line", "spent_on", "amount", "payee", "what", "invoice_number", "evidence"),
            *("status", "entered_at", "checked_at"),
        )
        read_only_fields = fields


class ExpenditureEntrySerializer(serializers.Serializer[Any]):
    """Money that was spent, as it is entered, with its invoice."""

    contract = serializers.PrimaryKeyRelatedField(queryset=Contract.objects.all())
    line = serializers.PrimaryKeyRelatedField(queryset=ContractLine.objects.all())
    spent_on = serializers.DateField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    payee = serializers.CharField(max_length=120)
    what = serializers.CharField(max_length=200)
    invoice_number = serializers.CharField(max_length=40)
    invoice = serializers.FileField()


class SupplementSerializer(serializers.ModelSerializer[Supplement]):
    """A change of a contract."""

    class Meta:
        model = Supplement
        fields = (
            *("id", "contract", "number", "amount", "shifted", "line", "taken_from", "prolonged_to", "reason"),
            *("status", "proposed_at", "agreed_at", "approved_at"),
        )
        read_only_fields = fields


class ContractSupplementEntrySerializer(serializers.Serializer[Any]):
    """A change of a contract as it is proposed."""

    contract = serializers.PrimaryKeyRelatedField(queryset=Contract.objects.all())
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, default=Decimal(0))
    shifted = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, default=Decimal(0))
    line = serializers.PrimaryKeyRelatedField(
        queryset=ContractLine.objects.all(), required=False, allow_null=True, default=None
    )
    taken_from = serializers.PrimaryKeyRelatedField(
        queryset=ContractLine.objects.all(), required=False, allow_null=True, default=None
    )
    prolonged_to = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=2000)


class AwardPaymentSerializer(serializers.ModelSerializer[AwardPayment]):
    """A payment of an instalment out of public money or a foundation's; `payer` names the source of a grant."""

    payer = serializers.CharField(source="source.name", read_only=True, default=None)

    class Meta:
        model = AwardPayment
        fields = (
            *("id", "contract", "instalment", "source", "payer", "amount", "paid_on", "reference", "status"),
            *("requested_at", "approved_at", "paid_at"),
        )
        read_only_fields = fields


class InstalmentPaymentSerializer(serializers.ModelSerializer[AwardPayment]):
    """Where a payment of an instalment out of public money stands."""

    class Meta:
        model = AwardPayment
        fields = ("id", "amount", "status", "paid_on")
        read_only_fields = fields


class InstalmentSerializer(serializers.ModelSerializer[Instalment]):
    """One instalment with its payments that were not cancelled: out of a fund, and out of public money."""

    payment_status = serializers.CharField(source="payment.status", read_only=True, default=None)
    public_payments = InstalmentPaymentSerializer(many=True, read_only=True)

    class Meta:
        model = Instalment
        fields = (
            *("id", "number", "percent", "amount", "condition", "supplement"),
            *("payment", "payment_status", "public_payments"),
        )
        read_only_fields = fields


class PaidEntrySerializer(serializers.Serializer[Any]):
    """That the treasury has paid."""

    paid_on = serializers.DateField()
    reference = serializers.CharField(max_length=LONGEST_NUMBER)


@moves_of(EXPENDITURE)
class ExpenditureViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Expenditure]):
    """Money spent under contracts: for the staff of the place and the organization."""

    queryset = Expenditure.objects.all()
    serializer_class = ExpenditureSerializer
    filterset_class = OfContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_contract_file",
        "retrieve": "projects.view_contract_file",
        "create": "projects.enter_expenditure",
    }

    def get_queryset(self) -> QuerySet[Expenditure]:
        """Rows that the caller may see."""
        return Expenditure.objects.inside_of(self.request.user).order_by("-pk")

    @extend_schema(request=ExpenditureEntrySerializer, responses={201: ExpenditureSerializer})
    def create(self, request: Request) -> Response:
        """Enter money that was spent, with its invoice."""
        body = ExpenditureEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        file = given.pop("invoice")
        row = operations.enter_expenditure(
            by=acting_user(request), now=clock.now(), invoice=(file.name, file.read()), **given
        )
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer


@moves_of(SUPPLEMENT)
class SupplementViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Supplement]):
    """Supplements of the contracts that the caller may see."""

    queryset = Supplement.objects.all()
    serializer_class = SupplementSerializer
    filterset_class = OfContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_contract",
    }

    def get_queryset(self) -> QuerySet[Supplement]:
        """Rows that the caller may see."""
        return Supplement.objects.visible_to(self.request.user).select_related("contract__division").order_by("-pk")

    @extend_schema(request=ContractSupplementEntrySerializer, responses={201: SupplementSerializer})
    def create(self, request: Request) -> Response:
        """Propose a supplement."""
        body = ContractSupplementEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.propose_supplement(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=None, responses=SupplementSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Put the supplement into force: AGREED to APPROVED."""
        del pk
        row = operations.approve_supplement(by=acting_user(request), now=clock.now(), supplement=self.get_object())
        return self.shown(row)


@moves_of(AWARD_PAYMENT)
class AwardPaymentViewSet(Idempotent, Moves, ReadOnlyModelViewSet[AwardPayment]):
    """Payments out of public money of the contracts that the caller may see."""

    queryset = AwardPayment.objects.all()
    serializer_class = AwardPaymentSerializer
    filterset_class = OfContractFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[AwardPayment]:
        """Rows that the caller may see."""
        rows = AwardPayment.objects.visible_to(self.request.user).order_by("-pk")
        return rows.select_related("contract__division", "source__funding__fund", "source__funding__foundation")

    @extend_schema(request=None, responses=AwardPaymentSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve: REQUESTED to APPROVED."""
        del pk
        row = operations.approve_award_payment(by=acting_user(request), now=clock.now(), payment=self.get_object())
        return self.shown(row)

    @extend_schema(request=PaidEntrySerializer, responses=AwardPaymentSerializer)
    @action(detail=True, methods=["post"])
    def record_paid(self, request: Request, pk: str | None = None) -> Response:
        """Record as paid: APPROVED to PAID."""
        del pk
        payment = self.get_object()
        body = PaidEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_award_payment(
            by=acting_user(request), now=clock.now(), payment=payment, **body.validated_data
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("contract-expenditures", ExpenditureViewSet),
    ("contract-supplements", SupplementViewSet),
    ("contract-payments", AwardPaymentViewSet),
]
