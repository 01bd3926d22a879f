"""The shape of what is typed about rule packs."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.packs.models import FundRulePack

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class RulePackForm(forms.ModelForm[FundRulePack]):
    """A version to be entered."""

    values = forms.JSONField(
        label=_("values"),
        help_text=_("Rules by key, such as {“fund.committee.min”: 7}; what is left out comes from the parameters."),
    )
    valid_from = forms.DateField(label=_("valid from"), widget=DAY)
    valid_to = forms.DateField(label=_("valid to"), widget=DAY, required=False)

    class Meta:
        model = FundRulePack
        fields: ClassVar[list[str]] = ["key", "name", "values", "basis", "note", "valid_from", "valid_to"]

    def _post_clean(self) -> None:
        """Leave the row to the operation: the exclusion constraint asks for fields that this form does not have."""

    def clean_values(self) -> dict[str, Any]:
        """Ask for a table of keys and values."""
        found = self.cleaned_data["values"]
        if not isinstance(found, dict):
            raise forms.ValidationError(_("Enter rules by key."))
        return found
