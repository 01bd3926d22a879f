"""The shape of what is typed about participatory budgets."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.models import DecisionRule
from consultation.topics.models import Topic
from funds.budgeting.lifecycle import BEFORE_VOTE
from funds.budgeting.models import BudgetProposal, BudgetRound
from funds.charity.forms import AmountField
from funds.charity.models import CommunityFund
from governance.forms import ToOperation, offer_rows

RULE_FIELDS = [
    "ballot_method",
    "most_choices",
    "method",
    "stops",
    "utility",
    "completion",
    "then_greedy",
    "compares",
    "threshold_per_mille",
]


def day_input() -> forms.DateInput:
    """Return the widget for a day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class RoundForm(ToOperation):
    """A round to be drafted: over which money, until when, by which rule."""

    class Meta:
        model = BudgetRound
        fields: ClassVar[list[str]] = [
            "fund",
            "topic",
            "title",
            "text",
            "amount",
            "proposals_until",
            *RULE_FIELDS,
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "amount": _("It is moved out of the free money when proposals are called for."),
            "stops": _("For most support first."),
            "utility": _("For equal shares."),
            "completion": _("For equal shares: what becomes of money that the first shares leave over."),
            "then_greedy": _("For equal shares."),
            "compares": _("For equal shares: where more voters are better served by most support first, that stands."),
            "threshold_per_mille": _("0 for none; 20 means 2 of every 100 people on the roll."),
        }

    amount = AmountField(label=_("budget"))
    proposals_until = forms.DateField(label=_("proposals until"), widget=day_input())


class PlaceRoundForm(RoundForm):
    """A round of one fund, drafted or changed on its page."""

    class Meta(RoundForm.Meta):
        fields: ClassVar[list[str]] = [name for name in RoundForm.Meta.fields if name != "fund"]

    def __init__(self, *args: Any, fund: CommunityFund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Topic.objects.filter(division__path__startswith=fund.division.path)
        offer_rows(self, topic=here.order_by("-pk"))


class VoteForm(forms.Form):
    """When the vote is held, and by which decision rule it is judged."""

    rule_key = forms.ModelChoiceField(
        label=_("decision rule"),
        queryset=DecisionRule.objects.order_by("name", "pk"),
        help_text=_("It judges whether enough people took part; the money is allocated by the round's own rule."),
    )
    opens_at = forms.DateTimeField(label=_("opens at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    closes_at = forms.DateTimeField(label=_("closes at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def clean_rule_key(self) -> str:
        """Return the key of the rule."""
        rule: DecisionRule = self.cleaned_data["rule_key"]
        return rule.key


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class ProposalForm(ToOperation):
    """What is to be done, where, and what it may cost."""

    class Meta:
        model = BudgetProposal
        fields: ClassVar[list[str]] = ["title", "text", "place", "purpose", "estimate"]

    estimate = AmountField(label=_("cost as proposed"))
    text = forms.CharField(label=_("what is to be done"), widget=forms.Textarea(attrs={"rows": 5}), max_length=3000)


class CostForm(forms.Form):
    """What it costs and how that was found."""

    cost = AmountField(label=pgettext_lazy("budget round", "cost"))
    costing = forms.CharField(label=_("how it was examined"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class ProposalChoice(forms.ModelChoiceField[BudgetProposal]):
    """A proposal, named with its round."""

    def label_from_instance(self, obj: BudgetProposal) -> str:
        """Tell rounds that run at the same time apart."""
        return f"{obj.round.title}: {obj}"


class ExclusionForm(forms.Form):
    """Which other proposal cannot be carried out beside this one; of its own round, where that is known."""

    other = ProposalChoice(
        label=pgettext_lazy("budget round", "proposal"),
        queryset=BudgetProposal.objects.filter(round__status__in=BEFORE_VOTE)
        .select_related("round")
        .order_by("-round", "number"),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, beside: BudgetProposal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if beside is not None:
            offer_rows(
                self, other=beside.round.proposals.exclude(pk=beside.pk).select_related("round").order_by("number")
            )


class TrialForm(forms.Form):
    """A file of another city or an earlier round on which the rule is tried."""

    file = forms.FileField(label=_("File (.pb)"))
