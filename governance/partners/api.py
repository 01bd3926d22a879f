"""Webhooks and the change feed in the API.

Answers that show a secret are never kept, so the webhook routes take no idempotency keys: a repeated registration is
recognized by its address instead.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSet, ViewSetMixin

from governance.accounts.clients import Pages
from governance.accounts.models import ApiClient
from governance.accounts.queries import acting_user
from governance.accounts.scopes import READ
from governance.api import Moves, MoveSerializer, asked_of, moves_of
from governance.calendar import clock
from governance.errors import NotAllowed
from governance.outbox.policy import BEGINNING
from governance.partners import operations
from governance.partners.filters import DeliveryFilter, EndpointFilter
from governance.partners.lifecycle import ENDPOINT
from governance.partners.models import WebhookDelivery, WebhookEndpoint
from governance.partners.policy import FLOORS, message_of, read_cursor, write_cursor
from governance.partners.queries import changes_after

MOST_CHANGES = 500
USUAL_CHANGES = 100


class WebhookSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """One endpoint; its secret is never shown again."""

    class Meta:
        model = WebhookEndpoint
        fields = (
            "id",
            "url",
            "topics",
            "description",
            "status",
            "registered_at",
            "previous_until",
            "failing_since",
            "paused_until",
        )
        read_only_fields = fields


class WebhookSecretSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """One endpoint with its secret, shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = fields


class WebhookEntrySerializer(serializers.Serializer[Any]):
    """Where a client wants to be told of what."""

    url = serializers.CharField(max_length=500)
    topics = serializers.ListField(child=serializers.CharField(max_length=100), allow_empty=False, max_length=100)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One event on its way to one endpoint."""

    event_id = serializers.UUIDField(source="event.event_id", read_only=True)
    topic = serializers.CharField(source="event.topic", read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "endpoint",
            "event_id",
            "topic",
            "status",
            "attempts",
            "created_at",
            "due_at",
            "attempted_at",
            "answer",
            "last_error",
            "delivered_at",
        )
        read_only_fields = fields


def _own_client(request: Request) -> ApiClient:
    """Return the client that calls; people register webhooks for a client on the desk.

    Raises:
        NotAllowed: the caller is no partner system.
    """
    client = getattr(request.auth, "application", None)
    if not isinstance(client, ApiClient):
        raise NotAllowed
    return client


@moves_of(ENDPOINT)
class WebhookViewSet(Moves, ReadOnlyModelViewSet[WebhookEndpoint]):
    """The webhooks of the calling client."""

    floor = "partners"
    queryset = WebhookEndpoint.objects.all()
    serializer_class = WebhookSerializer
    filterset_class = EndpointFilter
    pagination_class = Pages
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "partners.view_webhook",
        "retrieve": "partners.view_webhook",
        "create": "partners.manage_webhook",
        "destroy": "partners.manage_webhook",
        "ping": "partners.manage_webhook",
        "rotate": "partners.manage_webhook",
    }

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        """Rows that the caller may see."""
        return WebhookEndpoint.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=WebhookEntrySerializer, responses={201: WebhookSecretSerializer})
    def create(self, request: Request) -> Response:
        """Register an address; the answer shows its secret, this once."""
        body = WebhookEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row, _secret = operations.register_webhook(
            by=acting_user(request), client=_own_client(request), now=clock.now(), **body.validated_data
        )
        return Response(WebhookSecretSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Remove an address; what still waits is cancelled."""
        del pk
        operations.remove_webhook(by=acting_user(request), endpoint=self.get_object(), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=MoveSerializer, responses=WebhookSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str | None = None) -> Response:
        """Remove an address with a reason: ACTIVE, DISABLED to REMOVED."""
        del pk
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self.shown(
            operations.remove_webhook(
                by=acting_user(request),
                endpoint=self.get_object(),
                now=clock.now(),
                reason=body.validated_data["reason"],
            )
        )

    @extend_schema(request=None, responses=WebhookSerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: str | None = None) -> Response:
        """Switch an address on again: DISABLED to ACTIVE."""
        del pk
        return self.shown(
            operations.enable_webhook(by=acting_user(request), endpoint=self.get_object(), now=clock.now())
        )

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str | None = None) -> Response:
        """Queue a test message to an address."""
        del pk
        row = operations.send_test(by=acting_user(request), endpoint=self.get_object(), now=clock.now())
        return Response(DeliverySerializer(row).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=WebhookSecretSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str | None = None) -> Response:
        """Make a new secret, shown this once; for a day messages carry signatures of both."""
        del pk
        row, _secret = operations.rotate_secret(by=acting_user(request), endpoint=self.get_object(), now=clock.now())
        return Response(WebhookSecretSerializer(row).data)


class DeliveryViewSet(ReadOnlyModelViewSet[WebhookDelivery]):
    """What was sent to the webhooks of the calling client, and what came of it."""

    floor = "partners"
    queryset = WebhookDelivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    pagination_class = Pages
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "partners.view_webhook",
        "retrieve": "partners.view_webhook",
        "send_again": "partners.manage_webhook",
    }

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Rows that the caller may see."""
        return WebhookDelivery.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def send_again(self, request: Request, pk: str | None = None) -> Response:
        """Send an ended delivery once more under the same id."""
        del pk
        row = operations.send_again(by=acting_user(request), delivery=self.get_object(), now=clock.now())
        return Response(DeliverySerializer(row).data, status=status.HTTP_202_ACCEPTED)


class ChangesQuerySerializer(serializers.Serializer[Any]):
    """Where in the feed to go on, and how much to return."""

    after = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    limit = serializers.IntegerField(required=False, default=USUAL_CHANGES, min_value=1, max_value=MOST_CHANGES)


class ChangeSerializer(serializers.Serializer[Any]):
    """One event: the body of the webhook, with its id."""

    id = serializers.UUIDField()
    type = serializers.CharField()
    timestamp = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]  # a field that happens to be called data


class ChangesSerializer(serializers.Serializer[Any]):
    """A stretch of the feed; keep the cursor and send it as `after`."""

    results = ChangeSerializer(many=True)
    cursor = serializers.CharField()
    has_more = serializers.BooleanField()


class ChangesViewSet(ViewSet):
    """What has happened, in an order in which nothing is ever missed."""

    floor = "partners"
    permissions: ClassVar[dict[str, str | None]] = {"list": "partners.read_changes"}

    @extend_schema(
        parameters=[
            OpenApiParameter("after", str, description="The cursor of the page before; empty: from the beginning."),
            OpenApiParameter("limit", int, description="At most so many events, 1 to 500."),
        ],
        responses=ChangesSerializer,
    )
    def list(self, request: Request) -> Response:
        """Return the events after a cursor, of the floors that the client may read and the places it reaches."""
        asked = asked_of(request, ChangesQuerySerializer)
        after = asked["after"]
        page = changes_after(
            read_cursor(after) if after else BEGINNING,
            user=acting_user(request),
            floors=_readable_floors(request),
            limit=asked["limit"],
        )
        results = [{"id": str(event.event_id), **message_of(event)} for event in page.rows]
        return Response({"results": results, "cursor": write_cursor(page.cursor), "has_more": page.has_more})


def _readable_floors(request: Request) -> list[str]:
    """Return the floors that the caller's token may read; people may read all."""
    token = request.auth
    if not hasattr(token, "allow_scopes"):
        return list(FLOORS)
    return [floor for floor in FLOORS if token.allow_scopes([f"{floor}:{READ}"])]


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("webhooks", WebhookViewSet),
    ("webhook-deliveries", DeliveryViewSet),
    ("changes", ChangesViewSet),
]
