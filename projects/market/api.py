"""The market in the API."""

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
from consultation.matters.models import Matter
from funds.spending.models import SpendingRequest
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from governance.money import ZERO
from projects.contracts.policy import ServiceField
from projects.market import acts, operations
from projects.market.filters import MicroServiceFilter, ServiceMatchFilter
from projects.market.lifecycle import MICRO_SERVICE, SERVICE_MATCH
from projects.market.models import MicroService, PosterKind, ServiceMatch, ServiceRating, Settlement, Side
from projects.market.policy import STARS, Choice
from projects.market.queries import reach_for
from socialorgs.register.models import SocialOrganization


class MicroServiceSerializer(serializers.ModelSerializer[MicroService]):
    """A small service; its code and how to find each other are told to its two sides alone, on the taking."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True, default=None)
    poster_name = serializers.SerializerMethodField()
    taken = serializers.IntegerField(read_only=True)

    class Meta:
        model = MicroService
        fields = (
            "id",
            "side",
            "field",
            "title",
            "text",
            "division",
            "division_name",
            "poster_kind",
            "poster_name",
            "organization",
            "organization_name",
            "matter",
            "place",
            "starts_at",
            "ends_at",
            "take_by",
            "places",
            "taken",
            "capability",
            "choice",
            "settlement",
            "price",
            "points",
            "request",
            "status",
            "posted_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_poster_name(self, service: MicroService) -> str:
        """The name of the community or the organization; that of a person shortened."""
        if service.organization is not None:
            return service.organization.name
        if service.poster_kind == PosterKind.COMMUNITY:
            return service.division.name
        return mask_name(service.posted_by.display_name)


class MicroServiceTermsSerializer(serializers.Serializer[Any]):
    """What is posted."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    is_for_community = serializers.BooleanField(required=False, default=False)
    side = serializers.ChoiceField(choices=Side.choices)
    field = serializers.ChoiceField(choices=ServiceField.choices)
    title = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=1000)
    place = serializers.CharField(max_length=120)
    contact = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    places = serializers.IntegerField(min_value=1, max_value=200, required=False, default=1)
    capability = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    choice = serializers.ChoiceField(choices=Choice.choices, required=False, allow_blank=True, default="")
    settlement = serializers.ChoiceField(choices=Settlement.choices, required=False, default=Settlement.FREE)
    price = AmountField(required=False, default=ZERO)
    points = serializers.IntegerField(min_value=0, max_value=1000, required=False, default=0)
    request = serializers.PrimaryKeyRelatedField(
        queryset=SpendingRequest.objects.all(), required=False, allow_null=True, default=None
    )
    matter = serializers.PrimaryKeyRelatedField(
        queryset=Matter.objects.all(), required=False, allow_null=True, default=None
    )


class RatingSerializer(serializers.ModelSerializer[ServiceRating]):
    """What one side said of the other."""

    class Meta:
        model = ServiceRating
        fields = ("is_by_poster", "stars", "comment", "rated_at")
        read_only_fields = fields


class ReachSerializer(serializers.Serializer[Any]):
    """How the other side is reached."""

    name = serializers.CharField()
    phone = serializers.CharField()
    contact = serializers.CharField()


class ServiceMatchSerializer(serializers.ModelSerializer[ServiceMatch]):
    """A taking, for its two sides and the staff of the place."""

    service_title = serializers.CharField(source="service.title", read_only=True)
    taker = serializers.SerializerMethodField()
    organization_name = serializers.CharField(source="organization.name", read_only=True, default=None)
    reach = serializers.SerializerMethodField()

    class Meta:
        model = ServiceMatch
        fields = (
            "id",
            "service",
            "service_title",
            "taker",
            "organization",
            "organization_name",
            "note",
            "status",
            "taken_at",
            "confirmed_at",
            "signed_in_at",
            "is_by_code",
            "done_at",
            "settled_at",
            "journal",
            "payment",
            "ended_at",
            "ended_reason",
            "absent",
            "reach",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_taker(self, match: ServiceMatch) -> str:
        """The name, in full for the person alone."""
        name = match.taker.display_name
        return name if match.taker_id == self.context["request"].user.pk else mask_name(name)

    @extend_schema_field(ReachSerializer(allow_null=True))
    def get_reach(self, match: ServiceMatch) -> dict[str, Any] | None:
        """How the caller reaches the other side, while there is an agreement."""
        found = reach_for(self.context["request"].user, match)
        return dict(ReachSerializer(found).data) if found else None


class TakeSerializer(serializers.Serializer[Any]):
    """For whom a service is taken."""

    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class MarketCodeSerializer(serializers.Serializer[Any]):
    """The code of the service; whoever posted it needs none."""

    code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class RateSerializer(serializers.Serializer[Any]):
    """Stars and a word."""

    stars = serializers.ChoiceField(choices=STARS)
    comment = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


@moves_of(MICRO_SERVICE)
class MicroServiceViewSet(Idempotent, Moves, ReadOnlyModelViewSet[MicroService]):
    """Small services that are wanted and offered."""

    queryset = MicroService.objects.all()
    serializer_class = MicroServiceSerializer
    filterset_class = MicroServiceFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.post_micro_service",
        "take": "projects.take_micro_service",
    }

    def get_queryset(self) -> QuerySet[MicroService]:
        """Rows that the caller may see."""
        return MicroService.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=MicroServiceTermsSerializer, responses={201: MicroServiceSerializer})
    def create(self, request: Request) -> Response:
        """Post a small service."""
        body = MicroServiceTermsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        whose = {name: said.pop(name) for name in ("division", "organization", "is_for_community")}
        terms = operations.Terms(**said)
        row = operations.post_service(by=acting_user(request), now=clock.now(), terms=terms, **whose)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=TakeSerializer, responses={201: ServiceMatchSerializer})
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: str | None = None) -> Response:
        """Take a service, for oneself or an organization."""
        del pk
        service = self.get_object()
        body = TakeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        match = operations.take_service(
            by=acting_user(request), now=clock.now(), service=service, **body.validated_data
        )
        row = ServiceMatch.objects.for_list().get(pk=match.pk)
        shown = ServiceMatchSerializer(row, context=self.get_serializer_context()).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=MicroServiceSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Cancel one's posting, with the reason."""
        del pk
        return self._move(request, "cancel")

    @extend_schema(request=MoveSerializer, responses=MicroServiceSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str | None = None) -> Response:
        """Take a posting down, with the reason."""
        del pk
        return self._move(request, "remove")

    def _move(self, request: Request, name: str) -> Response:
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        acts.WITH_SERVICE[name](row, acting_user(request), clock.now(), body.validated_data)
        fresh = MicroService.objects.for_list().get(pk=row.pk)
        return Response(MicroServiceSerializer(fresh, context=self.get_serializer_context()).data)


@moves_of(SERVICE_MATCH)
class ServiceMatchViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ServiceMatch]):
    """Takings of small services: those of one's own side, and of the places in which one works."""

    queryset = ServiceMatch.objects.all()
    serializer_class = ServiceMatchSerializer
    filterset_class = ServiceMatchFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_service_match",
        "retrieve": "projects.view_service_match",
        "rate": "projects.rate_match",
        "plan_payment": "projects.pay_match",
        "block": "projects.block_on_market",
    }

    def get_queryset(self) -> QuerySet[ServiceMatch]:
        """Rows that the caller may see."""
        return ServiceMatch.objects.visible_to(self.request.user).for_list()

    def _move(self, request: Request, name: str, shape: type[serializers.Serializer[Any]] = MoveSerializer) -> Response:
        row = self.get_object()
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        acts.WITH_MATCH[name](row, acting_user(request), clock.now(), body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str | None = None) -> Response:
        """Confirm: TAKEN to CONFIRMED."""
        del pk
        return self._move(request, "confirm")

    @extend_schema(request=MoveSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str | None = None) -> Response:
        """Decline, with the reason."""
        del pk
        return self._move(request, "decline")

    @extend_schema(request=MoveSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Cancel before it begins, with the reason."""
        del pk
        return self._move(request, "cancel")

    @extend_schema(request=MarketCodeSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def sign_in(self, request: Request, pk: str | None = None) -> Response:
        """Sign in with the code, or by hand as whoever posted it."""
        del pk
        return self._move(request, "sign_in", MarketCodeSerializer)

    @extend_schema(request=MoveSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def report_no_show(self, request: Request, pk: str | None = None) -> Response:
        """Report that the other side did not come."""
        del pk
        return self._move(request, "report_no_show")

    @extend_schema(request=MoveSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str | None = None) -> Response:
        """Say that it is done: SIGNED_IN to DONE, settled where nobody has to pay."""
        del pk
        return self._move(request, "finish")

    @extend_schema(request=MoveSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str | None = None) -> Response:
        """Settle: DONE to SETTLED."""
        del pk
        return self._move(request, "settle")

    @extend_schema(request=RateSerializer, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def rate(self, request: Request, pk: str | None = None) -> Response:
        """Rate the other side, once."""
        del pk
        return self._move(request, "rate", RateSerializer)

    @extend_schema(request=None, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"], url_path="plan-payment")
    def plan_payment(self, request: Request, pk: str | None = None) -> Response:
        """Plan the fund's payment of a purchase that is done."""
        del pk
        return self._move(request, "plan_payment")

    @extend_schema(request=None, responses=ServiceMatchSerializer)
    @action(detail=True, methods=["post"])
    def block(self, request: Request, pk: str | None = None) -> Response:
        """Block the other side of a taking."""
        del pk
        return self._move(request, "block")


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("micro-services", MicroServiceViewSet),
    ("service-matches", ServiceMatchViewSet),
]
