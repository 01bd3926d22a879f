"""What is asked for in supervision: the report of a year, opinions, orders, scores, votes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.accounts.queries import people_named
from governance.forms import choice_named, offer_rows, words_of
from socialorgs.register.forms import CapitalField, ReasonForm
from socialorgs.register.models import InspectionConclusion
from socialorgs.supervision.grading.models import GRADES, CommitteeWord
from socialorgs.supervision.grading.voting import Voted
from socialorgs.supervision.illegal.models import Measure
from socialorgs.supervision.operations import Said
from socialorgs.supervision.policy import LONGEST_TEXT, MOST_POINTS

MOST_PEOPLE = 1_000_000
DAY = {"type": "date"}


def words(label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    """Return a field for a few sentences."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=LONGEST_TEXT, widget=widget, required=required, help_text=help_text)


class ReportForm(forms.Form):
    """The report of a year."""

    members_count = forms.IntegerField(
        label=pgettext_lazy("organization", "members"), min_value=0, max_value=MOST_PEOPLE
    )
    staff_count = forms.IntegerField(label=_("paid staff"), min_value=0, max_value=MOST_PEOPLE)
    income = CapitalField(label=_("income of the year"))
    expenses = CapitalField(label=_("expenses of the year"))
    meetings = forms.IntegerField(label=_("meetings held under the charter"), min_value=0, max_value=366)
    has_party_organization = forms.BooleanField(
        label=_("has a party organization or is covered by one"), required=False
    )
    keeps_charter = forms.BooleanField(label=_("acted within its charter"), required=False)
    activities = words(_("what it did"), rows=6)
    changes = words(_("changes of charter, head, place or name"), required=False)

    def said(self) -> Said:
        """Return what was typed."""
        return Said(**self.cleaned_data)


class FirstOpinionForm(forms.Form):
    """The first opinion."""

    opinion = words(_("first opinion"))


class ConclusionForm(forms.Form):
    """The conclusion on a year, and what is to be mended."""

    conclusion = forms.ChoiceField(label=_("conclusion"), choices=InspectionConclusion.choices)
    mend = words(_("what is to be mended"), required=False, help_text=_("Needed where the year is not simply passed."))
    days = forms.IntegerField(label=_("days for it"), min_value=1, required=False)


class OrderForm(forms.Form):
    """An order to mend something."""

    findings = words(pgettext_lazy("supervision", "what was found"))
    demands = words(_("what is to be mended"))
    days = forms.IntegerField(label=_("days for it"), min_value=1, required=False)


class MendedForm(forms.Form):
    """What was mended."""

    report = words(_("what was mended"), rows=5)


class AgainForm(ReasonForm):
    """Why it is not mended yet, and further days."""

    days = forms.IntegerField(label=_("further days"), min_value=1)


class MissForm(ReasonForm):
    """The decision by which a body is listed for what it has missed."""

    decision_number = forms.CharField(label=_("decision number"), max_length=80)


class RepairForm(forms.Form):
    """What was mended, so that a listing is lifted."""

    mended = words(_("what was mended"), rows=5, required=False, help_text=_("Empty where there is nothing to mend."))


class AlertForm(forms.Form):
    """What is done about running work."""

    measures = words(_("what is done about it"))


class StatementForm(forms.Form):
    """Why a body asks to be assessed."""

    statement = words(_("why it applies"), rows=5)


class ScoreForm(forms.Form):
    """A score and the grade that is proposed."""

    score = forms.IntegerField(label=_("score of 1,000"), min_value=0, max_value=MOST_POINTS)
    grade = forms.TypedChoiceField(
        label=_("proposed grade"),
        choices=[("", _("what the score is worth")), *GRADES],
        coerce=int,
        empty_value=None,
        required=False,
    )
    findings = words(_("findings"))


class VoteForm(forms.Form):
    """The vote of the committee, one member a line."""

    votes = words(
        _("votes by name"),
        rows=9,
        help_text=format_lazy(
            _(
                "Everybody of the committee, one a line, separated by commas: name, vote ({}), log-in name or mobile "
                "number or nothing, and for who once worked for the body the last day there (2024-06-30)."
            ),
            words_of(CommitteeWord),
        ),
    )
    voted_on = forms.DateField(
        label=pgettext_lazy("grade", "voted on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    number = forms.CharField(label=_("number of the notice"), max_length=60)

    def clean_votes(self) -> list[Voted]:
        """Read the lines; what cannot be read is named by its line."""
        lines = self.cleaned_data["votes"].splitlines()
        return [_voted(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _voted(number: int, line: str) -> Voted:
    parts = [part.strip() for part in line.replace("，", ",").split(",")]
    name, said, person, until = [*parts, "", "", "", ""][:4]
    word = choice_named(CommitteeWord, said)
    user = people_named([person]).get(person) if person else None
    day = None
    try:
        day = dt.date.fromisoformat(until) if until else None
    except ValueError:
        word = ""
    if not name or not word or (person and user is None):
        raise forms.ValidationError(
            _("Line %(number)s cannot be read: %(line)s"), params={"number": number, "line": line}
        )
    return Voted(name, word, user, day)


class QuestionForm(ReasonForm):
    """A lower grade, or none."""

    proposed_grade = forms.TypedChoiceField(
        label=_("proposed grade"), choices=[*GRADES[1:], (0, _("taken back"))], coerce=int
    )


class StreetField(forms.ModelChoiceField[Division]):
    """Streets of the whole platform, each after its district: streets of two districts may bear one name."""

    def label_from_instance(self, obj: Division) -> str:
        """Name the district, then the street."""
        return f"{obj.parent.name} · {obj.name}" if obj.parent else obj.name


class TipForm(forms.Form):
    """What somebody tells of an illegal body."""

    division = StreetField(label=_("street"), queryset=Division.objects.none())
    name = forms.CharField(label=_("name under which it acts"), max_length=120)
    place = forms.CharField(label=_("where it acts"), max_length=200, required=False)
    text = words(_("what it does"), rows=5)
    contact = forms.CharField(
        label=_("your contact, if you wish"),
        max_length=200,
        required=False,
        help_text=_("You may leave it empty. Kept encrypted; who looks at it gives a reason."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Division.objects.filter(tier=Tier.STREET, status=DivisionStatus.ACTIVE, is_stub=False)
        offer_rows(self, division=places.select_related("parent").order_by("parent__name", "name", "pk"))


class CodeForm(forms.Form):
    """The code of a tip."""

    code = forms.CharField(
        label=_("code of the tip"), max_length=40, help_text=_("Twelve characters, shown once when the tip was given.")
    )


class CaseForm(forms.Form):
    """A case about an illegal body."""

    name = forms.CharField(label=_("name under which it acts"), max_length=120)
    place = forms.CharField(label=_("where it acts"), max_length=200, required=False)
    account = words(_("what it does"))


class SettleForm(forms.Form):
    """An answer to who gave a tip; without one it becomes a case."""

    answer = words(_("what who gave it is told"), required=False, help_text=_("Empty: a case is opened."))


class MeasureForm(forms.Form):
    """The findings and the measure that is proposed."""

    findings = words(pgettext_lazy("case", "findings"))
    measure = forms.ChoiceField(label=_("measure"), choices=Measure.choices)


class DecisionForm(forms.Form):
    """The decision as it was issued."""

    decision_number = forms.CharField(label=_("decision number"), max_length=80)
    decided_on = forms.DateField(label=_("decided on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))


class OutcomeForm(forms.Form):
    """What came of a decision."""

    outcome = words(_("what came of it"))


class NotifiedForm(forms.Form):
    """When a body was told the result of its assessment."""

    notified_on = forms.DateField(label=_("result notified on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
