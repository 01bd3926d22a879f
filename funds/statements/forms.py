"""What the desk asks for in the statements room."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.ledger.models import Period
from governance.forms import ToOperation


class MonthForm(ToOperation):
    """The month to be closed."""

    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=9999)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)

    class Meta:
        model = Period
        fields: ClassVar[list[str]] = ["book", "year", "month"]
