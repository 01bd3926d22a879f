"""Which bank lines of a charity a fund's month waits for: those that point to the fund, and no others.

Money on the charity's account that points to none of its funds is the charity's to clear up (暂收款): it belongs to no fund
until somebody says to which, and is posted then, in a month that is still open. It must not hold the accounts of funds
that it has nothing to do with.

A line points to a fund plainly by a suggested match, by a part that is matched already, or by what the bank wrote: the
reference of an order or of a donation that is awaited, the number of the agreement, the name of the fund. It points to a
fund only by likeness where the payer or the amount is that of an order or a donation that the fund awaits; that counts
unless the line points plainly to another fund.

Basis: Accounting System for Non-profit Organizations (民间非营利组织会计制度): receipts that are not cleared up stand as
payables; Charity Law art. 72, accounts of a fund are published by their clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Length

from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.charity.models import CommunityFund
from funds.donations.lifecycle import DonationStatus
from funds.donations.models import Donation
from funds.reinvestment.models import ReinvestmentOrder

if TYPE_CHECKING:
    from funds.statements.policy import Span

SHORTEST = 4
"""References and names below so many characters are no sign: they stand in any memo."""


@dataclass(frozen=True, slots=True)
class OpenLines:
    """How many lines of a month point to the fund, and how many to no fund of the charity at all."""

    pointing: int = 0
    unclear: int = 0


def open_lines(fund: CommunityFund, span: Span) -> OpenLines:
    """Count the lines of the fund's charity in a month of which something is not matched; one query."""
    lines = BankLine.objects.waiting().filter(
        charity=fund.charity_id, booked_on__gte=span.start, booked_on__lt=span.end
    )
    own, all_of_it = (CommunityFund.objects.filter(which) for which in (Q(pk=fund.pk), Q(charity=fund.charity_id)))
    points = plainly(own) | (alike(own) & ~plainly(all_of_it))
    found = lines.aggregate(
        pointing=Count("pk", filter=points), unclear=Count("pk", filter=~plainly(all_of_it) & ~alike(all_of_it))
    )
    return OpenLines(**found)


def plainly(funds: QuerySet[CommunityFund]) -> Q:
    """Return the filter of lines that point plainly to one of the funds."""
    match = BankMatch.objects.undecided().filter(line=OuterRef("pk"))
    part = BankAllocation.objects.standing().filter(line=OuterRef("pk"))
    return (
        Q(Exists(match.filter(Q(order__fund__in=funds) | Q(journal__book__in=funds.values("book")))))
        | Q(Exists(part.filter(journal__book__in=funds.values("book"))))
        | Q(Exists(_named(_orders(funds), "reference")))
        | Q(Exists(_named(_donations(funds), "reference")))
        | Q(Exists(_named(funds, "agreement_number")))
        | Q(Exists(_named(funds, "name")))
        | Q(Exists(_named(funds, "short_name")))
    )


def alike(funds: QuerySet[CommunityFund]) -> Q:
    """Return the filter of lines whose payer or amount is that of something that one of the funds awaits."""
    here = Q(amount=OuterRef("amount"))
    return Q(Exists(_orders(funds).filter(here | Q(enterprise__name=OuterRef("payer"))))) | Q(
        Exists(_donations(funds).filter(here | Q(donor_name=OuterRef("payer"))))
    )


def _orders(funds: QuerySet[CommunityFund]) -> QuerySet[ReinvestmentOrder]:
    return ReinvestmentOrder.objects.payable().filter(fund__in=funds)


def _donations(funds: QuerySet[CommunityFund]) -> QuerySet[Donation]:
    return Donation.objects.filter(fund__in=funds, status=DonationStatus.PLEDGED)


def _named(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    """Return the rows whose column stands in the memo of the line outside."""
    said = rows.annotate(
        memo_outside=ExpressionWrapper(OuterRef("memo"), output_field=TextField()), length=Length(column)
    )
    found: QuerySet[Any] = said.filter(length__gte=SHORTEST, memo_outside__contains=F(column))
    return found
