"""The shape of what is typed about interest and fees."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funds.charity.forms import AmountField
from funds.upkeep.models import UpkeepEntry
from governance.forms import ToOperation

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class DaysForm(forms.Form):
    """The days for which a fee is taken."""

    covers_from = forms.DateField(label=_("covers from"), widget=DAY)
    covers_to = forms.DateField(label=_("covers to"), widget=DAY, help_text=_("The last day, which must be over."))


class InterestForm(DaysForm):
    """Interest as the bank statement says."""

    amount = AmountField(label=_("amount"))
    reference = forms.CharField(label=_("bank reference"), max_length=80)


class UpkeepForm(ToOperation):
    """Interest or a fee to be entered on the desk."""

    amount = AmountField(
        label=_("amount"), required=False, help_text=_("For interest. A management fee is computed by the agreement.")
    )

    class Meta:
        model = UpkeepEntry
        fields: ClassVar[list[str]] = ["fund", "kind", "covers_from", "covers_to", "amount", "reference"]


class PostingForm(forms.Form):
    """The day of the voucher."""

    posted_on = forms.DateField(label=pgettext_lazy("upkeep", "posted on"), widget=DAY)
