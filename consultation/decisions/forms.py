"""The forms of the decisions on the desk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.forms import ManyFilesField
from consultation.decisions.models import Acceptance, Decision, Verdict
from consultation.decisions.policy import LONGEST_REASON, LONGEST_RESULT, LONGEST_VERDICT
from consultation.meetings.forms import OptionalPhotosForm, PersonField
from consultation.meetings.joint import CaseParty
from consultation.meetings.policy import LONGEST_PARTY, LONGEST_TASK, PartyKind
from consultation.meetings.queries import people_for_case
from governance.accounts.models import User
from governance.calendar import clock
from governance.forms import offer_rows
from governance.money import NotAnAmount, parse_yuan
from socialorgs.register.models import SocialOrganization

USUAL_DAYS = 60
"""How long the carrying out usually takes; a proposal in the form."""


class DecisionForm(forms.ModelForm[Decision]):
    """What is decided, by which ballot or resolution."""

    cost_estimate = forms.CharField(
        label=_("estimated cost"),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("In yuan; 0 if it costs nothing. A fund pays at most this much."),
    )

    class Meta:
        model = Decision
        fields = ("ballot", "resolution", "text", "cost_estimate")

    def clean_cost_estimate(self) -> Decimal:
        """Read the amount as people type it."""
        try:
            return parse_yuan(self.cleaned_data["cost_estimate"])
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal

    def _post_clean(self) -> None:
        """Leave the row to the operation, which names what is wrong with it."""


class ExecutionForm(forms.Form):
    """Who carries the decision out, and by when."""

    responsible = forms.CharField(
        label=_("responsible"), max_length=100, help_text=_("Who carries it out: a committee, an office or a post.")
    )
    kind = forms.ChoiceField(
        label=_("what kind of party that is"), choices=PartyKind.choices, initial=PartyKind.COMMITTEE
    )
    due_on = forms.DateField(
        label=_("to be done by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: clock.today() + dt.timedelta(days=USUAL_DAYS),
    )


class PartyForm(forms.Form):
    """One more party: an organization of the register, or anybody by name."""

    kind = forms.ChoiceField(label=pgettext_lazy("party to a case", "kind"), choices=PartyKind.choices)
    organization = forms.ModelChoiceField(
        label=_("organization"),
        queryset=SocialOrganization.objects.none(),
        required=False,
        help_text=_("For a social organization that stands in the register."),
    )
    name = forms.CharField(
        label=_("name"),
        max_length=LONGEST_PARTY,
        required=False,
        help_text=_("For everybody else: an office, a committee, a company, a group of residents."),
    )

    def __init__(self, *args: Any, decision: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = SocialOrganization.objects.filter(division__in=decision.division.ancestor_ids)
        offer_rows(self, organization=near.order_by("name", "pk"))


class PartyEndForm(forms.Form):
    """A party that leaves."""

    party = forms.ModelChoiceField(label=_("party to a case"), queryset=CaseParty.objects.none())

    def __init__(self, *args: Any, decision: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = CaseParty.objects.filter(case=decision.case_id, left_at=None, is_leading=False)
        offer_rows(self, party=rows.order_by("pk"))


class ExecutionTaskForm(OptionalPhotosForm):
    """A task in which the decision is carried out."""

    text = forms.CharField(label=_("what is to be done"), max_length=LONGEST_TASK)
    party = forms.ModelChoiceField(
        label=_("for which party"), queryset=CaseParty.objects.none(), required=False, empty_label="-"
    )
    owner = PersonField(label=_("whose task"), queryset=User.objects.none())
    due_on = forms.DateField(
        label=_("to be done by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ("text", "party", "owner", "due_on", "uploads")

    def __init__(self, *args: Any, decision: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(
            self,
            party=CaseParty.objects.filter(case=decision.case_id, left_at=None).order_by("pk"),
            owner=people_for_case(decision.case, decision.division, clock.today()),
        )
        self.fields["uploads"].label = _("photos from before")


class ReportForm(forms.Form):
    """What came of the decision."""

    text = forms.CharField(label=_("result"), widget=forms.Textarea(attrs={"rows": 5}), max_length=LONGEST_RESULT)
    uploads = ManyFilesField(
        label=_("evidence"), required=False, help_text=_("Photos or papers. Everybody can open them.")
    )
    controls: ClassVar = {"file": "uploads", "evidence": "uploads"}

    def clean_uploads(self) -> list[tuple[str, bytes]]:
        """Read the files."""
        return [(file.name, file.read()) for file in self.cleaned_data["uploads"]]


class AcceptForm(forms.Form):
    """How far the result is accepted."""

    acceptance = forms.ChoiceField(label=_("accepted"), choices=Acceptance.choices, initial=Acceptance.FULL)
    shortfall = forms.CharField(
        label=_("what is missing"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_VERDICT,
        required=False,
        help_text=_("Where it is accepted in part."),
    )


class VerdictForm(forms.Form):
    """What a resident says of the result."""

    verdict = forms.ChoiceField(label=_("Is it done?"), choices=Verdict.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("in words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_VERDICT,
        required=False,
        help_text=_("Those who carry it out read it, without your name."),
    )


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_REASON)
