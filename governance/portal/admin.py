"""The kernel's rows on the desk: users, partner systems, working days, jobs.

They stand here because the kernel's own apps lie below the desk's base (`governance.staff`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from governance.accounts import operations as accounts
from governance.accounts.models import ApiClient, User, UserKind
from governance.accounts.queries import acting_user
from governance.accounts.scopes import Scopes
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.calendar import operations as calendar
from governance.calendar.models import CalendarDay
from governance.errors import DomainError, put_into
from governance.jobs import operations as jobs
from governance.jobs.models import Job, JobStatus
from governance.jobs.queries import standing_of
from governance.pages import keyset_page, sent
from governance.portal import trail
from governance.portal.words import COUNTS
from governance.staff import Deed, StaffAdmin, action, display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse, HttpResponseBase


TRAIL_SIZE = 50
PARTS_SHOWN = 100
LOOK_AGAIN = 3
"""Seconds after which the page of a job that is not ended is asked for again."""


class PasswordForm(forms.Form):
    """A first password, to be changed by its owner."""

    password = forms.CharField(label=gettext_lazy("New password"), widget=UnfoldAdminPasswordWidget(), strip=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea, max_length=2000)


class StaffUserForm(forms.ModelForm[User]):
    """A new member of staff."""

    password = forms.CharField(label=gettext_lazy("First password"), widget=UnfoldAdminPasswordWidget(), strip=False)

    class Meta:
        model = User
        fields = ("username", "display_name")


@admin.register(User)
class UserAdmin(StaffAdmin):
    """Staff and partner systems; residents' accounts are nobody's to look through."""

    view_permission = "accounts.view_user"
    add_permission = "accounts.manage_user"
    acts: ClassVar = {
        "accounts.user.created": gettext_lazy("Account created"),
        "accounts.user.password_set": gettext_lazy("Password set"),
        "accounts.user.phone_set": gettext_lazy("Phone number set"),
        "accounts.user.second_factor_removed": gettext_lazy("Second factor removed"),
    }
    form = StaffUserForm
    list_display = ("username", "display_name", "kind", "is_active", "last_login")
    list_filter = ("kind", "is_active")
    search_fields = ("username", "display_name")
    ordering = ("username",)
    fields = ("username", "display_name", "password")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "set_password",
            gettext_lazy("Set a new password"),
            "accounts.manage_user",
            lambda row, by, now, data: accounts.set_password(by=by, user=row, password=data["password"], now=now),
            form=PasswordForm,
            is_grave=True,
        ),
        Deed(
            "remove_second_factor",
            gettext_lazy("Remove a lost second factor"),
            "accounts.manage_user",
            lambda row, by, now, data: accounts.remove_second_factor(by=by, user=row, now=now, reason=data["reason"]),
            form=ReasonForm,
            is_grave=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Leave residents out."""
        return super().get_queryset(request).filter(kind__in=[UserKind.STAFF, UserKind.SERVICE])

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Show what an administrator needs; the password is never shown."""
        return (
            self.fields if obj is None else ("username", "display_name", "kind", "is_active", "joined_at", "last_login")
        )

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Make the account."""
        data = form.cleaned_data
        return accounts.create_staff_user(
            by=acting_user(request),
            username=data["username"],
            display_name=data["display_name"],
            password=data["password"],
            now=clock.now(),
        )


def scope_choices() -> list[tuple[str, str]]:
    """Return every scope with what it opens."""
    ways = {"read": _("read"), "write": _("write")}
    return [
        (name, f"{name} - {_(text)} ({ways[name.rpartition(':')[2]]})")
        for name, text in Scopes().get_all_scopes().items()
    ]


class ApiClientForm(forms.ModelForm[ApiClient]):
    """A new partner system."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=scope_choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = ApiClient
        fields = ("name",)


class ApiClientAdmin(StaffAdmin):
    """Partner systems and what they may ask for; registered by OAUTH2_PROVIDER["APPLICATION_ADMIN_CLASS"]."""

    view_permission = "accounts.view_api_client"
    add_permission = "accounts.create_api_client"
    acts: ClassVar = {
        "accounts.api_client.created": gettext_lazy("Interface client created"),
    }
    form = ApiClientForm
    list_display = ("name", "identifier", "allowed_scopes", "made_at")
    list_select_related = ("user",)
    ordering = ("name",)
    fields = ("name", "scopes")
    readonly_fields = ("identifier", "log_in_name", "made_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Show everything but the secret."""
        return self.fields if obj is None else ("name", "identifier", "allowed_scopes", "log_in_name", "made_at")

    @display(description=gettext_lazy("client ID"), ordering="client_id")
    def identifier(self, row: ApiClient) -> str:
        """Show by which name it asks for tokens."""
        return str(row.client_id)

    @display(description=gettext_lazy("created at"), ordering="created")
    def made_at(self, row: ApiClient) -> dt.datetime:
        """Show since when it is known."""
        made_at: dt.datetime = row.created
        return made_at

    @display(description=gettext_lazy("log-in name of its user, for its posts"))
    def log_in_name(self, row: ApiClient) -> str:
        """Show by which name a post is given to it."""
        return row.user.username if row.user else "-"

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Make the client and show its secret once."""
        client, secret = accounts.create_api_client(
            by=acting_user(request), name=form.cleaned_data["name"], scopes=form.cleaned_data["scopes"], now=clock.now()
        )
        text = _("Client ID: %(id)s. Secret, shown this once: %(secret)s")
        messages.warning(request, text % {"id": client.client_id, "secret": secret})
        text = _(
            "Next: give its user a post (log-in name %(name)s). Without one it sees what everybody sees and may change nothing."
        )
        messages.info(request, text % {"name": client.user.username})
        return client


class YearForm(forms.Form):
    """The year whose published holidays are wanted."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2004, max_value=2200)


@admin.register(CalendarDay)
class CalendarDayAdmin(StaffAdmin):
    """The table of working days; a day is set again by opening it."""

    view_permission = "calendar.view_day"
    add_permission = "calendar.set_day"
    acts: ClassVar = {
        "calendar.day.set": gettext_lazy("Day set"),
        "calendar.year.seeded": gettext_lazy("Year filled in"),
        "calendar.clock.advanced": gettext_lazy("Demonstration clock moved"),
    }
    list_display = ("day", "is_workday", "note")
    list_filter = ("is_workday",)
    date_hierarchy = "day"
    ordering = ("-day",)
    fields = ("day", "is_workday", "note")
    actions_list = ("seed",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those who keep the table correct a day."""
        del obj
        return request.user.has_perm("calendar.set_day")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        """Keep the date of a day that is there."""
        del request
        return ("day",) if obj else ()

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Set the day."""
        return calendar.set_day(
            by=acting_user(request),
            day=form.instance.day,
            is_workday=form.cleaned_data["is_workday"],
            note=form.cleaned_data["note"],
            now=clock.now(),
        )

    @action(description=gettext_lazy("Fill in a year"), url_path="year", permissions=["change"])
    def seed(self, request: HttpRequest) -> HttpResponse:
        """Fill in a year from the published holiday arrangements; a page with a form, opened by the button."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = YearForm(sent(request))
        home = reverse(f"admin:{self.address('changelist')}")
        if request.method == "POST" and form.is_valid():
            year = form.cleaned_data["year"]
            try:
                count = calendar.seed_year(by=acting_user(request), year=year, now=clock.now())
            except DomainError as refusal:
                put_into(form, refusal)
            else:
                messages.success(request, _("%(count)s days of %(year)s were added.") % {"count": count, "year": year})
                return HttpResponseRedirect(home)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Fill in a year"),
            "row": _("Published holidays and make-up working days"),
            "wanted": {"label": _("Fill in")},
            "form": form,
            "home": home,
            "opts": self.opts,
        }
        return TemplateResponse(request, "desk/move.html", context, status=400 if form.errors else 200)


@admin.register(Job)
class JobAdmin(StaffAdmin):
    """Long work with its progress; people see their own, administrators all."""

    view_permission = "jobs.view_job"
    list_display = ("label", "shown_status", "progress", "requested_by", "requested_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("requested_by",)
    ordering = ("-requested_at", "id")
    fields = (
        "label",
        "status",
        "progress",
        "all_parameters",
        "all_counts",
        "all_parts",
        "all_failures",
        "last_error",
        "attempts",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
    )
    readonly_fields = ("label", "progress", "all_parameters", "all_counts", "all_parts", "all_failures")
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "retry",
            gettext_lazy("Run again"),
            "jobs.retry_job",
            lambda row, by, now, _data: jobs.retry(by=by, job=row, now=now),
            hindrance=lambda row: (
                None if row.status in {JobStatus.DONE, JobStatus.FAILED} else gettext_lazy("It is waiting or running.")
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Show whole jobs, not their parts; to most people their own."""
        return super().get_queryset(request).prefetch_related("parts")

    @display(
        description=gettext_lazy("state"),
        label={"QUEUED": "info", "RUNNING": "warning", "DONE": "success", "FAILED": "danger"},
    )
    def shown_status(self, job: Job) -> tuple[str, str]:
        """Show the state as a colored word."""
        return job.status, job.get_status_display()

    @display(description=gettext_lazy("progress"))
    def progress(self, job: Job) -> str:
        """Show a bar, for those who can't see it with its number."""
        return format_html('<progress class="desk-progress" max="100" value="{0}">{0} %</progress> {0} %', job.percent)

    @display(description=gettext_lazy("kind"))
    def label(self, job: Job) -> str:
        """Name the kind of work."""
        return job.label

    @display(description=gettext_lazy("parameters"))
    def all_parameters(self, job: Job) -> str:
        """Show what the work was given."""
        return format_html_join("", "<p><b>{}</b> {}</p>", job.parameters.items()) or "-"

    @display(description=gettext_lazy("counts"))
    def all_counts(self, job: Job) -> str:
        """Show what has come of the job and its parts."""
        counts = standing_of(job).counts.items()
        return format_html_join(" · ", "{}: {}", ((COUNTS.get(name, name), count) for name, count in counts)) or "-"

    @display(description=gettext_lazy("failed rows"))
    def all_failures(self, job: Job) -> str:
        """Show the rows that could not be handled, each with its reason."""
        rows = [(_failed_row(failure), failure["reason"]) for failure in standing_of(job).failures]
        return format_html_join("", "<p><b>{}</b> {}</p>", rows) or "-"

    @display(description=gettext_lazy("parts"))
    def all_parts(self, job: Job) -> str:
        """Show how far each part has come, which several workers do at once; the first of them where there are many."""
        parts = sorted(job.parts.all(), key=lambda part: (part.due_at, str(part.pk)))[:PARTS_SHOWN]
        rows = [
            (number, part.get_status_display(), part.done, part.total, part.last_error)
            for number, part in enumerate(parts, start=1)
        ]
        return format_html_join("", "<p>{}. {}: {}/{} {}</p>", rows) or "-"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show the job; while it waits or runs, the browser asks again every few seconds."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        job = self.get_object(request, object_id)
        if job is not None and job.status in jobs.UNFINISHED:
            answer["Refresh"] = str(LOOK_AGAIN)
        return answer


def _failed_row(failure: dict[str, str]) -> str:
    """Name a failed row, with the way to it on the desk where it is stored."""
    try:
        address = reverse(f"admin:{failure['object'].lower().replace('.', '_')}_change", args=[failure["key"]])
    except (KeyError, NoReverseMatch):
        return failure["row"]
    return format_html('<a href="{}">{}</a>', address, failure["row"])


@admin.register(AuditEntry)
class AuditEntryAdmin(StaffAdmin):
    """Who did what, to read: a page of its own, because the trail is long and its values are masked."""

    view_permission = "audit.view_entry"
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Show the acts that the reader audits."""
        return trail.entries_for(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Show the trail, newest first, fifty lines at a time."""
        del extra_context
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = trail.TrailForm(request.GET)
        page = keyset_page(form.narrow(self.get_queryset(request)), request, size=TRAIL_SIZE)
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(str(self.opts.verbose_name_plural)),
            "form": form,
            "lines": trail.lines(page.rows),
            "page": page,
            "is_narrowed": bool(form.is_valid() and any(form.cleaned_data.values())),
            "opts": self.opts,
        }
        return TemplateResponse(request, "desk/trail.html", context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show one act with what it changed."""
        del form_url, extra_context
        entry = self.row_for(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(str(self.opts.verbose_name)),
            "line": trail.lines([entry])[0],
            "home": reverse(f"admin:{self.address('changelist')}"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "desk/act.html", context)
