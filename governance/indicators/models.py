"""Values of indicators with numerator and denominator, and the figures that reports have claimed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from governance.indicators.policy import CATALOGUE, Indicator, Qualifier, agrees, value_of, written

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


def rows_of(indicator: Indicator | None, place: int) -> str:
    """Return the address of the page with the rows that an indicator is counted from in a place; empty where there is none."""
    if indicator is None or not indicator.page:
        return ""
    asked = [indicator.query] if indicator.query else []
    try:
        address = reverse(indicator.page, kwargs={"pk": place})
    except NoReverseMatch:
        address, asked = reverse(indicator.page), [f"division={place}", *asked]
    return f"{address}?{'&'.join(asked)}" if asked else address


class ValueQuerySet(models.QuerySet["IndicatorValue"]):
    """Reads over values."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them: sums of what is public."""
        del user
        return self.all()

    def newest(self) -> Self:
        """The newest value of each indicator in each place."""
        newer = IndicatorValue.objects.filter(
            indicator=models.OuterRef("indicator"),
            division=models.OuterRef("division"),
            day__gt=models.OuterRef("day"),
        )
        return self.filter(~models.Exists(newer))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division").order_by("-pk")


class IndicatorValue(models.Model):
    """One indicator of one place on one day: what stands above the line, and what below it.

    `details` names rows that somebody should look at, where the indicator counts what should not be. Written every
    night by `governance.indicators.operations`; the same day again overwrites.
    """

    indicator = models.CharField(_("indicator"), max_length=60)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="indicator_values", db_index=False, verbose_name=_("division")
    )
    day = models.DateField(_("day"))
    numerator = models.DecimalField(_("numerator"), max_digits=20, decimal_places=2)
    denominator = models.DecimalField(_("denominator"), max_digits=20, decimal_places=2, null=True)
    details = models.JSONField(_("rows to look at"), default=list, blank=True)
    computed_at = models.DateTimeField(_("computed at"))

    objects = ValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator value")
        verbose_name_plural = _("indicator values")
        indexes: ClassVar = [
            # The list of all values, newest first.
            models.Index(fields=["-day", "division", "indicator"], name="indicatorvalue_newest"),
        ]
        constraints: ClassVar = [
            # Also the values of a place, by indicator and day.
            models.UniqueConstraint(
                fields=["division", "indicator", "day"], name="indicatorvalue_once_a_day_in_each_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.division} {self.day}"

    @property
    def definition(self) -> Indicator | None:
        """What the indicator means; nothing for one that is no longer in the catalogue."""
        return CATALOGUE.get(self.indicator)

    @property
    def value(self) -> Decimal | None:
        """The value, computed from numerator and denominator."""
        found = self.definition
        return value_of(found.form, self.numerator, self.denominator) if found else None

    @property
    def rows(self) -> str:
        """The address of the rows it is counted from; empty where there is no such page."""
        return rows_of(self.definition, self.division_id)

    @property
    def shown(self) -> str:
        """The value for people, without its unit."""
        found = self.definition
        return written(found.form, self.value) if found else ""


class ClaimQuerySet(models.QuerySet["ClaimedFigure"]):
    """Reads over claimed figures."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them: they were printed."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show, by source and place in it."""
        return self.select_related("division").order_by("source", "reference", "pk")


class ClaimedFigure(models.Model):
    """A figure that a report prints about a place, kept as it was printed; what is computed stands beside it.

    Where the report prints the parts as well, `numerator` and `denominator` let anybody recompute it from its own words.
    """

    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="claimed_figures", verbose_name=_("division")
    )
    source = models.CharField(_("source"), max_length=120)
    reference = models.CharField(_("place in the source"), max_length=40)
    indicator = models.CharField(_("indicator"), max_length=60)
    meaning = models.CharField(_("meaning"), max_length=200)
    printed = models.CharField(_("as printed"), max_length=60)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True, blank=True)
    places = models.PositiveSmallIntegerField(_("decimals printed"), default=0)
    qualifier = models.CharField(_("meant"), max_length=10, choices=Qualifier, default=Qualifier.EXACT)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    numerator = models.DecimalField(
        _("numerator by the source"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    denominator = models.DecimalField(
        _("denominator by the source"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    note = models.TextField(_("note"), blank=True)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claimed figure")
        verbose_name_plural = _("claimed figures")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "reference"], name="claimedfigure_stands_once"),
            models.CheckConstraint(
                condition=models.Q(qualifier__in=Qualifier.values), name="claimedfigure_qualifier_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(denominator=None) | ~models.Q(denominator=0),
                name="claimedfigure_divides_by_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reference} {self.meaning}"

    @property
    def claimed(self) -> Decimal | None:
        """The printed value with the decimals it was printed with."""
        return None if self.value is None else self.value.quantize(Decimal(1).scaleb(-self.places))

    @property
    def recomputed(self) -> Decimal | None:
        """What the report's own parts give."""
        found = CATALOGUE.get(self.indicator)
        if found is None or self.numerator is None:
            return None
        return value_of(found.form, self.numerator, self.denominator)

    def is_borne_out_by(self, found: Decimal | None) -> bool | None:
        """Whether a found value bears the claim out; None where there is nothing to compare."""
        claimed = self.claimed
        return None if claimed is None or found is None else agrees(claimed, found, self.qualifier)
