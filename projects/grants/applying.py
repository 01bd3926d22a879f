"""Applications of organizations, with the lines of their budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from governance.money import YuanField
from projects.grants.lifecycle import APPLICATION, ApplicationStatus
from projects.grants.policy import LineKind, left_out
from projects.grants.rounds import GrantRound, moment, person
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

IN_THE_RUNNING = ("SUBMITTED", "RETURNED", "QUALIFIED", "SCORED", "PROPOSED", "AWARDED")
"""States in which an application counts as the one of its body."""

WRITABLE = (ApplicationStatus.DRAFT, ApplicationStatus.RETURNED)
"""States in which the applicant writes."""

RANKED = (ApplicationStatus.PROPOSED, ApplicationStatus.AWARDED)
"""States that the public results name."""


class ApplicationQuerySet(models.QuerySet["GrantApplication"]):
    """Reads over applications."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of organizations for which one acts; submitted ones, to the staff of the round and of the landing place.

        Experts see what they score through their sheets, without the name; the public sees results of the round.
        """
        if not user.is_authenticated:
            return self.none()
        own = models.Q(organization__in=organizations_of(user))
        handed_in = ~models.Q(status=ApplicationStatus.DRAFT) & models.Q(submitted_at__isnull=False)
        return self.filter(own | (handed_in & (within(user, division="round__division") | within(user))))

    def in_the_running(self) -> Self:
        """Those that count."""
        return self.filter(status__in=IN_THE_RUNNING)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("round__division", "organization", "division").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows; two queries."""
        return self.select_related("round__division", "organization__division", "division").prefetch_related("lines")


class GrantApplication(models.Model):
    """An application for a grant (申报书; status moved by `governance.lifecycle`).

    One body has one application in a round, whatever names it goes by: `credit_code` is that of the registered
    organization, or of the registered body that answers for a filed group. A draft stays when the round closes.
    """

    round = models.ForeignKey(
        GrantRound, on_delete=models.PROTECT, related_name="applications", verbose_name=_("grant round")
    )
    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="grant_applications", verbose_name=_("organization")
    )
    credit_code = models.CharField(_("credit code of the body that answers"), max_length=18, blank=True)
    lane = models.CharField(_("class of project"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=100)
    summary = models.CharField(_("in short"), max_length=300, blank=True)
    plan = models.TextField(_("plan"), blank=True)
    team = models.TextField(pgettext_lazy("grant application", "team"), blank=True)
    beneficiaries = models.CharField(_("whom it serves"), max_length=200, blank=True)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grant_applications",
        verbose_name=_("landing community"),
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    answers = models.JSONField(_("answers to the questions of the form"), default=dict, blank=True)
    own_amount = YuanField(_("paid by the organization itself"), default=0)
    partner = models.CharField(_("matching partner"), max_length=120, blank=True)
    partner_amount = YuanField(_("paid by the matching partner"), default=0)
    asked = YuanField(_("asked for"), default=0, editable=False)
    granted = YuanField(_("after optimisation"), null=True, blank=True, editable=False)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False)
    counted = models.PositiveSmallIntegerField(_("scores given"), null=True, blank=True, editable=False)
    rank = models.PositiveSmallIntegerField(_("rank in its class"), null=True, blank=True, editable=False)
    remark = models.TextField(_("what the applicant is told"), blank=True, editable=False)
    correct_by = models.DateField(_("to be corrected by"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=15, choices=ApplicationStatus, default=ApplicationStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = person(_("drafted by"), null=False)
    saved_at = models.DateTimeField(_("saved at"), editable=False)
    submitted_at = moment(_("submitted at"))
    submitted_by = person(_("submitted by"))
    consented_at = moment(_("landing community agreed at"))
    consented_by = person(_("agreed for the landing community by"))
    returned_at = moment(_("sent back at"))
    returned_by = person(_("sent back by"))
    vetted_at = moment(_("checked at"))
    vetted_by = person(_("checked by"))
    proposed_at = moment(pgettext_lazy("grant application", "proposed at"))
    proposed_by = person(pgettext_lazy("grant application", "proposed by"))

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant application")
        verbose_name_plural = _("grant applications")
        triggers: ClassVar = [
            lifecycle.trigger(APPLICATION),
            pgtrigger.Protect(name="applications_stay", operation=pgtrigger.Delete),
            lifecycle.columns_stay("applicant_stays", ("round_id", "number", "organization_id")),
            lifecycle.columns_stay(
                "submitted_text_stays",
                (
                    "credit_code",
                    "lane",
                    "title",
                    "summary",
                    "plan",
                    "team",
                    "beneficiaries",
                    "division_id",
                    "starts_on",
                    "ends_on",
                    "answers",
                    "own_amount",
                    "partner",
                    "partner_amount",
                    "asked",
                ),
                once="OLD.status NOT IN ('DRAFT', 'RETURNED')",
            ),
            lifecycle.columns_stay("one_correction", ("returned_at",), once="OLD.returned_at IS NOT NULL"),
            lifecycle.columns_stay("score_stays", ("score", "counted", "rank"), once="OLD.score IS NOT NULL"),
            lifecycle.columns_stay(
                "proposed_amount_stays", ("granted",), once="OLD.status NOT IN ('QUALIFIED', 'SCORED')"
            ),
            pgtrigger.Protect(
                name="granted_only_falls",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("(OLD.granted < coalesce(NEW.granted, OLD.granted + 1))"),
            ),
            pgtrigger.Trigger(
                name="proposed_adds_up",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="PROPOSED"),
                func="""
                    IF (SELECT sum(granted) FROM projects_grantbudgetline WHERE application_id = NEW.id)
                        IS DISTINCT FROM NEW.granted OR NEW.granted = 0
                    THEN
                        RAISE EXCEPTION 'The lines are not the whole'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_proposed_adds_up';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="submitted_in_time",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(old__status="DRAFT", new__status="SUBMITTED"),
                func="""
                    PERFORM 1 FROM projects_grantround WHERE id = NEW.round_id AND status = 'OPEN' FOR KEY SHARE;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'The round takes no applications'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_submitted_in_time';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="matched_as_called",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="SUBMITTED"),
                func="""
                    IF (NEW.own_amount + NEW.partner_amount) * 100 < NEW.asked * (
                        SELECT matching_percent FROM projects_grantround WHERE id = NEW.round_id
                    ) THEN
                        RAISE EXCEPTION 'The matching share of the call is missing'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_matched_as_called';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="scored_when_all_are_in",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("score", "status"),
                condition=pgtrigger.Q(new__score__isnull=False) & pgtrigger.Q(old__score__isnull=True),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_scoresheet WHERE application_id = NEW.id AND status = 'OPEN'
                    ) OR (
                        SELECT count(*) FROM projects_scoresheet WHERE application_id = NEW.id AND status = 'SUBMITTED'
                    ) < (SELECT least_experts FROM projects_grantround WHERE id = NEW.round_id) THEN
                        RAISE EXCEPTION 'Not every score is in'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_scored_when_all_are_in';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # The review board: applications of a round by state, newest first.
            models.Index(fields=["round", "status", "-id"], name="grantapplication_board"),
            # By rank, for the board and the results.
            models.Index(fields=["round", "lane", "rank", "id"], name="grantapplication_ranks"),
            # Those of an organization, newest first.
            models.Index(fields=["organization", "-id"], name="grantapplication_own"),
            # What the clock lets lapse.
            models.Index(
                fields=["correct_by"], condition=models.Q(status="RETURNED"), name="grantapplication_correcting"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ApplicationStatus.values), name="grantapplication_status_is_known"
            ),
            models.UniqueConstraint(
                fields=["round", "credit_code"],
                condition=models.Q(status__in=IN_THE_RUNNING),
                name="grantapplication_one_a_body",
            ),
            models.UniqueConstraint(
                fields=["round", "organization"],
                condition=models.Q(status__in=IN_THE_RUNNING),
                name="grantapplication_one_an_organization",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "WITHDRAWN"])
                | (
                    models.Q(submitted_at__isnull=False, division__isnull=False, asked__gt=0)
                    & ~models.Q(credit_code="")
                    & models.Q(ends_on__gt=models.F("starts_on"))
                ),
                name="grantapplication_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=models.Q(own_amount__gte=0, partner_amount__gte=0)
                & (models.Q(partner_amount=0) | ~models.Q(partner="")),
                name="grantapplication_partner_is_named",
            ),
            models.CheckConstraint(
                condition=models.Q(granted=None) | models.Q(granted__lte=models.F("asked")),
                name="grantapplication_budget_only_falls",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["QUALIFIED", "SCORED", "PROPOSED", "AWARDED"])
                | models.Q(consented_at__isnull=False, vetted_at__isnull=False),
                name="grantapplication_admitted_with_consent",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["SCORED", "PROPOSED", "AWARDED"])
                | models.Q(score__isnull=False, counted__isnull=False, rank__isnull=False),
                name="grantapplication_scored_has_a_score",
            ),
            models.CheckConstraint(
                condition=models.Q(vetted_by=None) | ~models.Q(vetted_by=models.F("submitted_by")),
                name="grantapplication_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The application's page, for the applicant and the staff."""
        return reverse("projects:grant-application-detail", kwargs={"pk": self.pk})

    @property
    def matched(self) -> Decimal:
        """What the organization and its partner pay beside the grant."""
        return Decimal(self.own_amount + self.partner_amount)

    @property
    def left_out(self) -> int:
        """How many of its scores are left out of the mean at each end."""
        return left_out(self.counted or 0, trim=self.round.trim, least=self.round.least_experts)

    @property
    def in_the_mean(self) -> int:
        """On how many scores its mean rests."""
        return (self.counted or 0) - 2 * self.left_out

    @property
    def is_writable(self) -> bool:
        """Whether the applicant may write in it."""
        return self.status in WRITABLE


class GrantBudgetLine(models.Model):
    """A line of an application's budget: what is asked for, and what is left of it after optimisation (never more)."""

    application = models.ForeignKey(
        GrantApplication, on_delete=models.PROTECT, related_name="lines", verbose_name=_("grant application")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(pgettext_lazy("budget line", "kind"), max_length=15, choices=LineKind)
    title = models.CharField(_("what for"), max_length=100)
    asked = YuanField(_("asked for"))
    granted = YuanField(_("after optimisation"), editable=False)

    class Meta:
        verbose_name = _("line of a grant's budget")
        verbose_name_plural = _("lines of grants' budgets")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_when_submitted",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("application_id", "number", "kind", "title", "asked")
                | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_grantapplication
                        WHERE id IN (OLD.application_id, NEW.application_id) AND status NOT IN ('DRAFT', 'RETURNED')
                    ) THEN
                        RAISE EXCEPTION 'The application has been submitted'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantbudgetline_fixed_when_submitted';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
            pgtrigger.Trigger(
                name="only_falls",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("granted"),
                func="""
                    IF NEW.granted > OLD.granted OR NOT EXISTS (
                        SELECT 1 FROM projects_grantapplication WHERE id = NEW.application_id AND status = 'SCORED'
                    ) THEN
                        RAISE EXCEPTION 'A budget only falls, after it was scored and before it is proposed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantbudgetline_only_falls';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "number"], name="grantbudgetline_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(kind__in=LineKind.values, asked__gt=0, granted__lte=models.F("asked")),
                name="grantbudgetline_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.application.round.division
