"""Community enterprises and what they declare to have earned."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Attachment
from communities.people.queries import present_day, within
from communities.policy.models import PolicyDocument
from communities.territory.models import Division, Versioned, inside
from funds.enterprises.lifecycle import DECLARATION, ENTERPRISE, DeclarationStatus, EnterpriseStatus
from funds.enterprises.policy import PERIOD_MONTHS
from governance import lifecycle
from governance.calendar.days import valid_on
from governance.money import YuanField
from socialorgs.register.policy import CODE_PATTERN

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User


class LegalForm(models.TextChoices):
    """What an enterprise is in law (Basis: report S0)."""

    WHOLLY_OWNED_COMPANY = "WHOLLY_OWNED_COMPANY", _("company wholly owned by the residents' committee")
    CONTROLLED_COMPANY = "CONTROLLED_COMPANY", _("company controlled by the residents' committee")
    VILLAGE_COLLECTIVE = "VILLAGE_COLLECTIVE", _("village collective economic organization")
    SOCIAL_SERVICE_AGENCY = "SOCIAL_SERVICE_AGENCY", _("social service agency (may not distribute profit)")
    COMMITTEE_LETTING = "COMMITTEE_LETTING", _("letting of assets by the committee itself")


COMPANIES = (LegalForm.WHOLLY_OWNED_COMPANY, LegalForm.CONTROLLED_COMPANY)
"""Forms with a registered capital, and with a duty to form the statutory reserve (Basis: Company Law art. 210)."""


def own(user: User) -> QuerySet[EnterpriseAppointment, Any]:
    """Return the enterprises for which this user is appointed today, as a subquery."""
    return EnterpriseAppointment.objects.held_on(present_day()).filter(user_id=user.pk).values("enterprise")


class EnterpriseQuerySet(models.QuerySet["CommunityEnterprise"]):
    """Reads over enterprises."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Enterprises that this person may see: everybody those that exist, staff and its own people also planned."""
        public = ~models.Q(status=EnterpriseStatus.PLANNED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user) | models.Q(pk__in=own(user)))

    def in_division(self, division: Division) -> Self:
        """Enterprises of a place and all places below it."""
        return self.filter(inside(division))

    def run_by(self, user: User) -> Self:
        """Enterprises for which this person is accountant or head today."""
        return self.filter(pk__in=own(user))

    def for_list(self) -> Self:
        """Rows with what lists show, by place and name."""
        return self.select_related("division__parent").order_by("division__path", "name", "pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("division__parent", "founding_document")


@pghistory.track()
class CommunityEnterprise(Versioned, models.Model):
    """A body run at the initiative of a community that gives back part of its gain (社区企业).

    Status moved by `governance.lifecycle`. `reserve` is the statutory reserve at the last audited year end, kept by
    `funds.reinvestment`.
    """

    name = models.CharField(_("name"), max_length=120)
    credit_code = models.CharField(_("credit code"), max_length=18, unique=True, null=True, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=30, choices=LegalForm)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="enterprises", verbose_name=_("community")
    )
    business_lines = models.CharField(_("business lines"), max_length=200)
    registered_capital = YuanField(_("registered capital"), default=0)
    paid_capital = YuanField(_("paid-in capital"), default=0, db_default=0)
    charter_clause = models.TextField(_("charter clause on giving back"), blank=True)
    charter_share = models.DecimalField(
        _("share that the charter gives back"),
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("As a part of 1, such as 0.6."),
    )
    founded_on = models.DateField(_("founded on"))
    founding_document = models.ForeignKey(
        PolicyDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decision on the founding"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=EnterpriseStatus, default=EnterpriseStatus.PLANNED, editable=False
    )
    registered_at = models.DateTimeField(_("registered at"), null=True, blank=True, editable=False)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = _("community enterprise")
        verbose_name_plural = _("community enterprises")
        triggers: ClassVar = [lifecycle.trigger(ENTERPRISE)]
        indexes: ClassVar = [models.Index(fields=["division", "id"], name="communityenterprise_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=EnterpriseStatus.values), name="communityenterprise_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(legal_form=LegalForm.COMMITTEE_LETTING) | models.Q(credit_code__isnull=False),
                name="communityenterprise_has_a_code",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_code=None) | models.Q(credit_code__regex=CODE_PATTERN),
                name="communityenterprise_code_is_well_formed",
            ),
            models.CheckConstraint(
                condition=models.Q(legal_form__in=LegalForm.values), name="communityenterprise_form_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(charter_share=None) | models.Q(charter_share__gte=0, charter_share__lte=1),
                name="communityenterprise_charter_share_is_a_part",
            ),
            models.CheckConstraint(
                condition=~models.Q(legal_form=LegalForm.SOCIAL_SERVICE_AGENCY) | models.Q(charter_share=None),
                name="communityenterprise_agency_promises_no_share",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_capital__lte=models.F("registered_capital")),
                name="communityenterprise_paid_in_is_registered",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The enterprise's public page."""
        return reverse("funds:enterprise-detail", kwargs={"pk": self.pk})

    @property
    def charter_percent(self) -> str:
        """The share of the charter in percent, without trailing zeros."""
        return f"{(self.charter_share or 0) * 100:f}".rstrip("0").rstrip(".")

    @property
    def may_distribute(self) -> bool:
        """Whether profit may be given back at all; a social service agency may not distribute any."""
        return self.legal_form != LegalForm.SOCIAL_SERVICE_AGENCY


class EnterpriseRole(models.TextChoices):
    """What a person may do for an enterprise."""

    ACCOUNTANT = "ACCOUNTANT", _("accountant")
    HEAD = "HEAD", _("head")


class EnterpriseAppointmentQuerySet(models.QuerySet["EnterpriseAppointment"]):
    """Reads over appointments."""

    def held_on(self, day: dt.date) -> Self:
        """Appointments that run on this day."""
        return self.filter(valid_on(day))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Appointments that this person may see: staff those of their places, everybody their own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="enterprise__division") | models.Q(user=user))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("enterprise__division", "user")


class EnterpriseAppointment(models.Model):
    """A user's right over one enterprise for a period, half open."""

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("enterprise")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="enterprise_appointments",
        verbose_name=_("user"),
    )
    role = models.CharField(_("role"), max_length=12, choices=EnterpriseRole)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = EnterpriseAppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enterprise appointment")
        verbose_name_plural = _("enterprise appointments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "user", "role"],
                condition=models.Q(valid_to=None),
                name="enterpriseappointment_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=EnterpriseRole.values), name="enterpriseappointment_role_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="enterpriseappointment_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.enterprise}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division


class AuditOccasion(models.TextChoices):
    """Why a declaration is audited (Basis: Organic Law of Villagers' Committees art. 35)."""

    YEARLY = "YEARLY", _("yearly audit")
    TERM_END = "TERM_END", _("audit at the end of the committee's term")


STATEMENTS = ("balance_sheet", "income_statement")
PAPERS = (*STATEMENTS, "audit_report")
"""The files of a declaration: those of the enterprise, and that of the auditor."""


class PeriodKind(models.TextChoices):
    """The length of a declared period. Quarters are provisional, the audited year corrects them."""

    QUARTER = "QUARTER", _("quarter")
    YEAR = "YEAR", _("year")


def whole_periods() -> models.Q:
    """Return the condition that a period is a calendar quarter or year: its kind, first day and first day after."""
    found = models.Q()
    for kind, months in PERIOD_MONTHS.items():
        for month in range(1, 13, months):
            years, following = divmod(month - 1 + months, 12)
            found |= models.Q(
                period_kind=kind,
                starts_on__day=1,
                starts_on__month=month,
                ends_on__day=1,
                ends_on__month=following + 1,
                ends_on__year=models.F("starts_on__year") + years,
            )
    return found


FIGURES = (
    "revenue",
    "rent",
    "cost",
    "tax",
    "net_profit",
    "losses_carried",
    "registered_capital",
    "reserve_before",
)
"""The amounts of a declaration, in the order of the form."""

PUBLIC_STATUSES = (DeclarationStatus.PUBLISHED, DeclarationStatus.LOCKED)
AUDITED_STATUSES = (DeclarationStatus.AUDITED, *PUBLIC_STATUSES)


class DeclarationQuerySet(models.QuerySet["ProfitDeclaration"]):
    """Reads over declarations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Declarations that this person may see.

        Everybody: published years. Staff: all of their places. An enterprise's own people: all of theirs.
        """
        public = models.Q(status__in=PUBLIC_STATUSES, period_kind=PeriodKind.YEAR)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user, division="enterprise__division") | models.Q(enterprise__in=own(user)))

    def in_division(self, division: Division) -> Self:
        """Declarations of a place and all places below it."""
        return self.filter(inside(division, "enterprise__division"))

    def published(self) -> Self:
        """Declarations that stand open to everybody: years whose figures are published."""
        return self.filter(status__in=PUBLIC_STATUSES, period_kind=PeriodKind.YEAR)

    def last_revisions(self) -> Self:
        """Of the rows selected, only the last revision of each period."""
        newest = self.order_by("enterprise", "period_kind", "starts_on", "-revision")
        return self.filter(pk__in=newest.distinct("enterprise", "period_kind", "starts_on").values("pk"))

    def for_list(self) -> Self:
        """Rows with what lists show, the newest period first."""
        return self.select_related("enterprise__division").order_by("-starts_on", "-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("enterprise__division__parent", *PAPERS)


class ProfitDeclaration(models.Model):
    """What an enterprise earned in a period (盈利申报), in yuan (status moved by `governance.lifecycle`).

    Revenue − cost − tax = net profit, to the fen; a loss is a negative net profit. `revision` counts corrections of
    the same period: the first is 1, a corrected declaration is a new row. Submitted, reviewed, checked and audited by
    four different people.
    """

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="declarations", verbose_name=_("enterprise")
    )
    period_kind = models.CharField(_("period"), max_length=10, choices=PeriodKind)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to, exclusive"))
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    revenue = YuanField(_("revenue"))
    rent = YuanField(_("of it rent"), default=0)
    cost = YuanField(_("cost"))
    tax = YuanField(_("tax"))
    net_profit = YuanField(_("net profit"), signed=True)
    losses_carried = YuanField(_("losses of earlier years"), default=0)
    registered_capital = YuanField(_("registered capital"), default=0)
    reserve_before = YuanField(_("statutory reserve before"), default=0)
    note = models.TextField(_("note"), blank=True)
    correction_reason = models.TextField(_("reason of the correction"), blank=True)
    audit_opinion = models.TextField(_("audit opinion"), blank=True)
    audit_occasion = models.CharField(
        _("occasion of the audit"),
        max_length=10,
        choices=AuditOccasion,
        default=AuditOccasion.YEARLY,
        db_default=AuditOccasion.YEARLY,
        editable=False,
    )
    balance_sheet = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("balance sheet"),
    )
    income_statement = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("income statement"),
    )
    audit_report = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("audit report"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=DeclarationStatus, default=DeclarationStatus.DRAFT, editable=False
    )
    declared_at = models.DateTimeField(_("entered at"))
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("declared by")
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("submitted by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("reviewed by"),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("checked by"),
    )
    audited_at = models.DateTimeField(_("audited at"), null=True, blank=True, editable=False)
    audited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("audited by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True, editable=False)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = _("profit declaration")
        verbose_name_plural = _("profit declarations")
        triggers: ClassVar = [lifecycle.trigger(DECLARATION)]
        indexes: ClassVar = [
            # The lists of an enterprise and of the desk, newest first.
            models.Index(fields=["enterprise", "-starts_on", "-revision"], name="profitdeclaration_newest"),
            # What the planner looks for every minute: audited lately.
            models.Index(
                fields=["audited_at", "id"],
                condition=models.Q(status__in=["AUDITED", "PUBLISHED", "LOCKED"]),
                name="profitdeclaration_audited",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "period_kind", "starts_on", "revision"],
                name="profitdeclaration_once_per_revision",
            ),
            models.CheckConstraint(
                condition=models.Q(net_profit=models.F("revenue") - models.F("cost") - models.F("tax")),
                name="profitdeclaration_profit_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(rent__lte=models.F("revenue")), name="profitdeclaration_rent_is_revenue"
            ),
            models.CheckConstraint(
                condition=models.Q(audit_occasion__in=AuditOccasion.values), name="profitdeclaration_occasion_is_known"
            ),
            models.CheckConstraint(condition=whole_periods(), name="profitdeclaration_period_is_whole"),
            models.CheckConstraint(
                condition=models.Q(revision=1, correction_reason="")
                | (models.Q(revision__gt=1) & ~models.Q(correction_reason="")),
                name="profitdeclaration_correction_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeclarationStatus.values), name="profitdeclaration_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("submitted_by")),
                name="profitdeclaration_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None)
                | (~models.Q(checked_by=models.F("submitted_by")) & ~models.Q(checked_by=models.F("reviewed_by"))),
                name="profitdeclaration_checked_by_a_third",
            ),
            models.CheckConstraint(
                condition=models.Q(audited_by=None)
                | (
                    ~models.Q(audited_by=models.F("submitted_by"))
                    & ~models.Q(audited_by=models.F("reviewed_by"))
                    & ~models.Q(audited_by=models.F("checked_by"))
                ),
                name="profitdeclaration_audited_by_a_fourth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.period_name}"

    def get_absolute_url(self) -> str:
        """The declaration's page."""
        return reverse("funds:declaration-detail", kwargs={"pk": self.pk})

    @property
    def period_name(self) -> str:
        """The period in short: 2025 or 2025-Q1, with the revision where it is a correction."""
        quarter = f"-Q{(self.starts_on.month + 2) // 3}" if self.period_kind == PeriodKind.QUARTER else ""
        revision = f" r{self.revision}" if self.revision > 1 else ""
        return f"{self.starts_on.year}{quarter}{revision}"

    @property
    def is_public(self) -> bool:
        """Whether everybody may read the declaration's main figures."""
        return self.status in PUBLIC_STATUSES and self.period_kind == PeriodKind.YEAR

    @property
    def version(self) -> str:
        """What changes with every edit and every move: a short hash over figures, note and status."""
        values = [*(f"{getattr(self, name):.2f}" for name in FIGURES), self.note, self.status]
        return hashlib.sha256("\x1f".join(values).encode()).hexdigest()[:32]

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division
