"""The forms of profiles: what is typed on the pages and on the desk."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.forms import ToOperation
from projects.contracts.policy import ServiceField
from projects.market.talents.models import TalentProfile
from projects.market.talents.policy import ShownTo, TalentKind

SEPARATORS = re.compile(r"[,，、;；\n]+")


class SkillsField(forms.CharField):
    """Skills in short words, with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {
            "label": pgettext_lazy("talent", "Skills"),
            "max_length": 150,
            "help_text": _("A few short words with commas between them, such as plumbing, calligraphy."),
            **kwargs,
        }
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Read the words."""
        return [word.strip() for word in SEPARATORS.split(super().clean(value)) if word.strip()]

    def prepare_value(self, value: Any) -> Any:
        """Write the words as they were typed."""
        return "、".join(value) if isinstance(value, (list, tuple)) else value


class ConsentForm(forms.Form):
    """To whom a profile is shown."""

    shown_to = forms.ChoiceField(
        label=pgettext_lazy("talent", "Who may find it"),
        choices=ShownTo.choices,
        initial=ShownTo.STAFF,
        widget=forms.RadioSelect,
    )
    is_name_shown = forms.BooleanField(
        label=pgettext_lazy("talent", "Show my full name to everybody"),
        required=False,
        help_text=_("Otherwise the name is shortened. Your telephone number is never shown."),
    )


class PaperConsentForm(ConsentForm):
    """The written consent of somebody without a log-in."""

    paper_day = forms.DateField(
        label=pgettext_lazy("talent", "Day of the written consent"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class WordsForm(ConsentForm):
    """What a profile says, and to whom."""

    skills = SkillsField()
    text = forms.CharField(
        label=pgettext_lazy("talent", "What you can do"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    times = forms.CharField(label=pgettext_lazy("talent", "When you have time"), max_length=100, required=False)

    field_order = ("kind", "field", "skills", "text", "times", "shown_to", "is_name_shown")


class TalentForm(WordsForm):
    """A profile of one's own."""

    kind = forms.ChoiceField(label=pgettext_lazy("talent", "Known as"), choices=TalentKind.choices)
    field = forms.ChoiceField(label=pgettext_lazy("market", "Field"), choices=ServiceField.choices)


class ProposalForm(ToOperation):
    """What is entered of somebody on the desk."""

    skills = SkillsField()

    class Meta:
        model = TalentProfile
        fields: ClassVar[list[str]] = ["resident", "kind", "field", "skills", "text", "times"]
