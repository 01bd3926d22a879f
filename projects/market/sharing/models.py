"""Shops that tell of their day's offers, resources that are open to people, rooms that are lent against service."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division, inside
from communities.venues.models import Venue
from funds.enterprises.models import CommunityEnterprise
from governance import lifecycle
from governance.money import YuanField
from projects.contracts.policy import ServiceField
from projects.market.sharing.lifecycle import BOOKING, CESSION, BookingStatus, CessionStatus
from projects.market.sharing.policy import OfferKind, ResourceKind
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class MomentRange(models.Func):
    """The half-open range of two moments."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class DayRange(models.Func):
    """The half-open range of two days."""

    function = "DATERANGE"
    output_field = DateRangeField()


class MerchantQuerySet(models.QuerySet["Merchant"]):
    """Reads over shops."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody sees the shops that take part; staff and the keeper also those that did."""
        public = Q(left_on=None)
        return self.filter(public | Q(keeper=user) | within(user)) if user.is_authenticated else self.filter(public)

    def in_division(self, division: Division) -> Self:
        """Shops of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "enterprise", "keeper").order_by("-pk")


class Merchant(models.Model):
    """A shop that takes part with its written consent (惠民码头): an enterprise of the community, or a business by its name."""

    name = models.CharField(pgettext_lazy("shop", "name of the shop"), max_length=80)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="merchants", verbose_name=_("community")
    )
    enterprise = models.ForeignKey(
        CommunityEnterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merchants",
        verbose_name=_("community enterprise"),
        help_text=_("Where the shop is one of the community's own enterprises."),
    )
    line = models.CharField(pgettext_lazy("shop", "what it sells"), max_length=80)
    address = models.CharField(pgettext_lazy("place", "address"), max_length=120)
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="shops",
        verbose_name=pgettext_lazy("shop", "who publishes for it"),
    )
    consented_on = models.DateField(pgettext_lazy("shop", "day of the written consent"))
    joined_at = models.DateTimeField(pgettext_lazy("shop", "entered at"), editable=False)
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    left_on = models.DateField(pgettext_lazy("shop", "left on"), null=True, blank=True, editable=False)

    objects = MerchantQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("shop", "shop")
        verbose_name_plural = pgettext_lazy("shop", "shops")
        indexes: ClassVar = [
            # Shops of a place, newest first.
            models.Index(fields=["division", "-id"], name="merchant_place"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["division", "name"], condition=Q(left_on=None), name="merchant_name_once_in_a_place"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=models.F("consented_on")),
                name="merchant_leaves_after_it_joined",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The shop's page."""
        return reverse("projects:merchant-detail", kwargs={"pk": self.pk})


class MerchantOfferQuerySet(models.QuerySet["MerchantOffer"]):
    """Reads over offers."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is not taken down is public; the keeper and the staff see all of theirs."""
        public = Q(removed_at=None, merchant__left_on=None)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | Q(merchant__keeper=user) | within(user, division="merchant__division"))

    def standing(self, day: dt.date) -> Self:
        """Offers of a day that were not taken down."""
        return self.filter(day=day, removed_at=None, merchant__left_on=None)

    def in_division(self, division: Division) -> Self:
        """Offers of the division and of those below it."""
        return self.filter(inside(division, "merchant__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("merchant__division").order_by("-pk")


class MerchantOffer(models.Model):
    """What a shop offers on one day."""

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="offers", verbose_name=pgettext_lazy("shop", "shop")
    )
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=15, choices=OfferKind, default=OfferKind.DISCOUNT)
    text = models.CharField(pgettext_lazy("shop", "what is offered"), max_length=200)
    price = YuanField(pgettext_lazy("shop", "price of the day"), null=True, blank=True)
    usual_price = YuanField(pgettext_lazy("shop", "usual price"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )
    removed_at = models.DateTimeField(pgettext_lazy("shop", "taken down at"), null=True, blank=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("shop", "taken down by"),
    )

    objects = MerchantOfferQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("shop", "offer of a shop")
        verbose_name_plural = pgettext_lazy("shop", "offers of shops")
        indexes: ClassVar = [
            # The offers of a day.
            models.Index(fields=["day", "-id"], name="merchantoffer_day"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=OfferKind.values), name="merchantoffer_kind_is_known"),
            models.UniqueConstraint(
                fields=["merchant", "day", "text"], condition=Q(removed_at=None), name="merchantoffer_said_once"
            ),
            # A discount is less than the usual price; what is free or a help has none.
            models.CheckConstraint(
                condition=Q(kind="DISCOUNT", price=None, usual_price=None)
                | Q(kind="DISCOUNT", price__gte=0, usual_price__gt=models.F("price"))
                | (~Q(kind="DISCOUNT") & Q(price=None, usual_price=None)),
                name="merchantoffer_discount_is_one",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """Where it stands: on the page of its shop."""
        return self.merchant.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.merchant.division


class OpenResourceQuerySet(models.QuerySet["OpenResource"]):
    """Reads over resources."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody sees what is open; staff and the provider also what was."""
        public = Q(closed_on=None)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user) | Q(organization__in=OrganizationAppointment.objects.bodies_of(user)))

    def in_division(self, division: Division) -> Self:
        """Resources of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "organization", "venue").order_by("-pk")


class OpenResource(models.Model):
    """A room of a venue, a thing or a regular service that is open to people (资源开放)."""

    title = models.CharField(_("title"), max_length=80)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="open_resources", verbose_name=_("community")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ResourceKind)
    field = models.CharField(pgettext_lazy("market", "field"), max_length=20, choices=ServiceField)
    venue = models.ForeignKey(
        Venue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="resources",
        verbose_name=_("venue"),
        help_text=_("A room is in a venue, which says the class of its premises."),
    )
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_resources",
        verbose_name=pgettext_lazy("resource", "provided by"),
        help_text=_("Empty where the community itself provides it."),
    )
    place = models.CharField(_("place"), max_length=120)
    text = models.CharField(pgettext_lazy("resource", "what it is good for"), max_length=300)
    seats = models.PositiveSmallIntegerField(pgettext_lazy("resource", "people at the same time"))
    opens = models.TimeField(pgettext_lazy("resource", "opens at"))
    closes = models.TimeField(pgettext_lazy("resource", "closes at"))
    opened_at = models.DateTimeField(pgettext_lazy("resource", "entered at"), editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    closed_on = models.DateField(pgettext_lazy("resource", "closed on"), null=True, blank=True, editable=False)

    objects = OpenResourceQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("resource", "open resource")
        verbose_name_plural = pgettext_lazy("resource", "open resources")
        indexes: ClassVar = [
            # Resources of a place, newest first.
            models.Index(fields=["division", "-id"], name="openresource_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=ResourceKind.values, field__in=ServiceField.values),
                name="openresource_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=models.F("opens"), seats__gte=1), name="openresource_hours_and_seats_make_sense"
            ),
            # Who runs a room follows from the premises it is in (Basis: report S3).
            models.CheckConstraint(
                condition=~Q(kind="ROOM") | Q(venue__isnull=False), name="openresource_room_is_in_a_venue"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The resource's page."""
        return reverse("projects:open-resource-detail", kwargs={"pk": self.pk})


class ResourceBookingQuerySet(models.QuerySet["ResourceBooking"]):
    """Reads over bookings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, those of what one's organization provides, and those of places one works in."""
        if not user.is_authenticated:
            return self.none()
        provided = Q(resource__organization__in=OrganizationAppointment.objects.bodies_of(user))
        return self.filter(Q(person=user) | provided | within(user, division="resource__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("resource__division", "resource__organization", "person").order_by("-pk")


class ResourceBooking(models.Model):
    """The booking of a resource by a person (status moved by `governance.lifecycle`); a room is one booking's at a time."""

    resource = models.ForeignKey(
        OpenResource,
        on_delete=models.PROTECT,
        related_name="bookings",
        verbose_name=pgettext_lazy("resource", "resource"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="bookings",
        editable=False,
        verbose_name=pgettext_lazy("booking", "booked by"),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    people = models.PositiveSmallIntegerField(pgettext_lazy("booking", "people who come"))
    about = models.CharField(pgettext_lazy("booking", "what for"), max_length=200)
    is_exclusive = models.BooleanField(pgettext_lazy("booking", "for this booking alone"), editable=False)
    status = models.CharField(
        _("status"), max_length=12, choices=BookingStatus, default=BookingStatus.ASKED, editable=False
    )
    asked_at = models.DateTimeField(pgettext_lazy("booking", "asked at"), editable=False)
    answered_at = models.DateTimeField(pgettext_lazy("booking", "answered at"), null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("booking", "answered by"),
    )
    answer = models.CharField(_("reason"), max_length=500, blank=True, editable=False)

    objects = ResourceBookingQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("booking", "booking")
        verbose_name_plural = pgettext_lazy("booking", "bookings")
        triggers: ClassVar = [lifecycle.trigger(BOOKING)]
        indexes: ClassVar = [
            # A person's bookings, newest first.
            models.Index(fields=["person", "-id"], name="resourcebooking_person"),
            # The calendar of a resource.
            models.Index(fields=["resource", "starts_at"], name="resourcebooking_calendar"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=BookingStatus.values), name="resourcebooking_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at"), people__gte=1), name="resourcebooking_makes_sense"
            ),
            ExclusionConstraint(
                name="resourcebooking_overlaps_no_other",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    (MomentRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=["CONFIRMED", "USED"], is_exclusive=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} #{self.pk}"

    def get_absolute_url(self) -> str:
        """Where it stands: on the page of its resource."""
        return reverse("projects:resource-booking-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.resource.division

    @property
    def desk_name(self) -> str:
        """What the worklist shows of it."""
        return f"{self.resource.title} #{self.pk}"


class VenueCessionQuerySet(models.QuerySet["VenueCession"]):
    """Reads over cessions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was agreed is public; offers are seen by both sides."""
        public = Q(status__in=[CessionStatus.RUNNING, CessionStatus.REVIEWED, CessionStatus.ENDED])
        if not user.is_authenticated:
            return self.filter(public)
        own = Q(organization__in=OrganizationAppointment.objects.bodies_of(user))
        return self.filter(public | own | within(user, division="resource__division"))

    def for_list(self) -> Self:
        """Rows with what lists show and the hours served so far, newest first."""
        served = models.Sum("services__hours", filter=Q(services__confirmed_at__isnull=False))
        return self.select_related("resource__division", "organization").annotate(served=served).order_by("-pk")


class VenueCession(models.Model):
    """The free use of a room by an organization, against hours of service (无偿让渡; status moved by `governance.lifecycle`).

    Who serves less than was agreed gets no other room until a later agreement is fulfilled or the street decides otherwise.
    """

    resource = models.ForeignKey(
        OpenResource,
        on_delete=models.PROTECT,
        related_name="cessions",
        verbose_name=pgettext_lazy("cession", "room"),
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="cessions", verbose_name=_("organization")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to, exclusive"))
    hours_owed = models.DecimalField(pgettext_lazy("cession", "hours of service owed"), max_digits=6, decimal_places=1)
    what_for = models.CharField(pgettext_lazy("cession", "what service is owed"), max_length=300)
    status = models.CharField(
        _("status"), max_length=12, choices=CessionStatus, default=CessionStatus.OFFERED, editable=False
    )
    offered_at = models.DateTimeField(pgettext_lazy("cession", "offered at"), editable=False)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("cession", "offered by"),
    )
    agreed_at = models.DateTimeField(pgettext_lazy("cession", "agreed at"), null=True, blank=True, editable=False)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("cession", "agreed by"),
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
    review = models.CharField(pgettext_lazy("cession", "finding"), max_length=500, blank=True, editable=False)
    hours_served = models.DecimalField(
        pgettext_lazy("cession", "hours served"), max_digits=6, decimal_places=1, null=True, blank=True, editable=False
    )

    objects = VenueCessionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("cession", "free use of a room")
        verbose_name_plural = pgettext_lazy("cession", "free uses of rooms")
        triggers: ClassVar = [
            lifecycle.trigger(CESSION),
            lifecycle.columns_stay(
                "terms_stay", ("resource_id", "organization_id", "starts_on", "ends_on", "hours_owed", "what_for")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="venuecession_organization")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=CessionStatus.values), name="venuecession_status_is_known"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=models.F("starts_on"), hours_owed__gt=0), name="venuecession_makes_sense"
            ),
            models.CheckConstraint(
                condition=~Q(status="REVIEWED") | Q(hours_served__isnull=False, reviewed_by__isnull=False),
                name="venuecession_reviewed_with_its_hours",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=models.F("offered_by")), name="venuecession_two_sides"
            ),
            ExclusionConstraint(
                name="venuecession_overlaps_no_other",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    (DayRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="RUNNING"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} · {self.organization}"

    def get_absolute_url(self) -> str:
        """The cession's page."""
        return reverse("projects:cession-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.resource.division

    @property
    def lacks(self) -> Decimal:
        """The hours that are still owed; a row of `for_list` or one that was reviewed."""
        served = self.hours_served if self.hours_served is not None else getattr(self, "served", None)
        return max(self.hours_owed - (served or Decimal(0)), Decimal(0))


class CessionService(models.Model):
    """Hours that an organization served for its room: it reports, the community looks at them."""

    cession = models.ForeignKey(
        VenueCession,
        on_delete=models.PROTECT,
        related_name="services",
        verbose_name=pgettext_lazy("cession", "free use"),
    )
    served_on = models.DateField(_("day"))
    hours = models.DecimalField(pgettext_lazy("cession", "hours"), max_digits=4, decimal_places=1)
    text = models.CharField(pgettext_lazy("cession", "what was done"), max_length=200)
    reported_at = models.DateTimeField(_("reported at"), editable=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("reported by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    refused_at = models.DateTimeField(pgettext_lazy("cession", "refused at"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("checked by"),
    )

    class Meta:
        verbose_name = pgettext_lazy("cession", "hours served for a room")
        verbose_name_plural = pgettext_lazy("cession", "hours served for rooms")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(hours__gt=0, hours__lte=24), name="cessionservice_hours_of_a_day"),
            models.UniqueConstraint(
                fields=["cession", "served_on", "text"],
                condition=Q(refused_at=None),
                name="cessionservice_reported_once",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None, confirmed_at=None, refused_at=None)
                | (
                    Q(checked_by__isnull=False)
                    & ~Q(checked_by=models.F("reported_by"))
                    & (Q(confirmed_at=None, refused_at__isnull=False) | Q(confirmed_at__isnull=False, refused_at=None))
                ),
                name="cessionservice_looked_at_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.text
