"""The territory room in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.response import Response
from rest_framework.serializers import IntegerField, ListField, ModelSerializer
from rest_framework.status import HTTP_304_NOT_MODIFIED
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory import operations
from communities.territory.filters import DivisionFilter
from communities.territory.models import Division, DivisionCode
from communities.territory.operations import EDITABLE, FieldNotEditable
from governance.accounts.clients import Pages
from governance.api import Idempotent
from governance.calendar import clock
from governance.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request


class IfMatchMissing(DomainError):
    """An edit over the API names the version that it was made from."""

    status = 428
    code = "if_match_required"
    message = _("Send the ETag of the division that you loaded as If-Match.")


class DivisionCodeSerializer(ModelSerializer[DivisionCode]):
    """One code with the list it belongs to."""

    class Meta:
        model = DivisionCode
        fields: ClassVar = ["system", "edition", "code", "name"]


class DivisionSerializer(ModelSerializer[Division]):
    """A division with its codes; `ancestors` are ids from the top down to the division itself."""

    codes = DivisionCodeSerializer(many=True, read_only=True)
    ancestors = ListField(child=IntegerField(), source="ancestor_ids", read_only=True)

    class Meta:
        model = Division
        fields: ClassVar = [
            "id",
            "name",
            "short_name",
            "tier",
            "level",
            "status",
            "is_stub",
            "parent",
            "ancestors",
            "managed_by",
            "codes",
            "urban_rural_class",
            "households",
            "registered_population",
            "resident_population",
            "population_as_of",
            "valid_from",
            "valid_to",
        ]


class DivisionEditSerializer(ModelSerializer[Division]):
    """What an edit may change; names, parents and codes change by a change of divisions."""

    class Meta:
        model = Division
        fields: ClassVar = list(EDITABLE)


IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="ETag that was read.")


@extend_schema_view(
    list=extend_schema(summary="List divisions"),
    retrieve=extend_schema(summary="Show a division; the answer carries an ETag"),
)
class DivisionViewSet(Idempotent, ReadOnlyModelViewSet[Division]):
    """Divisions with their codes: public. `?within=` gives a subtree, `?valid_on=` those that exist on a day."""

    queryset = Division.objects.none()
    serializer_class = DivisionSerializer
    filterset_class = DivisionFilter
    pagination_class = Pages
    http_method_names = ("get", "head", "options", "patch")
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "partial_update": "communities.edit_division",
    }

    def get_queryset(self) -> QuerySet[Division]:
        """Everything, with what a row shows."""
        return Division.objects.visible_to(self.request.user).for_list()  # type: ignore[arg-type]  # anonymous too

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show one division with its version."""
        del args, kwargs
        row = self.get_object()
        tag = f'"{row.version}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status=HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return Response(self.get_serializer(row).data, headers={"ETag": tag})

    @extend_schema(
        summary="Edit figures and the short name",
        request=DivisionEditSerializer,
        responses=DivisionSerializer,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change figures and the short name; 412 when the division has changed since it was read."""
        del args, kwargs
        row = self.get_object()
        wanted = request.headers.get("If-Match", "").strip()
        if not wanted:
            raise IfMatchMissing
        if unknown := sorted(set(request.data) - set(EDITABLE)):
            raise FieldNotEditable(field=unknown[0], field_name=unknown[0])
        body = DivisionEditSerializer(row, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        changed = operations.edit_division(
            division=row,
            changes=body.validated_data,
            by=request.user,  # type: ignore[arg-type]  # the permission bridge lets nobody else through
            now=clock.now(),
            expected="" if wanted == "*" else wanted.removeprefix("W/").strip('"'),
        )
        fresh = self.get_queryset().get(pk=changed.pk)
        return Response(self.get_serializer(fresh).data, headers={"ETag": f'"{fresh.version}"'})


routes: list[tuple[str, type[ViewSetMixin]]] = [("divisions", DivisionViewSet)]
