"""What is asked for when bidders ask and the buyer answers."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from projects.purchasing.asking.operations import LONGEST, LONGEST_ANSWER


class QuestionForm(forms.Form):
    """A question on a purchase."""

    text = forms.CharField(
        label=pgettext_lazy("purchase", "question"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The answer is open to everybody; who asked is not told."),
    )


class AnswerForm(forms.Form):
    """The answer, which everybody reads."""

    answer = forms.CharField(
        label=pgettext_lazy("purchase", "answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Everybody reads it: say nothing about who has made an offer."),
    )
