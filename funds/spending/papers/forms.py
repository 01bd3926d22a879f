"""The shape of what is typed about offers, emergency relief, acceptance and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyMembership
from communities.notices.forms import OneFileField
from funds.charity.forms import AmountField
from funds.spending.forms import DAY, ResolutionForm
from funds.spending.models import Payment
from funds.spending.papers.models import Quote
from governance.calendar import clock
from governance.forms import offer_rows
from governance.money import format_yuan

if TYPE_CHECKING:
    from django.db.models import QuerySet


class QuoteForm(forms.Form):
    """An offer: who asks how much, and its file."""

    supplier = forms.CharField(label=_("supplier"), max_length=120)
    amount = AmountField(label=_("price"))
    file = OneFileField(label=_("quote (PDF, picture, Word or Excel)"))


class OfferField(forms.ModelChoiceField[Quote]):
    """An offer by its supplier and price."""

    def label_from_instance(self, obj: Quote) -> str:
        """Name the supplier."""
        return f"{obj.supplier} · {format_yuan(obj.amount)}"


class ChoiceForm(forms.Form):
    """Which of the offers is taken."""

    quote = OfferField(label=_("quote"), queryset=Quote.objects.none())
    reason = forms.CharField(
        label=_("why this one"), required=False, max_length=200, help_text=_("Where it is not the lowest.")
    )

    def __init__(self, *args: Any, quotes: QuerySet[Quote], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, quote=quotes)


class SeatField(forms.ModelChoiceField[BodyMembership]):
    """A member of a committee by name."""

    def label_from_instance(self, obj: BodyMembership) -> str:
        """Name the member and the seat."""
        return f"{obj.name} ({obj.get_seat_display()})"


class WatchedResolutionForm(ResolutionForm):
    """A meeting of the committee with who watched over it."""

    supervisor = SeatField(
        label=_("supervisor"),
        queryset=BodyMembership.objects.none(),
        required=False,
        help_text=_("Empty where the fund has only one."),
    )

    def __init__(self, *args: Any, supervisors: QuerySet[BodyMembership] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, supervisor=supervisors or BodyMembership.objects.none())

    def clean(self) -> dict[str, Any]:
        """Add the seat of the supervisor."""
        watching = self.cleaned_data.get("supervisor")
        data = super().clean()
        return data if self.errors else {**data, "supervisor": watching.pk if watching else None}


class ReliefForm(forms.Form):
    """For whom relief cannot wait, and who answers for it."""

    household = forms.CharField(label=_("household"), max_length=100, help_text=_("Not published."))
    urgency = forms.CharField(label=_("why it cannot wait"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    first_member = SeatField(label=_("first member"), queryset=BodyMembership.objects.none())
    second_member = SeatField(label=_("second member"), queryset=BodyMembership.objects.none())
    supervisor = SeatField(
        label=_("supervisor"),
        queryset=BodyMembership.objects.none(),
        required=False,
        help_text=_("Empty where the fund has only one."),
    )
    supervisor_opinion = forms.CharField(
        label=_("opinion of the supervisor"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(
        self,
        *args: Any,
        members: QuerySet[BodyMembership] | None,
        supervisors: QuerySet[BodyMembership] | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        none = BodyMembership.objects.none()
        seats = members or none
        offer_rows(self, first_member=seats, second_member=seats, supervisor=supervisors or none)


class AcceptanceForm(forms.Form):
    """What was found when the work was looked at."""

    findings = forms.CharField(
        label=_("what was found at acceptance"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )


class PaymentField(forms.ModelChoiceField[Payment]):
    """A payment by its number and amount."""

    def label_from_instance(self, obj: Payment) -> str:
        """Name the instalment."""
        return f"{obj.number}: {format_yuan(obj.amount)}"


class RefundForm(forms.Form):
    """What a payee gives back of a payment."""

    payment = PaymentField(label=_("instalment"), queryset=Payment.objects.none())
    amount = AmountField(label=_("amount"))
    received_on = forms.DateField(
        label=_("received on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), initial=clock.today
    )
    bank_reference = forms.CharField(label=_("number of the bank slip"), max_length=80)
    reason = forms.CharField(label=_("why it is given back"), max_length=200)

    def __init__(self, *args: Any, payments: QuerySet[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, payment=payments)
