"""The forms of the topic pages and of the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultation.matters.forms import LinesField
from consultation.matters.models import Matter
from consultation.topics.models import Stance, Topic
from consultation.topics.policy import (
    LONGEST_AFFECTED,
    LONGEST_OPINION,
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    PhaseKind,
    TopicPace,
)


class OpinionForm(forms.Form):
    """What somebody says on a topic."""

    stance = forms.ChoiceField(
        label=_("How do you stand to it?"), choices=Stance.choices, initial=Stance.NEUTRAL, widget=forms.RadioSelect
    )
    text = LinesField(
        label=_("Your opinion"),
        max_length=LONGEST_OPINION,
        rows=4,
        help_text=_("Everybody reads it; your name is masked. Do not write identity, telephone or card numbers."),
    )


class ReplyForm(forms.Form):
    """A reply to what somebody says."""

    text = LinesField(
        label=_("Your reply"),
        max_length=LONGEST_OPINION,
        rows=4,
        help_text=_("Everybody reads it; your name is masked. Do not write identity, telephone or card numbers."),
    )


class RaiseForm(forms.Form):
    """A topic as a resident raises it."""

    title = forms.CharField(label=_("What should be deliberated?"), max_length=LONGEST_TITLE)
    text = LinesField(
        label=_("Why, and what could be done"),
        max_length=LONGEST_TEXT,
        rows=6,
        help_text=_("Do not write identity, telephone or card numbers."),
    )
    affected = forms.CharField(label=_("who is affected"), max_length=LONGEST_AFFECTED, required=False)


class HideForm(forms.Form):
    """Why an opinion is hidden."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, help_text=_("The author reads it with the hidden opinion.")
    )


class MomentField(forms.DateTimeField):
    """A day and an hour, by the browser's own control."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(
            widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs
        )


class PhasesForm(forms.Form):
    """The two phases that most topics have; one may be left out."""

    discussion_opens_at = MomentField(label=_("Discussion opens"), required=False)
    discussion_closes_at = MomentField(label=_("Discussion closes"), required=False)
    vote_opens_at = MomentField(label=_("Vote opens"), required=False)
    vote_closes_at = MomentField(label=_("Vote closes"), required=False)
    controls: ClassVar = {"phases": "discussion_opens_at"}

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of a phase."""
        data = super().clean() or self.cleaned_data
        for name in ("discussion", "vote"):
            ends = [data.get(f"{name}_opens_at"), data.get(f"{name}_closes_at")]
            if any(ends) and not all(ends):
                missing = f"{name}_closes_at" if ends[0] else f"{name}_opens_at"
                if missing not in self.errors:
                    self.add_error(missing, _("Please give both ends of the phase."))
        return data

    def windows(self) -> list[tuple[str, dt.datetime, dt.datetime]]:
        """Return the phases as the operations take them."""
        data = self.cleaned_data
        pairs = (
            (PhaseKind.DISCUSSION, data["discussion_opens_at"], data["discussion_closes_at"]),
            (PhaseKind.VOTE, data["vote_opens_at"], data["vote_closes_at"]),
        )
        return [(kind, opens_at, closes_at) for kind, opens_at, closes_at in pairs if opens_at and closes_at]


def usual_phases(today: dt.date) -> dict[str, dt.datetime]:
    """Return phases to begin with: a week for the notice, a week to discuss, a day to prepare, a week to vote."""

    def moment(days: int, hour: int) -> dt.datetime:
        return timezone.make_aware(dt.datetime.combine(today + dt.timedelta(days=days), dt.time(hour)))

    return {
        "discussion_opens_at": moment(8, 8),
        "discussion_closes_at": moment(15, 18),
        "vote_opens_at": moment(17, 8),
        "vote_closes_at": moment(24, 18),
    }


class TopicForm(PhasesForm, forms.ModelForm[Topic]):
    """A topic with its matters and its phases, as it is prepared on the desk."""

    text = LinesField(label=_("what it is about"), max_length=LONGEST_TEXT, rows=8)
    matters = forms.ModelMultipleChoiceField(
        label=_("matters"),
        queryset=Matter.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Matters of your places that were sorted to deliberation; the topic takes them up."),
    )

    list_item = forms.IntegerField(
        label=_("number in the consultation list"),
        required=False,
        min_value=1,
        help_text=_("1 to 16 in the list in force by default; empty for other matters."),
    )

    class Meta:
        model = Topic
        fields: ClassVar = ["division", "title", "text", "affected", "pace"]

    def given(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        data = {
            name: self.cleaned_data[name]
            for name in ("division", "title", "text", "affected", "pace", "list_item", "matters")
        }
        return {**data, "matters": list(data["matters"]), "phases": self.windows()}


class AddPhaseForm(forms.Form):
    """A further phase."""

    kind = forms.ChoiceField(label=_("phase"), choices=PhaseKind.choices)
    opens_at = MomentField(label=_("opens at"))
    closes_at = MomentField(label=_("closes at"))
    controls: ClassVar = {"phases": "opens_at"}


class AcceptForm(forms.Form):
    """What a topic is that a resident has raised, and how fast it goes."""

    list_item = forms.IntegerField(
        label=_("number in the consultation list"),
        required=False,
        min_value=1,
        help_text=_("1 to 16 in the list in force by default; empty for other matters."),
    )
    pace = forms.ChoiceField(label=_("pace"), choices=TopicPace.choices, initial=TopicPace.NORMAL)


class ChangePhaseForm(forms.Form):
    """New times of a phase: the first phase that has not ended, named by its kind."""

    kind = forms.ChoiceField(label=_("phase"), choices=PhaseKind.choices)
    opens_at = MomentField(label=_("opens at"))
    closes_at = MomentField(label=_("closes at"))
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)
    controls: ClassVar = {"phases": "opens_at"}
