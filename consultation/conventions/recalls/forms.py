"""The forms of recalls on their page and on the desk."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body, BodyKind, BodyMembership
from communities.notices.forms import OneFileField
from communities.policy.models import PolicyDocument
from consultation.conventions.elections.forms import ReasonForm, TimesForm
from consultation.conventions.recalls.models import Recall
from consultation.conventions.recalls.policy import (
    LONGEST_DEFENSE,
    LONGEST_GROUNDS,
    MOST_AT_ONCE,
    Demanders,
    Hearing,
    doubts_in,
)
from consultation.conventions.recalls.refusals import DoubtsUnreadable
from consultation.matters.forms import LinesField
from consultation.meetings.policy import CouncilForm
from governance.calendar import clock
from governance.forms import ToOperation, offer_rows

__all__ = ["ReasonForm"]

LONGEST_LINE = 60


def day_field(label: Any) -> forms.DateField:
    """Return the field of a day, today at first."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, initial=clock.today)


class SeatField(forms.ModelChoiceField[BodyMembership]):
    """A seat, named with its committee."""

    def label_from_instance(self, obj: BodyMembership) -> str:
        """Name the member and the committee."""
        parts = [obj.name, obj.body.name, str(_("chair"))]
        return " · ".join(parts if obj.is_chair else parts[:2])


def representative_bodies() -> Any:
    """Return the representatives' meetings."""
    return (
        Body.objects.filter(council__form=CouncilForm.REPRESENTATIVES).select_related("council").order_by("name", "pk")
    )


class DemandForm(forms.Form):
    """The demand as it was handed in."""

    membership = SeatField(label=_("member"), queryset=BodyMembership.objects.none())
    demanders = forms.ChoiceField(label=_("demanded by"), choices=Demanders.choices, initial=Demanders.VOTERS)
    representatives = forms.ModelChoiceField(
        label=_("body of the representatives"),
        queryset=Body.objects.none(),
        required=False,
        help_text=_("Only where representatives demand it."),
    )
    grounds = LinesField(
        label=_("grounds"), max_length=LONGEST_GROUNDS, rows=5, help_text=_("As they stand on the demand.")
    )
    asked_on = day_field(_("handed in on"))
    sheet_file = OneFileField(label=_("scan of the signatures"), help_text=_("At most 10 MB; JPEG, PNG, WebP or PDF."))

    controls: ClassVar = {"file": "sheet_file"}

    def __init__(self, *args: Any, seats: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, membership=seats, representatives=bodies)


class DeskDemandForm(ToOperation):
    """The demand on the desk."""

    sheet_file = OneFileField(label=_("scan of the signatures"), required=False)

    controls: ClassVar = {"file": "sheet_file"}

    class Meta:
        model = Recall
        fields = ("membership", "demanders", "representatives", "grounds", "asked_on")


class SignersForm(forms.Form):
    """Who signed, as the sheet has it."""

    names = LinesField(
        label=_("who signed"),
        rows=8,
        max_length=MOST_AT_ONCE * LONGEST_LINE,
        help_text=_(
            "One name a line, in the order of the sheet. Where several have the name: a blank and a part of the address."
        ),
    )


class CheckForm(forms.Form):
    """Which signatures do not count."""

    doubtful = LinesField(
        label=_("signatures that do not count"),
        rows=5,
        required=False,
        max_length=MOST_AT_ONCE * LONGEST_LINE,
        help_text=_("One a line: the number, a blank, and why. Every other signature that waits is found to count."),
    )

    def clean_doubtful(self) -> dict[int, str]:
        """Read the lines."""
        found, wrong = doubts_in(self.cleaned_data["doubtful"])
        if wrong:
            raise forms.ValidationError(str(DoubtsUnreadable(lines="；".join(wrong))))
        return found


class AnswerForm(forms.Form):
    """How the member answers."""

    hearing = forms.ChoiceField(label=_("how the member answered"), choices=Hearing.choices, initial=Hearing.WRITTEN)
    heard_on = day_field(pgettext_lazy("recall", "answered on"))
    defense = LinesField(
        label=_("answer of the member"),
        required=False,
        rows=6,
        max_length=LONGEST_DEFENSE,
        help_text=_(
            "Word for word: the voters read it with the call of the vote. Empty where the member does not wish to answer."
        ),
    )


class CallForm(TimesForm):
    """When the vote is held, and by which document."""

    ordered_by = forms.ModelChoiceField(
        label=_("document that approved the method of voting"),
        queryset=PolicyDocument.objects.order_by("-effective_on", "pk"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["committee", "ordered_by", "opens_at", "closes_at"])


class ByElectionForm(CallForm):
    """By whom the by-election is held, by which document, and when."""

    committee = forms.ModelChoiceField(
        label=_("election committee"),
        queryset=Body.objects.filter(kind=BodyKind.ELECTION_COMMITTEE).order_by("name", "pk"),
    )
