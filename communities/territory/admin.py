"""The territory room on the desk: divisions with their codes, code lists taken in and to be taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from communities.territory import operations
from communities.territory.codes import Code
from communities.territory.forms import CodeForm, DivisionForm, FiguresForm, ImportForm, ManagerForm
from communities.territory.models import CodeImport, Division, DivisionCode
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.jobs.models import Job, JobStatus
from governance.staff import StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

SHOWN_JOBS = 10
RELOAD_SECONDS = "2"
"""How soon the page of a running import loads itself again; by a header, so that it works without script."""
ACTS: dict[str, tuple[type[forms.BaseForm], StrOrPromise]] = {
    "figures": (FiguresForm, gettext_lazy("Edit figures")),
    "manager": (ManagerForm, gettext_lazy("Set the managing unit")),
    "code": (CodeForm, gettext_lazy("Record a code")),
}


class CodeInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """The codes of a division."""

    model = DivisionCode
    fields = ("system", "edition", "code", "name")
    ordering = ("system", "-edition")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show them to whoever sees the division."""
        return request.user.has_perm("communities.view_division", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: codes are recorded by an act of their own."""
        return False

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission


@admin.register(Division)
class DivisionAdmin(StaffAdmin):
    """Divisions: found by name or by the beginning of a code; figures, managing unit and codes by acts of their own."""

    view_permission = "communities.view_division"
    add_permission = "communities.edit_division"
    form = DivisionForm
    list_display = ("name", "level", "parent", "codes_shown", "status", "managed_by")
    list_filter = ("tier", "level", "status", "is_stub")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name, or the beginning of a code")
    ordering = ("tier", "pk")
    raw_id_fields = ("parent",)
    inlines = (CodeInline,)
    change_form_outer_before_template = "communities/territory/desk_acts.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Division]:
        """Divisions are public; the list shows their codes."""
        found: QuerySet[Division] = super().get_queryset(request).for_list()  # type: ignore[attr-defined]  # our queryset
        return found

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Any], bool]:
        """Search like the pages and the API do."""
        del request
        return queryset.named(search_term.strip()) if search_term.strip() else queryset, False

    @admin.display(description=gettext_lazy("codes"))
    def codes_shown(self, row: Division) -> str:
        """The codes, prefetched."""
        return ", ".join(str(code) for code in row.codes.all())

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let readers look at every division: they are public facts."""
        del obj
        return request.user.has_perm(self.view_permission)

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Any:
        """Show codes of rows that exist."""
        del request
        return self.inlines if obj else ()

    def create(self, form: Any, request: HttpRequest) -> Division:
        """Add a zone or a stub."""
        data = form.cleaned_data
        return operations.create_division(
            by=acting_user(request),
            now=clock.now(),
            name=data["name"],
            short_name=data["short_name"],
            level=data["level"],
            parent=data["parent"],
            valid_from=data["valid_from"],
            is_stub=data["is_stub"],
            closed_on=data["valid_to"],
        )

    def act_names(self) -> dict[str, StrOrPromise]:
        """Name the acts of this room."""
        return {
            "communities.division.created": _("Added"),
            "communities.division.edited": _("Figures edited"),
            "communities.division.manager_set": _("Managing unit set"),
            "communities.division.code_recorded": _("Code recorded"),
            "communities.division.opened": _("Opened by a change"),
            "communities.division.closed": _("Closed by a change"),
        }

    def get_urls(self) -> list[URLPattern]:
        """Add one page per act."""
        act = path(
            "<int:pk>/acts/<str:name>/",
            self.admin_site.admin_view(self.act_view),
            name="communities_division_act",
        )
        return [act, *super().get_urls()]

    def around(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Add the acts that this person may do."""
        may = request.user.has_perm("communities.edit_division", row) and row.is_open
        acts = [
            (reverse("admin:communities_division_act", args=[row.pk, name]), label)
            for name, (_form, label) in ACTS.items()
        ]
        return {**super().around(request, row), "acts": acts if may else []}

    def act_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Ask for what an act needs and do it; a refusal comes back in the form."""
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None or name not in ACTS:
            raise Http404
        if not request.user.has_perm("communities.edit_division", row):
            raise PermissionDenied
        form_class, label = ACTS[name]
        bound = {"data": request.POST or None}
        form: Any = form_class(instance=row, **bound) if name == "figures" else form_class(**bound)  # type: ignore[call-arg,arg-type]  # a model form
        home = reverse("admin:communities_division_change", args=[pk])
        if request.method == "POST" and form.is_valid() and self._act(request, pk, name, form):
            messages.success(request, _("Done: %(move)s.") % {"move": label})
            return HttpResponseRedirect(home)
        context = {**self.admin_site.each_context(request), "title": label, "row": row, "form": form, "home": home}
        return TemplateResponse(request, "communities/territory/desk_form.html", {**context, "opts": self.opts})

    def _act(self, request: HttpRequest, pk: int, name: str, form: Any) -> bool:
        who: dict[str, Any] = {"division": Division.objects.get(pk=pk), "by": acting_user(request), "now": clock.now()}
        data = form.cleaned_data
        try:
            if name == "figures":
                changed = {field: data[field] for field in form.changed_data}
                operations.edit_division(changes=changed, **who)
            elif name == "manager":
                operations.set_managed_by(unit=data["unit"], reason=data["reason"], **who)
            else:
                operations.record_code(code=Code(**data), **who)
        except DomainError as refusal:
            put_into(form, refusal)
            return False
        return True


@admin.register(CodeImport)
class CodeImportAdmin(StaffAdmin):
    """Code lists that were taken in, the page that takes in another one, and the page that shows how that goes."""

    view_permission = "communities.import_divisions"
    list_display = ("__str__", "rows", "created", "attached", "unchanged", "imported_at", "imported_by")
    list_filter = ("system", "edition")
    list_select_related = ("imported_by",)
    ordering = ("-imported_at", "-id")
    list_before_template = "communities/territory/desk_imports.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the two pages of an import."""
        view = self.admin_site.admin_view
        return [
            path("take-in/", view(self.take_in_view), name="communities_codeimport_take_in"),
            path("jobs/<uuid:pk>/", view(self.job_view), name="communities_codeimport_job"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the latest jobs above the list."""
        jobs = Job.objects.filter(kind=operations.IMPORT_KIND).order_by("-requested_at", "id")[:SHOWN_JOBS]
        return super().changelist_view(request, {"import_jobs": jobs, **(extra_context or {})})

    def take_in_view(self, request: HttpRequest) -> HttpResponse:
        """Take an upload and queue its job."""
        if not request.user.has_perm("communities.import_divisions"):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                job = operations.queue_import(
                    by=acting_user(request),
                    now=clock.now(),
                    file=data["file"],
                    file_name=data["file"].name,
                    system=data["system"],
                    edition=data["edition"],
                    valid_from=data["valid_from"],
                    managed=data["managed"],
                )
            except DomainError as refusal:
                put_into(form, refusal)
            else:
                return HttpResponseRedirect(reverse("admin:communities_codeimport_job", args=[job.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take in a code list"),
            "form": form,
            "home": reverse("admin:communities_codeimport_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "communities/territory/desk_form.html", context)

    def job_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Show how far an import is, and every row that could not be taken; reloads itself until it ends."""
        if not request.user.has_perm("communities.import_divisions"):
            raise PermissionDenied
        job = Job.objects.filter(kind=operations.IMPORT_KIND, pk=pk).first()
        if job is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("Taking in a code list"),
            "job": job,
            "is_running": job.status in {JobStatus.QUEUED, JobStatus.RUNNING},
            "problems": [(*failure["row"].partition(": ")[::2], failure["reason"]) for failure in job.failures],
            "home": reverse("admin:communities_codeimport_changelist"),
            "opts": self.opts,
        }
        answer = TemplateResponse(request, "communities/territory/desk_job.html", context)
        if context["is_running"]:
            answer["Refresh"] = RELOAD_SECONDS
        return answer
