"""The papers of an offer."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Attachment
from communities.territory.models import Division
from projects.purchasing.awarding.models import PurchaseOffer


class OfferFile(models.Model):
    """A paper that belongs to an offer (响应文件附件): sealed as the offer is, its hash kept with the file.

    Served by the page of the offer alone; fixed when the offer is handed in.
    """

    offer = models.ForeignKey(PurchaseOffer, on_delete=models.PROTECT, related_name="files", verbose_name=_("offer"))
    attachment = models.OneToOneField(
        Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("attachment")
    )
    added_at = models.DateTimeField(_("added at"), editable=False)

    class Meta:
        verbose_name = _("paper of an offer")
        verbose_name_plural = _("papers of offers")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_with_the_offer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_purchaseoffer
                        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.offer_id ELSE NEW.offer_id END
                            AND status = 'DRAFT'
                    ) THEN
                        RAISE EXCEPTION 'The offer was handed in'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'offerfile_fixed_with_the_offer';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
            pgtrigger.Trigger(
                name="is_sealed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_attachment WHERE id = NEW.attachment_id AND visibility = 'SEALED'
                    ) THEN
                        RAISE EXCEPTION 'The file is open to others'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'offerfile_is_sealed';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.attachment.name

    def get_absolute_url(self) -> str:
        """Where the paper is fetched by whoever may see the offer."""
        return reverse("projects:purchase-offer-file", kwargs={"pk": self.offer_id, "file": self.attachment_id})

    @property
    def division(self) -> Division:
        """The place that answers for this row: the buyer's."""
        return self.offer.purchase.buyer
