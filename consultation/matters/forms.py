"""The forms of the matter pages and of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.forms import ManyFiles, ManyFilesField
from communities.notices.models import Attachment
from communities.notices.policy import LARGEST_PHOTO, check_photo_size, read_photo
from consultation.matters.handling.references import references
from consultation.matters.intake.recording import Origin
from consultation.matters.models import (
    Matter,
    MatterChannel,
    MatterKind,
    Outcome,
    RefusalGround,
    Route,
    ThreeWay,
    Urgency,
)
from consultation.matters.operations import STAFF_CHANNELS
from consultation.matters.policy import (
    HIGHEST_MARK,
    LONGEST_CONTACT,
    LONGEST_DEPARTMENT,
    LONGEST_NAME,
    LONGEST_PLACE,
    LONGEST_SUMMARY,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_PHOTOS,
)
from governance.calendar import clock
from governance.errors import DomainError
from governance.forms import offer_choices

SORTINGS = (
    (ThreeWay.SMALL, Route.DELIBERATION, _("Small matter: the residents deliberate and decide")),
    (ThreeWay.SMALL, Route.DIRECT, _("Small matter: the community handles it at once")),
    (ThreeWay.BIG, Route.DEPARTMENT, _("Big matter: it goes to a department")),
    (ThreeWay.PRIVATE, Route.ADVICE, _("Private matter: advice and providers, read by nobody else")),
)
"""The classes with their routes, as one choice."""


PHOTO_HELP = format_lazy(
    _("Up to {count}, JPEG, PNG or WebP, at most {size} MB each. Where and with what a photo was taken is removed."),
    count=MOST_PHOTOS,
    size=LARGEST_PHOTO // 1024 // 1024,
)


def sorting_choices() -> list[tuple[str, Any]]:
    """Return the classes with their routes as the choices of a form."""
    return [(f"{three_way}:{route}", label) for three_way, route, label in SORTINGS]


class ThreeWayField(forms.ChoiceField):
    """One of the three classes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ThreeWay.choices, widget=forms.RadioSelect, **kwargs)


class LinesField(forms.CharField):
    """A text of several lines; a line's end counts as one sign, as it does in the browser."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        """Write line ends in one way."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n").strip()


class PhotosField(ManyFilesField):
    """Photos as they may be stored, read one after the other; too large a one is refused before anybody reads it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ManyFiles(attrs={"accept": "image/jpeg,image/png,image/webp"}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Count them."""
        files = super().clean(data, initial)
        if len(files) > MOST_PHOTOS:
            raise ValidationError(_("At most %(limit)s photos can be attached."), params={"limit": MOST_PHOTOS})
        return [self._read(file) for file in files]

    @staticmethod
    def _read(file: Any) -> Any:
        """Read one photo, small and without its place; the rest of the twenty waits on the disk."""
        try:
            return read_photo(file.name or "", file.read())
        except DomainError as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal

    def check_size(self, file: Any) -> None:
        """Name the photo that is too large."""
        check_photo_size(file.name, file.size)


class KindField(forms.ChoiceField):
    """What a matter asks for; its clock follows from it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("What does it ask for?"),
            choices=MatterKind.choices,
            initial=MatterKind.NEED,
            help_text=_(
                "Danger to life: call 110, 119 or 120 first. A tip-off is read by the street, not by the community."
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        """Take what says nothing of its kind as a need."""
        return str(super().clean(value or MatterKind.NEED))


class MatterForm(forms.Form):
    """What somebody wants looked at."""

    title = forms.CharField(label=_("In one line"), max_length=LONGEST_TITLE)
    text = LinesField(
        label=_("What is it about?"),
        max_length=LONGEST_TEXT,
        rows=7,
        help_text=_("Only you and the staff read it. Do not write identity, telephone or card numbers."),
    )
    kind = KindField()
    place = forms.CharField(
        label=_("Where?"),
        max_length=LONGEST_PLACE,
        required=False,
        help_text=_("For example: building 12, entrance 1."),
    )
    photos = PhotosField(
        label=_("Photos"),
        required=False,
        help_text=PHOTO_HELP,
    )
    is_anonymous = forms.BooleanField(label=_("Do not show my name to the public"), required=False, initial=True)
    is_hardship = forms.BooleanField(
        label=_("My household is in hardship: use the express line (only staff read this)"), required=False
    )
    seen = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, files_kept: Iterable[Attachment] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_lost_photos = False  # whether photos must be chosen again, because they could not be kept
        self.offer(files_kept)

    def offer(self, files_kept: Iterable[Attachment]) -> None:
        """Offer photos that were sent before, so that nobody has to choose them again."""
        keys = [file.pk for file in files_kept]
        self.fields.pop("kept", None)
        if keys:
            kept = forms.ModelMultipleChoiceField(
                label=_("Photos that are kept"),
                queryset=Attachment.objects.filter(pk__in=keys).order_by("pk"),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_("They are sent with the matter; take the tick off what shall not be sent."),
            )
            self.fields["kept"] = kept

    def clean(self) -> dict[str, Any]:
        """Count new and kept photos together."""
        data = super().clean() or {}
        if len(data.get("photos") or []) + len(data.get("kept") or []) > MOST_PHOTOS:
            raise ValidationError({"photos": _("At most %(limit)s photos can be attached.") % {"limit": MOST_PHOTOS}})
        return data

    def given(self) -> dict[str, Any]:
        """Return what was typed, new and kept photos together, as `raise_matter` takes it."""
        data = dict(self.cleaned_data)
        return {
            **{name: data[name] for name in ("title", "text", "kind", "place", "is_anonymous")},
            "photos": [*(data.get("kept") or []), *(data.get("photos") or [])],
            "origin": Origin(is_hardship=data["is_hardship"]),
        }

    @property
    def good_photos(self) -> list[Any]:
        """The photos that were sent and can be stored, also when something else is refused."""
        return list(self.cleaned_data.get("photos") or []) if self.is_bound else []


class DeskMatterForm(forms.ModelForm[Matter]):
    """A matter that staff record for somebody at the counter or on a visit."""

    text = LinesField(label=_("text"), max_length=LONGEST_TEXT, rows=7)
    kind = KindField()
    channel = forms.ChoiceField(
        label=pgettext_lazy("matter", "channel"),
        choices=[choice for choice in MatterChannel.choices if choice[0] in STAFF_CHANNELS],
    )
    raised_for = forms.CharField(label=_("raised for"), max_length=LONGEST_NAME)
    contact = forms.CharField(
        label=_("contact"),
        max_length=LONGEST_CONTACT,
        required=False,
        help_text=_("Kept encrypted; who looks at it gives a reason."),
    )
    uploads = PhotosField(label=_("Photos"), required=False, help_text=_("Up to 20, at most 15 MB each."))
    controls: ClassVar = {"photos": "uploads"}

    class Meta:
        model = Matter
        fields: ClassVar = [
            *("division", "title", "text", "kind", "place", "channel", "raised_for", "contact", "is_anonymous")
        ]

    def given(self) -> dict[str, Any]:
        """Return what was typed, the photos under the name that the operation gives them."""
        data = dict(self.cleaned_data)
        data["photos"] = data.pop("uploads")
        return data


def list_choices(matter: Matter) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the items of the reference list of a matter's place, class by class; two queries."""
    items = references(matter.division, clock.today()).values()
    return [
        (str(three_way.label), [(item.code, item.text) for item in items if item.three_way == three_way])
        for three_way in ThreeWay
    ]


class SortForm(forms.Form):
    """Whose affair a matter is, where it goes and why."""

    sorting = forms.ChoiceField(
        label=_("Whose affair is it?"),
        choices=sorting_choices,
        widget=forms.RadioSelect,
    )
    reference = forms.ChoiceField(
        label=_("Item of the reference list"),
        required=False,
        help_text=_("The list of the place says whose affair such matters are."),
    )
    kind = forms.ChoiceField(label=_("What does it ask for?"), required=False)
    urgency = forms.ChoiceField(label=_("Urgency"), required=False)
    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))
    summary = LinesField(
        label=_("Public summary"),
        rows=3,
        max_length=LONGEST_SUMMARY,
        required=False,
        help_text=_("All that the public reads of it: no names. Empty for a private matter."),
    )
    controls: ClassVar = {"three_way": "sorting", "route": "sorting"}

    def __init__(self, *args: Any, matter: Matter | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_it_came = [("", _("as it came in"))]
        listed = list_choices(matter) if matter is not None else []
        offer_choices(
            self,
            kind=[*as_it_came, *MatterKind.choices],
            urgency=[*as_it_came, *Urgency.choices],
            reference=[("", _("none of the items")), *listed],
        )

    def given(self) -> dict[str, Any]:
        """Return the class and the route apart."""
        data = dict(self.cleaned_data)
        three_way, route = data.pop("sorting").split(":")
        return {"three_way": three_way, "route": route, **data}


class ReasonForm(forms.Form):
    """A reason."""

    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))


class RefuseForm(forms.Form):
    """On what ground a matter is turned down, and what the person does instead."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=RefusalGround.choices,
        help_text=_("That somebody else is in charge is no ground: whoever receives a matter first hands it on."),
    )
    reason = LinesField(label=_("Reason"), rows=3, max_length=LONGEST_TEXT, help_text=_("The person reads it."))


class TransferForm(forms.Form):
    """The department that takes a matter over."""

    department = forms.CharField(label=_("Department"), max_length=LONGEST_DEPARTMENT)


class ReplyForm(forms.Form):
    """The answer."""

    reply = LinesField(
        label=_("Answer"), max_length=LONGEST_TEXT, help_text=_("The person reads it, and nobody else outside.")
    )
    outcome = forms.ChoiceField(label=_("What came of it?"), choices=Outcome.choices, widget=forms.RadioSelect)


class CloseForm(forms.Form):
    """Whether the answer solved the matter."""

    is_solved = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=[("yes", _("Yes, it is solved")), ("no", _("No, it is not"))],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
    )
    reason = LinesField(
        label=_("In your words"),
        rows=3,
        max_length=LONGEST_TEXT,
        required=False,
        help_text=_("If it is not solved, please say what is missing."),
    )
    satisfaction = forms.TypedChoiceField(
        label=_("How satisfied are you? 5 is best"),
        choices=[("", _("no answer")), *((str(mark), str(mark)) for mark in range(HIGHEST_MARK, 0, -1))],
        coerce=int,
        empty_value=None,
        required=False,
    )


class WithdrawForm(forms.Form):
    """Nothing is asked."""
