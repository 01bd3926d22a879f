"""The reinvestment room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.enterprises.uploads import read_upload
from funds.reinvestment import operations, owing
from funds.reinvestment.filters import OrderFilter, PolicyFilter, RunFilter, StandingDecisionFilter
from funds.reinvestment.lifecycle import ORDER, POLICY
from funds.reinvestment.models import (
    DistributionPolicy,
    ReinvestmentOrder,
    ReinvestmentRun,
    StandingDecision,
)
from funds.reinvestment.papers.operations import attach_order_paper
from funds.reinvestment.queries import explain_order
from funds.reinvestment.serializers import (
    DebtPaymentSerializer,
    DebtSerializer,
    DistributionPolicyEntrySerializer,
    DistributionPolicyRetiredSerializer,
    DistributionPolicySerializer,
    OrderDerivationSerializer,
    OrderPaperEntrySerializer,
    OrderPaperSerializer,
    OrderPaymentSerializer,
    OrderReceiptSerializer,
    OrderReceivedSerializer,
    OrderResolvedSerializer,
    ReinvestmentOrderSerializer,
    ReinvestmentRunDetailSerializer,
    ReinvestmentRunSerializer,
    StandingDecisionEntrySerializer,
    StandingDecisionSerializer,
    TrialAskedSerializer,
    TrialSerializer,
    steps_of,
)
from funds.reinvestment.trial import try_policy
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, asked_of, moves_of
from governance.calendar import clock


@moves_of(POLICY)
class PolicyViewSet(Idempotent, Moves, ReadOnlyModelViewSet[DistributionPolicy]):
    """Distribution policies: approved ones for everybody."""

    queryset = DistributionPolicy.objects.all()
    serializer_class = DistributionPolicySerializer
    filterset_class = PolicyFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.enter_distribution_policy",
        "what_if": "funds.try_distribution_policy",
    }

    def get_queryset(self) -> QuerySet[DistributionPolicy]:
        """Rows that the caller may see."""
        return DistributionPolicy.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=DistributionPolicyEntrySerializer, responses={201: DistributionPolicySerializer})
    def create(self, request: Request) -> Response:
        """Enter the next version of a policy as a draft."""
        body = DistributionPolicyEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_policy(by=acting_user(request), now=clock.now(), **body.validated_data)
        shown = DistributionPolicySerializer(DistributionPolicy.objects.for_list().get(pk=row.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[TrialAskedSerializer], responses=TrialSerializer)
    @action(detail=True, methods=["get"], url_path="what-if", pagination_class=None, filterset_class=None)
    def what_if(self, request: Request, pk: str | None = None) -> Response:
        """Try the policy on past years; nothing is written."""
        del pk
        policy = self.get_object()
        asked = asked_of(request, TrialAskedSerializer)
        scope = asked.pop("scope") or policy.enterprise or policy.division
        found = try_policy(by=acting_user(request), policy=policy, scope=scope, **asked)
        return Response(TrialSerializer(found).data)

    @extend_schema(request=MoveSerializer, responses=DistributionPolicySerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve: DRAFT to ACTIVE, by another person than the one who entered it."""
        del pk
        return self.shown(operations.approve_policy(by=acting_user(request), policy=self.get_object(), now=clock.now()))

    @extend_schema(request=DistributionPolicyRetiredSerializer, responses=DistributionPolicySerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str | None = None) -> Response:
        """Retire: the policy still counts for periods that ended before `valid_to`."""
        del pk
        policy = self.get_object()
        body = DistributionPolicyRetiredSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.retire_policy(by=acting_user(request), policy=policy, now=clock.now(), **body.validated_data)
        return self.shown(row)


class StandingDecisionViewSet(Idempotent, ReadOnlyModelViewSet[StandingDecision]):
    """Residents' standing decisions."""

    queryset = StandingDecision.objects.all()
    serializer_class = StandingDecisionSerializer
    filterset_class = StandingDecisionFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.record_standing_decision",
    }

    def get_queryset(self) -> QuerySet[StandingDecision]:
        """Rows that the caller may see."""
        return StandingDecision.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=StandingDecisionEntrySerializer, responses={201: StandingDecisionSerializer})
    def create(self, request: Request) -> Response:
        """Record a standing decision."""
        body = StandingDecisionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_standing_decision(
            by=acting_user(request), now=clock.now(), today=clock.today(), **body.validated_data
        )
        return Response(StandingDecisionSerializer(row).data, status=status.HTTP_201_CREATED)


class RunViewSet(ReadOnlyModelViewSet[ReinvestmentRun]):
    """What the planner found for each declaration, with its derivation."""

    queryset = ReinvestmentRun.objects.all()
    serializer_class = ReinvestmentRunSerializer
    filterset_class = RunFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[ReinvestmentRun]:
        """Rows that the caller may see."""
        rows = ReinvestmentRun.objects.visible_to(self.request.user)
        return rows.for_detail() if self.action == "retrieve" else rows.for_list()

    def get_serializer_class(self) -> type[ReinvestmentRunSerializer]:
        """Show the derivation of a single run."""
        return ReinvestmentRunDetailSerializer if self.action == "retrieve" else ReinvestmentRunSerializer


@moves_of(ORDER)
class OrderViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ReinvestmentOrder]):
    """Reinvestment orders: for everybody from the day their money has arrived."""

    queryset = ReinvestmentOrder.objects.all()
    serializer_class = ReinvestmentOrderSerializer
    filterset_class = OrderFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "derivation": None,
        "debt": None,
        "pay_debt": "funds.pay_order",
        "papers": "funds.view_order_paper",
        "attach": "funds.attach_order_paper",
    }

    def get_queryset(self) -> QuerySet[ReinvestmentOrder]:
        """Rows that the caller may see."""
        rows = ReinvestmentOrder.objects.visible_to(self.request.user)
        return rows.for_detail() if self.action == "derivation" else rows.for_list()

    @extend_schema(responses=OrderDerivationSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def derivation(self, request: Request, pk: str | None = None) -> Response:
        """Tell how the amount came about, every fen of it, in figures and in words."""
        del request, pk
        order = self.get_object()
        return Response({"steps": steps_of(order.run), "sentence": explain_order(order)})

    @extend_schema(request=OrderResolvedSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str | None = None) -> Response:
        """Record the residents' decision: CONFIRMED to RESOLVED."""
        del pk
        return self._done(request, OrderResolvedSerializer, operations.resolve_order)

    @extend_schema(request=MoveSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve for the street: RESOLVED to APPROVED; the due day follows."""
        del pk
        order = self.get_object()
        row = operations.approve_order(by=acting_user(request), order=order, now=clock.now(), today=clock.today())
        return self.shown(row)

    @extend_schema(request=OrderPaymentSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"])
    def record_payment(self, request: Request, pk: str | None = None) -> Response:
        """Record the payment with the evidence of its route."""
        del pk
        return self._done(request, OrderPaymentSerializer, operations.record_payment)

    @extend_schema(request=MoveSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"])
    def owe(self, request: Request, pk: str | None = None) -> Response:
        """Acknowledge that the fund owes what the order takes back: APPROVED or OVERDUE to OWED."""
        del pk
        order = self.get_object()
        row = owing.acknowledge_debt(by=acting_user(request), order=order, now=clock.now(), today=clock.today())
        return self.shown(row)

    @extend_schema(responses=DebtSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def debt(self, request: Request, pk: str | None = None) -> Response:
        """Tell what the fund owes of the order, with the keys of the vouchers."""
        del request, pk
        order = self.get_object()
        found = owing.debt_of(order, with_vouchers=True)
        if found is None:
            raise owing.NothingOwed(order=order.reference, status=order.get_status_display())
        return Response(DebtSerializer(found).data)

    @extend_schema(request=DebtPaymentSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"], url_path="debt-payments")
    def pay_debt(self, request: Request, pk: str | None = None) -> Response:
        """Record that all or part of the debt was paid back; the last payment closes it."""
        del pk
        return self._done(request, DebtPaymentSerializer, owing.pay_debt)

    @extend_schema(request=OrderReceivedSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str | None = None) -> Response:
        """Confirm receipt of a dividend, a direct payment or a return; donations are received through bank matches."""
        del pk
        return self._done(request, OrderReceivedSerializer, operations.receive_order)

    @extend_schema(request=OrderReceiptSerializer, responses=ReinvestmentOrderSerializer)
    @action(detail=True, methods=["post"])
    def issue_receipt(self, request: Request, pk: str | None = None) -> Response:
        """Record the number of the charity's receipt: RECEIVED to RECEIPTED."""
        del pk
        order = self.get_object()
        body = OrderReceiptSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self.shown(
            operations.issue_receipt(by=acting_user(request), order=order, now=clock.now(), **body.validated_data)
        )

    @extend_schema(responses=OrderPaperSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def papers(self, request: Request, pk: str | None = None) -> Response:
        """List the papers of an order as files, for those who handle it; at most thirty."""
        del request, pk
        rows = self.get_object().papers.select_related("file").order_by("pk")
        return Response(OrderPaperSerializer(rows, many=True).data)

    @extend_schema(request={"multipart/form-data": OrderPaperEntrySerializer}, responses={201: OrderPaperSerializer})
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def attach(self, request: Request, pk: str | None = None) -> Response:
        """Attach a file to an order: the resolution, the slip, the contract, the invoice …"""
        del pk
        order = self.get_object()
        said = read_upload(request, OrderPaperEntrySerializer)
        row = attach_order_paper(by=acting_user(request), order=order, now=clock.now(), **said)
        return Response(OrderPaperSerializer(row).data, status=status.HTTP_201_CREATED)

    def _done(self, request: Request, shape: type[serializers.Serializer[Any]], operation: Any) -> Response:
        order = self.get_object()
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        row = operation(
            by=acting_user(request), order=order, now=clock.now(), today=clock.today(), **body.validated_data
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("distribution-policies", PolicyViewSet),
    ("standing-decisions", StandingDecisionViewSet),
    ("reinvestment-runs", RunViewSet),
    ("reinvestment-orders", OrderViewSet),
]
