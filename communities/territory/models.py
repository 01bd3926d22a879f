"""Divisions: a tree with several official code systems, validity, managing units and lineage."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.territory.lifecycle import CHANGE, ChangeStatus, DivisionStatus
from governance import lifecycle

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Tier(models.IntegerChoices):
    """The five tiers of the statistical code (省、市、县、街道级、村居级)."""

    PROVINCE = 1, _("province")
    CITY = 2, _("city")
    DISTRICT = 3, _("district or county")
    STREET = 4, _("street level")
    COMMUNITY = 5, _("community")


class DivisionLevel(models.TextChoices):
    """What kind of unit it is within its tier."""

    PROVINCE = "PROVINCE", _("province")
    CITY = "CITY", _("city")
    DISTRICT = "DISTRICT", _("district")
    COUNTY = "COUNTY", _("county")
    STREET = "STREET", _("street")
    TOWN = "TOWN", _("town")
    TOWNSHIP = "TOWNSHIP", _("township")
    STREET_LEVEL_COMMUNITY = "STREET_LEVEL_COMMUNITY", _("street-level community")
    SPECIAL_ZONE = "SPECIAL_ZONE", _("zone or enterprise unit")
    COMMUNITY = "COMMUNITY", _("community")
    VILLAGE = "VILLAGE", _("village")


class CodeSystem(models.TextChoices):
    """Which official list a code comes from; the same digits name different places in the two lists."""

    NBS = "NBS", _("National Bureau of Statistics")
    MCA = "MCA", _("Ministry of Civil Affairs")


class DivisionQuerySet(models.QuerySet["Division"]):
    """Reads over the tree; subtrees and ancestors by the indexed `path`."""

    def subtree(self, division: Division) -> QuerySet[Division]:
        """Divisions at or below this one, closed ones included."""
        return self.filter(path__startswith=division.path)

    def ancestors(self, division: Division) -> QuerySet[Division]:
        """Divisions at or above this one, from the top down."""
        return self.filter(pk__in=division.ancestor_ids).order_by("tier", "pk")

    def valid_on(self, day: dt.date) -> QuerySet[Division]:
        """Divisions that exist on this day."""
        return self.filter(
            models.Q(valid_to=None) | models.Q(valid_to__gt=day),
            models.Q(valid_from=None) | models.Q(valid_from__lte=day),
            is_stub=False,
        ).exclude(status=DivisionStatus.PLANNED)

    def for_statistics(self, district: Division, day: dt.date) -> QuerySet[Division]:
        """Divisions below the district that are not run by another unit (`managed_by`)."""
        outside = self.filter(path__startswith=district.path).exclude(managed_by=None).exclude(managed_by=district)
        found = self.subtree(district).valid_on(day)  # type: ignore[attr-defined]
        for unit in outside:
            found = found.exclude(path__startswith=unit.path)
        return found  # type: ignore[no-any-return]

    def for_list(self) -> QuerySet[Division]:
        """Rows with what lists show."""
        return self.select_related("parent", "managed_by")


@pghistory.track()
class Division(models.Model):
    """One unit of the territory (区划单位), from province to community.

    `path` is "/", then the ids from the top to this row, each followed by "/": a prefix of the path is an ancestor.
    `managed_by` is another unit that runs this one (托管单位), kept apart from the code's parent. Ranges are half open.
    Made by `communities.territory.operations`; closed only by a `DivisionChange`.
    """

    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=60)
    tier = models.PositiveSmallIntegerField(_("tier"), choices=Tier)
    level = models.CharField(_("level"), max_length=30, choices=DivisionLevel)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(_("path"), max_length=100, db_collation="C", editable=False)
    managed_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="managed",
        verbose_name=_("managing unit"),
    )
    urban_rural_class = models.CharField(_("urban-rural class"), max_length=3, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    registered_population = models.PositiveIntegerField(_("registered population"), null=True, blank=True)
    resident_population = models.PositiveIntegerField(_("resident population"), null=True, blank=True)
    population_as_of = models.DateField(_("population as of"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=DivisionStatus, default=DivisionStatus.ACTIVE)
    is_stub = models.BooleanField(
        _("stub"), default=False, help_text=_("Known only as the predecessor of another division.")
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        indexes: ClassVar = [
            # Children in code order are children in id order; lists of one tier below a path.
            models.Index(fields=["path", "tier"], name="division_path_tier"),
            # The name search of pages and imports.
            models.Index(fields=["name"], name="division_name"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["path"], name="division_path_is_unique", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DivisionStatus.values), name="division_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="division_tier_is_known"),
            models.CheckConstraint(condition=models.Q(level__in=DivisionLevel.values), name="division_level_is_known"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None)
                | models.Q(valid_from=None)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="division_period_runs_forward",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=DivisionStatus.CLOSED) | ~models.Q(valid_to=None),
                name="division_closed_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The division's public home."""
        return reverse("communities:division-detail", kwargs={"pk": self.pk})

    @property
    def ancestor_ids(self) -> list[int]:
        """The ids from the top down to this row."""
        return [int(part) for part in self.path.strip("/").split("/")]


class DivisionCode(models.Model):
    """One official code of a division: a code means something only with its system and edition."""

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="codes", verbose_name=_("division"))
    system = models.CharField(_("code system"), max_length=3, choices=CodeSystem)
    edition = models.PositiveSmallIntegerField(_("edition (year)"))
    code = models.CharField(_("code"), max_length=12, validators=[RegexValidator(r"^\d{12}$")], db_collation="C")

    class Meta:
        verbose_name = _("division code")
        verbose_name_plural = _("division codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "edition", "code"], name="divisioncode_names_one_division"),
            models.UniqueConstraint(fields=["division", "system", "edition"], name="divisioncode_once_per_edition"),
            models.CheckConstraint(condition=models.Q(code__regex=r"^\d{12}$"), name="divisioncode_has_twelve_digits"),
            models.CheckConstraint(
                condition=models.Q(system__in=CodeSystem.values), name="divisioncode_system_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.edition} {self.code}"


class ChangeKind(models.TextChoices):
    """Types of division change."""

    MERGE = "MERGE", _("merger")
    SPLIT = "SPLIT", _("split")
    ABSORB = "ABSORB", _("absorption")
    ESTABLISH = "ESTABLISH", _("establishment")
    ABOLISH = "ABOLISH", _("abolition")
    RENAME = "RENAME", _("renaming")
    RECODE = "RECODE", _("new code")
    REAFFILIATE = "REAFFILIATE", _("new parent")
    SUCCESSION = "SUCCESSION", _("succession of a district")


class DivisionChange(models.Model):
    """One change of divisions with its approval document (status moved by `governance.lifecycle`).

    Coming into force closes the predecessors and opens the successors.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=ChangeKind)
    district = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="changes", verbose_name=_("district"))
    reason = models.TextField(_("reason"))
    document_title = models.CharField(_("approval document"), max_length=200, blank=True)
    document_number = models.CharField(_("document number"), max_length=100, blank=True)
    effective_on = models.DateField(_("effective on"))
    status = models.CharField(
        _("status"), max_length=10, choices=ChangeStatus, default=ChangeStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    consulted_at = models.DateTimeField(_("consulted at"), null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    effective_at = models.DateTimeField(_("brought into force at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name = _("division change")
        verbose_name_plural = _("division changes")
        triggers: ClassVar = [lifecycle.trigger(CHANGE)]
        indexes: ClassVar = [models.Index(fields=["-effective_on", "-id"], name="divisionchange_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ChangeStatus.values), name="divisionchange_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("drafted_by")),
                name="divisionchange_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_on}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.district


class DivisionLineage(models.Model):
    """One line of a change: what became what, and with which share of the predecessor's population.

    `share` is 0 to 1; the shares of one predecessor in one change sum to 1, so that figures can be carried over.
    """

    change = models.ForeignKey(
        DivisionChange, on_delete=models.CASCADE, related_name="lineage", verbose_name=_("change")
    )
    predecessor = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("predecessor"))
    successor = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("successor"))
    share = models.DecimalField(_("share"), max_digits=9, decimal_places=8, default=1)

    class Meta:
        verbose_name = _("lineage")
        verbose_name_plural = _("lineages")
        indexes: ClassVar = [
            models.Index(fields=["predecessor"], name="divisionlineage_predecessor"),
            models.Index(fields=["successor"], name="divisionlineage_successor"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change", "predecessor", "successor"], name="divisionlineage_once"),
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=1), name="divisionlineage_share_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"
