"""The forms of the contracts room: what is typed on its pages and on the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from communities.notices.forms import ManyFilesField
from governance.calendar import clock
from governance.money import NotAnAmount, parse_yuan
from governance.staff import ToOperation, choice_named, words_of
from projects.contracts.models import Condition, Contract
from projects.evaluation.lifecycle import TemplateStatus
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate

USUAL_DAYS = 14
"""How long answers are usually collected; a proposal in the form."""


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class ReportForm(forms.Form):
    """What was done."""

    report = forms.CharField(label=_("What was done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5000)


class EvidenceForm(ReportForm):
    """What was done, with files."""

    controls: ClassVar = {"file": "evidence"}

    evidence = ManyFilesField(
        label=_("Photos and papers"),
        required=False,
        help_text=_("Everybody can open these files: no faces of children, no names, no account numbers."),
    )

    def clean_evidence(self) -> list[tuple[str, bytes]]:
        """Read the files."""
        return [(file.name, file.read()) for file in self.cleaned_data["evidence"]]


class OpinionForm(forms.Form):
    """What a resident thinks of a delivery."""

    is_satisfied = forms.TypedChoiceField(
        label=_("Are you content with what was done?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class EvaluationForm(forms.Form):
    """How the service of a contract is evaluated; what and when follows from the contract."""

    template = forms.ModelChoiceField(
        EvaluationTemplate.objects.filter(status=TemplateStatus.PUBLISHED).order_by("title", "-version"),
        label=_("template"),
        empty_label=None,
    )
    opens_on = forms.DateField(
        label=_("opens on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), initial=clock.today
    )
    closes_on = forms.DateField(
        label=_("last day of the collection"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: clock.today() + dt.timedelta(days=USUAL_DAYS),
        help_text=_("On this day answers are still taken."),
    )


class EvaluationNameForm(forms.Form):
    """The evaluation in which a contract's service is judged."""

    evaluation = forms.ModelChoiceField(
        EvaluationPlan.objects.filter(contract=None).order_by("-pk"), label=_("Evaluation")
    )


class ContractForm(ToOperation):
    """What is entered of a contract on the desk: instalments and milestones as lines."""

    amount = forms.CharField(label=_("Amount"), widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    instalments = forms.CharField(
        label=_("Instalments, one a line"),
        widget=forms.Textarea(attrs={"rows": 3}),
        initial=lambda: f"50 {Condition.SIGNING.label}\n50 {Condition.ACCEPTANCE.label}",
        help_text=format_lazy(_("Percent, then what it waits for: {}. Together 100 percent."), words_of(Condition)),
    )
    milestones = forms.CharField(
        label=_("Milestones, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Date and title, such as 2026-05-01 handrails are mounted"),
    )

    class Meta:
        model = Contract
        fields: ClassVar[list[str]] = [
            "division",
            "organization",
            "request",
            "title",
            "scope",
            "amount",
            "starts_on",
            "ends_on",
        ]

    def clean_amount(self) -> Any:
        """Read the amount as people type it."""
        try:
            return parse_yuan(self.cleaned_data["amount"])
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal)) from refusal

    def clean_instalments(self) -> list[tuple[int, str]]:
        """Read the lines."""
        found = []
        for line in self.cleaned_data["instalments"].splitlines():
            percent, _blank, words = line.strip().replace("%", " ").replace("％", " ").partition(" ")
            if not percent:
                continue
            condition = choice_named(Condition, words)
            if not percent.isdecimal() or not condition:
                raise ValidationError(_("“%(line)s” is not a percentage and a condition."), params={"line": line})
            found.append((int(percent), condition))
        return found

    def clean_milestones(self) -> list[tuple[str, dt.date]]:
        """Read the lines."""
        found = []
        for line in self.cleaned_data["milestones"].splitlines():
            if not line.strip():
                continue
            day, _blank, title = line.strip().partition(" ")
            try:
                found.append((title.strip(), dt.date.fromisoformat(day)))
            except ValueError as error:
                raise ValidationError(_("“%(line)s” does not begin with a date."), params={"line": line}) from error
        return found
