"""The volunteering room in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.masking import mask_name
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.contracts.models import Contract
from projects.volunteering import operations
from projects.volunteering.filters import ActivityFilter, HourFilter
from projects.volunteering.lifecycle import ACTIVITY, SERVICE_HOUR
from projects.volunteering.models import HourSource, ServiceHour, VolunteerActivity
from socialorgs.register.models import SocialOrganization


class ActivitySerializer(serializers.ModelSerializer[VolunteerActivity]):
    """An activity; its sign-in code stands at the place and not here."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True, default=None)

    class Meta:
        model = VolunteerActivity
        fields = (
            "id",
            "title",
            "division",
            "division_name",
            "contract",
            "organization",
            "organization_name",
            "place",
            "starts_at",
            "ends_at",
            "places",
            "risk_notice",
            "is_risky",
            "is_insured",
            "status",
        )
        read_only_fields = fields


class ActivityEntrySerializer(serializers.Serializer[Any]):
    """What is entered of an activity."""

    title = serializers.CharField(max_length=120)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    contract = serializers.PrimaryKeyRelatedField(
        queryset=Contract.objects.all(), required=False, allow_null=True, default=None
    )
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    place = serializers.CharField(max_length=200)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    places = serializers.IntegerField(min_value=1, max_value=10000)
    risk_notice = serializers.CharField(required=False, allow_blank=True, default="")
    is_risky = serializers.BooleanField(required=False, default=False)
    is_insured = serializers.BooleanField(required=False, default=False)


class HourSerializer(serializers.ModelSerializer[ServiceHour]):
    """A record of service; the volunteer's name is masked for all but the person."""

    activity_title = serializers.CharField(source="activity.title", read_only=True)
    volunteer = serializers.SerializerMethodField()

    class Meta:
        model = ServiceHour
        fields = (
            "id",
            "activity",
            "activity_title",
            "volunteer",
            "source",
            "signed_in_at",
            "signed_out_at",
            "is_end_planned",
            "minutes",
            "points",
            "status",
            "verified_at",
            "credited_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_volunteer(self, hours: ServiceHour) -> str:
        """The name, in full for the person alone."""
        name = hours.volunteer.display_name
        return name if hours.volunteer_id == self.context["request"].user.pk else mask_name(name)


class CodeSerializer(serializers.Serializer[Any]):
    """The code at the place."""

    code = serializers.CharField(max_length=40)


class SheetLineSerializer(serializers.Serializer[Any]):
    """One line of an attendance sheet."""

    volunteer = serializers.SlugRelatedField(slug_field="username", queryset=User.objects.all())
    signed_in_at = serializers.DateTimeField()
    signed_out_at = serializers.DateTimeField()


class SheetSerializer(serializers.Serializer[Any]):
    """An attendance sheet."""

    lines = serializers.ListField(child=SheetLineSerializer(), max_length=500)


@moves_of(ACTIVITY)
class ActivityViewSet(Idempotent, Moves, ReadOnlyModelViewSet[VolunteerActivity]):
    """Volunteers' activities."""

    queryset = VolunteerActivity.objects.all()
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_activity",
        "sign_in": "projects.sign_own_hours",
        "sign_out": "projects.sign_own_hours",
        "enter_hours": "projects.enter_hours",
    }

    def get_queryset(self) -> QuerySet[VolunteerActivity]:
        """Rows that the caller may see."""
        return VolunteerActivity.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ActivityEntrySerializer, responses={201: ActivitySerializer})
    def create(self, request: Request) -> Response:
        """Plan an activity."""
        body = ActivityEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.plan_activity(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=MoveSerializer, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str | None = None) -> Response:
        """Open for sign-in: PLANNED to OPEN."""
        del pk
        row = operations.open_activity(by=acting_user(request), now=clock.now(), activity=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End: OPEN to ENDED."""
        del pk
        row = operations.end_activity(by=acting_user(request), now=clock.now(), activity=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Cancel, with the reason."""
        del pk
        activity = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.cancel_activity(
            by=acting_user(request), now=clock.now(), activity=activity, reason=body.validated_data["reason"]
        )
        return self.shown(row)

    @extend_schema(request=CodeSerializer, responses={201: HourSerializer})
    @action(detail=True, methods=["post"], url_path="sign-in")
    def sign_in(self, request: Request, pk: str | None = None) -> Response:
        """Sign oneself in with the code at the place."""
        del pk
        activity = self.get_object()
        body = CodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.sign_in(by=acting_user(request), now=clock.now(), activity=activity, **body.validated_data)
        return self._hours([row], status.HTTP_201_CREATED, many=False)

    @extend_schema(request=None, responses=HourSerializer)
    @action(detail=True, methods=["post"], url_path="sign-out")
    def sign_out(self, request: Request, pk: str | None = None) -> Response:
        """Sign oneself out."""
        del pk
        row = operations.sign_out(by=acting_user(request), now=clock.now(), activity=self.get_object())
        return self._hours([row], status.HTTP_200_OK, many=False)

    @extend_schema(request=SheetSerializer, responses={201: HourSerializer(many=True)})
    @action(detail=True, methods=["post"], url_path="hours", filterset_class=None, pagination_class=None)
    def enter_hours(self, request: Request, pk: str | None = None) -> Response:
        """Enter an attendance sheet, whole or not at all; somebody else verifies it."""
        del pk
        activity = self.get_object()
        body = SheetSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sheet = [
            (line["volunteer"], line["signed_in_at"], line["signed_out_at"]) for line in body.validated_data["lines"]
        ]
        source = HourSource.API if request.auth is not None else HourSource.SHEET
        rows = operations.enter_hours(
            by=acting_user(request), now=clock.now(), activity=activity, sheet=sheet, source=source
        )
        return self._hours(rows, status.HTTP_201_CREATED, many=True)

    def _hours(self, rows: list[ServiceHour], status_code: int, *, many: bool) -> Response:
        found = ServiceHour.objects.filter(pk__in=[row.pk for row in rows]).for_list()
        shown = HourSerializer(found, many=True, context=self.get_serializer_context()).data
        return Response(shown if many else shown[0], status=status_code)


@moves_of(SERVICE_HOUR)
class HourViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ServiceHour]):
    """Records of service: one's own, and those of the places and organizations for which one works."""

    queryset = ServiceHour.objects.all()
    serializer_class = HourSerializer
    filterset_class = HourFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_hours",
        "retrieve": "projects.view_hours",
    }

    def get_queryset(self) -> QuerySet[ServiceHour]:
        """Rows that the caller may see."""
        return ServiceHour.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=None, responses=HourSerializer)
    @action(detail=True, methods=["post"])
    def sign_out(self, request: Request, pk: str | None = None) -> Response:
        """Sign oneself out, or somebody as a manager: SIGNED_IN to SIGNED_OUT."""
        del pk
        hours = self.get_object()
        row = operations.sign_out(
            by=acting_user(request), now=clock.now(), activity=hours.activity, volunteer=hours.volunteer
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=HourSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Reject, with the reason."""
        del pk
        hours = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.reject_hours(
            by=acting_user(request), now=clock.now(), hours=hours, reason=body.validated_data["reason"]
        )
        return self.shown(row)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("activities", ActivityViewSet),
    ("service-hours", HourViewSet),
]
