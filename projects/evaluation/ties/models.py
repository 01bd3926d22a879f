"""What ties a person to an organization besides an appointment; whoever is tied does not evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from communities.territory.models import Division
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class TieKind(models.TextChoices):
    """What ties a person to an organization."""

    EMPLOYED = "EMPLOYED", _("employed there")
    PAID = "PAID", _("paid by it")
    FAMILY = "FAMILY", _("family of somebody who leads it")
    OTHER = "OTHER", _("other tie")


class TieQuerySet(models.QuerySet["EvaluatorTie"]):
    """Reads over ties."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Ties to organizations of the places that one's work reaches, and one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="organization__division") | models.Q(user=user))

    def lasting_after(self, day: dt.date) -> Self:
        """Ties that run, or ended after a day."""
        return self.filter(models.Q(valid_to=None) | models.Q(valid_to__gt=day))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division", "user").order_by("-pk")


class EvaluatorTie(models.Model):
    """A tie of a person to an organization that stands in no appointment, as declared or found; half open.

    Whoever is tied may not evaluate what the organization does.
    """

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="ties", verbose_name=_("organization")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=TieKind)
    valid_from = models.DateField(_("since"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )

    objects = TieQuerySet.as_manager()

    class Meta:
        verbose_name = _("tie to an organization")
        verbose_name_plural = _("ties to organizations")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=TieKind.values), name="evaluatortie_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="evaluatortie_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.get_kind_display()}"

    @property
    def is_declared(self) -> bool:
        """Whether the person said so, and nobody else."""
        return self.recorded_by_id == self.user_id

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division
