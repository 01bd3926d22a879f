"""The beat of the installation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a worker last ran a task of beat: one row, written every 15 seconds and read by /readyz.

    It lies in the database, so that a silent worker and a dead broker can be told apart.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    at = models.DateTimeField(_("last beat"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="heartbeat_is_single"),
        ]

    def __str__(self) -> str:
        return str(self.at)
