"""The forms of the desk for rules."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.policy.models import PolicyParameter
from communities.policy.policy import REGISTRY, Part, PassBase, Terms
from governance.templatetags.presentation import unit_name

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def declared_keys() -> list[tuple[str, str]]:
    """Return the keys of the catalogue with what they mean and their unit."""
    return [(key, f"{parameter.label} ({unit_name(parameter.unit)})") for key, parameter in sorted(REGISTRY.items())]


class ParameterForm(forms.ModelForm[PolicyParameter]):
    """The draft of a value; the unit follows from the key."""

    key = forms.ChoiceField(label=_("key"), choices=declared_keys)
    value = forms.JSONField(
        label=_("value"),
        help_text=_("A number such as 5 or “0.60”, a range such as [5, 9], a list of words in quotes."),
    )

    class Meta:
        model = PolicyParameter
        fields: ClassVar = ["key", "division", "value", "valid_from", "valid_to", "basis", "basis_article"]

    def _post_clean(self) -> None:
        """Leave the row to the operation: the exclusion constraint asks for fields that this form does not have."""


class ApprovalForm(forms.Form):
    """An approval."""

    ends_running = forms.BooleanField(
        label=_("End the value that runs until then"),
        required=False,
        help_text=_("The value in force ends on the day before this one begins."),
    )


class EndForm(forms.Form):
    """The end of something, and why."""

    on = forms.DateField(label=_("No longer from"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ConfirmationForm(forms.Form):
    """The text of the law, and corrected figures where it says otherwise."""

    basis = forms.CharField(
        label=_("Instrument and article that you have read"), max_length=200, widget=forms.TextInput(attrs={"size": 60})
    )
    is_corrected = forms.BooleanField(
        label=_("The text says something else than the provisional figures"), required=False
    )
    quorum_numerator = forms.IntegerField(label=_("quorum, numerator"), min_value=0, max_value=1000, required=False)
    quorum_denominator = forms.IntegerField(label=_("quorum, denominator"), min_value=1, max_value=1000, required=False)
    quorum_is_strict = forms.BooleanField(label=_("more than the quorum"), required=False)
    pass_base = forms.ChoiceField(label=_("majority of"), choices=PassBase.choices, required=False)
    pass_numerator = forms.IntegerField(label=_("majority, numerator"), min_value=0, max_value=1000, required=False)
    pass_denominator = forms.IntegerField(label=_("majority, denominator"), min_value=1, max_value=1000, required=False)
    pass_is_strict = forms.BooleanField(label=_("more than the majority"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for every figure when the text says something else."""
        data = super().clean() or {}
        needed = ("quorum_numerator", "quorum_denominator", "pass_base", "pass_numerator", "pass_denominator")
        if data.get("is_corrected") and any(data.get(name) in {None, ""} for name in needed):
            raise forms.ValidationError(_("Please enter all figures of the rule."))
        return data


def read_terms(data: dict[str, Any]) -> Terms | None:
    """Return the corrected figures of a clean confirmation, or None."""
    if not data["is_corrected"]:
        return None
    return Terms(
        quorum=Part(data["quorum_numerator"], data["quorum_denominator"], data["quorum_is_strict"]),
        pass_base=data["pass_base"],
        majority=Part(data["pass_numerator"], data["pass_denominator"], data["pass_is_strict"]),
    )
