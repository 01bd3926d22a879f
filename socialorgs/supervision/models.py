"""Reports of a year, orders to mend, repairs of listings, and what a change of standing means for running work."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from governance.money import YuanField
from socialorgs.register.deciding import Decided
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization
from socialorgs.supervision.lifecycle import (
    RECTIFICATION,
    REPAIR,
    YEAR_REPORT,
    RectificationStatus,
    RepairStatus,
    ReportStatus,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class OfABodyQuerySet(models.QuerySet[Row_co]):
    """Reads over rows of one body: for the staff of its place and for who acts for it, never public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows of the places that this person works in, and of the bodies for which they act."""
        if not user.is_authenticated:
            return self.none()
        own = models.Q(organization__in=OrganizationAppointment.objects.bodies_of(user))
        return self.filter(within(user, division="organization__division") | own)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division__parent").order_by("-pk")


class OfABody(models.Model):
    """A row about one body, which belongs to the body's place."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("organization")
    )

    class Meta:
        abstract = True

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division


class Reminded(models.Model):
    """Something that a body owes by a day; how often it was reminded since, and when last."""

    due_on = models.DateField(_("by"), null=True, blank=True, editable=False)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0, editable=False)
    reminded_on = models.DateField(_("last reminded on"), null=True, blank=True, editable=False)
    listing = models.ForeignKey(
        CreditListing,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("credit listing"),
    )

    class Meta:
        abstract = True


class YearReportQuerySet(OfABodyQuerySet["YearReport"]):
    """Reads over reports of a year."""


class YearReport(OfABody, Reminded, Decided):
    """What a registered body reports of a year for its inspection (年度工作报告; status by the lifecycle).

    Opened by the clock, submitted by the body, passed on by the street with a first opinion, concluded by the
    registrar's side, by three people. The conclusion itself is the register's `AnnualInspection`.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    status = models.CharField(
        _("status"), max_length=10, choices=ReportStatus, default=ReportStatus.DUE, editable=False
    )
    opened_at = models.DateTimeField(_("asked for at"), editable=False)
    members_count = models.PositiveIntegerField(pgettext_lazy("organization", "members"), null=True, blank=True)
    staff_count = models.PositiveIntegerField(_("paid staff"), null=True, blank=True)
    income = YuanField(_("income of the year"), null=True, blank=True)
    expenses = YuanField(_("expenses of the year"), null=True, blank=True)
    meetings = models.PositiveSmallIntegerField(_("meetings held under the charter"), null=True, blank=True)
    has_party_organization = models.BooleanField(_("has a party organization or is covered by one"), default=False)
    keeps_charter = models.BooleanField(_("acted within its charter"), default=False)
    activities = models.TextField(_("what it did"), blank=True)
    changes = models.TextField(_("changes of charter, head, place or name"), blank=True)
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
    opinion = models.TextField(_("first opinion"), blank=True, editable=False)
    forwarded_at = models.DateTimeField(_("passed on at"), null=True, blank=True, editable=False)
    forwarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("passed on by"),
    )
    inspection = models.OneToOneField(
        AnnualInspection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="report",
        editable=False,
        verbose_name=_("annual inspection"),
    )

    objects = YearReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a year")
        verbose_name_plural = _("reports of a year")
        triggers: ClassVar = [
            lifecycle.trigger(YEAR_REPORT),
            lifecycle.columns_stay("whose_it_is_stays", ("organization_id", "year")),
        ]
        indexes: ClassVar = [
            # The clock: what is late. The board: how far a year is.
            models.Index(fields=["status", "due_on"], name="yearreport_late"),
            models.Index(fields=["year", "status"], name="yearreport_board"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ReportStatus.values), name="yearreport_status_is_known"
            ),
            models.UniqueConstraint(fields=["organization", "year"], name="yearreport_one_a_year"),
            models.CheckConstraint(
                condition=models.Q(status="CONCLUDED", inspection__isnull=False)
                | (~models.Q(status="CONCLUDED") & models.Q(inspection=None)),
                name="yearreport_concluded_with_an_inspection",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["SUBMITTED", "FORWARDED", "CONCLUDED"])
                | (
                    models.Q(submitted_by__isnull=False, meetings__isnull=False, income__gte=0, expenses__gte=0)
                    & ~models.Q(activities="")
                ),
                name="yearreport_submitted_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="LISTED") | models.Q(listing__isnull=False),
                name="yearreport_listed_by_a_listing",
            ),
            models.CheckConstraint(
                condition=(models.Q(forwarded_by=None) | ~models.Q(forwarded_by=models.F("submitted_by")))
                & (models.Q(decided_by=None) | ~models.Q(decided_by=models.F("submitted_by")))
                & (models.Q(decided_by=None) | ~models.Q(decided_by=models.F("forwarded_by"))),
                name="yearreport_in_three_hands",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.year}"

    def get_absolute_url(self) -> str:
        """The report's page, for the body and for staff."""
        return reverse("socialorgs:year-report-detail", kwargs={"pk": self.pk})


class RectificationQuerySet(OfABodyQuerySet["RectificationOrder"]):
    """Reads over orders."""


class RectificationOrder(OfABody, Reminded, Decided):
    """What a body has to mend, and by when (责令整改通知书; status by the lifecycle).

    Drafted by one, issued by another under a number; the body reports, somebody else than who reports accepts it.
    """

    inspection = models.ForeignKey(
        AnnualInspection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rectifications",
        editable=False,
        verbose_name=_("annual inspection"),
    )
    findings = models.TextField(pgettext_lazy("supervision", "what was found"))
    demands = models.TextField(_("what is to be mended"))
    days = models.PositiveSmallIntegerField(_("days for it"))
    status = models.CharField(
        _("status"), max_length=10, choices=RectificationStatus, default=RectificationStatus.DRAFTED, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    number = models.CharField(_("number"), max_length=60, null=True, blank=True, unique=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("issued by"),
    )
    report = models.TextField(_("what was mended"), blank=True, editable=False)
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True, editable=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("reported by"),
    )

    objects = RectificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("rectification order")
        verbose_name_plural = _("rectification orders")
        triggers: ClassVar = [
            lifecycle.trigger(RECTIFICATION),
            lifecycle.columns_stay(
                "issued_stays",
                ("organization_id", "findings", "demands", "days", "number", "issued_by_id"),
                once="OLD.number IS NOT NULL",
            ),
        ]
        indexes: ClassVar = [
            # The clock: what is late.
            models.Index(fields=["status", "due_on"], name="rectificationorder_late"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=RectificationStatus.values), name="rectificationorder_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFTED", "DROPPED"], number=None)
                | (
                    ~models.Q(status__in=["DRAFTED", "DROPPED"])
                    & models.Q(number__isnull=False, due_on__isnull=False, issued_by__isnull=False)
                ),
                name="rectificationorder_issued_with_a_number",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["REPORTED", "ACCEPTED"]) | ~models.Q(report=""),
                name="rectificationorder_reported_in_words",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="LISTED") | models.Q(listing__isnull=False),
                name="rectificationorder_listed_by_a_listing",
            ),
            models.CheckConstraint(
                condition=(models.Q(issued_by=None) | ~models.Q(issued_by=models.F("drafted_by")))
                & (models.Q(decided_by=None) | ~models.Q(decided_by=models.F("reported_by"))),
                name="rectificationorder_in_two_hands",
            ),
            models.CheckConstraint(condition=models.Q(days__gte=1), name="rectificationorder_leaves_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.number or ''}".strip()

    def get_absolute_url(self) -> str:
        """The order's page, for the body and for staff."""
        return reverse("socialorgs:rectification-detail", kwargs={"pk": self.pk})


class RepairQuerySet(OfABodyQuerySet["CreditRepair"]):
    """Reads over repairs."""


class CreditRepair(OfABody, Decided):
    """A body asks that a listing be lifted (信用修复; status by the lifecycle)."""

    listing = models.ForeignKey(
        CreditListing, on_delete=models.PROTECT, related_name="repairs", verbose_name=_("credit listing")
    )
    mended = models.TextField(_("what was mended"), blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=RepairStatus, default=RepairStatus.APPLIED, editable=False
    )
    applied_at = models.DateTimeField(_("applied at"), editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("applied by"),
    )

    objects = RepairQuerySet.as_manager()

    class Meta:
        verbose_name = _("repair of a listing")
        verbose_name_plural = _("repairs of listings")
        triggers: ClassVar = [lifecycle.trigger(REPAIR)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=RepairStatus.values), name="creditrepair_status_is_known"
            ),
            models.UniqueConstraint(
                fields=["listing"], condition=models.Q(status="APPLIED"), name="creditrepair_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("applied_by")),
                name="creditrepair_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return str(self.listing)

    def get_absolute_url(self) -> str:
        """The repair's page, for the body and for staff."""
        return reverse("socialorgs:repair-detail", kwargs={"pk": self.pk})


class AlertCause(models.TextChoices):
    """What happened to a body that has running work."""

    LISTED = "LISTED", _("put on a credit list")
    BANNED = "BANNED", _("barred from taking part")
    FAILED = "FAILED", _("failed an inspection")
    ENDED = "ENDED", _("deregistered or revoked")


class AlertQuerySet(OfABodyQuerySet["StandingAlert"]):
    """Reads over alerts, which belong to the place of the work and not to that of the body."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Alerts of the places that this person works in."""
        return self.filter(within(user)) if user.is_authenticated else self.none()

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization", "division").order_by("-pk")


class StandingAlert(models.Model):
    """A body's standing has changed while it works for a place: told to the place, until somebody has looked at it.

    Made by the floors above from events of this one; `subject_label` and `subject_key` name their row.
    """

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="alerts", verbose_name=_("organization")
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    cause = models.CharField(_("cause"), max_length=10, choices=AlertCause)
    cause_key = models.CharField(_("event"), max_length=40, editable=False)
    said = models.TextField(_("what happened"))
    subject_label = models.CharField(_("kind of work"), max_length=60)
    subject_key = models.CharField(_("key"), max_length=40)
    subject = models.CharField(_("work that is affected"), max_length=200)
    address = models.CharField(_("page"), max_length=200)
    raised_at = models.DateTimeField(_("raised at"), editable=False)
    noted_at = models.DateTimeField(_("looked at"), null=True, blank=True, editable=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("looked at by"),
    )
    measures = models.TextField(_("what is done about it"), blank=True, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert on running work")
        verbose_name_plural = _("alerts on running work")
        triggers: ClassVar = [
            lifecycle.columns_stay(
                "noted_once", ("noted_at", "noted_by_id", "measures", "said"), once="OLD.noted_at IS NOT NULL"
            ),
        ]
        indexes: ClassVar = [
            # What stands on the page of the work.
            models.Index(fields=["subject_label", "subject_key"], name="standingalert_subject"),
            # What nobody has looked at in a place.
            models.Index(fields=["division"], condition=models.Q(noted_at=None), name="standingalert_open"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(cause__in=AlertCause.values), name="standingalert_cause_is_known"
            ),
            models.UniqueConstraint(
                fields=["cause_key", "subject_label", "subject_key"], name="standingalert_told_once"
            ),
            models.CheckConstraint(
                condition=models.Q(noted_at=None, noted_by=None)
                | (models.Q(noted_at__isnull=False, noted_by__isnull=False) & ~models.Q(measures="")),
                name="standingalert_noted_with_measures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.subject}"

    def get_absolute_url(self) -> str:
        """The page of the work."""
        return self.address
