"""Which bodies a purchase asks by name."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from projects.purchasing.models import Purchase
from socialorgs.register.models import SocialOrganization


class PurchaseInvitation(models.Model):
    """A body that a negotiation or an inquiry asks by name (邀请): only those who were asked offer then.

    Who was asked stays between the buyer and the body; fixed when the purchase is announced.
    """

    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("purchase of a service")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organization")
    )
    invited_at = models.DateTimeField(_("invited at"), editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("invited by"),
    )

    class Meta:
        verbose_name = _("invitation to a purchase")
        verbose_name_plural = _("invitations to purchases")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_with_the_call",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_purchase
                        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.purchase_id ELSE NEW.purchase_id END
                            AND called_at IS NULL AND procedure IN ('INQUIRY', 'NEGOTIATION')
                    ) THEN
                        RAISE EXCEPTION 'Nobody is invited to this purchase any more'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseinvitation_fixed_with_the_call';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purchase", "organization"], name="purchaseinvitation_once_each"),
        ]

    def __str__(self) -> str:
        return f"{self.purchase.number} {self.organization.name}"

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.purchase.buyer
