"""The form of who was told of a meeting in person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.meetings.inviting.models import LONGEST_HOW, MeetingLetter
from governance.forms import offer_rows

if TYPE_CHECKING:
    from collections.abc import Iterable


class LettersField(forms.ModelMultipleChoiceField[MeetingLetter]):
    """Letters, each named by its person."""

    def label_from_instance(self, obj: MeetingLetter) -> str:
        """Name the person and what they are to be told."""
        return f"{obj.attendance.name} · {obj.get_occasion_display()}"


class ToldForm(forms.Form):
    """Whom somebody has told, and how."""

    letters = LettersField(
        label=_("who was told"), queryset=MeetingLetter.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    how = forms.CharField(
        label=_("how"), max_length=LONGEST_HOW, help_text=_("By a visit, a call, a sheet at the door.")
    )

    def __init__(self, *args: Any, letters: Iterable[MeetingLetter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [one.pk for one in letters]
        offer_rows(self, letters=MeetingLetter.objects.filter(pk__in=keys).for_list().order_by("occasion", "pk"))
