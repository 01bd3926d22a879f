"""Appeals and their accounts in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from consultation.decisions.models import Decision
from funds.appeals import operations
from funds.appeals.filters import AppealFilter, AppealReportFilter
from funds.appeals.lifecycle import APPEAL, AppealKind
from funds.appeals.models import Appeal, AppealReport
from funds.charity.models import CommunityFund
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, SumField, moves_of
from governance.calendar import clock


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    """An appeal for money; it is given on the platform or to the charity's bank account, never here."""

    raised = SumField()

    class Meta:
        model = Appeal
        fields = (
            "id",
            "fund",
            "kind",
            "title",
            "purpose",
            "target",
            "raised",
            "starts_on",
            "ends_on",
            "filing_number",
            "platform_url",
            "decision",
            "status",
            "opened_at",
            "ended_at",
            "accounted_at",
        )
        read_only_fields = fields


class AppealEntrySerializer(serializers.Serializer[Any]):
    """An appeal to be drafted."""

    fund = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AppealKind.choices)
    title = serializers.CharField(max_length=100)
    purpose = serializers.CharField()
    target = AmountField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    filing_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    platform_url = serializers.URLField(max_length=300, required=False, allow_blank=True, default="")
    decision = serializers.PrimaryKeyRelatedField(
        queryset=Decision.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row


class AppealReportSerializer(serializers.ModelSerializer[AppealReport]):
    """One account that an appeal owes or has shown, with the ledger's figures for its days."""

    class Meta:
        model = AppealReport
        fields = (
            "id",
            "appeal",
            "covers_from",
            "covers_to",
            "due_on",
            "is_final",
            "raised",
            "spent",
            "sequence",
            "text",
            "published_at",
        )
        read_only_fields = fields


class ReportTextSerializer(serializers.Serializer[Any]):
    """What was done with the money."""

    text = serializers.CharField(max_length=5000)


@moves_of(APPEAL)
class AppealViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Appeal]):
    """Appeals for money: those that were opened for everybody, drafts for those who handle the fund."""

    queryset = Appeal.objects.all()
    serializer_class = AppealSerializer
    filterset_class = AppealFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.draft_appeal",
    }

    def get_queryset(self) -> QuerySet[Appeal]:
        """Rows that the caller may see."""
        return Appeal.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=AppealEntrySerializer, responses={201: AppealSerializer})
    def create(self, request: Request) -> Response:
        """Draft an appeal."""
        body = AppealEntrySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        row = operations.draft_appeal(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str | None = None) -> Response:
        """Open the appeal: DRAFT to OPEN."""
        del pk
        return self.shown(operations.open_appeal(by=acting_user(request), appeal=self.get_object(), now=clock.now()))

    @extend_schema(request=MoveSerializer, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End the appeal before its day, with the reason: OPEN to ENDED."""
        del pk
        appeal = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(operations.end_appeal(by=acting_user(request), appeal=appeal, reason=reason, now=clock.now()))


class AppealReportViewSet(Idempotent, ReadOnlyModelViewSet[AppealReport]):
    """The accounts that appeals owe and have shown."""

    queryset = AppealReport.objects.all()
    serializer_class = AppealReportSerializer
    filterset_class = AppealReportFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "show": "funds.show_appeal_report",
    }

    def get_queryset(self) -> QuerySet[AppealReport]:
        """Rows that the caller may see."""
        return AppealReport.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ReportTextSerializer, responses=AppealReportSerializer)
    @action(detail=True, methods=["post"])
    def show(self, request: Request, pk: str | None = None) -> Response:
        """Show the account with the ledger's figures; it stays as it was shown."""
        del pk
        report = self.get_object()
        body = ReportTextSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.show_report(by=acting_user(request), report=report, now=clock.now(), **body.validated_data)
        return Response(AppealReportSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("appeals", AppealViewSet),
    ("appeal-reports", AppealReportViewSet),
]
