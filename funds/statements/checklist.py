"""What stands open before a month of a book is closed: what must be done first, and what may go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from funds.banking.models import LineStatus
from funds.charity.models import CommunityFund
from funds.donations.lifecycle import DonationStatus
from funds.donations.models import Donation
from funds.intake.lifecycle import IntakeStatus
from funds.intake.models import DonationIntake
from funds.ledger.lifecycle import BookStatus
from funds.ledger.models import AccountKind, Balance, Book, Journal, Period
from funds.reinvestment.lifecycle import OrderStatus
from funds.reinvestment.models import ReinvestmentOrder
from funds.spending.lifecycle import PaymentStatus, RequestStatus
from funds.spending.models import Payment, SpendingRequest
from funds.statements.open_lines import open_lines
from funds.statements.periods import end_of, month_span
from funds.upkeep.lifecycle import UpkeepStatus
from funds.upkeep.models import UpkeepEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_stubs_ext import StrOrPromise

    from funds.statements.policy import Span


@dataclass(frozen=True, slots=True)
class Point:
    """One kind of thing that stands open, how many of it, where it is seen to, and whether the month waits for it."""

    key: str
    label: StrOrPromise
    count: int
    url: str
    is_blocking: bool = False

    def stored(self) -> dict[str, object]:
        """Return what a closed month remembers of it."""
        return {"key": self.key, "count": self.count}


LABELS: dict[str, StrOrPromise] = {
    "book": _("The account takes no posting. Have it proven and released first."),
    "earlier": _("Earlier months with vouchers that are not closed"),
    "bank_lines": _("Bank lines of this month that point to the fund and are neither matched nor set aside"),
    "unclear_lines": _("Bank lines of the charity in this month that point to none of its funds"),
    "files": _("Files of donations up to this month that are not posted"),
    "orders": _("Reinvestment that was paid in this month and not confirmed as received"),
    "donations": _("Donations entered up to this month and not received"),
    "upkeep": _("Interest and fees entered up to this month and not posted"),
    "payments": _("Approved payments that are not paid"),
    "holds": _("Uses whose money is still held"),
}
BLOCKING = ("book", "earlier", "bank_lines", "files", "orders")
"""What would have to be posted with a date in the month, which would then be closed."""


def open_points(book: Book, year: int, month: int) -> list[Point]:
    """Return what stands open in a month of a book, what it waits for first; eleven queries at most."""
    span = month_span(year, month)
    fund = CommunityFund.objects.filter(book=book).first()
    counted = [*_of_book(book, span), *(_of_fund(fund, span) if fund else ())]
    found = [Point(key, LABELS[key], count, url, key in BLOCKING) for key, count, url in counted if count]
    return sorted(found, key=lambda point: not point.is_blocking)


def _desk(model: str, **given: Any) -> str:
    return f"{reverse(f'admin:funds_{model}_changelist')}?{urlencode(given)}"


def _of_book(book: Book, span: Span) -> Iterator[tuple[str, int, str]]:
    is_stopped = Book.objects.filter(pk=book.pk).exclude(status=BookStatus.OPEN).count()
    yield "book", is_stopped, reverse("admin:funds_book_change", args=[book.pk])
    yield "earlier", len(months_before(book, span)), _desk("period", q=book.code)
    held = Balance.objects.filter(account__book=book, kind=AccountKind.HOLD, received__gt=F("given"))
    yield "holds", held.count(), _desk("spendingrequest", status__exact=RequestStatus.APPROVED)


def months_before(book: Book, span: Span) -> list[tuple[int, int]]:
    """Return the months before a period in which vouchers lie and which are not closed, in order; two queries."""
    closed = set(Period.objects.filter(book=book, closed_at__isnull=False).values_list("year", "month"))
    rows = Journal.objects.filter(book=book, posted_on__lt=span.start).order_by()
    posted = rows.values_list("posted_on__year", "posted_on__month").distinct()
    return sorted(set(posted) - closed)


def _of_fund(fund: CommunityFund, span: Span) -> Iterator[tuple[str, int, str]]:
    if fund.charity_id is not None:
        lines, desk = open_lines(fund, span), _desk("bankline", status__exact=LineStatus.UNMATCHED)
        yield "bank_lines", lines.pointing, desk
        yield "unclear_lines", lines.unclear, desk
    files = DonationIntake.objects.filter(
        fund=fund,
        uploaded_at__lt=end_of(span.last),
        status__in=[IntakeStatus.UPLOADED, IntakeStatus.READ, IntakeStatus.CONFIRMED],
    )
    yield "files", files.count(), _desk("donationintake", q=fund.name)
    orders = ReinvestmentOrder.objects.filter(
        fund=fund, status=OrderStatus.PAID, paid_on__gte=span.start, paid_on__lt=span.end
    )
    yield "orders", orders.count(), _desk("reinvestmentorder", status__exact=OrderStatus.PAID)
    pledged = Donation.objects.filter(fund=fund, status=DonationStatus.PLEDGED, recorded_at__lt=end_of(span.last))
    yield "donations", pledged.count(), _desk("donation", status__exact=DonationStatus.PLEDGED)
    upkeep = UpkeepEntry.objects.filter(fund=fund, status=UpkeepStatus.ENTERED, covers_to__lt=span.end)
    yield "upkeep", upkeep.count(), _desk("upkeepentry", status__exact=UpkeepStatus.ENTERED)
    payments = Payment.objects.filter(
        request__in=SpendingRequest.objects.filter(fund=fund), status=PaymentStatus.APPROVED
    )
    yield "payments", payments.count(), _desk("payment", status__exact=PaymentStatus.APPROVED)
