"""The register of social organizations: who they are, on which lists they stand, who acts for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import present_day, within
from communities.territory.models import Division, inside
from governance import lifecycle
from governance.calendar.days import valid_on
from governance.money import YuanField
from socialorgs.register.lifecycle import ORGANIZATION, OrganizationStatus
from socialorgs.register.policy import CODE_PATTERN

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class Standing(models.TextChoices):
    """Whether a body is registered or only filed; never mixed."""

    REGISTERED = "REGISTERED", _("registered")
    FILED = "FILED", _("filed")


class OrganizationType(models.TextChoices):
    """The legal form, or that there is none."""

    ASSOCIATION = "ASSOCIATION", _("social association")
    SOCIAL_SERVICE_AGENCY = "SOCIAL_SERVICE_AGENCY", _("social service agency")
    FOUNDATION = "FOUNDATION", _("foundation")
    COMMUNITY_ORGANIZATION = "COMMUNITY_ORGANIZATION", _("community organization")
    CHAMBER = "CHAMBER", _("trade association or chamber")
    RURAL_TECHNICAL_ASSOCIATION = "RURAL_TECHNICAL_ASSOCIATION", _("rural technical association")
    FEDERATION = "FEDERATION", _("federation of social organizations")


class ServiceClass(models.TextChoices):
    """What a community organization is for (Basis: report S0, four classes)."""

    LIFE_SERVICE = "LIFE_SERVICE", _("life services")
    PUBLIC_BENEFIT = "PUBLIC_BENEFIT", _("public benefit and charity")
    MUTUAL_HELP = "MUTUAL_HELP", _("mutual help")
    SELF_GOVERNANCE = "SELF_GOVERNANCE", _("self-governance")


class Pairs(models.Func):
    """The pairs of neighboring characters of two texts, in capitals; a trigram needs three, and Chinese words have two."""

    function = "socialorgs_pairs"
    output_field = ArrayField(models.TextField())


GRADED = models.Q(status__in=["GRANTED", "QUESTIONED", "WITHDRAWN", "SUPERSEDED"])
"""Assessments that gave a grade, now or once; they stand in the room of supervision above."""


EDITABLE = (
    *("name", "organization_type", "standing", "credit_code", "filing_number", "service_class", "registrar"),
    *("supervising_body", "head_name", "contact", "members_count", "capital", "scope", "founded_on"),
)
"""What is entered of an organization and may be edited; its place stays."""


class OrganizationQuerySet(models.QuerySet["SocialOrganization"]):
    """Reads over organizations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Checked entries are public; unchecked ones are seen by the staff of the place and those who act for them."""
        public = ~models.Q(status=OrganizationStatus.ENTERED)
        if not user.is_authenticated:
            return self.filter(public)
        own = OrganizationAppointment.objects.bodies_of(user)
        return self.filter(public | within(user) | models.Q(pk__in=own))

    def in_division(self, division: Division) -> Self:
        """Organizations of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, by name."""
        return self.select_related("division__parent").order_by("name", "pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows; five queries."""
        return self.select_related("division__parent").prefetch_related(
            "classes",
            "confirmations",
            models.Prefetch("listings", CreditListing.objects.order_by("-listed_on", "-pk")),
            models.Prefetch("inspections", AnnualInspection.objects.order_by("-year")),
        )

    def graded_on(self, day: dt.date) -> Self:
        """Organizations that hold a grade on a day, joined with the assessment that gave it."""
        return self.filter(
            assessments__status__in=["GRANTED", "QUESTIONED"],
            assessments__valid_from__lte=day,
            assessments__valid_to__gt=day,
        )

    def listed_on(self, day: dt.date) -> Self:
        """Organizations that stand on the list of serious breaches on a day."""
        running = CreditListing.objects.running_on(day).filter(credit_list=CreditList.SERIOUS_BREACH)
        return self.filter(pk__in=running.values("organization"))


@pghistory.track()
class SocialOrganization(models.Model):
    """A social organization (社会组织), registered or filed (status moved by `governance.lifecycle`).

    A registered one has a credit code, a filed one the number that the street gave it. Entered by one person, checked
    by another.
    """

    name = models.CharField(_("name"), max_length=120)
    organization_type = models.CharField(_("type"), max_length=30, choices=OrganizationType)
    standing = models.CharField(_("registered or filed"), max_length=10, choices=Standing)
    credit_code = models.CharField(_("credit code"), max_length=18, null=True, blank=True, unique=True)
    filing_number = models.CharField(_("filing number"), max_length=40, null=True, blank=True, unique=True)
    service_class = models.CharField(_("service class"), max_length=20, choices=ServiceClass, blank=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="organizations", verbose_name=_("division")
    )
    registrar = models.CharField(_("registrar"), max_length=120, blank=True)
    supervising_body = models.CharField(_("supervising body"), max_length=120, blank=True)
    head_name = models.CharField(_("head"), max_length=50)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    members_count = models.PositiveIntegerField(pgettext_lazy("organization", "members"), null=True, blank=True)
    capital = YuanField(_("capital"), null=True, blank=True)
    scope = models.TextField(_("scope of activity"), blank=True)
    founded_on = models.DateField(_("founded on"))
    status = models.CharField(
        _("status"), max_length=20, choices=OrganizationStatus, default=OrganizationStatus.ENTERED, editable=False
    )
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    verified_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("checked by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("social organization")
        verbose_name_plural = _("social organizations")
        triggers: ClassVar = [lifecycle.trigger(ORGANIZATION)]
        indexes: ClassVar = [
            # The directory of a place, by name.
            models.Index(fields=["division", "name", "id"], name="organization_place"),
            # The directory as a whole.
            models.Index(fields=["name", "id"], name="organization_name"),
            # The directory by a part of the name or of the filing number, from two characters on.
            GinIndex(Pairs("name", "filing_number"), name="organization_search", fastupdate=False),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=OrganizationStatus.values), name="socialorganization_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(organization_type__in=OrganizationType.values, standing__in=Standing.values)
                & models.Q(service_class__in=["", *ServiceClass.values]),
                name="socialorganization_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_code=None) | models.Q(credit_code__regex=CODE_PATTERN),
                name="socialorganization_code_is_well_formed",
            ),
            # Registered bodies have a credit code, filed ones a filing number and no legal form.
            models.CheckConstraint(
                condition=models.Q(standing="REGISTERED", credit_code__isnull=False)
                | models.Q(
                    standing="FILED",
                    filing_number__isnull=False,
                    credit_code=None,
                    organization_type="COMMUNITY_ORGANIZATION",
                ),
                name="socialorganization_is_registered_or_filed",
            ),
            models.CheckConstraint(
                condition=models.Q(verified_by=None) | ~models.Q(verified_by=models.F("entered_by")),
                name="socialorganization_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The organization's public page."""
        return reverse("socialorgs:organization-detail", kwargs={"pk": self.pk})

    @property
    def version(self) -> str:
        """What changes with every edit and every move: a keyed hash, because it goes out to readers who don't see all of it."""
        values = ["" if (held := getattr(self, name)) is None else str(held) for name in (*EDITABLE, "status")]
        return salted_hmac("socialorgs.organization.version", "\x1f".join(values)).hexdigest()[:32]


class OrganizationAppointmentQuerySet(models.QuerySet["OrganizationAppointment"]):
    """Reads over appointments."""

    def held_on(self, day: dt.date) -> Self:
        """Appointments that run on this day."""
        return self.filter(valid_on(day))

    def bodies_of(self, user: User) -> models.QuerySet[OrganizationAppointment, Any]:
        """Return the organizations for which somebody acts today, for a filter."""
        return self.held_on(present_day()).filter(user_id=user.pk).values("organization")

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Appointments that this person may see: staff those of their places, everybody their own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="organization__division") | models.Q(user=user))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("organization__division", "user").order_by("-pk")


class OrganizationAppointment(models.Model):
    """A user's right to act for an organization (社会组织负责人) for a period, half open."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("organization")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="organization_appointments",
        verbose_name=_("user"),
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = OrganizationAppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization appointment")
        verbose_name_plural = _("organization appointments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "user"],
                condition=models.Q(valid_to=None),
                name="organizationappointment_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="organizationappointment_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division


class CreditList(models.TextChoices):
    """The lists on which the registrar puts a body."""

    ABNORMAL = "ABNORMAL", _("list of abnormal activity")
    SERIOUS_BREACH = "SERIOUS_BREACH", _("list of serious breaches")


class CreditListingQuerySet(models.QuerySet["CreditListing"]):
    """Reads over listings, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them: the lists are public."""
        del user
        return self.all()

    def running_on(self, day: dt.date) -> Self:
        """Listings that hold on this day."""
        return self.filter(models.Q(removed_on=None) | models.Q(removed_on__gt=day), listed_on__lte=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division").order_by("-listed_on", "-pk")


class CreditListing(models.Model):
    """An entry of an organization on one of the registrar's lists (失信名单); ended once, never changed otherwise."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="listings", verbose_name=_("organization")
    )
    credit_list = models.CharField(_("list"), max_length=20, choices=CreditList)
    decision_number = models.CharField(_("decision number"), max_length=80)
    reason = models.TextField(_("reason"))
    listed_on = models.DateField(_("listed on"))
    removed_on = models.DateField(_("removed on"), null=True, blank=True, editable=False)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = CreditListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit listing")
        verbose_name_plural = _("credit listings")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="ended_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.removed_on IS NOT NULL OR "
                    "(OLD.organization_id, OLD.credit_list, OLD.decision_number, OLD.listed_on) IS DISTINCT FROM "
                    "(NEW.organization_id, NEW.credit_list, NEW.decision_number, NEW.listed_on))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # The gate: what holds against one body.
            models.Index(fields=["organization", "listed_on"], name="creditlisting_body"),
            # The public list, newest first.
            models.Index(fields=["-listed_on", "-id"], name="creditlisting_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(credit_list__in=CreditList.values), name="creditlisting_list_is_known"
            ),
            models.UniqueConstraint(
                fields=["organization", "credit_list", "decision_number"], name="creditlisting_decision_is_entered_once"
            ),
            models.CheckConstraint(
                condition=models.Q(removed_on=None) | models.Q(removed_on__gte=models.F("listed_on")),
                name="creditlisting_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.get_credit_list_display()}"

    def get_absolute_url(self) -> str:
        """Where the listing is shown: the organization's page."""
        return reverse("socialorgs:organization-detail", kwargs={"pk": self.organization_id})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division


class InspectionConclusion(models.TextChoices):
    """What a yearly inspection found."""

    PASSED = "PASSED", pgettext_lazy("inspection", "passed")
    BASICALLY_PASSED = "BASICALLY_PASSED", _("basically passed")
    FAILED = "FAILED", pgettext_lazy("inspection", "failed")


class InspectionQuerySet(models.QuerySet["AnnualInspection"]):
    """Reads over yearly inspections."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of every organization that the person may read: results are public."""
        return self.filter(organization__in=SocialOrganization.objects.visible_to(user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division").order_by("-pk")


class AnnualInspection(models.Model):
    """The registrar's conclusion on one year of one organization (年检)."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="inspections", verbose_name=_("organization")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    conclusion = models.CharField(_("conclusion"), max_length=20, choices=InspectionConclusion)
    concluded_on = models.DateField(_("concluded on"))
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual inspection")
        verbose_name_plural = _("annual inspections")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "year"], name="annualinspection_one_a_year"),
            models.CheckConstraint(
                condition=models.Q(conclusion__in=InspectionConclusion.values),
                name="annualinspection_conclusion_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.year}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division
