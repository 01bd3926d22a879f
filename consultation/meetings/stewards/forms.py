"""The forms of a choice of stewards."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.ballots.forms import NumbersField
from consultation.meetings.stewards.models import StewardSelection
from consultation.meetings.stewards.policy import Nominated


class SelectionForm(forms.ModelForm[StewardSelection]):
    """How many stewards are chosen, and how."""

    base_count = forms.IntegerField(
        label=_("size of the base"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=_("Adults are counted from the register if this is empty."),
    )
    seats = forms.IntegerField(
        label=_("stewards to choose"), required=False, min_value=1, help_text=_("As the ratio gives if this is empty.")
    )

    class Meta:
        model = StewardSelection
        fields = ("body", "way", "base_count", "seats", "seats_reason")

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class NameForm(forms.Form):
    """A name that is put forward."""

    name = forms.CharField(label=_("Name"), max_length=50)
    nominated = forms.ChoiceField(label=_("put forward"), choices=Nominated.choices)
    supporters = forms.IntegerField(label=_("supporters"), min_value=0, max_value=32_000, initial=0)
    space = forms.CharField(label=_("adopted space"), max_length=100, required=False)


class WordForm(forms.Form):
    """What was called out at the draw."""

    word = forms.CharField(
        label=_("word called out at the draw"),
        max_length=100,
        help_text=_("For example numbers that three residents name, in their order."),
    )


class ChosenForm(forms.Form):
    """Whom those who nominated have chosen."""

    numbers = NumbersField(label=_("numbers of those chosen"), help_text=_("As on the list; several with commas."))
    note = forms.CharField(label=_("how they were chosen"), max_length=500)
    controls: ClassVar = {"candidates": "numbers"}
