"""The forms of the ballot pages and of the desk: they shape what is typed, operations judge it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body
from communities.notices.forms import OneFileField
from communities.people.queries import posts_of
from communities.policy.models import DecisionRule
from communities.territory.models import Division
from consultation.ballots.models import Ballot, Channel
from consultation.ballots.papers.models import PaperVote
from consultation.ballots.policy import BallotMethod
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from governance.forms import offer_choices
from governance.money import NotAnAmount, parse_yuan

LONGEST_NUMBER = 9
"""So many digits has a number on a roll at most."""
HIGHEST_NUMBER = 32767
DIGITS = 5
"""So long is the highest number."""


def roll_number(text: str) -> int | None:
    """Read a number on the roll from an address or a field; nothing where it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


class NumbersField(forms.CharField):
    """Numbers of options as people type them: separated by commas or spaces."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text",
            _(
                "The number of the option; several with commas. The best first where options are put in order; a number "
                "once for each point where points are given."
            ),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Read the numbers, or say that these are none."""
        parts = str(value or "").replace("，", " ").replace(",", " ").replace("、", " ").split()
        if not all(part.isdecimal() and len(part) <= DIGITS and int(part) <= HIGHEST_NUMBER for part in parts):
            raise ValidationError(_("Write numbers of options, such as 1 or 1, 3."), code="numbers")
        return [int(part) for part in parts]


class MarksForm(forms.Form):
    """What a voter has marked, in the way of the ballot's kind; whether it may be cast is judged by the operation.

    `choices` after cleaning are the marks as `counting` writes them.
    """

    choices = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, ballot: Ballot, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = [option.number for option in ballot.options.all()]
        self.method = ballot.method
        offer_choices(self, choices=[(number, str(number)) for number in self.numbers])
        if self.method in FIGURES:
            for number in self.numbers:
                self.fields[f"figure_{number}"] = forms.IntegerField(
                    required=False, min_value=0, max_value=HIGHEST_NUMBER
                )

    def clean(self) -> dict[str, Any]:
        """Read the figures beside the options: points given, or places in the order."""
        data: dict[str, Any] = super().clean() or {}
        if self.method not in FIGURES or self.errors:
            return data
        figures = {number: data.get(f"figure_{number}") or 0 for number in self.numbers}
        given = {number: figure for number, figure in figures.items() if figure}
        if self.method == BallotMethod.POINTS:
            if sum(given.values()) > HIGHEST_NUMBER:
                raise ValidationError(_("These are too many points."), code="points")
            data["choices"] = [number for number, figure in given.items() for _point in range(figure)]
            return data
        if len(set(given.values())) < len(given):
            raise ValidationError(_("Two options have the same place in your order."), code="places")
        data["choices"] = sorted(given, key=lambda number: given[number])
        return data


FIGURES = (BallotMethod.POINTS, BallotMethod.RANKED)
"""Kinds in which a figure stands beside each option."""


class OptionsField(forms.CharField):
    """Options, one per line: the title, after a bar its explanation, after another bar its cost."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """Return (title, explanation, cost) per line."""
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        return [self._read(line) for line in lines]

    @staticmethod
    def _read(line: str) -> tuple[str, str, Decimal | None]:
        title, text, cost, *_more = [part.strip() for part in line.replace("｜", "|").split("|")] + ["", ""]
        try:
            return title, text, parse_yuan(cost) if cost else None
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class BallotForm(forms.ModelForm[Ballot]):
    """What is needed to prepare a ballot."""

    rule_key = forms.ChoiceField(label=_("decision rule"))
    options = OptionsField(
        label=_("options"),
        required=False,
        help_text=_(
            "One per line; an explanation after a vertical bar, after another bar the cost where options are chosen within "
            "a budget. Leave empty for a vote for or against."
        ),
    )

    class Meta:
        model = Ballot
        fields = (
            "division",
            "topic",
            "question",
            "rule_key",
            "method",
            "options",
            "most_choices",
            "budget",
            "is_secret",
            "roll_source",
            "body",
            "is_binding",
            "approved_method",
            "opens_at",
            "closes_at",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = DecisionRule.objects.order_by("key", "valid_from")
        offer_choices(self, rule_key=list(dict(rules.values_list("key", "name")).items()))

    def _post_clean(self) -> None:
        """Leave the row to the operation, which names what is wrong with it."""


class PaperVoteForm(forms.ModelForm[PaperVote]):
    """What the first person reads from a sheet."""

    number = forms.IntegerField(
        label=_("number on the roll"),
        min_value=1,
        help_text=_("It stands in the roll of the ballot, which can be searched by name."),
    )
    marks = NumbersField(label=_("marked"))
    photo_file = OneFileField(
        label=_("photo of the sheet"),
        required=False,
        help_text=_("At most 10 MB. Only you, and whoever checks the sheet, can open it."),
    )

    class Meta:
        model = PaperVote
        fields = ("ballot", "batch", "number", "channel", "serial_number", "marks", "photo_file")

    controls: ClassVar = {"choices": "marks", "entry": "number", "file": "photo_file", "photo": "photo_file"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "channel" in self.fields:  # a row that exists is only read
            self.fields["channel"].required = False

    def clean_channel(self) -> str:
        """Take paper where nothing else is said."""
        return self.cleaned_data["channel"] or Channel.PAPER

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class CheckForm(forms.Form):
    """What the second person reads from the same sheet, without seeing the first entry."""

    marks = NumbersField(label=_("marked"))
    controls: ClassVar = {"choices": "marks"}


class VoidForm(forms.Form):
    """Why a sheet does not count."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


def places_of(user: Any) -> Any:
    """Return the places in which somebody may prepare ballots, by their posts."""
    paths = [post.division.path for post in posts_of(user)]
    found = Division.objects.none()
    for path in paths:
        found |= Division.objects.filter(path__startswith=path)
    return found.order_by("path")


def topics_for(user: Any) -> Any:
    """Return the topics that can still be voted on and that the person sees."""
    open_ones = [TopicStatus.PREPARED, TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED]
    return Topic.objects.visible_to(user).filter(status__in=open_ones, division__in=places_of(user)).order_by("-pk")


def bodies_for(user: Any) -> Any:
    """Return the bodies of these places."""
    return Body.objects.filter(division__in=places_of(user)).order_by("name", "pk")


CHOICES_OF = {"division": places_of, "topic": topics_for, "body": bodies_for}
"""What a desk form offers for a foreign key, by the person who opens it."""
