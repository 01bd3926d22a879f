"""What the contracts room tells and takes in the API."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any, Self

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from communities.territory.models import Division
from funds.spending.models import SpendingRequest
from governance.api import AmountField
from projects.contracts.checks import GROUNDS
from projects.contracts.drafting import Terms
from projects.contracts.judging.models import Deliverable, ItemResult
from projects.contracts.models import Condition, Contract, ContractKind, Milestone
from projects.contracts.policy import ServiceField
from projects.contracts.queries import rest_waits_for
from projects.contracts.shares import shares_of
from projects.contracts.stamps import PARTS
from projects.contracts.terms.api import InstalmentSerializer
from projects.contracts.terms.models import Category, ContractLine, Ground, Settlement
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


class SettlementSerializer(serializers.ModelSerializer[Settlement]):
    """How a contract was reckoned that ended early, or that was not all paid or spent."""

    class Meta:
        model = Settlement
        fields = ("ground", "done", "work_value", "paid", "refund", "proposed_at", "refunded_on", "refund_reference")
        read_only_fields = fields


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
    settlement = SettlementSerializer(read_only=True, default=None, allow_null=True)
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
            "settlement",
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


class ContractTermsSerializer(serializers.Serializer[Any]):
    """What a draft says, as it is entered; what is sent of its rows takes the place of all that stand there."""

    kind = serializers.ChoiceField(choices=ContractKind.choices, default=ContractKind.SERVICE)
    field = serializers.ChoiceField(choices=ServiceField.choices, required=False, allow_blank=True, default="")
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

    @classmethod
    def of(cls, terms: Terms, sent: Any) -> Self:
        """Return the entry of what a draft says with what was sent in its place."""
        said = {one.name: getattr(terms, one.name) for one in fields(terms)}
        for part, columns in PARTS.items():
            said[part] = [dict(zip(columns, row, strict=True)) for row in said[part]]
        return cls(data={**said, **sent})

    @property
    def given(self) -> dict[str, Any]:
        """What was sent, its rows as the operations take them."""
        found = dict(self.validated_data)
        for part, columns in PARTS.items():
            found[part] = [tuple(row[name] for name in columns) for row in found[part]]
        return found


class ContractEntrySerializer(ContractTermsSerializer):
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
    evaluation = serializers.PrimaryKeyRelatedField(
        queryset=EvaluationPlan.objects.all(), required=False, allow_null=True, default=None
    )


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


class WithheldSerializer(serializers.Serializer[Any]):
    """Why the rest is not paid, and what the work is worth where that is less than what was paid."""

    reason = serializers.CharField(max_length=2000)
    work_value = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, allow_null=True, default=None
    )


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
