"""The policy room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from communities.people.queries import posts_of
from communities.policy import operations
from communities.policy.forms import ApprovalForm, ConfirmationForm, EndForm, ParameterForm, read_terms
from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import DecisionRule, PolicyDocument, PolicyParameter
from communities.policy.policy import REGISTRY
from communities.policy.queries import rules_here
from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin
from governance.templatetags.presentation import legal_basis, unit_name

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(StaffAdmin):
    """Documents that rules rest on."""

    view_permission = "communities.view_policydocument"
    add_permission = "communities.enter_document"
    acts: ClassVar = {
        "communities.document.entered": _("Document entered"),
    }
    list_display = ("title", "document_number", "issuer", "level", "division", "effective_on", "expires_on")
    list_filter = ("level",)
    list_select_related = ("division",)
    search_fields = ("title", "document_number", "issuer")
    autocomplete_fields = ("division",)
    ordering = ("-effective_on", "-id")
    fields = (
        "title",
        "document_number",
        "issuer",
        "level",
        "division",
        "issued_on",
        "effective_on",
        "expires_on",
        "summary",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every document is public; whoever reads any may read all."""
        del obj
        return request.user.has_perm(self.view_permission)

    def create(self, form: forms.ModelForm[PolicyDocument], request: HttpRequest) -> PolicyDocument:
        """Enter the document."""
        return operations.enter_document(by=acting_user(request), now=clock.now(), **form.cleaned_data)


class KeyFilter(admin.SimpleListFilter):
    """Values of one rule parameter, by what it means."""

    title = _("rule parameter")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every declared parameter."""
        del request, model_admin
        return [(key, str(REGISTRY[key].label)) for key in sorted(REGISTRY)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen one."""
        del request
        return queryset.filter(key=self.value()) if self.value() else queryset


@admin.register(PolicyParameter)
class PolicyParameterAdmin(MovesAdmin):
    """Rule values: entered by one person, approved by another, ended with a reason."""

    view_permission = "communities.view_policyparameter"
    add_permission = "communities.enter_parameter"
    acts: ClassVar = {
        "communities.parameter.entered": _("Value entered"),
        "communities.parameter.ended": _("End of the value set"),
    }
    form = ParameterForm
    list_display = ("named", "value_in_words", "division", "valid_from", "valid_to", "basis", "status")
    list_filter = ("status", KeyFilter)
    list_select_related = ("division", "basis")
    search_fields = ("key",)
    autocomplete_fields = ("division", "basis")
    ordering = ("key", "-valid_from", "-id")
    list_before_template = "communities/policy/desk_places.html"
    readonly_fields = ("named", "value_in_words")
    deeds = (
        Deed(
            "end",
            _("End"),
            "communities.approve_parameter",
            lambda row, by, now, data: operations.end_parameter(by=by, now=now, parameter=row, **data),
            form=EndForm,
            is_open=lambda row: row.status == ParameterStatus.ACTIVE,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a value when it is entered, show who entered and approved it afterwards."""
        if obj is None:
            return ("key", "division", "value", "valid_from", "valid_to", "basis", "basis_article")
        return (
            "named",
            "key",
            "division",
            "value_in_words",
            "valid_from",
            "valid_to",
            "basis",
            "basis_article",
            "status",
            "entered_by",
            "entered_at",
            "approved_by",
            "approved_at",
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    def get_urls(self) -> list[URLPattern]:
        """Add the screen of what holds in a place."""
        screen = self.admin_site.admin_view(self.in_force_view)
        return [path("in-force/<int:pk>/", screen, name=self.address("in_force")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Name the places of one's posts above the list, each with what holds there."""
        places = {post.division_id: post.division for post in posts_of(request.user)}
        return super().changelist_view(request, {"places": list(places.values()), **(extra_context or {})})

    def in_force_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show every parameter of a place: value, unit, basis, since when, default or not."""
        if not request.user.has_perm(self.view_permission):
            raise PermissionDenied
        place = get_object_or_404(Division, pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": place.name,
            "place": place,
            "rules": rules_here(place, clock.today()),
            "opts": self.opts,
        }
        return TemplateResponse(request, "communities/policy/desk_in_force.html", context)

    @admin.display(description=_("rule parameter"), ordering="key")
    def named(self, row: PolicyParameter) -> str:
        """What the key means."""
        return row.name

    @admin.display(description=_("value"))
    def value_in_words(self, row: PolicyParameter) -> str:
        """The value with its unit."""
        return f"{row.shown} {unit_name(row.unit)}"

    def create(self, form: Any, request: HttpRequest) -> PolicyParameter:
        """Enter the draft in the unit of its key."""
        data = form.cleaned_data
        unit = REGISTRY[data["key"]].unit
        return operations.enter_parameter(by=acting_user(request), now=clock.now(), unit=unit, **data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask whether the running value ends."""
        return ApprovalForm if name == "approve" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> PolicyParameter:
        """Approve and retire by their operations."""
        by, now = acting_user(request), clock.now()
        if name == "approve":
            return operations.approve_parameter(by=by, now=now, parameter=row, ends_running=data["ends_running"])
        return operations.retire_parameter(by=by, now=now, parameter=row, reason=data["reason"])


@admin.register(DecisionRule)
class DecisionRuleAdmin(StaffAdmin):
    """Decision rules; the provisional ones are confirmed here."""

    view_permission = "communities.view_decisionrule"
    acts: ClassVar = {
        "communities.decision_rule.entered": _("Decision rule entered"),
        "communities.decision_rule.confirmed": _("Decision rule confirmed"),
    }
    list_display = ("name", "base", "quorum", "majority", "valid_from", "valid_to", "is_binding", "waits")
    list_filter = ("base", "is_binding", "needs_confirmation")
    search_fields = ("name", "key")
    exclude = ("basis",)
    readonly_fields = ("rests_on",)
    ordering = ("key", "valid_from")
    deeds = (
        Deed(
            "confirm",
            _("Confirm from the text of the law"),
            "communities.confirm_rule",
            lambda row, by, now, data: operations.confirm_rule(
                by=by, now=now, rule=row, basis=data["basis"], terms=read_terms(data)
            ),
            form=ConfirmationForm,
            is_open=lambda row: row.awaits_confirmation,
            waiting=lambda rows: rows.filter(needs_confirmation=True, confirmed_at=None),
        ),
    )

    @admin.display(description=_("basis"))
    def rests_on(self, row: DecisionRule) -> str:
        """What the rule rests on, in the reader's language."""
        return legal_basis(row.basis)

    @admin.display(description=_("must take part"))
    def quorum(self, row: DecisionRule) -> str:
        """The quorum in words."""
        return str(row.terms.quorum)

    @admin.display(description=_("must be in favor"))
    def majority(self, row: DecisionRule) -> str:
        """The majority in words."""
        return f"{row.terms.majority} {row.get_pass_base_display()}"

    @admin.display(description=_("waits for confirmation"), boolean=True)
    def waits(self, row: DecisionRule) -> bool:
        """Whether nothing can be decided by it yet."""
        return row.awaits_confirmation
