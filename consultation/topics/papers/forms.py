"""The forms of documents, comments and answers."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.matters.forms import LinesField
from consultation.topics.papers.policy import (
    LONGEST_ANSWER,
    LONGEST_COMMENT,
    LONGEST_DOCUMENT,
    LONGEST_NOTE,
    LONGEST_OFFICE,
)
from consultation.topics.policy import LONGEST_TITLE


class CommentForm(forms.Form):
    """What somebody says on a paragraph."""

    anchor = forms.CharField(max_length=16, widget=forms.HiddenInput)
    text = LinesField(
        label=_("Your comment"),
        max_length=LONGEST_COMMENT,
        rows=3,
        help_text=_("Everybody reads it; your name is masked. Do not write identity, telephone or card numbers."),
    )


class AnswerForm(forms.Form):
    """An official answer."""

    office = forms.CharField(label=_("in the name of"), max_length=LONGEST_OFFICE)
    text = LinesField(label=pgettext_lazy("official", "answer"), max_length=LONGEST_ANSWER, rows=5)


class DocumentForm(forms.Form):
    """A document of a topic in its first version; each line is a paragraph."""

    title = forms.CharField(label=_("title"), max_length=LONGEST_TITLE)
    text = LinesField(
        label=_("text"), max_length=LONGEST_DOCUMENT, rows=12, help_text=_("Each line is a paragraph of its own.")
    )


class VersionForm(forms.Form):
    """A further version of a document."""

    text = LinesField(
        label=_("text"), max_length=LONGEST_DOCUMENT, rows=12, help_text=_("Each line is a paragraph of its own.")
    )
    note = forms.CharField(label=_("what has changed"), max_length=LONGEST_NOTE)
