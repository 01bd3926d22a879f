"""Filing (备案): applications, the numbers that streets give, yearly confirmations, classes by several schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from socialorgs.register.deciding import Decided
from socialorgs.register.filing.lifecycle import CONFIRMATION, FILING, ConfirmationStatus, FilingStatus
from socialorgs.register.filing.policy import FilingForm, Scheme, names_in
from socialorgs.register.models import OrganizationAppointment, ServiceClass, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class FilingQuerySet(models.QuerySet["Filing"]):
    """Reads over filings, which hold names of members: never public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Filings of the places that this person works in, and one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user) | models.Q(submitted_by=user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division__parent", "organization").order_by("-pk")


class Filing(models.Model):
    """The filing of a group that is too small to be registered (status moved by `governance.lifecycle`).

    Submitted by its head, recommended by the community, filed by the street, by three people. Filed, it is an
    organization of the register; who its members are stays here.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    name = models.CharField(_("name"), max_length=120)
    form = models.CharField(pgettext_lazy("group", "form"), max_length=10, choices=FilingForm)
    service_class = models.CharField(_("service class"), max_length=20, choices=ServiceClass)
    purpose = models.TextField(_("what it does"))
    activity_place = models.CharField(_("where it meets"), max_length=200)
    head_name = models.CharField(_("head"), max_length=50)
    contact = models.CharField(_("contact"), max_length=200)
    members = models.TextField(pgettext_lazy("organization", "members"))
    rules_text = models.TextField(_("rules of the group"))
    status = models.CharField(
        _("status"), max_length=15, choices=FilingStatus, default=FilingStatus.SUBMITTED, editable=False
    )
    submitted_at = models.DateTimeField(_("submitted at"), editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("submitted by"),
    )
    opinion = models.TextField(_("opinion of the community"), blank=True, editable=False)
    recommended_at = models.DateTimeField(_("recommended at"), null=True, blank=True, editable=False)
    recommended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("recommended by"),
    )
    number = models.CharField(_("filing number"), max_length=40, null=True, blank=True, unique=True, editable=False)
    filed_at = models.DateTimeField(_("filed at"), null=True, blank=True, editable=False)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("filed by"),
    )
    remark = models.TextField(_("why it was returned or refused"), blank=True, editable=False)
    organization = models.OneToOneField(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="filing",
        editable=False,
        verbose_name=_("organization"),
    )

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing")
        verbose_name_plural = _("filings")
        triggers: ClassVar = [lifecycle.trigger(FILING)]
        indexes: ClassVar = [
            # What waits in a place.
            models.Index(fields=["division", "status", "id"], name="filing_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=FilingStatus.values), name="filing_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(form__in=FilingForm.values, service_class__in=ServiceClass.values),
                name="filing_kinds_are_known",
            ),
            # Filed means: a number, an organization, an opinion before it.
            models.CheckConstraint(
                condition=models.Q(
                    status="FILED", number__isnull=False, organization__isnull=False, recommended_by__isnull=False
                )
                | (~models.Q(status="FILED") & models.Q(number=None, organization=None)),
                name="filing_has_a_number_when_filed",
            ),
            models.CheckConstraint(
                condition=(models.Q(recommended_by=None) | ~models.Q(recommended_by=models.F("submitted_by")))
                & (models.Q(filed_by=None) | ~models.Q(filed_by=models.F("submitted_by")))
                & (models.Q(filed_by=None) | ~models.Q(filed_by=models.F("recommended_by"))),
                name="filing_in_three_hands",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The filing's page, for its head and for staff."""
        return reverse("socialorgs:filing-detail", kwargs={"pk": self.pk})

    @property
    def members_count(self) -> int:
        """How many people it names."""
        return len(names_in(self.members))


class FilingCounter(models.Model):
    """How many organizations a street has filed in a year; locked while a number is given, so that none is left out."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("street"))
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("counter of filings")
        verbose_name_plural = _("counters of filings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["division", "year"], name="filingcounter_one_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.year}: {self.last}"


class FilingConfirmationQuerySet(models.QuerySet["FilingConfirmation"]):
    """Reads over confirmations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was confirmed is public; the rest is for the staff of the place and those who act for the body."""
        public = models.Q(status=ConfirmationStatus.CONFIRMED)
        if not user.is_authenticated:
            return self.filter(public)
        own = OrganizationAppointment.objects.bodies_of(user)
        return self.filter(public | within(user, division="organization__division") | models.Q(organization__in=own))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division").order_by("-pk")


class FilingConfirmation(Decided):
    """One year of a filed organization, reported by it or the community and confirmed by the street."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="confirmations", verbose_name=_("organization")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    members_count = models.PositiveIntegerField(pgettext_lazy("organization", "members"))
    activities = models.PositiveIntegerField(_("activities in the year"))
    report = models.TextField(_("what it did"))
    status = models.CharField(
        _("status"), max_length=10, choices=ConfirmationStatus, default=ConfirmationStatus.REPORTED, editable=False
    )
    reported_at = models.DateTimeField(_("reported at"), editable=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("reported by"),
    )

    objects = FilingConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = _("yearly confirmation")
        verbose_name_plural = _("yearly confirmations")
        triggers: ClassVar = [lifecycle.trigger(CONFIRMATION)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ConfirmationStatus.values), name="filingconfirmation_status_is_known"
            ),
            models.UniqueConstraint(
                fields=["organization", "year"],
                condition=~models.Q(status="RETURNED"),
                name="filingconfirmation_one_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("reported_by")),
                name="filingconfirmation_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.year}"

    def get_absolute_url(self) -> str:
        """Where it is shown: the organization's page."""
        return self.organization.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division


class OrganizationClass(models.Model):
    """The class of an organization in a further scheme; it keeps the word that was picked if the list changes."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="classes", verbose_name=_("organization")
    )
    scheme = models.CharField(_("scheme"), max_length=10, choices=Scheme)
    word = models.CharField(_("class"), max_length=40)
    classified_at = models.DateTimeField(pgettext_lazy("class", "sorted at"), editable=False)
    classified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("class", "sorted by"),
    )

    class Meta:
        verbose_name = _("class of an organization")
        verbose_name_plural = _("classes of organizations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "scheme"], name="organizationclass_one_a_scheme"),
            models.CheckConstraint(
                condition=models.Q(scheme__in=Scheme.values) & ~models.Q(word=""),
                name="organizationclass_scheme_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()}: {self.word}"
