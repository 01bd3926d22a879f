"""The editable table of working days, and the offset of the demonstration clock."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """One day of a published year: a working day or not (调休 included).

    Seeded from the published holiday arrangements; a year without rows is computed from weekends and marked
    provisional. Edited by `governance.calendar.operations.set_day`.
    """

    day = models.DateField(_("day"), primary_key=True)
    is_workday = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'+' if self.is_workday else '-'}"


class ClockOffset(models.Model):
    """How many days the demonstration clock runs ahead; at most one row, none outside the demonstration."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    days = models.PositiveIntegerField(_("days ahead"), default=0)

    class Meta:
        verbose_name = _("demonstration clock")
        verbose_name_plural = _("demonstration clock")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="clockoffset_is_single"),
        ]

    def __str__(self) -> str:
        return f"+{self.days}"
