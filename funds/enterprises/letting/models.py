"""Assets of the community, their lettings, and the rent: what is charged month by month and what was received."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment, PublicNotice
from communities.people.queries import within
from communities.policy.models import DateRange, PolicyDocument
from communities.territory.models import Division, Versioned, inside
from funds.enterprises.letting.lifecycle import LETTING, LettingStatus
from funds.enterprises.models import CommunityEnterprise, own
from funds.enterprises.related import RelatedParty, explained
from funds.enterprises.walls import never_deleted, stays
from governance import lifecycle
from governance.money import ZERO, YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

RENT_STATUSES = (LettingStatus.RUNNING, LettingStatus.ENDED, LettingStatus.TERMINATED)
"""Lettings under which rent is or was due."""


def handled(user: User, enterprise: str = "enterprise") -> models.Q:
    """Return the filter of rows whose enterprise the user oversees from a post or acts for."""
    return within(user, division=f"{enterprise}__division") | models.Q(**{f"{enterprise}__in": own(user)})


class AssetKind(models.TextChoices):
    """What an asset is (Basis: report S0)."""

    YARD = "YARD", _("yard")
    SHOP = "SHOP", _("shop")
    MARKET = "MARKET", _("farmers' market")
    HALL = "HALL", _("hall")
    DAY_CARE = "DAY_CARE", _("day care rooms")
    ACTIVITY_CENTER = "ACTIVITY_CENTER", _("activity center")
    PARKING = "PARKING", _("parking area")
    HOUSE = "HOUSE", _("house")
    OTHER = "OTHER", pgettext_lazy("asset", "other")


class AreaUnit(models.TextChoices):
    """In what an area is measured."""

    SQUARE_METER = "SQUARE_METER", _("square meters")
    MU = "MU", _("mu")


class OwnerKind(models.TextChoices):
    """Whose an asset is."""

    COMMITTEE = "COMMITTEE", _("residents' committee")
    COLLECTIVE = "COLLECTIVE", _("village collective economic organization")
    STATE = "STATE", _("state")
    OTHER = "OTHER", pgettext_lazy("owner", "other")


class RightToLet(models.TextChoices):
    """By what right the enterprise lets an asset."""

    OWNED = "OWNED", _("own property")
    ENTRUSTED = "ENTRUSTED", _("entrusted by the owner")
    RENTED = "RENTED", _("rented with the right to sublet")
    GRANTED = "GRANTED", _("granted for use")


def stripped(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with no blanks around their texts."""
    return {name: found.strip() if isinstance(found, str) else found for name, found in values.items()}


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What is known of an asset, as its operations take it."""

    name: str
    kind: str
    address: str
    area: Decimal
    area_unit: str
    owner_kind: str
    owner_name: str
    right_to_let: str
    right_paper: str
    right_until: dt.date | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns."""
        return stripped({column.name: getattr(self, column.name) for column in fields(self)})


class AssetQuerySet(models.QuerySet["CommunityAsset"]):
    """Reads over assets."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Assets of the enterprises that this person may see: what a community has is public."""
        return self.filter(enterprise__in=CommunityEnterprise.objects.visible_to(user).values("pk"))

    def in_division(self, division: Division) -> Self:
        """Assets of a place and all places below it."""
        return self.filter(inside(division, "enterprise__division"))

    def with_letting(self, day: dt.date) -> Self:
        """Rows with the letting that runs on a day as `current`, a list of none or one; one query more."""
        running = Letting.objects.filter(status=LettingStatus.RUNNING, starts_on__lte=day, ends_on__gt=day)
        return self.prefetch_related(
            models.Prefetch("lettings", running.select_related("notice").order_by("pk"), to_attr="current")
        )

    def for_list(self) -> Self:
        """Rows with what lists show, by enterprise and name."""
        return self.select_related("enterprise__division").order_by("enterprise", "name", "pk")


@pghistory.track()
class CommunityAsset(Versioned, models.Model):
    """Something that a community has and puts to use (盘活资源): a yard, a market, rooms; let as one whole.

    What is let in parts is entered in parts. The database refuses two lettings of one asset at one time.
    """

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="assets", verbose_name=_("enterprise")
    )
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=AssetKind)
    address = models.CharField(_("location"), max_length=200)
    area = models.DecimalField(_("area"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    area_unit = models.CharField(_("unit of area"), max_length=15, choices=AreaUnit, default=AreaUnit.SQUARE_METER)
    owner_kind = models.CharField(_("kind of owner"), max_length=15, choices=OwnerKind)
    owner_name = models.CharField(_("owner"), max_length=120)
    right_to_let = models.CharField(_("right to let"), max_length=12, choices=RightToLet)
    right_paper = models.CharField(
        _("paper of the right"), max_length=200, help_text=_("Title certificate, mandate or lease, with its number.")
    )
    right_until = models.DateField(_("right until"), null=True, blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("community asset")
        verbose_name_plural = _("community assets")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=AssetKind.values), name="communityasset_kind_is_known"),
            models.CheckConstraint(condition=models.Q(area__gt=0), name="communityasset_has_an_area"),
            models.CheckConstraint(
                condition=models.Q(right_to_let__in=RightToLet.values) & ~models.Q(right_paper=""),
                name="communityasset_right_has_a_paper",
            ),
            models.UniqueConstraint(fields=["enterprise", "name"], name="communityasset_named_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list that the asset stands in."""
        return reverse("funds:enterprise-lettings", kwargs={"pk": self.enterprise_id})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division

    @property
    def area_text(self) -> str:
        """The area with its unit."""
        return f"{self.area.normalize():f} {self.get_area_unit_display()}"


class LesseeKind(models.TextChoices):
    """Who rents."""

    UNIT = "UNIT", _("organization or company")
    PERSON = "PERSON", _("person")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says, as its operations take it; `ends_on` is the first day after the term."""

    lessee_kind: str
    lessee: str
    purpose: str
    starts_on: dt.date
    ends_on: dt.date
    monthly_rent: Decimal
    document: PolicyDocument
    deposit: Decimal = ZERO
    days_to_pay: int = 10
    is_related: bool = False
    relation: str = ""
    recusal: str = ""
    notice: PublicNotice | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns."""
        return stripped({column.name: getattr(self, column.name) for column in fields(self)})


class LettingQuerySet(models.QuerySet["Letting"]):
    """Reads over lettings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Contracts for those who oversee the place or act for the enterprise (Basis: report S0: terms stay closed)."""
        return self.filter(handled(user)) if user.is_authenticated else self.none()

    def in_division(self, division: Division) -> Self:
        """Lettings of a place and all places below it."""
        return self.filter(inside(division, "enterprise__division"))

    def with_account(self, day: dt.date) -> Self:
        """Rows with `due`, `paid` and `arrears` in yuan as they stand on a day, payments for the oldest month first."""
        charged = RentCharge.objects.filter(letting=models.OuterRef("pk"), due_on__lte=day).order_by()
        received = RentReceipt.objects.standing().filter(letting=models.OuterRef("pk"), received_on__lte=day).order_by()
        net = models.Sum(models.F("amount") - models.F("waived"))
        money: Any = models.DecimalField(max_digits=14, decimal_places=2)
        due = charged.values("letting").annotate(total=net).values("total")
        paid = received.values("letting").annotate(total=models.Sum("amount")).values("total")
        return self.annotate(
            due=Coalesce(models.Subquery(due, output_field=money), ZERO),
            paid=Coalesce(models.Subquery(paid, output_field=money), ZERO),
        ).annotate(
            arrears=models.ExpressionWrapper(
                models.functions.Greatest(models.F("due") - models.F("paid"), ZERO), output_field=money
            )
        )

    def in_arrears(self, day: dt.date) -> Self:
        """Lettings with rent that was due before this day and has not been received."""
        return self.with_account(day - dt.timedelta(days=1)).filter(arrears__gt=0)

    def to_follow_up(self, day: dt.date) -> Self:
        """Lettings of which the clock has reminded and whose rent has not come since, until this day."""
        charged = RentCharge.objects.filter(letting=models.OuterRef("pk")).order_by()
        reminded = charged.filter(reminded_at__isnull=False).values("letting")
        until = charged.filter(due_on__lte=models.OuterRef("reminded_until")).values("letting")
        net = models.Sum(models.F("amount") - models.F("waived"))
        money: Any = models.DecimalField(max_digits=14, decimal_places=2)
        last: Any = models.Subquery(reminded.annotate(last=models.Max("due_on")).values("last"))
        return (
            self.with_account(day)
            .annotate(reminded_until=last)
            .annotate(reminded_due=models.Subquery(until.annotate(total=net).values("total"), output_field=money))
            .filter(reminded_due__gt=models.F("paid"))
        )

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("asset", "enterprise__division", "document", "notice").order_by("-pk")

    def for_account(self) -> Self:
        """Rows with what their rent account is computed from; two queries more."""
        charges, receipts = RentCharge.objects.order_by("number"), RentReceipt.objects.standing().order_by("pk")
        return self.for_list().prefetch_related(
            models.Prefetch("charges", charges), models.Prefetch("receipts", receipts)
        )

    def with_papers(self) -> Self:
        """Rows with the keys of their papers; one query more."""
        return self.prefetch_related(models.Prefetch("papers", Attachment.objects.only("pk").order_by("pk")))

    def for_detail(self) -> Self:
        """Rows with their schedule, receipts and papers; three queries more."""
        return self.for_list().prefetch_related(
            models.Prefetch("charges", RentCharge.objects.order_by("number")),
            models.Prefetch("receipts", RentReceipt.objects.select_related("evidence").order_by("received_on", "pk")),
            models.Prefetch("papers", Attachment.objects.order_by("pk")),
        )


class Letting(Versioned, RelatedParty):
    """A contract by which an asset is let (status moved by `governance.lifecycle`); the term is half open.

    Entered by the enterprise or the community, confirmed by another person of the street. It cites the decision that
    allowed it. One to a related party waits for its notice. The monthly charges are rows made by the clock.
    """

    asset = models.ForeignKey(
        CommunityAsset, on_delete=models.PROTECT, related_name="lettings", verbose_name=_("asset")
    )
    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="lettings", verbose_name=_("enterprise")
    )
    lessee_kind = models.CharField(_("kind of lessee"), max_length=10, choices=LesseeKind)
    lessee = models.CharField(_("lessee"), max_length=120)
    purpose = models.CharField(_("let for"), max_length=120)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to, exclusive"))
    monthly_rent = YuanField(_("rent a month"))
    deposit = YuanField(_("deposit"), default=0)
    days_to_pay = models.PositiveSmallIntegerField(
        _("days to pay"), default=10, help_text=_("Days after the first day of each month of the letting.")
    )
    document = models.ForeignKey(
        PolicyDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("decision that allowed it")
    )
    notice = models.ForeignKey(
        PublicNotice, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("notice")
    )
    papers = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("papers"))
    status = models.CharField(
        _("status"), max_length=12, choices=LettingStatus, default=LettingStatus.DRAFT, editable=False
    )
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
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
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    demanded_on = models.DateField(_("rent demanded on"), null=True, blank=True, editable=False)
    demand_until = models.DateField(_("to be paid by"), null=True, blank=True, editable=False)

    objects = LettingQuerySet.as_manager()

    class Meta:
        verbose_name = _("letting")
        verbose_name_plural = _("lettings")
        triggers: ClassVar = [
            lifecycle.trigger(LETTING),
            pgtrigger.Trigger(
                name="waits_for_its_notice",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="RUNNING", new__is_related=True),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice WHERE id = NEW.notice_id AND status = 'CLOSED_CLEAR'
                    ) THEN
                        RAISE EXCEPTION 'A letting to a related party waits for its notice'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'letting_waits_for_its_notice';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # What was confirmed stays; only its end may come earlier.
            stays(
                "letting",
                (
                    "asset_id",
                    "enterprise_id",
                    "lessee_kind",
                    "lessee",
                    "starts_on",
                    "monthly_rent",
                    "days_to_pay",
                    "document_id",
                    "is_related",
                    "ends_on > OLD.ends_on",
                ),
                once="OLD.status <> 'DRAFT'",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "-id"], name="letting_enterprise"),
            # What the clock looks for: running lettings, in order.
            models.Index(fields=["id"], condition=models.Q(status="RUNNING"), name="letting_running"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=LettingStatus.values), name="letting_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="letting_term_runs_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("entered_by")),
                name="letting_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(demanded_on=None, demand_until=None)
                | models.Q(demanded_on__isnull=False, demand_until__gt=models.F("demanded_on")),
                name="letting_demand_leaves_time",
            ),
            explained("letting"),
            ExclusionConstraint(
                name="letting_one_at_a_time",
                expressions=[
                    ("asset", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=~models.Q(status=LettingStatus.WITHDRAWN),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.starts_on}"

    def get_absolute_url(self) -> str:
        """The letting's page."""
        return reverse("funds:letting-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division

    @property
    def last_day(self) -> dt.date:
        """The last day of the term."""
        return self.ends_on - dt.timedelta(days=1)


class ChargeQuerySet(models.QuerySet["RentCharge"]):
    """Reads over charges."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Charges of the lettings that this person may see."""
        return self.filter(handled(user, "letting__enterprise")) if user.is_authenticated else self.none()

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("letting__asset", "letting__enterprise__division").order_by("-pk")


class RentCharge(models.Model):
    """The rent of one month of a letting, in yuan; made by the clock, once, when the month begins.

    A month that ends early is charged by its days. `waived` is what the street has let off, with the reason.
    `reminded_at`: when the clock told of it, `letting.late_days` after it was due and not received.
    """

    letting = models.ForeignKey(
        Letting, on_delete=models.PROTECT, related_name="charges", db_index=False, verbose_name=_("letting")
    )
    number = models.PositiveSmallIntegerField(_("month of the letting"))
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to, exclusive"))
    due_on = models.DateField(_("due on"))
    amount = YuanField(_("amount"))
    waived = YuanField(_("waived"), default=0)
    waived_reason = models.CharField(_("why it was waived"), max_length=200, blank=True)
    waived_at = models.DateTimeField(_("waived at"), null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("waived by"),
    )
    made_at = models.DateTimeField(_("made at"))
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True, editable=False)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("rent charge")
        verbose_name_plural = _("rent charges")
        triggers: ClassVar = [
            stays("rentcharge", ("letting_id", "number", "from_on", "to_on", "due_on", "amount")),
            never_deleted("rentcharge"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letting", "number"], name="rentcharge_once_a_month"),
            models.CheckConstraint(
                condition=models.Q(to_on__gt=models.F("from_on"), due_on__gte=models.F("from_on")),
                name="rentcharge_month_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(waived__gte=0, waived__lte=models.F("amount")), name="rentcharge_waived_is_a_part"
            ),
            models.CheckConstraint(
                condition=models.Q(waived=0)
                | (models.Q(waived_by__isnull=False, waived_at__isnull=False) & ~models.Q(waived_reason="")),
                name="rentcharge_waiver_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letting} · {self.number}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.letting.enterprise.division

    @property
    def owed(self) -> Any:
        """What is to be paid of it."""
        return self.amount - self.waived


class ReceiptQuerySet(models.QuerySet["RentReceipt"]):
    """Reads over receipts of rent."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Receipts of the lettings that this person may see."""
        return self.filter(handled(user, "letting__enterprise")) if user.is_authenticated else self.none()

    def standing(self) -> Self:
        """Receipts that were not taken back."""
        return self.filter(voided_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("letting__asset", "letting__enterprise__division", "evidence").order_by("-pk")


class RentReceipt(models.Model):
    """Rent that has arrived, in yuan, with the number of the bank slip; never changed, only taken back with a reason."""

    letting = models.ForeignKey(Letting, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("letting"))
    received_on = models.DateField(_("received on"))
    amount = YuanField(_("amount"))
    reference = models.CharField(_("number of the bank slip"), max_length=80)
    evidence = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    voided_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("taken back by"),
    )
    void_reason = models.CharField(_("why it was taken back"), max_length=200, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt of rent")
        verbose_name_plural = _("receipts of rent")
        triggers: ClassVar = [
            stays(
                "rentreceipt",
                ("letting_id", "received_on", "amount", "reference"),
                final="OLD.voided_at IS NOT NULL",
            ),
            never_deleted("rentreceipt"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="rentreceipt_is_positive"),
            models.UniqueConstraint(
                fields=["letting", "reference"],
                condition=models.Q(voided_at=None),
                name="rentreceipt_once_a_slip",
            ),
            models.CheckConstraint(
                condition=models.Q(voided_at=None, voided_by=None, void_reason="")
                | (models.Q(voided_at__isnull=False, voided_by__isnull=False) & ~models.Q(void_reason="")),
                name="rentreceipt_void_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letting} · {self.received_on}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.letting.enterprise.division
