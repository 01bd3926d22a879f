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
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register import operations
from socialorgs.register.filters import ListingFilter, OrganizationFilter
from socialorgs.register.lifecycle import ORGANIZATION
from socialorgs.register.models import (
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
        return head_for(self.context["request"].user, row)

    @extend_schema_field(str)
    def get_contact(self, row: SocialOrganization) -> str:
        """Return the contact to those who handle the entry."""
        knows = self.context["request"].user.has_perm("socialorgs.view_organization_file", row)
        return row.contact if knows else ""


class OrganizationEntrySerializer(serializers.Serializer[Any]):
    """What is entered of an organization: a credit code for a registered one, a filing number for a filed one."""

    name = serializers.CharField(max_length=120)
    organization_type = serializers.ChoiceField(choices=OrganizationType.choices)
    standing = serializers.ChoiceField(choices=Standing.choices)
    credit_code = serializers.CharField(required=False, allow_blank=True, default="")
    filing_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    service_class = serializers.ChoiceField(choices=ServiceClass.choices, required=False, allow_blank=True, default="")
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    registrar = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    supervising_body = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    head_name = serializers.CharField(max_length=50)
    contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    members_count = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    capital = AmountField(required=False, allow_null=True, default=None)
    scope = serializers.CharField(required=False, allow_blank=True, default="")
    founded_on = serializers.DateField()


class StandingSerializer(serializers.Serializer[Any]):
    """Whether an organization may take part today, and what stands in the way."""

    is_good = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())


class InspectionEntrySerializer(serializers.Serializer[Any]):
    """The registrar's conclusion on a year."""

    year = serializers.IntegerField(min_value=1949, max_value=2200)
    conclusion = serializers.ChoiceField(choices=InspectionConclusion.choices)
    concluded_on = serializers.DateField()


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
class OrganizationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[SocialOrganization]):
    """Social organizations: checked entries for everybody, the rest for the staff of the place."""

    queryset = SocialOrganization.objects.all()
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "standing": None,
        "create": "socialorgs.enter_organization",
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
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

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
        body = InspectionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = self.get_object()
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
        body = ListingEndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.end_listing(
            by=acting_user(request), now=clock.now(), listing=self.get_object(), **body.validated_data
        )
        return Response(self._shown(row))

    def _shown(self, row: CreditListing) -> Any:
        fresh = self.get_queryset().get(pk=row.pk)
        return ListingSerializer(fresh, context=self.get_serializer_context()).data


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("organizations", OrganizationViewSet),
    ("credit-listings", ListingViewSet),
]
