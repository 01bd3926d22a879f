"""The changes room in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DecimalField,
    IntegerField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    Serializer,
)
from rest_framework.status import HTTP_201_CREATED
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet, ViewSetMixin

from communities.changes import operations, queries
from communities.changes.filters import DivisionChangeFilter
from communities.changes.lifecycle import CHANGE
from communities.changes.models import ChangeKind, DivisionChange, DivisionLineage, PlannedDivision
from communities.territory.codes import Code
from communities.territory.models import CodeSystem, Division, DivisionLevel
from governance.accounts.clients import Pages
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, moves_of
from governance.calendar import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request


class PlannedDivisionSerializer(ModelSerializer[PlannedDivision]):
    """What the change makes; `division` is there once it is in force."""

    class Meta:
        model = PlannedDivision
        fields: ClassVar = [
            "key",
            "continues",
            "name",
            "short_name",
            "level",
            "parent",
            "parent_plan",
            "code_system",
            "code_edition",
            "code",
            "division",
        ]


class LineageSerializer(ModelSerializer[DivisionLineage]):
    """What became what, with which share of the population; names and codes as they were then."""

    plan = CharField(source="plan.key", read_only=True)

    class Meta:
        model = DivisionLineage
        fields: ClassVar = [
            "change",
            "predecessor",
            "plan",
            "successor",
            "share",
            "predecessor_name",
            "predecessor_code",
            "successor_name",
            "successor_code",
        ]


class DivisionChangeSerializer(ModelSerializer[DivisionChange]):
    """A change with its plans and lines."""

    plans = PlannedDivisionSerializer(many=True, read_only=True)
    lineage = LineageSerializer(many=True, read_only=True)

    class Meta:
        model = DivisionChange
        fields: ClassVar = [
            "id",
            "kind",
            "district",
            "reason",
            "document_title",
            "document_number",
            "effective_on",
            "status",
            "drafted_at",
            "consulted_at",
            "approved_at",
            "effective_at",
            "closed_at",
            "plans",
            "lineage",
        ]


class SuccessorSerializer(Serializer[Any]):
    """One successor of a draft."""

    key = CharField(max_length=40)
    name = CharField(max_length=100)
    short_name = CharField(max_length=60, required=False, default="")
    level = ChoiceField(choices=DivisionLevel.choices)
    parent = PrimaryKeyRelatedField(  # type: ignore[assignment]  # the metaclass takes declared fields off the class
        queryset=Division.objects.all(), required=False, allow_null=True, default=None
    )
    parent_key = CharField(max_length=40, required=False, default="")
    continues = PrimaryKeyRelatedField(queryset=Division.objects.all(), required=False, allow_null=True, default=None)
    code_system = ChoiceField(choices=CodeSystem.choices, required=False)
    code_edition = IntegerField(required=False)
    code = CharField(max_length=12, required=False, default="")

    def plan(self, data: dict[str, Any]) -> operations.Successor:
        """Return the validated successor as the operation takes it."""
        code = data.pop("code")
        system, edition = data.pop("code_system", ""), data.pop("code_edition", 0)
        return operations.Successor(**data, code=Code(system, edition, code) if code else None)


class LineSerializer(Serializer[Any]):
    """One line of a draft."""

    predecessor = PrimaryKeyRelatedField(queryset=Division.objects.all())
    successor = CharField(max_length=40)
    share = DecimalField(max_digits=9, decimal_places=8, required=False, default=Decimal(1))


class DraftSerializer(Serializer[Any]):
    """The body of a draft."""

    kind = ChoiceField(choices=ChangeKind.choices)
    district = PrimaryKeyRelatedField(queryset=Division.objects.all())
    reason = CharField()
    effective_on = DateField()
    successors = SuccessorSerializer(many=True, allow_empty=False)
    lines = LineSerializer(many=True)


class ApprovalSerializer(Serializer[Any]):
    """The approval document."""

    document_title = CharField(max_length=200)
    document_number = CharField(max_length=100)


class HandOverKindSerializer(Serializer[Any]):
    """One kind of rows that hang on closed divisions."""

    key = CharField()
    name = CharField()
    count = IntegerField()
    has_function = BooleanField()


class HandOverSerializer(Serializer[Any]):
    """Which kind goes to which successor; without one, to the only one."""

    kind = CharField(max_length=100)
    successor = PrimaryKeyRelatedField(queryset=Division.objects.all(), required=False, allow_null=True, default=None)


@extend_schema_view(
    list=extend_schema(summary="List changes of divisions"),
    retrieve=extend_schema(summary="Show a change with its plans and lines"),
)
@moves_of(CHANGE)
class DivisionChangeViewSet(Idempotent, Moves, ReadOnlyModelViewSet[DivisionChange]):
    """Changes of divisions: in force public, before that for those whose posts reach the district."""

    queryset = DivisionChange.objects.none()
    serializer_class = DivisionChangeSerializer
    filterset_class = DivisionChangeFilter
    pagination_class = Pages
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "communities.edit_division_change",
        "left_behind": "communities.approve_division_change",
        "hand_over": "communities.approve_division_change",
    }

    def get_queryset(self) -> QuerySet[DivisionChange]:
        """What this client may see, with plans and lines."""
        return DivisionChange.objects.visible_to(self.request.user).with_plans()

    @extend_schema(summary="Draft a change", request=DraftSerializer, responses={201: DivisionChangeSerializer})
    def create(self, request: Request) -> Response:
        """Draft a change of divisions; nothing happens before it is brought into force."""
        body = DraftSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        if not request.user.has_perm("communities.edit_division_change", data["district"]):
            raise PermissionDenied
        successors = [SuccessorSerializer().plan(dict(plan)) for plan in data.pop("successors")]
        lines = [operations.Line(**line) for line in data.pop("lines")]
        change = operations.draft_change(
            by=acting_user(request),
            now=clock.now(),
            successors=successors,
            lines=lines,
            **data,
        )
        answer = self.shown(change)
        answer.status_code = HTTP_201_CREATED
        return answer

    @extend_schema(request=ApprovalSerializer, responses=DivisionChangeSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Record the approval with its document: CONSULTED to APPROVED."""
        del pk
        change = self.get_object()
        body = ApprovalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.approve_change(change=change, by=acting_user(request), now=clock.now(), **body.validated_data)
        return self.shown(change)

    @extend_schema(request=None, responses=DivisionChangeSerializer)
    @action(detail=True, methods=["post"])
    def bring_into_force(self, request: Request, pk: str | None = None) -> Response:
        """Open the successors and close the predecessors: APPROVED to EFFECTIVE."""
        del pk
        change = self.get_object()
        operations.bring_into_force(change=change, by=acting_user(request), now=clock.now())
        return self.shown(change)

    @extend_schema(summary="List what hangs on closed divisions", responses=HandOverKindSerializer(many=True))
    @action(detail=True, methods=["get"], url_path="left-behind", filterset_class=None, pagination_class=None)
    def left_behind(self, request: Request, pk: str | None = None) -> Response:
        """List what still hangs on the divisions that the change has closed, by kind."""
        del request, pk
        return Response(HandOverKindSerializer(queries.left_behind(self.get_object()), many=True).data)

    @extend_schema(
        summary="Hand one kind of rows over", request=HandOverSerializer, responses=HandOverKindSerializer(many=True)
    )
    @action(detail=True, methods=["post"], url_path="hand-over", filterset_class=None, pagination_class=None)
    def hand_over(self, request: Request, pk: str | None = None) -> Response:
        """Hand all rows of a kind over to a successor and list what is left."""
        del pk
        change = self.get_object()
        body = HandOverSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.hand_over(change=change, by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(HandOverKindSerializer(queries.left_behind(change), many=True).data)


class RelativeSerializer(Serializer[Any]):
    """A division that another became or came from, with a share of population."""

    division = IntegerField(source="division.pk")
    name = CharField(source="division.name")
    status = CharField(source="division.status")
    share = DecimalField(max_digits=20, decimal_places=None)


class DivisionLineageSerializer(Serializer[Any]):
    """What a division came from and became, over all changes."""

    division = IntegerField()
    predecessors = RelativeSerializer(many=True)
    successors = RelativeSerializer(many=True)
    lines = LineageSerializer(many=True)


class DivisionLineageViewSet(GenericViewSet[Division]):
    """The lineage of a division, by its id: first predecessors, last successors, every line between."""

    queryset = Division.objects.all()
    serializer_class = DivisionLineageSerializer
    filterset_class = None
    pagination_class = None
    permissions: ClassVar[dict[str, str | None]] = {"retrieve": None}

    @extend_schema(summary="Show what a division came from and became", responses=DivisionLineageSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """Walk the lineage both ways."""
        division = get_object_or_404(Division.objects.visible_to(request.user), pk=pk)  # type: ignore[arg-type]  # public
        found = {
            "division": division.pk,
            "predecessors": queries.predecessors_of(division),
            "successors": queries.successors_of(division),
            "lines": queries.lines_of(division).select_related("plan"),
        }
        return Response(DivisionLineageSerializer(found).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("division-changes", DivisionChangeViewSet),
    ("division-lineages", DivisionLineageViewSet),
]
