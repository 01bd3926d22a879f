"""Contracts with those who run incubators in the API, with what came of them beside their goals."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent
from governance.calendar import clock
from socialorgs.incubation.models import Incubator
from socialorgs.incubation.operators import operations
from socialorgs.incubation.operators.filters import OperatorContractFilter
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.incubation.operators.operations import Agreed
from socialorgs.register.models import SocialOrganization


class OperatorContractSerializer(serializers.ModelSerializer[OperatorContract]):
    """A contract with who runs an incubator; public, for public money pays for it."""

    operator_name = serializers.CharField(source="operator.name", read_only=True)

    class Meta:
        model = OperatorContract
        fields = (
            "id",
            "incubator",
            "operator",
            "operator_name",
            "number",
            "amount",
            "starts_on",
            "ends_on",
            "admitted_goal",
            "graduated_goal",
        )
        read_only_fields = fields


class OperatorContractEntrySerializer(serializers.Serializer[Any]):
    """What was agreed."""

    incubator = serializers.PrimaryKeyRelatedField(queryset=Incubator.objects.all())
    operator = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    number = serializers.CharField(max_length=80)
    amount = AmountField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    admitted_goal = serializers.IntegerField(min_value=0, max_value=10_000)
    graduated_goal = serializers.IntegerField(min_value=0, max_value=10_000)


class ContractEndSerializer(serializers.Serializer[Any]):
    """The first day without the contract, and why it ends early."""

    ends_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000)


class OperatorContractViewSet(Idempotent, ReadOnlyModelViewSet[OperatorContract]):
    """Contracts with those who run incubators; what came of them stands with the incubator."""

    queryset = OperatorContract.objects.all()
    serializer_class = OperatorContractSerializer
    filterset_class = OperatorContractFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.enter_operator_contract",
        "end": "socialorgs.enter_operator_contract",
    }

    def get_queryset(self) -> QuerySet[OperatorContract]:
        """All of them, newest first."""
        return OperatorContract.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=OperatorContractEntrySerializer, responses={201: OperatorContractSerializer})
    def create(self, request: Request) -> Response:
        """Enter the contract with who runs an incubator."""
        body = OperatorContractEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        incubator = said.pop("incubator")
        row = operations.enter_contract(
            by=acting_user(request), now=clock.now(), incubator=incubator, agreed=Agreed(**said)
        )
        return Response(OperatorContractSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ContractEndSerializer, responses=OperatorContractSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End the contract before its time, with the reason."""
        del pk
        row = self.get_object()
        body = ContractEndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = operations.end_contract(by=acting_user(request), now=clock.now(), contract=row, **body.validated_data)
        return Response(OperatorContractSerializer(self.get_queryset().get(pk=done.pk)).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("operator-contracts", OperatorContractViewSet)]
