"""Host charities, the community funds in their care, the stations where they take donations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body, BodyMembership
from communities.people.queries import present_day, within
from communities.territory.models import Division, inside
from funds.charity.lifecycle import FUND, FundStatus
from funds.ledger.models import Book
from governance import lifecycle
from governance.calendar.days import valid_on
from governance.money import YuanField
from socialorgs.register.models import SocialOrganization
from socialorgs.register.policy import CODE_PATTERN

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User


LABEL = "funds.CommunityFund"
"""How alerts name a fund."""


def own_charities(user: User) -> QuerySet[CharityAppointment, Any]:
    """Return the charities for which this user is appointed today, as a subquery."""
    return CharityAppointment.objects.held_on(present_day()).filter(user_id=user.pk).values("charity")


def own_seats(user: User) -> QuerySet[BodyMembership, Any]:
    """Return the bodies in which this user holds a seat today, as a subquery."""
    return BodyMembership.objects.held_on(present_day()).filter(user_id=user.pk).values("body")


def in_hands_of(user: User, fund: str = "fund__") -> models.Q:
    """Return the filter of rows whose fund the user oversees, hosts or sits in; `fund` leads from the row to the fund."""
    hosted = models.Q(**{f"{fund}charity__in": own_charities(user)})
    seated = models.Q(**{f"{fund}committee__in": own_seats(user)})
    return within(user, division=f"{fund}division") | hosted | seated


class CharityQuerySet(models.QuerySet["HostCharity"]):
    """Reads over charities."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Charities are public."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show, by name."""
        return self.select_related("division").order_by("name", "pk")


@pghistory.track()
class HostCharity(models.Model):
    """A charity in whose account the money of community funds lies (慈善会)."""

    name = models.CharField(_("name"), max_length=120)
    credit_code = models.CharField(_("credit code"), max_length=18, unique=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="charities", verbose_name=_("division")
    )
    has_public_fundraising = models.BooleanField(_("may appeal to the public"), default=False)
    fundraising_valid_to = models.DateField(_("public fundraising until"), null=True, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)

    objects = CharityQuerySet.as_manager()

    class Meta:
        verbose_name = _("host charity")
        verbose_name_plural = _("host charities")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(credit_code__regex=CODE_PATTERN), name="hostcharity_code_is_well_formed"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CharityAppointmentQuerySet(models.QuerySet["CharityAppointment"]):
    """Reads over appointments."""

    def held_on(self, day: dt.date) -> Self:
        """Appointments that run on this day."""
        return self.filter(valid_on(day))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Appointments that this person may see: staff those of their places, everybody their own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user, division="charity__division") | models.Q(user=user))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("charity__division", "user")


class CharityAppointment(models.Model):
    """A user's right to act for a charity (慈善会经办人) for a period, half open."""

    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("charity")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="charity_appointments", verbose_name=_("user")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = CharityAppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("charity appointment")
        verbose_name_plural = _("charity appointments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["charity", "user"], condition=models.Q(valid_to=None), name="charityappointment_held_once"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="charityappointment_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.charity}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.charity.division


class FundKind(models.TextChoices):
    """Whether the capital may be spent."""

    SPEND_DOWN = "SPEND_DOWN", _("spend-down")
    ENDOWED = "ENDOWED", _("endowed")


class FundCategory(models.TextChoices):
    """Under whose rules a fund stands, and whose money it is."""

    CHARITY = "CHARITY", _("fund under a charity")
    COOPERATION = "COOPERATION", _("co-operation fund with a foundation")
    MASS_ORGANIZATION = "MASS_ORGANIZATION", _("fund of a mass organization")
    BUDGET = "BUDGET", _("budget fund")


WITH_A_PARTNER = (FundCategory.COOPERATION, FundCategory.MASS_ORGANIZATION)
"""Funds that name whom they are run with: an outside foundation, a union, a women's or youth federation."""


class FundQuerySet(models.QuerySet["CommunityFund"]):
    """Reads over funds."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Funds that this person may see: everybody those with an agreement, those who handle them also applied ones."""
        public = ~models.Q(status=FundStatus.APPLIED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user, fund=""))

    def in_division(self, division: Division) -> Self:
        """Funds of a place and all places below it."""
        return self.filter(inside(division))

    def handled_by(self, user: User) -> Self:
        """Funds of the places and charities for which this person acts."""
        return self.filter(within(user) | models.Q(charity__in=own_charities(user)))

    def taking_donations(self) -> Self:
        """Funds that take donations now."""
        return self.filter(status__in=TAKING, book__is_intake_stopped=False).exclude(category=FundCategory.BUDGET)

    def for_list(self) -> Self:
        """Rows with what lists show, by place and name."""
        return self.select_related("charity", "division__parent", "book").order_by("division__path", "name", "pk")

    def for_detail(self) -> Self:
        """Rows with what `funds/charity/fund_facts.html` shows; the seats held today stand in `committee.seats`."""
        seats = BodyMembership.objects.held_on(present_day()).order_by("-is_chair", "seat", "pk")
        seats = seats.select_related("sits_for__organization")
        return self.select_related("charity", "division__parent", "book", "committee").prefetch_related(
            models.Prefetch("committee__memberships", queryset=seats, to_attr="seats")
        )


class StationQuerySet(models.QuerySet["DonationStation"]):
    """Reads over donation stations, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def in_division(self, division: Division) -> Self:
        """Stations of a place and all places below it."""
        return self.filter(inside(division))

    def open_on(self, day: dt.date) -> Self:
        """Stations that are open on this day."""
        return self.filter(valid_on(day))

    def for_list(self) -> Self:
        """Rows with what lists show, by place and name."""
        return self.select_related("charity", "division").order_by("division__path", "name", "pk")


TAKING = (FundStatus.AGREED, FundStatus.ACTIVE)
"""States in which a fund takes donations: an agreement is signed, nothing is being put right or wound up."""


@pghistory.track()
class CommunityFund(models.Model):
    """A named sub-account of a host charity for one community or street (社区基金); no legal person, no own account.

    Co-operation funds with an outside foundation and funds of mass organizations (群团) name their partner. A budget fund
    (财政资金类基金) is public money of a district, street or community under its own rules, without a charity. Which rules
    hold, its rule pack and the parameters of its place say. Its money is the book. Status moved by `governance.lifecycle`; applied for by
    `funds.charity.operations.apply_for_fund`.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    short_name = models.CharField(_("short name"), max_length=60)
    category = models.CharField(_("category"), max_length=20, choices=FundCategory, default=FundCategory.CHARITY)
    charity = models.ForeignKey(
        HostCharity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="funds",
        verbose_name=_("charity"),
        help_text=_("Empty for a budget fund."),
    )
    partner = models.CharField(
        _("partner"),
        max_length=120,
        blank=True,
        help_text=_("The foundation or the mass organization with which the fund is run."),
    )
    rule_pack = models.CharField(_("rule pack"), max_length=40, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="funds", verbose_name=_("division"))
    purpose = models.TextField(_("purpose"))
    kind = models.CharField(_("kind"), max_length=20, choices=FundKind, default=FundKind.SPEND_DOWN)
    book = models.OneToOneField(Book, on_delete=models.PROTECT, related_name="fund", verbose_name=_("book"))
    committee = models.OneToOneField(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="fund", verbose_name=_("committee")
    )
    committee_minimum = models.PositiveSmallIntegerField(_("smallest committee"), default=5)
    committee_is_odd = models.BooleanField(_("odd committee"), default=True)
    opening_minimum = YuanField(_("smallest opening amount"), default=0)
    fee_rate = models.DecimalField(_("management fee (part of a donation)"), max_digits=5, decimal_places=4, default=0)
    agreement_number = models.CharField(_("agreement number"), max_length=60, blank=True)
    agreement_ends_on = models.DateField(_("last day of the agreement"), null=True, blank=True)
    agreement_terms = models.TextField(_("what the agreement says"), blank=True, db_default="")
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=FundStatus, default=FundStatus.APPLIED, editable=False
    )
    applied_at = models.DateTimeField(_("applied at"))
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("applied by")
    )
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True, editable=False)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("agreed by"),
    )
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True, editable=False)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("activated by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = _("community fund")
        verbose_name_plural = _("community funds")
        triggers: ClassVar = [lifecycle.trigger(FUND)]
        indexes: ClassVar = [models.Index(fields=["division", "status"], name="communityfund_place")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=FundStatus.values), name="communityfund_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=FundKind.values), name="communityfund_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(category__in=FundCategory.values), name="communityfund_category_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(category="BUDGET", charity=None)
                | (~models.Q(category="BUDGET") & models.Q(charity__isnull=False)),
                name="communityfund_budget_has_no_charity",
            ),
            models.CheckConstraint(
                condition=(models.Q(category__in=["COOPERATION", "MASS_ORGANIZATION"]) & ~models.Q(partner=""))
                | (~models.Q(category__in=["COOPERATION", "MASS_ORGANIZATION"]) & models.Q(partner="")),
                name="communityfund_partner_is_named",
            ),
            models.CheckConstraint(
                condition=models.Q(fee_rate__gte=0, fee_rate__lte=1), name="communityfund_fee_is_a_part"
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by=None) | ~models.Q(agreed_by=models.F("applied_by")),
                name="communityfund_agreed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(activated_by=None)
                | (~models.Q(activated_by=models.F("applied_by")) & ~models.Q(activated_by=models.F("agreed_by"))),
                name="communityfund_opened_by_a_third",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The fund's public account page."""
        return reverse("funds:fund-detail", kwargs={"pk": self.pk})

    @property
    def keeper(self) -> str:
        """In whose account the money lies; the charity must be loaded."""
        return self.charity.name if self.charity else str(_("public finance"))

    @property
    def host_id(self) -> int:
        """The key of the charity, of a fund that has one."""
        assert self.charity_id is not None  # noqa: S101 - communityfund_budget_has_no_charity
        return self.charity_id

    @property
    def is_budget(self) -> bool:
        """Whether it is public money under its own rules."""
        return self.category == FundCategory.BUDGET


class FundSeat(models.Model):
    """For which social organization somebody sits in the committee of a fund; written with the seat, and stays.

    Basis: domain rule that a body barred from taking part joins no committee of a fund; who sits for it is known by its row.
    """

    membership = models.OneToOneField(
        BodyMembership, on_delete=models.PROTECT, related_name="sits_for", verbose_name=_("seat")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="fund_seats", verbose_name=_("organization")
    )

    class Meta:
        verbose_name = _("seat of an organization in a fund's committee")
        verbose_name_plural = _("seats of organizations in committees of funds")
        triggers: ClassVar = [
            lifecycle.columns_stay("organization_stays", ("membership_id", "organization_id")),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.membership}"

    @property
    def division(self) -> Division:
        """The place of the committee."""
        return self.membership.body.division


class DonationStation(models.Model):
    """A place where a charity takes donations of goods and money (捐赠接收站), with its hours; a row for each."""

    charity = models.ForeignKey(
        HostCharity, on_delete=models.PROTECT, related_name="stations", verbose_name=_("charity")
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="donation_stations", verbose_name=_("division")
    )
    name = models.CharField(_("name"), max_length=100)
    place = models.CharField(_("place"), max_length=200)
    hours = models.CharField(_("opening hours"), max_length=200)
    contact = models.CharField(_("contact"), max_length=100)
    takes = models.CharField(_("takes"), max_length=200, help_text=_("Which goods, and whether money."))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation station")
        verbose_name_plural = _("donation stations")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["charity", "name"], condition=models.Q(valid_to=None), name="donationstation_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="donationstation_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name
