"""The forms of statements."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.topics.statements.models import Statement
from consultation.topics.statements.policy import LONGEST_STATEMENT
from governance.forms import offer_rows


class ProposeForm(forms.Form):
    """A statement to propose; what says nearly the same is shown first, `is_new` says that it was looked at."""

    text = forms.CharField(
        label=_("Your statement"),
        max_length=LONGEST_STATEMENT,
        help_text=_("One thought in one sentence, so that others can agree or disagree. Staff checks it first."),
    )
    is_new = forms.BooleanField(required=False, widget=forms.HiddenInput)


class JoinForm(forms.Form):
    """The statement of the same topic that says the same."""

    other = forms.ModelChoiceField(label=_("says the same as"), queryset=Statement.objects.none())

    def __init__(self, *args: Any, statement: Statement, **kwargs: Any) -> None:
        """Offer those that are open for positions."""
        super().__init__(*args, **kwargs)
        shown = Statement.objects.shown().filter(topic=statement.topic_id).exclude(pk=statement.pk)
        offer_rows(self, other=shown.order_by("pk"))
