"""The ledger room on the desk: books with their moves, accounts, journals to read and reverse."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from funds.ledger import operations
from funds.ledger.forms import ReversalForm, SuspensionForm
from funds.ledger.models import Account, Book, Journal, Suspension, Transfer
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, MovesAdmin, StaffAdmin, display

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User

MOVES = {
    "freeze": operations.freeze_book,
    "unfreeze": operations.unfreeze_book,
    "close": operations.close_book,
}


def prove(book: Book, by: User, now: dt.datetime, _data: dict[str, Any]) -> str:
    """Prove the book and say what came of it."""
    findings = operations.prove_book(by=by, book=book, now=now)
    return str(findings[0].sentence) if findings else _("Every figure of this book agrees with its transfers.")


def _with_unit(amount: Decimal, book: Book) -> str:
    """Write an amount with the unit of its book: books of volunteers' points stand beside those of money."""
    return f"{format_yuan(amount)} {book.get_unit_display()}"


class TransferInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """The lines of a voucher."""

    model = Transfer
    fields = ("line", "source", "target", "moved")
    readonly_fields = ("moved",)
    ordering = ("line",)
    extra = 0
    hide_title = True
    can_delete = False

    @admin.display(description=gettext_lazy("amount"))
    def moved(self, row: Transfer) -> str:
        """Write the amount with thousands apart."""
        return format_yuan(row.amount)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        """Read the accounts along."""
        rows: QuerySet[Transfer] = super().get_queryset(request).select_related("source", "target")
        return rows

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show them to whoever sees the voucher."""
        return request.user.has_perm("funds.view_journal", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: what is posted stays as it is."""
        return False

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission


@admin.register(Book)
class BookAdmin(MovesAdmin):
    """Books with their balances; frozen, released and closed by moves, proven at any time."""

    view_permission = "funds.view_book"
    acts: ClassVar = {
        "funds.book.opened": gettext_lazy("Book opened"),
    }
    list_display = ("name", "division", "status", "available", "kept", "sequence")
    list_select_related = ("division",)
    list_filter = ("status", "unit")
    search_fields = ("name", "code", "division__name")
    ordering = ("code",)
    fields = (
        *("name", "unit", "division", "status", "status_reason", "is_intake_stopped", "is_outgo_stopped", "opened_on"),
        *("available", "kept", "sequence", "voucher_year", "voucher_number", "code", "head_hash"),
    )
    readonly_fields = ("available", "kept")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed("prove", gettext_lazy("Recompute and compare"), "funds.prove_book", prove),
        Deed(
            "propose_period_close",
            gettext_lazy("Propose to close a month"),
            "funds.propose_period_close",
            lambda *_given: None,
            address=lambda book: f"{reverse('admin:funds_period_add')}?book={book.pk}",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Book]:
        """Read the balances along."""
        shown = super().get_queryset(request).values("pk")
        return Book.objects.filter(pk__in=shown).with_balance()

    @display(description=gettext_lazy("available"))
    def available(self, book: Any) -> str:
        """What is not held."""
        return _with_unit(book.free + book.restricted, book)

    @display(description=gettext_lazy("held for approved uses"))
    def kept(self, book: Any) -> str:
        """What is held for approved uses."""
        return _with_unit(book.held, book)

    def make_move(self, row: Model, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make the move by its operation, which keeps the reason on the book."""
        operation: Callable[..., Model] = MOVES[name]
        return operation(by=acting_user(request), book=row, reason=data.get("reason", ""), now=clock.now())


@admin.register(Suspension)
class SuspensionAdmin(MovesAdmin):
    """Suspensions of what comes into a book or goes out of it; lifted by another person."""

    view_permission = "funds.view_suspension"
    add_permission = "funds.enter_suspension"
    acts: ClassVar = {
        "funds.suspension.imposed": gettext_lazy("Suspended"),
    }
    form = SuspensionForm
    list_display = ("book", "flow", "status", "imposed_at", "imposed_by", "lifted_at")
    list_select_related = ("book__division", "book__fund", "imposed_by")
    list_filter = ("status", "flow")
    search_fields = ("=book__code", "book__name")
    ordering = ("-pk",)
    fields = ("book", "flow", "reason", "status", "imposed_at", "imposed_by", "lifted_at", "lifted_by", "lift_reason")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else SuspensionForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the books of funds; whether this person may suspend one, the operation asks."""
        if db_field.name == "book":
            kwargs["queryset"] = Book.objects.filter(fund__isnull=False).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> Model:
        """Suspend it."""
        return operations.suspend_book(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Lift it through its operation."""
        del name
        return operations.lift_suspension(
            by=acting_user(request), suspension=row, reason=data.get("reason", ""), now=clock.now()
        )


@admin.register(Account)
class AccountAdmin(StaffAdmin):
    """Accounts with their balances, to read."""

    view_permission = "funds.view_account"
    acts: ClassVar = {
        "funds.account.opened": gettext_lazy("Account opened"),
    }
    list_display = ("name", "kind", "book", "lying")
    list_select_related = ("book", "balance")
    list_filter = ("kind",)
    search_fields = ("=book__code", "code", "name")
    ordering = ("-pk",)
    fields = ("name", "kind", "book", "purpose", "lying", "code")
    readonly_fields = ("lying",)

    @display(description=gettext_lazy("balance"))
    def lying(self, account: Account) -> str:
        """What lies there, or has passed."""
        return _with_unit(account.balance.amount, account.book)


@admin.register(Journal)
class JournalAdmin(StaffAdmin):
    """Vouchers to read, and to reverse by another voucher."""

    view_permission = "funds.view_journal"
    acts: ClassVar = {
        "funds.journal.posted": gettext_lazy("Posted"),
    }
    list_display = ("__str__", "book", "posted_on", "kind", "memo", "total")
    list_select_related = ("book",)
    list_filter = ("kind", "posted_on")
    search_fields = ("=book__code", "=key", "memo")
    ordering = ("-pk",)
    inlines = (TransferInline,)
    fields = (
        *("book", "year", "voucher_number", "kind", "memo", "total", "posted_on", "posted_at", "posted_by"),
        *("reverses", "sequence", "key", "previous_hash", "hash"),
    )
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "reverse",
            gettext_lazy("Reverse"),
            "funds.reverse_journal",
            lambda journal, by, now, data: operations.reverse_journal(
                by=by, journal=journal, posted_on=data["posted_on"], memo=data["memo"], now=now
            ),
            form=ReversalForm,
            is_grave=True,
            is_open=lambda journal: not hasattr(journal, "reversed_by"),
        ),
        Deed(
            "print",
            gettext_lazy("Print the voucher (PDF)"),
            "funds.print_voucher",
            lambda *_given: None,
            address=lambda journal: reverse("funds:journal-voucher", args=[journal.pk]),
        ),
    )
