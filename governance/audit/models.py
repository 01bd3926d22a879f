"""Append-only rows: the audit trail and its daily seals."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(models.Model):
    """A row that is written once.

    A trigger refuses UPDATE and DELETE for everybody; the application's database role lacks the privileges as well
    (`governance.audit.privileges`). Subclasses must inherit Meta from `AppendOnly.Meta`.
    """

    append_only: ClassVar[bool] = True

    class Meta:
        abstract = True
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class AuditEntry(AppendOnly):
    """One act of one actor on one object, written inside the act's own transaction.

    `before` and `after` hold masked values only. The object is named by label and key, not by a foreign key, so that
    the entry outlives it.
    """

    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("actor")
    )
    verb = models.CharField(_("act"), max_length=100)
    object_label = models.CharField(_("kind of object"), max_length=100)
    object_key = models.CharField(_("key of the object"), max_length=64)
    object_name = models.CharField(_("object"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta(AppendOnly.Meta):
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes: ClassVar = [
            # The history of one object, newest first.
            models.Index(fields=["object_label", "object_key", "-id"], name="auditentry_object"),
            # What one person did, newest first.
            models.Index(fields=["actor", "-id"], name="auditentry_actor"),
            # The rows of one day, for the seal.
            models.Index(fields=["at"], name="auditentry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.object_name}"


class AuditSeal(AppendOnly):
    """The SHA-256 over one day's entries and the seal of the day before; broken when a row was changed."""

    day = models.DateField(_("day"), unique=True)
    first_id = models.BigIntegerField(_("first entry"), null=True)
    last_id = models.BigIntegerField(_("last entry"), null=True)
    count = models.PositiveIntegerField(_("number of entries"))
    previous_digest = models.CharField(_("digest of the day before"), max_length=64)
    digest = models.CharField(_("digest"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"
