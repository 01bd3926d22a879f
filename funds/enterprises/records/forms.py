"""The shape of what is typed about the books."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funds.charity.forms import AmountField
from funds.enterprises.forms import period_choices
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.records.operations import Noted
from funds.enterprises.records.policy import NotAMonth, read_month
from governance.forms import ToOperation, offer_choices

NOTED = [
    "kind",
    "line",
    "month",
    "amount",
    "description",
    "party",
    "evidence_kind",
    "evidence_number",
    "is_related",
    "relation",
    "recusal",
]


class MonthField(forms.Field):
    """A month as people type it; the stored value is its first day."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"placeholder": "2025-03", "autocomplete": "off"})
        super().__init__(**{"widget": widget, **kwargs})

    def to_python(self, value: Any) -> Any:
        """Read the text, or say what is wrong with it."""
        if value in self.empty_values:
            return None
        try:
            return read_month(str(value))
        except NotAMonth as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal

    def prepare_value(self, value: Any) -> Any:
        """Show a day as its month."""
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else value


class RecordForm(ToOperation):
    """One record with its paper."""

    month = MonthField(label=_("month"))
    amount = AmountField(label=_("amount"))
    file = forms.FileField(label=_("evidence file"), required=False)

    class Meta:
        model = BusinessRecord
        fields: ClassVar[list[str]] = NOTED

    def noted(self) -> Noted:
        """Return what was typed, as the operation takes it."""
        return Noted(**{name: self.cleaned_data[name] for name in NOTED})


class DeskRecordForm(RecordForm):
    """The same with its enterprise, as it is entered on the desk."""

    class Meta(RecordForm.Meta):
        fields: ClassVar[list[str]] = ["enterprise", *NOTED]


class ProposalForm(forms.Form):
    """The finished period that is to be declared with the sums of the records."""

    period = forms.ChoiceField(label=_("Period"))

    def __init__(self, *args: Any, today: dt.date, founded_on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.periods, choices = period_choices(today, founded_on)
        offer_choices(self, period=choices)

    def chosen(self) -> dict[str, Any]:
        """Return the period that was chosen."""
        kind, starts_on, _ends_on = self.periods[self.cleaned_data["period"]]
        return {"period_kind": kind, "starts_on": starts_on}
