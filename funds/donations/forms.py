"""The shape of what is typed about donations."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.charity.forms import AmountField, ToOperation
from funds.donations.models import Donation


class DonationForm(ToOperation):
    """A donation to be recorded."""

    amount = AmountField(label=_("amount"))

    class Meta:
        model = Donation
        fields: ClassVar[list[str]] = [
            "fund",
            "donor_kind",
            "donor_name",
            "is_name_public",
            "channel",
            "amount",
            "reference",
            "restricted_to",
        ]


class ReceivedForm(forms.Form):
    """The day on which the money arrived."""

    received_on = forms.DateField(
        label=_("received on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


class ReceiptForm(forms.Form):
    """The number of the receipt, or why it is waived."""

    receipt_number = forms.CharField(label=_("receipt number"), max_length=40, required=False)
    waived_note = forms.CharField(label=_("why the receipt is waived"), max_length=200, required=False)
