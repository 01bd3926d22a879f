"""What organizations can do and where, and where brands that were brought in come from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from governance import lifecycle
from socialorgs.register.models import OrganizationAppointment, SocialOrganization
from socialorgs.register.strengths.lifecycle import CAPABILITY, CapabilityStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class CapabilityQuerySet(models.QuerySet["Capability"]):
    """Reads over capabilities."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Checked ones are public; the rest is for the staff of the place and those who act for the body."""
        public = models.Q(status=CapabilityStatus.CHECKED)
        if not user.is_authenticated:
            return self.filter(public)
        own = OrganizationAppointment.objects.bodies_of(user)
        return self.filter(public | within(user, division="organization__division") | models.Q(organization__in=own))

    def holding_on(self, day: dt.date) -> Self:
        """Checked ones that hold on a day."""
        return self.filter(status=CapabilityStatus.CHECKED, valid_to__gt=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("organization__division", "area").order_by("-pk")


class Capability(models.Model):
    """What one organization can do in one field and where (status moved by `governance.lifecycle`).

    Stated by who acts for it, checked by the street or the district, for a time.
    """

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="capabilities", verbose_name=_("organization")
    )
    field = models.CharField(pgettext_lazy("capability", "field"), max_length=40)
    summary = models.TextField(_("what it can do"))
    staff_count = models.PositiveIntegerField(_("people who work on it"))
    certificates = models.TextField(_("certificates and experience"), blank=True)
    area = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", verbose_name=pgettext_lazy("capability", "where")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=CapabilityStatus, default=CapabilityStatus.STATED, editable=False
    )
    stated_at = models.DateTimeField(_("stated at"), editable=False)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("stated by"),
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
    valid_to = models.DateField(_("holds until"), null=True, blank=True, editable=False)
    remark = models.TextField(_("why it was not confirmed"), blank=True, editable=False)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("capability")
        verbose_name_plural = _("capabilities")
        triggers: ClassVar = [lifecycle.trigger(CAPABILITY)]
        indexes: ClassVar = [
            # Who can do something: by field, of those that hold.
            models.Index(fields=["field", "status", "valid_to"], name="capability_field"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=CapabilityStatus.values) & ~models.Q(field=""),
                name="capability_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["organization", "field"],
                condition=models.Q(status__in=["STATED", "CHECKED"]),
                name="capability_one_a_field",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="CHECKED") | models.Q(checked_by__isnull=False, valid_to__isnull=False),
                name="capability_checked_for_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("stated_by")),
                name="capability_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.field}"

    def get_absolute_url(self) -> str:
        """Where it is shown: the organization's page."""
        return self.organization.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division


class BroughtIn(models.Model):
    """A brand from another city that was brought in (引入品牌社会组织): where it comes from and for what."""

    organization = models.OneToOneField(
        SocialOrganization, on_delete=models.PROTECT, related_name="brought_in", verbose_name=_("organization")
    )
    brand = models.CharField(_("brand"), max_length=120)
    origin_city = models.CharField(_("city of origin"), max_length=60)
    fields = ArrayField(models.CharField(max_length=40), verbose_name=pgettext_lazy("capability", "fields"))
    agreement_number = models.CharField(_("agreement"), max_length=80)
    brought_in_on = models.DateField(_("brought in on"))
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("brand that was brought in")
        verbose_name_plural = _("brands that were brought in")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(fields__len__gt=0), name="broughtin_for_something"),
            models.CheckConstraint(
                condition=~models.Q(brand="") & ~models.Q(origin_city="") & ~models.Q(agreement_number=""),
                name="broughtin_from_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} · {self.origin_city}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division
