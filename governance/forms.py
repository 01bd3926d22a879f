"""What forms of the pages and of the desk share: they shape input, and operations judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet, TextChoices


LONGEST_REASON = 2000

STARS = ("*", "＊")
"""The star that marks a line, as either keyboard writes it."""


def parts_of(line: str) -> list[str]:
    """Return the parts of a line of a form between its bars, as either keyboard writes them."""
    return [part.strip() for part in line.replace("｜", "|").split("|")]


def choice_named(choices: type[TextChoices], text: str) -> str:
    """Return the choice that a line of a form names, by its words or by its key; nothing where it names none."""
    plain = " ".join(text.split()).casefold()
    return next((one.value for one in choices if plain in {one.value.casefold(), str(one.label).casefold()}), "")


def _words_of(choices: type[TextChoices]) -> str:
    return " / ".join(str(one.label) for one in choices)


words_of = lazy(_words_of, str)
"""What may be named, in the reader's words, for a help text."""


def offer_rows(form: forms.BaseForm, /, **rows: QuerySet[Any]) -> None:
    """Let fields of a form that choose a row choose among these."""
    for name, found in rows.items():
        cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = found


def offer_choices(form: forms.BaseForm, /, **choices: Iterable[tuple[Any, Any]]) -> None:
    """Let fields of a form choose among these values, each with its words."""
    for name, pairs in choices.items():
        cast("forms.ChoiceField", form.fields[name]).choices = list(pairs)


def asking_why(form: forms.BaseForm | None, given: Any, *, missing: Any) -> forms.BaseForm:
    """Return the form of a step that needs a reason, with a field for it unless the form asks for one already."""
    found: Any = forms.Form(given) if form is None else form
    if "reason" not in found.fields:
        found.fields["reason"] = forms.CharField(
            label=_("Reason"),
            max_length=LONGEST_REASON,
            widget=forms.Textarea(attrs={"rows": 4}),
            error_messages={"required": missing},
        )
    return cast("forms.BaseForm", found)


class ToOperation(forms.ModelForm[Any]):
    """A form that shapes input only: whether the row is possible is judged by the operation, which names the reason."""

    def clean(self) -> dict[str, Any]:
        """Leave uniqueness to the operation."""
        return self.cleaned_data

    def _post_clean(self) -> None:
        """Check the fields only: constraints are named by the operation."""
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]  # Django's own
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]  # Django's own
