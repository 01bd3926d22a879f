"""Closings of funds in the API: each step a route, what hinders a list."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.charity.models import CommunityFund
from funds.closing import operations, queries
from funds.closing.filters import ClosureFilter
from funds.closing.lifecycle import FUND_CLOSURE
from funds.closing.models import BalanceUse, ClosureGround, FundClosure
from funds.closing.moving import lead
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Labelled, Moves, moves_of
from governance.calendar import clock


class ClosureSerializer(serializers.ModelSerializer[FundClosure]):
    """The closing of a fund with what each step has left."""

    class Meta:
        model = FundClosure
        fields = (
            *(
                "id",
                "fund",
                "ground",
                "reason",
                "auditor",
                "audit_opinion",
                "use",
                "recipient",
                "project",
                "use_reason",
            ),
            *("amount", "notice", "out_journal", "in_journal", "report", "status", "begun_at", "audited_at"),
            *("proposed_at", "posted_at", "cleared_at", "transferred_at", "reported_at"),
        )
        read_only_fields = fields


class BeginSerializer(serializers.Serializer[Any]):
    """Which fund is closed, and why."""

    fund = serializers.IntegerField()
    ground = serializers.ChoiceField(choices=ClosureGround.choices)
    reason = serializers.CharField(max_length=4000)

    def validate_fund(self, value: int) -> CommunityFund:
        """Find the fund among those that the caller may see."""
        row = CommunityFund.objects.visible_to(self.context["request"].user).filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such fund."))
        return row


class ClosureAuditSerializer(serializers.Serializer[Any]):
    """The audit opinion."""

    auditor = serializers.CharField(max_length=120)
    opinion = serializers.CharField(max_length=4000)


class BalanceUseSerializer(serializers.Serializer[Any]):
    """What the balance is used for."""

    use = serializers.ChoiceField(choices=BalanceUse.choices)
    recipient = serializers.PrimaryKeyRelatedField(
        queryset=CommunityFund.objects.all(), required=False, allow_null=True, default=None
    )
    project = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    use_reason = serializers.CharField(max_length=4000)


class ContactSerializer(serializers.Serializer[Any]):
    """Who answers questions about the notice."""

    contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class FinalReportSerializer(serializers.Serializer[Any]):
    """The final report."""

    report = serializers.CharField(max_length=4000)


class HindranceItemSerializer(serializers.Serializer[Any]):
    """One row that hinders, and where it is dealt with."""

    name = serializers.CharField()
    url = serializers.CharField()


class HindranceSerializer(Labelled):
    """One kind of thing that must be done first."""

    count = serializers.IntegerField()
    items = HindranceItemSerializer(many=True)


@moves_of(FUND_CLOSURE)
class ClosureViewSet(Idempotent, Moves, ReadOnlyModelViewSet[FundClosure]):
    """Closings of funds, step by step; public."""

    queryset = FundClosure.objects.all()
    serializer_class = ClosureSerializer
    filterset_class = ClosureFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "funds.sign_fund_agreement",
        "hindrances": None,
    }

    def get_queryset(self) -> QuerySet[FundClosure]:
        """Rows that the caller may see."""
        return FundClosure.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=BeginSerializer, responses={201: ClosureSerializer})
    def create(self, request: Request) -> Response:
        """Begin to close a fund: its book takes no money from now on."""
        body = BeginSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        by, now, today = acting_user(request), clock.now(), clock.today()
        row = operations.begin_closing(by=by, now=now, today=today, **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=HindranceSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def hindrances(self, request: Request, pk: str | None = None) -> Response:
        """List what must be done before the money is settled, each with where it is dealt with."""
        del request, pk
        found = queries.hindrances_of(self.get_object().fund, clock.today())
        return Response(
            [
                {
                    "label": force_str(hindrance.label),
                    "count": hindrance.count,
                    "items": [{"name": item.name, "url": item.url} for item in hindrance.items],
                }
                for hindrance in found
            ]
        )

    @extend_schema(request=ClosureAuditSerializer, responses=ClosureSerializer)
    @action(detail=True, methods=["post"])
    def audit(self, request: Request, pk: str | None = None) -> Response:
        """Give the audit opinion: BEGUN to AUDITED."""
        del pk
        return self._led(request, "audit", ClosureAuditSerializer)

    @extend_schema(request=BalanceUseSerializer, responses=ClosureSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str | None = None) -> Response:
        """Propose the use of the balance: AUDITED to PROPOSED."""
        del pk
        return self._led(request, "propose", BalanceUseSerializer)

    @extend_schema(request=ContactSerializer, responses=ClosureSerializer)
    @action(detail=True, methods=["post"])
    def put_up(self, request: Request, pk: str | None = None) -> Response:
        """Post the proposed use for objections: PROPOSED to POSTED."""
        del pk
        return self._led(request, "put_up", ContactSerializer)

    @extend_schema(request=None, responses=ClosureSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, pk: str | None = None) -> Response:
        """Transfer the balance, both books in one transaction: CLEARED to TRANSFERRED."""
        del pk
        return self._led(request, "transfer", None)

    @extend_schema(request=FinalReportSerializer, responses=ClosureSerializer)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str | None = None) -> Response:
        """Give the final report: TRANSFERRED to REPORTED."""
        del pk
        return self._led(request, "report", FinalReportSerializer)

    def _led(self, request: Request, name: str, shape: type[serializers.Serializer[Any]] | None) -> Response:
        row = self.get_object()
        data: dict[str, Any] = {}
        if shape is not None:
            body = shape(data=request.data)
            body.is_valid(raise_exception=True)
            data = dict(body.validated_data)
        by, now, today = acting_user(request), clock.now(), clock.today()
        return self.shown(lead(row, name, by=by, now=now, today=today, data=data))


routes: list[tuple[str, type[ViewSetMixin]]] = [("fund-closures", ClosureViewSet)]
