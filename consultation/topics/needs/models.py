"""Common needs bundled from matters, and resources shared among households by a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from communities.territory.models import Division
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from consultation.topics.needs.policy import (
    LONGEST_HOUSEHOLD,
    LONGEST_NEED,
    LONGEST_RESOURCE,
    LONGEST_UNIT,
    AllotmentBasis,
)
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class CommonNeedQuerySet(models.QuerySet["CommonNeed"]):
    """Reads over common needs."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Needs are worked on by the staff of the place."""
        return self.filter(within(user))

    def for_list(self) -> Self:
        """Rows with what lists show, the needs of most people first; people are counted, not matters."""
        people = models.Count("bundled__matter__raised_by", distinct=True)
        return (
            self.select_related("division", "topic")
            .annotate(people=people, matter_count=models.Count("bundled", distinct=True))
            .order_by("-pk")
        )


class CommonNeed(models.Model):
    """What several matters have in common (共性需求): bundled by staff, and made a topic or a service project of."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="needs", verbose_name=_("division"))
    title = models.CharField(_("title"), max_length=LONGEST_NEED)
    text = models.TextField(_("what is needed"))
    topic = models.OneToOneField(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="need",
        verbose_name=_("topic"),
    )
    noted_at = models.DateTimeField(_("noted at"), editable=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("noted by")
    )

    objects = CommonNeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("common need")
        verbose_name_plural = _("common needs")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="topic_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.topic_id IS NOT NULL AND OLD.topic_id IS DISTINCT FROM NEW.topic_id)"
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="commonneed_place")]

    def __str__(self) -> str:
        return self.title


class BundledMatter(AppendOnly):
    """A matter that shows a common need; each matter stands for one need."""

    need = models.ForeignKey(
        CommonNeed, on_delete=models.PROTECT, related_name="bundled", verbose_name=_("common need")
    )
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="bundled_in", verbose_name=_("matter"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("matter of a common need")
        verbose_name_plural = _("matters of common needs")

    def __str__(self) -> str:
        return f"{self.need} ← {self.matter}"


class Allotment(AppendOnly):
    """A resource that a topic shares among households, computed once: plots, parking places, storage rooms."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="allotments", verbose_name=_("topic"))
    resource = models.CharField(_("resource"), max_length=LONGEST_RESOURCE)
    unit = models.CharField(_("unit"), max_length=LONGEST_UNIT)
    total = models.PositiveIntegerField(_("in all"))
    basis = models.CharField(_("shared by"), max_length=10, choices=AllotmentBasis)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("allotment")
        verbose_name_plural = _("allotments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "resource"], name="allotment_once_a_resource"),
            models.CheckConstraint(
                condition=models.Q(basis__in=AllotmentBasis.values), name="allotment_basis_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} · {self.resource}"

    @property
    def division(self) -> Any:
        """The place this row belongs to."""
        return self.topic.division


class AllotmentShare(AppendOnly):
    """What one household gets."""

    allotment = models.ForeignKey(
        Allotment, on_delete=models.PROTECT, related_name="shares", verbose_name=_("allotment")
    )
    household = models.CharField(_("household"), max_length=LONGEST_HOUSEHOLD)
    people = models.PositiveSmallIntegerField(_("people"))
    quantity = models.PositiveIntegerField(_("share"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("share of a household")
        verbose_name_plural = _("shares of households")
        triggers: ClassVar = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="no_more_than_there_is",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.quantity + COALESCE(
                        (SELECT sum(quantity) FROM consultation_allotmentshare WHERE allotment_id = NEW.allotment_id), 0
                    ) > (SELECT total FROM consultation_allotment WHERE id = NEW.allotment_id) THEN
                        RAISE EXCEPTION 'More is shared than there is'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'allotmentshare_no_more_than_there_is';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["allotment", "household"], name="allotmentshare_once_a_household"),
        ]

    def __str__(self) -> str:
        return f"{self.allotment} · {self.household}"
