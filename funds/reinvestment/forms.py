"""The shape of what is typed about policies and orders."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.notices.forms import OneFileField
from funds.charity.forms import AmountField
from funds.reinvestment.models import (
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    ReinvestmentOrder,
    StandingDecision,
)
from funds.reinvestment.papers.checks import Paper
from funds.reinvestment.policy import PAPERS_OF, OrderPaperKind
from funds.reinvestment.trial import FIRST_YEAR, LAST_YEAR, Scope
from governance.forms import ToOperation, offer_choices, offer_rows

DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PolicyForm(ToOperation):
    """A policy of an enterprise, or of a place without an enterprise."""

    fixed_amount = AmountField(label=_("fixed amount"), required=False)
    minimum_amount = AmountField(label=_("at least"), required=False)
    cap_amount = AmountField(label=_("at most"), required=False)

    class Meta:
        model = DistributionPolicy
        fields = (
            "enterprise",
            "division",
            "base",
            "fixed_amount",
            "minimum_amount",
            "cap_amount",
            "rounding_places",
            "route",
            "valid_from",
            "valid_to",
            "document",
        )
        widgets: ClassVar = {"valid_from": DATE, "valid_to": DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "division" in self.fields:
            self.fields["division"].required = False
            self.fields["division"].help_text = _("For all enterprises of a place that have no policy of their own.")

    def clean(self) -> dict[str, Any]:
        """Take either an enterprise or a place."""
        data = super().clean()
        if bool(data.get("enterprise")) == bool(data.get("division")):
            raise ValidationError(_("Name either an enterprise or a division."))
        return data


class TierForm(forms.ModelForm[PolicyTier]):
    """One tier; the operation judges whether they fit together."""

    lower = AmountField(label=_("from"))
    upper = AmountField(label=_("to"), required=False)

    class Meta:
        model = PolicyTier
        fields = ("lower", "upper", "share")


class DestinationForm(forms.ModelForm[PolicyDestination]):
    """One destination."""

    class Meta:
        model = PolicyDestination
        fields = ("fund", "share")


class RetireForm(forms.Form):
    """When a policy ends, and why."""

    valid_to = forms.DateField(label=_("first day on which it counts no more"), widget=DATE)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class StandingDecisionForm(ToOperation):
    """A residents' decision for the orders of an enterprise."""

    amount_limit = AmountField(label=_("up to"), required=False)

    class Meta:
        model = StandingDecision
        fields = ("enterprise", "document", "decided_on", "valid_from", "valid_to", "amount_limit")
        widgets: ClassVar = {"decided_on": DATE, "valid_from": DATE, "valid_to": DATE}


class ResolveForm(forms.Form):
    """The residents' decision behind an order: its own with its date, or a standing one."""

    decision_reference = forms.CharField(label=_("residents' decision"), max_length=200, required=False)
    decided_on = forms.DateField(label=_("decided on"), widget=DATE, required=False)
    standing_decision = forms.ModelChoiceField(
        label=_("or a standing decision"), queryset=StandingDecision.objects.none(), required=False
    )

    def __init__(self, *args: Any, order: ReinvestmentOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = StandingDecision.objects.filter(enterprise=order.enterprise_id).select_related("document")
        offer_rows(self, standing_decision=own.order_by("-valid_from", "-pk"))


class PaymentForm(forms.Form):
    """When the money of an order left, with the evidence of its route: in words, and a file for each of its papers."""

    paid_on = forms.DateField(label=_("paid on"), widget=DATE)
    payment_reference = forms.CharField(
        label=_("number of the bank slip"), max_length=80, required=False, help_text=_("Needed for donations.")
    )
    evidence = forms.CharField(
        label=_("evidence"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=_("Dividend: resolution, slip, entry. Direct payment: contract, invoice, acceptance."),
    )

    def __init__(self, *args: Any, order: ReinvestmentOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = PAPERS_OF[order.route]
        for kind in self.kinds:
            self.fields[f"paper_{kind.lower()}"] = OneFileField(label=_paper_label(kind), required=False)

    def clean(self) -> dict[str, Any]:
        """Return the words, and the files that were sent with what each shows."""
        data = super().clean() or {}
        if self.errors:
            return data
        files = [(kind, data.pop(f"paper_{kind.lower()}")) for kind in self.kinds]
        return {**data, "papers": [Paper(kind, file.name, file.read()) for kind, file in files if file]}


def _paper_label(kind: OrderPaperKind) -> str:
    return gettext("%(paper)s, as a file (PDF, picture, Word or Excel)") % {"paper": kind.label}


class OrderPaperForm(forms.Form):
    """A file of an order, and what it shows."""

    kind = forms.ChoiceField(label=_("what it shows"), choices=OrderPaperKind.choices)
    file = OneFileField(label=_("file (PDF, picture, Word or Excel)"), help_text=_("For those who handle the order."))


class PayBackForm(forms.Form):
    """A payment of what the fund owes."""

    amount = AmountField(label=_("amount"))
    paid_on = forms.DateField(label=_("paid on"), widget=DATE)
    payment_reference = forms.CharField(label=_("number of the bank slip"), max_length=80)


class ReceiveForm(forms.Form):
    """When the money arrived."""

    received_on = forms.DateField(label=_("received on"), widget=DATE)


class ReceiptForm(forms.Form):
    """The number of the charity's receipt."""

    receipt_number = forms.CharField(label=_("receipt number"), max_length=40)


class TrialForm(forms.Form):
    """On whom and on which years a policy is tried."""

    scope = forms.ChoiceField(label=_("enterprise or place"))
    first_year = forms.IntegerField(label=_("from year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    last_year = forms.IntegerField(label=_("to year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    everybody = forms.BooleanField(
        label=_("also enterprises with a policy of their own, or of a nearer place"), required=False
    )

    def __init__(self, *args: Any, scopes: dict[str, Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self, scope=[(key, str(scope)) for key, scope in scopes.items()])
