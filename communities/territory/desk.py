"""Lists of the desk that are written out in Excel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _
from unfold.contrib.import_export.forms import ExportForm

from communities.territory.spreadsheet import SheetPages, TextXLSX

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST_OUT = 20_000
"""Rows of a list that one workbook holds."""


class OutPages(SheetPages):
    """The desk's page of Excel out, left of the page's class, for who may see the list; nothing comes in."""

    view_permission: ClassVar[str] = ""
    formats: ClassVar = [TextXLSX]
    export_form_class = ExportForm
    skip_admin_log = True

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let nobody import."""
        del request
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Let those write the list out who see it."""
        return bool(request.user.has_perm(self.view_permission))

    def export_action(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Write the list out, as it is narrowed; one that is too long for a workbook is narrowed first."""
        if request.method == "POST" and (count := self.get_export_queryset(request).count()) > MOST_OUT:
            text = _("The list has %(count)s rows; at most %(most)s are written out at once. Narrow it first.")
            messages.error(request, text % {"count": count, "most": MOST_OUT})
            return HttpResponseRedirect(request.get_full_path())
        return super().export_action(request, *args, **kwargs)
