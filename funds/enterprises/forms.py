"""The shape of what is typed about enterprises and their declarations."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.charity.forms import AmountField
from funds.enterprises.models import (
    PAPERS,
    AuditOccasion,
    CommunityEnterprise,
    EnterpriseAppointment,
    PeriodKind,
    ProfitDeclaration,
)
from funds.enterprises.policy import period_end, periods_before
from governance.accounts.forms import PersonField
from governance.forms import ToOperation, offer_choices
from governance.money import ZERO

LABELS = {
    "revenue": _("Revenue"),
    "rent": _("of it rent"),
    "cost": _("Cost"),
    "tax": _("Tax"),
    "net_profit": _("Net profit"),
    "losses_carried": _("Losses of earlier years"),
    "registered_capital": _("Registered capital"),
    "reserve_before": _("Statutory reserve before"),
}
HELP = {
    "net_profit": _("Revenue − cost − tax. A loss is written with a minus sign."),
    "reserve_before": _("The statutory reserve at the end of the period before."),
}
OPTIONAL = {"rent", "losses_carried", "registered_capital", "reserve_before"}


class FiguresForm(forms.Form):
    """The figures of a declaration in yuan, as the accountant types them on the phone."""

    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name] = AmountField(
                label=label,
                help_text=HELP.get(name, ""),
                required=name not in OPTIONAL,
                signed=name == "net_profit",
            )
        self.order_fields(["period", *LABELS, "note"])

    def figures(self) -> dict[str, Any]:
        """Return the amounts, nothing typed as zero, and the note."""
        amounts = {name: self.cleaned_data[name] or ZERO for name in LABELS}
        return {**amounts, "note": self.cleaned_data["note"]}


Period = tuple[str, dt.date, dt.date]


def period_choices(today: dt.date, founded_on: dt.date) -> tuple[dict[str, Period], list[tuple[str, str]]]:
    """Return the finished periods after a founding by their keys, and as choices."""
    periods = {
        f"{kind}:{starts_on}": (kind, starts_on, ends_on)
        for kind, starts_on, ends_on in periods_before(today)
        if ends_on > founded_on
    }
    choices = [
        (key, f"{starts_on} – {ends_on - dt.timedelta(days=1)} · {PeriodKind(kind).label}")
        for key, (kind, starts_on, ends_on) in periods.items()
    ]
    return periods, choices


class DeclarationForm(FiguresForm):
    """A finished period and its figures."""

    period = forms.ChoiceField(label=_("Period"))

    def __init__(self, *args: Any, today: dt.date, founded_on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.periods, choices = period_choices(today, founded_on)
        offer_choices(self, period=choices)

    def chosen(self) -> dict[str, Any]:
        """Return the period that was chosen."""
        kind, starts_on, ends_on = self.periods[self.cleaned_data["period"]]
        return {"period_kind": kind, "starts_on": starts_on, "ends_on": ends_on}


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class AuditForm(forms.Form):
    """The opinion with which an audit is confirmed."""

    audit_opinion = forms.CharField(label=_("Audit opinion"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    audit_occasion = forms.ChoiceField(
        label=_("Occasion of the audit"), choices=AuditOccasion.choices, initial=AuditOccasion.YEARLY, required=False
    )

    def clean_audit_occasion(self) -> str:
        """Take nothing chosen as the yearly audit."""
        return self.cleaned_data["audit_occasion"] or AuditOccasion.YEARLY


class StatementForm(forms.Form):
    """One file of a declaration."""

    paper = forms.ChoiceField(
        label=_("which"),
        choices=[
            ("balance_sheet", _("balance sheet")),
            ("income_statement", _("income statement")),
            ("audit_report", _("audit report")),
        ],
    )
    file = forms.FileField(label=_("file (PDF, picture, Word or Excel)"))

    def __init__(self, *args: Any, papers: tuple[str, ...] = PAPERS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["paper"]
        choice.choices = [(key, label) for key, label in choice.choices if key in papers]


class SheetForm(forms.Form):
    """A workbook."""

    file = forms.FileField(label=_("Excel workbook (.xlsx)"))


class EnterpriseForm(ToOperation):
    """The master data of an enterprise, as it stands on the desk."""

    credit_code = forms.CharField(label=_("credit code"), required=False)
    registered_capital = AmountField(label=_("registered capital"), required=False)

    class Meta:
        model = CommunityEnterprise
        fields: ClassVar[list[str]] = [
            "division",
            "name",
            "legal_form",
            "credit_code",
            "business_lines",
            "registered_capital",
            "charter_clause",
            "charter_share",
            "founded_on",
            "founding_document",
        ]

    def clean_registered_capital(self) -> Any:
        """Take nothing typed as zero."""
        return self.cleaned_data["registered_capital"] or ZERO


class EnterpriseAppointmentForm(ToOperation):
    """An appointment to be made."""

    user = PersonField()

    class Meta:
        model = EnterpriseAppointment
        fields: ClassVar[list[str]] = ["enterprise", "user", "role", "valid_from"]


class DeskDeclarationForm(ToOperation):
    """A declaration as it is entered on the desk; no figure is computed from the others."""

    class Meta:
        model = ProfitDeclaration
        fields: ClassVar[list[str]] = ["enterprise", "period_kind", "starts_on", *LABELS, "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name] = AmountField(
                label=label, help_text=HELP.get(name, ""), required=name not in OPTIONAL, signed=name == "net_profit"
            )

    def entry(self) -> dict[str, Any]:
        """Return what was entered; the end of the period follows from its kind and first day."""
        data = self.cleaned_data
        amounts = {name: data[name] or ZERO for name in LABELS}
        kind, starts_on = data["period_kind"], data["starts_on"]
        return {
            "enterprise": data["enterprise"],
            "period_kind": kind,
            "starts_on": starts_on,
            "ends_on": period_end(kind, starts_on) or starts_on,
            "note": data["note"],
            **amounts,
        }
