"""What the desk's pages of the room have in common: Excel in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from unfold.contrib.import_export.forms import ExportForm, ImportForm

from communities.territory.spreadsheet import SheetPages, SheetUnreadable, TextXLSX
from governance.calendar import clock
from governance.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest


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
