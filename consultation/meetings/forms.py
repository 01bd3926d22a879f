"""The forms of the meetings room: they shape what is typed, operations judge it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body, BodyMembership
from communities.notices.forms import ManyFilesField, OneFileField
from communities.people.models import Post
from communities.people.queries import within
from consultation.meetings.models import Council, Meeting, MeetingCall
from consultation.meetings.policy import (
    LONGEST_NAME,
    LONGEST_REPORT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Capacity,
    Method,
    Outcome,
    Side,
    SignedBy,
)
from consultation.meetings.record import CountSheet, Resolution
from consultation.meetings.voting import Figures
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from governance.accounts.models import User
from governance.forms import offer_choices, offer_rows
from governance.money import NotAnAmount, parse_yuan

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from consultation.meetings.models import Attendance

ROWS = 4


def bodies_for(user: Any) -> QuerySet[Body]:
    """Return the bodies of the places in which somebody works."""
    return Body.objects.filter(within(user)).order_by("name", "pk")


def people_of(body: Body) -> QuerySet[User]:
    """Return who can lead, record or be given a task: members of the body and those who work in its place."""
    seats = BodyMembership.objects.filter(body=body, valid_to=None, user__isnull=False).values("user")
    posts = Post.objects.filter(division=body.division, valid_to=None).values("user")
    return User.objects.filter(Q(pk__in=seats) | Q(pk__in=posts), is_active=True).order_by("display_name", "pk")


def people_for(user: Any) -> QuerySet[User]:
    """Return members of bodies and staff of the places in which somebody works."""
    seats = BodyMembership.objects.filter(within(user, division="body__division"), valid_to=None, user__isnull=False)
    posts = Post.objects.filter(within(user), valid_to=None)
    found = Q(pk__in=seats.values("user")) | Q(pk__in=posts.values("user"))
    return User.objects.filter(found, is_active=True).order_by("display_name", "pk")


class PersonField(forms.ModelChoiceField[User]):
    """One of some people, by name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name."""
        return str(obj.display_name)


def moment_field(label: Any) -> forms.DateTimeField:
    """Return a field for a day and an hour that phones and desks know."""
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
    )


class CouncilForm(forms.ModelForm[Council]):
    """What kind of council a body is."""

    class Meta:
        model = Council
        fields = ("body", "form", "seats", "hears_affected", "purpose")

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class MeetingForm(forms.ModelForm[Meeting]):
    """What is needed to plan a meeting."""

    held_at = moment_field(_("begins at"))
    ends_at = moment_field(_("ends at"))

    class Meta:
        model = Meeting
        fields = ("body", "title", "held_at", "ends_at", "place", "chair", "recorder", "call")

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class CallForm(forms.ModelForm[MeetingCall]):
    """Who asked for a meeting."""

    sheet_file = OneFileField(label=_("list of names"), required=False)

    class Meta:
        model = MeetingCall
        fields = ("body", "about", "entitled", "asked", "asked_on", "sheet_file")

    controls: ClassVar = {"file": "sheet_file"}

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class InviteForm(forms.Form):
    """How many are entitled, where there are no seats."""

    entitled = forms.IntegerField(
        label=_("entitled"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=_("Only for meetings without seats: households or adults of the place. Adults are counted if empty."),
    )


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class TopicItemForm(forms.Form):
    """A topic for the agenda."""

    topic = forms.ModelChoiceField(label=_("topic"), queryset=Topic.objects.none())

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Topic.objects.filter(
            division=meeting.division_id, status__in=[TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED]
        )
        offer_rows(self, topic=rows.order_by("-pk"))


class FreeItemForm(forms.Form):
    """A free item for the agenda."""

    title = forms.CharField(label=_("title"), max_length=LONGEST_TITLE)
    text = forms.CharField(
        label=_("what it is about"),
        widget=forms.Textarea(attrs={"rows": ROWS}),
        max_length=LONGEST_TEXT,
        required=False,
    )


class GuestForm(forms.Form):
    """Somebody who is invited besides the members."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    capacity = forms.ChoiceField(
        label=_("comes as"), choices=[one for one in Capacity.choices if one[0] != Capacity.MEMBER]
    )
    is_affected = forms.BooleanField(label=_("affected"), required=False)


class PresenceForm(forms.Form):
    """Who of the list is there."""

    attendances = forms.TypedMultipleChoiceField(
        label=_("Who is there"), coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    affected = forms.TypedMultipleChoiceField(
        label=_("Who of them is affected"), coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    signed_by = forms.ChoiceField(
        label=_("signed in by"), choices=[one for one in SignedBy.choices if one[0] != SignedBy.CODE]
    )

    def __init__(self, *args: Any, people: Iterable[Attendance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(people)
        offer_choices(
            self,
            attendances=[(one.pk, one.name) for one in rows if one.signed_in_at is None],
            affected=[(one.pk, one.name) for one in rows if not one.is_affected],
        )


class ArrivalForm(forms.Form):
    """Somebody who is on no list."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    is_entitled = forms.BooleanField(
        label=_("entitled to vote"), required=False, help_text=_("Only at meetings without seats.")
    )
    is_affected = forms.BooleanField(label=_("affected"), required=False)


class DiscussionForm(forms.Form):
    """What was said on an item, and what came of it."""

    discussion = forms.CharField(
        label=_("what was said"), widget=forms.Textarea(attrs={"rows": ROWS}), max_length=LONGEST_TEXT
    )
    outcome = forms.ChoiceField(label=_("outcome"), choices=[("", "-"), *Outcome.choices], required=False)


class MotionForm(forms.Form):
    """A motion."""

    text = forms.CharField(label=_("motion"), widget=forms.Textarea(attrs={"rows": ROWS}), max_length=LONGEST_TEXT)
    method = forms.ChoiceField(label=_("voted on"), choices=Method.choices)
    cost_estimate = forms.CharField(
        label=_("estimated cost"),
        initial="0",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("In yuan; 0 if it costs nothing. What costs much needs more votes."),
    )

    def clean_cost_estimate(self) -> Decimal:
        """Read the amount as people type it."""
        try:
            return parse_yuan(self.cleaned_data["cost_estimate"])
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class VotesForm(forms.Form):
    """How each of those present stands to a motion."""

    def __init__(
        self, *args: Any, motion: Resolution, people: Iterable[Attendance], recorded: dict[int, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = [one.pk for one in people]
        for one in people:
            known = recorded.get(one.pk)
            self.fields[f"side_{one.pk}"] = forms.ChoiceField(
                label=one.name,
                choices=[("", _("no vote")), *Side.choices],
                required=False,
                initial=known.side if known else "",
            )
            self.fields[f"reason_{one.pk}"] = forms.CharField(
                label=_("%(name)s: why they withdraw") % {"name": one.name},
                max_length=200,
                required=False,
                initial=known.reason if known else "",
            )
        del motion

    def clean(self) -> dict[str, Any]:
        """Gather the votes."""
        data = self.cleaned_data
        votes = {key: (data.get(f"side_{key}", ""), data.get(f"reason_{key}", "")) for key in self.people}
        return {"votes": {key: vote for key, vote in votes.items() if vote[0]}}


class FiguresForm(forms.Form):
    """The figures of a sheet of paper."""

    present = forms.IntegerField(label=_("present"), min_value=0, max_value=10_000_000)
    affected = forms.IntegerField(label=_("affected present"), min_value=0, max_value=10_000_000, initial=0)
    in_favor = forms.IntegerField(label=_("in favor"), min_value=0, max_value=10_000_000, initial=0)
    against = forms.IntegerField(label=_("against"), min_value=0, max_value=10_000_000, initial=0)
    abstained = forms.IntegerField(label=_("abstained"), min_value=0, max_value=10_000_000, initial=0)
    withdrawn = forms.IntegerField(label=_("recused"), min_value=0, max_value=10_000_000, initial=0)

    def clean(self) -> dict[str, Any]:
        """Return the figures as one value."""
        names = ("present", "affected", "in_favor", "against", "abstained", "withdrawn")
        if self.errors:
            return self.cleaned_data
        return {**self.cleaned_data, "figures": Figures(**{name: self.cleaned_data[name] for name in names})}


class SheetForm(FiguresForm):
    """The figures of a sheet with its photo."""

    photo = OneFileField(label=_("photo of the sheet"), help_text=_("At most 10 MB; JPEG, PNG, WebP or PDF."))
    controls: ClassVar = {"file": "photo"}


class SheetDeskForm(forms.ModelForm[CountSheet]):
    """Sheets are entered on the page of their meeting."""

    class Meta:
        model = CountSheet
        fields: ClassVar[list[str]] = []


class MinutesForm(forms.Form):
    """The text of the minutes."""

    text = forms.CharField(label=_("Minutes"), widget=forms.Textarea(attrs={"rows": 20}), max_length=50_000)


class TaskForm(forms.Form):
    """A task that follows."""

    text = forms.CharField(label=_("what is to be done"), max_length=200)
    owner = PersonField(label=_("whose task"), queryset=User.objects.none())
    due_on = forms.DateField(
        label=_("to be done by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, owner=people_of(body))


class PhotosForm(forms.Form):
    """Photos of a task."""

    uploads = ManyFilesField(
        label=_("photos"),
        help_text=_("Everybody can open photos of a decision that is carried out: no faces of children, no names."),
    )
    controls: ClassVar = {"photos": "uploads", "file": "uploads"}

    def clean_uploads(self) -> list[tuple[str, bytes]]:
        """Read the files."""
        return [(file.name, file.read()) for file in self.cleaned_data["uploads"]]


class OptionalPhotosForm(PhotosForm):
    """Photos that need not be there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uploads"].required = False


class ReportForm(OptionalPhotosForm):
    """What was done."""

    text = forms.CharField(
        label=pgettext_lazy("meeting task", "what was done"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REPORT,
    )
    field_order = ("text", "uploads")


class CodeForm(forms.Form):
    """The code that is shown on the spot."""

    code = forms.CharField(
        label=pgettext_lazy("meeting", "Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
