"""The shape of what is typed about appeals."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.decisions.models import Decision
from funds.appeals.lifecycle import DECIDED
from funds.appeals.models import Appeal
from funds.charity.forms import AmountField
from governance.forms import ToOperation


def day_input() -> forms.DateInput:
    """Return the widget for a day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class AppealForm(ToOperation):
    """An appeal to be drafted: by which right, what for, how much, how long."""

    class Meta:
        model = Appeal
        fields: ClassVar[list[str]] = [
            "fund",
            "kind",
            "title",
            "purpose",
            "target",
            "starts_on",
            "ends_on",
            "filing_number",
            "platform_url",
            "decision",
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "filing_number": _("For a public appeal: the number under which its plan was filed."),
            "platform_url": _("For a public appeal: its page on a designated platform. No money is taken here."),
            "decision": _("For crowd-funding among residents: the final decision that it rests on."),
        }

    target = AmountField(label=_("goal"))
    starts_on = forms.DateField(label=_("first day"), widget=day_input())
    ends_on = forms.DateField(label=_("last day"), widget=day_input())
    platform_url = forms.URLField(
        label=_("address on the designated platform"), required=False, max_length=300, assume_scheme="https"
    )
    decision = forms.ModelChoiceField(
        label=_("residents' decision"), queryset=Decision.objects.filter(status__in=DECIDED), required=False
    )


class FundAppealForm(AppealForm):
    """An appeal for the fund on whose page it is drafted."""

    class Meta(AppealForm.Meta):
        fields: ClassVar[list[str]] = [name for name in AppealForm.Meta.fields if name != "fund"]


class EndForm(forms.Form):
    """Why an appeal ends before its day."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class ReportForm(forms.Form):
    """What was done with the money in the days of an account."""

    text = forms.CharField(label=_("what was done"), widget=forms.Textarea(attrs={"rows": 5}), max_length=5000)
