"""Profiles of residents who are good at something: found by skill and place as they have consented, and matched to what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.models import Resident
from communities.people.queries import within
from communities.territory.models import Division, inside
from governance import lifecycle
from governance.accounts.masking import mask_name
from projects.contracts.policy import ServiceField
from projects.market.talents.lifecycle import ALIVE, ENDED, TALENT_PROFILE, TalentStatus
from projects.market.talents.policy import SKILL_LONGEST, SKILLS_MOST, ShownTo, TalentKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class TalentProfileQuerySet(models.QuerySet["TalentProfile"]):
    """Reads over profiles."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody sees what is listed for everybody; the person their own, the staff those of their place."""
        public = Q(status=TalentStatus.LISTED, shown_to=ShownTo.PUBLIC, resident__left_on=None)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | Q(resident__user=user) | within(user, division="resident__division"))

    def listed(self) -> Self:
        """Profiles that stand on the list, of people who still live there."""
        return self.filter(status=TalentStatus.LISTED, resident__left_on=None)

    def in_division(self, division: Division) -> Self:
        """Profiles of the division and of those below it."""
        return self.filter(inside(division, "resident__division"))

    def skilled_in(self, text: str) -> Self:
        """Profiles that name a skill, or speak of it."""
        return self.filter(Q(skills__contains=[text]) | Q(text__icontains=text))

    def by_subject(self) -> models.QuerySet[Any]:
        """Return listed lecturers, a row for each word that they name, as `subject` in small letters."""
        words = models.Func(models.F("skills"), function="unnest", output_field=models.CharField())
        return self.listed().filter(kind=TalentKind.LECTURER).order_by().annotate(subject=Lower(words))

    def lectures(self) -> models.QuerySet[TalentProfile, str]:
        """What is lectured on: each subject once."""
        return self.by_subject().values_list("subject", flat=True).distinct()

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("resident__division").order_by("-pk")


class TalentProfile(models.Model):
    """What one resident is good at in one field (居民骨干、能人、达人、明星讲师; status moved by `governance.lifecycle`).

    The person is the one of the register of residents; who moves away is shown no more. Listed with the person's consent
    alone, which also says to whom; whoever ends it takes back what was said (Basis: Personal Information Protection Law art. 47).
    """

    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="talent_profiles", verbose_name=_("resident")
    )
    kind = models.CharField(pgettext_lazy("talent", "known as"), max_length=12, choices=TalentKind)
    field = models.CharField(pgettext_lazy("market", "field"), max_length=20, choices=ServiceField)
    skills = ArrayField(
        models.CharField(max_length=SKILL_LONGEST),
        size=SKILLS_MOST,
        blank=True,
        verbose_name=pgettext_lazy("talent", "skills"),
    )
    text = models.CharField(pgettext_lazy("talent", "what one can do"), max_length=500, blank=True)
    times = models.CharField(pgettext_lazy("talent", "when one has time"), max_length=100, blank=True)
    shown_to = models.CharField(
        pgettext_lazy("talent", "shown to"), max_length=10, choices=ShownTo, default=ShownTo.STAFF
    )
    is_name_shown = models.BooleanField(pgettext_lazy("talent", "with the full name"), default=False)
    status = models.CharField(
        _("status"), max_length=12, choices=TalentStatus, default=TalentStatus.PROPOSED, editable=False
    )
    stated_at = models.DateTimeField(_("stated at"), editable=False)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("stated by"),
    )
    consented_at = models.DateTimeField(pgettext_lazy("talent", "consented at"), null=True, blank=True, editable=False)
    consented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("talent", "consent by"),
    )
    paper_day = models.DateField(
        pgettext_lazy("talent", "day of the written consent"), null=True, blank=True, editable=False
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_reason = models.CharField(_("reason"), max_length=500, blank=True, editable=False)

    objects = TalentProfileQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("talent", "talent profile")
        verbose_name_plural = pgettext_lazy("talent", "talent profiles")
        triggers: ClassVar = [
            lifecycle.trigger(TALENT_PROFILE),
            lifecycle.columns_stay("person_stays", ("resident_id", "kind", "field", "stated_at", "stated_by_id")),
        ]
        indexes: ClassVar = [
            # Who is on the list in a field, newest first.
            models.Index(fields=["field", "-id"], condition=Q(status=TalentStatus.LISTED), name="talentprofile_listed"),
            # Who has a skill.
            GinIndex(fields=["skills"], name="talentprofile_skills"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    status__in=TalentStatus.values,
                    kind__in=TalentKind.values,
                    field__in=ServiceField.values,
                    shown_to__in=ShownTo.values,
                ),
                name="talentprofile_kinds_are_known",
            ),
            models.UniqueConstraint(
                fields=["resident", "field"],
                condition=Q(status__in=[str(status) for status in ALIVE]),
                name="talentprofile_one_a_field",
            ),
            # Nobody is listed without consent, nor on one person's word alone.
            models.CheckConstraint(
                condition=~Q(status=TalentStatus.LISTED)
                | (
                    Q(consented_at__isnull=False, consented_by__isnull=False, confirmed_by__isnull=False)
                    & ~Q(consented_by=models.F("confirmed_by"))
                ),
                name="talentprofile_listed_by_two_hands",
            ),
            models.CheckConstraint(
                condition=Q(is_name_shown=False) | Q(shown_to=ShownTo.PUBLIC),
                name="talentprofile_name_only_in_public",
            ),
            # With the consent goes what was said.
            models.CheckConstraint(
                condition=(
                    Q(status__in=[str(status) for status in ENDED])
                    & Q(skills__len=0, text="", times="", is_name_shown=False, shown_to=ShownTo.STAFF)
                )
                | (Q(status__in=[str(status) for status in ALIVE]) & Q(skills__len__gte=1)),
                name="talentprofile_ended_keeps_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def get_absolute_url(self) -> str:
        """The profile's page."""
        return reverse("projects:talent-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.resident.division

    @property
    def public_name(self) -> str:
        """The name as the person has consented: shortened, unless they want it in full."""
        return self.resident.name if self.is_name_shown else mask_name(self.resident.name)
