"""The oversight room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from communities.bodies.models import BodyMembership, Seat
from funds.charity.models import CommunityFund
from funds.oversight import operations
from funds.oversight.forms import OpinionEntryForm
from funds.oversight.models import FundProposal, SupervisorOpinion
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(FundProposal)
class ProposalAdmin(MovesAdmin):
    """What the monthly clock proposes about funds, to be confirmed or dismissed."""

    view_permission = "funds.view_fund_proposal"
    acts: ClassVar = {
        "funds.fund_proposal.made": gettext_lazy("Proposed by the clock"),
    }
    list_display = ("fund", "kind", "ground", "since", "status", "decided_by")
    list_select_related = ("fund__division", "fund__charity", "decided_by")
    list_filter = ("status", "kind", "ground")
    search_fields = ("fund__name",)
    ordering = ("-pk",)
    fields = ("fund", "kind", "ground", "since", "status", "proposed_at", "decided_at", "decided_by")

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Confirm through its operation, which leads the fund on."""
        if name == "confirm":
            return operations.confirm_proposal(by=acting_user(request), proposal=row, now=clock.now())
        return super().make_move(row, name, request, data)


@admin.register(SupervisorOpinion)
class SupervisorOpinionAdmin(StaffAdmin):
    """Opinions of supervisors, written once."""

    view_permission = "funds.view_supervisor_opinion"
    add_permission = "funds.record_supervisor_opinion"
    acts: ClassVar = {
        "funds.supervisor_opinion.recorded": gettext_lazy("Opinion of a supervisor recorded"),
    }
    form = OpinionEntryForm
    list_display = ("fund", "attended_on", "occasion", "membership")
    list_select_related = ("fund__division", "membership__body")
    search_fields = ("fund__name", "occasion")
    ordering = ("-attended_on", "-pk")
    fields = ("fund", "membership", "attended_on", "occasion", "opinion", "recorded_at", "recorded_by")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else OpinionEntryForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that the person handles and their supervisors."""
        funds = CommunityFund.objects.visible_to(acting_user(request)).filter(committee__isnull=False)
        if db_field.name == "fund":
            kwargs["queryset"] = funds.order_by("name")
        if db_field.name == "membership":
            handled = CommunityFund.objects.handled_by(acting_user(request)).values("committee")
            rows = BodyMembership.objects.filter(seat=Seat.SUPERVISOR, user=None, body__in=handled)
            kwargs["queryset"] = rows.select_related("body").order_by("pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the opinion."""
        return operations.record_opinion(by=acting_user(request), now=clock.now(), **form.cleaned_data)
