"""Named programmes, and rounds of grants with their form, scoring table, rules and money."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import PublicNotice
from communities.people.queries import within
from communities.territory.models import Division, inside
from funds.charity.models import CommunityFund
from funds.support.models import FundingSource
from governance import lifecycle
from governance.money import YuanField
from projects.grants.lifecycle import GRANT_ROUND, GrantRoundStatus
from projects.grants.policy import (
    MOST_MATCHING,
    Criterion,
    Question,
    RoundKind,
    SourceKind,
    read_criteria,
    read_questions,
)
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

AWARDED = (
    GrantRoundStatus.CONTRACTING,
    GrantRoundStatus.RUNNING,
    GrantRoundStatus.CLOSING,
    GrantRoundStatus.ARCHIVED,
)
"""States of a round whose grants are awarded."""

RESULTS = (GrantRoundStatus.PUBLICISED, *AWARDED)
"""States in which everybody reads the results."""


def person(label: StrOrPromise, *, null: bool = True) -> models.ForeignKey[User | None, User | None]:
    """Return the column of somebody who did something."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=null,
        blank=null,
        editable=False,
        verbose_name=label,
    )


def moment(label: StrOrPromise) -> models.DateTimeField[dt.datetime | None, dt.datetime | None]:
    """Return the column of when something was done."""
    return models.DateTimeField(label, null=True, blank=True, editable=False)


class Programme(models.Model):
    """A named programme under which rounds are called (近邻计划, 家园计划; report S1)."""

    name = models.CharField(_("name"), max_length=60)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    purpose = models.TextField(pgettext_lazy("programme", "what it is for"))
    started_on = models.DateField(_("since"))
    ended_on = models.DateField(_("until"), null=True, blank=True, editable=False)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = person(_("entered by"), null=False)

    class Meta:
        verbose_name = pgettext_lazy("grants", "programme")
        verbose_name_plural = pgettext_lazy("grants", "programmes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["division", "name"], name="programme_name_is_unique"),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("started_on")),
                name="programme_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GrantRoundQuerySet(models.QuerySet["GrantRound"]):
    """Reads over rounds."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rounds that were called, to everybody; drafts to those who work in the place."""
        public = models.Q(published_at__isnull=False)
        return self.filter(public | within(user)) if user.is_authenticated else self.filter(public)

    def in_division(self, division: Division) -> Self:
        """Rounds of a place and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "programme").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows; two queries."""
        return self.select_related("division", "programme", "call", "publicity").prefetch_related(
            models.Prefetch("fundings", RoundFunding.objects.select_related("fund", "foundation"))
        )


class GrantRound(models.Model):
    """A round of grants (公益创投、微公益创投 轮次; status moved by `governance.lifecycle`).

    `filed_lanes` are classes in which filed groups compete among themselves, the others are for registered organizations
    then (登记、备案分组); with none of them both compete together.
    What it asks and how it judges (`questions`, `criteria`, `trim`, `least_experts`, `recusal_months`, `instalments`,
    `correction_days`, `publicity_days`) is taken from the rules when it is drawn up and fixed once the call is published. `settled_at` is when every score was in
    and the results became readable; before, no mean, rank or total of scores is shown to anybody.
    """

    kind = models.CharField(pgettext_lazy("grant round", "kind"), max_length=10, choices=RoundKind)
    title = models.CharField(_("title"), max_length=100)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="grant_rounds", verbose_name=_("who calls")
    )
    programme = models.ForeignKey(
        Programme,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rounds",
        verbose_name=pgettext_lazy("grants", "programme"),
    )
    edition = models.PositiveSmallIntegerField(pgettext_lazy("grant round", "edition"), default=1)
    guide = models.TextField(_("guide for applicants"))
    lanes = models.JSONField(_("classes of projects"), default=list)
    filed_lanes = models.JSONField(_("of them for filed groups alone"), default=list, blank=True)
    questions = models.JSONField(_("questions of the form"), default=list, blank=True)
    criteria = models.JSONField(_("scoring table"), default=list)
    takes_filed = models.BooleanField(_("filed groups may apply"), default=False)
    has_defence = models.BooleanField(_("applicants present their project before it is scored"), default=False)
    cap = YuanField(_("at most for one project"))
    places = models.PositiveSmallIntegerField(_("at most so many projects"), null=True, blank=True)
    matching_percent = models.PositiveSmallIntegerField(
        _("matching share: percent of the grant that the applicant and partners pay beside it at least"), default=0
    )
    pass_score = models.PositiveSmallIntegerField(_("score from which a project can be proposed"), default=60)
    least_experts = models.PositiveSmallIntegerField(_("experts for each application"), editable=False)
    trim = models.PositiveSmallIntegerField(_("extremes left out at each end"), editable=False)
    recusal_months = models.PositiveSmallIntegerField(_("months for which a past tie counts"), editable=False)
    correction_days = models.PositiveSmallIntegerField(_("working days for the correction"), editable=False)
    publicity_days = models.PositiveSmallIntegerField(_("working days of publicity"), editable=False)
    instalments = models.JSONField(_("instalments in percent"), default=list, editable=False)
    opens_on = models.DateField(_("applications from"))
    closes_on = models.DateField(_("applications until"))
    contact = models.CharField(_("contact"), max_length=200)
    call = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="grant_call",
        verbose_name=_("call"),
    )
    publicity = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="grant_publicity",
        verbose_name=_("publicity"),
    )
    status = models.CharField(
        _("status"), max_length=15, choices=GrantRoundStatus, default=GrantRoundStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = person(_("drafted by"), null=False)
    published_at = moment(_("published at"))
    published_by = person(_("published by"))
    opened_at = moment(_("opened at"))
    closed_at = moment(pgettext_lazy("ballot", "closed at"))
    review_begun_at = moment(_("review begun at"))
    settled_at = moment(_("scores settled at"))
    publicised_at = moment(_("publicised at"))
    publicised_by = person(_("publicised by"))
    awarded_at = moment(_("awarded at"))
    awarded_by = person(_("awarded by"))
    running_at = moment(_("contracts signed at"))
    closing_at = moment(_("final reviews begun at"))
    archived_at = moment(_("archived at"))

    objects = GrantRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant round")
        verbose_name_plural = _("grant rounds")
        triggers: ClassVar = [
            lifecycle.trigger(GRANT_ROUND),
            pgtrigger.Protect(name="rounds_stay", operation=pgtrigger.Delete),
            lifecycle.columns_stay(
                "called_rules_stay",
                (
                    "kind",
                    "title",
                    "division_id",
                    "programme_id",
                    "edition",
                    "guide",
                    "lanes",
                    "filed_lanes",
                    "questions",
                    "criteria",
                    "takes_filed",
                    "has_defence",
                    "cap",
                    "places",
                    "matching_percent",
                    "pass_score",
                    "least_experts",
                    "trim",
                    "recusal_months",
                    "correction_days",
                    "publicity_days",
                    "instalments",
                    "opens_on",
                    "closes_on",
                ),
                once="OLD.status <> 'DRAFT'",
            ),
            lifecycle.columns_stay("settled_once", ("settled_at",), once="OLD.settled_at IS NOT NULL"),
            pgtrigger.Trigger(
                name="settled_when_all_are_in",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("settled_at"),
                condition=pgtrigger.Q(new__settled_at__isnull=False),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM projects_scoresheet sheet
                        JOIN projects_grantapplication application ON application.id = sheet.application_id
                        WHERE application.round_id = NEW.id AND sheet.status = 'OPEN'
                            AND application.status = 'QUALIFIED'
                    ) THEN
                        RAISE EXCEPTION 'A score is still missing'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantround_settled_when_all_are_in';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # Rounds of a place, newest first.
            models.Index(fields=["division", "-id"], name="grantround_place"),
            # What the clock opens and closes.
            models.Index(
                fields=["status", "closes_on"],
                condition=models.Q(status__in=["PUBLISHED", "OPEN"]),
                name="grantround_clock",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=GrantRoundStatus.values, kind__in=RoundKind.values),
                name="grantround_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_on__gt=models.F("opens_on")), name="grantround_runs_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(cap__gt=0, pass_score__lte=100, least_experts__gte=1),
                name="grantround_figures_fit",
            ),
            models.CheckConstraint(
                condition=models.Q(matching_percent__lte=MOST_MATCHING), name="grantround_matching_fits"
            ),
            models.CheckConstraint(
                condition=models.Q(published_by=None) | ~models.Q(published_by=models.F("drafted_by")),
                name="grantround_published_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(awarded_by=None) | ~models.Q(awarded_by=models.F("publicised_by")),
                name="grantround_awarded_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(status="DRAFT") | models.Q(status="CANCELLED") | models.Q(call__isnull=False),
                name="grantround_called_by_a_notice",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The round's public page."""
        return reverse("projects:grant-round-detail", kwargs={"pk": self.pk})

    @property
    def takes_applications(self) -> bool:
        """Whether applications can be submitted."""
        return self.status == GrantRoundStatus.OPEN

    @property
    def has_results(self) -> bool:
        """Whether everybody reads what is proposed or awarded."""
        return self.status in RESULTS

    @property
    def is_awarded(self) -> bool:
        """Whether the grants are awarded."""
        return self.status in AWARDED

    def lanes_of(self, *, is_filed: bool) -> list[str]:
        """The classes in which a filed group, or a registered organization, competes."""
        if not self.filed_lanes:
            return list(self.lanes)
        return [lane for lane in self.lanes if (lane in self.filed_lanes) is is_filed]

    @property
    def open_lanes(self) -> list[str]:
        """The classes that are not for filed groups alone."""
        return self.lanes_of(is_filed=False)

    @property
    def table(self) -> list[Criterion]:
        """The scoring table."""
        return read_criteria(self.criteria)

    @property
    def form(self) -> list[Question]:
        """The questions of the application form."""
        return read_questions(self.questions)

    @property
    def percents(self) -> str:
        """The instalments in words."""
        return " + ".join(f"{part} %" for part in self.instalments)


class RoundFunding(models.Model):
    """Money of a round: a budget line, a community fund or a foundation; one project may draw on several."""

    round = models.ForeignKey(
        GrantRound, on_delete=models.PROTECT, related_name="fundings", verbose_name=_("grant round")
    )
    kind = models.CharField(pgettext_lazy("funding", "kind"), max_length=15, choices=SourceKind)
    budget_line = models.CharField(_("budget line"), max_length=20, choices=FundingSource, blank=True)
    fund = models.ForeignKey(
        CommunityFund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grant_fundings",
        verbose_name=_("fund"),
    )
    foundation = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grant_fundings",
        verbose_name=_("foundation"),
    )
    amount = YuanField(_("amount"))

    class Meta:
        verbose_name = _("money of a grant round")
        verbose_name_plural = _("money of grant rounds")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="fixed_with_the_call",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    PERFORM 1 FROM projects_grantround
                    WHERE id IN (OLD.round_id, NEW.round_id) AND status <> 'DRAFT' FOR KEY SHARE;
                    IF FOUND THEN
                        RAISE EXCEPTION 'The call has been published'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'roundfunding_fixed_with_the_call';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="BUDGET_LINE", fund=None, foundation=None, budget_line__in=FundingSource.values)
                | models.Q(kind="FUND", fund__isnull=False, foundation=None, budget_line="")
                | models.Q(kind="FOUNDATION", fund=None, foundation__isnull=False, budget_line=""),
                name="roundfunding_names_one_source",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="roundfunding_is_money"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the source is called."""
        if self.fund is not None:
            return str(self.fund)
        return str(self.foundation) if self.foundation is not None else str(self.get_budget_line_display())

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.round.division
