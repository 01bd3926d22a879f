"""Excel in and out on an enterprise's own pages: a look at the file first, then all rows or none.

Between the look and the import the rows travel with the form, signed for this person, enterprise and hour: nothing is
kept on the server, and nothing else can come back than what was looked over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import tablib
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.spreadsheet import LARGEST_SHEET, SheetTooLarge, TextXLSX
from funds.enterprises.form_page import EnterpriseRowForm
from funds.enterprises.forms import SheetForm
from funds.enterprises.sheets import EnterpriseSheet
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import NotNow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from funds.enterprises.models import CommunityEnterprise

SALT = "funds.enterprises.sheet"
KEPT_FOR = dt.timedelta(hours=1)
SHOWN = 20


class LookGone(NotNow):
    """What was looked over is too old, somebody else's, or was changed on the way."""

    code = "look_gone"
    message = gettext_lazy(
        "You looked this file over more than an hour ago, or for another enterprise. Nothing was imported. Please "
        "choose the file again."
    )


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a file has shown: how many rows are new, changed or there already, and what is wrong.

    `ignored` are the headings of columns that are not read.
    """

    new: int
    changed: int
    same: int
    wrong: list[str]
    headers: list[str]
    rows: list[list[Any]]
    ignored: list[str]

    @property
    def is_good(self) -> bool:
        """Whether the file may be imported."""
        return not self.wrong and bool(self.new or self.changed)


def look_over(result: Any, dataset: tablib.Dataset, headers: list[str], known: Iterable[str]) -> Look:
    """Gather what the library says of an import."""
    wrong = [_text(error.error) for error in result.base_errors]
    wrong += [_text(error.error) for _number, errors in result.row_errors() for error in errors]
    wrong += [_text(row.error) for row in result.invalid_rows]
    totals = result.totals
    shown = [["" if cell is None else cell for cell in row] for row in list(dataset)[:SHOWN]]
    read = set(known)
    ignored = [
        heading for heading, key in zip(headers, dataset.headers or [], strict=False) if heading and key not in read
    ]
    return Look(totals["new"], totals["update"], totals["skip"], wrong, headers, shown, ignored)


def _text(error: Any) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


class SheetImport(EnterpriseRowForm):
    """Look a workbook over, then import it."""

    form_class = SheetForm
    template_name = "funds/enterprises/sheet.html"
    resource_class: ClassVar[type[EnterpriseSheet]]
    back_to: ClassVar[str] = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Import what was looked over, or look a new file over."""
        if "word" in request.POST:
            return self._take_in(request)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def form_valid(self, form: Any) -> HttpResponse:
        """Show what the file holds and what is wrong with it."""
        file = form.cleaned_data["file"]
        found = self.attempt(form, self._read, file=file)
        if found is None:
            return self.form_invalid(form)
        headers = ["" if heading is None else str(heading) for heading in found.headers]
        rows = [[_plain(cell) for cell in row] for row in found]
        look = look_over(self._run(found, dry_run=True), found, headers, self.resource_class.columns)
        word = self._sign(headers, rows) if look.is_good else ""
        context = self.get_context_data(form=SheetForm(), look=look, word=word)
        return render(self.request, self.template_name, context)

    def _read(self, *, file: Any) -> Any:
        """Read the workbook; one that is too large is not taken into memory."""
        if file.size > LARGEST_SHEET:
            limit = LARGEST_SHEET // 1024 // 1024
            raise SheetTooLarge(field="file", size=f"{file.size / 1024 / 1024:.1f}", limit=limit)
        return TextXLSX().create_dataset(file.read())

    def _run(self, dataset: tablib.Dataset, *, dry_run: bool) -> Any:
        return self.resource_class().import_data(
            dataset,
            dry_run=dry_run,
            user=acting_user(self.request),
            now=clock.now(),
            enterprise=self.row,
            rollback_on_validation_errors=True,
        )

    def _sign(self, headers: list[str], rows: list[list[Any]]) -> str:
        said = {"by": acting_user(self.request).pk, "for": self.row.pk, "kind": self.resource_class.__name__}
        return signing.dumps({**said, "headers": headers, "rows": rows}, salt=SALT, compress=True)

    def _take_in(self, request: HttpRequest) -> HttpResponse:
        """Import the rows that were looked over; what has become wrong meanwhile is shown instead."""
        try:
            said = signing.loads(request.POST["word"], salt=SALT, max_age=KEPT_FOR)
        except signing.BadSignature as error:
            raise LookGone from error
        expected = (acting_user(request).pk, self.row.pk, self.resource_class.__name__)
        if (said["by"], said["for"], said["kind"]) != expected:
            raise LookGone
        dataset = tablib.Dataset(*said["rows"], headers=said["headers"])
        result = self._run(dataset, dry_run=False)
        look = look_over(result, dataset, said["headers"], self.resource_class.columns)
        if look.wrong:
            context = self.get_context_data(form=SheetForm(), look=look, word="")
            return render(request, self.template_name, context, status=400)
        shown = {"new": look.new, "changed": look.changed, "same": look.same}
        messages.success(request, _("Imported: %(new)s new, %(changed)s changed, %(same)s there already.") % shown)
        return redirect(self.back_to, pk=self.row.pk)


def _plain(cell: Any) -> Any:
    """Return a cell as JSON keeps it; a day as its text."""
    return cell if cell is None or isinstance(cell, str | int | float | bool) else str(cell).removesuffix(" 00:00:00")


def workbook(resource: EnterpriseSheet, rows: Any, enterprise: CommunityEnterprise, name: str) -> HttpResponse:
    """Return rows as an Excel download."""
    answer = HttpResponse(TextXLSX().export_data(resource.export(rows)), content_type=TextXLSX.CONTENT_TYPE)
    file_name = f"{name}-{enterprise.pk}-{clock.today()}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer
