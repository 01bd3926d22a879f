"""Awards that contracts cite, and the sources that pay them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division
from governance import lifecycle
from governance.money import YuanField
from projects.grants.applying import GrantApplication
from projects.grants.lifecycle import AWARD, AwardStatus
from projects.grants.policy import ShareKind
from projects.grants.rounds import AWARDED, GrantRound, RoundFunding, moment, person
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class GrantAwardQuerySet(models.QuerySet["GrantAward"]):
    """Reads over awards."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Awards are public."""
        del user
        return self.filter(round__status__in=AWARDED)

    def standing(self) -> Self:
        """Awards that were neither renounced nor revoked: those that a contract may cite."""
        return self.filter(status=AwardStatus.GRANTED)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first; two queries."""
        return (
            self.select_related("round__division", "organization", "division", "application")
            .prefetch_related(
                models.Prefetch("sources", AwardSource.objects.select_related("funding__fund", "funding__foundation"))
            )
            .order_by("-pk")
        )


class GrantAward(models.Model):
    """A grant that was awarded to an organization (立项; status moved by `governance.lifecycle`); a contract cites it.

    What a contract needs of it, fixed from the beginning: `organization`, `division` (the landing community), `title`,
    `amount`, `instalments` (whole percentages that sum to 100, the last instalment is the rest), `contract_by` (the last
    day to sign) and `sources` (rows of `AwardSource`). Those of kind ROUND sum to `amount` and are what contracts pay:
    `funding.kind` tells a budget line (`funding.budget_line`), a community fund (`funding.fund`; one at most, which serves
    the landing community) or a foundation (`funding.foundation`). The others sum to `matched`: what the organization and
    its partner bring along (配套资金), which nobody pays to it.
    Cite only `GrantAward.objects.standing()`; ask `socialorgs.register.queries.require_good_standing` again at signing.
    `projects.grants.deciding.ban_for_breach(by=, now=, award=, reason=)` revokes it and proposes to bar the body.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    round = models.ForeignKey(
        GrantRound, on_delete=models.PROTECT, related_name="awards", verbose_name=_("grant round")
    )
    application = models.OneToOneField(
        GrantApplication, on_delete=models.PROTECT, related_name="award", verbose_name=_("grant application")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="grant_awards", verbose_name=_("organization")
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="grant_awards", verbose_name=_("landing community")
    )
    title = models.CharField(_("title"), max_length=100)
    amount = YuanField(_("amount"))
    matched = YuanField(_("paid beside the grant"), default=0)
    instalments = models.JSONField(_("instalments in percent"))
    contract_by = models.DateField(_("contract to be signed by"))
    remark = models.TextField(_("why it was renounced or revoked"), blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=AwardStatus, default=AwardStatus.GRANTED, editable=False
    )
    granted_at = models.DateTimeField(_("awarded at"), editable=False)
    granted_by = person(_("awarded by"), null=False)
    ended_at = moment(_("ended at"))
    ended_by = person(pgettext_lazy("course", "ended by"))

    objects = GrantAwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant award")
        verbose_name_plural = _("grant awards")
        triggers: ClassVar = [
            lifecycle.trigger(AWARD),
            pgtrigger.Protect(name="awards_stay", operation=pgtrigger.Delete),
            lifecycle.columns_stay(
                "terms_stay",
                (
                    "number",
                    "round_id",
                    "application_id",
                    "organization_id",
                    "division_id",
                    "title",
                    "amount",
                    "matched",
                    "instalments",
                    "contract_by",
                ),
            ),
            pgtrigger.Trigger(
                name="as_publicised",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_grantapplication application
                        JOIN projects_grantround round ON round.id = application.round_id
                        JOIN communities_publicnotice notice ON notice.id = round.publicity_id
                        WHERE application.id = NEW.application_id AND application.status = 'PROPOSED'
                            AND notice.status = 'CLOSED_CLEAR'
                            AND (application.round_id, application.organization_id, application.division_id,
                                application.granted, application.own_amount + application.partner_amount)
                            = (NEW.round_id, NEW.organization_id, NEW.division_id, NEW.amount, NEW.matched)
                    ) THEN
                        RAISE EXCEPTION 'An award is what was publicised, and nothing stood against it'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantaward_as_publicised';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="sources_are_the_whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (
                        SELECT (
                            coalesce(sum(amount) FILTER (WHERE kind = 'ROUND'), 0),
                            coalesce(sum(amount) FILTER (WHERE kind <> 'ROUND'), 0)
                        ) FROM projects_awardsource WHERE award_id = NEW.id
                    ) IS DISTINCT FROM (NEW.amount, NEW.matched)
                    THEN
                        RAISE EXCEPTION 'The sources are not the whole'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantaward_sources_are_the_whole';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
        indexes: ClassVar = [
            # Awards of an organization, newest first.
            models.Index(fields=["organization", "-id"], name="grantaward_organization"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=AwardStatus.values), name="grantaward_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, matched__gte=0), name="grantaward_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(status="GRANTED", ended_at=None) | ~models.Q(status="GRANTED"),
                name="grantaward_ended_has_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Where it is shown: the results of its round."""
        return self.round.get_absolute_url()

    @property
    def cost(self) -> Decimal:
        """What the project costs: the grant and what is paid beside it."""
        return Decimal(self.amount + self.matched)


class AwardSource(models.Model):
    """What one source pays of a project: money of the round, of the organization itself, or of a matching partner."""

    award = models.ForeignKey(
        GrantAward, on_delete=models.PROTECT, related_name="sources", verbose_name=_("grant award")
    )
    kind = models.CharField(
        pgettext_lazy("source of an award", "kind"), max_length=10, choices=ShareKind, default=ShareKind.ROUND
    )
    funding = models.ForeignKey(
        RoundFunding,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="award_sources",
        verbose_name=_("money of a grant round"),
    )
    payer = models.CharField(_("who pays"), max_length=120, blank=True)
    amount = YuanField(_("amount"))

    class Meta:
        verbose_name = _("source of an award")
        verbose_name_plural = _("sources of awards")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = [
            pgtrigger.Protect(name="sources_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="within_its_money",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="ROUND"),
                func="""
                    PERFORM 1 FROM projects_roundfunding WHERE id = NEW.funding_id FOR NO KEY UPDATE;
                    IF NEW.amount + (
                        SELECT coalesce(sum(amount), 0) FROM projects_awardsource WHERE funding_id = NEW.funding_id
                    ) > (SELECT amount FROM projects_roundfunding WHERE id = NEW.funding_id) OR NOT EXISTS (
                        SELECT 1 FROM projects_roundfunding funding
                        JOIN projects_grantaward award ON award.round_id = funding.round_id
                        WHERE funding.id = NEW.funding_id AND award.id = NEW.award_id
                    ) THEN
                        RAISE EXCEPTION 'The source has not so much, or belongs to another round'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'awardsource_within_its_money';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="fund_serves_the_place",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="ROUND"),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_roundfunding funding
                        JOIN funds_communityfund fund ON fund.id = funding.fund_id
                        JOIN communities_division serves ON serves.id = fund.division_id
                        JOIN projects_grantaward award ON award.id = NEW.award_id
                        JOIN communities_division landing ON landing.id = award.division_id
                        WHERE funding.id = NEW.funding_id AND (
                            NOT starts_with(landing.path, serves.path) OR EXISTS (
                                SELECT 1 FROM projects_awardsource source
                                JOIN projects_roundfunding other ON other.id = source.funding_id
                                WHERE source.award_id = NEW.award_id AND other.fund_id IS NOT NULL
                            )
                        )
                    ) THEN
                        RAISE EXCEPTION 'One fund pays with others, and it serves the landing community'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'awardsource_fund_serves_the_place';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="whole_stays",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (
                        SELECT (
                            coalesce(sum(amount) FILTER (WHERE kind = 'ROUND'), 0),
                            coalesce(sum(amount) FILTER (WHERE kind <> 'ROUND'), 0)
                        ) FROM projects_awardsource WHERE award_id = NEW.award_id
                    ) IS DISTINCT FROM (SELECT (amount, matched) FROM projects_grantaward WHERE id = NEW.award_id) THEN
                        RAISE EXCEPTION 'The sources are not the whole'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'awardsource_whole_stays';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["award", "funding"], name="awardsource_once"),
            models.UniqueConstraint(
                fields=["award", "kind"], condition=models.Q(funding=None), name="awardsource_beside_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="awardsource_is_money"),
            models.CheckConstraint(
                condition=models.Q(kind="ROUND", funding__isnull=False, payer="")
                | (models.Q(kind__in=["OWN", "PARTNER"], funding=None) & ~models.Q(payer="")),
                name="awardsource_names_who_pays",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award.number} · {self.name}"

    @property
    def name(self) -> str:
        """Who pays."""
        return self.payer or str(self.funding)

    @property
    def what(self) -> StrOrPromise:
        """What kind of source it is, in words."""
        return self.get_kind_display() if self.funding is None else self.funding.get_kind_display()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.award.division
