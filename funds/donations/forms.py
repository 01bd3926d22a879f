"""The shape of what is typed about donations, goods and promises."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funds.appeals.forms import day_input
from funds.appeals.lifecycle import AppealStatus
from funds.appeals.models import Appeal
from funds.charity.forms import AmountField
from funds.donations.models import Donation, DonationChannel, Interest, RefundGround, Valuation
from funds.donations.operations import Goods
from funds.donations.promises import MatchingPromise
from governance.errors import DomainError
from governance.forms import ToOperation, offer_rows
from governance.money import parse_yuan

MONEY = [choice for choice in DonationChannel.choices if choice[0] != DonationChannel.GOODS]
GOODS_PARTS = 6


class DonationForm(ToOperation):
    """A donation of money to be recorded."""

    class Meta:
        model = Donation
        fields: ClassVar[list[str]] = [
            "fund",
            "donor_kind",
            "donor_name",
            "is_name_public",
            "channel",
            "amount",
            "reference",
            "restricted_to",
            "beneficiary",
            "interest",
            "appeal",
            "station",
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "donor_name": _("Empty for a person who wants to stay anonymous."),
            "beneficiary": _("Only where the donor names one. It must not be the donor, a relative or a partner."),
        }

    amount = AmountField(label=_("amount"))
    channel = forms.ChoiceField(label=_("channel"), choices=MONEY)
    interest = forms.ChoiceField(
        label=_("the donor's tie to the beneficiary"),
        choices=[("", _("not declared")), *Interest.choices],
        required=False,
    )
    appeal = forms.ModelChoiceField(
        label=_("appeal"), queryset=Appeal.objects.filter(status=AppealStatus.OPEN), required=False
    )


class GoodsForm(ToOperation):
    """Goods to be recorded, one kind a line."""

    class Meta:
        model = Donation
        fields: ClassVar[list[str]] = [
            "fund",
            "donor_kind",
            "donor_name",
            "is_name_public",
            "reference",
            "restricted_to",
            "beneficiary",
            "interest",
            "station",
        ]

    reference = forms.CharField(label=_("number of the hand-over sheet"), max_length=80)
    interest = forms.ChoiceField(
        label=_("the donor's tie to the beneficiary"),
        choices=[("", _("not declared")), *Interest.choices],
        required=False,
    )
    goods = forms.CharField(
        label=_("goods"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "One kind a line, separated by commas: what, quantity, unit of measure, value in yuan, basis of valuation "
            "(INVOICE, MARKET or APPRAISAL), evidence."
        ),
    )

    def clean_goods(self) -> list[Goods]:
        """Read the lines; what cannot be read is named by its line."""
        lines = self.cleaned_data["goods"].splitlines()
        return [_goods(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _goods(number: int, line: str) -> Goods:
    parts = [part.strip() for part in line.replace("，", ",").split(",", GOODS_PARTS - 1)]
    try:
        name, quantity, measure, value, valuation, note = parts
        basis = Valuation(valuation.upper())
        return Goods(name, Decimal(quantity), measure, parse_yuan(value), str(basis), note)
    except (ValueError, InvalidOperation, DomainError) as error:
        shown = {"number": number, "line": line}
        raise ValidationError(_("Line %(number)s cannot be read: %(line)s"), params=shown) from error


class FundGoodsForm(GoodsForm):
    """Goods for a fund that is known already."""

    class Meta(GoodsForm.Meta):
        fields: ClassVar[list[str]] = [name for name in GoodsForm.Meta.fields if name != "fund"]


class PledgeForm(forms.Form):
    """A gift that a person promises for themselves."""

    amount = AmountField(label=_("amount"))
    restricted_to = forms.CharField(
        label=_("for what"), max_length=200, required=False, help_text=_("Empty for what the fund needs most.")
    )
    is_anonymous = forms.BooleanField(label=_("I want to stay anonymous"), required=False)
    is_name_public = forms.BooleanField(label=_("My name may be published"), required=False)
    appeal = forms.ModelChoiceField(label=_("appeal"), queryset=Appeal.objects.none(), required=False)

    def __init__(self, *args: Any, appeals: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if appeals:
            offer_rows(self, appeal=appeals)
        else:
            del self.fields["appeal"]


class ReceivedForm(forms.Form):
    """The day on which the donation arrived."""

    received_on = forms.DateField(label=_("received on"), widget=day_input())


class ReceiptForm(forms.Form):
    """The number of the receipt, or why it is waived."""

    receipt_number = forms.CharField(label=_("receipt number"), max_length=40, required=False)
    waived_note = forms.CharField(label=_("why the receipt is waived"), max_length=200, required=False)


class ConsentForm(forms.Form):
    """Whether the donor's name may be published, and how the donor said so."""

    is_name_public = forms.BooleanField(label=_("name may be published"), required=False)
    reason = forms.CharField(label=_("how the donor said so"), max_length=200)


class RefundForm(forms.Form):
    """Why a donation is to go back."""

    ground = forms.ChoiceField(label=_("ground"), choices=RefundGround.choices)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=200)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class PurposeForm(forms.Form):
    """Another use of a donation, with the donor's consent as a file."""

    new_purpose = forms.CharField(
        label=_("new use"), max_length=200, required=False, help_text=_("Empty for what the fund needs most.")
    )
    consented_on = forms.DateField(label=_("consented on"), widget=day_input())
    consent = forms.FileField(
        label=_("the donor's consent"), help_text=_("A photo or PDF of the signed consent, at most 10 MB.")
    )


class PromiseForm(ToOperation):
    """A promise to add to donations."""

    class Meta:
        model = MatchingPromise
        fields: ClassVar[list[str]] = [
            "fund",
            "appeal",
            "matcher",
            "is_name_public",
            "ratio",
            "cap",
            "each_at_most",
            "starts_on",
            "ends_on",
        ]

    cap = AmountField(label=_("in all at most"))
    each_at_most = AmountField(label=_("to one donation at most"), required=False)
    starts_on = forms.DateField(label=_("first day"), widget=day_input())
    ends_on = forms.DateField(label=_("last day"), widget=day_input())


class DepositForm(forms.Form):
    """The bank reference of a promise's deposit."""

    reference = forms.CharField(label=_("bank reference of the deposit"), max_length=80)


class CodeForm(forms.Form):
    """The code printed on a certificate."""

    code = forms.CharField(label=_("code on the certificate"), max_length=40)
