"""The forms of what happens after a matter is in, for the pages and the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body
from communities.people.models import Post
from consultation.matters.forms import LinesField, ThreeWayField, sorting_choices
from consultation.matters.handling.mediating import LONGEST_HOUSEHOLD
from consultation.matters.handling.models import PauseCause, Stance
from consultation.matters.handling.queries import offices_for
from consultation.matters.models import TIP_READERS, Matter, Outcome
from consultation.matters.policy import LONGEST_NAME, LONGEST_SUMMARY, LONGEST_TEXT
from governance.accounts.models import User
from governance.calendar import clock
from governance.forms import offer_rows

if TYPE_CHECKING:
    from consultation.matters.handling.models import SortingContest

YES_NO = [("yes", _("Yes, it is solved")), ("no", _("No, it is not"))]


class MarkField(forms.TypedChoiceField):
    """How satisfied somebody is, from 1 to 5; may be left open."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("no answer")), *((str(mark), str(mark)) for mark in range(5, 0, -1))]
        super().__init__(
            choices=choices,
            coerce=int,
            empty_value=None,
            required=False,
            label=_("How satisfied are you? 5 is best"),
            **kwargs,
        )


class ContestForm(forms.Form):
    """Why the person thinks that it is somebody else's affair."""

    wanted = ThreeWayField(label=_("What is it rather?"))
    reason = LinesField(label=_("Why?"), rows=3, max_length=LONGEST_TEXT)


class UpholdForm(forms.Form):
    """How the matter is sorted anew."""

    sorting = forms.ChoiceField(label=_("Whose affair is it?"), choices=sorting_choices, widget=forms.RadioSelect)
    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))
    summary = LinesField(
        label=_("Public summary"),
        rows=3,
        max_length=LONGEST_SUMMARY,
        required=False,
        help_text=_("All that the public reads of it: no names. Empty for a private matter."),
    )
    controls: ClassVar = {"three_way": "sorting", "route": "sorting"}

    def given(self) -> dict[str, Any]:
        """Return the class and the route apart."""
        three_way, route = self.cleaned_data["sorting"].split(":")
        return {
            "three_way": three_way,
            "route": route,
            "reason": self.cleaned_data["reason"],
            "summary": self.cleaned_data["summary"],
        }


class AssignForm(forms.Form):
    """The office that gets the matter, and what is asked of it."""

    body = forms.ModelChoiceField(label=_("Office"), queryset=Body.objects.none())
    task = LinesField(label=_("What is asked of the office"), rows=3, max_length=LONGEST_TEXT, required=False)
    due_on = forms.DateField(
        label=_("Answer by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: the day by which the person is owed the answer."),
    )
    is_helper = forms.BooleanField(label=_("It helps; another office leads"), required=False)

    def __init__(self, *args: Any, matter: Matter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, body=offices_for(matter, clock.today()))

    def given(self) -> dict[str, Any]:
        """Return what the operation asks for."""
        data = dict(self.cleaned_data)
        return {"is_lead": not data.pop("is_helper"), **data}


class OrderAnswerForm(forms.Form):
    """What an office answers."""

    answer = LinesField(label=_("Answer"), max_length=LONGEST_TEXT)
    outcome = forms.ChoiceField(label=_("What came of it?"), choices=Outcome.choices, widget=forms.RadioSelect)


class PauseForm(forms.Form):
    """What is waited for, and for how long at most."""

    cause = forms.ChoiceField(label=_("What is waited for?"), choices=PauseCause.choices)
    days = forms.IntegerField(label=_("Days at most"), min_value=1)
    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))


class ExtensionForm(forms.Form):
    """By how many working days the answer is put off, and why."""

    days = forms.IntegerField(label=_("Working days"), min_value=1)
    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))


class WhyForm(forms.Form):
    """A reason that is asked for."""

    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))


class WhyIfAnyForm(forms.Form):
    """A reason that may be left out."""

    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, required=False)


class OpinionForm(forms.Form):
    """The opinion on a petition."""

    opinion = LinesField(label=_("Opinion"), max_length=LONGEST_TEXT, help_text=_("The person reads it."))


class CallBackForm(forms.Form):
    """What the person says."""

    is_solved = forms.TypedChoiceField(
        label=_("Is it solved?"), choices=YES_NO, coerce=lambda chosen: chosen == "yes", widget=forms.RadioSelect
    )
    satisfaction = MarkField()
    words = LinesField(
        label=_("In your words"),
        rows=3,
        max_length=LONGEST_TEXT,
        required=False,
        help_text=_("If it is not solved, please say what is missing."),
    )


class TellForm(forms.Form):
    """How a matter stands."""

    text = LinesField(
        label=_("How does it stand?"), rows=4, max_length=LONGEST_TEXT, help_text=_("The person reads it.")
    )


class HandOutForm(forms.Form):
    """Who took the result away."""

    to = forms.CharField(label=_("Handed to"), max_length=LONGEST_NAME)


class HandlerForm(forms.Form):
    """Who handles a tip-off."""

    handler = forms.ModelChoiceField(label=_("Handler"), queryset=User.objects.none())

    def __init__(self, *args: Any, matter: Matter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Post.objects.held_on(clock.today()).filter(role__in=TIP_READERS)
        near = posts.filter(division__in=matter.division.ancestor_ids)
        offer_rows(self, handler=User.objects.filter(pk__in=near.values("user")).order_by("display_name", "pk"))


class ConsentForm(forms.Form):
    """Where a household stands."""

    household = forms.CharField(
        label=_("Household"), max_length=LONGEST_HOUSEHOLD, help_text=_("For example: building 3, entrance 2, 501.")
    )
    stance = forms.ChoiceField(label=_("Stance"), choices=Stance.choices, widget=forms.RadioSelect)
    words = LinesField(label=_("What the household says"), rows=3, max_length=LONGEST_TEXT, required=False)
    mediation = LinesField(label=_("What the mediation offered"), rows=3, max_length=LONGEST_TEXT, required=False)


class PeriodForm(forms.Form):
    """The months over which rates are asked."""

    since = forms.DateField(
        label=pgettext_lazy("period", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=pgettext_lazy("period", "Before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def initial_of(contest: SortingContest) -> dict[str, str]:
    """Return what the form of a new sorting is filled in with: what the person wants."""
    first = {"BIG": "DEPARTMENT", "SMALL": "DELIBERATION", "PRIVATE": "ADVICE"}[contest.wanted]
    return {"sorting": f"{contest.wanted}:{first}"}
