"""Changes of divisions: what is planned, what became what."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from communities.changes import handover
from communities.changes.lifecycle import CHANGE, ChangeStatus
from communities.people.queries import within
from communities.territory.models import TIER_OF_LEVEL, CodeSystem, Division, DivisionLevel, inside
from governance import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


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

    def in_force(self) -> Self:
        """Changes that have come into force; these are public."""
        return self.filter(status__in=PUBLIC_STATES)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is in force for everybody, the rest for those whose posts reach its district."""
        return self.filter(models.Q(status__in=PUBLIC_STATES) | within(user, division="district"))

    def in_division(self, division: Division) -> Self:
        """Changes drafted in a place or below it."""
        return self.filter(inside(division, "district"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("district")

    def for_detail(self) -> Self:
        """Rows with their lines, the divisions on both ends of them and their plans; two queries."""
        ends = DivisionLineage.objects.select_related("predecessor", "successor", "plan").order_by("pk")
        return self.select_related("district", "drafted_by", "approved_by").prefetch_related(
            models.Prefetch("lineage", ends)
        )

    def with_plans(self) -> Self:
        """Rows with their plans and lines, the divisions as keys alone: a district has hundreds; three queries."""
        return self.select_related("district").prefetch_related(
            models.Prefetch("lineage", DivisionLineage.objects.select_related("plan").order_by("pk")),
            models.Prefetch("plans", PlannedDivision.objects.order_by("pk")),
        )


PUBLIC_STATES = (ChangeStatus.EFFECTIVE, ChangeStatus.CLOSED)


class DivisionChange(models.Model):
    """One change of divisions with its approval document (status moved by `governance.lifecycle`).

    Drafted by `communities.changes.operations.draft_change` with its plans and lines. Coming into force opens the
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
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    consulted_at = models.DateTimeField(_("consulted at"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("approved by"),
    )
    effective_at = models.DateTimeField(_("brought into force at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

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
        left = sum(
            kind.count for kind in handover.attached(self.closing().values_list("pk", flat=True), self.effective_on)
        )
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
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("division"),
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
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("successor"),
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
