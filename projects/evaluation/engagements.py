"""By whom the third party was engaged and who pays it: published with the result, never the one who is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.money import YuanField
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from communities.territory.models import Division


class Payer(models.TextChoices):
    """Who pays the third party."""

    DISTRICT = "DISTRICT", _("the district")
    STREET = "STREET", _("the street")
    COMMUNITY = "COMMUNITY", _("the community")
    FUND = "FUND", _("a community fund")
    ORGANIZATION = "ORGANIZATION", _("another organization")
    NOBODY = "NOBODY", _("nobody: without a fee")


class ThirdPartyEngagement(models.Model):
    """The professional third party of one evaluation, its fee and its payer.

    A trigger refuses the one who is judged as agency or payer, and an agency that shares a person with it.
    """

    plan = models.OneToOneField(
        "projects.EvaluationPlan", on_delete=models.PROTECT, related_name="engagement", verbose_name=_("evaluation")
    )
    agency = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("third party in the register"),
    )
    agency_name = models.CharField(_("third party"), max_length=120)
    payer = models.CharField(pgettext_lazy("evaluation", "payer"), max_length=20, choices=Payer)
    payer_organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization that pays"),
    )
    fee = YuanField(_("fee (yuan)"), default=0)
    agreed_on = models.DateField(_("agreed on"))
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )

    class Meta:
        verbose_name = _("engagement of a third party")
        verbose_name_plural = _("engagements of third parties")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="independent",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_evaluationplan plan
                        WHERE plan.id = NEW.plan_id AND plan.implementer_id IN (NEW.agency_id, NEW.payer_organization_id)
                    ) THEN
                        RAISE EXCEPTION 'Whoever is judged neither judges nor pays'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'thirdpartyengagement_not_by_the_judged';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM projects_evaluationplan plan
                        JOIN socialorgs_organizationappointment theirs ON theirs.organization_id = plan.implementer_id
                        JOIN socialorgs_organizationappointment ours
                            ON ours.organization_id = NEW.agency_id AND ours.user_id = theirs.user_id
                        WHERE plan.id = NEW.plan_id AND (theirs.valid_to IS NULL OR theirs.valid_to > plan.period_from)
                            AND (ours.valid_to IS NULL OR ours.valid_to > plan.period_from)
                    ) THEN
                        RAISE EXCEPTION 'The third party shares a person with whoever is judged'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'thirdpartyengagement_shares_nobody';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(payer__in=Payer.values, fee__gte=0), name="thirdpartyengagement_payer_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(payer="ORGANIZATION", payer_organization__isnull=False)
                | (~models.Q(payer="ORGANIZATION") & models.Q(payer_organization=None)),
                name="thirdpartyengagement_names_the_paying_organization",
            ),
            models.CheckConstraint(
                condition=models.Q(payer="NOBODY", fee=0) | ~models.Q(payer="NOBODY"),
                name="thirdpartyengagement_without_a_payer_costs_nothing",
            ),
            models.CheckConstraint(
                condition=~models.Q(agency_name=""), name="thirdpartyengagement_names_the_third_party"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_name} · {self.plan}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.plan.division
