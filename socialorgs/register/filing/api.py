"""Filings and yearly confirmations in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.accounts.scopes import reads_persons
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.filing import operations
from socialorgs.register.filing.filters import ConfirmationFilter, FilingFilter
from socialorgs.register.filing.lifecycle import CONFIRMATION, FILING
from socialorgs.register.filing.models import Filing, FilingConfirmation
from socialorgs.register.filing.operations import Described
from socialorgs.register.filing.policy import LONGEST_NAMES, LONGEST_OPINION, LONGEST_RULES, FilingForm
from socialorgs.register.models import ServiceClass, SocialOrganization


class GroupFilingSerializer(serializers.ModelSerializer[Filing]):
    """A filing, for its head and for the staff of the place; members are counted, never named."""

    members_count = serializers.IntegerField(read_only=True)
    head_name = serializers.SerializerMethodField()

    class Meta:
        model = Filing
        fields = (
            "id",
            "division",
            "name",
            "form",
            "service_class",
            "purpose",
            "activity_place",
            "head_name",
            "members_count",
            "status",
            "submitted_at",
            "opinion",
            "recommended_at",
            "number",
            "filed_at",
            "remark",
            "organization",
        )
        read_only_fields = fields

    def get_head_name(self, row: Filing) -> str:
        """Return the head, shortened for a partner system that may not read persons."""
        return row.head_name if reads_persons(self.context["request"]) else mask_name(row.head_name)


class DescribedSerializer(serializers.Serializer[Any]):
    """What a group says of itself; members one name a line."""

    name = serializers.CharField(max_length=120)
    form = serializers.ChoiceField(choices=FilingForm.choices)
    service_class = serializers.ChoiceField(choices=ServiceClass.choices)
    purpose = serializers.CharField()
    activity_place = serializers.CharField(max_length=200)
    head_name = serializers.CharField(max_length=50)
    contact = serializers.CharField(max_length=200)
    members = serializers.CharField(max_length=LONGEST_NAMES)
    rules_text = serializers.CharField(max_length=LONGEST_RULES)


class FilingEntrySerializer(DescribedSerializer):
    """A group and the community in which it is to be filed."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())


class CommunityOpinionSerializer(serializers.Serializer[Any]):
    """The community's opinion."""

    opinion = serializers.CharField(max_length=LONGEST_OPINION)


class YearConfirmationSerializer(serializers.ModelSerializer[FilingConfirmation]):
    """A year of a filed organization."""

    class Meta:
        model = FilingConfirmation
        fields = (
            "id",
            "organization",
            "year",
            "members_count",
            "activities",
            "report",
            "status",
            "reported_at",
            "decided_at",
            "remark",
        )
        read_only_fields = fields


class YearSerializer(serializers.Serializer[Any]):
    """What a filed organization did in a year."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    year = serializers.IntegerField(min_value=1949, max_value=2200)
    members_count = serializers.IntegerField(min_value=0)
    activities = serializers.IntegerField(min_value=0)
    report = serializers.CharField(max_length=LONGEST_OPINION)


@moves_of(FILING)
class FilingViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Filing]):
    """Filings of community organizations (社区社会组织备案)."""

    queryset = Filing.objects.all()
    serializer_class = GroupFilingSerializer
    filterset_class = FilingFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_filing",
        "retrieve": "socialorgs.view_filing",
        "create": "socialorgs.submit_filing",
    }

    def get_queryset(self) -> QuerySet[Filing]:
        """Rows that the caller may see."""
        return Filing.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=FilingEntrySerializer, responses={201: GroupFilingSerializer})
    def create(self, request: Request) -> Response:
        """Ask that a group be filed."""
        body = FilingEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        row = operations.submit_filing(
            by=acting_user(request), now=clock.now(), division=said.pop("division"), described=Described(**said)
        )
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=DescribedSerializer, responses=GroupFilingSerializer)
    @action(detail=True, methods=["post"])
    def resubmit(self, request: Request, pk: str | None = None) -> Response:
        """Submit a returned filing again, corrected: RETURNED to SUBMITTED."""
        del pk
        row = self.get_object()
        body = DescribedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        described = Described(**body.validated_data)
        done = operations.resubmit_filing(by=acting_user(request), now=clock.now(), filing=row, described=described)
        return self.shown(done)

    @extend_schema(request=CommunityOpinionSerializer, responses=GroupFilingSerializer)
    @action(detail=True, methods=["post"])
    def recommend(self, request: Request, pk: str | None = None) -> Response:
        """Give the community's opinion: SUBMITTED to RECOMMENDED."""
        del pk
        row = self.get_object()
        body = CommunityOpinionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = operations.recommend_filing(by=acting_user(request), now=clock.now(), filing=row, **body.validated_data)
        return self.shown(done)

    @extend_schema(request=None, responses=GroupFilingSerializer)
    @action(detail=True, methods=["post"])
    def file(self, request: Request, pk: str | None = None) -> Response:
        """File the group under the street's next number: RECOMMENDED to FILED."""
        del pk
        return self.shown(operations.file_filing(by=acting_user(request), now=clock.now(), filing=self.get_object()))

    @extend_schema(request=MoveSerializer, responses=GroupFilingSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Return the filing to its head."""
        del pk
        return self._with_reason(request, operations.send_filing_back)

    @extend_schema(request=MoveSerializer, responses=GroupFilingSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the filing for good."""
        del pk
        return self._with_reason(request, operations.refuse_filing)

    def _with_reason(self, request: Request, operation: Any) -> Response:
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(operation(by=acting_user(request), now=clock.now(), filing=row, reason=reason))


@moves_of(CONFIRMATION)
class ConfirmationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[FilingConfirmation]):
    """Yearly confirmations of filed organizations; what is confirmed is public."""

    queryset = FilingConfirmation.objects.all()
    serializer_class = YearConfirmationSerializer
    filterset_class = ConfirmationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.report_filed_organization",
    }

    def get_queryset(self) -> QuerySet[FilingConfirmation]:
        """Rows that the caller may see."""
        return FilingConfirmation.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=YearSerializer, responses={201: YearConfirmationSerializer})
    def create(self, request: Request) -> Response:
        """Report a year."""
        body = YearSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.report_year(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=YearConfirmationSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Return the report of a year: REPORTED to RETURNED."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        done = operations.send_year_back(by=acting_user(request), now=clock.now(), confirmation=row, reason=reason)
        return self.shown(done)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("filings", FilingViewSet),
    ("filing-confirmations", ConfirmationViewSet),
]
