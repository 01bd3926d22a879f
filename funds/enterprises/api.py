"""The enterprises room in the API."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from funds.enterprises import operations
from funds.enterprises.filters import DeclarationFilter, EnterpriseFilter
from funds.enterprises.lifecycle import DECLARATION, ENTERPRISE
from funds.enterprises.models import (
    FIGURES,
    PAPERS,
    AuditOccasion,
    CommunityEnterprise,
    LegalForm,
    PeriodKind,
    ProfitDeclaration,
)
from funds.enterprises.ownership.models import HolderKind, Shareholder
from funds.enterprises.ownership.operations import Holding, set_shareholders
from funds.enterprises.records.operations import propose_declaration, take_over_records
from funds.enterprises.records.queries import compare
from funds.enterprises.records.queries import entries as records_of
from funds.enterprises.uploads import EnterpriseFileSerializer, read_upload
from governance.accounts.queries import acting_user
from governance.api import (
    IF_MATCH,
    AmountField,
    Idempotent,
    Moves,
    MoveSerializer,
    SumField,
    Tagged,
    moves_of,
    version_asked,
)
from governance.calendar import clock
from governance.calendar.days import FIRST_YEAR, LAST_YEAR
from governance.money import ZERO

HIDDEN = ("rent", "cost", "tax", "losses_carried", "registered_capital", "reserve_before", "note", *PAPERS)
"""What only those who handle the declaration see: in the answer to others it is null."""


class EnterpriseSerializer(serializers.ModelSerializer[CommunityEnterprise]):
    """A community enterprise; all of it is public."""

    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = CommunityEnterprise
        fields = (
            "id",
            "name",
            "credit_code",
            "legal_form",
            "division",
            "division_name",
            "business_lines",
            "registered_capital",
            "paid_capital",
            "charter_clause",
            "charter_share",
            "founded_on",
            "founding_document",
            "status",
            "may_distribute",
        )
        read_only_fields = fields


FACTS = (
    "name",
    "legal_form",
    "credit_code",
    "business_lines",
    "registered_capital",
    "charter_clause",
    "charter_share",
    "founded_on",
    "founding_document",
)
"""The master data of an enterprise, as its operations name them."""


class EnterpriseFactsSerializer(serializers.Serializer[Any]):
    """The master data of an enterprise; what is left out of an edit stays."""

    name = serializers.CharField(max_length=120)
    legal_form = serializers.ChoiceField(choices=LegalForm.choices)
    credit_code = serializers.CharField(max_length=40, allow_blank=True, required=False)
    business_lines = serializers.CharField(max_length=200)
    registered_capital = AmountField(required=False)
    charter_clause = serializers.CharField(allow_blank=True, required=False)
    charter_share = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True, required=False)
    founded_on = serializers.DateField()
    founding_document = serializers.PrimaryKeyRelatedField(
        queryset=PolicyDocument.objects.all(), required=False, allow_null=True
    )


class EnterpriseEntrySerializer(EnterpriseFactsSerializer):
    """What is entered of an enterprise."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())


class ShareholderSerializer(serializers.ModelSerializer[Shareholder]):
    """Who holds which part at present; the name of a resident is masked."""

    name = serializers.CharField(source="shown_name", read_only=True)

    class Meta:
        model = Shareholder
        fields = ("id", "kind", "name", "share", "valid_from", "valid_to")
        read_only_fields = fields


class HoldingSerializer(serializers.Serializer[Any]):
    """One holder's part; `share` is a part of 1."""

    kind = serializers.ChoiceField(choices=HolderKind.choices)
    name = serializers.CharField(max_length=120)
    share = serializers.DecimalField(max_digits=7, decimal_places=6)
    contributed = AmountField(default=ZERO)


class ShareholdersEntrySerializer(serializers.Serializer[Any]):
    """All parts of an enterprise from a day on; they sum to 1."""

    valid_from = serializers.DateField()
    holdings = HoldingSerializer(many=True)
    document = serializers.PrimaryKeyRelatedField(
        queryset=PolicyDocument.objects.all(), required=False, allow_null=True, default=None
    )


class IncomeSerializer(serializers.Serializer[Any]):
    """What one month of one line adds up to, in yuan; rent of lettings counts as revenue of the letting of sites."""

    month = serializers.DateField()
    kind = serializers.CharField()
    line = serializers.CharField()
    amount = SumField()


class ComparedSerializer(serializers.Serializer[Any]):
    """One figure of a declaration beside that of the records, in yuan."""

    name = serializers.CharField()
    declared = SumField()
    recorded = SumField()
    difference = SumField()


class PeriodProposalSerializer(serializers.Serializer[Any]):
    """The period that is to be declared with the sums of the records."""

    enterprise = serializers.IntegerField()
    period_kind = serializers.ChoiceField(choices=PeriodKind.choices)
    starts_on = serializers.DateField()

    def validate_enterprise(self, value: int) -> CommunityEnterprise:
        """Find the enterprise among those that the caller may see."""
        row = CommunityEnterprise.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such enterprise."))
        return row


class HiddenAmount(serializers.DecimalField):
    """An amount in yuan that is null for those who do not handle the declaration."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, read_only=True, allow_null=True, **kwargs)


class DeclarationSerializer(serializers.ModelSerializer[ProfitDeclaration]):
    """A declaration: revenue, net profit and audit opinion for everybody, the other figures for its handlers."""

    enterprise_name = serializers.CharField(source="enterprise.name", read_only=True)
    period = serializers.CharField(source="period_name", read_only=True)
    rent = HiddenAmount()
    cost = HiddenAmount()
    tax = HiddenAmount()
    losses_carried = HiddenAmount()
    registered_capital = HiddenAmount()
    reserve_before = HiddenAmount()
    note = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = ProfitDeclaration
        fields = (
            "id",
            "enterprise",
            "enterprise_name",
            "period",
            "period_kind",
            "starts_on",
            "ends_on",
            "revision",
            "correction_reason",
            *FIGURES,
            "note",
            "audit_opinion",
            "audit_occasion",
            *PAPERS,
            "status",
            "declared_at",
            "submitted_at",
            "audited_at",
            "published_at",
        )
        read_only_fields = fields

    def to_representation(self, instance: ProfitDeclaration) -> dict[str, Any]:
        """Leave out what this reader does not handle."""
        shown = super().to_representation(instance)
        if not self.context["request"].user.has_perm("funds.view_declaration_file", instance):
            shown.update(dict.fromkeys(HIDDEN))
        return shown


class FiguresSerializer(serializers.Serializer[Any]):
    """The figures of a draft; what is left out of an edit stays."""

    revenue = AmountField()
    rent = AmountField(required=False)
    cost = AmountField()
    tax = AmountField()
    net_profit = AmountField(min_value=None)
    losses_carried = AmountField(required=False)
    registered_capital = AmountField(required=False)
    reserve_before = AmountField(required=False)
    note = serializers.CharField(required=False, allow_blank=True)


class DeclarationEntrySerializer(FiguresSerializer):
    """What is entered of a period; `ends_on` is the first day after it."""

    enterprise = serializers.IntegerField()
    period_kind = serializers.ChoiceField(choices=PeriodKind.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()

    def validate_enterprise(self, value: int) -> CommunityEnterprise:
        """Find the enterprise among those that the caller may see."""
        row = CommunityEnterprise.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such enterprise."))
        return row


class AuditSerializer(serializers.Serializer[Any]):
    """The opinion with which an audit is confirmed."""

    audit_opinion = serializers.CharField()
    audit_occasion = serializers.ChoiceField(choices=AuditOccasion.choices, default=AuditOccasion.YEARLY)


class DeclarationPaperSerializer(EnterpriseFileSerializer):
    """A file of a declaration, and which of its papers it is."""

    paper = serializers.ChoiceField(choices=[(paper, paper) for paper in PAPERS])


@moves_of(ENTERPRISE)
class EnterpriseViewSet(Tagged, Idempotent, Moves, ReadOnlyModelViewSet[CommunityEnterprise]):
    """Community enterprises."""

    queryset = CommunityEnterprise.objects.all()
    serializer_class = EnterpriseSerializer
    filterset_class = EnterpriseFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.edit_enterprise",
        "partial_update": "funds.edit_enterprise",
        "shareholders": None,
        "set_shareholders": "funds.edit_enterprise",
        "income": "funds.view_enterprise_file",
    }

    def get_queryset(self) -> QuerySet[CommunityEnterprise]:
        """Rows that the caller may see."""
        return CommunityEnterprise.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=EnterpriseEntrySerializer, responses={201: EnterpriseSerializer})
    def create(self, request: Request) -> Response:
        """Enter an enterprise of a place as planned."""
        body = EnterpriseEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_enterprise(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(EnterpriseSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=EnterpriseFactsSerializer, responses=EnterpriseSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change the master data of an enterprise; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = EnterpriseFactsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        known = {name: getattr(row, name) for name in FACTS} | {"credit_code": row.credit_code or ""}
        wanted = {**known, **body.validated_data}
        told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "version": version}
        return self.tagged(operations.edit_enterprise(enterprise=row, **told, **wanted))

    @extend_schema(responses=ShareholderSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def shareholders(self, request: Request, pk: str | None = None) -> Response:
        """List who holds which part at present."""
        del request, pk
        parts = Shareholder.objects.filter(enterprise=self.get_object(), valid_to=None).order_by("-share", "pk")
        return Response(ShareholderSerializer(parts, many=True).data)

    @extend_schema(request=ShareholdersEntrySerializer, responses=ShareholderSerializer(many=True))
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def set_shareholders(self, request: Request, pk: str | None = None) -> Response:
        """Replace the present parts by new ones that sum to 1."""
        del pk
        enterprise = self.get_object()
        body = ShareholdersEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        parts = set_shareholders(
            by=acting_user(request),
            enterprise=enterprise,
            holdings=[Holding(**holding) for holding in data["holdings"]],
            valid_from=data["valid_from"],
            document=data["document"],
            now=clock.now(),
        )
        return Response(ShareholderSerializer(parts, many=True).data)

    @extend_schema(
        parameters=[OpenApiParameter("year", int, description="The calendar year; without it the present one")],
        responses=IncomeSerializer(many=True),
    )
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def income(self, request: Request, pk: str | None = None) -> Response:
        """List what the books add up to, by month, kind and line."""
        del pk
        text = request.query_params.get("year", "")
        year = int(text) if text.isdecimal() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR else clock.today().year
        found = records_of(self.get_object(), dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
        return Response(IncomeSerializer(found, many=True).data)


@moves_of(DECLARATION)
class DeclarationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ProfitDeclaration]):
    """Profit declarations: published years for everybody, the rest for those who handle them."""

    queryset = ProfitDeclaration.objects.all()
    serializer_class = DeclarationSerializer
    filterset_class = DeclarationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.submit_declaration",
        "partial_update": "funds.submit_declaration",
        "correct": "funds.submit_declaration",
        "propose": "funds.submit_declaration",
        "take_over": "funds.submit_declaration",
        "attach": "funds.attach_declaration_paper",
        "comparison": "funds.view_declaration_file",
    }

    def get_queryset(self) -> QuerySet[ProfitDeclaration]:
        """Rows that the caller may see."""
        return ProfitDeclaration.objects.visible_to(self.request.user).for_list()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one declaration with its ETag."""
        del request, args, kwargs
        return self.tagged(self.get_object())

    @extend_schema(request=DeclarationEntrySerializer, responses={201: DeclarationSerializer})
    def create(self, request: Request) -> Response:
        """Enter a finished period as a draft."""
        body = DeclarationEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.enter_declaration(by=acting_user(request), now=clock.now(), **body.validated_data)
        return self.tagged(row, status.HTTP_201_CREATED)

    @extend_schema(request=FiguresSerializer, responses=DeclarationSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change figures of a draft; the ETag of the version that was read goes into If-Match."""
        del pk
        row = self.get_object()
        version = version_asked(request)
        body = FiguresSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        wanted = {name: getattr(row, name) for name in (*FIGURES, "note")} | body.validated_data
        changed = operations.edit_declaration(
            by=acting_user(request), declaration=row, version=version, now=clock.now(), **wanted
        )
        return self.tagged(changed)

    @extend_schema(request=MoveSerializer, responses={201: DeclarationSerializer})
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str | None = None) -> Response:
        """Begin a correction of an audited declaration: the next revision, as a draft."""
        del pk
        declaration = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.correct_declaration(
            by=acting_user(request),
            declaration=declaration,
            reason=body.validated_data["reason"],
            now=clock.now(),
        )
        return self.tagged(row, status.HTTP_201_CREATED)

    @extend_schema(request=PeriodProposalSerializer, responses={201: DeclarationSerializer})
    @action(detail=False, methods=["post"])
    def propose(self, request: Request) -> Response:
        """Enter a finished period with the sums of the records, as a draft."""
        body = PeriodProposalSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = propose_declaration(by=acting_user(request), now=clock.now(), **body.validated_data)
        return self.tagged(row, status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=DeclarationSerializer)
    @action(detail=True, methods=["post"])
    def take_over(self, request: Request, pk: str | None = None) -> Response:
        """Set the figures of a draft to the sums of the records."""
        del pk
        return self.tagged(take_over_records(by=acting_user(request), declaration=self.get_object(), now=clock.now()))

    @extend_schema(request={"multipart/form-data": DeclarationPaperSerializer}, responses=DeclarationSerializer)
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def attach(self, request: Request, pk: str | None = None) -> Response:
        """Attach a statement to a draft, or the auditor's report to what is checked."""
        del pk
        declaration, said = self.get_object(), read_upload(request, DeclarationPaperSerializer)
        row = operations.attach_statement(by=acting_user(request), declaration=declaration, now=clock.now(), **said)
        return self.tagged(row)

    @extend_schema(responses=ComparedSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def comparison(self, request: Request, pk: str | None = None) -> Response:
        """Set the declaration beside the records of its period."""
        del request, pk
        return Response(ComparedSerializer(compare(self.get_object()), many=True).data)

    @extend_schema(request=AuditSerializer, responses=DeclarationSerializer)
    @action(detail=True, methods=["post"])
    def audit(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the audit with its opinion: CHECKED to AUDITED."""
        del pk
        declaration = self.get_object()
        body = AuditSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.audit_declaration(
            by=acting_user(request),
            declaration=declaration,
            opinion=body.validated_data["audit_opinion"],
            occasion=body.validated_data["audit_occasion"],
            now=clock.now(),
        )
        return self.tagged(row)

    @extend_schema(request=MoveSerializer, responses=DeclarationSerializer)
    @action(detail=True, methods=["post"])
    def return_from_review(self, request: Request, pk: str | None = None) -> Response:
        """Return from review: SUBMITTED to DRAFT."""
        del pk
        return self._returned(request, "return_from_review")

    @extend_schema(request=MoveSerializer, responses=DeclarationSerializer)
    @action(detail=True, methods=["post"])
    def return_from_check(self, request: Request, pk: str | None = None) -> Response:
        """Return from check: REVIEWED to DRAFT."""
        del pk
        return self._returned(request, "return_from_check")

    @extend_schema(request=MoveSerializer, responses=DeclarationSerializer)
    @action(detail=True, methods=["post"])
    def return_from_audit(self, request: Request, pk: str | None = None) -> Response:
        """Return from audit: CHECKED to DRAFT."""
        del pk
        return self._returned(request, "return_from_audit")

    def _returned(self, request: Request, move: str) -> Response:
        declaration = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.return_declaration(
            by=acting_user(request),
            declaration=declaration,
            move=move,
            reason=body.validated_data["reason"],
            now=clock.now(),
        )
        return self.tagged(row)

    def tagged(self, row: ProfitDeclaration, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with the row and the ETag of its version."""
        fresh = ProfitDeclaration.objects.for_detail().get(pk=row.pk)
        shown = DeclarationSerializer(fresh, context=self.get_serializer_context()).data
        return Response(shown, status=status_code, headers={"ETag": f'"{fresh.version}"'})


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("enterprises", EnterpriseViewSet),
    ("declarations", DeclarationViewSet),
]
