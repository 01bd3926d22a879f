"""How a book lives: it takes postings, is frozen when something is wrong, and is closed when it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.ledger.models import Book


class BookStatus(models.TextChoices):
    """Whether a book takes postings."""

    OPEN = "OPEN", _("open")
    FROZEN = "FROZEN", _("frozen")
    CLOSED = "CLOSED", _("closed")


class SuspensionStatus(models.TextChoices):
    """Whether a suspension holds."""

    IMPOSED = "IMPOSED", pgettext_lazy("suspension", "in force")
    LIFTED = "LIFTED", pgettext_lazy("suspension", "lifted")


def is_empty(book: Book) -> StrOrPromise | None:
    """Hold a book back from closing while money lies in it."""
    left = book.accounts.filter(kind__in=("POOL", "HOLD")).exclude(balance__received=models.F("balance__given"))
    if account := left.order_by("id").first():
        return _("Money still lies on “%(account)s”. Pay it out or transfer it first.") % {"account": account.label}
    return None


BOOK = Lifecycle(
    "funds.Book",
    initial=BookStatus.OPEN,
    terminal=frozenset({BookStatus.CLOSED}),
    moves=(
        Move(
            "freeze",
            frozenset({BookStatus.OPEN}),
            BookStatus.FROZEN,
            permission="funds.freeze_book",
            label=_("Freeze"),
            verb="funds.book.frozen",
            basis="Rule of this platform",
            needs_reason=True,
            event="funds.book.frozen",
            fields=("status_reason",),
        ),
        Move(
            "unfreeze",
            frozenset({BookStatus.FROZEN}),
            BookStatus.OPEN,
            permission="funds.unfreeze_book",
            label=_("Release"),
            verb="funds.book.unfrozen",
            basis="Rule of this platform",
            needs_reason=True,
            event="funds.book.unfrozen",
            fields=("status_reason",),
        ),
        Move(
            "close",
            frozenset({BookStatus.OPEN}),
            BookStatus.CLOSED,
            permission="funds.close_book",
            label=pgettext_lazy("book", "Close"),
            verb="funds.book.closed",
            basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
            guard=is_empty,
            needs_reason=True,
            event="funds.book.closed",
            fields=("status_reason",),
        ),
    ),
)

SUSPENSION = Lifecycle(
    "funds.Suspension",
    initial=SuspensionStatus.IMPOSED,
    terminal=frozenset({SuspensionStatus.LIFTED}),
    moves=(
        Move(
            "lift",
            frozenset({SuspensionStatus.IMPOSED}),
            SuspensionStatus.LIFTED,
            permission="funds.lift_suspension",
            label=_("Lift the suspension"),
            verb="funds.suspension.lifted",
            basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
            stamp="lifted",
            apart_from=("imposed",),
            needs_reason=True,
            fields=("lift_reason",),
            event="funds.suspension.lifted",
        ),
    ),
)
