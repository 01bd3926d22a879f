"""Small services that people, communities and organizations post for one another, who takes them, and what both say."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.matters.models import Matter
from funds.ledger.models import Journal
from funds.spending.models import Payment, SpendingRequest
from governance import lifecycle
from governance.accounts.secrets import EncryptedTextField
from governance.money import ZERO, YuanField
from projects.contracts.policy import ServiceField
from projects.market.lifecycle import MATCHED, MICRO_SERVICE, SERVICE_MATCH, MatchStatus, ServiceStatus
from projects.market.policy import STARS, Choice
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class Side(models.TextChoices):
    """What a posting says: that something is needed, or that something is offered."""

    NEED = "NEED", pgettext_lazy("market", "wanted")
    OFFER = "OFFER", pgettext_lazy("market", "offered")


class PosterKind(models.TextChoices):
    """For whom a service is posted."""

    RESIDENT = "RESIDENT", pgettext_lazy("market", "a resident")
    COMMUNITY = "COMMUNITY", pgettext_lazy("market", "the community")
    ORGANIZATION = "ORGANIZATION", pgettext_lazy("market", "an organization")


class Settlement(models.TextChoices):
    """What a service costs and how that is settled; money never passes through the market itself."""

    FREE = "FREE", pgettext_lazy("market", "free of charge")
    POINTS = "POINTS", pgettext_lazy("market", "points of volunteering")
    OUTSIDE = "OUTSIDE", pgettext_lazy("market", "paid between the two, outside the platform")
    FUND = "FUND", pgettext_lazy("market", "paid by a fund through its request")


class Absent(models.TextChoices):
    """Who did not come."""

    TAKER = "TAKER", pgettext_lazy("market", "whoever took it")
    POSTER = "POSTER", pgettext_lazy("market", "whoever posted it")


class MicroServiceQuerySet(models.QuerySet["MicroService"]):
    """Reads over small services."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What is open or was done is public, unless one of the two has blocked the other; the rest is its people's and the staff's."""
        public = Q(status__in=[ServiceStatus.POSTED, ServiceStatus.FILLED, ServiceStatus.DONE])
        if not user.is_authenticated:
            return self.filter(public)
        blocked = MarketBlock.objects.filter(
            Q(blocker=OuterRef("posted_by"), blocked=user) | Q(blocker=user, blocked=OuterRef("posted_by"))
        )
        taken = ServiceMatch.objects.filter(
            Q(taker=user) | Q(organization__in=OrganizationAppointment.objects.bodies_of(user)), service=OuterRef("pk")
        )
        own = Q(posted_by=user) | Q(organization__in=OrganizationAppointment.objects.bodies_of(user)) | Exists(taken)
        kept_apart = Q(poster_kind=PosterKind.RESIDENT) & Exists(blocked)
        return self.filter((public & ~kept_apart) | own | within(user))

    def in_division(self, division: Division) -> Self:
        """Services of the division and of those below it."""
        return self.filter(inside(division))

    def takeable(self, now: dt.datetime) -> Self:
        """Services that can still be taken at this moment."""
        return self.filter(status=ServiceStatus.POSTED, take_by__gt=now)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        taken = models.Count("matches", filter=Q(matches__status__in=MATCHED))
        return self.select_related("division", "organization", "posted_by").annotate(taken=taken).order_by("-pk")


class MicroService(models.Model):
    """A small service that is wanted or offered (微服务; status moved by `governance.lifecycle`).

    Its terms never change after it is posted: who takes it agrees to what stands here. `code` is the secret with which
    whoever took it signs in; `contact` is told to the two sides of a confirmed taking alone.
    """

    side = models.CharField(pgettext_lazy("market", "wanted or offered"), max_length=10, choices=Side)
    field = models.CharField(pgettext_lazy("market", "field"), max_length=20, choices=ServiceField)
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(pgettext_lazy("market", "what it is about"), max_length=1000)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="micro_services", verbose_name=_("community")
    )
    poster_kind = models.CharField(pgettext_lazy("market", "posted for"), max_length=15, choices=PosterKind)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="micro_services",
        verbose_name=_("organization"),
    )
    matter = models.ForeignKey(
        Matter,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="micro_services",
        verbose_name=_("need"),
        help_text=_("The matter in which the need was told."),
    )
    place = models.CharField(
        pgettext_lazy("market", "where, as everybody may read it"),
        max_length=120,
        help_text=_("The building or square, without a door number."),
    )
    contact = EncryptedTextField(
        pgettext_lazy("market", "how to find each other"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("Door number or telephone; shown only to the two sides of a confirmed taking."),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    take_by = models.DateTimeField(pgettext_lazy("market", "can be taken until"), editable=False)
    places = models.PositiveSmallIntegerField(_("places"), default=1)
    capability = models.CharField(
        pgettext_lazy("market", "asks a checked capability in"),
        max_length=40,
        blank=True,
        help_text=_("Then organizations alone can take it whose capability was checked for this place."),
    )
    choice = models.CharField(pgettext_lazy("market", "places are given"), max_length=15, choices=Choice)
    settlement = models.CharField(pgettext_lazy("market", "settled by"), max_length=10, choices=Settlement)
    price = YuanField(pgettext_lazy("market", "price"), default=ZERO, help_text=_("In yuan, for each place."))
    points = models.PositiveSmallIntegerField(_("points"), default=0, help_text=_("For each place."))
    request = models.ForeignKey(
        SpendingRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="micro_services",
        verbose_name=pgettext_lazy("market", "request of the fund"),
    )
    code = models.CharField(_("sign-in code"), max_length=40, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=12, choices=ServiceStatus, default=ServiceStatus.POSTED, editable=False
    )
    posted_at = models.DateTimeField(_("posted at"), editable=False)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="micro_services",
        editable=False,
        verbose_name=pgettext_lazy("market", "posted by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_reason = models.TextField(_("reason"), blank=True, editable=False)

    objects = MicroServiceQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("market", "small service")
        verbose_name_plural = pgettext_lazy("market", "small services")
        triggers: ClassVar = [
            lifecycle.trigger(MICRO_SERVICE),
            lifecycle.columns_stay(
                "terms_stay",
                (
                    *("side", "field", "title", "text", "division_id", "poster_kind", "organization_id", "place"),
                    *("starts_at", "ends_at", "take_by", "places", "capability", "choice", "settlement", "price"),
                    "points",
                    *("request_id", "posted_at", "posted_by_id"),
                ),
            ),
        ]
        indexes: ClassVar = [
            # What is open in a place, newest first.
            models.Index(fields=["division", "-id"], name="microservice_place"),
            # What one person has posted.
            models.Index(fields=["posted_by", "-id"], name="microservice_poster"),
            # What the clock looks at.
            models.Index(fields=["ends_at"], condition=Q(status__in=["POSTED", "FILLED"]), name="microservice_running"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    status__in=ServiceStatus.values,
                    side__in=Side.values,
                    field__in=ServiceField.values,
                    poster_kind__in=PosterKind.values,
                    choice__in=Choice.values,
                    settlement__in=Settlement.values,
                ),
                name="microservice_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at"), take_by__lte=models.F("starts_at"))
                & Q(take_by__gt=models.F("posted_at")),
                name="microservice_runs_forward",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="microservice_has_places"),
            models.CheckConstraint(
                condition=Q(poster_kind="ORGANIZATION", organization__isnull=False)
                | (~Q(poster_kind="ORGANIZATION") & Q(organization=None)),
                name="microservice_poster_is_named",
            ),
            models.CheckConstraint(
                condition=Q(settlement="FREE", price=0, points=0, request=None)
                | Q(settlement="POINTS", price=0, points__gte=1, request=None)
                | Q(settlement="OUTSIDE", price__gt=0, points=0, request=None)
                | Q(settlement="FUND", price__gt=0, points=0, request__isnull=False),
                name="microservice_price_fits_settlement",
            ),
            # A fund buys for the community, and only what it needs.
            models.CheckConstraint(
                condition=~Q(settlement="FUND") | Q(side="NEED", poster_kind="COMMUNITY"),
                name="microservice_fund_buys_for_community",
            ),
            # What asks for a body's capability is wanted; points are people's.
            models.CheckConstraint(
                condition=Q(capability="") | (Q(side="NEED") & ~Q(settlement="POINTS")),
                name="microservice_capability_of_a_body",
            ),
            # Points are people's: an organization has none to give or to get.
            models.CheckConstraint(
                condition=~Q(settlement="POINTS", poster_kind="ORGANIZATION"),
                name="microservice_points_are_peoples",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The service's page."""
        return reverse("projects:micro-service-detail", kwargs={"pk": self.pk})

    def can_be_taken(self, now: dt.datetime) -> bool:
        """Whether somebody can still take it at this moment."""
        return self.status == ServiceStatus.POSTED and now < self.take_by

    @property
    def is_offer(self) -> bool:
        """Whether whoever posted it serves; otherwise whoever takes it does."""
        return self.side == Side.OFFER


class ServiceMatchQuerySet(models.QuerySet["ServiceMatch"]):
    """Reads over takings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the two sides, and of places one works in."""
        if not user.is_authenticated:
            return self.none()
        mine = OrganizationAppointment.objects.bodies_of(user)
        parties = (
            Q(taker=user) | Q(organization__in=mine) | Q(service__posted_by=user) | Q(service__organization__in=mine)
        )
        return self.filter(parties | within(user, division="service__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related(
            "service__division", "service__organization", "service__posted_by", "taker", "organization"
        ).order_by("-pk")


class ServiceMatch(models.Model):
    """One taking of a small service by a person or an organization (接单; status moved by `governance.lifecycle`).

    It counts as a match of supply and demand from the confirmation on (供需对接).
    """

    service = models.ForeignKey(
        MicroService, on_delete=models.PROTECT, related_name="matches", verbose_name=pgettext_lazy("market", "service")
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="taken_services",
        verbose_name=pgettext_lazy("market", "taken by"),
    )
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_services",
        verbose_name=pgettext_lazy("market", "taken for"),
    )
    note = models.CharField(pgettext_lazy("market", "message"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=MatchStatus, default=MatchStatus.TAKEN, editable=False
    )
    taken_at = models.DateTimeField(pgettext_lazy("market", "taken at"), editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )
    signed_in_at = models.DateTimeField(_("signed in at"), null=True, blank=True, editable=False)
    signed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("market", "signed in by"),
    )
    is_by_code = models.BooleanField(pgettext_lazy("market", "signed in with the code"), default=False, editable=False)
    done_at = models.DateTimeField(pgettext_lazy("market", "done at"), null=True, blank=True, editable=False)
    settled_at = models.DateTimeField(pgettext_lazy("market", "settled at"), null=True, blank=True, editable=False)
    journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="service_match",
        verbose_name=_("journal"),
    )
    payment = models.OneToOneField(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="service_match",
        verbose_name=_("payment"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=pgettext_lazy("course", "ended by"),
    )
    ended_reason = models.TextField(_("reason"), blank=True, editable=False)
    absent = models.CharField(
        pgettext_lazy("market", "did not come"), max_length=10, choices=Absent, blank=True, editable=False
    )

    objects = ServiceMatchQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("market", "taking of a small service")
        verbose_name_plural = pgettext_lazy("market", "takings of small services")
        triggers: ClassVar = [
            lifecycle.trigger(SERVICE_MATCH),
            lifecycle.columns_stay("parties_stay", ("service_id", "taker_id", "organization_id", "taken_at")),
        ]
        indexes: ClassVar = [
            # What one person has taken, newest first.
            models.Index(fields=["taker", "-id"], name="servicematch_taker"),
            # What the clock looks at.
            models.Index(
                fields=["id"], condition=Q(status__in=["TAKEN", "SIGNED_IN", "DONE"]), name="servicematch_waiting"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=MatchStatus.values, absent__in=["", *Absent.values]),
                name="servicematch_kinds_are_known",
            ),
            models.UniqueConstraint(
                fields=["service", "taker"],
                condition=Q(status__in=["TAKEN", "CONFIRMED", "SIGNED_IN", "DONE", "SETTLED"]),
                name="servicematch_once_each",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=sorted(MATCHED)) | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="servicematch_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["SIGNED_IN", "DONE", "SETTLED"]) | Q(signed_in_at__isnull=False),
                name="servicematch_done_after_sign_in",
            ),
            models.CheckConstraint(
                condition=Q(status="NO_SHOW", absent__in=Absent.values) | (~Q(status="NO_SHOW") & Q(absent="")),
                name="servicematch_absence_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} #{self.pk}"

    def get_absolute_url(self) -> str:
        """Where it stands: on the page of its service."""
        return reverse("projects:service-match-detail", kwargs={"pk": self.pk})

    @property
    def last_at(self) -> dt.datetime:
        """When it came to stand where it stands."""
        known = (self.ended_at, self.settled_at, self.done_at, self.signed_in_at, self.confirmed_at)
        return next((moment for moment in known if moment is not None), self.taken_at)

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.service.division

    @property
    def desk_name(self) -> str:
        """What the worklist shows of it."""
        return f"{self.service.title} #{self.pk}"


class ServiceRating(models.Model):
    """What one side of a done service says of the other, once (互评)."""

    match = models.ForeignKey(
        ServiceMatch,
        on_delete=models.PROTECT,
        related_name="ratings",
        verbose_name=pgettext_lazy("market", "taking"),
    )
    is_by_poster = models.BooleanField(pgettext_lazy("market", "said by whoever posted it"))
    stars = models.PositiveSmallIntegerField(
        pgettext_lazy("market", "stars"), choices=[(number, str(number)) for number in STARS]
    )
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    rated_at = models.DateTimeField(pgettext_lazy("market", "rated at"), editable=False)
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("market", "rated by"),
    )

    class Meta:
        verbose_name = pgettext_lazy("market", "rating of a small service")
        verbose_name_plural = pgettext_lazy("market", "ratings of small services")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["match", "is_by_poster"], name="servicerating_once_by_each_side"),
            models.CheckConstraint(condition=Q(stars__in=STARS), name="servicerating_stars_are_known"),
        ]

    def __str__(self) -> str:
        return f"{self.match} {self.stars}"


class MarketBlock(models.Model):
    """Somebody who wants nothing to do with somebody else on the market; it works both ways and is told to nobody."""

    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="market_blocks",
        verbose_name=pgettext_lazy("market", "blocked by"),
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=pgettext_lazy("market", "blocked person"),
    )
    blocked_at = models.DateTimeField(pgettext_lazy("market", "blocked at"), editable=False)

    class Meta:
        verbose_name = pgettext_lazy("market", "block on the market")
        verbose_name_plural = pgettext_lazy("market", "blocks on the market")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="marketblock_once"),
            models.CheckConstraint(condition=~Q(blocker=models.F("blocked")), name="marketblock_of_another"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
