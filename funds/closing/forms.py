"""The shape of what is typed at each step of a closing."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.closing.models import BalanceUse, ClosureGround, FundClosure
from governance.forms import ToOperation, offer_rows

PUBLIC = _("Public. Write no names of persons, addresses or numbers.")


def _words(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}), **more)


class BeginForm(forms.Form):
    """Why the fund is closed."""

    ground = forms.ChoiceField(label=_("ground"), choices=ClosureGround.choices)
    reason = _words(_("reason"), help_text=PUBLIC)


class BeginEntryForm(ToOperation):
    """Which fund is closed, and why."""

    class Meta:
        model = FundClosure
        fields: ClassVar[list[str]] = ["fund", "ground", "reason"]
        help_texts: ClassVar[dict[str, Any]] = {"reason": PUBLIC}


class AuditForm(forms.Form):
    """The audit opinion."""

    auditor = forms.CharField(label=_("audited by (office)"), max_length=120)
    opinion = _words(_("audit opinion"), help_text=PUBLIC)


class BalanceUseForm(forms.Form):
    """What the balance is used for."""

    use = forms.ChoiceField(label=_("use of the balance"), choices=BalanceUse.choices)
    recipient = forms.ModelChoiceField(label=_("receiving fund"), queryset=CommunityFund.objects.none(), required=False)
    project = forms.CharField(
        label=_("receiving project of the charity"),
        max_length=120,
        required=False,
        help_text=_("Where no other fund receives it. Never the community's own account, an enterprise or a donor."),
    )
    use_reason = _words(_("why this use"), help_text=_("The clause of the agreement, or why the purposes are close."))

    def __init__(self, *args: Any, closure: FundClosure | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if closure is not None:
            fund = closure.fund
            others = CommunityFund.objects.filter(charity=fund.charity_id, status=FundStatus.ACTIVE).exclude(pk=fund.pk)
            offer_rows(self, recipient=others.order_by("name", "pk"))


class ContactForm(forms.Form):
    """Who answers questions about the notice."""

    contact = forms.CharField(label=_("contact"), max_length=200, required=False)


class ReportForm(forms.Form):
    """The final report."""

    report = _words(_("final report"), help_text=PUBLIC)


class CloseForm(forms.Form):
    """The last step."""

    reason = forms.CharField(label=_("reason"), max_length=200)
