"""How a community fund lives, and how a donation proceeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import present_day
from governance.lifecycle import Lifecycle, Move
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.charity.models import CommunityFund


class FundStatus(models.TextChoices):
    """Where a fund stands."""

    APPLIED = "APPLIED", _("applied for")
    AGREED = "AGREED", _("agreement signed")
    ACTIVE = "ACTIVE", _("active")
    RECTIFYING = "RECTIFYING", _("rectifying")
    CLOSING = "CLOSING", _("closing")
    CLOSED = "CLOSED", pgettext_lazy("fund", "closed")


def is_ready_to_open(fund: CommunityFund) -> StrOrPromise | None:
    """Hold a fund back until its committee is large enough and odd and its opening amount is pledged.

    Basis: Hunan guide on community charity funds 2025.
    """
    if fund.committee is None:
        return _("The fund has no committee yet. Name the committee first.")
    sits = models.Q(valid_to=None) | models.Q(valid_to__gt=present_day())
    voting = fund.committee.memberships.filter(sits).exclude(seat="SUPERVISOR").count()
    if voting < fund.committee_minimum or (fund.committee_is_odd and voting % 2 == 0):
        asked = (
            _("The committee has %(voting)s members and needs an odd number of at least %(minimum)s.")
            if fund.committee_is_odd
            else _("The committee has %(voting)s members and needs at least %(minimum)s.")
        )
        return asked % {"voting": voting, "minimum": fund.committee_minimum}
    given = (
        fund.donations.exclude(status__in=["WITHDRAWN", "REFUNDED"])
        .exclude(channel="GOODS")
        .aggregate(total=models.Sum("amount"))["total"]
    )
    if (given or ZERO) < fund.opening_minimum:
        return _("The fund opens with at least %(minimum)s yuan; %(given)s yuan are given or pledged.") % {
            "minimum": format_yuan(fund.opening_minimum),
            "given": format_yuan(given or ZERO),
        }
    return None


def is_begun_in_steps(fund: CommunityFund) -> StrOrPromise | None:
    """Hold the status back until the steps of a closing stand ready (`funds.closing`)."""
    if getattr(fund, "closure", None) is None:
        return _("A closing goes in steps. Begin it on the closing page of the fund.")
    return None


def is_closed_in_steps(fund: CommunityFund) -> StrOrPromise | None:
    """Hold the end back until every step of the closing is done and nothing is left (Basis: Charity Law art. 58)."""
    closure = getattr(fund, "closure", None)
    if closure is None or closure.status != "REPORTED":
        return _("The steps of the closing are not done. They stand on the closing page of the fund.")
    return nothing_is_left(fund)


def nothing_is_left(fund: CommunityFund) -> StrOrPromise | None:
    """Hold the closing back until the balance was transferred (Basis: Charity Law art. 58)."""
    left = models.Sum(models.F("balance__received") - models.F("balance__given"))
    rest = fund.book.accounts.filter(kind__in=["POOL", "HOLD"]).aggregate(left=left)["left"] or ZERO
    if rest:
        return _("%(rest)s yuan are left. Transfer the balance as the agreement says first.") % {
            "rest": format_yuan(rest)
        }
    return None


FUND = Lifecycle(
    "funds.CommunityFund",
    initial=FundStatus.APPLIED,
    terminal=frozenset({FundStatus.CLOSED}),
    moves=(
        Move(
            "sign_agreement",
            frozenset({FundStatus.APPLIED}),
            FundStatus.AGREED,
            permission="funds.sign_fund_agreement",
            label=_("Sign the agreement"),
            verb="funds.fund.agreed",
            basis="Charity Law art. 58",
            stamp="agreed",
            apart_from=("applied",),
            fields=("agreement_number", "fee_rate", "agreement_ends_on", "agreement_terms"),
        ),
        Move(
            "activate",
            frozenset({FundStatus.AGREED}),
            FundStatus.ACTIVE,
            permission="funds.consent_fund",
            label=_("Consent and open"),
            verb="funds.fund.activated",
            basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
            stamp="activated",
            apart_from=("applied", "agreed"),
            guard=is_ready_to_open,
            fields=("opened_on",),
            event="funds.fund.activated",
        ),
        Move(
            "demand_rectification",
            frozenset({FundStatus.ACTIVE}),
            FundStatus.RECTIFYING,
            permission="funds.supervise_fund",
            label=_("Demand rectification"),
            verb="funds.fund.rectifying",
            basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
            stamp="rectified",
            needs_reason=True,
            event="funds.fund.rectifying",
        ),
        Move(
            "confirm_rectification",
            frozenset({FundStatus.RECTIFYING}),
            FundStatus.ACTIVE,
            permission="funds.supervise_fund",
            label=_("Confirm rectification"),
            verb="funds.fund.rectified",
            needs_reason=True,
        ),
        Move(
            "begin_closing",
            frozenset({FundStatus.ACTIVE, FundStatus.RECTIFYING}),
            FundStatus.CLOSING,
            permission="funds.sign_fund_agreement",
            label=_("Begin closing"),
            verb="funds.fund.closing",
            basis="Charity Law art. 58",
            guard=is_begun_in_steps,
            needs_reason=True,
            event="funds.fund.closing",
        ),
        Move(
            "close",
            frozenset({FundStatus.CLOSING}),
            FundStatus.CLOSED,
            permission="funds.close_fund",
            label=pgettext_lazy("fund", "Close"),
            verb="funds.fund.closed",
            basis="Charity Law art. 58",
            stamp="closed",
            guard=is_closed_in_steps,
            needs_reason=True,
            event="funds.fund.closed",
        ),
    ),
)
