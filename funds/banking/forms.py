"""The shape of what is typed about bank lines and matches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder, charity_keys


class StatementForm(forms.Form):
    """A bank's statement file of one charity."""

    charity = forms.ModelChoiceField(label=_("charity"), queryset=HostCharity.objects.none())
    file = forms.FileField(
        label=_("statement file"),
        help_text=_(
            "CSV (UTF-8 or GB18030) or XLSX with the columns 日期, 金额, 付款人, 附言 and 流水号; at most 5 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = HostCharity.objects.filter(pk__in=charity_keys(user)).order_by("name", "pk")
        field = self.fields["charity"]
        field.queryset = mine  # type: ignore[attr-defined]  # a field of the class above
        field.initial = mine.first()


class ReasonForm(forms.Form):
    """Why a line is set aside, or a match refused."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=200)


class OrderForm(forms.Form):
    """The order that a line pays, by its reference."""

    reference = forms.CharField(label=_("transfer reference"), max_length=40)

    def clean_reference(self) -> ReinvestmentOrder:
        """Find the order."""
        order = ReinvestmentOrder.objects.filter(reference__iexact=self.cleaned_data["reference"].strip()).first()
        if order is None:
            raise ValidationError(_("There is no order with this reference."))
        return order
