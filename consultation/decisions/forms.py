"""The forms of the decisions on the desk."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.notices.forms import ManyFilesField
from consultation.decisions.models import Decision


class DecisionForm(forms.ModelForm[Decision]):
    """What is decided, by which ballot."""

    class Meta:
        model = Decision
        fields = ("ballot", "text", "cost_estimate")

    def _post_clean(self) -> None:
        """Leave the row to the operation, which names what is wrong with it."""


class ExecutionForm(forms.Form):
    """Who carries the decision out, and by when."""

    responsible = forms.CharField(label=_("responsible"), max_length=100)
    due_on = forms.DateField(
        label=_("to be done by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ReportForm(forms.Form):
    """What came of the decision."""

    text = forms.CharField(label=_("result"), widget=forms.Textarea(attrs={"rows": 5}))
    uploads = ManyFilesField(
        label=_("evidence"), required=False, help_text=_("Photos or papers. Everybody can open them.")
    )
    controls: ClassVar = {"file": "uploads"}

    def clean_uploads(self) -> list[tuple[str, bytes]]:
        """Read the files."""
        return [(file.name, file.read()) for file in self.cleaned_data["uploads"]]


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
