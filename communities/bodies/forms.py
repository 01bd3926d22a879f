"""The forms of the desk for bodies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Seat
from governance.accounts.forms import PersonField

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SeatForm(forms.Form):
    """A seat to fill."""

    name = forms.CharField(label=_("Name"), max_length=50)
    log_in_name = PersonField(required=False, help_text=_("Needed to vote on the platform."))
    seat = forms.ChoiceField(label=_("seat"), choices=Seat.choices)
    is_chair = forms.BooleanField(label=_("chair"), required=False)
    is_woman = forms.NullBooleanField(label=_("woman"), required=False)
    valid_from = forms.DateField(label=_("valid from"), widget=DAY)
    valid_to = forms.DateField(label=_("valid to"), widget=DAY, required=False)

    def clean(self) -> dict[str, Any]:
        """Gather what the operation asks for."""
        data = super().clean() or {}
        fields = ("name", "seat", "is_chair", "is_woman", "valid_from", "valid_to")
        data["member"] = {"user": data.get("log_in_name"), **{field: data.get(field) for field in fields}}
        return data


class EndForm(forms.Form):
    """The end of a seat, and why."""

    on = forms.DateField(label=_("No longer from"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
