"""The shape of what is asked of the report, and of what is said of an order's use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from funds.charity.forms import AmountField
from funds.reinvestment.models import ReinvestmentOrder
from funds.returns.queries import Scope
from governance.forms import offer_choices, offer_rows

FIRST_YEAR, LAST_YEAR = 2000, 2200


class ReportForm(forms.Form):
    """Whose giving back, of which year's profit."""

    scope = forms.ChoiceField(label=_("enterprise or place"))
    year = forms.IntegerField(label=_("year of the profit"), min_value=FIRST_YEAR, max_value=LAST_YEAR)

    def __init__(self, *args: Any, scopes: dict[str, Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self, scope=[(key, str(scope)) for key, scope in scopes.items()])


class UseForm(forms.Form):
    """A matter that was solved with the order's money."""

    matter = forms.ModelChoiceField(label=_("matter"), queryset=Matter.objects.none())
    amount = AmountField(label=_("amount"))

    def __init__(self, *args: Any, order: ReinvestmentOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        solved = Matter.objects.filter(status=MatterStatus.CLOSED, is_solved=True)
        here = solved.in_division(order.enterprise.division).exclude(pk__in=order.uses.values("matter"))
        offer_rows(self, matter=here.order_by("-pk"))
