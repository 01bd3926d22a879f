"""Who stands on a roll and who votes for whom: units with their owners, written proxies, one-time codes on paper."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.territory.models import Division
from consultation.ballots.models import PAPER_ROLES, Ballot, RollEntry
from consultation.ballots.walls import PROXY_BEFORE_OPENING, PROXY_STAYS, SLIP_STAYS
from governance.accounts.masking import mask_name
from governance.calendar.days import valid_on

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

MOST_PROXIES = 3
"""One person votes for at most so many others (Basis: Organic Law of Villagers' Committees art. 15; local measures)."""


class UnitUse(models.TextChoices):
    """What a unit is."""

    HOME = "HOME", pgettext_lazy("unit", "home")
    SHOP = "SHOP", pgettext_lazy("unit", "shop or office")
    CAR_SPACE = "CAR_SPACE", pgettext_lazy("unit", "car space")
    OTHER = "OTHER", pgettext_lazy("unit", "other")


class OwnedUnitQuerySet(models.QuerySet["OwnedUnit"]):
    """Reads over units."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Units of the places in which one takes votes in."""
        return self.filter(within(user, *PAPER_ROLES, division="division"))

    def counted_on(self, day: dt.date) -> Self:
        """Units that count on this day: with a certificate of their own (Basis: Civil Code art. 278; interpretation of the
        Supreme People's Court on the ownership of building sections, art. 8 and 9)."""
        return self.filter(valid_on(day)).exclude(certificate_number="")

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("division")


class OwnedUnit(models.Model):
    """One unit of a building with its owner of a period: home, shop, or car space with a certificate of its own.

    `area` is that of the certificate. A unit without a certificate (an undivided car space) counts neither as an owner nor
    with its area. `owner_hash` is the keyed hash of the owner's identity number: owners who share name and building stay
    two, and one owner of several units is one. Several owners of one unit name one of them.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="units", verbose_name=_("community"))
    label = models.CharField(_("building and room"), max_length=60)
    use = models.CharField(_("use"), max_length=20, choices=UnitUse, default=UnitUse.HOME)
    certificate_number = models.CharField(
        _("number of the certificate"),
        max_length=60,
        blank=True,
        help_text=_("Empty where the unit has none of its own."),
    )
    area = models.DecimalField(
        _("floor area by certificate"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    owner_name = models.CharField(_("owner"), max_length=50)
    owner_hash = models.CharField(_("identity hash"), max_length=64, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("log-in"),
    )
    valid_from = models.DateField(_("owner since"))
    valid_to = models.DateField(_("owner until"), null=True, blank=True, editable=False)
    registered_at = models.DateTimeField(_("registered at"), editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("registered by"),
    )

    objects = OwnedUnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("owned unit")
        verbose_name_plural = _("owned units")
        indexes: ClassVar = [models.Index(fields=["division", "owner_hash"], name="ownedunit_owner")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(use__in=UnitUse.values), name="ownedunit_use_is_known"),
            models.CheckConstraint(
                condition=models.Q(certificate_number="") | models.Q(area__gt=0),
                name="ownedunit_certificate_has_an_area",
            ),
            models.UniqueConstraint(
                fields=["division", "label"], condition=models.Q(valid_to=None), name="ownedunit_one_owner_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["certificate_number"],
                condition=models.Q(valid_to=None) & ~models.Q(certificate_number=""),
                name="ownedunit_certificate_is_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="ownedunit_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {mask_name(self.owner_name)}"


class Relation(models.TextChoices):
    """How the holder of a proxy is related to whom they vote for (near relatives: Civil Code art. 1045)."""

    SPOUSE = "SPOUSE", _("spouse")
    PARENT = "PARENT", pgettext_lazy("relative", "parent")
    CHILD = "CHILD", _("child")
    SIBLING = "SIBLING", _("brother or sister")
    GRANDPARENT = "GRANDPARENT", _("grandparent")
    GRANDCHILD = "GRANDCHILD", _("grandchild")


class ProxyQuerySet(models.QuerySet["Proxy"]):
    """Reads over proxies."""

    def in_force(self) -> Self:
        """Proxies that were not withdrawn."""
        return self.filter(revoked_at=None)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Proxies of the places in which one takes votes in; the posted list masks names."""
        return self.filter(within(user, *PAPER_ROLES, division="ballot__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("ballot__division", "principal", "holder")


class Proxy(models.Model):
    """A written proxy (委托投票): a near relative on the same roll votes for somebody, at most three for one holder.

    Accepted between freeze and opening, so that the list is posted before the first vote. `place` numbers the proxies of
    one holder: the database knows no fourth.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="proxies", verbose_name=_("ballot"))
    principal = models.ForeignKey(
        RollEntry, on_delete=models.PROTECT, related_name="proxies_given", verbose_name=_("who is represented")
    )
    holder = models.ForeignKey(
        RollEntry, on_delete=models.PROTECT, related_name="proxies_held", verbose_name=_("who votes for them")
    )
    relation = models.CharField(pgettext_lazy("proxy", "relation"), max_length=20, choices=Relation)
    place = models.PositiveSmallIntegerField(_("place"), editable=False)
    paper = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("photo of the written proxy")
    )
    registered_at = models.DateTimeField(_("registered at"), editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("registered by"),
    )
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("withdrawn by"),
    )

    objects = ProxyQuerySet.as_manager()

    class Meta:
        verbose_name = _("proxy")
        verbose_name_plural = _("proxies")
        triggers: ClassVar = [PROXY_BEFORE_OPENING, PROXY_STAYS]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["principal"], condition=models.Q(revoked_at=None), name="proxy_one_for_each_person"
            ),
            models.UniqueConstraint(
                fields=["holder", "place"], condition=models.Q(revoked_at=None), name="proxy_place_is_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(place__gte=1, place__lte=MOST_PROXIES), name="proxy_at_most_three_for_a_holder"
            ),
            models.CheckConstraint(condition=~models.Q(principal=models.F("holder")), name="proxy_for_somebody_else"),
            models.CheckConstraint(condition=models.Q(relation__in=Relation.values), name="proxy_relation_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.place}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.ballot.division


class CodeSlipQuerySet(models.QuerySet["CodeSlip"]):
    """Reads over slips."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Slips of the places in which one takes votes in."""
        return self.filter(within(user, *PAPER_ROLES, division="ballot__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("ballot__division", "entry")


class CodeSlip(models.Model):
    """A one-time code on paper for somebody without a log-in: it casts the vote of its entry, once.

    Only the keyed hash of the code is kept. It is of no use once a vote stands for the entry, by whatever channel; a slip
    that was lost is voided and another one printed.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="slips", verbose_name=_("ballot"))
    entry = models.ForeignKey(RollEntry, on_delete=models.PROTECT, related_name="slips", verbose_name=_("roll entry"))
    code_hash = models.CharField(_("hash of the code"), max_length=64, unique=True, editable=False)
    printed_at = models.DateTimeField(_("printed at"), editable=False)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("printed by"),
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    void_reason = models.CharField(_("why void"), max_length=200, blank=True, editable=False)

    objects = CodeSlipQuerySet.as_manager()

    class Meta:
        verbose_name = _("code slip")
        verbose_name_plural = _("code slips")
        triggers: ClassVar = [SLIP_STAYS]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entry"], condition=models.Q(voided_at=None), name="codeslip_one_valid_for_each_entry"
            ),
            models.CheckConstraint(
                condition=models.Q(voided_at=None, void_reason="")
                | (models.Q(voided_at__isnull=False) & ~models.Q(void_reason="")),
                name="codeslip_void_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.ballot.division
