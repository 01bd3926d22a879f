"""The quarterly list of livelihood matters (民生实事清单): collected, supported, settled in the order of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division
from consultation.matters.intake.lifecycle import LIVELIHOOD_LIST, ListStatus
from consultation.matters.models import Matter
from governance import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class LivelihoodListQuerySet(models.QuerySet["LivelihoodList"]):
    """Reads over the lists, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them: what the residents want first is no secret."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division").order_by("-pk")


class LivelihoodList(models.Model):
    """The livelihood matters of one quarter in one community (status moved by `governance.lifecycle`).

    Staff enter public matters while it collects; residents support them; settled, it keeps the number of people behind
    each and their order. Made by `consultation.matters.intake.listing`.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    year = models.PositiveSmallIntegerField(_("year"))
    quarter = models.PositiveSmallIntegerField(_("quarter"))
    closes_on = models.DateField(_("supported until"))
    status = models.CharField(
        _("status"), max_length=10, choices=ListStatus, default=ListStatus.COLLECTING, editable=False
    )
    begun_at = models.DateTimeField(pgettext_lazy("quarterly list", "begun at"), editable=False)
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("begun by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True, editable=False)

    objects = LivelihoodListQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarterly list of livelihood matters")
        verbose_name_plural = _("quarterly lists of livelihood matters")
        triggers: ClassVar = [
            lifecycle.trigger(LIVELIHOOD_LIST),
            pgtrigger.Protect(name="lists_stay", operation=pgtrigger.Delete),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ListStatus.values), name="livelihoodlist_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(quarter__range=(1, 4)), name="livelihoodlist_quarter_is_one"),
            models.UniqueConstraint(fields=["division", "year", "quarter"], name="livelihoodlist_one_a_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.year}-Q{self.quarter}"

    def get_absolute_url(self) -> str:
        """The list's page."""
        return reverse("consultation:livelihood-detail", kwargs={"pk": self.pk})


class LivelihoodEntry(models.Model):
    """A matter on a quarterly list; `people` and `rank` are kept when the list is settled, and stay."""

    livelihood_list = models.ForeignKey(
        LivelihoodList,
        on_delete=models.PROTECT,
        db_index=False,  # the unique constraint begins with it
        related_name="entries",
        verbose_name=pgettext_lazy("quarterly list", "list"),
    )
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+", verbose_name=_("matter"))
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    people = models.PositiveIntegerField(pgettext_lazy("list", "people"), null=True, editable=False)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, editable=False)

    class Meta:
        verbose_name = _("entry of a quarterly list")
        verbose_name_plural = _("entries of quarterly lists")
        triggers: ClassVar = [
            pgtrigger.Protect(name="entries_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="entered_while_it_collects",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consultation_livelihoodlist
                        WHERE id = NEW.livelihood_list_id AND status = 'COLLECTING'
                    ) THEN
                        RAISE EXCEPTION 'The list has been settled'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'livelihoodentry_entered_while_it_collects';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="settled_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.rank IS NOT NULL OR (OLD.livelihood_list_id, OLD.matter_id) IS DISTINCT FROM "
                    "(NEW.livelihood_list_id, NEW.matter_id))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["livelihood_list", "matter"], name="livelihoodentry_once"),
            models.CheckConstraint(
                condition=models.Q(people=None, rank=None) | models.Q(people__isnull=False, rank__isnull=False),
                name="livelihoodentry_settled_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.livelihood_list} · {self.matter}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.livelihood_list.division
