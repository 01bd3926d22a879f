"""The banking room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.files.tables import kind_of
from funds.banking import operations, upload
from funds.banking.forms import HeadingsForm, OrderForm, OwnerForm, ReasonForm, StatementForm
from funds.banking.models import FREE, WAITING, BankAllocation, BankLine, BankMatch, LineStatus
from funds.banking.queries import choice_for
from funds.banking.reading import read_for
from funds.banking.statement_file import MAX_BYTES, RowsUnreadable
from funds.banking.upload import UploadGone
from funds.intake.operations import save_mapping
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.money import ZERO
from governance.pages import sent
from governance.staff import Deed, StaffAdmin, display

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from funds.charity.models import HostCharity
    from funds.intake.models import ColumnMapping

PREVIEWED = 20
MOST_CHOSEN = 20
COLORS = {"confirmed": "success", "rejected": "danger", "open": "info"}


def _is_free(line: BankLine) -> str | None:
    if line.status == LineStatus.UNMATCHED:
        return None
    return str(operations.LineNotFree(status=line.get_status_display()))


def _is_waiting(line: BankLine) -> str | None:
    return None if line.status in WAITING else str(operations.LineNotFree(status=line.get_status_display()))


def _standing(part: BankAllocation) -> str | None:
    is_over = part.reverses_id or hasattr(part, "reversed_by")
    return str(operations.PartTakenBack.message) if is_over else None


def _by_hand(*keys: int) -> str:
    return f"{reverse('admin:funds_bankline_by_hand')}?{urlencode({'line': keys}, doseq=True)}"


def _is_aside(line: BankLine) -> str | None:
    return None if line.status == LineStatus.SET_ASIDE else _("Only a line that was set aside can be taken up again.")


def _is_undecided(match: BankMatch) -> Any:
    if match.confirmed_at:
        return gettext_lazy("It has been confirmed.")
    return gettext_lazy("It has been rejected.") if match.rejected_at else None


def _read(file: Any) -> bytes:
    """Return an uploaded file whole, unless it is larger than is read at all."""
    kind_of(file.name, file.size, file.read(8), most=MAX_BYTES)
    file.seek(0)
    data: bytes = file.read()
    return data


@admin.register(BankLine)
class BankLineAdmin(StaffAdmin):
    """The credits on the charity's account: taken in from files, matched with orders, or set aside."""

    view_permission = "funds.view_bank_line"
    acts: ClassVar = {
        "funds.bank_lines.imported": gettext_lazy("Bank lines imported"),
        "funds.bank_line.set_aside": gettext_lazy("Bank line set aside"),
        "funds.bank_line.taken_up": gettext_lazy("Bank line taken up again"),
        "funds.bank_line.assigned": gettext_lazy("Bank line assigned"),
        "funds.bank_line.matched": gettext_lazy("Bank line matched by hand"),
        "funds.bank_line.unmatched": gettext_lazy("Match of a bank line taken back"),
    }
    change_list_template = "funds/banking/desk_lines.html"
    list_display = ("booked_on", "amount", "matched", "payer", "memo", "bank_reference", "status", "owner")
    list_filter = ("status", "charity")
    actions: ClassVar = ["match_selected"]
    search_fields = ("payer", "memo", "bank_reference")
    date_hierarchy = "booked_on"
    ordering = ("-booked_on", "-pk")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "by-hand",
            gettext_lazy("Match by hand"),
            "funds.confirm_match",
            lambda _row, _by, _now, _data: None,
            hindrance=_is_waiting,
            other_than=lambda row: {row.imported_by_id},
            waiting=lambda rows: rows.filter(status__in=FREE),
            address=lambda row: _by_hand(row.pk),
        ),
        Deed(
            "assign",
            gettext_lazy("Put somebody in charge"),
            "funds.assign_bank_line",
            lambda _row, _by, _now, _data: None,
            hindrance=_is_waiting,
            address=lambda row: reverse("admin:funds_bankline_assign", args=[row.pk]),
        ),
        Deed(
            "suggest",
            gettext_lazy("Suggest an order"),
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
        return rows.select_related("charity__division", "owner")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that take a file in, save headings, match by hand and assign."""
        wrapped = self.admin_site.admin_view
        return [
            path("take-in/", wrapped(self.import_view), name="funds_bankline_take_in"),
            path("headings/", wrapped(self.headings_view), name="funds_bankline_headings"),
            path("by-hand/", wrapped(self.by_hand_view), name="funds_bankline_by_hand"),
            path("<int:pk>/assign/", wrapped(self.assign_view), name="funds_bankline_assign"),
            *super().get_urls(),
        ]

    @admin.action(description=gettext_lazy("Match the chosen lines together"))
    def match_selected(self, request: HttpRequest, queryset: QuerySet[BankLine]) -> HttpResponse:
        """Lead to the page on which the chosen lines are matched with what they come to together."""
        del request
        return HttpResponseRedirect(_by_hand(*queryset.order_by("pk").values_list("pk", flat=True)[:MOST_CHOSEN]))

    def by_hand_view(self, request: HttpRequest) -> HttpResponse:
        """Show what the chosen lines may be, and match what is ticked; both sides must come to the same sum."""
        said = request.POST if request.method == "POST" else request.GET
        keys = [int(key) for key in said.getlist("line") if key.isdecimal()][:MOST_CHOSEN]
        lines = list(self.get_queryset(request).filter(pk__in=keys, status__in=WAITING).order_by("pk"))
        if not lines or not all(request.user.has_perm("funds.confirm_match", line) for line in lines):
            raise PermissionDenied
        choice = choice_for(lines)
        ticked = {
            name: {int(key) for key in request.POST.getlist(name) if key.isdecimal()} for name in ("order", "journal")
        }
        if request.method == "POST":
            try:
                parts = operations.match_together(
                    by=acting_user(request),
                    lines=lines,
                    orders=[order for order in choice.orders if order.pk in ticked["order"]],
                    journals=[row for row in choice.journals if row.pk in ticked["journal"]],
                    now=clock.now(),
                )
            except DomainError as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Matched: %(count)s parts.") % {"count": len(parts)})
                return HttpResponseRedirect(reverse("admin:funds_bankline_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Match by hand"),
            "lines": lines,
            "total": sum((line.rest for line in lines), ZERO),
            "choice": choice,
            "ticked_orders": ticked["order"] or (choice.chosen_orders if request.method == "GET" else set()),
            "ticked_journals": ticked["journal"] or (choice.chosen_journals if request.method == "GET" else set()),
            "home": reverse("admin:funds_bankline_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "funds/banking/desk_by_hand.html", context)

    def assign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put one of the charity's people in charge of a line."""
        line = self.row_for(request, str(pk))
        if not request.user.has_perm("funds.assign_bank_line", line):
            raise PermissionDenied
        form = OwnerForm(sent(request), line=line, today=clock.today())
        if request.method == "POST" and form.is_valid():
            try:
                operations.assign_line(
                    by=acting_user(request), line=line, owner=form.cleaned_data["owner"], now=clock.now()
                )
                return HttpResponseRedirect(reverse("admin:funds_bankline_change", args=[line.pk]))
            except DomainError as refusal:
                put_into(form, refusal)
        return self._form_page(request, form, gettext_lazy("Put somebody in charge"))

    def headings_view(self, request: HttpRequest) -> HttpResponse:
        """Save how a bank heads its columns, and of which account its statements are."""
        if not request.user.has_perm("funds.save_column_mapping"):
            raise PermissionDenied
        form = HeadingsForm(sent(request), user=acting_user(request))
        if request.method == "POST" and form.is_valid():
            said = {name: form.cleaned_data[name] for name in ("charity", "name", "account")}
            try:
                save_mapping(
                    by=acting_user(request), now=clock.now(), columns=form.columns(), kind=HeadingsForm.kind, **said
                )
                return HttpResponseRedirect(reverse("admin:funds_bankline_take_in"))
            except DomainError as refusal:
                put_into(form, refusal)
        return self._form_page(request, form, gettext_lazy("Save the headings of a bank"))

    def _form_page(self, request: HttpRequest, form: Any, title: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "home": reverse("admin:funds_bankline_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "funds/donations/desk_form.html", context, status=400 if form.errors else 200)

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
        file, charity, mapping = (form.cleaned_data[name] for name in ("file", "charity", "mapping"))
        data = _read(file)
        statement = read_for(charity=charity, name=file.name, data=data, mapping=mapping)
        found = {"statement": statement, "rows": statement.rows[:PREVIEWED], "bad": statement.bad}
        if statement.bad or not statement.rows:
            return found
        word = upload.keep(
            by=acting_user(request), charity=charity, mapping=mapping, name=file.name, data=data, now=clock.now()
        )
        total = sum((row.amount for row in statement.rows), ZERO)
        return {**found, "kept": word, "file_name": file.name, "charity": charity, "total": total}

    def _take_chosen(self, request: HttpRequest, form: StatementForm) -> dict[str, Any]:
        """Take in the file that was chosen just now."""
        file, charity, mapping = (form.cleaned_data[name] for name in ("file", "charity", "mapping"))
        return self._take_in(request, charity, mapping, file.name, _read(file))

    def _take_kept(self, request: HttpRequest) -> dict[str, Any]:
        """Take in the file that was looked over before."""
        kept = upload.find(by=acting_user(request), word=request.POST["kept"], now=clock.now())
        done = self._take_in(request, kept.charity, kept.mapping, kept.name, kept.data)
        upload.forget(kept)
        return done

    def _take_in(
        self, request: HttpRequest, charity: HostCharity, mapping: ColumnMapping | None, name: str, data: bytes
    ) -> dict[str, Any]:
        """Import a file and say how much of it was new."""
        done = operations.import_statement_file(
            by=acting_user(request), charity=charity, mapping=mapping, name=name, data=data, now=clock.now()
        )
        said = _("%(new)s new lines, %(known)s known before, %(debits)s debits left out.")
        messages.success(request, said % {"new": done.imported, "known": done.repeated, "debits": done.debits})
        return {"is_done": True}


@admin.register(BankMatch)
class BankMatchAdmin(StaffAdmin):
    """Bank lines and the orders that they pay, or the vouchers that they are; confirming an order posts the money."""

    view_permission = "funds.view_bank_match"
    acts: ClassVar = {
        "funds.bank_match.suggested": gettext_lazy("Match suggested"),
        "funds.bank_match.confirmed": gettext_lazy("Match confirmed and posted"),
        "funds.bank_match.rejected": gettext_lazy("Match rejected"),
    }
    list_display = ("line", "order", "journal", "is_exact", "suggested_at", "state")
    list_filter = ("is_exact",)
    search_fields = ("order__reference", "line__payer", "line__bank_reference")
    ordering = ("-pk",)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "confirm",
            gettext_lazy("Confirm the match"),
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
        return rows.select_related("line__charity__division", "order", "journal__book")

    @display(description=gettext_lazy("state"), label=COLORS)
    def state(self, match: BankMatch) -> tuple[str, str]:
        """Say whether somebody has decided."""
        if match.taken_back_at:
            return "rejected", _("taken back")
        if match.confirmed_at:
            return "confirmed", _("confirmed")
        return ("rejected", _("rejected")) if match.rejected_at else ("open", _("waits for confirmation"))


@admin.register(BankAllocation)
class BankPartAdmin(StaffAdmin):
    """Which part of which bank line is part of which voucher; what was matched in error is taken back here."""

    view_permission = "funds.view_bank_part"
    list_display = ("line", "journal", "amount", "made_at", "made_by", "reason")
    search_fields = ("line__payer", "line__bank_reference", "journal__memo")
    ordering = ("-pk",)
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "take-back",
            gettext_lazy("Take the match back"),
            "funds.confirm_match",
            lambda row, by, now, data: operations.take_part_back(by=by, part=row, reason=data["reason"], now=now),
            form=ReasonForm,
            is_grave=True,
            hindrance=_standing,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankAllocation]:
        """Read line and voucher along."""
        rows: QuerySet[BankAllocation] = super().get_queryset(request)
        return rows.select_related("line__charity__division", "journal__book", "made_by", "reversed_by")
