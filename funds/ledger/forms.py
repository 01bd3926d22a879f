"""What the desk asks for in the ledger room."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.ledger.models import Suspension


class SuspensionForm(forms.ModelForm[Suspension]):
    """What is to be suspended, and why."""

    class Meta:
        model = Suspension
        fields: ClassVar[list[str]] = ["book", "flow", "reason"]
        help_texts: ClassVar[dict[str, Any]] = {"reason": _("Public. Write no names of persons, addresses or numbers.")}

    def _post_clean(self) -> None:
        """Leave the row to the operation, which names the reason when it refuses."""


class ReversalForm(forms.Form):
    """The date and the public summary of a reversal."""

    posted_on = forms.DateField(label=_("Date"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    memo = forms.CharField(
        label=_("Summary"), max_length=200, help_text=_("Public. Write no names of persons, addresses or numbers.")
    )
