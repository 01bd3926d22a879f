"""The forms of the procedure of four steps."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.meetings.foursteps.models import FourStepCase
from consultation.meetings.foursteps.policy import StepOutcome


class CaseForm(forms.ModelForm[FourStepCase]):
    """What is proposed."""

    class Meta:
        model = FourStepCase
        fields = ("division", "title", "text", "topic")

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class CloseStepForm(forms.Form):
    """How a step was closed."""

    outcome = forms.ChoiceField(label=_("outcome"), choices=StepOutcome.choices)
    note = forms.CharField(label=_("what came of it"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000)


class QuestionForm(forms.Form):
    """A question."""

    text = forms.CharField(label=_("Your question"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class AnswerForm(forms.Form):
    """An answer."""

    answer = forms.CharField(
        label=pgettext_lazy("four steps", "answer"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000
    )
