"""Large sheets of the register in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.clients import Json
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.intake import operations
from socialorgs.register.intake.filters import SheetFilter
from socialorgs.register.intake.lifecycle import SHEET
from socialorgs.register.intake.models import RegisterSheet, SheetKind, Verdict

BAD_SHOWN = 200


class RegisterSheetSerializer(serializers.ModelSerializer[RegisterSheet]):
    """A sheet of the register with what its rows would do; the first two hundred unusable rows with the reason."""

    problems = serializers.SerializerMethodField()

    class Meta:
        model = RegisterSheet
        fields = (
            "id",
            "kind",
            "division",
            "name",
            "size",
            "sha256",
            "status",
            "problem",
            "fresh",
            "changed",
            "same",
            "bad",
            "problems",
            "uploaded_at",
            "confirmed_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_problems(self, row: RegisterSheet) -> list[str]:
        """Return why rows cannot be used, in the order of the sheet; on the page of one sheet only."""
        if isinstance(self.parent, serializers.ListSerializer) or not row.bad:
            return []
        return list(
            row.rows.filter(verdict=Verdict.BAD).order_by("number").values_list("reason", flat=True)[:BAD_SHOWN]
        )


class SheetEntrySerializer(serializers.Serializer[Any]):
    """A file and the place whose register or credit lists it holds."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    kind = serializers.ChoiceField(choices=SheetKind.choices, default=SheetKind.ORGANIZATIONS)
    file = serializers.FileField()


class SheetConfirmSerializer(serializers.Serializer[Any]):
    """Whether rows that cannot be used are left out."""

    leave_out_bad = serializers.BooleanField(default=False)


@moves_of(SHEET)
class SheetViewSet(Idempotent, Moves, ReadOnlyModelViewSet[RegisterSheet]):
    """Sheets of the register: uploaded, read by a job, confirmed by another person, entered by a job."""

    queryset = RegisterSheet.objects.all()
    serializer_class = RegisterSheetSerializer
    filterset_class = SheetFilter
    parser_classes = (Json, MultiPartParser)
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_register_sheet",
        "retrieve": "socialorgs.view_register_sheet",
        "create": "socialorgs.take_register_in",
    }

    def get_queryset(self) -> QuerySet[RegisterSheet]:
        """Rows that the caller may see."""
        return RegisterSheet.objects.visible_to(self.request.user).for_list()

    @extend_schema(request={"multipart/form-data": SheetEntrySerializer}, responses={201: RegisterSheetSerializer})
    def create(self, request: Request) -> Response:
        """Take a sheet in; a job reads it."""
        body = SheetEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        row = operations.upload_sheet(by=acting_user(request), now=clock.now(), name=said["file"].name, **said)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=SheetConfirmSerializer, responses=RegisterSheetSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm the sheet, so that a job enters it: READ to CONFIRMED."""
        del pk
        sheet = self.get_object()
        body = SheetConfirmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.confirm_sheet(by=acting_user(request), now=clock.now(), sheet=sheet, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=RegisterSheetSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str | None = None) -> Response:
        """Discard the sheet with its rows: UPLOADED or READ to DISCARDED."""
        del pk
        sheet = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        row = operations.discard_sheet(by=acting_user(request), now=clock.now(), sheet=sheet, reason=reason)
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [("register-sheets", SheetViewSet)]
