"""Choices of stewards and their candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body
from communities.people.queries import within
from communities.territory.models import Division
from consultation.meetings.models import moment, person
from consultation.meetings.stewards.lifecycle import SELECTION, SelectionStatus
from consultation.meetings.stewards.policy import Base, Nominated, Way
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.accounts.secrets import EncryptedTextField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class StewardSelectionQuerySet(models.QuerySet["StewardSelection"]):
    """Reads over choices of stewards, all of which are public from their beginning."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them: the hash of the seed is published before the first name."""
        del user
        return self.all()

    def handled_by(self, user: User) -> Self:
        """Those of places in which one works."""
        return self.filter(within(user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "body__council").order_by("-pk")


class StewardSelection(models.Model):
    """A choice of stewards (status moved by `governance.lifecycle`): so many of a base, nominated or drawn by lot.

    The hash of the seed is published before names are put forward, the hash of the list before the draw, and the word
    is called out at the draw: nobody knew the outcome when the list was made, and anybody can draw it again.
    """

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="selections", verbose_name=_("body"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("division")
    )
    way = models.CharField(_("way of choosing"), max_length=20, choices=Way)
    base = models.CharField(_("counted from"), max_length=20, choices=Base, editable=False)
    base_count = models.PositiveIntegerField(_("size of the base"))
    ratio = models.DecimalField(_("ratio"), max_digits=7, decimal_places=6, editable=False)
    by_ratio = models.PositiveIntegerField(_("stewards by the ratio"), editable=False)
    seats = models.PositiveIntegerField(_("stewards to choose"))
    seats_reason = models.CharField(_("why another number"), max_length=200, blank=True)
    secret = EncryptedTextField(_("seed before the draw"), editable=False)
    seed_sha256 = models.CharField(_("SHA-256 of the seed"), max_length=64, editable=False)
    list_text = models.TextField(_("list of candidates"), blank=True, editable=False)
    list_sha256 = models.CharField(_("SHA-256 of the list"), max_length=64, blank=True, editable=False)
    word = models.CharField(_("word called out at the draw"), max_length=100, blank=True, editable=False)
    seed = models.CharField(_("seed"), max_length=64, blank=True, editable=False)
    chosen_note = models.CharField(_("how they were chosen"), max_length=500, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=SelectionStatus, default=SelectionStatus.NOMINATING, editable=False
    )
    begun_at = moment(pgettext_lazy("selection", "begun at"), is_optional=False)
    begun_by = person(_("begun by"), is_optional=False)
    listed_at = moment(_("list fixed at"))
    listed_by = person(_("list fixed by"))
    chosen_at = moment(_("chosen at"))
    chosen_by = person(_("choice recorded by"))
    seated_at = moment(_("seated at"))

    objects = StewardSelectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of stewards")
        verbose_name_plural = _("choices of stewards")
        triggers: ClassVar = [
            lifecycle.trigger(SELECTION),
            pgtrigger.Protect(
                name="committed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.body_id, OLD.division_id, OLD.way, OLD.base, OLD.base_count, OLD.ratio, OLD.by_ratio, OLD.seats, "
                    "OLD.secret, OLD.seed_sha256) IS DISTINCT FROM (NEW.body_id, NEW.division_id, NEW.way, NEW.base, "
                    "NEW.base_count, NEW.ratio, NEW.by_ratio, NEW.seats, NEW.secret, NEW.seed_sha256) "
                    "OR (OLD.status <> 'NOMINATING' AND (OLD.list_text, OLD.list_sha256) IS DISTINCT FROM "
                    "(NEW.list_text, NEW.list_sha256)) OR (OLD.status <> 'LISTED' AND (OLD.seed, OLD.word) "
                    "IS DISTINCT FROM (NEW.seed, NEW.word)))"
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="stewardselection_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=SelectionStatus.values), name="stewardselection_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(seats__gte=1, base_count__gte=1), name="stewardselection_chooses_somebody"
            ),
            models.CheckConstraint(
                condition=models.Q(seats=models.F("by_ratio")) | ~models.Q(seats_reason=""),
                name="stewardselection_another_number_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(chosen_by=None) | ~models.Q(chosen_by=models.F("listed_by")),
                name="stewardselection_listed_and_chosen_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} · {self.get_way_display()}"

    def get_absolute_url(self) -> str:
        """Its public page."""
        return reverse("consultation:selection-detail", kwargs={"pk": self.pk})


class StewardCandidate(models.Model):
    """Somebody who was put forward as a steward; on the fixed list nobody is added, taken away or renumbered."""

    selection = models.ForeignKey(
        StewardSelection, on_delete=models.PROTECT, related_name="candidates", verbose_name=_("choice of stewards")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("log-in"),
    )
    name = models.CharField(_("name"), max_length=50)
    nominated = models.CharField(_("put forward"), max_length=20, choices=Nominated)
    supporters = models.PositiveSmallIntegerField(_("supporters"), default=0)
    space = models.CharField(_("adopted space"), max_length=100, blank=True)
    is_chosen = models.BooleanField(_("chosen"), default=False, editable=False)
    entered_at = moment(_("entered at"), is_optional=False)
    entered_by = person(_("entered by"), is_optional=False)

    class Meta:
        verbose_name = _("candidate as steward")
        verbose_name_plural = _("candidates as stewards")
        ordering: ClassVar = ["number", "pk"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="listed_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("choice", "record")],
                func="""
                    SELECT status INTO choice FROM consultation_stewardselection
                    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.selection_id ELSE NEW.selection_id END;
                    IF choice.status <> 'NOMINATING' AND NOT (
                        TG_OP = 'UPDATE' AND choice.status = 'LISTED'
                        AND (OLD.selection_id, OLD.number, OLD.user_id, OLD.name, OLD.nominated) IS NOT DISTINCT FROM
                            (NEW.selection_id, NEW.number, NEW.user_id, NEW.name, NEW.nominated)
                    ) THEN
                        RAISE EXCEPTION 'The list of candidates is fixed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'stewardcandidate_listed_stays';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["selection", "number"], name="stewardcandidate_number_is_unique"),
            models.UniqueConstraint(
                fields=["selection", "user"], condition=models.Q(user__isnull=False), name="stewardcandidate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {mask_name(self.name)}"

    @property
    def shown_name(self) -> str:
        """The name as the public sees it."""
        return mask_name(self.name)

    @property
    def division(self) -> Division:
        """The place of the choice."""
        return self.selection.division
