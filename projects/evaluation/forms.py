"""The forms of the evaluation room: what is typed on its pages and on the desk."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.people.queries import posts_of
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.accounts.forms import PersonField
from governance.accounts.models import User
from governance.accounts.queries import people_named
from governance.staff import ToOperation
from projects.evaluation.models import (
    EvaluationPlan,
    EvaluationTemplate,
    EvaluatorTie,
    Method,
    Party,
    TemplateQuestion,
)
from projects.evaluation.operations import LONGEST_COMMENT, MOST_SLIPS
from projects.evaluation.policy import HIGHEST, LOWEST

LONGEST_TOKEN = 40
MARK_NAMES = {
    5: _("5 – very good"),
    4: _("4 – good"),
    3: _("3 – fair"),
    2: _("2 – poor"),
    1: _("1 – very poor"),
}
SATISFACTION_NAMES = {
    5: _("5 – very satisfied"),
    4: _("4 – satisfied"),
    3: _("3 – neither"),
    2: _("2 – dissatisfied"),
    1: _("1 – very dissatisfied"),
}
PARTS = 3


def places_of(user: Any) -> Any:
    """Return the streets and communities in operation at or below the user's posts, in order."""
    mine = Q(pk__in=[])
    for post in posts_of(user):
        mine |= Q(path__startswith=post.division.path)
    rows = Division.objects.filter(mine, tier__in=[Tier.STREET, Tier.COMMUNITY], status=DivisionStatus.ACTIVE)
    return rows.filter(is_stub=False).order_by("path")


class Radios(forms.RadioSelect):
    """Marks side by side."""

    use_fieldset = True


class MarksForm(forms.Form):
    """One mark per question of a template, and a comment."""

    def __init__(self, *args: Any, questions: list[TemplateQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = [question.number for question in questions]
        for question in questions:
            names = SATISFACTION_NAMES if question.is_satisfaction else MARK_NAMES
            self.fields[f"question_{question.number}"] = forms.TypedChoiceField(
                label=f"{question.number}. {question.text}",
                choices=[(mark, names[mark]) for mark in range(HIGHEST, LOWEST - 1, -1)],
                coerce=int,
                widget=Radios,
            )
        self.fields["comment"] = forms.CharField(
            label=_("Comment"),
            required=False,
            max_length=LONGEST_COMMENT,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Please write no names, telephone or identity numbers."),
        )

    def given(self) -> dict[str, Any]:
        """Return the marks and the comment as the operation takes them."""
        marks = {str(number): self.cleaned_data[f"question_{number}"] for number in self.numbers}
        return {"marks": marks, "comment": self.cleaned_data["comment"]}


class PaperForm(MarksForm):
    """An answer that came on paper."""

    def __init__(self, *args: Any, questions: list[TemplateQuestion], **kwargs: Any) -> None:
        super().__init__(*args, questions=questions, **kwargs)
        number = forms.IntegerField(label=_("Number of the slip"), min_value=1)
        self.fields = {"number": number, **self.fields}

    def given(self) -> dict[str, Any]:
        """Return the number of the slip with the marks."""
        return {**super().given(), "number": self.cleaned_data["number"]}


class TokenForm(forms.Form):
    """The characters of a slip, for who cannot scan its code."""

    token = forms.CharField(
        label=_("Characters on your slip"),
        max_length=LONGEST_TOKEN,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class InviteForm(forms.Form):
    """Whom to invite."""

    party = forms.ChoiceField(label=_("Party"), choices=Party.choices)
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices)
    count = forms.IntegerField(
        label=_("Slips without a name (residents)"), min_value=1, max_value=MOST_SLIPS, required=False
    )
    evaluators = forms.CharField(
        label=_("Persons by their log-in names or mobile numbers, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("The party organization and the third party are invited by name. Whoever is tied is refused."),
    )

    def clean_evaluators(self) -> list[User]:
        """Find the persons."""
        names = [name.strip() for name in self.cleaned_data["evaluators"].splitlines() if name.strip()]
        found = people_named(names)
        if unknown := [name for name in names if name not in found]:
            raise ValidationError(
                _("There is nobody with the log-in name or mobile number “%(name)s”."), params={"name": unknown[0]}
            )
        return [found[name] for name in names]

    def clean_count(self) -> int:
        """Write nothing as none."""
        return self.cleaned_data["count"] or 0


class ReviewForm(forms.Form):
    """The note of a review."""

    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class ExcludeForm(ReasonForm):
    """An answer to be left out, by the number of its slip."""

    number = forms.IntegerField(label=_("Number of the slip"), min_value=1)


class PlanForm(ToOperation):
    """What is entered of an evaluation on the desk."""

    class Meta:
        model = EvaluationPlan
        fields: ClassVar[list[str]] = [
            "title",
            "subject_kind",
            "subject_name",
            "division",
            "implementer",
            "template",
            "period_from",
            "period_to",
            "opens_on",
            "closes_on",
        ]


class TemplateForm(ToOperation):
    """A template with its questions as lines: text, weight, a star where it counts as satisfaction."""

    questions = forms.CharField(
        label=_("Questions, one a line"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Text | weight | * (the star marks a question of satisfaction)"),
    )

    class Meta:
        model = EvaluationTemplate
        fields: ClassVar[list[str]] = ["key", "title", "subject_kind"]

    def clean_questions(self) -> list[tuple[str, int, bool]]:
        """Read the lines."""
        found = []
        for line in self.cleaned_data["questions"].replace("｜", "|").splitlines():
            if not line.strip():
                continue
            text, weight, star = ([part.strip() for part in line.split("|")] + ["", ""])[:PARTS]
            if weight and not weight.isdecimal():
                raise ValidationError(_("“%(weight)s” is no weight."), params={"weight": weight})
            found.append((text, int(weight or 1), star in {"*", "＊"}))
        return found


class TieForm(ToOperation):
    """What ties a person to an organization."""

    user = PersonField()

    class Meta:
        model = EvaluatorTie
        fields: ClassVar[list[str]] = ["organization", "user", "kind", "valid_from", "valid_to"]
