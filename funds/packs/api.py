"""Rule packs in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from funds.packs import operations
from funds.packs.filters import RulePackFilter
from funds.packs.lifecycle import RULE_PACK
from funds.packs.models import FundRulePack
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock


class RulePackSerializer(serializers.ModelSerializer[FundRulePack]):
    """A version of a rule pack: values of rules of funds by their keys."""

    values = serializers.DictField(read_only=True)

    class Meta:
        model = FundRulePack
        fields = (
            *("id", "key", "version", "name", "values", "basis", "note", "valid_from", "valid_to", "is_preset"),
            *("status", "entered_at", "adopted_at"),
        )
        read_only_fields = fields


class RulePackEntrySerializer(serializers.Serializer[Any]):
    """A version to be entered; numbered after the last one of its key."""

    key = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)
    values = serializers.DictField()
    basis = serializers.CharField(max_length=200)
    note = serializers.CharField(required=False, allow_blank=True, default="")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


@moves_of(RULE_PACK)
class RulePackViewSet(Idempotent, Moves, ReadOnlyModelViewSet[FundRulePack]):
    """Rule packs that funds name; what was adopted is public."""

    queryset = FundRulePack.objects.all()
    serializer_class = RulePackSerializer
    filterset_class = RulePackFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None, "create": "funds.enter_rule_pack"}

    def get_queryset(self) -> QuerySet[FundRulePack]:
        """Rows that the caller may see."""
        return FundRulePack.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=RulePackEntrySerializer, responses={201: RulePackSerializer})
    def create(self, request: Request) -> Response:
        """Enter the draft of a version."""
        body = RulePackEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_rule_pack(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=RulePackSerializer)
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str | None = None) -> Response:
        """Bring it into force, by another person: DRAFT to ACTIVE."""
        del pk
        row = self.get_object()
        return self.shown(operations.adopt_rule_pack(by=acting_user(request), pack=row, now=clock.now()))


routes: list[tuple[str, type[ViewSetMixin]]] = [("rule-packs", RulePackViewSet)]
