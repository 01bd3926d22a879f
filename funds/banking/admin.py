"""The banking room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from funds.banking import operations, upload
from funds.banking.forms import OrderForm, ReasonForm, StatementForm
from funds.banking.models import BankLine, BankMatch, LineStatus
from funds.banking.statement_file import RowsUnreadable, read_statement
from funds.banking.upload import UploadGone
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.money import ZERO
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from funds.charity.models import HostCharity

PREVIEWED = 20
COLORS = {"confirmed": "success", "rejected": "danger", "open": "info"}


def _is_free(line: BankLine) -> str | None:
    if line.status == LineStatus.UNMATCHED:
        return None
    return str(operations.LineNotFree(status=line.get_status_display()))


def _is_aside(line: BankLine) -> str | None:
    return None if line.status == LineStatus.SET_ASIDE else _("Only a line that was set aside can be taken up again.")


def _is_undecided(match: BankMatch) -> Any:
    if match.confirmed_at:
        return gettext_lazy("It has been confirmed.")
    return gettext_lazy("It has been rejected.") if match.rejected_at else None


@admin.register(BankLine)
class BankLineAdmin(StaffAdmin):
    """The credits on the charity's account: taken in from files, matched with orders, or set aside."""

    view_permission = "funds.view_bank_line"
    acts: ClassVar = {
        "funds.bank_lines.imported": gettext_lazy("Bank lines imported"),
        "funds.bank_line.set_aside": gettext_lazy("Bank line set aside"),
        "funds.bank_line.taken_up": gettext_lazy("Bank line taken up again"),
    }
    change_list_template = "funds/banking/desk_lines.html"
    list_display = ("booked_on", "amount", "payer", "memo", "bank_reference", "status")
    list_filter = ("status", "charity")
    search_fields = ("payer", "memo", "bank_reference")
    date_hierarchy = "booked_on"
    ordering = ("-booked_on", "-pk")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "suggest",
            gettext_lazy("Match with an order"),
            "funds.confirm_match",
            lambda row, by, now, data: operations.suggest_match(by=by, line=row, order=data["reference"], now=now),
            form=OrderForm,
            hindrance=_is_free,
        ),
        Deed(
            "set-aside",
            gettext_lazy("Set aside"),
            "funds.confirm_match",
            lambda row, by, now, data: operations.set_line_aside(by=by, line=row, reason=data["reason"], now=now),
            form=ReasonForm,
            hindrance=_is_free,
        ),
        Deed(
            "take-up",
            gettext_lazy("Take up again"),
            "funds.confirm_match",
            lambda row, by, now, _data: operations.take_line_up(by=by, line=row, now=now),
            hindrance=_is_aside,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankLine]:
        """Read the charity along."""
        rows: QuerySet[BankLine] = super().get_queryset(request)
        return rows.select_related("charity__division")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that takes a file in."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("take-in/", view, name="funds_bankline_take_in"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the way to the import to those who may use it."""
        more = {"may_import": request.user.has_perm("funds.import_bank_lines")}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Look a file over, then take it in; rows that cannot be read are named and nothing is written.

        What was looked over is kept for an hour, so that it need not be chosen again to be taken in.
        """
        if not request.user.has_perm("funds.import_bank_lines"):
            raise PermissionDenied
        chosen = request.method == "POST" and "kept" not in request.POST
        form = StatementForm(
            request.POST if chosen else None, request.FILES if chosen else None, user=acting_user(request)
        )
        found: dict[str, Any] = {}
        try:
            if chosen and form.is_valid():
                found = self._look_over(request, form) if "look" in request.POST else self._take_chosen(request, form)
            elif "kept" in request.POST:
                found = self._take_kept(request)
        except RowsUnreadable as refusal:
            found = {"bad": refusal.rows}
            messages.error(request, _("Nothing was imported."))
        except UploadGone as refusal:
            messages.error(request, str(refusal))
        except DomainError as refusal:
            put_into(form, refusal)
        if found.pop("is_done", False):
            return HttpResponseRedirect(reverse("admin:funds_bankline_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take in a bank statement"),
            "form": form,
            "home": reverse("admin:funds_bankline_changelist"),
            "again": request.path,
            "opts": self.opts,
            **found,
        }
        return TemplateResponse(request, "funds/banking/desk_import.html", context)

    def _look_over(self, request: HttpRequest, form: StatementForm) -> dict[str, Any]:
        """Return what the file holds, and keep it where all of it can be read."""
        file, charity = form.cleaned_data["file"], form.cleaned_data["charity"]
        data = file.read()
        statement = read_statement(file.name, data)
        found = {"statement": statement, "rows": statement.rows[:PREVIEWED], "bad": statement.bad}
        if statement.bad or not statement.rows:
            return found
        word = upload.keep(by=acting_user(request), charity=charity, name=file.name, data=data, now=clock.now())
        total = sum((row.amount for row in statement.rows), ZERO)
        return {**found, "kept": word, "file_name": file.name, "charity": charity, "total": total}

    def _take_chosen(self, request: HttpRequest, form: StatementForm) -> dict[str, Any]:
        """Take in the file that was chosen just now."""
        file = form.cleaned_data["file"]
        return self._take_in(request, form.cleaned_data["charity"], file.name, file.read())

    def _take_kept(self, request: HttpRequest) -> dict[str, Any]:
        """Take in the file that was looked over before."""
        kept = upload.find(by=acting_user(request), word=request.POST["kept"], now=clock.now())
        done = self._take_in(request, kept.charity, kept.name, kept.data)
        upload.forget(kept)
        return done

    def _take_in(self, request: HttpRequest, charity: HostCharity, name: str, data: bytes) -> dict[str, Any]:
        """Import a file and say how much of it was new."""
        done = operations.import_statement_file(
            by=acting_user(request), charity=charity, name=name, data=data, now=clock.now()
        )
        said = _("%(new)s new lines, %(known)s known before, %(debits)s debits left out.")
        messages.success(request, said % {"new": done.imported, "known": done.repeated, "debits": done.debits})
        return {"is_done": True}


@admin.register(BankMatch)
class BankMatchAdmin(StaffAdmin):
    """Bank lines and the orders that they pay; confirming one posts the money."""

    view_permission = "funds.view_bank_match"
    acts: ClassVar = {
        "funds.bank_match.suggested": gettext_lazy("Match suggested"),
        "funds.bank_match.confirmed": gettext_lazy("Match confirmed and posted"),
        "funds.bank_match.rejected": gettext_lazy("Match rejected"),
    }
    list_display = ("line", "order", "is_exact", "suggested_at", "state")
    list_filter = ("is_exact",)
    search_fields = ("order__reference", "line__payer", "line__bank_reference")
    ordering = ("-pk",)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "confirm",
            gettext_lazy("Confirm and post"),
            "funds.confirm_match",
            lambda row, by, now, _data: operations.confirm_match(by=by, match=row, now=now),
            hindrance=_is_undecided,
            other_than=lambda row: {row.line.imported_by_id},
            waiting=lambda rows: rows.filter(confirmed_at=None, rejected_at=None),
        ),
        Deed(
            "reject",
            gettext_lazy("Reject"),
            "funds.confirm_match",
            lambda row, by, now, data: operations.reject_match(by=by, match=row, reason=data["reason"], now=now),
            form=ReasonForm,
            is_grave=True,
            hindrance=_is_undecided,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankMatch]:
        """Read the line and the order along."""
        rows: QuerySet[BankMatch] = super().get_queryset(request)
        return rows.select_related("line__charity__division", "order")

    @display(description=gettext_lazy("state"), label=COLORS)  # type: ignore[untyped-decorator]  # unfold is untyped
    def state(self, match: BankMatch) -> tuple[str, str]:
        """Say whether somebody has decided."""
        if match.confirmed_at:
            return "confirmed", _("confirmed")
        return ("rejected", _("rejected")) if match.rejected_at else ("open", _("waits for confirmation"))
