"""Volunteers' activities, their hours, and the points that they earn in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import present_day, within
from communities.territory.models import Division, inside
from funds.ledger.models import Journal
from governance import lifecycle
from projects.contracts.models import Contract
from projects.volunteering.lifecycle import ACTIVITY, SERVICE_HOUR, ActivityStatus, HourStatus
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class TimeRange(models.Func):
    """The half-open range of two moments; without an end it reaches on."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _own(user: User) -> models.QuerySet[OrganizationAppointment, Any]:
    """Return the organizations for which a user acts today, as a subquery."""
    return OrganizationAppointment.objects.held_on(present_day()).filter(user_id=user.pk).values("organization")


class ActivityQuerySet(models.QuerySet["VolunteerActivity"]):
    """Reads over activities."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Activities that are open or over are public, others are seen by the staff of the place and the organizer."""
        public = models.Q(status__in=[ActivityStatus.OPEN, ActivityStatus.ENDED])
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user) | models.Q(organization__in=_own(user)))

    def in_division(self, division: Division) -> Self:
        """Activities of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "organization", "contract").order_by("-pk")


class VolunteerActivity(models.Model):
    """An activity to which volunteers sign in and out (志愿服务活动; status moved by `governance.lifecycle`).

    `code` is the secret that the QR code at the place carries.
    """

    title = models.CharField(_("title"), max_length=120)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="activities", verbose_name=_("division")
    )
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="activities", verbose_name=_("contract")
    )
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("organizer"),
    )
    place = models.CharField(_("place"), max_length=200)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    places = models.PositiveSmallIntegerField(_("places"))
    risk_notice = models.TextField(_("risks that volunteers are told of"), blank=True)
    is_risky = models.BooleanField(_("risky"), default=False)
    is_insured = models.BooleanField(_("volunteers are insured"), default=False)
    code = models.CharField(_("sign-in code"), max_length=40, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=ActivityStatus, default=ActivityStatus.PLANNED, editable=False
    )
    planned_at = models.DateTimeField(_("planned at"), editable=False)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("activity", "planned by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer activity")
        verbose_name_plural = _("volunteer activities")
        triggers: ClassVar = [lifecycle.trigger(ACTIVITY)]
        indexes: ClassVar = [
            # Activities of a place, newest first.
            models.Index(fields=["division", "-id"], name="volunteeractivity_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ActivityStatus.values), name="volunteeractivity_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="volunteeractivity_runs_forward"
            ),
            # Insurance before risky activity (Basis: Regulations on Volunteer Service art. 17).
            models.CheckConstraint(
                condition=~models.Q(status__in=["OPEN", "ENDED"])
                | models.Q(is_risky=False)
                | models.Q(is_insured=True),
                name="volunteeractivity_risk_is_insured",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The activity's public page."""
        return reverse("projects:activity-detail", kwargs={"pk": self.pk})


class HourSource(models.TextChoices):
    """How a record of service came."""

    QR = "QR", _("QR code")
    SHEET = "SHEET", _("attendance sheet")
    API = "API", _("partner system")


class ServiceHourQuerySet(models.QuerySet["ServiceHour"]):
    """Reads over records of service."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, those of places one works in, and those of activities that one's organization organizes."""
        if not user.is_authenticated:
            return self.none()
        organized = models.Q(activity__organization__in=_own(user))
        return self.filter(models.Q(volunteer=user) | within(user, division="activity__division") | organized)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("activity__division", "volunteer").order_by("-pk")


class ServiceHour(models.Model):
    """One volunteer's service in one activity (服务时长; status moved by `governance.lifecycle`), in whole minutes."""

    activity = models.ForeignKey(
        VolunteerActivity, on_delete=models.PROTECT, related_name="hours", verbose_name=_("activity")
    )
    volunteer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="service_hours", verbose_name=_("volunteer")
    )
    source = models.CharField(_("recorded through"), max_length=10, choices=HourSource)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    signed_in_at = models.DateTimeField(_("signed in at"))
    signed_out_at = models.DateTimeField(_("signed out at"), null=True, blank=True)
    is_end_planned = models.BooleanField(_("end taken from the plan"), default=False)
    minutes = models.PositiveSmallIntegerField(pgettext_lazy("unit", "minutes"), default=0)
    points = models.PositiveSmallIntegerField(_("points"), default=0)
    status = models.CharField(
        _("status"), max_length=20, choices=HourStatus, default=HourStatus.SIGNED_IN, editable=False
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("verified by"),
    )
    credited_at = models.DateTimeField(_("credited at"), null=True, blank=True, editable=False)
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="service_hour",
        verbose_name=_("journal"),
    )

    objects = ServiceHourQuerySet.as_manager()

    class Meta:
        verbose_name = _("record of service")
        verbose_name_plural = _("records of service")
        triggers: ClassVar = [lifecycle.trigger(SERVICE_HOUR)]
        indexes: ClassVar = [
            # A volunteer's passport, newest first.
            models.Index(fields=["volunteer", "-id"], name="servicehour_volunteer"),
            # What the clock credits.
            models.Index(fields=["id"], condition=models.Q(status="VERIFIED"), name="servicehour_verified"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["activity", "volunteer"], name="servicehour_once_each"),
            models.UniqueConstraint(
                fields=["volunteer"], condition=models.Q(status="SIGNED_IN"), name="servicehour_one_place_at_a_time"
            ),
            # Nobody serves in two places at once; a record without an end reaches on.
            ExclusionConstraint(
                name="servicehour_overlaps_no_other",
                expressions=[
                    ("volunteer", RangeOperators.EQUAL),
                    (TimeRange("signed_in_at", "signed_out_at"), RangeOperators.OVERLAPS),
                ],
                condition=~models.Q(status="REJECTED"),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=HourStatus.values, source__in=HourSource.values),
                name="servicehour_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_out_at=None) | models.Q(signed_out_at__gte=models.F("signed_in_at")),
                name="servicehour_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(verified_by=None)
                | (~models.Q(verified_by=models.F("volunteer")) & ~models.Q(verified_by=models.F("recorded_by"))),
                name="servicehour_verified_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="CREDITED") | models.Q(points=0) | models.Q(journal__isnull=False),
                name="servicehour_credited_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} #{self.pk}"

    def get_absolute_url(self) -> str:
        """Where it stands on its activity's page."""
        return reverse("projects:hours-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.activity.division

    @property
    def desk_name(self) -> str:
        """What the worklist of those who verify it shows."""
        return f"{self.activity} {self.volunteer}"

    @property
    def volunteer_by_id(self) -> int:
        """Whose hands are on the record: the volunteer's, who does not verify it."""
        return self.volunteer_id
