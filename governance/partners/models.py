"""Where partner systems want to be told, and what was sent to them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.models import Post, Role
from communities.people.queries import posts_of, present_day
from governance import lifecycle
from governance.accounts.models import ApiClient
from governance.accounts.secrets import EncryptedTextField
from governance.outbox.models import OutboxEvent
from governance.partners.lifecycle import ENDPOINT, DeliveryStatus, EndpointStatus

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


def managed_by(user: User | AnonymousUser, owner: str) -> models.Q:
    """Return the filter of rows whose `owner` (a service user) one is, or has posts only in places that one administers."""
    if not user.is_authenticated:
        return models.Q(pk__in=[])
    found = models.Q(**{owner: user})
    paths = [post.division.path for post in posts_of(user) if post.role == Role.DISTRICT_ADMIN]
    if paths:
        inside = reduce(or_, (models.Q(division__path__startswith=path) for path in paths))
        elsewhere = Post.objects.held_on(present_day()).exclude(inside).values("user")
        found |= models.Q(**{f"{owner}__isnull": False}) & ~models.Q(**{f"{owner}__in": elsewhere})
    return found


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Reads over endpoints."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Endpoints of one's own client, or of clients whose places one administers."""
        return self.filter(managed_by(user, "client__user"))

    def listening(self) -> Self:
        """Endpoints that are told what happens."""
        return self.filter(status=EndpointStatus.ACTIVE, client__user__is_active=True)

    def for_list(self) -> Self:
        """Rows with what lists and permissions ask for, newest first."""
        return self.select_related("client__user").order_by("-pk")


class WebhookEndpoint(models.Model):
    """An address of a partner system that wants to hear of some topics (status moved by `governance.lifecycle`).

    `topics` are patterns: `funds.*`, `funds.payment.*`, `funds.payment.paid`. The secret is shown once when it is made and
    lies encrypted; for a while after a change messages are signed with the one before as well. `failing_since`,
    `failures` and `paused_until` tell of a receiver that does not answer.
    """

    client = models.ForeignKey(
        ApiClient, on_delete=models.PROTECT, related_name="webhooks", verbose_name=_("API client")
    )
    url = models.CharField(pgettext_lazy("webhook", "address"), max_length=500)
    topics = ArrayField(models.CharField(max_length=100), verbose_name=pgettext_lazy("event", "topics"))
    description = models.CharField(_("description"), max_length=200, blank=True)
    secret = EncryptedTextField(pgettext_lazy("webhook", "secret"), editable=False)
    previous_secret = EncryptedTextField(_("secret before"), blank=True, default="", editable=False)
    previous_until = models.DateTimeField(_("secret before holds until"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=EndpointStatus, default=EndpointStatus.ACTIVE, editable=False
    )
    registered_at = models.DateTimeField(_("registered at"), editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("registered by"),
    )
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("attempts without an answer"), default=0, editable=False)
    failing_since = models.DateTimeField(_("no answer since"), null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(_("asked again at"), null=True, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        triggers: ClassVar = [lifecycle.trigger(ENDPOINT)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=EndpointStatus.values), name="webhookendpoint_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(topics__len__gte=1), name="webhookendpoint_wants_something"),
            models.CheckConstraint(
                condition=models.Q(previous_secret="", previous_until=None)
                | (~models.Q(previous_secret="") & models.Q(previous_until__isnull=False)),
                name="webhookendpoint_old_secret_ends",
            ),
            models.UniqueConstraint(
                fields=["client", "url"],
                condition=~models.Q(status="REMOVED"),
                name="webhookendpoint_address_stands_once",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def secrets_at(self, moment: dt.datetime) -> list[str]:
        """Return the secrets that messages are signed with, the newest first."""
        previous = self.previous_until is not None and self.previous_until > moment
        return [self.secret, self.previous_secret] if previous else [self.secret]


class DeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Reads over deliveries."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Deliveries to endpoints that this person may see."""
        return self.filter(managed_by(user, "endpoint__client__user"))

    def due(self, now: dt.datetime) -> Self:
        """What may be sent now, the oldest first."""
        asked = models.Q(endpoint__paused_until=None) | models.Q(endpoint__paused_until__lte=now)
        return self.filter(
            asked,
            status=DeliveryStatus.PENDING,
            due_at__lte=now,
            endpoint__status=EndpointStatus.ACTIVE,
            endpoint__client__user__is_active=True,
        ).order_by("due_at", "id")

    def for_list(self) -> Self:
        """Rows with what lists and permissions ask for, newest first."""
        return self.select_related("endpoint__client__user", "event").order_by("-pk")


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint: sent at least once, always under the id of the event.

    A worker claims a due row by setting `due_at` ahead and sends outside any transaction; when it dies before it has
    written down what came of it, the row falls due again. Written by `governance.partners.operations`.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("webhook"),
    )
    event = models.ForeignKey(OutboxEvent, on_delete=models.PROTECT, related_name="+", verbose_name=_("event"))
    status = models.CharField(
        _("status"), max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING, editable=False
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0, editable=False)
    created_at = models.DateTimeField(_("queued at"), editable=False)
    due_at = models.DateTimeField(_("next attempt"), editable=False)
    give_up_at = models.DateTimeField(_("tried until"), editable=False)
    attempted_at = models.DateTimeField(_("last attempt"), null=True, editable=False)
    answer = models.PositiveSmallIntegerField(_("last answer"), null=True, editable=False)
    last_error = models.CharField(_("what went wrong"), max_length=300, blank=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes: ClassVar = [
            # What is due, oldest first.
            models.Index(fields=["due_at", "id"], condition=models.Q(status="PENDING"), name="webhookdelivery_due"),
            # The deliveries of an endpoint, newest first.
            models.Index(fields=["endpoint", "-id"], name="webhookdelivery_newest"),
            # What was given up, on the desk.
            models.Index(fields=["-id"], condition=models.Q(status="FAILED"), name="webhookdelivery_failed"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="webhookdelivery_event_goes_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=DeliveryStatus.values), name="webhookdelivery_status_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="DELIVERED") | models.Q(delivered_at__isnull=False, attempts__gte=1),
                name="webhookdelivery_delivered_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event.topic} → {self.endpoint}"
