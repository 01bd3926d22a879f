"""The register in the API."""

from __future__ import annotations

from collections.abc import Callable
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
from governance.accounts.queries import acting_user
from governance.accounts.scopes import reads_persons
from governance.api import (
    IF_MATCH,
    AmountField,
    Idempotent,
    Moves,
    MoveSerializer,
    Tagged,
    moves_of,
    version_asked,
)
from governance.calendar import clock
from socialorgs.register import operations
from socialorgs.register.filters import (
    FIRST_YEAR,
    LAST_YEAR,
    InspectionFilter,
    ListingFilter,
    OrganizationFilter,
)
from socialorgs.register.lifecycle import ORGANIZATION
from socialorgs.register.models import (
    EDITABLE,
    AnnualInspection,
    CreditList,
    CreditListing,
    InspectionConclusion,
    OrganizationType,
    ServiceClass,
    SocialOrganization,
    Standing,
)
from socialorgs.register.queries import hindrances
from socialorgs.register.rules import head_for


class OrganizationSerializer(serializers.ModelSerializer[SocialOrganization]):
    """An organization; the head of a filed one is masked, the contact is for those who handle the entry."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    head_name = serializers.SerializerMethodField()
    contact = serializers.SerializerMethodField()

    class Meta:
        model = SocialOrganization
        fields = (
            "id",
            "name",
            "organization_type",
            "standing",
            "credit_code",
            "filing_number",
            "service_class",
            "division",
            "division_name",
            "registrar",
            "supervising_body",
            "head_name",
            "contact",
            "members_count",
            "capital",
            "scope",
            "founded_on",
            "status",
            "entered_at",
            "verified_at",
            "ended_at",
        )
        read_only_fields = fields

    @extend_schema_field(str)
    def get_head_name(self, row: SocialOrganization) -> str:
        """Return the head as the caller may know them."""
        request = self.context["request"]
        is_open = row.standing != Standing.FILED or reads_persons(request)
        return head_for(request.user, row) if is_open else mask_name(row.head_name)

    @extend_schema_field(str)
    def get_contact(self, row: SocialOrganization) -> str:
        """Return the contact to those who handle the entry."""
        request = self.context["request"]
        knows = reads_persons(request) and request.user.has_perm("socialorgs.view_organization_file", row)
        return row.contact if knows else ""


class OrganizationFactsSerializer(serializers.Serializer[Any]):
    """What is known of an organization: a credit code for a registered one, a filing number for a filed one."""

    name = serializers.CharField(max_length=120)
    organization_type = serializers.ChoiceField(choices=OrganizationType.choices)
    standing = serializers.ChoiceField(choices=Standing.choices)
    credit_code = serializers.CharField(required=False, allow_blank=True, default="")
    filing_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    service_class = serializers.ChoiceField(choices=ServiceClass.choices, required=False, allow_blank=True, default="")
    registrar = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    supervising_body = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    head_name = serializers.CharField(max_length=50)
    contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    members_count = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    capital = AmountField(required=False, allow_null=True, default=None)
    scope = serializers.CharField(required=False, allow_blank=True, default="")
    founded_on = serializers.DateField()


class OrganizationEntrySerializer(OrganizationFactsSerializer):
    """What is entered of an organization, with its place, which stays."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())


class StandingSerializer(serializers.Serializer[Any]):
    """Whether an organization may take part today, and what stands in the way."""

    is_good = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())


class InspectionEntrySerializer(serializers.Serializer[Any]):
    """The registrar's conclusion on a year."""

    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    conclusion = serializers.ChoiceField(choices=InspectionConclusion.choices)
    concluded_on = serializers.DateField()


class InspectionChangeSerializer(serializers.Serializer[Any]):
    """Another conclusion on the same year, the day of it, and why."""

    conclusion = serializers.ChoiceField(choices=InspectionConclusion.choices)
    concluded_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000)


class InspectionSerializer(serializers.ModelSerializer[AnnualInspection]):
    """The registrar's conclusion on a year of an organization."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    credit_code = serializers.CharField(source="organization.credit_code", read_only=True, allow_null=True)

    class Meta:
        model = AnnualInspection
        fields = (
            *("id", "organization", "organization_name", "credit_code", "year", "conclusion"),
            *("concluded_on", "entered_at"),
        )
        read_only_fields = fields


class ListingSerializer(serializers.ModelSerializer[CreditListing]):
    """An entry on one of the registrar's lists."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    credit_code = serializers.CharField(source="organization.credit_code", read_only=True, allow_null=True)

    class Meta:
        model = CreditListing
        fields = (
            "id",
            "organization",
            "organization_name",
            "credit_code",
            "credit_list",
            "decision_number",
            "reason",
            "listed_on",
            "removed_on",
            "entered_at",
        )
        read_only_fields = fields


class ListingEntrySerializer(serializers.Serializer[Any]):
    """A decision of the registrar that puts a body on a list."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    credit_list = serializers.ChoiceField(choices=CreditList.choices)
    decision_number = serializers.CharField(max_length=80)
    reason = serializers.CharField()
    listed_on = serializers.DateField()


class ListingEndSerializer(serializers.Serializer[Any]):
    """The day from which a listing holds no more, and why."""

    removed_on = serializers.DateField()
    reason = serializers.CharField()


@moves_of(ORGANIZATION)
class OrganizationViewSet(Tagged, Idempotent, Moves, ReadOnlyModelViewSet[SocialOrganization]):
    """Social organizations: checked entries for everybody, the rest for the staff of the place."""

    queryset = SocialOrganization.objects.all()
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "standing": None,
        "create": "socialorgs.enter_organization",
        "partial_update": "socialorgs.enter_organization",
        "inspections": "socialorgs.record_inspection",
    }

    def get_queryset(self) -> QuerySet[SocialOrganization]:
        """Rows that the caller may see."""
        return SocialOrganization.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=OrganizationEntrySerializer, responses={201: OrganizationSerializer})
    def create(self, request: Request) -> Response:
        """Enter an organization; another person checks the entry."""
        body = OrganizationEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.enter_organization(by=acting_user(request), now=clock.now(), **body.validated_data)
        return self.tagged(row, status.HTTP_201_CREATED)

    @extend_schema(request=OrganizationFactsSerializer, responses=OrganizationSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Take a change of the registrar's record over; the ETag of what was read goes into If-Match."""
        del pk
        row, version = self.get_object(), version_asked(request)
        body = OrganizationFactsSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        known = {name: getattr(row, name) for name in EDITABLE}
        told: dict[str, Any] = {**known, **body.validated_data, "version": version}
        return self.tagged(
            operations.edit_organization(by=acting_user(request), now=clock.now(), organization=row, **told)
        )

    @extend_schema(responses=StandingSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def standing(self, request: Request, pk: str | None = None) -> Response:
        """Tell whether the organization may take part today, with every reason against it."""
        del request, pk
        reasons = hindrances(self.get_object(), clock.today())
        return Response({"is_good": not reasons, "reasons": reasons})

    @extend_schema(request=InspectionEntrySerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"])
    def inspections(self, request: Request, pk: str | None = None) -> Response:
        """Enter the registrar's conclusion on a year."""
        del pk
        row = self.get_object()
        body = InspectionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.record_inspection(by=acting_user(request), now=clock.now(), organization=row, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"])
    def deregister(self, request: Request, pk: str | None = None) -> Response:
        """Record the deregistration; who acts for the body stops acting."""
        del pk
        return self._ended(request, operations.deregister)

    @extend_schema(request=MoveSerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str | None = None) -> Response:
        """Record the revocation; who acts for the body stops acting."""
        del pk
        return self._ended(request, operations.revoke)

    def _ended(self, request: Request, operation: Callable[..., SocialOrganization]) -> Response:
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        row = operation(by=acting_user(request), now=clock.now(), organization=self.get_object(), reason=reason)
        return self.shown(row)


class InspectionViewSet(Idempotent, ReadOnlyModelViewSet[AnnualInspection]):
    """Yearly inspections of the organizations that the caller may read; entered under the organization."""

    queryset = AnnualInspection.objects.all()
    serializer_class = InspectionSerializer
    filterset_class = InspectionFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "revise": "socialorgs.record_inspection",
    }

    def get_queryset(self) -> QuerySet[AnnualInspection]:
        """Rows that the caller may see."""
        return AnnualInspection.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=InspectionChangeSerializer, responses=InspectionSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str | None = None) -> Response:
        """Enter that the registrar has changed its conclusion, as after a rectification."""
        del pk
        found = self.get_object()
        body = InspectionChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        told: dict[str, Any] = {"year": found.year, **body.validated_data}
        operations.revise_inspection(by=acting_user(request), now=clock.now(), organization=found.organization, **told)
        return Response(self.get_serializer(self.get_queryset().get(pk=found.pk)).data)


class ListingViewSet(Idempotent, ReadOnlyModelViewSet[CreditListing]):
    """The credit lists of the registrar; public."""

    queryset = CreditListing.objects.all()
    serializer_class = ListingSerializer
    filterset_class = ListingFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.record_listing",
        "end": "socialorgs.record_listing",
    }

    def get_queryset(self) -> QuerySet[CreditListing]:
        """Rows that the caller may see."""
        return CreditListing.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ListingEntrySerializer, responses={201: ListingSerializer})
    def create(self, request: Request) -> Response:
        """Enter that the registrar has put a body on a list."""
        body = ListingEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.record_listing(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self._shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(request=ListingEndSerializer, responses=ListingSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """Enter that the registrar has taken the body off the list."""
        del pk
        listing = self.get_object()
        body = ListingEndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.end_listing(by=acting_user(request), now=clock.now(), listing=listing, **body.validated_data)
        return Response(self._shown(row))

    def _shown(self, row: CreditListing) -> Any:
        fresh = self.get_queryset().get(pk=row.pk)
        return ListingSerializer(fresh, context=self.get_serializer_context()).data


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("organizations", OrganizationViewSet),
    ("inspections", InspectionViewSet),
    ("credit-listings", ListingViewSet),
]
