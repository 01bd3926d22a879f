"""The shape of what is typed about supervisors, their opinions, and suspensions."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.ledger.models import Flow
from funds.oversight.models import SupervisorOpinion
from governance.accounts.forms import PersonField
from governance.forms import ToOperation

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SupervisorForm(forms.Form):
    """A supervisor to be named."""

    name = forms.CharField(label=_("name"), max_length=50)
    user = PersonField(required=False, help_text=_("Where the person has a log-in."))
    valid_from = forms.DateField(label=_("in office from"), widget=DAY)
    valid_to = forms.DateField(
        label=_("in office until"), widget=DAY, required=False, help_text=_("Empty for the committee's own term.")
    )


class OpinionForm(forms.Form):
    """An opinion to be recorded by the supervisor."""

    attended_on = forms.DateField(label=_("attended on"), widget=DAY)
    occasion = forms.CharField(label=_("occasion"), max_length=200)
    opinion = forms.CharField(
        label=_("opinion"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Public. Write no names of persons, addresses or numbers."),
    )


class OpinionEntryForm(ToOperation):
    """An opinion to be entered on the desk, by the supervisor or for one without a log-in."""

    attended_on = forms.DateField(label=_("attended on"), widget=DAY)

    class Meta:
        model = SupervisorOpinion
        fields: ClassVar[list[str]] = ["fund", "membership", "attended_on", "occasion", "opinion"]
        help_texts: ClassVar[dict[str, Any]] = {
            "membership": _("Supervisors record their own opinion; name here one without a log-in."),
            "opinion": _("Public. Write no names of persons, addresses or numbers."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "membership" in self.fields:  # a row that is only looked at has no fields to fill in
            self.fields["membership"].required = False


class SuspendForm(forms.Form):
    """What is to be suspended, and why."""

    flow = forms.ChoiceField(label=_("suspended is"), choices=Flow.choices)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Public. Write no names of persons, addresses or numbers.")
    )
