"""What kind of service a contract is: records of service, posts that were bought, venues operated, awards won."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.territory.models import Division, inside
from communities.venues.models import Venue
from governance import lifecycle
from governance.money import YuanField
from projects.contracts.judging.models import Deliverable
from projects.contracts.models import Contract
from projects.contracts.services.lifecycle import AWARD, SERVICE_RECORD, RecordStatus
from projects.contracts.stamps import apart, moment, person
from projects.contracts.terms.models import OfContract, OfContractQuerySet
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

FORBIDDEN_SINCE = dt.date(2020, 3, 1)
"""Since this day hiring people, labour dispatch and public-welfare posts cannot be bought as services
(Basis: Measures for Government Purchase of Services, Order 102 of the Ministry of Finance, art. 10)."""


class ServiceKind(models.TextChoices):
    """What was done for whom (Basis: report S3, services for the elderly; report S0)."""

    DAY_CARE = "DAY_CARE", _("day care for the elderly")
    MEALS = "MEALS", _("meals for the elderly")
    CULTURE_SPORT = "CULTURE_SPORT", _("culture and sport for the elderly")
    COMFORT = "COMFORT", _("company and comfort for the elderly")
    HOME_CARE = "HOME_CARE", _("care at home")
    HEALTH = "HEALTH", _("health")
    DISABLED = "DISABLED", _("help for the disabled")
    CHILDREN = "CHILDREN", _("children and young people")
    RELIEF = "RELIEF", _("relief and support")
    GOVERNANCE = "GOVERNANCE", _("community governance")
    VENUE = "VENUE", _("opening of a venue")
    OTHER = "OTHER", pgettext_lazy("service", "other")


ELDERLY = (ServiceKind.DAY_CARE, ServiceKind.MEALS, ServiceKind.CULTURE_SPORT, ServiceKind.COMFORT)


class ServiceRecord(OfContract):
    """One day's service under a contract, in figures and without names (status moved by `governance.lifecycle`)."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="service_records", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind of service"), max_length=16, choices=ServiceKind)
    deliverable = models.ForeignKey(
        Deliverable,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="service_records",
        verbose_name=pgettext_lazy("contract", "item"),
    )
    served_on = models.DateField(_("day of the service"))
    place = models.CharField(pgettext_lazy("service", "where"), max_length=120)
    people = models.PositiveIntegerField(_("people served"))
    hours = models.DecimalField(_("hours of work"), max_digits=6, decimal_places=1, default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=RecordStatus, default=RecordStatus.ENTERED, editable=False
    )
    entered_at = moment(_("entered at"), known=True)
    entered_by = person(_("entered by"), known=True)
    checked_at = moment(_("checked at"))
    checked_by = person(_("checked by"))

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("contract", "record of service")
        verbose_name_plural = pgettext_lazy("contract", "records of service")
        triggers: ClassVar = [
            lifecycle.trigger(SERVICE_RECORD),
            lifecycle.columns_stay("entered_figures_stay", ["contract_id", "kind", "served_on", "people", "hours"]),
        ]
        indexes: ClassVar = [models.Index(fields=["contract", "kind", "-served_on"], name="servicerecord_course")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    people__gte=1, hours__gte=0, kind__in=ServiceKind.values, status__in=RecordStatus.values
                ),
                name="servicerecord_is_possible",
            ),
            apart("checked_by", "entered_by", "servicerecord_checked_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.served_on}"


class PostKind(models.TextChoices):
    """What kind of posts were bought (Basis: report S3)."""

    SOCIAL_WORK = "SOCIAL_WORK", _("social-work posts")
    ELDERLY_AIDE = "ELDERLY_AIDE", _("aide posts in services for the elderly")


class PurchasedPostsQuerySet(models.QuerySet["PurchasedPosts"]):
    """Reads over bought posts."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """History, and posts of contracts that one may see; posts of a place to its staff."""
        shown = models.Q(contract=None) | models.Q(contract__in=Contract.objects.visible_to(user))
        return self.filter(shown | within(user)) if user.is_authenticated else self.filter(shown)

    def in_division(self, division: Division) -> Self:
        """Posts of a place and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "agency", "contract").order_by("-starts_on", "-pk")


class PurchasedPosts(models.Model):
    """Posts that a street bought from an agency (街道购买岗位): street, agency, people and money.

    Since the Measures of 2020 only as a service contract with results that are agreed on; older ones are history.
    """

    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="purchased_posts", verbose_name=_("division")
    )
    contract = models.OneToOneField(
        Contract,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchased_posts",
        verbose_name=_("contract"),
    )
    kind = models.CharField(_("kind of posts"), max_length=16, choices=PostKind)
    agency = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchased_posts",
        verbose_name=_("agency"),
    )
    agency_name = models.CharField(_("agency by its name"), max_length=120)
    posts = models.PositiveIntegerField(_("posts"))
    filled = models.PositiveIntegerField(_("posts filled"), default=0)
    amount = YuanField(_("amount"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    results = models.TextField(_("results agreed on"), blank=True)
    source = models.CharField(_("source of the figures"), max_length=200, blank=True)
    entered_at = moment(_("entered at"), known=True)
    entered_by = person(_("entered by"), known=True)

    objects = PurchasedPostsQuerySet.as_manager()

    class Meta:
        verbose_name = _("posts bought")
        verbose_name_plural = _("posts bought")
        indexes: ClassVar = [models.Index(fields=["division", "-starts_on", "-id"], name="purchasedposts_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=PostKind.values, posts__gte=1, amount__gt=0, ends_on__gt=models.F("starts_on")
                )
                & models.Q(filled__lte=models.F("posts")),
                name="purchasedposts_are_possible",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on__lt=FORBIDDEN_SINCE)
                | (models.Q(contract__isnull=False) & ~models.Q(results="")),
                name="purchasedposts_are_a_service_since_2020",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.get_kind_display()} {self.starts_on:%Y}"

    def get_absolute_url(self) -> str:
        """Where it is shown: with the posts of its place."""
        return f"{reverse('projects:post-list', kwargs={'pk': self.division_id})}#posts-{self.pk}"

    @property
    def organization_id(self) -> int | None:
        """The organization whose people read the file."""
        return self.agency_id

    @property
    def is_history(self) -> bool:
        """Whether it began before such purchases were forbidden."""
        return self.starts_on < FORBIDDEN_SINCE


class VenueOperation(OfContract):
    """What an organization promises that operates a venue such as the service centre (党群服务中心社会化运营)."""

    contract = models.OneToOneField(
        Contract, on_delete=models.PROTECT, related_name="operation", verbose_name=_("contract")
    )
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="operations", verbose_name=_("venue"))
    hours_a_week = models.PositiveSmallIntegerField(_("open hours a week"))
    opening_hours = models.CharField(_("opening hours"), max_length=200)
    services = models.TextField(_("what can be used there"))
    free_services = models.TextField(_("what is free"), blank=True)
    handed_over = models.TextField(_("what was handed over"), blank=True)
    entered_at = moment(_("entered at"), known=True)
    entered_by = person(_("entered by"), known=True)

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("operation of a venue")
        verbose_name_plural = _("operations of venues")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(hours_a_week__gte=1, hours_a_week__lte=168),
                name="venueoperation_is_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.venue}"


class AwardLevel(models.TextChoices):
    """Who gave an award."""

    NATIONAL = "NATIONAL", _("national")
    PROVINCE = "PROVINCE", _("province")
    CITY = "CITY", _("city")
    DISTRICT = "DISTRICT", pgettext_lazy("award", "district")
    STREET = "STREET", pgettext_lazy("award", "street")


class ProjectAward(OfContract):
    """An award that a project won, or its place among the brand projects (精品项目); status by `governance.lifecycle`."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="awards", verbose_name=_("contract"))
    title = models.CharField(_("award"), max_length=120)
    level = models.CharField(pgettext_lazy("award", "level"), max_length=10, choices=AwardLevel)
    granted_by = models.CharField(_("granted by"), max_length=120)
    granted_on = models.DateField(_("granted on"))
    is_brand = models.BooleanField(_("names a brand project"), default=False)
    why = models.TextField(_("what can be learnt from it"), blank=True)
    certificate = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("certificate")
    )
    status = models.CharField(
        _("status"), max_length=12, choices=RecordStatus, default=RecordStatus.ENTERED, editable=False
    )
    entered_at = moment(_("entered at"), known=True)
    entered_by = person(_("entered by"), known=True)
    checked_at = moment(_("checked at"))
    checked_by = person(_("checked by"))

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("award of a project")
        verbose_name_plural = _("awards of projects")
        triggers: ClassVar = [lifecycle.trigger(AWARD)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(level__in=AwardLevel.values, status__in=RecordStatus.values),
                name="projectaward_kinds_are_known",
            ),
            apart("checked_by", "entered_by", "projectaward_checked_by_another"),
            models.UniqueConstraint(
                fields=["contract", "title", "granted_by"],
                condition=~models.Q(status="REJECTED"),
                name="projectaward_entered_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title
