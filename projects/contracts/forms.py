"""The forms of the contracts room: what is typed on its pages and on the desk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.forms import ManyFilesField
from governance.calendar import clock
from governance.forms import ToOperation, choice_named, words_of
from governance.money import NotAnAmount, parse_yuan
from projects.contracts.checks import grounds_named
from projects.contracts.drafting import Terms, correct_contract, terms_of
from projects.contracts.models import Condition, Contract, ContractKind
from projects.contracts.policy import FIELD_HELP, ServiceField, plain
from projects.contracts.stamps import PARTS
from projects.contracts.terms.forms import YuanTyped
from projects.contracts.terms.models import Category
from projects.evaluation.lifecycle import TemplateStatus
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate

if TYPE_CHECKING:
    from governance.accounts.models import User

USUAL_DAYS = 14
"""How long answers are usually collected; a proposal in the form."""


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class WithheldForm(ReasonForm):
    """Why the rest is not paid, and what the work is worth where that is less than what was paid."""

    work_value = YuanTyped(
        label=_("Worth of what was done (yuan)"),
        required=False,
        help_text=_(
            "Only where it is worth less than what was paid: the difference is paid back. Empty: nothing is paid back."
        ),
    )

    def clean_work_value(self) -> Any:
        """Read nothing typed as nothing said."""
        return self.cleaned_data["work_value"] if self["work_value"].data else None


class ReportForm(forms.Form):
    """What was done."""

    report = forms.CharField(label=_("What was done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5000)


class FilingForm(forms.Form):
    """The filing of a contract's copy with the finance department."""

    filed_on = forms.DateField(
        label=_("copy filed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    number = forms.CharField(label=_("filing number"), max_length=60)


class FieldForm(forms.Form):
    """In which field a project serves."""

    field = forms.ChoiceField(
        label=pgettext_lazy("project", "Field"),
        choices=ServiceField.choices,
        help_text=FIELD_HELP,
    )


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


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


class ContractForm(ToOperation):
    """What is entered of a contract on the desk: instalments and milestones as lines."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ContractKind.choices, required=False)
    amount = forms.CharField(label=_("Amount"), widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    instalments = forms.CharField(
        label=_("Instalments, one a line"),
        widget=forms.Textarea(attrs={"rows": 3}),
        initial=lambda: f"50 {Condition.SIGNING.label}\n50 {Condition.ACCEPTANCE.label}",
        help_text=format_lazy(_("Percent, then what it waits for: {}. Together 100 percent."), words_of(Condition)),
    )
    grounds = forms.MultipleChoiceField(
        label=_("Only for more than a year: what all must hold"),
        required=False,
        choices=lambda: [(name, capfirst(label)) for name, label in grounds_named()],
        widget=forms.CheckboxSelectMultiple,
    )
    lines = forms.CharField(
        label=_("Budget, one line each"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=format_lazy(
            _("Amount, kind of cost, title, such as: 12000 materials handrails. Kinds: {}. Together the amount."),
            words_of(Category),
        ),
    )
    deliverables = forms.CharField(
        label=_("What is promised, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Figure, unit and title, such as: 96 metres handrails mounted"),
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
            "purchase",
            "grant",
            "request",
            "kind",
            "field",
            "title",
            "scope",
            "amount",
            "starts_on",
            "ends_on",
        ]

    def clean_kind(self) -> str:
        """Take a service project where nothing was chosen."""
        return self.cleaned_data["kind"] or ContractKind.SERVICE

    def clean_amount(self) -> Any:
        """Read the amount as people type it."""
        try:
            return parse_yuan(self.cleaned_data["amount"])
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal)) from refusal

    def clean_instalments(self) -> list[tuple[Decimal, str]]:
        """Read the lines."""
        found = []
        for line in self.cleaned_data["instalments"].splitlines():
            percent, _blank, words = line.strip().replace("%", " ").replace("％", " ").partition(" ")
            if not percent:
                continue
            condition, number = choice_named(Condition, words), _number(percent)
            if number is None or not condition:
                raise ValidationError(_("“%(line)s” is not a percentage and a condition."), params={"line": line})
            found.append((number, condition))
        return found

    def clean_lines(self) -> list[tuple[str, str, Decimal]]:
        """Read the lines: amount, kind of cost, title."""
        found = []
        for line in filter(str.strip, self.cleaned_data["lines"].splitlines()):
            amount, _blank, rest = line.strip().partition(" ")
            number = _number(amount)
            named = [one for one in Category if rest.strip().casefold().startswith(str(one.label).casefold())]
            named += [one for one in Category if rest.strip().startswith(one.value)]
            if number is None or not named:
                raise ValidationError(
                    _("“%(line)s” is not an amount, a kind of cost and a title."), params={"line": line}
                )
            kind = max(named, key=lambda one: len(str(one.label)))
            cut = len(kind.value) if rest.strip().startswith(kind.value) else len(str(kind.label))
            found.append((kind.value, rest.strip()[cut:].strip() or str(kind.label), number))
        return found

    def clean_deliverables(self) -> list[tuple[str, Decimal, str]]:
        """Read the lines: figure, unit, title."""
        found = []
        for line in filter(str.strip, self.cleaned_data["deliverables"].splitlines()):
            figure, _blank, rest = line.strip().partition(" ")
            unit, _blank, title = rest.strip().partition(" ")
            number = _number(figure)
            if number is None or not title.strip():
                raise ValidationError(_("“%(line)s” is not a figure, a unit and a title."), params={"line": line})
            found.append((title.strip(), number, unit))
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


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CorrectionForm(ContractForm):
    """What a draft says now, to be corrected; with whom, where and on what it is made stays."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta(ContractForm.Meta):
        fields: ClassVar[list[str]] = ["title", "kind", "field", "scope", "amount", "starts_on", "ends_on"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "scope": forms.Textarea(attrs={"rows": 4}),
            "starts_on": _day(),
            "ends_on": _day(),
        }

    def __init__(self, *args: Any, instance: Contract, **kwargs: Any) -> None:
        prefetch_related_objects([instance], *PARTS)
        said = terms_of(instance)
        lines = {
            "instalments": [f"{plain(Decimal(share))} {Condition(waits).label}" for share, waits in said.instalments],
            "lines": [f"{amount:.2f} {Category(kind).label} {title}" for kind, title, amount in said.lines],
            "deliverables": [f"{plain(target)} {unit} {title}" for title, target, unit in said.deliverables],
            "milestones": [f"{day} {title}" for title, day in said.milestones],
        }
        initial: dict[str, Any] = {name: "\n".join(rows) for name, rows in lines.items()}
        initial |= {"amount": f"{said.amount:.2f}", "grounds": list(said.grounds), "version": instance.version}
        kwargs |= {"instance": instance, "initial": initial}
        super().__init__(*args, **kwargs)
        self.order_fields([*self.Meta.fields, "grounds", *lines])


def corrected(*, by: User, now: dt.datetime, contract: Contract, version: str, **typed: Any) -> Contract:
    """Correct a draft by what was typed into its form."""
    return correct_contract(by=by, now=now, contract=contract, terms=Terms(**typed), version=version)
