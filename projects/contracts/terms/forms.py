"""What is typed about the money of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from governance.forms import offer_choices, offer_rows
from governance.money import NotAnAmount, parse_yuan
from projects.contracts.terms.models import EARLY, ContractLine
from projects.purchasing.awarding.policy import LONGEST_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projects.contracts.models import Contract


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class YuanTyped(forms.CharField):
    """An amount as people type it."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self, value: Any) -> Any:
        """Read the amount; nothing typed is zero where the field may be empty."""
        text = super().clean(value)
        try:
            return parse_yuan(text or "0")
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal)) from refusal


def offer_lines(form: forms.Form, contract: Contract, lines: Sequence[ContractLine] | None, *names: str) -> None:
    """Offer the lines of a contract in these fields; those that were read along are not read again."""
    for name in names:
        offer_rows(form, **{name: contract.lines.all()})
        if lines is not None:
            offer_choices(form, **{name: [("", "---------"), *((line.pk, str(line)) for line in lines)]})


class ExpenditureForm(forms.Form):
    """Money that was spent, with its invoice."""

    line = forms.ModelChoiceField(ContractLine.objects.none(), label=_("Budget line"))
    spent_on = day_field(_("Spent on"))
    amount = YuanTyped(label=_("Amount (yuan)"))
    payee = forms.CharField(label=_("Paid to"), max_length=120)
    what = forms.CharField(label=_("What for"), max_length=200)
    invoice_number = forms.CharField(label=_("Number of the invoice"), max_length=40)
    invoice = forms.FileField(label=_("Invoice"), help_text=_("A photo or PDF; the staff of the place can open it."))

    def __init__(
        self, *args: Any, contract: Contract, lines: Sequence[ContractLine] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_lines(self, contract, lines, "line")

    def clean_invoice(self) -> tuple[str, bytes]:
        """Read the file."""
        file = self.cleaned_data["invoice"]
        return file.name, file.read()


class SupplementForm(forms.Form):
    """A change of a contract."""

    amount = YuanTyped(label=_("More money (yuan)"), required=False, help_text=_("All supplements: a tenth at most."))
    line = forms.ModelChoiceField(ContractLine.objects.none(), label=_("Line that gets it"), required=False)
    shifted = YuanTyped(label=_("Moved from another line (yuan)"), required=False)
    taken_from = forms.ModelChoiceField(
        ContractLine.objects.none(), label=_("Line that it is moved from"), required=False
    )
    prolonged_to = day_field(_("Prolonged to"), required=False)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def __init__(
        self, *args: Any, contract: Contract, lines: Sequence[ContractLine] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_lines(self, contract, lines, "line", "taken_from")


class SettlementForm(forms.Form):
    """How a contract is reckoned that ends early."""

    ground = forms.ChoiceField(
        label=_("Why it ends"),
        choices=[(one.value, one.label) for one in EARLY],
        help_text=_("If the organization broke the contract, ending it also proposes a ban from taking part."),
    )
    done = forms.CharField(label=_("What was done"), widget=forms.Textarea(attrs={"rows": 3}), max_length=5000)
    work_value = YuanTyped(label=_("Worth of what was done (yuan)"))


class RefundForm(forms.Form):
    """That what was owed came back."""

    refunded_on = day_field(_("Paid back on"))
    reference = forms.CharField(label=_("Number of the transfer"), max_length=LONGEST_NUMBER)


class PaidForm(forms.Form):
    """That the treasury has paid."""

    paid_on = day_field(_("Paid on"))
    reference = forms.CharField(label=_("Number of the transfer"), max_length=LONGEST_NUMBER)
