"""The account of a fund for everybody: what lies in it, where it came from and went, what came of each use, its head."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import BigIntegerField, Case, Func, OuterRef, Prefetch, Q, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from funds.ledger.models import Account, AccountKind, Journal
from funds.spending.lifecycle import PaymentStatus, RequestStatus
from funds.spending.models import SpendingRequest
from funds.statements import queries
from funds.statements.drawing import draw, draw_months
from funds.statements.figures import flows_of, months_in, movements_in, years_of
from funds.statements.flow import flow_of
from funds.statements.policy import statement_of
from governance.money import ZERO
from governance.printing import render

if TYPE_CHECKING:
    from funds.charity.models import CommunityFund
    from funds.ledger.models import Book
    from funds.statements.policy import Span

LATEST = 10
SHOWN_USES = 8
PRINTED = 60
DECIDED = (RequestStatus.APPROVED, RequestStatus.COMPLETED, RequestStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class Use:
    """One use that was decided: the request, what was paid and what is still held for it, its public contracts."""

    request: SpendingRequest
    paid: Decimal
    held: Decimal
    contracts: Sequence[Any]


def uses_of(fund: CommunityFund, accounts: Sequence[Account], most: int = SHOWN_USES) -> list[Use]:
    """Return the latest uses of a fund with what came of them; two queries.

    `accounts`: those of the fund's book with their balances. Contracts stand on a floor above, which holds the key.
    """
    contract: Any = SpendingRequest._meta.get_field("contracts").related_model
    signed = contract.objects.filter(signed_at__isnull=False).select_related("organization", "evaluation")
    rows = (
        SpendingRequest.objects.filter(fund=fund, status__in=DECIDED)
        .annotate(paid=Coalesce(Sum("payments__amount", filter=Q(payments__status=PaymentStatus.PAID)), ZERO))
        .prefetch_related(Prefetch("contracts", signed.order_by("pk"), to_attr="signed"))
        .order_by("-pk")[:most]
    )
    held = {account.code: account.balance.amount for account in accounts if account.kind == AccountKind.HOLD}
    return [Use(row, row.paid, held.get(row.hold_code, ZERO), row.signed) for row in rows]  # type: ignore[attr-defined]  # annotated above


def named_accounts(book: Book) -> list[Account]:
    """Return the accounts of a book with their balances, holds named by what they are held for; one query."""
    number = Func(OuterRef("code"), Value("^hold:request:([0-9]{1,18})$"), function="substring")
    title = SpendingRequest.objects.filter(pk=Cast(number, BigIntegerField())).values("title")[:1]
    held_for = Case(When(kind=AccountKind.HOLD, then=Subquery(title)), default=None)
    rows = list(Account.objects.filter(book=book).for_list().annotate(held_for=held_for).order_by("code"))
    for row in rows:
        row.name = getattr(row, "held_for", None) or row.name
    return rows


def account_of(fund: CommunityFund, today: dt.date, span: Span | None = None) -> dict[str, Any]:
    """Return what the public account shows, the flow over a period or all time; five queries.

    The pictures are drawn when a template asks for them, in the size of type that it wants.
    """
    accounts = named_accounts(fund.book)
    flows = flows_of(fund.book, accounts)
    moves = movements_in(flows, span)
    streams = flow_of(moves)
    months = months_in(flows, today)
    return {
        "fund": fund,
        "accounts": accounts,
        "money": queries.money_in(accounts),
        "span": span,
        "years": years_of(flows),
        "statement": statement_of(moves),
        "streams": streams,
        "flow_picture": partial(draw, streams),
        "large_flow_picture": partial(draw, streams, is_large=True),
        "months": months,
        "has_months": any(month.balance or month.came for month in months),
        "month_picture": partial(draw_months, months),
        "large_month_picture": partial(draw_months, months, is_large=True),
        "uses": uses_of(fund, accounts),
        "journals": list(queries.causes().filter(book=fund.book).order_by("-sequence")[:LATEST]),
    }


def head_address(fund: CommunityFund, book: Book) -> str:
    """Return the public address at which a printed head of the chain is compared with the chain of the day."""
    arguments = [fund.pk, book.sequence, book.head_hash]
    return str(settings.SITE_URL).rstrip("/") + reverse("funds:fund-head", args=arguments)


def print_account(fund: CommunityFund, today: dt.date, now: dt.datetime) -> bytes:
    """Return the account of a fund as a PDF for the notice board, with the chain's head as a code to be scanned.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    shown = account_of(fund, today)
    return render(
        "funds/statements/account_sheet.html",
        {**shown, "address": head_address(fund, fund.book), "printed_at": now, "statement_year": today.year},
    )


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """What became of a head that somebody has noted: the voucher that bore it, and how many have followed."""

    sequence: int
    head: str
    journal: Journal | None
    later: int

    @property
    def holds(self) -> bool:
        """Whether the chain of today still runs through it."""
        return self.journal is not None and self.journal.hash == self.head


def check_head(book: Book, sequence: int, head: str) -> HeadCheck:
    """Compare a noted head with the chain as it stands; one query."""
    journal = Journal.objects.filter(book=book, sequence=sequence).select_related("book").first()
    return HeadCheck(sequence, head, journal, max(book.sequence - sequence, 0))
