"""Divisions: a tree with several official code systems, validity, managing units and lineage."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.lifecycle import DivisionStatus
from communities.territory.policy import COLLECTIVE

if TYPE_CHECKING:
    from governance.accounts.models import User


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


TIER_OF_LEVEL = {
    DivisionLevel.PROVINCE: Tier.PROVINCE,
    DivisionLevel.CITY: Tier.CITY,
    DivisionLevel.DISTRICT: Tier.DISTRICT,
    DivisionLevel.COUNTY: Tier.DISTRICT,
    DivisionLevel.STREET: Tier.STREET,
    DivisionLevel.TOWN: Tier.STREET,
    DivisionLevel.TOWNSHIP: Tier.STREET,
    DivisionLevel.STREET_LEVEL_COMMUNITY: Tier.STREET,
    DivisionLevel.SPECIAL_ZONE: Tier.STREET,
    DivisionLevel.COMMUNITY: Tier.COMMUNITY,
    DivisionLevel.VILLAGE: Tier.COMMUNITY,
}
"""The tier that a level stands on; a zone may also stand on the tier of districts (高新区)."""


class CodeSystem(models.TextChoices):
    """Which official list a code comes from; the same digits name different places in the two lists."""

    NBS = "NBS", _("National Bureau of Statistics")
    MCA = "MCA", _("Ministry of Civil Affairs")


def inside(division: Division, field: str = "division") -> models.Q:
    """Ask for what lies in a place or below it, by the field that leads to the place.

    Nothing lies below a community: its rows are found by the key, so that an index of place and order serves its lists.
    """
    if division.tier == Tier.COMMUNITY:
        return models.Q((field, division.pk))
    return models.Q((f"{field}__path__startswith", division.path))


class DivisionQuerySet(models.QuerySet["Division"]):
    """Reads over the tree; subtrees and ancestors by the indexed `path`."""

    def visible_to(self, user: User) -> DivisionQuerySet:
        """Everything: divisions and their codes are public facts."""
        del user
        return self.all()

    def subtree(self, division: Division) -> DivisionQuerySet:
        """Divisions at or below this one, closed ones included."""
        return self.filter(path__startswith=division.path)

    def in_division(self, division: Division) -> DivisionQuerySet:
        """Divisions at or below this one, as every model's queryset calls it."""
        return self.subtree(division)

    def ancestors(self, division: Division) -> DivisionQuerySet:
        """Divisions at or above this one, from the top down."""
        return self.filter(pk__in=division.ancestor_ids).order_by("tier", "pk")

    def open(self) -> DivisionQuerySet:
        """Divisions that are neither closed nor known as predecessors only."""
        return self.filter(status=DivisionStatus.ACTIVE, is_stub=False)

    def valid_on(self, day: dt.date) -> DivisionQuerySet:
        """Divisions that exist on this day."""
        return self.filter(
            models.Q(valid_to=None) | models.Q(valid_to__gt=day),
            models.Q(valid_from=None) | models.Q(valid_from__lte=day),
            is_stub=False,
        ).exclude(status=DivisionStatus.PLANNED)

    def for_statistics(self, district: Division, day: dt.date) -> DivisionQuerySet:
        """Divisions that the district counts as its own on this day; two queries before the rows.

        Left out is what a unit outside the district runs (`managed_by`), with everything below it; added is what lies
        elsewhere and is run from within the district (Basis: statistical code list 2023, 自流井区 without the streets of its zone).
        """
        managed = Division.objects.exclude(managed_by=None).valid_on(day)
        inside = models.Q(path__startswith=district.path)
        run_inside = models.Q(managed_by__path__startswith=district.path)
        lent = managed.filter(inside).exclude(run_inside).values_list("path", flat=True)
        taken = managed.filter(run_inside).exclude(inside).values_list("path", flat=True)
        counted = inside
        for path in taken:
            counted |= models.Q(path__startswith=path)
        found = self.filter(counted)
        for path in lent:
            found = found.exclude(path__startswith=path)
        return found.valid_on(day)

    def named(self, text: str) -> DivisionQuerySet:
        """Divisions whose name holds the text, or with a code that begins with it when it is digits."""
        if text.isdecimal() and text.isascii():
            codes = DivisionCode.objects.filter(code__startswith=text)
            return self.filter(pk__in=codes.values("division"))
        return self.filter(name__icontains=text)

    def coded(self, system: str, edition: int, code: str) -> DivisionQuerySet:
        """The division that this code names, if any: a code means something only with its system and edition."""
        return self.filter(codes__system=system, codes__edition=edition, codes__code=code)

    def for_list(self) -> DivisionQuerySet:
        """Rows with what lists show; two queries."""
        return self.select_related("parent__parent", "managed_by").prefetch_related("codes")

    def for_detail(self) -> DivisionQuerySet:
        """Rows with what a page of one shows; two queries."""
        return self.for_list()


_TREE_GUARD = """
    SELECT CASE
        WHEN n.path <> COALESCE(p.path, '/') || n.id || '/' THEN 'division_path_follows_the_tree'
        WHEN n.tier <= p.tier THEN 'division_tier_is_below_the_parent'
        ELSE 'division_open_has_an_open_parent'
    END INTO broken
    FROM (SELECT r.* FROM new_rows r %(changed)s%(below)s) n
    LEFT JOIN communities_division p ON p.id = n.parent_id
    WHERE n.path <> COALESCE(p.path, '/') || n.id || '/'
        OR n.tier <= p.tier
        OR (n.status <> 'CLOSED' AND p.status = 'CLOSED')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'The tree of divisions would be broken: %%', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    RETURN NULL;
"""
_CHANGED_ROWS = """
    JOIN old_rows o ON o.id = r.id
    WHERE (r.path, r.tier, r.status, r.parent_id) IS DISTINCT FROM (o.path, o.tier, o.status, o.parent_id)
"""
_ROWS_BELOW = """
    UNION ALL
    SELECT c.* FROM new_rows r
    JOIN old_rows o ON o.id = r.id
    JOIN communities_division c ON c.parent_id = r.id
    WHERE (r.path, r.tier, r.status) IS DISTINCT FROM (o.path, o.tier, o.status)
"""


class Versioned:
    """A row whose edits over the API say which version they were made from (ETag)."""

    @property
    def version(self) -> str:
        """What changes with every change of a column: a short hash over all of them."""
        row: Any = self
        columns = [getattr(row, column.attname) for column in row._meta.concrete_fields]
        text = json.dumps(columns, cls=DjangoJSONEncoder, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@pghistory.track(level=pghistory.Statement)
class Division(Versioned, models.Model):
    """One unit of the territory (区划单位), from province to community.

    `path` is "/", then the ids from the top to this row, each followed by "/": a prefix of the path is an ancestor.
    `managed_by` is another unit that runs this one (托管单位), kept apart from the code's parent. Ranges are half open.
    Made by `communities.territory.operations`; closed only by a `DivisionChange`, and then for good. Triggers keep the
    path in step with the tree, and open divisions out from under closed ones; they work by the statement, because
    imports and moved subtrees write many rows at once.
    """

    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=60)
    tier = models.PositiveSmallIntegerField(pgettext_lazy("division", "tier"), choices=Tier)
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
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="inserted_into_the_tree",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="new_rows"),
                declare=[("broken", "text")],
                func=_TREE_GUARD % {"changed": "", "below": ""},
            ),
            pgtrigger.Trigger(
                name="moved_in_the_tree",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                declare=[("broken", "text")],
                func=_TREE_GUARD % {"changed": _CHANGED_ROWS, "below": _ROWS_BELOW},
            ),
            pgtrigger.Trigger(
                name="closed_for_good",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(old__status=DivisionStatus.CLOSED) & ~pgtrigger.Q(new__status="CLOSED"),
                func="""
                    RAISE EXCEPTION 'Division % is closed for good', OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'division_closed_stays_closed';
                """,
            ),
        ]
        indexes: ClassVar = [
            # Lists of one tier below a path; a path alone goes by its unique index.
            models.Index(fields=["tier", "path"], name="division_tier_path"),
            # The name search of pages, desk and API (icontains compares in upper case).
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="division_name_search"),
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
    def is_collective(self) -> bool:
        """Whether this is a heading of the code list, such as 市辖区 under 重庆市, and no place that people know."""
        return self.tier == Tier.CITY and self.name in COLLECTIVE

    @property
    def upper(self) -> Division | None:
        """The place above that people know: the municipality where the code list puts a heading between."""
        return self.parent.parent if self.parent and self.parent.is_collective else self.parent

    @property
    def way(self) -> list[Division]:
        """The places from the top down to this one; no query where those above were read along."""
        return [*(self.parent.way if self.parent else ()), self]

    @property
    def ancestor_ids(self) -> list[int]:
        """The ids from the top down to this row."""
        return [int(part) for part in self.path.strip("/").split("/")]

    @property
    def is_open(self) -> bool:
        """Whether the division exists and is more than a stub."""
        return self.status == DivisionStatus.ACTIVE and not self.is_stub


class DivisionCode(models.Model):
    """One official code of a division with the name it stands for in its list.

    A code means something only with its system and edition: two lists give the same digits to different places.
    """

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="codes", verbose_name=_("division"))
    system = models.CharField(_("code system"), max_length=3, choices=CodeSystem)
    edition = models.PositiveSmallIntegerField(_("edition (year)"))
    code = models.CharField(_("code"), max_length=12, validators=[RegexValidator(r"^\d{12}$")], db_collation="C")
    name = models.CharField(
        _("name in the list"), max_length=100, blank=True, help_text=_("Empty: as the division is called.")
    )

    class Meta:
        verbose_name = _("division code")
        verbose_name_plural = _("division codes")
        constraints: ClassVar = [
            # The code comes first, so that a search by the beginning of a code goes by the same index.
            models.UniqueConstraint(fields=["code", "system", "edition"], name="divisioncode_names_one_division"),
            models.UniqueConstraint(fields=["division", "system", "edition"], name="divisioncode_once_per_edition"),
            models.CheckConstraint(condition=models.Q(code__regex=r"^\d{12}$"), name="divisioncode_has_twelve_digits"),
            models.CheckConstraint(
                condition=models.Q(system__in=CodeSystem.values), name="divisioncode_system_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.edition} {self.code}"


class CodeImport(models.Model):
    """One code list that was taken in whole (made by `communities.territory.operations.import_divisions`).

    A file that changes nothing leaves no row.
    """

    system = models.CharField(_("code system"), max_length=3, choices=CodeSystem)
    edition = models.PositiveSmallIntegerField(_("edition (year)"))
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    created = models.PositiveIntegerField(_("new divisions"))
    attached = models.PositiveIntegerField(_("codes for known divisions"))
    unchanged = models.PositiveIntegerField(_("known before"))
    notes = models.JSONField(
        _("notes"), default=list, blank=True, help_text=_("Rows whose digits name another place in another list.")
    )
    imported_at = models.DateTimeField(_("imported at"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by")
    )

    class Meta:
        verbose_name = _("imported code list")
        verbose_name_plural = _("imported code lists")
        indexes: ClassVar = [models.Index(fields=["-imported_at", "-id"], name="codeimport_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(system__in=CodeSystem.values), name="codeimport_system_is_known"),
            models.CheckConstraint(
                condition=models.Q(rows=models.F("created") + models.F("attached") + models.F("unchanged")),
                name="codeimport_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.edition} {self.file_name}"
