"""What the desk's pages of the room have in common: editing through an operation, and Excel in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from communities.territory.spreadsheet import SheetPages, SheetUnreadable, TextXLSX
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.staff import StaffAdmin, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.http import HttpRequest, HttpResponse


class EditsAdmin(StaffAdmin):
    """A page of one row that may be edited through its operation; the deed `edit` shows what stands there."""

    def edit_form(self, row: Any) -> Callable[..., forms.BaseForm]:
        """Return what builds the form of the row's present values."""
        raise NotImplementedError

    def forms_of(self) -> dict[str, Callable[[Any], Callable[..., forms.BaseForm]]]:
        """Return, for each deed whose form shows what stands there, what builds it."""
        return {"edit": self.edit_form}

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Fill the form of an edit with the row's values."""
        build = self.forms_of().get(name)
        if build is None:
            return super().deed_view(request, pk, name)
        row = self.row_for(request, pk)
        deed = next(deed for deed in self.deeds if deed.name == name)
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied

        def run(data: dict[str, Any]) -> None:
            deed.run(row, acting_user(request), clock.now(), data)

        wanted = Wanted(deed.label, build(row), run, asks=True, is_grave=False)
        return self._ask_and_do(request, row, wanted)


class SheetAdmin(SheetPages):
    """Excel in with a preview and out, left of the page's class; `export_permission` where reading needs more."""

    add_permission: ClassVar[str] = ""
    view_permission: ClassVar[str] = ""
    export_permission: ClassVar[str] = ""
    formats: ClassVar = [TextXLSX]
    import_form_class = ImportForm
    export_form_class = ExportForm
    skip_admin_log = True

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let those import who may enter rows; each row is asked for again."""
        return bool(request.user.has_perm(self.add_permission))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Let those export who read the files of a place."""
        return bool(request.user.has_perm(self.export_permission or self.view_permission))

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the time, and write all rows or none."""
        given = super().get_import_data_kwargs(**kwargs)
        return {**given, "now": clock.now(), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say in plain words that the file is no workbook, or too large."""
        form.add_error("import_file", str(e if isinstance(e, DomainError) else SheetUnreadable()))
