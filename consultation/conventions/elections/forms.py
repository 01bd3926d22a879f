"""The forms of elections on the desk and on their page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.ballots.rolls.lists import LONGEST_REASON, ListedVoter
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate, ElectionPost
from consultation.conventions.elections.operations import PostPlan
from consultation.conventions.elections.policy import LONGEST_NOTE, LONGEST_NUMBER, Office
from consultation.matters.forms import LinesField
from consultation.topics.forms import MomentField
from governance.calendar import clock
from governance.forms import ToOperation

MOST_SEATS = 9
USUAL_HOURS = 8
"""How long a vote usually runs; a proposal in the form."""


def seats_field(label: Any, initial: int, help_text: Any = "") -> forms.IntegerField:
    """Return the field of how many seats a post has."""
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_SEATS, initial=initial, help_text=help_text)


class ElectionForm(ToOperation):
    """Which committee is elected, by whom it is held, when, and with which posts."""

    has_chair = forms.BooleanField(label=_("The director is elected"), required=False, initial=True)
    deputies = seats_field(_("Seats of deputy directors"), 0)
    members = seats_field(_("Seats of members"), 1)
    women = seats_field(_("Further seats of members that are kept for women"), 1)

    class Meta:
        model = CommitteeElection
        fields = ("body", "kind", "committee", "ordered_by", "opens_at", "closes_at")

    def clean(self) -> dict[str, Any]:
        """Gather the posts."""
        data = super().clean()
        asked = (
            (Office.CHAIR, 1 if data.pop("has_chair", False) else 0, False),
            (Office.DEPUTY, data.pop("deputies", 0), False),
            (Office.MEMBER, data.pop("members", 0), False),
            (Office.MEMBER, data.pop("women", 0), True),
        )
        data["posts"] = [PostPlan(office, seats, for_women=kept) for office, seats, kept in asked if seats]
        return data


class PostField(forms.ModelChoiceField[ElectionPost]):
    """A post, named with its election."""

    def label_from_instance(self, obj: ElectionPost) -> str:
        """Name the committee, the office, and whether it is kept for women."""
        parts = [obj.election.body.name, str(obj.get_office_display())]
        if obj.for_women:
            parts.append(str(_("kept for women")))
        return " · ".join(parts)


class CandidateForm(ToOperation):
    """Somebody whom the voters have nominated."""

    class Meta:
        model = ElectionCandidate
        fields = ("post", "resident", "is_woman", "nominators", "statement")


class VoterForm(ToOperation):
    """Somebody who is added to a posted list."""

    class Meta:
        model = ListedVoter
        fields = ("voter_list", "resident", "ground", "reason")


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = LinesField(label=_("Reason"), max_length=LONGEST_NOTE, rows=3)


class StrikeForm(forms.Form):
    """Why somebody is struck from the list."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)


class TimesForm(forms.Form):
    """When the vote opens and closes."""

    opens_at = MomentField(label=_("voting opens at"))
    closes_at = MomentField(label=_("voting closes at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        begin = clock.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
        usual = {"opens_at": begin, "closes_at": begin + dt.timedelta(hours=USUAL_HOURS)}
        self.initial = {**usual, **(self.initial or {})}


class FileForm(forms.Form):
    """Under which number the result is filed."""

    number = forms.CharField(label=_("filing number"), max_length=LONGEST_NUMBER)


class HandOverForm(forms.Form):
    """When the former committee handed over, and what."""

    on = forms.DateField(
        label=_("handed over on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=clock.today,
    )
    note = LinesField(
        label=_("what was handed over"),
        max_length=LONGEST_NOTE,
        rows=3,
        help_text=_("Seals, accounts, assets and files, and who watched."),
    )
