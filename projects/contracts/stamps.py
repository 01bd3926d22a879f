"""Who did something with a row of this room and when: the pairs of columns that its tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def moment(label: StrOrPromise, *, known: bool = False) -> models.DateTimeField[Any, Any]:
    """Return the column of the moment; `known` where the row begins with it."""
    return models.DateTimeField(label, null=not known, blank=not known, editable=False)


def person(label: StrOrPromise, *, known: bool = False) -> models.ForeignKey[Any, Any]:
    """Return the column of the person; `known` where the row begins with one."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=not known,
        blank=not known,
        editable=False,
        verbose_name=label,
    )


def apart(one: str, other: str, name: str) -> models.CheckConstraint:
    """Return the constraint that two acts are done by two persons."""
    return models.CheckConstraint(
        condition=models.Q((one, None)) | models.Q((other, None)) | ~models.Q((one, models.F(other))), name=name
    )


FILED = models.Q(filed_on=None, filing_number="") | (
    models.Q(filed_on__gte=models.F("signed_on"), purchase__isnull=False) & ~models.Q(filing_number="")
)
"""A copy of a contract on a purchase is filed with its number once it is signed (Basis: Government Procurement Law art. 47)."""


class MonthsAfter(models.Func):
    """The same day so many months after a day, in the database."""

    template = "(%(expressions)s + interval '%(months)s months')::date"
    output_field = models.DateField()
