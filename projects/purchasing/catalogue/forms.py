"""What is asked for when a list is drafted or a budget line entered."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from governance.calendar import clock
from governance.errors import DomainError
from governance.forms import ToOperation
from governance.money import parse_yuan
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.catalogue.operations import ItemEntry
from projects.purchasing.catalogue.sheet import read_lines, read_sheet


class AmountField(forms.CharField):
    """An amount in yuan as people type it."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self, value: Any) -> Any:
        """Read the text, or say what is wrong with it."""
        text = super().clean(value)
        try:
            return parse_yuan(text) if text else None
        except DomainError as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day, as browsers read it."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class ItemsForm(forms.Form):
    """The items of a list, from a workbook or typed."""

    file = forms.FileField(
        label=_("Excel workbook (.xlsx)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=_("With the columns code, class, group, item, handed over by, description."),
    )
    items = forms.CharField(
        label=_("or items, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("code | class | group | item | handed over by | description"),
    )

    def clean(self) -> dict[str, Any]:
        """Read the workbook, or else the lines."""
        cleaned = super().clean() or {}
        cleaned["items"] = items_in(self, cleaned)
        return cleaned


def items_in(form: forms.BaseForm, cleaned: dict[str, Any]) -> list[ItemEntry]:
    """Return the items of the form's workbook, or else of its lines; what is wrong is put beside the field."""
    try:
        file = cleaned.get("file")
        return read_sheet(file.read()) if file else read_lines(cleaned.get("items") or "")
    except DomainError as refusal:
        form.add_error("file", str(refusal))
    return []


class NextEditionForm(ItemsForm):
    """The next edition of a list, by what changes."""

    edition = forms.CharField(label=_("edition"), max_length=20)
    valid_from = day_field(_("valid from"))
    dropped = forms.CharField(
        label=_("codes of items that are left out, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    reason = ReasonForm.base_fields["reason"]
    field_order = ("edition", "valid_from", "file", "items", "dropped", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("Items to add or to change (.xlsx)")
        self.fields["items"].label = _("or items to add or to change, one a line")

    def clean_dropped(self) -> list[str]:
        """Read the codes."""
        typed: str = self.cleaned_data["dropped"]
        return typed.split()


class ListForm(ToOperation):
    """A new edition of a list with its items."""

    file = ItemsForm.base_fields["file"]
    items = ItemsForm.base_fields["items"]

    class Meta:
        model = PurchaseList
        fields: ClassVar[list[str]] = ["division", "kind", "title", "edition", "basis", "valid_from", "valid_to"]

    def clean(self) -> dict[str, Any]:
        """Read the items as well."""
        cleaned = super().clean()
        cleaned["items"] = items_in(self, cleaned)
        cleaned.pop("file", None)
        return cleaned


class BudgetLineForm(ToOperation):
    """A budget line."""

    fiscal_year = forms.IntegerField(label=_("fiscal year"), initial=lambda: clock.today().year)
    amount = AmountField(label=_("amount"))

    class Meta:
        model = PublicBudgetLine
        fields: ClassVar[list[str]] = ["division", "source", "fiscal_year", "name", "document_number", "amount"]
