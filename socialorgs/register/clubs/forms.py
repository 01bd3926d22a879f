"""What is asked for when a club is proposed, joined, led and filed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.venues.models import Venue
from governance.forms import offer_rows
from socialorgs.register.clubs.models import Club, ClubActivity, ClubKind
from socialorgs.register.filing.forms import DescribedForm
from socialorgs.register.housing import venues_for

if TYPE_CHECKING:
    from communities.territory.models import Division

LONGEST_TEXT = 2000
MOST = 10_000
MEETS_IN = _("As people find it: “second floor, activity room”.")
IN_A_VENUE = _("The venue of the place in which it meets; empty for a park or a yard.")


class IdeaForm(forms.Form):
    """What a club is to be."""

    name = forms.CharField(label=_("name"), max_length=120)
    kind = forms.ChoiceField(label=_("kind"), choices=ClubKind.choices)
    purpose = forms.CharField(
        label=_("what it does"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )
    place = forms.CharField(label=_("where it meets"), max_length=200, help_text=MEETS_IN)
    venue = forms.ModelChoiceField(
        label=_("venue"), queryset=Venue.objects.none(), required=False, help_text=IN_A_VENUE
    )
    meets = forms.CharField(label=_("when it meets"), max_length=100)
    most_members = forms.IntegerField(label=_("members at most"), min_value=1, max_value=MOST, required=False)

    def __init__(self, *args: Any, division: Division | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if division is not None:
            offer_rows(self, venue=venues_for(division))


class RelocateForm(forms.Form):
    """Where and when a club meets from now on."""

    place = forms.CharField(label=_("where it meets"), max_length=200, help_text=MEETS_IN)
    venue = forms.ModelChoiceField(
        label=_("venue"), queryset=Venue.objects.none(), required=False, help_text=IN_A_VENUE
    )
    meets = forms.CharField(label=_("when it meets"), max_length=100)

    def __init__(self, *args: Any, club: Club, **kwargs: Any) -> None:
        known = {"place": club.place, "venue": club.venue_id, "meets": club.meets}
        super().__init__(*args, **{"initial": known, **kwargs})
        offer_rows(self, venue=venues_for(club.division))


class JoinForm(forms.Form):
    """Joining, with what one agrees to."""

    name = forms.CharField(label=pgettext_lazy("person", "name"), max_length=50)
    agrees = forms.BooleanField(
        label=_("I agree to be kept on the list of members, which only who leads the club and the community see."),
        required=False,
    )
    may_be_named = forms.BooleanField(
        label=_("I agree to be named as a member if the club asks to be filed with the street."), required=False
    )


class ConsentForm(forms.Form):
    """Whether one may be named."""

    may_be_named = forms.BooleanField(
        label=_("I agree to be named as a member if the club asks to be filed with the street."), required=False
    )


class AnnounceForm(forms.Form):
    """Something that a club will do."""

    title = forms.CharField(label=_("title"), max_length=120)
    place = forms.CharField(label=pgettext_lazy("event", "place"), max_length=200)
    starts_at = forms.DateTimeField(
        label=_("begins at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class TellForm(forms.Form):
    """How an event was."""

    event = forms.ModelChoiceField(label=pgettext_lazy("club", "event"), queryset=ClubActivity.objects.none())
    attended = forms.IntegerField(label=_("how many came"), min_value=0, max_value=MOST)
    report = forms.CharField(
        label=_("what it was like"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, club: Club, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, event=club.events.filter(told_at=None).order_by("starts_at"))


class ClubFilingForm(DescribedForm):
    """What a club says of itself when it asks to be filed; its members are those who agreed to be named."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["members"]

    def clean(self) -> dict[str, Any]:
        """Leave the members to the operation."""
        return {**(super().clean() or {}), "members": ""}
