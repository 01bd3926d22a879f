"""Divisions: a tree with several official code systems, validity, managing units and lineage."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, ClassVar

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
from django.utils.translation import ngettext

from communities.territory import handover
from communities.territory.lifecycle import CHANGE, ChangeStatus, DivisionStatus
from governance import lifecycle

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

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


class DivisionQuerySet(models.QuerySet["Division"]):
    """Reads over the tree; subtrees and ancestors by the indexed `path`."""

    def visible_to(self, user: User) -> QuerySet[Division]:
        """Everything: divisions and their codes are public facts (domain.md §1.7)."""
        del user
        return self.all()

    def subtree(self, division: Division) -> QuerySet[Division]:
        """Divisions at or below this one, closed ones included."""
        return self.filter(path__startswith=division.path)

    def in_division(self, division: Division) -> QuerySet[Division]:
        """Divisions at or below this one, as every model's queryset calls it."""
        return self.subtree(division)

    def ancestors(self, division: Division) -> QuerySet[Division]:
        """Divisions at or above this one, from the top down."""
        return self.filter(pk__in=division.ancestor_ids).order_by("tier", "pk")

    def open(self) -> QuerySet[Division]:
        """Divisions that are neither closed nor known as predecessors only."""
        return self.filter(status=DivisionStatus.ACTIVE, is_stub=False)

    def valid_on(self, day: dt.date) -> QuerySet[Division]:
        """Divisions that exist on this day."""
        return self.filter(
            models.Q(valid_to=None) | models.Q(valid_to__gt=day),
            models.Q(valid_from=None) | models.Q(valid_from__lte=day),
            is_stub=False,
        ).exclude(status=DivisionStatus.PLANNED)

    def for_statistics(self, district: Division, day: dt.date) -> QuerySet[Division]:
        """Divisions that the district counts as its own on this day; two queries before the rows.

        Left out is what a unit outside the district runs (`managed_by`), with everything below it; added is what lies
        elsewhere and is run from within the district (Basis: domain.md §1.2, 自流井区 without the streets of its zone).
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
        return found.valid_on(day)  # type: ignore[attr-defined, no-any-return]

    def named(self, text: str) -> QuerySet[Division]:
        """Divisions whose name holds the text, or with a code that begins with it when it is digits."""
        if text.isdecimal() and text.isascii():
            codes = DivisionCode.objects.filter(code__startswith=text)
            return self.filter(pk__in=codes.values("division"))
        return self.filter(name__icontains=text)

    def coded(self, system: str, edition: int, code: str) -> QuerySet[Division]:
        """The division that this code names, if any: a code means something only with its system and edition."""
        return self.filter(codes__system=system, codes__edition=edition, codes__code=code)

    def for_list(self) -> QuerySet[Division]:
        """Rows with what lists show; two queries."""
        return self.select_related("parent", "managed_by").prefetch_related("codes")

    def for_detail(self) -> QuerySet[Division]:
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


@pghistory.track(level=pghistory.Statement)
class Division(models.Model):
    """One unit of the territory (区划单位), from province to community.

    `path` is "/", then the ids from the top to this row, each followed by "/": a prefix of the path is an ancestor.
    `managed_by` is another unit that runs this one (托管单位), kept apart from the code's parent. Ranges are half open.
    Made by `communities.territory.operations`; closed only by a `DivisionChange`, and then for good. Triggers keep the
    path in step with the tree, and open divisions out from under closed ones; they work by the statement, because
    imports and moved subtrees write many rows at once.
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
    def ancestor_ids(self) -> list[int]:
        """The ids from the top down to this row."""
        return [int(part) for part in self.path.strip("/").split("/")]

    @property
    def is_open(self) -> bool:
        """Whether the division exists and is more than a stub."""
        return self.status == DivisionStatus.ACTIVE and not self.is_stub

    @property
    def version(self) -> str:
        """A digest of the row's columns: what an edit over the API must have seen (ETag)."""
        columns = [getattr(self, column.attname) for column in self._meta.concrete_fields]
        text = json.dumps(columns, cls=DjangoJSONEncoder, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


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
            # The code comes first, so that a search by the beginning of a code goes by the same index.
            models.UniqueConstraint(fields=["code", "system", "edition"], name="divisioncode_names_one_division"),
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


class DivisionChangeQuerySet(models.QuerySet["DivisionChange"]):
    """Reads over changes."""

    def in_force(self) -> QuerySet[DivisionChange]:
        """Changes that have come into force; these are public."""
        return self.filter(status__in=PUBLIC_STATES)

    def visible_to(self, user: User) -> QuerySet[DivisionChange]:
        """What is in force for everybody, the rest for those who may see it in its district.

        The permission is asked of each change that is under way: they are few, and so the two can't disagree.
        """
        hidden = self.exclude(status__in=PUBLIC_STATES)
        if not user.has_perm("communities.view_division_change"):
            return self.in_force()
        seen = [
            change.pk
            for change in DivisionChange.objects.filter(pk__in=hidden.values("pk")).select_related("district")
            if user.has_perm("communities.view_division_change", change)
        ]
        return self.filter(models.Q(status__in=PUBLIC_STATES) | models.Q(pk__in=seen))

    def in_division(self, division: Division) -> QuerySet[DivisionChange]:
        """Changes drafted in a place or below it."""
        return self.filter(district__path__startswith=division.path)

    def for_list(self) -> QuerySet[DivisionChange]:
        """Rows with what lists show."""
        return self.select_related("district")

    def for_detail(self) -> QuerySet[DivisionChange]:
        """Rows with their lines and what becomes of them; four queries."""
        return self.select_related("district", "drafted_by", "approved_by").prefetch_related(
            models.Prefetch(
                "lineage",
                DivisionLineage.objects.select_related("predecessor", "successor", "plan").order_by("pk"),
            ),
            models.Prefetch(
                "plans",
                PlannedDivision.objects.select_related("continues", "parent", "parent_plan", "division").order_by("pk"),
            ),
        )


PUBLIC_STATES = (ChangeStatus.EFFECTIVE, ChangeStatus.CLOSED)


class DivisionChange(models.Model):
    """One change of divisions with its approval document (status moved by `governance.lifecycle`).

    Drafted by `communities.territory.operations.draft_change` with its plans and lines. Coming into force opens the
    successors and closes the predecessors; a deferred trigger refuses the state without the effect.
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

    objects = DivisionChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("division change")
        verbose_name_plural = _("division changes")
        triggers: ClassVar = [
            lifecycle.trigger(CHANGE),
            pgtrigger.Trigger(
                name="carried_out",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__status=ChangeStatus.EFFECTIVE) & ~pgtrigger.Q(old__status="EFFECTIVE"),
                func="""
                    IF EXISTS (SELECT FROM communities_planneddivision WHERE change_id = NEW.id AND division_id IS NULL)
                        OR EXISTS (SELECT FROM communities_divisionlineage
                            WHERE change_id = NEW.id AND successor_id IS NULL)
                        OR EXISTS (SELECT FROM communities_divisionlineage l
                            JOIN communities_division d ON d.id = l.predecessor_id
                            WHERE l.change_id = NEW.id AND d.status <> 'CLOSED' AND NOT EXISTS (
                                SELECT FROM communities_planneddivision p
                                WHERE p.change_id = NEW.id AND p.continues_id = d.id))
                    THEN
                        RAISE EXCEPTION 'Change % is in force without its effect', NEW.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'divisionchange_in_force_is_carried_out';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-effective_on", "-id"], name="divisionchange_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ChangeStatus.values), name="divisionchange_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=ChangeKind.values), name="divisionchange_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("drafted_by")),
                name="divisionchange_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at=None) | ~models.Q(document_number=""),
                name="divisionchange_approval_has_a_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_on}"

    def get_absolute_url(self) -> str:
        """The public page of the change."""
        return reverse("communities:division-change-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.district

    def closing(self) -> QuerySet[Division]:
        """The predecessors that close; those that go on in another shape are left out. One query."""
        continuing = self.plans.exclude(continues=None).values("continues")
        return Division.objects.filter(pk__in=self.lineage.values("predecessor")).exclude(pk__in=continuing)

    def hindrance_to_closing(self) -> StrOrPromise | None:
        """Say what is still attached to the closed divisions, or nothing; one query per kind of row."""
        left = sum(kind.count for kind in handover.attached(self.closing().values_list("pk", flat=True), self.effective_on))
        if not left:
            return None
        return ngettext(
            "%(count)d row is still attached to a closed division. Hand it over first.",
            "%(count)d rows are still attached to closed divisions. Hand them over first.",
            left,
        ) % {"count": left}


class PlannedDivision(models.Model):
    """What a change makes: a new division, or one that exists and goes on with another name, code or parent.

    `parent` exists already, `parent_plan` comes with the same change. `division` is filled when the change comes into
    force.
    """

    change = models.ForeignKey(DivisionChange, on_delete=models.CASCADE, related_name="plans", verbose_name=_("change"))
    key = models.CharField(_("key"), max_length=40)
    continues = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("goes on from")
    )
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=60)
    level = models.CharField(_("level"), max_length=30, choices=DivisionLevel)
    parent = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("parent")
    )
    parent_plan = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("planned parent")
    )
    code_system = models.CharField(_("code system"), max_length=3, choices=CodeSystem, blank=True)
    code_edition = models.PositiveSmallIntegerField(_("edition (year)"), null=True, blank=True)
    code = models.CharField(
        _("code"), max_length=12, blank=True, validators=[RegexValidator(r"^\d{12}$")], db_collation="C"
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("division")
    )

    class Meta:
        verbose_name = _("planned division")
        verbose_name_plural = _("planned divisions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change", "key"], name="planneddivision_key_is_unique"),
            models.UniqueConstraint(fields=["change", "continues"], name="planneddivision_goes_on_once"),
            models.CheckConstraint(
                condition=models.Q(parent=None) | models.Q(parent_plan=None), name="planneddivision_has_one_parent"
            ),
            models.CheckConstraint(
                condition=models.Q(code="", code_system="", code_edition=None)
                | (~models.Q(code="") & models.Q(code_system__in=CodeSystem.values, code_edition__isnull=False)),
                name="planneddivision_code_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=DivisionLevel.values), name="planneddivision_level_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tier(self) -> int:
        """The tier that the level stands on; a zone goes on where it stood."""
        if self.continues is not None and self.continues.level == self.level:
            return self.continues.tier
        return TIER_OF_LEVEL[DivisionLevel(self.level)]


class DivisionLineage(models.Model):
    """One line of a change: what became what, and with which share of the predecessor's population.

    `share` is 0 to 1; the shares of one predecessor in one change sum to 1, so that figures can be carried over: a
    deferred trigger says so. A division that goes on is its own successor. `successor`, names and codes are filled when
    the change comes into force, for the comparison table as it was printed; from then on the line stays as it is.
    """

    change = models.ForeignKey(
        DivisionChange, on_delete=models.CASCADE, related_name="lineage", verbose_name=_("change")
    )
    predecessor = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("predecessor"))
    plan = models.ForeignKey(
        PlannedDivision, on_delete=models.CASCADE, related_name="lines", verbose_name=_("planned division")
    )
    successor = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("successor")
    )
    share = models.DecimalField(_("share"), max_digits=9, decimal_places=8, default=1)
    predecessor_name = models.CharField(_("name before"), max_length=100, blank=True)
    predecessor_code = models.CharField(_("code before"), max_length=12, blank=True)
    successor_name = models.CharField(_("name after"), max_length=100, blank=True)
    successor_code = models.CharField(_("code after"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("lineage")
        verbose_name_plural = _("lineages")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="shares_sum_to_one",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (
                        SELECT FROM communities_divisionlineage
                        WHERE (change_id, predecessor_id) IN (
                            (COALESCE(NEW.change_id, OLD.change_id), COALESCE(NEW.predecessor_id, OLD.predecessor_id)),
                            (COALESCE(OLD.change_id, NEW.change_id), COALESCE(OLD.predecessor_id, NEW.predecessor_id)))
                        GROUP BY change_id, predecessor_id
                        HAVING SUM(share) <> 1)
                    THEN
                        RAISE EXCEPTION 'The shares of a predecessor do not sum to 1'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'divisionlineage_shares_sum_to_one';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="in_force_for_good",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__successor_id__isnull=False),
                func="""
                    RAISE EXCEPTION 'Line % is in force and stays as it is', OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'divisionlineage_in_force_stays';
                """,
            ),
        ]
        indexes: ClassVar = [
            # What became of a division, what it came from.
            models.Index(fields=["predecessor"], name="divisionlineage_predecessor"),
            models.Index(fields=["successor"], name="divisionlineage_successor"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change", "predecessor", "plan"], name="divisionlineage_once"),
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=1), name="divisionlineage_share_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.plan}"
