"""Distribution policies and standing decisions: entering, approving, retiring; what makes them fit or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from communities.policy.models import PolicyDocument
from communities.policy.queries import value
from communities.territory.models import Division
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.refusals import MayNotDistribute
from funds.reinvestment.models import DistributionPolicy, PolicyDestination, PolicyTier, StandingDecision
from funds.reinvestment.policy import SHARE, PolicyBase, Rounding, Route
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.money import ZERO, SplitDoesNotSum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accounts.models import User

LIVING_FUNDS = (FundStatus.ACTIVE, FundStatus.RECTIFYING)


class TiersUnfit(Invalid):
    """The tiers do not run from zero upwards without gaps, or a share is no part of 1."""

    code = "tiers_unfit"
    message = _(
        "The tiers must run from 0 upwards without gaps or overlaps, the last one without an end, "
        "each with a share between 0 and 1."
    )


class FixedAmountMissing(Invalid):
    """A policy over a fixed amount names none."""

    code = "fixed_amount_missing"
    message = _("Please give the fixed amount.")


class DestinationTwice(Invalid):
    """One fund stands twice among the destinations."""

    code = "destination_twice"
    message = _("“%(fund)s” is named twice among the destinations.")


class FundNotOpen(NotNow):
    """The fund takes no money now."""

    code = "fund_not_open"
    message = _("“%(fund)s” takes no money at present: it is %(status)s.")


class PolicyOverlaps(Conflict):
    """Another approved policy of the same enterprise or place covers some of the same days."""

    code = "policy_overlaps"
    message = _("Another approved policy covers some of these days. Retire it with an end date first.")


class EndBeforeBeginning(Invalid):
    """A period ends before it begins."""

    code = "validity_ends_before_beginning"
    message = _("The end %(end)s lies before the beginning %(beginning)s.")


class DateImpossible(Invalid):
    """A date lies in the future, or before what it follows."""

    code = "date_impossible"
    message = _("The date %(day)s cannot be right: it must lie between %(first)s and %(last)s.")


@dataclass(frozen=True, slots=True)
class Tier:
    """The share of the base from `lower` up to `upper` yuan; None: without end."""

    lower: Decimal
    upper: Decimal | None
    share: Decimal


@dataclass(frozen=True, slots=True)
class Destination:
    """A fund and its share of what is given back."""

    fund: CommunityFund
    share: Decimal


def enter_policy(
    *,
    by: User,
    place: CommunityEnterprise | Division,
    base: str,
    document: PolicyDocument,
    valid_from: dt.date,
    now: dt.datetime,
    destinations: Sequence[Destination],
    tiers: Sequence[Tier] = (),
    fixed_amount: Decimal | None = None,
    minimum_amount: Decimal = ZERO,
    cap_amount: Decimal | None = None,
    rounding_places: int = Rounding.FEN,
    route: str = Route.DONATION,
    valid_to: dt.date | None = None,
) -> DistributionPolicy:
    """Enter the next version of the policy of an enterprise, or of a place, as a draft.

    Without tiers, and with another base than a fixed amount, one tier with the district's usual share
    (`reinvest.share`) is entered.

    Raises:
        NotAllowed: no street or district staff of the place.
        MayNotDistribute: the enterprise is a social service agency.
        SplitDoesNotSum, DestinationTwice, FundNotOpen: the destinations.
        TiersUnfit, FixedAmountMissing, EndBeforeBeginning: the rest.
    """
    enterprise = place if isinstance(place, CommunityEnterprise) else None
    division = place if isinstance(place, Division) else place.division
    require(by, "funds.enter_distribution_policy", division)
    if enterprise is not None and not enterprise.may_distribute:
        raise MayNotDistribute(field="enterprise", enterprise=enterprise.name)
    _check_destinations(destinations)
    if base == PolicyBase.FIXED_AMOUNT:
        if fixed_amount is None:
            raise FixedAmountMissing(field="fixed_amount")
        tiers = ()
    else:
        fixed_amount = None
        tiers = tiers or [Tier(ZERO, None, value(SHARE, division, valid_from))]
        _check_tiers(tiers)
    if valid_to is not None and valid_to <= valid_from:
        raise EndBeforeBeginning(field="valid_to", end=valid_to, beginning=valid_from)
    with transaction.atomic():
        Division.objects.select_for_update(of=("self",), no_key=True).get(pk=division.pk)
        scope = Q(enterprise=enterprise) if enterprise else Q(enterprise=None, division=division)
        latest = DistributionPolicy.objects.filter(scope).aggregate(latest=Max("version"))["latest"] or 0
        policy = DistributionPolicy(
            enterprise=enterprise,
            division=division,
            version=latest + 1,
            base=base,
            fixed_amount=fixed_amount,
            minimum_amount=minimum_amount,
            cap_amount=cap_amount,
            rounding_places=rounding_places,
            route=route,
            valid_from=valid_from,
            valid_to=valid_to,
            document=document,
            entered_at=now,
            entered_by=by,
        )
        policy.full_clean()
        policy.save()
        PolicyTier.objects.bulk_create(
            PolicyTier(policy=policy, lower=tier.lower, upper=tier.upper, share=tier.share) for tier in tiers
        )
        PolicyDestination.objects.bulk_create(
            PolicyDestination(policy=policy, fund=line.fund, share=line.share) for line in destinations
        )
        after = {"base": base, "valid_from": valid_from, "version": policy.version}
        audit.record(by=by, verb="funds.distribution_policy.entered", row=policy, now=now, after=after)
    return policy


def _check_destinations(destinations: Sequence[Destination]) -> None:
    total = sum((line.share for line in destinations), Decimal(0))
    if total != 1 or any(line.share <= 0 for line in destinations):
        raise SplitDoesNotSum(field="destinations", total=total, expected=1)
    seen = set()
    for line in destinations:
        if line.fund.pk in seen:
            raise DestinationTwice(field="destinations", fund=line.fund.name)
        seen.add(line.fund.pk)
        check_fund(line.fund)


def check_fund(fund: CommunityFund) -> None:
    if fund.status not in LIVING_FUNDS:
        raise FundNotOpen(fund=fund.name, status=fund.get_status_display())


def _check_tiers(tiers: Sequence[Tier]) -> None:
    bound: Decimal | None = ZERO
    for tier in sorted(tiers, key=lambda tier: tier.lower):
        runs_on = tier.lower == bound and (tier.upper is None or tier.upper > tier.lower)
        if not runs_on or not 0 <= tier.share <= 1:
            raise TiersUnfit(field="tiers")
        bound = tier.upper
    if bound is not None:
        raise TiersUnfit(field="tiers")


def approve_policy(*, by: User, policy: DistributionPolicy, now: dt.datetime) -> DistributionPolicy:
    """Put a policy in force, by another person than the one who entered it.

    Raises:
        PolicyOverlaps: another approved policy covers some of its days.
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
    """
    try:
        with transaction.atomic():
            return lifecycle.move(policy, "approve", by=by, now=now)
    except IntegrityError as error:
        if "distributionpolicy_one_at_a_time" in str(error):
            raise PolicyOverlaps from error
        raise


def retire_policy(
    *, by: User, policy: DistributionPolicy, valid_to: dt.date, reason: str, now: dt.datetime
) -> DistributionPolicy:
    """End a policy; it still counts for periods that ended before `valid_to`.

    Raises:
        EndBeforeBeginning: `valid_to` lies before its beginning; the same day takes it back wholly.
        ReasonMissing, MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(policy, "retire", by=by)
    if valid_to < policy.valid_from:
        raise EndBeforeBeginning(field="valid_to", end=valid_to, beginning=policy.valid_from)
    return lifecycle.move(policy, "retire", by=by, now=now, reason=reason, changes={"valid_to": valid_to})


def record_standing_decision(
    *,
    by: User,
    enterprise: CommunityEnterprise,
    document: PolicyDocument,
    decided_on: dt.date,
    valid_from: dt.date,
    now: dt.datetime,
    today: dt.date,
    valid_to: dt.date | None = None,
    amount_limit: Decimal | None = None,
) -> StandingDecision:
    """Record a residents' decision that covers the orders of an enterprise for a period, up to an amount each.

    Raises:
        NotAllowed: no community or street staff of the place.
        DateImpossible: decided in the future.
        EndBeforeBeginning: the period ends before it begins.
    """
    require(by, "funds.record_standing_decision", enterprise)
    if decided_on > today:
        raise DateImpossible(field="decided_on", day=decided_on, first=enterprise.founded_on, last=today)
    if valid_to is not None and valid_to <= valid_from:
        raise EndBeforeBeginning(field="valid_to", end=valid_to, beginning=valid_from)
    row = StandingDecision(
        enterprise=enterprise,
        document=document,
        decided_on=decided_on,
        valid_from=valid_from,
        valid_to=valid_to,
        amount_limit=amount_limit,
        recorded_at=now,
        recorded_by=by,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"decided_on": decided_on, "valid_from": valid_from, "valid_to": valid_to, "amount_limit": amount_limit}
        audit.record(by=by, verb="funds.standing_decision.recorded", row=row, now=now, after=after)
    return row
