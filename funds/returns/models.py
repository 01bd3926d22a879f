"""What was solved with the money that enterprises gave back (解决问题清单)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.territory.models import inside
from consultation.matters.models import Matter
from funds.reinvestment.models import ReinvestmentOrder
from governance.audit.models import AppendOnly
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from governance.accounts.models import User


class UseQuerySet(models.QuerySet["ReinvestmentUse"]):
    """Reads over uses."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Uses of orders and matters that this person may both see."""
        return self.filter(
            order__in=ReinvestmentOrder.objects.visible_to(user).values("pk"),
            matter__in=Matter.objects.visible_to(user).values("pk"),
        )

    def in_division(self, division: Division) -> Self:
        """Uses of a place and all places below it."""
        return self.filter(inside(division, "order__enterprise__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("order__enterprise__division", "matter__division")


class ReinvestmentUse(AppendOnly):
    """A matter of residents that was solved with money of an order, and with how much of it.

    The uses of an order never exceed its amount; its money has arrived, and the matter is closed as solved. A trigger
    asks for all three.
    """

    order = models.ForeignKey(
        ReinvestmentOrder, on_delete=models.PROTECT, related_name="uses", verbose_name=_("reinvestment order")
    )
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+", verbose_name=_("matter"))
    amount = YuanField(_("amount"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    objects = UseQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("use of reinvested money")
        verbose_name_plural = _("uses of reinvested money")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "matter"], name="reinvestmentuse_matter_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="reinvestmentuse_amount_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.order.reference} → {self.matter.number}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.order.enterprise.division
