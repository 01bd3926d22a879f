"""Webhooks and their deliveries on the desk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.partners import operations
from governance.partners.forms import WebhookForm
from governance.partners.lifecycle import DeliveryStatus, EndpointStatus
from governance.partners.models import WebhookDelivery, WebhookEndpoint
from governance.partners.policy import body_of
from governance.partners.queries import clients_of
from governance.staff import Deed, MovesAdmin, StaffAdmin, display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django import forms
    from django.db.models import ForeignKey, Model, QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User

COLORS = {
    EndpointStatus.ACTIVE: "success",
    EndpointStatus.DISABLED: "warning",
    EndpointStatus.REMOVED: "info",
    DeliveryStatus.PENDING: "info",
    DeliveryStatus.DELIVERED: "success",
    DeliveryStatus.FAILED: "danger",
    DeliveryStatus.CANCELLED: "info",
}


def _rotate(row: WebhookEndpoint, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    del data
    _row, secret = operations.rotate_secret(by=by, endpoint=row, now=now)
    return _("Secret, shown this once: %(secret)s") % {"secret": secret}


def _test(row: WebhookEndpoint, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    del data
    operations.send_test(by=by, endpoint=row, now=now)
    return _("A test message is on its way; its delivery shows what the receiver answers.")


def _switched_off(row: WebhookEndpoint) -> Any:
    return None if row.status == EndpointStatus.ACTIVE else row.get_status_display()


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MovesAdmin):
    """Where partner systems are told of what happens."""

    view_permission = "partners.view_webhook"
    add_permission = "partners.manage_webhook"
    form = WebhookForm
    list_display = ("url", "client", "all_topics", "shown_status", "failing_since", "registered_at")
    list_filter = ("status",)
    search_fields = ("url", "client__name")
    list_select_related = ("client",)
    ordering = ("-pk",)
    acts: ClassVar[dict[str, Any]] = {
        "partners.webhook.registered": gettext_lazy("Registered"),
        "partners.webhook.secret_rotated": gettext_lazy("New secret made"),
        "partners.webhook.tested": gettext_lazy("Test message sent"),
    }
    fields = ("client", "url", "wanted", "description")
    readonly_fields = ("all_topics",)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed("test", gettext_lazy("Send a test message"), "partners.manage_webhook", _test, hindrance=_switched_off),
        Deed(
            "rotate",
            gettext_lazy("Make a new secret"),
            "partners.manage_webhook",
            _rotate,
            is_grave=True,
            is_open=lambda row: row.status != EndpointStatus.REMOVED,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        """Read the client and its service user along."""
        rows: QuerySet[WebhookEndpoint] = super().get_queryset(request)
        return rows.select_related("client__user")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Show everything but the secret."""
        if obj is None:
            return self.fields
        shown = ("client", "url", "all_topics", "description", "status", "registered_at", "registered_by")
        return (*shown, "previous_until", "failing_since", "failures", "paused_until", "disabled_at", "removed_at")

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the clients whose places the person administers."""
        if db_field.name == "client":
            kwargs["queryset"] = clients_of(request.user).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Register the address and show its secret once."""
        data = form.cleaned_data
        row, secret = operations.register_webhook(
            by=acting_user(request),
            client=data["client"],
            url=data["url"],
            topics=data["wanted"],
            description=data["description"],
            now=clock.now(),
        )
        messages.warning(request, _("Secret, shown this once: %(secret)s") % {"secret": secret})
        return row

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Hand removing and switching on to their operations."""
        by, now = acting_user(request), clock.now()
        if name == "remove":
            return operations.remove_webhook(by=by, endpoint=row, now=now, reason=data.get("reason", ""))
        if name == "enable":
            return operations.enable_webhook(by=by, endpoint=row, now=now)
        return super().make_move(row, name, request, data)

    @display(description=pgettext_lazy("event", "topics"))
    def all_topics(self, row: WebhookEndpoint) -> str:
        """Show the patterns in one line."""
        return ", ".join(row.topics)

    @display(description=gettext_lazy("state"), label=COLORS)
    def shown_status(self, row: WebhookEndpoint) -> tuple[str, str]:
        """Show the state as a colored word."""
        return row.status, row.get_status_display()


def _under_way(row: WebhookDelivery) -> Any:
    if row.status == DeliveryStatus.PENDING:
        return gettext_lazy("It is still being tried.")
    return None if row.endpoint.status == EndpointStatus.ACTIVE else gettext_lazy("The webhook is switched off.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(StaffAdmin):
    """What is on its way, what arrived, and what was given up; sending again is harmless."""

    view_permission = "partners.view_webhook"
    list_display = ("topic", "endpoint", "shown_status", "attempts", "attempted_at", "answer", "last_error", "due_at")
    list_filter = ("status",)
    search_fields = ("endpoint__url", "event__topic", "event__event_id")
    list_select_related = ("endpoint__client__user", "event")
    acts: ClassVar[dict[str, Any]] = {"partners.delivery.sent_again": gettext_lazy("Sent again")}
    ordering = ("-pk",)
    fields = (
        "endpoint",
        "topic",
        "event_id",
        "message",
        "status",
        "attempts",
        "created_at",
        "attempted_at",
        "due_at",
        "give_up_at",
        "answer",
        "last_error",
        "delivered_at",
    )
    readonly_fields = ("topic", "event_id", "message")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "send-again",
            gettext_lazy("Send again"),
            "partners.manage_webhook",
            lambda row, by, now, _data: operations.send_again(by=by, delivery=row, now=now),
            hindrance=_under_way,
            waiting=lambda rows: rows.filter(status=DeliveryStatus.FAILED, endpoint__status=EndpointStatus.ACTIVE),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Read what the list and the permissions ask for along."""
        rows: QuerySet[WebhookDelivery] = super().get_queryset(request)
        return rows.select_related("endpoint__client__user", "event")

    @display(description=pgettext_lazy("event", "topic"))
    def topic(self, row: WebhookDelivery) -> str:
        """Show what happened."""
        return row.event.topic

    @display(description=gettext_lazy("event id"))
    def event_id(self, row: WebhookDelivery) -> str:
        """Show the id under which it is sent."""
        return str(row.event.event_id)

    @display(description=gettext_lazy("message"))
    def message(self, row: WebhookDelivery) -> str:
        """Show the body as the receiver gets it."""
        return body_of(row.event).decode()

    @display(description=gettext_lazy("state"), label=COLORS)
    def shown_status(self, row: WebhookDelivery) -> tuple[str, str]:
        """Show the state as a colored word."""
        return row.status, row.get_status_display()
