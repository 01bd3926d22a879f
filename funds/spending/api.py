"""The spending room in the API."""

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

from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.charity.models import CommunityFund
from funds.ledger.models import Account
from funds.spending import operations, quoting, relieving
from funds.spending.entries import (
    AcceptanceSerializer,
    ChoiceSerializer,
    QuoteEntrySerializer,
    ReliefEntrySerializer,
    ResolutionEntrySerializer,
    read,
)
from funds.spending.filters import PaymentFilter, RequestFilter
from funds.spending.lifecycle import PAYMENT, SPENDING_REQUEST
from funds.spending.models import BudgetLine, Duty, FundResolution, Payment, Purpose, SpendingRequest
from funds.spending.papers.models import Quote
from funds.spending.rules import payee_for
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.models import SocialOrganization


class BudgetLineSerializer(serializers.ModelSerializer[BudgetLine]):
    """One line of a budget."""

    class Meta:
        model = BudgetLine
        fields = ("number", "description", "amount")
        read_only_fields = fields


class ResolutionSerializer(serializers.ModelSerializer[FundResolution]):
    """What the committee resolved, in figures."""

    rule = serializers.CharField(source="rule.key", read_only=True, allow_null=True, default=None)

    class Meta:
        model = FundResolution
        fields = (
            "attempt",
            "met_on",
            "rule",
            "entitled",
            "present",
            "in_favor",
            "against",
            "abstained",
            "recused",
            "residents_voting",
            "has_quorum",
            "is_passed",
            "reason",
            "supervisor",
            "supervisor_opinion",
        )
        read_only_fields = fields


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """An offer as it is compared."""

    class Meta:
        model = Quote
        fields = ("id", "supplier", "organization", "amount", "file", "is_chosen", "choice_reason")
        read_only_fields = fields


class RequestSerializer(serializers.ModelSerializer[SpendingRequest]):
    """A request as lists show it."""

    decision_number = serializers.CharField(source="decision.number", read_only=True, allow_null=True, default=None)
    fund_name = serializers.CharField(source="fund.short_name", read_only=True)

    class Meta:
        model = SpendingRequest
        fields: tuple[str, ...] = (
            "id",
            "number",
            "fund",
            "fund_name",
            "decision",
            "decision_number",
            "topic",
            "matter",
            "title",
            "purpose",
            "duty",
            "is_emergency",
            "plan",
            "beneficiaries",
            "amount",
            "pool",
            "organization",
            "notice",
            "hold_journal",
            "release_journal",
            "status",
            "entered_at",
            "submitted_at",
            "checked_at",
            "resolved_at",
            "posted_at",
            "cleared_at",
            "approved_at",
            "acceptance",
            "accepted_at",
            "completed_at",
        )
        read_only_fields: tuple[str, ...] = fields


class RequestDetailSerializer(RequestSerializer):
    """A request with its budget, the committee's resolutions and its payments."""

    lines = BudgetLineSerializer(many=True, read_only=True)
    resolutions = ResolutionSerializer(many=True, read_only=True)
    quotes = QuoteSerializer(many=True, read_only=True)

    class Meta(RequestSerializer.Meta):
        fields = (*RequestSerializer.Meta.fields, "lines", "quotes", "resolutions")
        read_only_fields = fields


class BudgetLineEntrySerializer(serializers.Serializer[Any]):
    """One line of a budget."""

    description = serializers.CharField(max_length=200)
    amount = AmountField()


class RequestEditSerializer(serializers.Serializer[Any]):
    """What may be changed of a draft; everything is sent."""

    title = serializers.CharField(max_length=120)
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    duty = serializers.ChoiceField(choices=Duty.choices, required=False, default=Duty.NOBODY)
    plan = serializers.CharField()
    beneficiaries = serializers.CharField(max_length=200)
    amount = AmountField()
    lines = BudgetLineEntrySerializer(many=True)
    pool = serializers.PrimaryKeyRelatedField(
        queryset=Account.objects.all(), required=False, allow_null=True, default=None
    )
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_lines(self, value: list[dict[str, Any]]) -> list[tuple[str, Any]]:
        """Return the lines as the operation takes them."""
        return [(line["description"], line["amount"]) for line in value]


class RequestEntrySerializer(RequestEditSerializer):
    """What is entered of a request."""

    fund = serializers.IntegerField()
    decision = serializers.IntegerField(required=False, allow_null=True, default=None)
    topic = serializers.IntegerField(required=False, allow_null=True, default=None)
    matter = serializers.IntegerField(required=False, allow_null=True, default=None)
    is_emergency = serializers.BooleanField(required=False, default=False)

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row

    def validate_decision(self, value: int | None) -> Decision | None:
        """Find the decision among those that the caller may see."""
        row: Decision | None = self._seen(Decision, value, _("There is no such decision."))
        return row

    def validate_topic(self, value: int | None) -> Topic | None:
        """Find the topic among those that the caller may see."""
        row: Topic | None = self._seen(Topic, value, _("There is no such topic."))
        return row

    def validate_matter(self, value: int | None) -> Matter | None:
        """Find the matter among those that the caller may see."""
        row: Matter | None = self._seen(Matter, value, _("There is no such matter."))
        return row

    def _seen(self, model: Any, value: int | None, refusal: str) -> Any:
        if value is None:
            return None
        row = model.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(refusal)
        return row


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """A payment; the payee as the caller may know them, the bank slip for those who handle the fund."""

    payee = serializers.SerializerMethodField()
    bank_reference = serializers.SerializerMethodField()
    request_number = serializers.CharField(source="request.number", read_only=True)

    class Meta:
        model = Payment
        fields = (
            "id",
            "request",
            "request_number",
            "number",
            "amount",
            "payee",
            "organization",
            "note",
            "status",
            "paid_on",
            "bank_reference",
            "journal",
            "planned_at",
            "requested_at",
            "approved_at",
            "paid_at",
        )
        read_only_fields = fields

    @extend_schema_field(str)
    def get_payee(self, row: Payment) -> str:
        """Return the payee as the caller may know it."""
        return payee_for(self.context["request"].user, row)

    @extend_schema_field(str)
    def get_bank_reference(self, row: Payment) -> str:
        """Return the number of the bank slip to those who handle the fund."""
        knows = self.context["request"].user.has_perm("funds.view_spending_file", row)
        return row.bank_reference if knows else ""


class PaymentEntrySerializer(serializers.Serializer[Any]):
    """One instalment to be planned."""

    request = serializers.IntegerField()
    number = serializers.IntegerField(min_value=1, max_value=999)
    amount = AmountField()
    payee = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    is_payee_public = serializers.BooleanField(required=False, allow_null=True, default=None)

    def validate_request(self, value: int) -> SpendingRequest:
        """Find the request among those that the caller may see."""
        row = SpendingRequest.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such request."))
        return row


class PaidSerializer(serializers.Serializer[Any]):
    """When the money left, and the slip that proves it."""

    paid_on = serializers.DateField()
    bank_reference = serializers.CharField(max_length=80)


@moves_of(SPENDING_REQUEST)
class RequestViewSet(Idempotent, Moves, ReadOnlyModelViewSet[SpendingRequest]):
    """Requests for money of a fund: posted ones for everybody, the rest for those who handle the fund."""

    queryset = SpendingRequest.objects.all()
    serializer_class = RequestSerializer
    filterset_class = RequestFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.enter_spending_request",
        "update": "funds.enter_spending_request",
        "quotes": "funds.enter_spending_request",
        "choose": "funds.enter_spending_request",
        "accept": "funds.accept_spending_request",
    }

    def get_queryset(self) -> QuerySet[SpendingRequest]:
        """Rows that the caller may see."""
        rows = SpendingRequest.objects.visible_to(self.request.user)
        return rows.for_detail() if self.action == "retrieve" else rows.for_list()

    @extend_schema(responses=RequestDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one request with its budget and the committee's resolutions."""
        del request, args, kwargs
        return Response(RequestDetailSerializer(self.get_object(), context=self.get_serializer_context()).data)

    @extend_schema(request=RequestEntrySerializer, responses={201: RequestSerializer})
    def create(self, request: Request) -> Response:
        """Draft a request for what a final decision asks."""
        body = RequestEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.enter_request(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RequestEditSerializer, responses=RequestSerializer)
    def update(self, request: Request, pk: str | None = None) -> Response:
        """Change a draft or a returned request."""
        del pk
        body = RequestEditSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.edit_request(
            by=acting_user(request), now=clock.now(), request=self.get_object(), **body.validated_data
        )
        return self.shown(row)

    @extend_schema(request=None, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Submit: DRAFT or RETURNED to SUBMITTED, with the step of the ladder that holds today."""
        del pk
        row = operations.submit_request(by=acting_user(request), now=clock.now(), request=self.get_object())
        return self.shown(row)

    @extend_schema(request=QuoteEntrySerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def quotes(self, request: Request, pk: str | None = None) -> Response:
        """Attach an offer to a draft or a returned request."""
        del pk
        data = read(QuoteEntrySerializer, request)
        row = self.get_object()
        quoting.attach_quote(by=acting_user(request), now=clock.now(), request=row, **data)
        return self.shown(row)

    @extend_schema(request=ChoiceSerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, pk: str | None = None) -> Response:
        """Choose one of the offers."""
        del pk
        data = read(ChoiceSerializer, request)
        by, row = acting_user(request), self.get_object()
        return self.shown(quoting.choose_quote(by=by, now=clock.now(), request=row, **data))

    @extend_schema(request=AcceptanceSerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Record that what was paid for has been looked at and found in order."""
        del pk
        data = read(AcceptanceSerializer, request)
        by, row = acting_user(request), self.get_object()
        return self.shown(operations.accept_request(by=by, now=clock.now(), request=row, **data))

    @extend_schema(request=ReliefEntrySerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def relieve(self, request: Request, pk: str | None = None) -> Response:
        """Grant emergency relief before the committee has met: CHECKED to CLEARED."""
        del pk
        data = read(ReliefEntrySerializer, request)
        data["members"] = (data.pop("first_member"), data.pop("second_member"))
        by, row = acting_user(request), self.get_object()
        return self.shown(relieving.grant_relief(by=by, now=clock.now(), request=row, **data))

    @extend_schema(request=ResolutionEntrySerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str | None = None) -> Response:
        """Record the committee's vote: leads to RESOLVED, to REJECTED, or (without a quorum) nowhere."""
        del pk
        return self._resolved(request)

    @extend_schema(request=ResolutionEntrySerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Record the committee's vote, the same as `resolve`: the rule judges, not the route."""
        del pk
        return self._resolved(request)

    def _resolved(self, request: Request) -> Response:
        body = ResolutionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_resolution(
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            request=self.get_object(),
            **body.validated_data,
        )
        return self.shown(row)

    @extend_schema(request=None, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def put_up(self, request: Request, pk: str | None = None) -> Response:
        """Post for objections, or enter in the monthly list where the ladder asks for no days."""
        del pk
        return self._posted(request)

    @extend_schema(request=None, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def list_monthly(self, request: Request, pk: str | None = None) -> Response:
        """Make public as the ladder asks, the same as `put_up`."""
        del pk
        return self._posted(request)

    def _posted(self, request: Request) -> Response:
        by, row = acting_user(request), self.get_object()
        return self.shown(operations.post_request(by=by, now=clock.now(), today=clock.today(), request=row))

    @extend_schema(request=None, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve and hold the money: CLEARED to APPROVED."""
        del pk
        by, row = acting_user(request), self.get_object()
        return self.shown(operations.approve_request(by=by, now=clock.now(), today=clock.today(), request=row))

    @extend_schema(request=None, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str | None = None) -> Response:
        """Complete and release what is left: APPROVED to COMPLETED."""
        del pk
        by, row = acting_user(request), self.get_object()
        return self.shown(operations.complete_request(by=by, now=clock.now(), today=clock.today(), request=row))

    @extend_schema(request=MoveSerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str | None = None) -> Response:
        """Stop and release what is left: APPROVED to STOPPED."""
        del pk
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.stop_request(
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            request=self.get_object(),
            reason=body.validated_data["reason"],
        )
        return self.shown(row)


@moves_of(PAYMENT)
class PaymentViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Payment]):
    """Payments out of a fund: paid ones for everybody, the rest for those who handle the fund."""

    queryset = Payment.objects.all()
    serializer_class = PaymentSerializer
    filterset_class = PaymentFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.request_payment",
        "request_": "funds.request_payment",
    }
    request: Any = None  # the move of this name would hide the HTTP request; `request_` makes it

    def get_queryset(self) -> QuerySet[Payment]:
        """Rows that the caller may see."""
        return Payment.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=PaymentEntrySerializer, responses={201: PaymentSerializer})
    def create(self, request: Request) -> Response:
        """Plan one instalment out of what is held."""
        body = PaymentEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.plan_payment(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=PaymentSerializer)
    @action(detail=True, methods=["post"], url_path="request", url_name="request")
    def request_(self, request: Request, pk: str | None = None) -> Response:
        """Ask for the payment: PLANNED to REQUESTED."""
        del pk
        row = operations.request_payment(by=acting_user(request), now=clock.now(), payment=self.get_object())
        return self.shown(row)

    @extend_schema(request=None, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve the payment: REQUESTED to APPROVED."""
        del pk
        row = operations.approve_payment(by=acting_user(request), now=clock.now(), payment=self.get_object())
        return self.shown(row)

    @extend_schema(request=PaidSerializer, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def record_paid(self, request: Request, pk: str | None = None) -> Response:
        """Record as paid and post it: APPROVED to PAID."""
        del pk
        body = PaidSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_paid(
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            payment=self.get_object(),
            **body.validated_data,
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("spending-requests", RequestViewSet),
    ("payments", PaymentViewSet),
]
