"""What is typed where a delivery is judged."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.notices.forms import ManyFilesField
from projects.contracts.forms import OpinionForm
from projects.contracts.judging.models import Conclusion, ItemResult, ReviewKind
from projects.contracts.terms.forms import day_field


class ReviewForm(forms.Form):
    """What a visit or a review found."""

    controls: ClassVar = {"file": "evidence"}

    kind = forms.ChoiceField(label=_("What it was"), choices=ReviewKind.choices)
    held_on = day_field(_("Held on"))
    reviewer = forms.CharField(label=_("Held by"), max_length=120, help_text=_("The office or the third party."))
    was_announced = forms.BooleanField(label=_("announced before"), required=False)
    findings = forms.CharField(label=_("Findings"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5000)
    conclusion = forms.ChoiceField(label=_("Conclusion"), choices=Conclusion.choices)
    mend_by = day_field(_("To be mended by"), required=False)
    evidence = ManyFilesField(
        label=_("Photos and papers"),
        required=False,
        help_text=_("Everybody can open these files: no faces of children, no names, no account numbers."),
    )

    def clean_evidence(self) -> list[tuple[str, bytes]]:
        """Read the files."""
        return [(file.name, file.read()) for file in self.cleaned_data["evidence"]]


class AnswerForm(forms.Form):
    """What was mended."""

    answer = forms.CharField(label=_("What was mended"), widget=forms.Textarea(attrs={"rows": 3}), max_length=5000)


class ItemForm(forms.Form):
    """What the acceptance found of one item."""

    actual = forms.DecimalField(label=_("Found"), min_value=0, max_digits=10, decimal_places=2)
    result = forms.ChoiceField(label=_("Result"), choices=ItemResult.choices)
    remark = forms.CharField(label=_("Remark"), required=False, max_length=500)


class TakenOpinionForm(OpinionForm):
    """The opinion of a resident whom the lot fell on, taken down by staff."""

    number = forms.IntegerField(label=_("Number on the roll"), min_value=1)
