"""The contracts room in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from funds.spending.models import SpendingRequest
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.contracts import evaluating, operations
from projects.contracts.checks import GROUNDS
from projects.contracts.filters import ContractFilter, MilestoneFilter
from projects.contracts.grades import NEWEST
from projects.contracts.judging import operations as judging
from projects.contracts.judging.models import Deliverable, ItemResult
from projects.contracts.lifecycle import CONTRACT, MILESTONE
from projects.contracts.models import Condition, Contract, ContractKind, Milestone
from projects.contracts.policy import ServiceField
from projects.contracts.queries import rest_waits_for
from projects.contracts.shares import READ_ALONG, shares_of
from projects.contracts.terms import operations as terms
from projects.contracts.terms.api import InstalmentSerializer
from projects.contracts.terms.models import AwardPayment, Category, ContractLine, Ground, Settlement
from projects.evaluation.models import EvaluationPlan
from projects.grants.models import GrantAward
from projects.grants.policy import SourceKind
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.awarding.policy import LONGEST_NUMBER
from socialorgs.register.models import SocialOrganization


class ContractLineSerializer(serializers.ModelSerializer[ContractLine]):
    """One line of a contract's budget as it was agreed."""

    class Meta:
        model = ContractLine
        fields = ("id", "number", "category", "title", "amount")
        read_only_fields = fields


class DeliverableSerializer(serializers.ModelSerializer[Deliverable]):
    """One thing that is promised, and what the acceptance found."""

    class Meta:
        model = Deliverable
        fields = ("id", "number", "title", "target", "unit", "actual", "result", "remark", "judged_in")
        read_only_fields = fields


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    """One milestone with its report."""

    class Meta:
        model = Milestone
        fields = ("id", "contract", "number", "title", "due_on", "status", "report", "reported_at", "confirmed_at")
        read_only_fields = fields


class InstalmentShareSerializer(serializers.Serializer[Any]):
    """What one payer pays of an instalment of a grant, and where its payment stands; null while none was asked for."""

    number = serializers.IntegerField()
    payer = serializers.CharField()
    kind = serializers.ChoiceField(choices=SourceKind.choices)
    amount = AmountField()
    payment_status = serializers.CharField(allow_null=True)
    paid_on = serializers.DateField(allow_null=True)


class ContractSerializer(serializers.ModelSerializer[Contract]):
    """A contract with its instalments and milestones; all of it is public once signed.

    `fund_amount` is what the hold of a fund pays where a grant has other payers beside it; `shares` tells for a grant who
    pays which part of which instalment.
    """

    division_name = serializers.CharField(source="division.name", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    instalments = InstalmentSerializer(many=True, read_only=True)
    milestones = MilestoneSerializer(many=True, read_only=True)
    lines = ContractLineSerializer(many=True, read_only=True)
    deliverables = DeliverableSerializer(many=True, read_only=True)
    shares = serializers.SerializerMethodField()
    rest_waits_for = serializers.SerializerMethodField(
        help_text="Why the last instalment waits for the evaluation, or for the street after it was failed; else empty."
    )

    class Meta:
        model = Contract
        fields = (
            "id",
            "number",
            "title",
            "division",
            "division_name",
            "organization",
            "organization_name",
            "kind",
            "field",
            "request",
            "purchase",
            "grant",
            "evaluation",
            "despite_grade",
            "despite_at",
            "rest_waits_for",
            "amount",
            "fund_amount",
            "scope",
            "starts_on",
            "ends_on",
            "prolonged_to",
            "opinions_needed",
            "joined_at",
            "signed_on",
            "publish_by",
            "file_by",
            "filed_on",
            "filing_number",
            "delivery_report",
            "status",
            "offered_at",
            "agreed_at",
            "signed_at",
            "delivered_at",
            "accepted_at",
            "closed_at",
            "instalments",
            "milestones",
            "lines",
            "deliverables",
            "shares",
        )
        read_only_fields = fields

    def get_rest_waits_for(self, row: Contract) -> str:
        """Return why the last instalment waits for the evaluation; nothing once it does not."""
        return rest_waits_for(row)

    @extend_schema_field(InstalmentShareSerializer(many=True))
    def get_shares(self, row: Contract) -> Any:
        """Return who pays which part; nothing where one payer pays all."""
        found = shares_of(row, list(row.instalments.all())) if row.grant_id is not None else []
        return InstalmentShareSerializer(found, many=True).data


class InstalmentEntrySerializer(serializers.Serializer[Any]):
    """An instalment as it is entered."""

    percent = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=1, max_value=100)
    condition = serializers.ChoiceField(choices=Condition.choices)


class MilestoneEntrySerializer(serializers.Serializer[Any]):
    """A milestone as it is entered."""

    title = serializers.CharField(max_length=120)
    due_on = serializers.DateField()


class ContractLineEntrySerializer(serializers.Serializer[Any]):
    """A line of the budget as it is entered."""

    category = serializers.ChoiceField(choices=Category.choices)
    title = serializers.CharField(max_length=120)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)


class DeliverableEntrySerializer(serializers.Serializer[Any]):
    """What is promised, as it is entered."""

    title = serializers.CharField(max_length=160)
    target = serializers.DecimalField(max_digits=10, decimal_places=2)
    unit = serializers.CharField(max_length=20)


class ContractEntrySerializer(serializers.Serializer[Any]):
    """What is entered of a contract."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    request = serializers.PrimaryKeyRelatedField(
        queryset=SpendingRequest.objects.all(), required=False, allow_null=True, default=None
    )
    purchase = serializers.PrimaryKeyRelatedField(
        queryset=PurchaseAward.objects.all(), required=False, allow_null=True, default=None
    )
    grant = serializers.PrimaryKeyRelatedField(
        queryset=GrantAward.objects.all(), required=False, allow_null=True, default=None
    )
    kind = serializers.ChoiceField(choices=ContractKind.choices, default=ContractKind.SERVICE)
    field = serializers.ChoiceField(choices=ServiceField.choices, required=False, allow_blank=True, default="")
    evaluation = serializers.PrimaryKeyRelatedField(
        queryset=EvaluationPlan.objects.all(), required=False, allow_null=True, default=None
    )
    title = serializers.CharField(max_length=120)
    scope = serializers.CharField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    instalments = InstalmentEntrySerializer(many=True)
    milestones = MilestoneEntrySerializer(many=True, required=False, default=list)
    lines = ContractLineEntrySerializer(many=True, required=False, default=list)
    deliverables = DeliverableEntrySerializer(many=True, required=False, default=list)
    grounds = serializers.ListField(child=serializers.ChoiceField(choices=list(GROUNDS)), required=False, default=list)


class DeliveryReportSerializer(serializers.Serializer[Any]):
    """What was done."""

    report = serializers.CharField()


class AcceptanceOpinionSerializer(serializers.Serializer[Any]):
    """What a resident thinks of a delivery."""

    is_satisfied = serializers.BooleanField()
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class TakenOpinionSerializer(AcceptanceOpinionSerializer):
    """The opinion of a resident whom the lot fell on."""

    number = serializers.IntegerField(min_value=1)


class ItemEntrySerializer(serializers.Serializer[Any]):
    """What the acceptance found of one item."""

    number = serializers.IntegerField(min_value=1)
    actual = serializers.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0))
    result = serializers.ChoiceField(choices=ItemResult.choices)
    remark = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class SettlementEntrySerializer(serializers.Serializer[Any]):
    """How a contract is reckoned that ends early."""

    ground = serializers.ChoiceField(choices=Ground.choices)
    done = serializers.CharField()
    work_value = serializers.DecimalField(max_digits=14, decimal_places=2)


class SettlementRefundSerializer(serializers.Serializer[Any]):
    """That what was owed came back."""

    refunded_on = serializers.DateField()
    reference = serializers.CharField(max_length=LONGEST_NUMBER)


class ContractFilingSerializer(serializers.Serializer[Any]):
    """The filing of the copy with the finance department."""

    filed_on = serializers.DateField()
    number = serializers.CharField(max_length=60)


class NumberSerializer(serializers.Serializer[Any]):
    """An instalment by its number."""

    number = serializers.IntegerField(min_value=1)


class NamedFieldSerializer(serializers.Serializer[Any]):
    """In which field a project serves."""

    field = serializers.ChoiceField(choices=ServiceField.choices)


class NamedEvaluationSerializer(serializers.Serializer[Any]):
    """An evaluation by its key."""

    evaluation = serializers.PrimaryKeyRelatedField(queryset=EvaluationPlan.objects.all())


@moves_of(CONTRACT)
class ContractViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Contract]):
    """Contracts: signed ones for everybody, others for the staff of the place and the organization."""

    queryset = Contract.objects.all()
    serializer_class = ContractSerializer
    filterset_class = ContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_contract",
        "give_opinion": "projects.give_acceptance_opinion",
        "release": "projects.manage_contract",
        "name_evaluation": "projects.manage_contract",
        "pay_despite_grade": "projects.sign_contract",
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
        given = dict(body.validated_data)
        given["instalments"] = [(row["percent"], row["condition"]) for row in given["instalments"]]
        given["milestones"] = [(row["title"], row["due_on"]) for row in given["milestones"]]
        given["lines"] = [(row["category"], row["title"], row["amount"]) for row in given["lines"]]
        given["deliverables"] = [(row["title"], row["target"], row["unit"]) for row in given["deliverables"]]
        row = operations.draft_contract(by=acting_user(request), now=clock.now(), **given)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

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
