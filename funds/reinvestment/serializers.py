"""What policies, runs and orders look like in the API, and what may be sent."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.uploads import EnterpriseFileSerializer
from funds.reinvestment import operations
from funds.reinvestment.models import (
    DerivationStep,
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    ReinvestmentOrder,
    ReinvestmentRun,
    StandingDecision,
)
from funds.reinvestment.owing import Debt
from funds.reinvestment.papers.models import OrderPaper
from funds.reinvestment.policy import OrderPaperKind, PolicyBase, Rounding, Route
from funds.reinvestment.queries import explain
from funds.reinvestment.trial import FIRST_YEAR, LAST_YEAR
from governance.api import AmountField, MoveSerializer

HIDDEN = ("payment_reference", "evidence")
"""What only those who handle the order see: in the answer to others it is null."""


class Share(serializers.DecimalField):
    """A part of 1, with four decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=5, decimal_places=4, min_value=0, max_value=1, **kwargs)


class PolicyTierSerializer(serializers.ModelSerializer[PolicyTier]):
    """The share of the base between two bounds."""

    class Meta:
        model = PolicyTier
        fields = ("lower", "upper", "share")
        read_only_fields = fields


class PolicyDestinationSerializer(serializers.ModelSerializer[PolicyDestination]):
    """A fund and its share."""

    fund_name = serializers.CharField(source="fund.short_name", read_only=True)

    class Meta:
        model = PolicyDestination
        fields = ("fund", "fund_name", "share")
        read_only_fields = fields


class DistributionPolicySerializer(serializers.ModelSerializer[DistributionPolicy]):
    """A distribution policy with its tiers and destinations."""

    tiers = PolicyTierSerializer(many=True, read_only=True)
    destinations = PolicyDestinationSerializer(many=True, read_only=True)
    document_title = serializers.CharField(source="document.title", read_only=True)

    class Meta:
        model = DistributionPolicy
        fields = (
            "id",
            "enterprise",
            "division",
            "version",
            "base",
            "fixed_amount",
            "minimum_amount",
            "cap_amount",
            "rounding_places",
            "route",
            "valid_from",
            "valid_to",
            "document",
            "document_title",
            "status",
            "tiers",
            "destinations",
            "approved_at",
        )
        read_only_fields = fields


class TrialAskedSerializer(serializers.Serializer[Any]):
    """On whom and on which years a policy is tried; without a place: on its own enterprise or place."""

    enterprise = serializers.PrimaryKeyRelatedField(
        queryset=CommunityEnterprise.objects.select_related("division"), required=False
    )
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all(), required=False)
    first_year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    last_year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    everybody = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take an enterprise or a division, not both."""
        places = [attrs.pop(name) for name in ("enterprise", "division") if name in attrs]
        if len(places) > 1:
            raise serializers.ValidationError(_("Name either an enterprise or a division."))
        return {**attrs, "scope": places[0] if places else None}


class TrialComparedSerializer(serializers.Serializer[Any]):
    """What was ordered, and what the policy would have given of which base."""

    base = serializers.DecimalField(max_digits=18, decimal_places=2)
    ordered = serializers.DecimalField(max_digits=18, decimal_places=2)
    tried = serializers.DecimalField(max_digits=18, decimal_places=2)
    difference = serializers.DecimalField(max_digits=18, decimal_places=2)


class TrialYearSerializer(TrialComparedSerializer):
    """One year of all enterprises of the scope."""

    year = serializers.IntegerField()
    declarations = serializers.IntegerField()
    touched = serializers.IntegerField()
    minor = serializers.IntegerField()


class TrialRowSerializer(TrialComparedSerializer):
    """One statement of one enterprise."""

    declaration = serializers.IntegerField()
    enterprise = serializers.IntegerField(source="enterprise_key")
    enterprise_name = serializers.CharField(source="enterprise")
    year = serializers.IntegerField()
    is_touched = serializers.BooleanField()
    is_minor = serializers.BooleanField()


class TrialFundSerializer(serializers.Serializer[Any]):
    """What one fund would have been given."""

    fund = serializers.IntegerField()
    name = serializers.CharField()
    tried = serializers.DecimalField(max_digits=18, decimal_places=2)


class TrialSerializer(serializers.Serializer[Any]):
    """A policy tried on past years beside what was really ordered; the statements are those that change most."""

    total = TrialComparedSerializer()
    years = TrialYearSerializer(many=True)
    rows = TrialRowSerializer(many=True)
    funds = TrialFundSerializer(many=True)


class PolicyTierEntrySerializer(serializers.Serializer[Any]):
    """One tier as it is entered; without `upper` it has no end."""

    lower = AmountField()
    upper = AmountField(required=False, allow_null=True, default=None)
    share = Share()

    def to_internal_value(self, data: Any) -> Any:
        """Return the tier as the operation takes it."""
        return operations.Tier(**super().to_internal_value(data))


class PolicyDestinationEntrySerializer(serializers.Serializer[Any]):
    """One destination as it is entered."""

    fund = serializers.PrimaryKeyRelatedField(queryset=CommunityFund.objects.all())
    share = Share()

    def to_internal_value(self, data: Any) -> Any:
        """Return the destination as the operation takes it."""
        return operations.Destination(**super().to_internal_value(data))


class DistributionPolicyEntrySerializer(serializers.Serializer[Any]):
    """A policy as it is entered, for an enterprise or for a division."""

    enterprise = serializers.PrimaryKeyRelatedField(
        queryset=CommunityEnterprise.objects.select_related("division"), required=False
    )
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all(), required=False)
    base = serializers.ChoiceField(choices=PolicyBase.choices)
    fixed_amount = AmountField(required=False, allow_null=True)
    minimum_amount = AmountField(required=False)
    cap_amount = AmountField(required=False, allow_null=True)
    rounding_places = serializers.ChoiceField(choices=Rounding.choices, required=False)
    route = serializers.ChoiceField(choices=Route.choices, required=False)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)
    document = serializers.PrimaryKeyRelatedField(queryset=PolicyDocument.objects.all())
    tiers = PolicyTierEntrySerializer(many=True, required=False)
    destinations = PolicyDestinationEntrySerializer(many=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take either an enterprise or a division as the place."""
        places = [attrs.pop(name) for name in ("enterprise", "division") if name in attrs]
        if len(places) != 1:
            raise serializers.ValidationError(_("Name either an enterprise or a division."))
        return {**attrs, "place": places[0]}


class DistributionPolicyRetiredSerializer(MoveSerializer):
    """The first day on which a policy counts no more, and why."""

    valid_to = serializers.DateField()


class StandingDecisionSerializer(serializers.ModelSerializer[StandingDecision]):
    """A residents' decision that covers the orders of an enterprise for a period."""

    document_title = serializers.CharField(source="document.title", read_only=True)

    class Meta:
        model = StandingDecision
        fields = (
            "id",
            "enterprise",
            "document",
            "document_title",
            "decided_on",
            "valid_from",
            "valid_to",
            "amount_limit",
            "recorded_at",
        )
        read_only_fields = fields


class StandingDecisionEntrySerializer(serializers.Serializer[Any]):
    """A standing decision as it is recorded."""

    enterprise = serializers.PrimaryKeyRelatedField(queryset=CommunityEnterprise.objects.select_related("division"))
    document = serializers.PrimaryKeyRelatedField(queryset=PolicyDocument.objects.all())
    decided_on = serializers.DateField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)
    amount_limit = AmountField(required=False, allow_null=True)


class DerivationStepSerializer(serializers.ModelSerializer[DerivationStep]):
    """One line of a derivation, in figures and as a sentence in the reader's language."""

    fund_name = serializers.CharField(source="fund.short_name", read_only=True, default=None, allow_null=True)
    sentence = serializers.CharField(read_only=True)

    class Meta:
        model = DerivationStep
        fields = ("number", "kind", "basis_amount", "rate", "amount", "fund", "fund_name", "sentence")
        read_only_fields = fields


def steps_of(run: ReinvestmentRun) -> list[dict[str, Any]]:
    """Return the lines of a run, each with its sentence; the steps must have been read along."""
    lines = explain(run)
    for line in lines:
        line.step.sentence = line.sentence  # type: ignore[attr-defined]  # a value for the serializer, no column
    return list(DerivationStepSerializer([line.step for line in lines], many=True).data)


class ReinvestmentRunSerializer(serializers.ModelSerializer[ReinvestmentRun]):
    """What was planned for a declaration."""

    enterprise_name = serializers.CharField(source="enterprise.name", read_only=True)

    class Meta:
        model = ReinvestmentRun
        fields: tuple[str, ...] = (
            "id",
            "declaration",
            "enterprise",
            "enterprise_name",
            "policy",
            "outcome",
            "warning",
            "base_amount",
            "reserve",
            "reinvested",
            "retained",
            "difference",
            "planned_at",
        )
        read_only_fields = fields


class ReinvestmentRunDetailSerializer(ReinvestmentRunSerializer):
    """A run with every fen of its derivation."""

    steps = serializers.SerializerMethodField()

    @extend_schema_field(DerivationStepSerializer(many=True))
    def get_steps(self, run: ReinvestmentRun) -> list[dict[str, Any]]:
        """Every line with its sentence."""
        return steps_of(run)

    class Meta(ReinvestmentRunSerializer.Meta):
        fields = (*ReinvestmentRunSerializer.Meta.fields, "steps")
        read_only_fields = fields


class ReinvestmentOrderSerializer(serializers.ModelSerializer[ReinvestmentOrder]):
    """What an enterprise gives to a fund."""

    enterprise_name = serializers.CharField(source="enterprise.name", read_only=True)
    fund_name = serializers.CharField(source="fund.short_name", read_only=True)
    payment_reference = serializers.CharField(read_only=True, allow_null=True)
    evidence = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = ReinvestmentOrder
        fields = (
            "id",
            "reference",
            "run",
            "enterprise",
            "enterprise_name",
            "fund",
            "fund_name",
            "direction",
            "route",
            "amount",
            "status",
            "decision_reference",
            "decided_on",
            "standing_decision",
            "due_on",
            "paid_on",
            "payment_reference",
            "evidence",
            "received_on",
            "receipt_number",
            "journal",
            "proposed_at",
            "confirmed_at",
            "resolved_at",
            "approved_at",
            "paid_at",
            "received_at",
            "receipted_at",
            "published_at",
        )
        read_only_fields = fields

    def to_representation(self, instance: ReinvestmentOrder) -> dict[str, Any]:
        """Leave out the papers for those who do not handle the order."""
        shown = super().to_representation(instance)
        user = self.context["request"].user
        if not user.has_perm("funds.view_order_paper", instance):
            shown.update(dict.fromkeys(HIDDEN))
        return shown


class OrderPaperSerializer(serializers.ModelSerializer[OrderPaper]):
    """A file of an order, for those who handle it; `content` is where it is fetched."""

    name = serializers.CharField(source="file.name", read_only=True)
    content_type = serializers.CharField(source="file.content_type", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True)
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    content = serializers.SerializerMethodField()

    class Meta:
        model = OrderPaper
        fields = ("id", "kind", "file", "name", "content_type", "size", "sha256", "content", "attached_at")
        read_only_fields = fields

    def get_content(self, row: OrderPaper) -> str:
        """The address of the file."""
        return reverse("funds:order-file", args=[row.order_id, row.file_id])


class OrderPaperEntrySerializer(EnterpriseFileSerializer):
    """A file of an order, and what it shows."""

    kind = serializers.ChoiceField(choices=OrderPaperKind.choices)


class OrderDerivationSerializer(serializers.Serializer[Any]):
    """How the amount of an order came about: the lines of its run, and the sentence that ends in its own amount."""

    steps = DerivationStepSerializer(many=True)
    sentence = serializers.CharField()


class OrderResolvedSerializer(serializers.Serializer[Any]):
    """The residents' decision behind an order: its own with its date, or a standing one."""

    decision_reference = serializers.CharField(required=False, allow_blank=True, max_length=200)
    decided_on = serializers.DateField(required=False, allow_null=True)
    standing_decision = serializers.PrimaryKeyRelatedField(
        queryset=StandingDecision.objects.all(), required=False, allow_null=True
    )


class OrderPaymentSerializer(serializers.Serializer[Any]):
    """When the money left, with the evidence of the route."""

    paid_on = serializers.DateField()
    payment_reference = serializers.CharField(required=False, allow_blank=True, max_length=80)
    evidence = serializers.CharField(required=False, allow_blank=True)


class DebtSerializer(serializers.Serializer[Any]):
    """What the fund owes of an order, in yuan."""

    owed = serializers.DecimalField(max_digits=18, decimal_places=2)
    paid = serializers.DecimalField(max_digits=18, decimal_places=2)
    set_aside = serializers.DecimalField(max_digits=18, decimal_places=2)
    left = serializers.DecimalField(max_digits=18, decimal_places=2)
    vouchers = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_vouchers(self, debt: Debt) -> list[int]:
        """The keys of the vouchers that say so."""
        return [journal.pk for journal in debt.vouchers]


class DebtPaymentSerializer(serializers.Serializer[Any]):
    """A payment of what the fund owes."""

    amount = AmountField()
    paid_on = serializers.DateField()
    payment_reference = serializers.CharField(max_length=80)


class OrderReceivedSerializer(serializers.Serializer[Any]):
    """When the money arrived, where no bank line of the charity shows it."""

    received_on = serializers.DateField()


class OrderReceiptSerializer(serializers.Serializer[Any]):
    """The number of the receipt."""

    receipt_number = serializers.CharField(max_length=40)
