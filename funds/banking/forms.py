"""The shape of what is typed about bank lines and matches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funds.banking.models import BankLine
from funds.charity.models import CharityAppointment, HostCharity
from funds.intake.forms import MappingForm
from funds.intake.models import ColumnMapping, MappingKind
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.reach import charity_keys
from governance.accounts.models import User
from governance.forms import offer_rows


class StatementForm(forms.Form):
    """A bank's statement file of one charity."""

    charity = forms.ModelChoiceField(label=_("charity"), queryset=HostCharity.objects.none())
    mapping = forms.ModelChoiceField(
        label=_("headings"),
        queryset=ColumnMapping.objects.none(),
        required=False,
        empty_label=_("find the headings"),
        help_text=_("Saved headings may name the account: a file of another account is refused."),
    )
    file = forms.FileField(
        label=_("statement file"),
        help_text=_(
            "CSV (UTF-8 or GB18030) or XLSX with the columns 日期, 金额, 付款人, 附言 and 流水号, or with saved headings; "
            "at most 5 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = charity_keys(user)
        mine = HostCharity.objects.filter(pk__in=keys).order_by("name", "pk")
        self.fields["charity"].initial = mine.first()
        saved = ColumnMapping.objects.of(MappingKind.BANK).filter(charity__in=keys).for_list()
        offer_rows(self, charity=mine, mapping=saved)


class HeadingsForm(MappingForm):
    """How a bank heads its columns, and of which account its statements are."""

    kind = MappingKind.BANK
    account = forms.CharField(
        label=_("own account"),
        max_length=40,
        required=False,
        help_text=_("Statements that are of another account, or do not say of which, are refused."),
    )


class ReasonForm(forms.Form):
    """Why a line is set aside, a match refused or taken back."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=200)


class OwnerForm(forms.Form):
    """Who clears a line up: one of those who act for its charity today."""

    owner = forms.ModelChoiceField(label=_("in charge"), queryset=User.objects.none())

    def __init__(self, *args: Any, line: BankLine, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        appointed = CharityAppointment.objects.held_on(today).filter(charity=line.charity_id)
        people = User.objects.filter(pk__in=appointed.values("user")).order_by("display_name", "pk")
        offer_rows(self, owner=people)
        self.fields["owner"].initial = line.owner_id


class OrderForm(forms.Form):
    """The order that a line pays, by its reference."""

    reference = forms.CharField(label=_("transfer reference"), max_length=40)

    def clean_reference(self) -> ReinvestmentOrder:
        """Find the order."""
        order = ReinvestmentOrder.objects.filter(reference__iexact=self.cleaned_data["reference"].strip()).first()
        if order is None:
            raise ValidationError(_("There is no order with this reference."))
        return order
