"""The books of an enterprise on its own pages: months, lines, records, and declarations beside them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from communities.territory.models import Division
from funds.enterprises.form_page import EnterpriseRowForm, enterprise_for
from funds.enterprises.forms import ReasonForm
from funds.enterprises.lifecycle import DeclarationStatus
from funds.enterprises.models import ProfitDeclaration
from funds.enterprises.records import operations, queries
from funds.enterprises.records.forms import ProposalForm, RecordForm
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.records.spreadsheet import RecordSheet
from funds.enterprises.sheet_page import SheetImport, workbook
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.calendar.days import FIRST_YEAR, LAST_YEAR
from governance.pages import Refusals, keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from funds.enterprises.models import CommunityEnterprise


def _books_of(request: HttpRequest, pk: int) -> CommunityEnterprise:
    """Return the enterprise whose books this person may read."""
    enterprise = enterprise_for(request, pk)
    if not request.user.has_perm("funds.view_business_record", enterprise):
        raise PermissionDenied
    return enterprise


class Books(LoginRequiredMixin, View):
    """A year of the books: months, lines and records."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the year that the address names, else the present one."""
        enterprise = _books_of(request, pk)
        text = request.GET.get("year", "")
        today = clock.today()
        year = int(text) if text.isdecimal() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR else today.year
        first, after = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
        found = queries.entries(enterprise, first, after)
        rows = BusinessRecord.objects.filter(enterprise=enterprise, month__gte=first, month__lt=after)
        lines, totals = queries.lines_of(found), queries.totals(found)
        context = {
            "enterprise": enterprise,
            "trail": [*Division.objects.ancestors(enterprise.division), enterprise],
            "year": year,
            "years": range(today.year, max(enterprise.founded_on.year, today.year - 6) - 1, -1),
            "months": queries.months_of(found),
            "totals": totals,
            "otherwise": queries.declared_otherwise(enterprise, year, totals),
            "lines": lines,
            "height": len(lines) * queries.BAR_STEP + 2,
            "page": keyset_page(rows.prefetch_related("evidence"), request),
            "may_keep": request.user.has_perm("funds.keep_records", enterprise),
            "may_declare": request.user.has_perm("funds.submit_declaration", enterprise),
        }
        return render(request, "funds/enterprises/books.html", context)


class RecordNew(EnterpriseRowForm):
    """Enter a record."""

    form_class = RecordForm
    permission = "funds.keep_records"
    title = gettext_lazy("Enter revenue or cost")

    def get_initial(self) -> dict[str, Any]:
        """Begin with the present month."""
        return {"month": clock.today().replace(day=1)}

    def done(self, form: Any) -> Any:
        """Enter it."""
        file = form.cleaned_data["file"]
        return self.attempt(
            form,
            operations.enter_record,
            by=acting_user(self.request),
            enterprise=self.row,
            noted=form.noted(),
            now=clock.now(),
            name=file.name if file else "",
            content=file.read() if file else b"",
        )


class RecordVoid(EnterpriseRowForm):
    """Take a record back."""

    form_class = ReasonForm
    permission = "funds.keep_records"
    title = gettext_lazy("Take the record back")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the record."""
        return get_object_or_404(BusinessRecord.objects.visible_to(request.user).for_list(), pk=pk)

    def done(self, form: Any) -> Any:
        """Take it back."""
        told = {"by": acting_user(self.request), "record": self.row, "now": clock.now()}
        return self.attempt(form, operations.void_record, **told, reason=form.cleaned_data["reason"])


class RecordImport(SheetImport):
    """Import records from Excel."""

    permission = "funds.keep_records"
    title = gettext_lazy("Import records from Excel")
    resource_class = RecordSheet
    back_to = "funds:enterprise-books"


class RecordExport(LoginRequiredMixin, View):
    """The books as a workbook, which can be changed and imported again."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return all standing records."""
        enterprise = _books_of(request, pk)
        rows = BusinessRecord.objects.standing().filter(enterprise=enterprise).for_list()
        return workbook(RecordSheet(), rows, enterprise, "records")


class Propose(EnterpriseRowForm):
    """Declare a finished period with the sums of the records."""

    form_class = ProposalForm
    permission = "funds.submit_declaration"
    title = gettext_lazy("Declare a period from the records")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the periods that are over and lie after the founding."""
        return {**super().get_form_kwargs(), "today": clock.today(), "founded_on": self.row.founded_on}

    def done(self, form: Any) -> Any:
        """Enter the draft."""
        told = {"by": acting_user(self.request), "enterprise": self.row, "now": clock.now()}
        return self.attempt(form, operations.propose_declaration, **told, **form.chosen())


class BesideRecords(LoginRequiredMixin, Refusals, View):
    """A declaration beside the records of its period; a draft may take their sums over."""

    def find(self, request: HttpRequest, pk: int) -> ProfitDeclaration:
        """Return the declaration, for those who handle it."""
        row = get_object_or_404(ProfitDeclaration.objects.visible_to(request.user).for_detail(), pk=pk)
        if not request.user.has_perm("funds.view_declaration_file", row):
            raise PermissionDenied
        return row

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show both, and where they differ."""
        row = self.find(request, pk)
        names = {column.name: column.verbose_name for column in ProfitDeclaration._meta.concrete_fields}
        context = {
            "declaration": row,
            "trail": [*Division.objects.ancestors(row.division), row.enterprise, row],
            "compared": [(names[line.name], line) for line in queries.compare(row)],
            "may_take_over": row.status == DeclarationStatus.DRAFT
            and request.user.has_perm("funds.submit_declaration", row),
        }
        return render(request, "funds/enterprises/beside.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the sums over and lead to the declaration."""
        row = operations.take_over_records(by=acting_user(request), declaration=self.find(request, pk), now=clock.now())
        messages.success(request, _("The figures of the records were taken over."))
        return HttpResponseRedirect(row.get_absolute_url())
