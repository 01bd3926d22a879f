"""What is asked for of a contract with who runs an incubator."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from socialorgs.incubation.forms import DayField
from socialorgs.register.forms import CapitalField, ReasonForm
from socialorgs.register.strengths.forms import CodeField

MOST = 10_000


class EndForm(ReasonForm):
    """The first day without the contract, and why it ends early."""

    ends_on = DayField(label=_("first day without it"))
    field_order = ("ends_on", "reason")


class AgreedForm(forms.Form):
    """What was agreed."""

    operator = CodeField()
    number = forms.CharField(label=_("contract number"), max_length=80)
    amount = CapitalField(label=_("amount of the contract"))
    starts_on = DayField(label=_("from"))
    ends_on = DayField(label=_("first day without it"))
    admitted_goal = forms.IntegerField(label=_("bodies to be taken in"), min_value=0, max_value=MOST)
    graduated_goal = forms.IntegerField(label=_("bodies to leave with success"), min_value=0, max_value=MOST)
