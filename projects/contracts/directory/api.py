"""The directory of projects in the API, for everybody."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from projects.contracts.directory.filters import ProjectFilter
from projects.contracts.directory.queries import (
    ProjectState,
    ProjectType,
    Totals,
    lines_of,
    public_projects,
    totals_of,
)
from projects.contracts.models import Contract
from projects.contracts.policy import ServiceField


class ProjectSerializer(serializers.Serializer[Any]):
    """One project: where, who delivers, of which kind, its money, and how satisfied those asked were."""

    id = serializers.IntegerField(source="contract.pk")
    number = serializers.CharField(source="contract.number")
    title = serializers.CharField(source="contract.title")
    division = serializers.IntegerField(source="contract.division_id")
    division_name = serializers.CharField(source="contract.division.name")
    organization = serializers.IntegerField(source="contract.organization_id")
    organization_name = serializers.CharField(source="contract.organization.name")
    project_type = serializers.ChoiceField(choices=ProjectType.choices, source="type")
    field = serializers.ChoiceField(choices=ServiceField.choices, source="contract.field", allow_blank=True)
    programme = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=ProjectState.choices)
    signed_on = serializers.DateField(source="contract.signed_on", allow_null=True)
    starts_on = serializers.DateField(source="contract.starts_on")
    ends_on = serializers.DateField(source="contract.last_day")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    paid = serializers.DecimalField(max_digits=14, decimal_places=2)
    satisfied = serializers.IntegerField(source="content")
    answers_on_satisfaction = serializers.IntegerField(source="valid")
    satisfaction = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)
    is_evaluated = serializers.BooleanField(
        help_text="True: satisfaction is of a published evaluation; false: of the residents asked at the acceptance."
    )


class StateCountSerializer(serializers.Serializer[Any]):
    """How many projects are in one state."""

    state = serializers.CharField()
    projects = serializers.IntegerField()


class ProjectTotalsSerializer(serializers.Serializer[Totals]):
    """What the narrowed list comes to, with the parts of every share."""

    projects = serializers.IntegerField()
    by_state = serializers.SerializerMethodField()
    agreed = serializers.DecimalField(max_digits=16, decimal_places=2)
    paid = serializers.DecimalField(max_digits=16, decimal_places=2)
    paid_back = serializers.DecimalField(max_digits=16, decimal_places=2)
    judged = serializers.IntegerField()
    satisfied = serializers.IntegerField(source="content")
    answers_on_satisfaction = serializers.IntegerField(source="valid")
    satisfaction = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)

    @extend_schema_field(StateCountSerializer(many=True))
    def get_by_state(self, totals: Totals) -> list[dict[str, object]]:
        """Count each state."""
        return [{"state": name, "projects": number} for name, _label, number in totals.by_state]


class ProjectViewSet(ReadOnlyModelViewSet[Contract]):
    """The directory of projects: every contract that was signed, in all places, running, finished or ended early."""

    queryset = Contract.objects.all()
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None, "totals": None}

    def get_queryset(self) -> QuerySet[Contract]:
        """Signed contracts, newest first."""
        return public_projects().order_by("-pk")

    def paginate_queryset(self, queryset: Any) -> Any:
        """Read the figures of the lines of one page only."""
        page = super().paginate_queryset(queryset)
        return page if page is None else lines_of(page)

    def get_object(self) -> Any:
        """Return one line with its figures."""
        return lines_of([super().get_object()])[0]

    @extend_schema(responses=ProjectTotalsSerializer)
    @action(detail=False, methods=["get"])
    def totals(self, request: Request) -> Response:
        """Return the totals of the list, narrowed in the same way."""
        del request
        return Response(ProjectTotalsSerializer(totals_of(self.filter_queryset(public_projects()))).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("projects", ProjectViewSet)]
