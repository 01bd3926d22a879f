"""The forms of questionnaires: drawn up, answered on the phone, entered from paper and on visits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.matters.forms import LinesField
from consultation.matters.intake.forms import WhoForm
from consultation.matters.intake.models import NeedField
from consultation.matters.policy import LONGEST_CONTACT, LONGEST_NAME, LONGEST_PLACE
from consultation.matters.surveys.models import QuestionKind, SurveyQuestion
from consultation.matters.surveys.operations import LONGEST_REASON, Met, Question
from consultation.matters.surveys.policy import (
    HIGHEST_MARK,
    LONGEST_OPTION,
    LONGEST_PURPOSE,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_OPTIONS,
    MOST_SLIPS,
)


class SurveyForm(forms.Form):
    """What a questionnaire is for."""

    title = forms.CharField(label=_("title"), max_length=LONGEST_TITLE)
    purpose = LinesField(
        label=pgettext_lazy("survey", "what it is for"),
        max_length=LONGEST_PURPOSE,
        rows=4,
        help_text=_("Everybody reads it. Say what happens with the answers."),
    )
    closes_on = forms.DateField(
        label=_("answers are taken until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class QuestionForm(forms.Form):
    """One more question of a draft."""

    text = forms.CharField(label=pgettext_lazy("survey", "question"), max_length=LONGEST_QUESTION)
    kind = forms.ChoiceField(label=_("How is it answered?"), choices=QuestionKind.choices)
    options = LinesField(
        label=_("answers to choose from"),
        required=False,
        max_length=MOST_OPTIONS * (LONGEST_OPTION + 1),
        rows=4,
        help_text=_("One on each line; only where one or any of several answers are chosen."),
    )
    is_required = forms.BooleanField(label=_("needs an answer"), required=False)
    need_field = forms.ChoiceField(
        label=_("Need"),
        choices=[("", _("not said yet")), *NeedField.choices],
        required=False,
        help_text=_("Of this field are the matters that come out of the words."),
    )

    def given(self) -> Question:
        """Return it as `write_question` takes it."""
        data = dict(self.cleaned_data)
        return Question(**{**data, "options": data["options"].splitlines()})


class SeveralField(forms.TypedMultipleChoiceField):
    """Any of several answers, by their numbers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, widget=forms.CheckboxSelectMultiple, **kwargs)


class AnswersForm(forms.Form):
    """The questions of a questionnaire; `may_open` adds to words whether they become a matter."""

    def __init__(self, *args: Any, questions: Iterable[SurveyQuestion], may_open: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(questions)
        self.controls: dict[str, str] = {}
        for question in self.questions:
            self.fields[f"question_{question.number}"] = _field_of(question)
            if may_open and question.kind == QuestionKind.WORDS:
                self.fields[f"matter_{question.number}"] = forms.BooleanField(
                    label=_("The office shall handle this as a matter and answer it"), required=False
                )

    def clean(self) -> dict[str, Any]:
        """Ask for words where a matter is wanted."""
        data = super().clean() or {}
        for number in self.as_matters(data):
            if not data.get(f"question_{number}"):
                raise ValidationError({f"question_{number}": _("Write what the office shall handle.")})
        return data

    def as_matters(self, data: dict[str, Any] | None = None) -> list[int]:
        """The questions whose words become matters."""
        found = self.cleaned_data if data is None else data
        return [question.number for question in self.questions if found.get(f"matter_{question.number}")]

    def answers(self) -> dict[str, Any]:
        """Return the answers by number of question."""
        return {str(one.number): self.cleaned_data[f"question_{one.number}"] for one in self.questions}


def _field_of(question: SurveyQuestion) -> forms.Field:
    label = str(question)
    if question.kind == QuestionKind.WORDS:
        return LinesField(
            label=label,
            required=False,
            rows=3,
            max_length=LONGEST_WORDS,
            help_text=_("Please write no names, telephone or identity numbers."),
        )
    pairs: list[tuple[Any, Any]] = list(enumerate(question.labels, start=1))
    if question.kind == QuestionKind.SEVERAL:
        return SeveralField(label=label, choices=pairs, required=question.is_required)
    if question.kind == QuestionKind.MARK:
        ends = {1: _("1 – very poor"), HIGHEST_MARK: _("5 – very good")}
        pairs = [(mark, ends.get(mark, name)) for mark, name in reversed(pairs)]
    if not question.is_required:
        pairs = [*pairs, ("", _("no answer"))]
    return forms.TypedChoiceField(
        label=label,
        choices=pairs,
        coerce=int,
        empty_value=None,
        required=question.is_required,
        widget=forms.RadioSelect,
    )


class PaperForm(AnswersForm):
    """A sheet that came back on paper."""

    number = forms.IntegerField(label=pgettext_lazy("survey", "Number of the slip"), min_value=1, max_value=MOST_SLIPS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["number"])


class MetForm(WhoForm, AnswersForm):
    """A questionnaire that is filled in together on a visit."""

    address = forms.CharField(label=_("Building and door"), max_length=LONGEST_PLACE, required=False)
    companion = forms.CharField(label=_("Who went along?"), max_length=LONGEST_NAME, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_open=True, **kwargs)
        self.order_fields(["raised_for", "which", "address", "contact", "companion"])
        self.controls = {"person_name": "raised_for"}

    def met(self) -> Met:
        """Return whom the answers are of, for the visit and for the matters."""
        data = self.cleaned_data
        return Met(data["raised_for"], data["address"], data["contact"], self.resident, data["companion"])


class SlipsForm(forms.Form):
    """How many more slips are made."""

    count = forms.IntegerField(label=_("How many slips?"), min_value=1, max_value=MOST_SLIPS, initial=20)


class SlipCodeForm(forms.Form):
    """The number and the code of a slip, for who cannot scan it."""

    number = forms.IntegerField(label=pgettext_lazy("survey", "Number of the slip"), min_value=1, max_value=MOST_SLIPS)
    code = forms.CharField(
        label=_("Code on your slip"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class StrikeForm(forms.Form):
    """Why an answer no longer counts."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)


class FromWordsForm(forms.Form):
    """For whom a matter is made of words that were read."""

    raised_for = forms.CharField(
        label=_("For whom?"),
        max_length=LONGEST_NAME,
        help_text=_("Where nobody knows who wrote it: the residents of the place."),
    )
    contact = forms.CharField(label=_("Telephone"), max_length=LONGEST_CONTACT, required=False)
