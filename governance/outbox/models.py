"""Outgoing events: written in the transaction of the act, delivered afterwards at least once."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OutboxEvent(models.Model):
    """One event for the world outside: webhooks, SMS, messages.

    `event_id` lets a receiver drop repeats. `transaction_id` is the watermark of the change feed (an event is visible to
    readers only when every older transaction has ended). `division_key` is the place of the object, where it has one; the
    kernel knows no divisions, so it is no foreign key. Relayed by `governance.outbox.operations.relay`.
    """

    event_id = models.UUIDField(_("event id"), unique=True, default=uuid.uuid4, editable=False)
    transaction_id = models.BigIntegerField(
        _("transaction"),
        editable=False,
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField()),
    )
    topic = models.CharField(pgettext_lazy("event", "topic"), max_length=100)
    object_label = models.CharField(_("kind of object"), max_length=100)
    object_key = models.CharField(_("key of the object"), max_length=64)
    division_key = models.BigIntegerField(_("key of the division"), null=True)
    payload = models.JSONField(_("payload"), default=dict)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    relayed_at = models.DateTimeField(_("relayed at"), null=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes: ClassVar = [
            # What is due, oldest first.
            models.Index(fields=["due_at", "id"], condition=models.Q(relayed_at=None), name="outboxevent_due"),
            # The change feed, in the order in which nothing is overtaken.
            models.Index(fields=["transaction_id", "id"], name="outboxevent_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.object_label} {self.object_key}"
