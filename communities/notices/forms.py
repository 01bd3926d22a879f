"""The forms of the notice pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.notices.models import ObjectionOutcome
from communities.notices.operations import LONGEST_OBJECTION


class ObjectionForm(forms.Form):
    """What somebody objects to."""

    text = forms.CharField(
        label=_("What do you object to?"),
        max_length=LONGEST_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Your name is not shown. Do not write identity, telephone or card numbers."),
    )


class AnswerForm(forms.Form):
    """What comes of an objection."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=ObjectionOutcome.choices, widget=forms.RadioSelect)
    reply = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Everybody reads the answer."),
    )
