"""Shops' offers, open resources, bookings and rooms against service in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from communities.venues.models import Venue
from funds.enterprises.models import CommunityEnterprise
from governance.accounts.masking import mask_name
from governance.accounts.models import User
from governance.accounts.queries import acting_user, people_named
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.contracts.policy import ServiceField
from projects.market.sharing import operations
from projects.market.sharing.acts import WITH_BOOKING, WITH_CESSION
from projects.market.sharing.filters import (
    BookingFilter,
    CessionFilter,
    MerchantFilter,
    MerchantOfferFilter,
    PlaceFilter,
)
from projects.market.sharing.lifecycle import BOOKING, CESSION
from projects.market.sharing.models import (
    CessionService,
    Merchant,
    MerchantOffer,
    OpenResource,
    ResourceBooking,
    VenueCession,
)
from projects.market.sharing.operations import Opened
from projects.market.sharing.policy import OfferKind, ResourceKind
from socialorgs.register.models import SocialOrganization


class MerchantSerializer(serializers.ModelSerializer[Merchant]):
    """A shop that takes part."""

    division_name = serializers.CharField(source="division.name", read_only=True)

    class Meta:
        model = Merchant
        fields = ("id", "name", "division", "division_name", "enterprise", "line", "address", "left_on")
        read_only_fields = fields


class MerchantEntrySerializer(serializers.Serializer[Any]):
    """A shop that has consented in writing; its keeper by mobile number or log-in name."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    name = serializers.CharField(max_length=80)
    line = serializers.CharField(max_length=80)
    address = serializers.CharField(max_length=120)
    keeper = serializers.CharField(max_length=80)
    consented_on = serializers.DateField()
    enterprise = serializers.PrimaryKeyRelatedField(
        queryset=CommunityEnterprise.objects.all(), required=False, allow_null=True, default=None
    )

    def validate_keeper(self, value: str) -> User:
        """Find the person."""
        found = people_named([value.strip()]).get(value.strip())
        if found is None:
            raise serializers.ValidationError(_("Nobody with this number or name has a log-in."))
        return found


class MerchantOfferSerializer(serializers.ModelSerializer[MerchantOffer]):
    """What a shop offers on one day."""

    merchant_name = serializers.CharField(source="merchant.name", read_only=True)

    class Meta:
        model = MerchantOffer
        fields = ("id", "merchant", "merchant_name", "day", "kind", "text", "price", "usual_price", "published_at")
        read_only_fields = fields


class MerchantOfferEntrySerializer(serializers.Serializer[Any]):
    """An offer to be published."""

    merchant = serializers.PrimaryKeyRelatedField(queryset=Merchant.objects.filter(left_on=None))
    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=OfferKind.choices, required=False, default=OfferKind.DISCOUNT)
    text = serializers.CharField(max_length=200)
    price = AmountField(required=False, allow_null=True, default=None)
    usual_price = AmountField(required=False, allow_null=True, default=None)


class OpenResourceSerializer(serializers.ModelSerializer[OpenResource]):
    """A resource that is open to people."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True, default=None)
    venue_name = serializers.CharField(source="venue.name", read_only=True, default=None)

    class Meta:
        model = OpenResource
        fields = (
            *("id", "title", "division", "division_name", "kind", "field", "venue", "venue_name"),
            *("organization", "organization_name", "place", "text", "seats", "opens", "closes", "closed_on"),
        )
        read_only_fields = fields


class ResourceEntrySerializer(serializers.Serializer[Any]):
    """A resource that is opened to people."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    title = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=ResourceKind.choices)
    field = serializers.ChoiceField(choices=ServiceField.choices)
    place = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=300)
    seats = serializers.IntegerField(min_value=1, max_value=9999)
    opens = serializers.TimeField()
    closes = serializers.TimeField()
    venue = serializers.PrimaryKeyRelatedField(
        queryset=Venue.objects.all(), required=False, allow_null=True, default=None
    )
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )


class BookingEntrySerializer(serializers.Serializer[Any]):
    """A booking that is asked for."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    people = serializers.IntegerField(min_value=1, max_value=9999)
    about = serializers.CharField(max_length=200)


class ResourceBookingSerializer(serializers.ModelSerializer[ResourceBooking]):
    """A booking, for the person and those who provide the resource."""

    resource_title = serializers.CharField(source="resource.title", read_only=True)
    person = serializers.SerializerMethodField()

    class Meta:
        model = ResourceBooking
        fields = (
            *("id", "resource", "resource_title", "person", "starts_at", "ends_at", "people", "about"),
            *("status", "asked_at", "answered_at", "answer"),
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_person(self, booking: ResourceBooking) -> str:
        """The name, in full for the person alone."""
        name = booking.person.display_name
        return name if booking.person_id == self.context["request"].user.pk else mask_name(name)


class CessionServiceSerializer(serializers.ModelSerializer[CessionService]):
    """Hours that were reported."""

    class Meta:
        model = CessionService
        fields = ("id", "served_on", "hours", "text", "reported_at", "confirmed_at", "refused_at")
        read_only_fields = fields


class VenueCessionSerializer(serializers.ModelSerializer[VenueCession]):
    """The free use of a room, with the hours owed and served."""

    resource_title = serializers.CharField(source="resource.title", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    served = serializers.DecimalField(max_digits=7, decimal_places=1, read_only=True, allow_null=True)

    class Meta:
        model = VenueCession
        fields = (
            *("id", "resource", "resource_title", "organization", "organization_name", "starts_on", "ends_on"),
            *("hours_owed", "served", "what_for", "status", "agreed_at", "reviewed_at", "review", "hours_served"),
        )
        read_only_fields = fields


class CessionEntrySerializer(serializers.Serializer[Any]):
    """The free use of a room that is offered to an organization."""

    resource = serializers.PrimaryKeyRelatedField(queryset=OpenResource.objects.select_related("division", "venue"))
    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    hours_owed = serializers.DecimalField(max_digits=6, decimal_places=1)
    what_for = serializers.CharField(max_length=200)


class CheckEntrySerializer(serializers.Serializer[Any]):
    """Reported hours, and whether they are right."""

    service = serializers.PrimaryKeyRelatedField(queryset=CessionService.objects.all())
    is_right = serializers.BooleanField()


class ReportEntrySerializer(serializers.Serializer[Any]):
    """Hours to be reported."""

    served_on = serializers.DateField()
    hours = serializers.DecimalField(max_digits=4, decimal_places=1)
    text = serializers.CharField(max_length=200)


class ReviewEntrySerializer(serializers.Serializer[Any]):
    """What is found after the end."""

    review = serializers.CharField(max_length=500)


class MerchantViewSet(Idempotent, ReadOnlyModelViewSet[Merchant]):
    """Shops that take part."""

    queryset = Merchant.objects.all()
    serializer_class = MerchantSerializer
    filterset_class = MerchantFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.join_merchant",
        "leave": "projects.remove_offer",
    }

    def get_queryset(self) -> QuerySet[Merchant]:
        """Rows that the caller may see."""
        return Merchant.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=MerchantEntrySerializer, responses={201: MerchantSerializer})
    def create(self, request: Request) -> Response:
        """Enter a shop that has consented in writing to take part."""
        body = MerchantEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.join_merchant(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(MerchantSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=MerchantSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str | None = None) -> Response:
        """Let a shop leave, with the reason: its offers are no longer shown."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        row = operations.leave_merchant(by=acting_user(request), now=clock.now(), merchant=row, reason=reason)
        return Response(MerchantSerializer(row).data)


class MerchantOfferViewSet(Idempotent, ReadOnlyModelViewSet[MerchantOffer]):
    """What shops offer, day by day."""

    queryset = MerchantOffer.objects.all()
    serializer_class = MerchantOfferSerializer
    filterset_class = MerchantOfferFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.publish_offer",
        "remove": "projects.remove_offer",
    }

    def get_queryset(self) -> QuerySet[MerchantOffer]:
        """Rows that the caller may see."""
        return MerchantOffer.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=MerchantOfferEntrySerializer, responses={201: MerchantOfferSerializer})
    def create(self, request: Request) -> Response:
        """Publish an offer."""
        body = MerchantOfferEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.publish_offer(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(MerchantOfferSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=MerchantOfferSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str | None = None) -> Response:
        """Take an offer down, with the reason."""
        del pk
        body = MoveSerializer(data=request.data)
        offer = self.get_object()
        body.is_valid(raise_exception=True)
        row = operations.remove_offer(
            by=acting_user(request), now=clock.now(), offer=offer, reason=body.validated_data["reason"]
        )
        return Response(MerchantOfferSerializer(row).data)


class OpenResourceViewSet(Idempotent, ReadOnlyModelViewSet[OpenResource]):
    """What is open to people."""

    queryset = OpenResource.objects.all()
    serializer_class = OpenResourceSerializer
    filterset_class = PlaceFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.open_resource",
        "book": "projects.book_resource",
        "close": "projects.open_resource",
    }

    def get_queryset(self) -> QuerySet[OpenResource]:
        """Rows that the caller may see."""
        return OpenResource.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ResourceEntrySerializer, responses={201: OpenResourceSerializer})
    def create(self, request: Request) -> Response:
        """Enter a room, a thing or a regular service that is open to people."""
        body = ResourceEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        division = said.pop("division")
        row = operations.open_resource(
            by=acting_user(request), now=clock.now(), division=division, opened=Opened(**said)
        )
        return Response(OpenResourceSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=OpenResourceSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close a resource, with the reason; what is confirmed stays."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, reason = acting_user(request), body.validated_data["reason"]
        operations.close_resource(by=by, now=clock.now(), resource=row, reason=reason)
        return Response(OpenResourceSerializer(OpenResource.objects.for_list().get(pk=row.pk)).data)

    @extend_schema(request=BookingEntrySerializer, responses={201: ResourceBookingSerializer})
    @action(detail=True, methods=["post"])
    def book(self, request: Request, pk: str | None = None) -> Response:
        """Ask for a resource at a time."""
        del pk
        resource = self.get_object()
        body = BookingEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.book_resource(
            by=acting_user(request), now=clock.now(), resource=resource, **body.validated_data
        )
        shown = ResourceBookingSerializer(row, context=self.get_serializer_context()).data
        return Response(shown, status=status.HTTP_201_CREATED)


@moves_of(BOOKING)
class ResourceBookingViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ResourceBooking]):
    """Bookings: one's own, and those of what one provides or looks after."""

    queryset = ResourceBooking.objects.all()
    serializer_class = ResourceBookingSerializer
    filterset_class = BookingFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_booking",
        "retrieve": "projects.view_booking",
    }

    def get_queryset(self) -> QuerySet[ResourceBooking]:
        """Rows that the caller may see."""
        return ResourceBooking.objects.visible_to(self.request.user).for_list()

    def _move(self, request: Request, name: str) -> Response:
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        WITH_BOOKING[name](row, acting_user(request), clock.now(), body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ResourceBookingSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm: ASKED to CONFIRMED."""
        del pk
        return self._move(request, "confirm")

    @extend_schema(request=MoveSerializer, responses=ResourceBookingSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str | None = None) -> Response:
        """Decline, with the reason."""
        del pk
        return self._move(request, "decline")


@moves_of(CESSION)
class VenueCessionViewSet(Idempotent, Moves, ReadOnlyModelViewSet[VenueCession]):
    """Rooms that are lent against hours of service."""

    queryset = VenueCession.objects.all()
    serializer_class = VenueCessionSerializer
    filterset_class = CessionFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.manage_cession",
        "services": None,
        "report": "projects.act_for_cession",
        "check": "projects.manage_cession",
    }

    def get_queryset(self) -> QuerySet[VenueCession]:
        """Rows that the caller may see."""
        return VenueCession.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=CessionEntrySerializer, responses={201: VenueCessionSerializer})
    def create(self, request: Request) -> Response:
        """Offer an organization the free use of a room against hours of service."""
        body = CessionEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.offer_cession(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(responses=CessionServiceSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None)
    def services(self, request: Request, pk: str | None = None) -> Response:
        """List the hours that were reported, the latest first, page by page."""
        del request, pk
        page = self.paginate_queryset(self.get_object().services.order_by("-pk"))
        return self.get_paginated_response(CessionServiceSerializer(page, many=True).data)

    @extend_schema(request=CheckEntrySerializer, responses=CessionServiceSerializer)
    @action(detail=True, methods=["post"], url_path="check-hours")
    def check(self, request: Request, pk: str | None = None) -> Response:
        """Confirm or refuse reported hours, as staff of the place and somebody else than who reported them."""
        del pk
        row = self.get_object()
        body = CheckEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        service = body.validated_data["service"]
        if service.cession_id != row.pk:
            raise Http404
        said = {"service": service, "is_right": body.validated_data["is_right"]}
        done = operations.check_service(by=acting_user(request), now=clock.now(), **said)
        return Response(CessionServiceSerializer(done).data)

    def _move(self, request: Request, name: str, shape: type[serializers.Serializer[Any]]) -> Response:
        row = self.get_object()
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        WITH_CESSION[name](row, acting_user(request), clock.now(), body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=VenueCessionSerializer)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str | None = None) -> Response:
        """Agree: OFFERED to RUNNING."""
        del pk
        return self._move(request, "agree", MoveSerializer)

    @extend_schema(request=ReviewEntrySerializer, responses=VenueCessionSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str | None = None) -> Response:
        """Review after the end: RUNNING to REVIEWED."""
        del pk
        return self._move(request, "review", ReviewEntrySerializer)

    @extend_schema(request=MoveSerializer, responses=VenueCessionSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """End early, with the reason."""
        del pk
        return self._move(request, "end", MoveSerializer)

    @extend_schema(request=ReportEntrySerializer, responses={201: CessionServiceSerializer})
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str | None = None) -> Response:
        """Report hours served, for the organization."""
        del pk
        row = self.get_object()
        body = ReportEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        service = operations.report_service(
            by=acting_user(request), now=clock.now(), cession=row, **body.validated_data
        )
        return Response(CessionServiceSerializer(service).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("merchants", MerchantViewSet),
    ("merchant-offers", MerchantOfferViewSet),
    ("open-resources", OpenResourceViewSet),
    ("resource-bookings", ResourceBookingViewSet),
    ("venue-cessions", VenueCessionViewSet),
]
