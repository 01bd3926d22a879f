"""The base of the desk: governed rows are looked at and moved, never edited in place.

Every lifecycle row gets one button per move that leads on, closed ones with their reason, and a small form for the
reason where the move needs one. Creation goes through operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, HttpResponseBase
    from django.urls import URLPattern

HISTORY_LENGTH = 50


class StaffAdmin(ModelAdmin):  # type: ignore[misc,type-arg]  # unfold is untyped
    """A list and a page of one kind of row: seen as far as the viewer's posts reach, created by an operation.

    Subclasses name `view_permission` and, where the desk may create rows, `add_permission` and `create(form, request)`.
    """

    view_permission: ClassVar[str] = ""
    add_permission: ClassVar[str] = ""
    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Show what the viewer's posts reach (`visible_to`, where the model has it)."""
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry in the menu to those who may see any row."""
        return request.user.is_authenticated and request.user.has_perm(self.view_permission)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask `rules`."""
        return request.user.has_perm(self.view_permission, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask `rules`; nobody where no operation creates rows."""
        del obj
        return bool(self.add_permission) and request.user.has_perm(self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: a governed row is moved, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: nothing governed is ever deleted."""
        return False

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Create the row by its operation and return it."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Hand the cleaned form to the operation instead of saving the instance."""
        del change
        made = self.create(form, request)
        obj.pk = made.pk
        obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Do nothing: the operation has written what belongs to the row."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        """Show the form again with the reason when the operation refuses."""
        try:
            return super().add_view(request, form_url, extra_context)
        except (DomainError, ValidationError) as refusal:
            for text in refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]:
                messages.error(request, text)
            return self._form_again(request, form_url, extra_context)

    def _form_again(self, request: HttpRequest, form_url: str, extra_context: Any) -> HttpResponseBase:
        """Render the bound form without saving, so that nothing typed is lost."""
        form_class = self.get_form(request)
        form = form_class(request.POST, request.FILES)
        form.is_valid()
        fieldsets = self.get_fieldsets(request)
        from django.contrib.admin.helpers import AdminForm  # noqa: PLC0415 - only on this path

        context = {
            **self.admin_site.each_context(request),
            "title": _("Add %s") % self.opts.verbose_name,
            "adminform": AdminForm(form, list(fieldsets), {}, (), model_admin=self),
            "inline_admin_formsets": [],
            "errors": form.errors,
            "media": self.media + form.media,
            **(extra_context or {}),
        }
        return self.render_change_form(request, context, add=True, change=False, form_url=form_url)


class MovesAdmin(StaffAdmin):
    """A page of one lifecycle row with its moves as buttons and its history under them."""

    change_form_before_template = "desk/moves.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page of one move."""
        info = self.opts.app_label, self.opts.model_name
        move = path(
            "<path:pk>/moves/<str:name>/", self.admin_site.admin_view(self.move_view), name="{}_{}_move".format(*info)
        )
        return [move, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show the row with its moves and its history."""
        row = self.get_object(request, object_id)
        more = {}
        if row is not None:
            entries = AuditEntry.objects.filter(object_label=row._meta.label, object_key=str(row.pk))
            more = {
                "offers": lifecycle.available(row, request.user),
                "history": entries.select_related("actor").order_by("-id")[:HISTORY_LENGTH],
                "move_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_move",
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return the form of a move that needs more than a reason, or None."""
        del name
        return None

    def make_move(self, row: Model, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make the move; override for moves that belong to an operation."""
        return lifecycle.move(row, name, by=request.user, now=clock.now(), reason=data.get("reason", ""))

    def move_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Ask for what the move needs, then make it; a refusal comes back with its reason."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        step = lifecycle.of(row).by_name.get(name)
        if step is None:
            raise PermissionDenied
        home = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        form_class = self.move_form(name)
        form = form_class(request.POST or None) if form_class else None
        if request.method == "POST" and (form is None or form.is_valid()):
            data = dict(form.cleaned_data) if form else {}
            try:
                self.make_move(row, name, request, {"reason": request.POST.get("reason", ""), **data})
            except (DomainError, ValidationError) as refusal:
                for text in refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]:
                    messages.error(request, text)
            else:
                messages.success(request, _("Done: %(move)s.") % {"move": step.label})
                return HttpResponseRedirect(home)
        context = {
            **self.admin_site.each_context(request),
            "title": step.label,
            "row": row,
            "step": step,
            "form": form,
            "home": home,
            "opts": self.opts,
        }
        return TemplateResponse(request, "desk/move.html", context)


def attempt(request: HttpRequest, operation: Callable[..., Any], **arguments: Any) -> Any:
    """Run an operation for an admin action; a refusal becomes a message and None is returned."""
    try:
        return operation(**arguments)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return None
