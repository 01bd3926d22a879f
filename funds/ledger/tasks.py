"""The nightly proof of every book, and the sums of its months."""

from __future__ import annotations

import logging

from celery import shared_task

from funds.ledger import operations
from funds.ledger.flows import BookSummary
from funds.ledger.lifecycle import BookStatus
from funds.ledger.models import Book
from governance.accounts.queries import system_actor
from governance.calendar import clock

logger = logging.getLogger(__name__)


@shared_task(name="ledger.prove")
def prove() -> int:
    """Prove every open book on its own and freeze those that do not agree; return their number."""
    by, now = system_actor(), clock.now()
    broken = 0
    for book in Book.objects.filter(status=BookStatus.OPEN).order_by("pk").iterator(chunk_size=1000):
        findings = operations.prove_book(by=by, book=book, now=now)
        if findings:
            broken += 1
            logger.error("book does not agree", extra={"book": book.code, "finding": findings[0].what})
    return broken


@shared_task(name="ledger.sum_up")
def sum_up() -> int:
    """Bring the sums of the months up to the last journal of every book; return how many books had new ones."""
    return BookSummary.objects.bring_up()
