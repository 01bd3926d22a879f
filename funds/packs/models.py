"""Rule packs: what the guides of a province or city say about community funds, as data with versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.policy.models import DateRange
from communities.policy.policy import REGISTRY
from funds.packs.lifecycle import RULE_PACK, PackStatus
from governance import lifecycle
from governance.calendar.days import valid_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django_stubs_ext import StrOrPromise

FROZEN = ("key", "name", "version", "values", "basis", "valid_from", "is_preset")


def _columns(row: str) -> str:
    return ", ".join(f'{row}."{name}"' for name in FROZEN)


class PackQuerySet(models.QuerySet["FundRulePack"]):
    """Reads over rule packs."""

    def visible_to(self, user: Any) -> Self:
        """What was adopted is public; drafts are seen by those who keep the rules."""
        if getattr(user, "is_authenticated", False) and user.has_perm("funds.enter_rule_pack"):
            return self.all()
        return self.filter(status=PackStatus.ACTIVE)

    def in_force_on(self, day: dt.date) -> Self:
        """Adopted versions whose period covers this day."""
        return self.filter(valid_on(day), status=PackStatus.ACTIVE)

    def for_list(self) -> Self:
        """Rows with what lists show, by name and version, newest first."""
        return self.select_related("entered_by", "adopted_by").order_by("key", "-version", "-pk")


class FundRulePack(models.Model):
    """One version of a rule pack (管理办法规则包): values of `fund.…` parameters for the funds that name its key.

    What a pack does not say comes from the parameters of the fund's place. Two adopted versions of one key never
    overlap in time, and an adopted version keeps its figures: a changed guide is a new version. Entered by one person
    and adopted by another (status moved by `governance.lifecycle`), or brought along by the platform (`is_preset`).
    """

    key = models.CharField(_("key"), max_length=40, validators=[RegexValidator(r"^[a-z][a-z0-9-]*$")])
    version = models.PositiveSmallIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=120)
    values = models.JSONField(_("values"), default=dict)
    basis = models.CharField(_("basis"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_preset = models.BooleanField(_("comes with the platform"), default=False, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=PackStatus, default=PackStatus.DRAFT, editable=False)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    adopted_at = models.DateTimeField(_("adopted at"), null=True, blank=True, editable=False)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("adopted by"),
    )

    objects = PackQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule pack")
        verbose_name_plural = _("rule packs")
        triggers: ClassVar = [
            lifecycle.trigger(RULE_PACK),
            pgtrigger.Protect(
                name="figures_are_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"(OLD.status <> 'DRAFT' AND ({_columns('OLD')}) IS DISTINCT FROM ({_columns('NEW')}))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="fundrulepack_version_is_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=PackStatus.values), name="fundrulepack_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="fundrulepack_period_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(adopted_by=None) | ~models.Q(adopted_by=models.F("entered_by")),
                name="fundrulepack_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="ACTIVE") | models.Q(is_preset=True) | models.Q(adopted_by__isnull=False),
                name="fundrulepack_adopted_by_somebody",
            ),
            ExclusionConstraint(
                name="fundrulepack_one_version_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(status="ACTIVE"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The version's public page."""
        return reverse("funds:rule-pack-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> None:
        """No place: a fund anywhere may name it."""
        return

    @property
    def sentences(self) -> Iterator[tuple[StrOrPromise, str, str]]:
        """What it sets: meaning, value for people, unit."""
        for key, stored in sorted(self.values.items()):
            if parameter := REGISTRY.get(key):
                yield parameter.label, parameter.show(parameter.read(stored)), parameter.unit
