"""Rule packs on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from funds.packs import operations
from funds.packs.forms import RulePackForm
from funds.packs.models import FundRulePack
from funds.packs.queries import rules_for
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(FundRulePack)
class RulePackAdmin(MovesAdmin):
    """Versions of rule packs: entered by one person, adopted by another."""

    view_permission = "funds.view_rule_pack"
    add_permission = "funds.enter_rule_pack"
    acts: ClassVar = {
        "funds.rule_pack.entered": gettext_lazy("Rule pack entered"),
        "funds.rule_pack.ended": gettext_lazy("Rule pack ended by its next version"),
    }
    form = RulePackForm
    list_display = ("name", "key", "version", "status", "valid_from", "valid_to")
    list_filter = ("status",)
    search_fields = ("key", "name")
    ordering = ("key", "-version")
    fields = (
        *("key", "version", "name", "values", "basis", "note", "valid_from", "valid_to", "is_preset", "status"),
        *("entered_by", "adopted_by"),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else RulePackForm.Meta.fields

    def tell_values(self, row: FundRulePack) -> str:
        """Write the rules that the pack sets with their names and units, one a line."""
        rules = rules_for(row, None, row.valid_from)
        return "\n".join(f"{rule.here.parameter.label}: {rule.words}" for rule in rules if rule.is_packed)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the draft."""
        return operations.enter_rule_pack(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Adopt through its operation, which ends the version before."""
        if name == "adopt":
            return operations.adopt_rule_pack(by=acting_user(request), pack=row, now=clock.now())
        return super().make_move(row, name, request, data)
