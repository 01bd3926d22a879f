"""Illegal social organizations: tips whose givers are protected, cases in two hands, what the public is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.models import Role
from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.secrets import EncryptedTextField
from socialorgs.register.deciding import Ended
from socialorgs.register.models import SocialOrganization
from socialorgs.supervision.illegal.lifecycle import ILLEGAL_CASE, CaseStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

READERS = (Role.STREET_REVIEWER, Role.DISTRICT_ADMIN, Role.DISTRICT_OFFICER)
"""Who reads cases and tips: nobody of a community, for a tip may be about its people."""


class Measure(models.TextChoices):
    """What is done about an illegal body."""

    CEASE = "CEASE", _("told to cease and desist")
    BAN = "BAN", _("banned")
    GUIDED = "GUIDED", _("guided to registration or filing")


TOLD = (Measure.CEASE, Measure.BAN)
"""Measures that the public is told; who is guided to registration is not pilloried."""


class CaseQuerySet(models.QuerySet["IllegalCase"]):
    """Reads over cases."""

    def public(self) -> Self:
        """Cases on the public list: decided against the body."""
        return self.filter(status__in=[CaseStatus.DECIDED, CaseStatus.CLOSED], measure__in=TOLD)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The public list, and for those who handle them the cases of their places."""
        public = models.Q(pk__in=IllegalCase.objects.public().values("pk"))
        return self.filter(public | within(user, *READERS)) if user.is_authenticated else self.filter(public)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division__parent", "organization").order_by("-pk")


class IllegalCase(Ended):
    """A body that acts without registration, or goes on after it was revoked (非法社会组织; status by the lifecycle).

    Whoever proposes the measure is not who decides it. What a tip said stays with the tip.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    name = models.CharField(_("name under which it acts"), max_length=120)
    place = models.CharField(_("where it acts"), max_length=200, blank=True)
    account = models.TextField(_("what it does"))
    status = models.CharField(_("status"), max_length=15, choices=CaseStatus, default=CaseStatus.OPENED, editable=False)
    opened_at = models.DateTimeField(pgettext_lazy("case", "opened at"), editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("case", "opened by"),
    )
    taken_at = models.DateTimeField(pgettext_lazy("case", "taken up at"), null=True, blank=True, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("taken up by"),
    )
    findings = models.TextField(pgettext_lazy("case", "findings"), blank=True, editable=False)
    measure = models.CharField(_("measure"), max_length=10, choices=Measure, blank=True, editable=False)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="illegal_cases",
        editable=False,
        verbose_name=_("organization of the register"),
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("proposed by"),
    )
    decision_number = models.CharField(_("decision number"), max_length=80, blank=True, editable=False)
    decided_on = models.DateField(_("decided on"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("decided by"),
    )
    remark = models.TextField(_("why it was returned or set aside"), blank=True, editable=False)
    outcome = models.TextField(_("what came of it"), blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case of an illegal organization")
        verbose_name_plural = _("cases of illegal organizations")
        triggers: ClassVar = [
            lifecycle.trigger(ILLEGAL_CASE),
            lifecycle.columns_stay(
                "decided_stays",
                ("name", "measure", "decision_number", "decided_on", "decided_by_id", "proposed_by_id"),
                once="OLD.decided_at IS NOT NULL",
            ),
        ]
        indexes: ClassVar = [
            # The public list, newest decision first.
            models.Index(fields=["-decided_on", "-id"], name="illegalcase_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=CaseStatus.values, measure__in=["", *Measure.values]),
                name="illegalcase_status_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["PROPOSED", "DECIDED", "CLOSED"])
                | (models.Q(proposed_by__isnull=False) & ~models.Q(measure="") & ~models.Q(findings="")),
                name="illegalcase_proposed_with_findings",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["DECIDED", "CLOSED"])
                | (models.Q(decided_by__isnull=False, decided_on__isnull=False) & ~models.Q(decision_number="")),
                name="illegalcase_decided_with_a_number",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="illegalcase_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public list, on which it stands once it is decided."""
        return reverse("socialorgs:illegal-list")


class TipQuerySet(models.QuerySet["IllegalTip"]):
    """Reads over tips."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Tips of the places in which this person handles them; never public, nor for who gave them."""
        return self.filter(within(user, *READERS)) if user.is_authenticated else self.none()

    def waiting(self) -> Self:
        """Tips that nobody has looked at."""
        return self.filter(settled_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "case").order_by("-pk")


class IllegalTip(models.Model):
    """What somebody tells of an illegal body, with their name or without; who it was is nobody's business.

    The giver follows it under a code. Their contact is encrypted and opened by an audited act with a reason.
    Basis: report S2b, special campaign against illegal social organizations; the giver is protected.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    name = models.CharField(_("name under which it acts"), max_length=120)
    place = models.CharField(_("where it acts"), max_length=200, blank=True)
    text = models.TextField(_("what it does"))
    contact = EncryptedTextField(_("contact of who gave it"), blank=True, default="", editable=False)
    code_hash = models.CharField(_("hash of the code"), max_length=64, unique=True, editable=False)
    received_at = models.DateTimeField(_("received at"), editable=False)
    case = models.ForeignKey(
        IllegalCase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tips",
        editable=False,
        verbose_name=pgettext_lazy("illegal organization", "case"),
    )
    settled_at = models.DateTimeField(_("looked at"), null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("looked at by"),
    )
    answer = models.TextField(_("what who gave it is told"), blank=True, editable=False)

    objects = TipQuerySet.as_manager()

    class Meta:
        verbose_name = _("tip about an illegal organization")
        verbose_name_plural = _("tips about illegal organizations")
        triggers: ClassVar = [
            pgtrigger.Protect(name="tips_stay", operation=pgtrigger.Delete),
            lifecycle.columns_stay(
                "what_was_told_stays", ("division_id", "name", "place", "text", "code_hash", "received_at")
            ),
        ]
        indexes: ClassVar = [
            # What came in today; what nobody has looked at.
            models.Index(fields=["division", "received_at"], name="illegaltip_day"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(settled_at=None, settled_by=None, case=None)
                | (
                    models.Q(settled_at__isnull=False, settled_by__isnull=False)
                    & (models.Q(case__isnull=False) | ~models.Q(answer=""))
                ),
                name="illegaltip_settled_into_a_case_or_answered",
            ),
        ]

    def __str__(self) -> str:
        return self.name
