"""The forms of the volunteering room: what is typed on its pages and on the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import people_named
from governance.forms import ToOperation
from projects.volunteering.models import VolunteerActivity

PARTS = 3


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class CodeForm(forms.Form):
    """The code at the place, for who cannot scan it."""

    code = forms.CharField(
        label=_("Code at the place"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SheetForm(forms.Form):
    """An attendance sheet as lines: log-in name or mobile number, from, to."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    lines = forms.CharField(
        label=_("Volunteers, one a line"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("Mobile number or log-in name, from, to, such as: 13800138000 08:00 10:30"),
    )

    def clean(self) -> dict[str, Any]:
        """Find the persons and read the times in the district's time."""
        data = super().clean() or {}
        if "day" not in data or "lines" not in data:
            return data
        parsed = [(line, line.split()) for line in data["lines"].splitlines() if line.strip()]
        names = [parts[0] for _line, parts in parsed]
        people = people_named(names)
        sheet = []
        for line, parts in parsed:
            if len(parts) != PARTS or parts[0] not in people:
                raise ValidationError(_("“%(line)s” does not name a volunteer and two times."), params={"line": line})
            sheet.append((people[parts[0]], self._moment(data["day"], parts[1]), self._moment(data["day"], parts[2])))
        data["sheet"] = sheet
        return data

    @staticmethod
    def _moment(day: dt.date, text: str) -> dt.datetime:
        try:
            hour = dt.time.fromisoformat(text.replace("：", ":"))
        except ValueError as error:
            raise ValidationError(_("“%(text)s” is no time of the day."), params={"text": text}) from error
        return timezone.make_aware(dt.datetime.combine(day, hour))


class ActivityForm(ToOperation):
    """What is entered of an activity on the desk."""

    class Meta:
        model = VolunteerActivity
        fields: ClassVar[list[str]] = [
            "title",
            "division",
            "contract",
            "organization",
            "place",
            "starts_at",
            "ends_at",
            "places",
            "risk_notice",
            "is_risky",
            "is_insured",
        ]
