"""The forms of the people pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class RegistrationForm(forms.Form):
    """What is needed to register as a resident."""

    name = forms.CharField(label=_("Name"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=40,
        required=False,
        help_text=_("Needed to vote. It is stored encrypted and never shown to the public."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=_("Compound, building, entrance, flat"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )


class MovingForm(forms.Form):
    """When somebody leaves."""

    on = forms.DateField(label=_("I no longer live here from"), widget=forms.DateInput(attrs={"type": "date"}))
