"""The forms of the evaluation room: what is typed on its pages and on the desk."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from communities.notices.forms import OneFileField
from communities.people.queries import posts_of
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.accounts.forms import PersonField
from governance.accounts.models import User
from governance.accounts.queries import people_named
from governance.forms import STARS, ToOperation, offer_rows, parts_of
from projects.evaluation.answering import LONGEST_COMMENT
from projects.evaluation.models import (
    EvaluationPlan,
    EvaluationTemplate,
    EvaluatorTie,
    Method,
    Party,
    TemplateQuestion,
    ThirdPartyEngagement,
    TieKind,
)
from projects.evaluation.operations import MOST_SLIPS
from projects.evaluation.policy import HIGHEST, LOWEST
from projects.evaluation.recording import LONGEST_FINDINGS

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
PARTS = 5
DAY = {"type": "date"}
MOST_DIGITS = 6


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
                error_messages={"required": _("Please choose one mark for this question.")},
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


class ExtendForm(ReasonForm):
    """The new last day of a collection, and why it is prolonged: the reason is published with the result."""

    closes_on = forms.DateField(label=_("New last day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Is published with the result. Please write no names.")
        self.order_fields(["closes_on", "reason"])


class ExcludeForm(ReasonForm):
    """An answer to be left out, by the number of its slip."""

    number = forms.IntegerField(label=_("Number of the slip"), min_value=1)


class PlanForm(ToOperation):
    """What is entered of an evaluation on the desk."""

    worker = PersonField(label=_("person whose work is evaluated"), required=False)

    class Meta:
        model = EvaluationPlan
        fields: ClassVar[list[str]] = [
            "title",
            "subject_kind",
            "subject_name",
            "division",
            "implementer",
            "body",
            "worker",
            "venue",
            "template",
            "period_from",
            "period_to",
            "opens_on",
            "closes_on",
        ]


class QuestionLines(forms.CharField):
    """The questions of a template as lines: text, weight, a star where it counts as satisfaction, duty, times a month."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {
            "label": _("Questions, one a line"),
            "widget": forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
            "help_text": _(
                "Text | weight | * | duty | times a month. Each question has its weight, a whole number: 1 counts once, 2"
                " counts double. The star marks a question of satisfaction; the duty and how often it is to be done stand"
                " with questions about grid workers."
            ),
            **kwargs,
        }
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Read the lines; what a question lacks is told by the operation, which names it."""
        return [self._read(line) for line in super().clean(value).splitlines() if line.strip()]

    def _read(self, line: str) -> tuple[str, int | None, bool, str, int | None]:
        parts = parts_of(line)
        if len(parts) > PARTS:
            raise ValidationError(_("“%(line)s” has too many parts."), params={"line": line.strip()[:80]})
        text, weight, star, duty, times = parts + [""] * (PARTS - len(parts))
        for number in (weight, times):
            if number and not (number.isdecimal() and number.isascii() and len(number) <= MOST_DIGITS):
                params = {"given": number[:20], "line": line.strip()[:80]}
                raise ValidationError(_("“%(given)s” in “%(line)s” is no whole number."), params=params)
        return text, int(weight) if weight else None, star in STARS, duty, int(times) if times else None


class MethodsField(forms.MultipleChoiceField):
    """By which methods which party must have judged: boxes to be ticked, read as the methods of each party."""

    def __init__(self, **kwargs: Any) -> None:
        pairs = [(party.label, [(f"{party}:{method}", method.label) for method in Method]) for party in Party]
        kwargs = {
            "label": _("Methods that each party must have judged by"),
            "widget": UnfoldAdminCheckboxSelectMultipleWidget,
            "required": False,
            "help_text": _("Without one of them the result has no grade."),
            **kwargs,
        }
        super().__init__(choices=pairs, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Tick the boxes of what a template requires."""
        if not isinstance(value, dict):
            return value
        return [f"{party}:{method}" for party, methods in value.items() for method in methods]

    def clean(self, value: Any) -> Any:
        """Return the methods by party."""
        found: dict[str, list[str]] = {}
        for pair in super().clean(value):
            party, _colon, method = pair.partition(":")
            found.setdefault(party, []).append(method)
        return found


class RoundForm(forms.Form):
    """The days of a round of evaluations of grid workers."""

    period_from = forms.DateField(label=_("period from"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    period_to = forms.DateField(label=_("period to"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    opens_on = forms.DateField(label=_("opens on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    closes_on = forms.DateField(
        label=_("last day of the collection"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )


class GridRoundForm(RoundForm):
    """A round of evaluations of the grid workers of a place."""

    division = forms.ModelChoiceField(Division.objects.none(), label=_("division"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, division=places_of(user))
        self.order_fields(["division"])


class TemplateForm(ToOperation):
    """A template with its questions as lines."""

    methods = MethodsField()
    questions = QuestionLines()

    class Meta:
        model = EvaluationTemplate
        fields: ClassVar[list[str]] = ["key", "title", "subject_kind"]


class CorrectionForm(forms.Form):
    """A draft with its questions, to be corrected."""

    title = forms.CharField(label=_("title"), max_length=120)
    methods = MethodsField()
    questions = QuestionLines()


class EngagementForm(ToOperation):
    """The third party of an evaluation, its fee and its payer."""

    class Meta:
        model = ThirdPartyEngagement
        fields: ClassVar[list[str]] = [
            "plan",
            "agency",
            "agency_name",
            "payer",
            "payer_organization",
            "fee",
            "agreed_on",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if name := self.fields.get("agency_name"):  # a recorded one is only looked at
            name.required = False
            name.help_text = _("May stay empty where the third party stands in the register of organizations.")

    def clean(self) -> dict[str, Any]:
        """Ask for a name, in one of the two ways."""
        given = super().clean()
        if not given.get("agency_name") and not given.get("agency"):
            self.add_error("agency_name", _("Name the third party."))
        return given


class RecordForm(forms.Form):
    """What was seen and heard on the spot or in a meeting."""

    held_on = forms.DateField(
        label=pgettext_lazy("review", "held on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    place = forms.CharField(label=pgettext_lazy("service", "where"), max_length=120)
    present = forms.IntegerField(label=_("persons present"), min_value=1, max_value=9999)
    findings = forms.CharField(
        label=_("findings"),
        max_length=LONGEST_FINDINGS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Please write no names, telephone or identity numbers."),
    )
    sheet = OneFileField(label=_("signed score sheet (PDF or picture)"), required=False)


class SlipRecordForm(RecordForm):
    """The record of an invitation, by the number of its slip."""

    number = forms.IntegerField(label=_("Number of the slip"), min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["number", "held_on", "place", "present", "findings", "sheet"])


class TieForm(ToOperation):
    """What ties a person to an organization."""

    user = PersonField()

    class Meta:
        model = EvaluatorTie
        fields: ClassVar[list[str]] = ["organization", "user", "kind", "valid_from", "valid_to"]


class TieEndForm(ReasonForm):
    """The day from which a tie is over, and how that is known."""

    valid_to = forms.DateField(label=_("until"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["valid_to", "reason"])


class OwnTieForm(forms.Form):
    """What ties oneself to whoever is to be judged."""

    kind = forms.ChoiceField(label=_("What ties you to it"), choices=TieKind.choices)
    valid_from = forms.DateField(label=_("since"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label=_("until"),
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        required=False,
        help_text=_("Leave it empty while the tie lasts."),
    )
