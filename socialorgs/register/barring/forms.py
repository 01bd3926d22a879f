"""What is asked for when a body is barred."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from socialorgs.register.barring.models import BanGround

DAY = {"type": "date"}


class BanForm(forms.Form):
    """A ban: why, by which decision, from when to when."""

    ground = forms.ChoiceField(label=_("ground"), choices=BanGround.choices)
    decision_number = forms.CharField(label=_("decision number"), max_length=80)
    reason = forms.CharField(label=_("reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    starts_on = forms.DateField(label=_("from"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("to"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
