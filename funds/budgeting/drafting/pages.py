"""Drafting a participatory budget, and changing the draft, on pages of the staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.budgeting import operations
from funds.budgeting.drafting import operations as drafting
from funds.budgeting.forms import RULE_FIELDS, PlaceRoundForm
from funds.budgeting.models import BudgetRound
from funds.charity.models import CommunityFund
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import RowForm

if TYPE_CHECKING:
    from django.http import HttpRequest


class RoundNew(RowForm):
    """The staff drafts a round over money of a fund."""

    permission = "funds.manage_budget_round"
    title = _("Draft a participatory budget")
    form_class = PlaceRoundForm
    template_name = "funds/budgeting/form.html"

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the fund."""
        return get_object_or_404(CommunityFund.objects.visible_to(request.user).select_related("division"), pk=pk)

    @property
    def fund(self) -> CommunityFund:
        """The fund whose money it is."""
        found: CommunityFund = self.row
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the topics of the fund's place."""
        return {**super().get_form_kwargs(), "fund": self.fund}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the way to the fund."""
        trail = [*Division.objects.ancestors(self.fund.division), self.fund]
        return super().get_context_data(trail=trail, **kwargs)

    def done(self, form: Any) -> Any:
        """Draft the round."""
        return self.attempt(form, operations.draft_round, fund=self.fund, **self.given(form))

    def given(self, form: Any) -> dict[str, Any]:
        """Return what was entered as the operations take it."""
        data = dict(form.cleaned_data)
        rule = {name: data.pop(name) for name in RULE_FIELDS}
        return {"by": acting_user(self.request), "now": clock.now(), "rule": rule, **data}


class RoundEdit(RoundNew):
    """The staff changes a round before proposals are called for."""

    title = _("Change the draft")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the round."""
        return get_object_or_404(BudgetRound.objects.visible_to(request.user).for_detail(), pk=pk)

    @property
    def fund(self) -> CommunityFund:
        """The fund whose money it is."""
        found: CommunityFund = self.row.fund
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        """Fill the form in with the round."""
        return {**super().get_form_kwargs(), "instance": BudgetRound.objects.get(pk=self.row.pk)}

    def done(self, form: Any) -> Any:
        """Change the round."""
        return self.attempt(form, drafting.amend_round, budget_round=self.row, **self.given(form))
