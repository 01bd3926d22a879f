"""Promises to add to donations, and what they have added."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division, inside
from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund, in_hands_of
from funds.donations.lifecycle import PROMISE, PromiseStatus
from funds.donations.models import Donation
from funds.ledger.models import Journal
from governance import lifecycle
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class MatchingPromiseQuerySet(models.QuerySet["MatchingPromise"]):
    """Reads over promises."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Promises that are in force or over, to everybody; others to those who handle the fund."""
        public = ~models.Q(status=PromiseStatus.PROPOSED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | in_hands_of(user))

    def in_division(self, division: Division) -> Self:
        """Promises for the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "appeal").order_by("-pk")

    def serving(self, *, fund: int, appeal: int | None, day: dt.date) -> Self:
        """Promises that add to a donation of this day, those for its appeal first, then the oldest."""
        target = models.Q(appeal=None) | models.Q(appeal=appeal) if appeal else models.Q(appeal=None)
        running = self.filter(target, fund=fund, status=PromiseStatus.FUNDED, starts_on__lte=day, ends_on__gte=day)
        return running.filter(used__lt=models.F("cap")).order_by(models.F("appeal").asc(nulls_last=True), "pk")


class MatchingPromise(models.Model):
    """A promise to add `ratio` yuan to each yuan given, up to a cap (配捐; status by the lifecycle).

    Adds to donations only once the charity has confirmed that the whole cap lies in its account. `used` is what was
    added so far.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="promises", verbose_name=_("fund"))
    appeal = models.ForeignKey(
        Appeal, on_delete=models.PROTECT, null=True, blank=True, related_name="promises", verbose_name=_("appeal")
    )
    matcher = models.CharField(_("who adds"), max_length=100)
    is_name_public = models.BooleanField(_("name may be published"), default=False)
    ratio = models.DecimalField(_("yuan added to each yuan"), max_digits=6, decimal_places=2)
    cap = YuanField(_("in all at most"))
    each_at_most = YuanField(_("to one donation at most"), null=True, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reference = models.CharField(_("bank reference of the deposit"), max_length=80, blank=True, editable=False)
    used = YuanField(_("added so far"), default=0, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=PromiseStatus, default=PromiseStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("entered at"), editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    funded_at = models.DateTimeField(_("deposit confirmed at"), null=True, blank=True, editable=False)
    funded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("deposit confirmed by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = MatchingPromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("matching promise")
        verbose_name_plural = _("matching promises")
        triggers: ClassVar = [lifecycle.trigger(PROMISE)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=PromiseStatus.values), name="matchingpromise_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(used__gte=0, used__lte=models.F("cap")), name="matchingpromise_stays_below_its_cap"
            ),
            models.CheckConstraint(condition=models.Q(ratio__gt=0, cap__gt=0), name="matchingpromise_adds_something"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="matchingpromise_runs_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(funded_by=None) | ~models.Q(funded_by=models.F("proposed_by")),
                name="matchingpromise_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="FUNDED") | ~models.Q(reference=""), name="matchingpromise_funded_is_there"
            ),
        ]

    def __str__(self) -> str:
        return f"1 : {self.ratio.normalize():f} · {self.fund}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The key of the charity in whose account the deposit lies."""
        return self.fund.charity_id

    @property
    def left(self) -> Decimal:
        """What may still be added."""
        difference: Decimal = self.cap - self.used
        return difference

    @property
    def public_matcher(self) -> str:
        """Who adds, as everybody may know them."""
        return self.matcher if self.is_name_public else str(_("a donor who is not named"))


class DonationMatch(models.Model):
    """What a promise has added to one donation, once; taken back only with the donation itself."""

    promise = models.ForeignKey(
        MatchingPromise, on_delete=models.PROTECT, related_name="matches", verbose_name=_("promise")
    )
    donation = models.OneToOneField(
        Donation, on_delete=models.PROTECT, related_name="match", verbose_name=_("donation")
    )
    amount = YuanField(_("amount"))
    journal = models.ForeignKey(
        Journal, on_delete=models.PROTECT, related_name="donation_matches", verbose_name=_("journal")
    )
    refund_journal = models.OneToOneField(
        Journal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="refunded_match",
        verbose_name=_("journal of the refund"),
    )

    class Meta:
        verbose_name = _("matched donation")
        verbose_name_plural = _("matched donations")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="donationmatch_adds_something"),
        ]

    def __str__(self) -> str:
        return f"{format_yuan(self.amount)} · {self.donation}"
