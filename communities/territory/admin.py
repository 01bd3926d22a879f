"""The territory room on the desk: divisions with their codes, code lists taken in and to be taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
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
from governance.pages import sent
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from governance.accounts.models import User

SHOWN_JOBS = 10
RELOAD_SECONDS = "2"
"""How soon the page of a running import loads itself again; by a header, so that it works without script."""


def edit_figures(row: Division, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Change the figures that were entered; what was left empty stays as it is."""
    changes = {name: data[name] for name in operations.EDITABLE if data[name] not in (None, "")}
    operations.edit_division(division=row, changes=changes, by=by, now=now)


def set_manager(row: Division, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Record which unit runs the division, or that none does."""
    operations.set_managed_by(division=row, unit=data["unit"], reason=data["reason"], by=by, now=now)


def record_code(row: Division, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    """Record a code in one edition of a list."""
    code = Code(data["system"], data["edition"], data["code"], data["name"])
    operations.record_code(division=row, code=code, by=by, now=now)


def is_open(row: Division) -> bool:
    """Tell whether the division takes changes."""
    return row.is_open


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
    acts: ClassVar = {
        "communities.division.created": gettext_lazy("Added"),
        "communities.division.edited": gettext_lazy("Figures edited"),
        "communities.division.manager_set": gettext_lazy("Managing unit set"),
        "communities.division.code_recorded": gettext_lazy("Code recorded"),
        "communities.division.opened": gettext_lazy("Opened by a change"),
        "communities.division.closed": gettext_lazy("Closed by a change"),
        "communities.division.row_handed_over": gettext_lazy("Row handed over to the successor"),
    }
    form = DivisionForm
    list_display = ("name", "level", "upper", "codes_shown", "status", "managed_by")
    list_filter = ("tier", "level", "status", "is_stub")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name, or the beginning of a code")
    ordering = ("tier", "pk")
    raw_id_fields = ("parent",)
    inlines = (CodeInline,)
    deeds = (
        Deed(
            "figures",
            gettext_lazy("Edit figures"),
            "communities.edit_division",
            edit_figures,
            form=FiguresForm,
            is_open=is_open,
        ),
        Deed(
            "manager",
            gettext_lazy("Set the managing unit"),
            "communities.edit_division",
            set_manager,
            form=ManagerForm,
            is_open=is_open,
        ),
        Deed(
            "code",
            gettext_lazy("Record a code"),
            "communities.record_code",
            record_code,
            form=CodeForm,
            is_open=is_open,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Division]:
        """Divisions are public; the list shows their codes."""
        found: QuerySet[Division] = super().get_queryset(request).for_list()  # type: ignore[attr-defined]  # our queryset
        return found

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Any], bool]:
        """Search like the pages and the API do."""
        del request
        return queryset.named(search_term.strip()) if search_term.strip() else queryset, False

    @admin.display(description=gettext_lazy("parent"))
    def upper(self, row: Division) -> Division | None:
        """The place above, joined."""
        return row.upper

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


@admin.register(CodeImport)
class CodeImportAdmin(StaffAdmin):
    """Code lists that were taken in, the page that takes in another one, and the page that shows how that goes."""

    view_permission = "communities.import_divisions"
    acts: ClassVar = {
        "communities.code_import.taken_in": gettext_lazy("Code list taken in"),
    }
    list_display = ("__str__", "rows", "created", "attached", "unchanged", "imported_at", "imported_by")
    list_filter = ("system", "edition")
    list_select_related = ("imported_by",)
    ordering = ("-imported_at", "-id")
    list_before_template = "communities/territory/desk_imports.html"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those look at it who take lists in; a list belongs to no place."""
        del obj
        return request.user.has_perm(self.view_permission)

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
        form = ImportForm(sent(request), request.FILES or None)
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
        status = 400 if form.errors else 200
        return TemplateResponse(request, "communities/territory/desk_form.html", context, status=status)

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
