"""The files that stand behind an order; what has been attached stays."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Attachment
from communities.territory.models import Division
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.policy import OrderPaperKind
from governance.audit.models import AppendOnly


class OrderPaper(AppendOnly):
    """One file of an order and what it shows (反哺单的凭据).

    For those who handle the order, never for everybody: contracts and slips name people, accounts and terms of trade. A
    trigger refuses a file that is open to everybody, one of another place, and any paper of an order that came to nothing.
    """

    order = models.ForeignKey(
        ReinvestmentOrder, on_delete=models.PROTECT, related_name="papers", verbose_name=_("order")
    )
    kind = models.CharField(_("what it shows"), max_length=20, choices=OrderPaperKind)
    file = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    attached_at = models.DateTimeField(_("attached at"))
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("attached by"),
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("paper of an order")
        verbose_name_plural = _("papers of orders")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=OrderPaperKind.values), name="orderpaper_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.order.enterprise.division
