"""The forms of common needs and of sharing a resource."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.matters.forms import LinesField
from consultation.matters.models import Matter
from consultation.topics.needs.models import CommonNeed
from consultation.topics.needs.policy import (
    LONGEST_NEED,
    LONGEST_RESOURCE,
    LONGEST_UNIT,
    MOST_HOUSEHOLDS,
    MOST_UNITS,
    AllotmentBasis,
    Household,
)
from consultation.topics.policy import LONGEST_TEXT

LONGEST_LINE = 80


class NeedForm(forms.ModelForm[CommonNeed]):
    """A common need with the matters that show it."""

    title = forms.CharField(label=_("title"), max_length=LONGEST_NEED)
    text = LinesField(label=_("what is needed"), max_length=LONGEST_TEXT, rows=5)
    matters = forms.ModelMultipleChoiceField(
        label=_("matters"),
        queryset=Matter.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Matters of your places that belong to no common need yet; each stays open for itself."),
    )

    class Meta:
        model = CommonNeed
        fields: ClassVar = ["division", "title", "text"]


class AllotForm(forms.Form):
    """A resource and the households among which it is shared, one a line."""

    resource = forms.CharField(label=_("resource"), max_length=LONGEST_RESOURCE)
    unit = forms.CharField(label=_("unit"), max_length=LONGEST_UNIT)
    total = forms.IntegerField(label=_("in all"), min_value=1, max_value=MOST_UNITS)
    basis = forms.ChoiceField(label=_("shared by"), choices=AllotmentBasis.choices)
    households = LinesField(
        label=_("households"),
        max_length=MOST_HOUSEHOLDS * LONGEST_LINE,
        rows=10,
        help_text=_("One household a line: its number, a comma, how many people live in it. No names."),
    )

    def clean_households(self) -> list[Household]:
        """Read the lines."""
        found = []
        for number, line in enumerate(self.cleaned_data["households"].splitlines(), start=1):
            label, _comma, people = line.replace("，", ",").rpartition(",")
            if not line.strip():
                continue
            if not label.strip() or not people.strip().isdecimal() or len(people.strip()) > len(str(MOST_HOUSEHOLDS)):
                raise forms.ValidationError(
                    _("Line %(number)s is not a household, a comma and a number.") % {"number": number}
                )
            found.append(Household(label.strip(), int(people)))
        return found

    def given(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        return dict(self.cleaned_data)
