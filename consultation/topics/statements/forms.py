"""The forms of statements."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.topics.policy import LONGEST_REASON
from consultation.topics.statements.models import Statement
from consultation.topics.statements.policy import LONGEST_STATEMENT


class ProposeForm(forms.Form):
    """A statement to propose; what says nearly the same is shown first, `is_new` says that it was looked at."""

    text = forms.CharField(
        label=_("Your statement"),
        max_length=LONGEST_STATEMENT,
        help_text=_("One thought in one sentence, so that others can agree or disagree. Staff checks it first."),
    )
    is_new = forms.BooleanField(required=False, widget=forms.HiddenInput)


class RefuseForm(forms.Form):
    """Why a statement is refused."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, help_text=_("Who proposed it reads the reason.")
    )


class JoinForm(forms.Form):
    """The statement that says the same."""

    other = forms.ModelChoiceField(
        label=_("says the same as"),
        queryset=Statement.objects.shown(),
        widget=forms.NumberInput,
        help_text=_("The number of a statement of the same topic that is open for positions."),
    )
