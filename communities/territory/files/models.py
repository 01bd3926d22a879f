"""What every file carries whose rows are taken in by a job."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TakenFile(models.Model):
    """A file of rows: where it is kept until it is read, who uploaded it, who confirmed it.

    Each kind has its own table with `status`, the counts of its rows, and `rows`.
    """

    name = models.CharField(_("file name"), max_length=200, editable=False)
    path = models.CharField(_("where it is kept"), max_length=200, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    problem = models.CharField(_("problem"), max_length=300, blank=True, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded at"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("uploaded by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )

    class Meta:
        abstract = True
