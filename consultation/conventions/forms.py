"""The forms of conventions on the desk and on their page."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.policy.models import DecisionRule, PolicyDocument
from consultation.conventions.models import Convention, ConventionVersion
from consultation.conventions.policy import (
    LONGEST_CHANGE,
    LONGEST_NUMBER,
    LONGEST_OPINION,
    LONGEST_TEXT,
)
from consultation.matters.forms import LinesField
from consultation.topics.forms import MomentField
from governance.calendar import clock
from governance.forms import ToOperation

USUAL_DAYS = 7
"""How long a vote usually runs; a proposal in the form."""


class WordingFields(forms.Form):
    """What a version says, and what it changes."""

    text = LinesField(label=_("text"), max_length=LONGEST_TEXT, rows=16, help_text=_("One article a line."))
    change = LinesField(label=_("what changes and why"), max_length=LONGEST_CHANGE, rows=3)


class ConventionForm(WordingFields, ToOperation):
    """A new convention with its first version."""

    class Meta:
        model = Convention
        fields = ("division", "kind", "title")


class VersionForm(ToOperation):
    """The next version of a convention."""

    class Meta:
        model = ConventionVersion
        fields = ("convention", "text", "change")


class CheckForm(forms.Form):
    """What the legal check says."""

    check_opinion = LinesField(
        label=_("opinion of the legal check"),
        max_length=LONGEST_OPINION,
        rows=4,
        required=False,
        help_text=_("Needed where the text uses words that fines, seizures or cut benefits are made of."),
    )


class VoteForm(forms.Form):
    """By which rule, when, and with what force the residents vote."""

    rule_key = forms.ChoiceField(label=_("decision rule"))
    opens_at = MomentField(label=_("opens at"))
    closes_at = MomentField(label=_("closes at"))
    is_binding = forms.BooleanField(label=_("binding"), required=False)
    approved_method = forms.ModelChoiceField(
        label=_("document that approved the method"), queryset=PolicyDocument.objects.order_by("-pk"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = DecisionRule.objects.filter(is_secret=False, is_dual=False).order_by("key", "valid_from")
        named = dict(rules.values_list("key", "name"))
        self.fields["rule_key"] = forms.ChoiceField(label=_("decision rule"), choices=list(named.items()))
        begin = clock.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
        self.initial = {
            "opens_at": begin,
            "closes_at": begin + dt.timedelta(days=USUAL_DAYS),
            **(self.initial or {}),
        }


class AdoptForm(forms.Form):
    """From when the version binds."""

    effective_on = forms.DateField(
        label=_("in force from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=clock.today,
    )


class FileForm(forms.Form):
    """Under which number it is filed."""

    number = forms.CharField(label=_("filing number"), max_length=LONGEST_NUMBER)
    controls: ClassVar = {"filing_number": "number"}


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = LinesField(label=_("Reason"), max_length=LONGEST_OPINION, rows=3)
