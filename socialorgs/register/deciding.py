"""How a case that somebody brought is decided, or ends: when, by whom, and what was said to the other side."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Decided(models.Model):
    """A case that one person brings and another decides; `remark` says why it was returned."""

    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("decided by"),
    )
    remark = models.TextField(_("why it was returned"), blank=True, editable=False)

    class Meta:
        abstract = True


class Ended(models.Model):
    """A case that comes to an end in one way or another; `remark` says why if it was not the good one."""

    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("course", "ended by"),
    )
    remark = models.TextField(_("why it was refused or removed"), blank=True, editable=False)

    class Meta:
        abstract = True
