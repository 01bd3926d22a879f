"""The shape of what is typed about public money."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.charity.forms import AmountField
from funds.support.models import Appropriation
from governance.forms import ToOperation


class AppropriationForm(ToOperation):
    """Public money to be planned."""

    amount = AmountField(label=_("amount"))

    class Meta:
        model = Appropriation
        fields: ClassVar[list[str]] = [
            *("fund", "source", "fiscal_year", "document_number", "amount", "restricted_to"),
        ]


class ArrivalForm(forms.Form):
    """The day on which the money came."""

    received_on = forms.DateField(
        label=_("received on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
