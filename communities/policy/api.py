"""The policy room in the API: documents, rule values with their approval, decision rules."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.policy import operations
from communities.policy.filters import DecisionRuleFilter, DocumentFilter, ParameterFilter
from communities.policy.lifecycle import PARAMETER
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument, PolicyParameter
from communities.policy.policy import Part, PassBase, Terms
from communities.policy.queries import RuleHere, rules_here
from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, asked_of, moves_of
from governance.calendar import clock


class PolicyDocumentSerializer(serializers.ModelSerializer[PolicyDocument]):
    """A document that rules rest on."""

    class Meta:
        model = PolicyDocument
        fields: ClassVar = [
            "id",
            "title",
            "document_number",
            "issuer",
            "level",
            "division",
            "issued_on",
            "effective_on",
            "expires_on",
            "summary",
        ]


class NewDocumentSerializer(serializers.Serializer[Any]):
    """What is needed to enter a document."""

    title = serializers.CharField(max_length=200)
    document_number = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    issuer = serializers.CharField(max_length=100)
    level = serializers.ChoiceField(choices=DocumentLevel.choices)
    division = serializers.PrimaryKeyRelatedField(
        queryset=Division.objects.all(), required=False, allow_null=True, default=None
    )
    issued_on = serializers.DateField(required=False, allow_null=True, default=None)
    effective_on = serializers.DateField()
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)
    summary = serializers.CharField(required=False, allow_blank=True, default="")


class PolicyDocumentViewSet(Idempotent, ReadOnlyModelViewSet[PolicyDocument]):
    """Documents that rules rest on (政策文件)."""

    serializer_class = PolicyDocumentSerializer
    filterset_class = DocumentFilter
    permissions: ClassVar = {"list": None, "retrieve": None, "create": "communities.enter_document"}

    def get_queryset(self) -> QuerySet[PolicyDocument]:
        """All of them, newest first."""
        return PolicyDocument.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewDocumentSerializer, responses={201: PolicyDocumentSerializer})
    def create(self, request: Request) -> Response:
        """Enter a document."""
        body = NewDocumentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_document(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(PolicyDocumentSerializer(row).data, status=201)


class ParameterSerializer(serializers.ModelSerializer[PolicyParameter]):
    """One value of a rule parameter in one place and period."""

    value = serializers.JSONField(read_only=True)

    class Meta:
        model = PolicyParameter
        fields: ClassVar = [
            "id",
            "key",
            "division",
            "value",
            "unit",
            "valid_from",
            "valid_to",
            "basis",
            "basis_article",
            "status",
            "entered_at",
            "approved_at",
            "retired_at",
        ]
        read_only_fields: ClassVar = fields


class NewParameterSerializer(serializers.Serializer[Any]):
    """What is needed to enter a value."""

    key = serializers.CharField(max_length=100)
    division = serializers.PrimaryKeyRelatedField(
        queryset=Division.objects.all(), required=False, allow_null=True, default=None
    )
    value = serializers.JSONField()
    unit = serializers.CharField(max_length=40)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    basis = serializers.PrimaryKeyRelatedField(queryset=PolicyDocument.objects.all())
    basis_article = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class ParameterApprovalSerializer(MoveSerializer):
    """An approval, and whether the value that runs until then ends where this one begins."""

    ends_running = serializers.BooleanField(required=False, default=False)


class EndOfValueSerializer(serializers.Serializer[Any]):
    """The first day on which a row no longer holds, and why."""

    on = serializers.DateField()
    reason = serializers.CharField()


class RuleHereSerializer(serializers.Serializer[Any]):
    """One parameter as it holds in a place on a day."""

    key = serializers.CharField(source="parameter.key")
    name = serializers.CharField(source="parameter.label")
    unit = serializers.CharField(source="parameter.unit")
    value = serializers.SerializerMethodField("stored_value")
    shown = serializers.CharField()
    is_default = serializers.SerializerMethodField()
    division = serializers.IntegerField(source="row.division_id", allow_null=True, default=None)
    since = serializers.DateField(source="row.valid_from", allow_null=True, default=None)
    basis = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.ANY)
    def stored_value(self, rule: RuleHere) -> Any:
        """Return the value as it is stored, or the default."""
        if rule.row is not None:
            return rule.row.value
        return _plain(rule.parameter.default)

    def get_is_default(self, rule: RuleHere) -> bool:
        """Tell whether no value has been entered for the place or above it."""
        return rule.row is None

    def get_basis(self, rule: RuleHere) -> str:
        """Name the document, or the source of the default."""
        return rule.parameter.basis if rule.row is None else f"{rule.row.basis} {rule.row.basis_article}".strip()


def _plain(value: Any) -> Any:
    """Write a default as the same value would be stored: steps as their names and values, decimals and parts as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    return value if value is None or isinstance(value, int) else str(value)


class PlaceAndDaySerializer(serializers.Serializer[Any]):
    """The place and the day that a look-up asks for."""

    division = serializers.PrimaryKeyRelatedField(
        queryset=Division.objects.all(), required=False, allow_null=True, default=None
    )
    on = serializers.DateField(required=False, allow_null=True, default=None)


@moves_of(PARAMETER)
class ParameterViewSet(Idempotent, Moves, ReadOnlyModelViewSet[PolicyParameter]):
    """Values of rule parameters: entered by one person, approved by another."""

    serializer_class = ParameterSerializer
    filterset_class = ParameterFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "in_force": None,
        "create": "communities.enter_parameter",
        "end": "communities.approve_parameter",
    }

    def get_queryset(self) -> QuerySet[PolicyParameter]:
        """Values in force to everybody, drafts to those who work with rules there."""
        return PolicyParameter.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewParameterSerializer, responses={201: ParameterSerializer})
    def create(self, request: Request) -> Response:
        """Enter the draft of a value."""
        body = NewParameterSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_parameter(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(ParameterSerializer(row).data, status=201)

    @extend_schema(request=ParameterApprovalSerializer, responses=ParameterSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Bring the value into force."""
        del pk
        parameter = self.get_object()
        body = ParameterApprovalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.approve_parameter(
            by=acting_user(request), now=clock.now(), parameter=parameter, **body.validated_data
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ParameterSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str | None = None) -> Response:
        """Withdraw a draft, or a value that has not begun to hold."""
        del pk
        parameter = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.retire_parameter(
            by=acting_user(request), now=clock.now(), parameter=parameter, **body.validated_data
        )
        return Response(ParameterSerializer(row).data)

    @extend_schema(request=EndOfValueSerializer, responses=ParameterSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """Let the value hold until the day before `on`."""
        del pk
        parameter = self.get_object()
        body = EndOfValueSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.end_parameter(
            by=acting_user(request), now=clock.now(), parameter=parameter, **body.validated_data
        )
        return self.shown(row)

    @extend_schema(
        parameters=[
            OpenApiParameter("division", int, description="The place; without it the whole country."),
            OpenApiParameter("on", OpenApiTypes.DATE, description="The day; today without it."),
        ],
        responses=RuleHereSerializer(many=True),
        filters=False,
    )
    @action(
        detail=False,
        methods=["get"],
        url_path="in-force",
        url_name="in-force",
        pagination_class=None,
        filter_backends=[],
    )
    def in_force(self, request: Request) -> Response:
        """Answer every declared parameter as it holds in a place on a day, defaults included."""
        asked = asked_of(request, PlaceAndDaySerializer)
        found = rules_here(asked["division"], asked["on"] or clock.today())
        return Response(RuleHereSerializer(found, many=True).data)


class DecisionRuleSerializer(serializers.ModelSerializer[DecisionRule]):
    """A rule for deciding; fractions are numerator, denominator and whether more than that is needed."""

    awaits_confirmation = serializers.BooleanField(read_only=True)

    class Meta:
        model = DecisionRule
        fields: ClassVar = [
            "id",
            "key",
            "family",
            "name",
            "base",
            "quorum_numerator",
            "quorum_denominator",
            "quorum_is_strict",
            "pass_base",
            "pass_numerator",
            "pass_denominator",
            "pass_is_strict",
            "is_dual",
            "is_secret",
            "allows_proxies",
            "is_binding",
            "needs_confirmation",
            "awaits_confirmation",
            "confirmed_at",
            "notice_days",
            "notice_day_kind",
            "publicity_days",
            "publicity_day_kind",
            "valid_from",
            "valid_to",
            "basis",
            "note",
        ]
        read_only_fields: ClassVar = fields


class PartSerializer(serializers.Serializer[Any]):
    """A part of a whole: "more than half" is 1, 2, true."""

    numerator = serializers.IntegerField(min_value=0, max_value=1000)
    denominator = serializers.IntegerField(min_value=1, max_value=1000)
    is_strict = serializers.BooleanField()


class TermsSerializer(serializers.Serializer[Any]):
    """The figures as the text of the law has them."""

    quorum = PartSerializer()
    pass_base = serializers.ChoiceField(choices=PassBase.choices)
    majority = PartSerializer()
    is_dual = serializers.BooleanField(default=False)


class ConfirmationSerializer(serializers.Serializer[Any]):
    """The article that was read, and corrected figures where it says otherwise."""

    basis = serializers.CharField(max_length=200)
    terms = TermsSerializer(required=False, allow_null=True, default=None)


class DecisionRuleViewSet(Idempotent, ReadOnlyModelViewSet[DecisionRule]):
    """Decision rules (表决规则) with their periods."""

    serializer_class = DecisionRuleSerializer
    filterset_class = DecisionRuleFilter
    permissions: ClassVar = {"list": None, "retrieve": None, "confirm": "communities.confirm_rule"}

    def get_queryset(self) -> QuerySet[DecisionRule]:
        """All of them."""
        return DecisionRule.objects.visible_to(self.request.user)

    @extend_schema(request=ConfirmationSerializer, responses=DecisionRuleSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm a provisional rule from the text of the law."""
        del pk
        rule = self.get_object()
        body = ConfirmationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data["terms"]
        terms = (
            Terms(Part(**given["quorum"]), given["pass_base"], Part(**given["majority"]), given["is_dual"])
            if given
            else None
        )
        row = operations.confirm_rule(
            by=acting_user(request),
            now=clock.now(),
            rule=rule,
            basis=body.validated_data["basis"],
            terms=terms,
        )
        return Response(DecisionRuleSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("policy-documents", PolicyDocumentViewSet),
    ("parameters", ParameterViewSet),
    ("decision-rules", DecisionRuleViewSet),
]
