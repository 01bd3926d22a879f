"""The changes room on the desk: drafts, moves, the comparison table, the hand-over list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.changes import operations, queries
from communities.changes.forms import ApprovalForm, DraftForm, HandOverForm
from communities.changes.models import DivisionChange
from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin, attempt

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(DivisionChange)
class DivisionChangeAdmin(MovesAdmin):
    """Changes of divisions, drafted as a comparison table."""

    view_permission = "communities.view_division_change"
    add_permission = "communities.edit_division_change"
    acts: ClassVar = {
        "communities.division_change.drafted": gettext_lazy("Change drafted"),
    }
    form = DraftForm
    list_display = ("__str__", "kind", "district", "effective_on", "status")
    list_filter = ("kind", "status")
    list_select_related = ("district",)
    ordering = ("-effective_on", "-id")
    raw_id_fields = ("district",)
    fields: ClassVar = (
        "kind",
        "district",
        "reason",
        "effective_on",
        "system",
        "edition",
        "new_system",
        "new_edition",
        "table",
    )
    change_form_outer_before_template = "communities/changes/desk_change.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the table when a change is drafted, show its document afterwards."""
        del request
        shown = ("kind", "district", "reason", "effective_on", "status", "document_title", "document_number")
        return shown if obj else self.fields

    def create(self, form: Any, request: HttpRequest) -> DivisionChange:
        """Draft the change, where this person may draft one for the district."""
        data = form.cleaned_data
        if not request.user.has_perm(self.add_permission, data["district"]):
            raise PermissionDenied
        return operations.draft_change(
            by=acting_user(request),
            now=clock.now(),
            kind=data["kind"],
            district=data["district"],
            reason=data["reason"],
            effective_on=data["effective_on"],
            successors=data["successors"],
            lines=data["lines"],
        )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the document of an approval."""
        return ApprovalForm if name == "approve" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> DivisionChange:
        """Approve and bring into force by their operations."""
        who: dict[str, Any] = {"change": row, "by": acting_user(request), "now": clock.now()}
        if name == "approve":
            data.pop("reason", None)
            return operations.approve_change(**who, **data)
        if name == "bring_into_force":
            return operations.bring_into_force(**who)
        return super().make_move(row, name, request, data)  # type: ignore[return-value]  # the row's own class

    def around(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Add the lines, and the way to the hand-over list of a change in force."""
        lines = list(row.lineage.select_related("predecessor", "plan").order_by("pk"))
        hand_over = reverse("admin:communities_divisionchange_hand_over", args=[row.pk])
        return {
            **super().around(request, row),
            "lines": lines,
            "hand_over": hand_over if row.status == "EFFECTIVE" else "",
        }

    def get_urls(self) -> list[URLPattern]:
        """Add the hand-over list."""
        view = self.admin_site.admin_view(self.hand_over_view)
        return [path("<int:pk>/hand-over/", view, name=self.address("hand_over")), *super().get_urls()]

    def hand_over_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List what hangs on the closed divisions, and hand one kind over."""
        row = self.get_queryset(request).filter(pk=pk).select_related("district").first()
        if row is None:
            raise Http404
        if not request.user.has_perm("communities.approve_division_change", row):
            raise PermissionDenied
        successors = self._successors(row)
        if request.method == "POST":
            form = HandOverForm(request.POST, successors=successors)
            if form.is_valid():
                self._hand_over(request, row, form.cleaned_data)
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hand-over list"),
            "row": row,
            "kinds": queries.left_behind(row),
            "successors": successors,
            "home": reverse(f"admin:{self.address('change')}", args=[pk]),
            "opts": self.opts,
        }
        return TemplateResponse(request, "communities/changes/desk_hand_over.html", context)

    def _successors(self, row: DivisionChange) -> QuerySet[Division]:
        return Division.objects.filter(pk__in=row.lineage.values("successor")).order_by("tier", "pk")

    def _hand_over(self, request: HttpRequest, row: DivisionChange, data: dict[str, Any]) -> None:
        count = attempt(request, operations.hand_over, change=row, by=acting_user(request), now=clock.now(), **data)
        if count is not None:
            messages.success(request, _("Handed over: %(count)d.") % {"count": count})
