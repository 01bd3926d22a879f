"""The contracts room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import IF_MATCH, Idempotent, Moves, MoveSerializer, Tagged, moves_of, version_asked
from governance.calendar import clock
from projects.contracts import drafting, evaluating, operations
from projects.contracts.filters import ContractFilter, MilestoneFilter
from projects.contracts.grades import NEWEST
from projects.contracts.judging import operations as judging
from projects.contracts.lifecycle import CONTRACT, MILESTONE
from projects.contracts.models import Contract, Milestone
from projects.contracts.serializers import (
    AcceptanceOpinionSerializer,
    ContractEntrySerializer,
    ContractFilingSerializer,
    ContractSerializer,
    ContractTermsSerializer,
    DeliveryReportSerializer,
    ItemEntrySerializer,
    MilestoneSerializer,
    NamedEvaluationSerializer,
    NamedFieldSerializer,
    NumberSerializer,
    SettlementEntrySerializer,
    SettlementRefundSerializer,
    TakenOpinionSerializer,
    WithheldSerializer,
)
from projects.contracts.shares import READ_ALONG
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import AwardPayment, Settlement


@moves_of(CONTRACT)
class ContractViewSet(Tagged, Idempotent, Moves, ReadOnlyModelViewSet[Contract]):
    """Contracts: signed ones for everybody, others for the staff of the place and the organization."""

    queryset = Contract.objects.all()
    serializer_class = ContractSerializer
    filterset_class = ContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_contract",
        "partial_update": "projects.manage_contract",
        "give_opinion": "projects.give_acceptance_opinion",
        "release": "projects.manage_contract",
        "name_evaluation": "projects.manage_contract",
        "pay_despite_grade": "projects.sign_contract",
        "withhold_rest": "projects.sign_contract",
        "name_field": "projects.manage_contract",
        "join": "projects.join_contract",
        "take_opinion": "projects.take_opinion",
        "judge": "projects.accept_contract",
        "propose_settlement": "projects.manage_contract",
        "reckon_unused": "projects.manage_contract",
        "record_refund": "projects.manage_contract",
        "file": "projects.manage_contract",
    }

    def get_queryset(self) -> QuerySet[Contract]:
        """Rows that the caller may see."""
        payments = Prefetch("instalments__award_payments", AwardPayment.objects.standing(), to_attr="public_payments")
        seen = Contract.objects.visible_to(self.request.user).for_detail()
        rows: QuerySet[Any] = seen.annotate(evaluation_grade=Subquery(NEWEST))
        return rows.prefetch_related("lines", payments, READ_ALONG).order_by("-pk")

    @extend_schema(request=ContractEntrySerializer, responses={201: ContractSerializer})
    def create(self, request: Request) -> Response:
        """Draft a contract."""
        body = ContractEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = drafting.draft_contract(by=acting_user(request), now=clock.now(), **body.given)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=ContractTermsSerializer, responses=ContractSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Correct a draft; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = ContractTermsSerializer.of(drafting.terms_of(row), request.data)
        body.is_valid(raise_exception=True)
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "version": version}
        return self.tagged(drafting.correct_contract(contract=row, terms=drafting.Terms(**body.given), **told))

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def offer(self, request: Request, pk: str | None = None) -> Response:
        """Offer to the organization: DRAFT to OFFERED."""
        del pk
        row = operations.offer_contract(by=acting_user(request), now=clock.now(), contract=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str | None = None) -> Response:
        """Sign for the organization: OFFERED to AGREED."""
        del pk
        row = operations.agree_contract(by=acting_user(request), now=clock.now(), contract=self.get_object())
        return self.shown(row)

    @extend_schema(request=None, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str | None = None) -> Response:
        """Sign for the community, the third party of a contract on an award."""
        del pk
        row = operations.join_contract(by=acting_user(request), now=clock.now(), contract=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str | None = None) -> Response:
        """Sign for the street: AGREED to RUNNING."""
        del pk
        row = operations.sign_contract(
            by=acting_user(request), now=clock.now(), today=clock.today(), contract=self.get_object()
        )
        return self.shown(row)

    @extend_schema(request=DeliveryReportSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def report_delivery(self, request: Request, pk: str | None = None) -> Response:
        """Report the delivery: RUNNING to DELIVERED."""
        del pk
        contract = self.get_object()
        body = DeliveryReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.report_delivery(
            by=acting_user(request), now=clock.now(), contract=contract, **body.validated_data
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def return_delivery(self, request: Request, pk: str | None = None) -> Response:
        """Return for mending: DELIVERED to RUNNING."""
        del pk
        return self._with_reason(request, operations.return_delivery)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def terminate(self, request: Request, pk: str | None = None) -> Response:
        """Terminate, with the reason."""
        del pk
        return self._with_reason(request, operations.terminate_contract)

    def _with_reason(self, request: Request, operation: Any) -> Response:
        contract = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operation(
            by=acting_user(request), now=clock.now(), contract=contract, reason=body.validated_data["reason"]
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Accept with the residents: DELIVERED to ACCEPTED."""
        del pk
        row = operations.accept_contract(by=acting_user(request), now=clock.now(), contract=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close when everything is paid: ACCEPTED to CLOSED."""
        del pk
        row = operations.close_contract(by=acting_user(request), now=clock.now(), contract=self.get_object())
        return self.shown(row)

    @extend_schema(request=AcceptanceOpinionSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="opinions")
    def give_opinion(self, request: Request, pk: str | None = None) -> Response:
        """Say as a resident whether the delivery is content."""
        del pk
        contract = self.get_object()
        body = AcceptanceOpinionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.give_acceptance_opinion(
            by=acting_user(request), now=clock.now(), contract=contract, **body.validated_data
        )
        return self.shown(contract)

    @extend_schema(request=TakenOpinionSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="taken-opinions")
    def take_opinion(self, request: Request, pk: str | None = None) -> Response:
        """Take down the opinion of a resident whom the lot fell on."""
        del pk
        return self._done(request, TakenOpinionSerializer, judging.take_opinion)

    @extend_schema(request=ItemEntrySerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="items")
    def judge(self, request: Request, pk: str | None = None) -> Response:
        """Judge one promised item of the delivery that waits."""
        del pk
        contract = self.get_object()
        body = ItemEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        item = get_object_or_404(contract.deliverables, number=given.pop("number"))
        judging.judge_item(by=acting_user(request), now=clock.now(), deliverable=item, **given)
        return self.shown(contract)

    @extend_schema(request=SettlementEntrySerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="settlement")
    def propose_settlement(self, request: Request, pk: str | None = None) -> Response:
        """Reckon a contract that is to end early; another person then ends it."""
        del pk
        return self._done(request, SettlementEntrySerializer, terms.propose_settlement)

    @extend_schema(request=None, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="unused-money")
    def reckon_unused(self, request: Request, pk: str | None = None) -> Response:
        """Reckon what is left of a grant whose project was accepted; it is paid back before the contract is closed."""
        del pk
        terms.reckon_unused(by=acting_user(request), now=clock.now(), contract=self.get_object())
        return self.shown(self.get_object())

    @extend_schema(request=SettlementRefundSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="refund")
    def record_refund(self, request: Request, pk: str | None = None) -> Response:
        """Write down that the organization has paid back what it owed."""
        del pk
        contract = self.get_object()
        settlement = get_object_or_404(Settlement, contract=contract)
        body = SettlementRefundSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        terms.record_refund(by=acting_user(request), now=clock.now(), settlement=settlement, **body.validated_data)
        return self.shown(contract)

    def _done(self, request: Request, entry: type[serializers.Serializer[Any]], operation: Any) -> Response:
        contract = self.get_object()
        body = entry(data=request.data)
        body.is_valid(raise_exception=True)
        operation(by=acting_user(request), now=clock.now(), contract=contract, **body.validated_data)
        return self.shown(self.get_object())

    @extend_schema(request=NumberSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str | None = None) -> Response:
        """Plan the payment of an instalment whose condition holds."""
        del pk
        return self._done(request, NumberSerializer, operations.release_instalment)

    @extend_schema(request=NamedEvaluationSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="evaluation")
    def name_evaluation(self, request: Request, pk: str | None = None) -> Response:
        """Name the evaluation in which the service is judged."""
        del pk
        contract = self.get_object()
        body = NamedEvaluationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        evaluating.attach_evaluation(by=acting_user(request), now=clock.now(), contract=contract, **body.validated_data)
        return self.shown(contract)

    @extend_schema(request=MoveSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="despite-grade")
    def pay_despite_grade(self, request: Request, pk: str | None = None) -> Response:
        """Decide that the rest is paid although the evaluation was failed, with a reason that is public."""
        del pk
        return self._done(request, MoveSerializer, evaluating.pay_despite_grade)

    @extend_schema(request=WithheldSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="withheld-rest")
    def withhold_rest(self, request: Request, pk: str | None = None) -> Response:
        """Decide that the rest is not paid because the evaluation was failed, with a reason that is public."""
        del pk
        return self._done(request, WithheldSerializer, terms.withhold_rest)

    @extend_schema(request=ContractFilingSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def file(self, request: Request, pk: str | None = None) -> Response:
        """Write down that the copy of a signed contract on a purchase was filed with the finance department."""
        del pk
        contract = self.get_object()
        body = ContractFilingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.record_filing(by=acting_user(request), now=clock.now(), contract=contract, **body.validated_data)
        return self.shown(contract)

    @extend_schema(request=NamedFieldSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="field")
    def name_field(self, request: Request, pk: str | None = None) -> Response:
        """Say in which field the project serves, so that people find it in the directory."""
        del pk
        return self._done(request, NamedFieldSerializer, operations.name_field)


@moves_of(MILESTONE)
class MilestoneViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Milestone]):
    """Milestones of the contracts that the caller may see; files of evidence are attached on the page."""

    queryset = Milestone.objects.all()
    serializer_class = MilestoneSerializer
    filterset_class = MilestoneFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[Milestone]:
        """Rows that the caller may see."""
        contracts = Contract.objects.visible_to(self.request.user)
        rows = Milestone.objects.filter(contract__in=contracts)
        return rows.select_related("contract__division", "contract__organization").order_by("-pk")

    @extend_schema(request=DeliveryReportSerializer, responses=MilestoneSerializer)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str | None = None) -> Response:
        """Report: PLANNED to REPORTED."""
        del pk
        milestone = self.get_object()
        body = DeliveryReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.report_milestone(
            by=acting_user(request), now=clock.now(), milestone=milestone, **body.validated_data
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=MilestoneSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm: REPORTED to CONFIRMED."""
        del pk
        row = operations.confirm_milestone(by=acting_user(request), now=clock.now(), milestone=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=MilestoneSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Return: REPORTED to PLANNED."""
        del pk
        milestone = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.return_milestone(
            by=acting_user(request), now=clock.now(), milestone=milestone, reason=body.validated_data["reason"]
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("contracts", ContractViewSet),
    ("milestones", MilestoneViewSet),
]
