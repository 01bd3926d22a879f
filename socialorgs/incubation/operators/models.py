"""Contracts with those who run incubators: for how long, for what money, with which goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from governance.money import YuanField
from socialorgs.incubation.models import Incubator
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class OperatorContractQuerySet(models.QuerySet["OperatorContract"]):
    """Reads over contracts, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them: public money pays for them."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("incubator__division", "operator").order_by("-pk")


class OperatorContract(models.Model):
    """The contract under which an organization runs an incubator, with goals against which its results are shown.

    One at a time for an incubator; ended early, the day is entered.
    """

    incubator = models.ForeignKey(
        Incubator, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("incubator")
    )
    operator = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="+", verbose_name=_("run by")
    )
    number = models.CharField(_("contract number"), max_length=80, unique=True)
    amount = YuanField(_("amount of the contract"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("first day without it"))
    admitted_goal = models.PositiveIntegerField(_("bodies to be taken in"))
    graduated_goal = models.PositiveIntegerField(_("bodies to leave with success"))
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = OperatorContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract with who runs an incubator")
        verbose_name_plural = _("contracts with those who run incubators")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="operatorcontract_period_runs_forward"
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="operatorcontract_amount_is_no_debt"),
            models.CheckConstraint(
                condition=models.Q(graduated_goal__lte=models.F("admitted_goal")),
                name="operatorcontract_goals_fit",
            ),
            ExclusionConstraint(
                name="operatorcontract_one_at_a_time",
                expressions=[
                    ("incubator", RangeOperators.EQUAL),
                    (
                        models.Func("starts_on", "ends_on", RangeBoundary(), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Where it is shown: the incubator's board."""
        return self.incubator.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.incubator.division
