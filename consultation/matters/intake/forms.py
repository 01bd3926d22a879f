"""The forms by which matters are recorded for others, brought back from visits, followed and joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.models import Resident
from consultation.matters.forms import PHOTO_HELP, KindField, LinesField, PhotosField
from consultation.matters.intake.models import NeedField, VisitKind
from consultation.matters.intake.policy import LONGEST_FINDINGS, LONGEST_REASON
from consultation.matters.intake.recording import Origin
from consultation.matters.models import Matter, MatterChannel, MatterKind
from consultation.matters.operations import STAFF_CHANNELS
from consultation.matters.policy import (
    LONGEST_CONTACT,
    LONGEST_NAME,
    LONGEST_PLACE,
    LONGEST_TEXT,
    LONGEST_TITLE,
)
from governance.forms import offer_rows

NOBODY = "none"
NEEDS_ON_A_PAGE = 3


def told_apart(resident: Resident) -> str:
    """Name a resident for staff of the place so that two of the same name and building are told apart."""
    parts = [
        resident.name,
        resident.address,
        str(resident.birth_on.year) if resident.birth_on else "",
        str(_("with a log-in")) if resident.user_id else str(_("without a log-in")),
        f"#{resident.pk}",
    ]
    return " · ".join(part for part in parts if part)


class WhoForm(forms.Form):
    """For whom something is recorded; where the register knows the name, which of them it is."""

    raised_for = forms.CharField(label=_("For whom?"), max_length=LONGEST_NAME)
    contact = forms.CharField(
        label=_("Telephone"),
        max_length=LONGEST_CONTACT,
        required=False,
        help_text=_("Kept encrypted; who looks at it gives a reason."),
    )

    def __init__(self, *args: Any, namesakes: Sequence[Resident] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.namesakes = {str(row.pk): row for row in namesakes or ()}
        if namesakes:
            self.fields["which"] = forms.ChoiceField(
                label=_("Who is it on the register?"),
                choices=[
                    *((key, told_apart(row)) for key, row in self.namesakes.items()),
                    (NOBODY, _("None of them")),
                ],
                widget=forms.RadioSelect,
                help_text=_("Two people may share a name and a building. If you do not know, choose “None of them”."),
            )
            self.order_fields(["raised_for", "which"])

    @property
    def resident(self) -> Resident | None:
        """The resident that was chosen."""
        return self.namesakes.get(self.cleaned_data.get("which", ""))


class RecordForm(WhoForm):
    """A matter that somebody tells at the counter, on the telephone or on the grid worker's round."""

    channel = forms.ChoiceField(
        label=pgettext_lazy("matter", "channel"),
        choices=[choice for choice in MatterChannel.choices if choice[0] in STAFF_CHANNELS],
    )
    title = forms.CharField(label=_("In one line"), max_length=LONGEST_TITLE)
    text = LinesField(label=_("What is it about?"), max_length=LONGEST_TEXT, rows=7)
    kind = KindField()
    place = forms.CharField(label=_("Where?"), max_length=LONGEST_PLACE, required=False)
    need_field = forms.ChoiceField(
        label=_("Need"), choices=[("", _("not said yet")), *NeedField.choices], required=False
    )
    is_hardship = forms.BooleanField(label=_("The household is in hardship: express line"), required=False)
    is_anonymous = forms.BooleanField(label=_("Do not show the name to the public"), required=False, initial=True)
    photos = PhotosField(label=_("Photos"), required=False, help_text=PHOTO_HELP)

    def given(self) -> dict[str, Any]:
        """Return it as `raise_matter` takes it."""
        data = self.cleaned_data
        names = ("channel", "title", "text", "kind", "place", "raised_for", "contact", "is_anonymous", "photos")
        return {
            **{name: data[name] for name in names},
            "origin": Origin(resident=self.resident, need_field=data["need_field"], is_hardship=data["is_hardship"]),
        }


class VisitForm(WhoForm):
    """A visit with up to three needs; further ones are recorded one by one."""

    kind = forms.ChoiceField(label=pgettext_lazy("visit", "kind"), choices=VisitKind.choices)
    visited_on = forms.DateField(
        label=_("Visited on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    address = forms.CharField(label=_("Building and door"), max_length=LONGEST_PLACE, required=False)
    companion = forms.CharField(label=_("Who went along?"), max_length=LONGEST_NAME, required=False)
    findings = LinesField(label=_("What was found"), max_length=LONGEST_FINDINGS, required=False, rows=4)
    is_hardship = forms.BooleanField(label=_("The household is in hardship: express line"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, NEEDS_ON_A_PAGE + 1):
            names = {"number": number}
            self.fields[f"title_{number}"] = forms.CharField(
                label=_("Need %(number)s in one line") % names, max_length=LONGEST_TITLE, required=False
            )
            self.fields[f"text_{number}"] = LinesField(
                label=_("Need %(number)s in words") % names, max_length=LONGEST_TEXT, required=False, rows=3
            )
            self.fields[f"kind_{number}"] = forms.ChoiceField(
                label=_("What need %(number)s asks for") % names,
                choices=MatterKind.choices,
                initial=MatterKind.NEED,
                required=False,
            )
            self.fields[f"need_field_{number}"] = forms.ChoiceField(
                label=_("What need %(number)s is about") % names,
                choices=[("", _("not said yet")), *NeedField.choices],
                required=False,
            )

    def given(self) -> dict[str, Any]:
        """Return it as `record_visit` takes it."""
        data = self.cleaned_data
        names = ("kind", "visited_on", "address", "companion", "findings", "contact", "is_hardship")
        return {
            **{name: data[name] for name in names},
            "person_name": data["raised_for"],
            "resident": self.resident,
            "needs": list(self._needs()),
        }

    def _needs(self) -> Iterable[dict[str, Any]]:
        for number in range(1, NEEDS_ON_A_PAGE + 1):
            title, text = self.cleaned_data[f"title_{number}"], self.cleaned_data[f"text_{number}"]
            if title or text:
                yield {
                    "title": title,
                    "text": text or title,
                    "kind": self.cleaned_data[f"kind_{number}"] or MatterKind.NEED,
                    "need_field": self.cleaned_data[f"need_field_{number}"],
                }


class CodeForm(forms.Form):
    """The code of a slip."""

    code = forms.CharField(
        label=_("Code on your slip"),
        max_length=40,
        help_text=_("16 signs in groups of four. Small or large letters make no difference."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class JoinForm(forms.Form):
    """With which matter another one is handled together, and why."""

    lead = forms.ModelChoiceField(queryset=Matter.objects.none(), widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why they are handled together"), max_length=LONGEST_REASON)

    def __init__(self, *args: Any, leads: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, lead=leads if leads is not None else Matter.objects.none())


class SplitForm(forms.Form):
    """Why a matter goes on by itself."""

    reason = forms.CharField(
        label=_("Why it goes on by itself"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("Staff give a reason."),
    )


class ClassifyForm(forms.Form):
    """What a matter is about, and whether many share it."""

    need_field = forms.ChoiceField(label=_("Need"), choices=NeedField.choices)
    is_common = forms.TypedChoiceField(
        label=_("Whose need is it?"),
        choices=[("no", _("one household's")), ("yes", _("shared by many"))],
        coerce=lambda chosen: chosen == "yes",
    )
    is_hardship = forms.BooleanField(label=_("of a household in hardship"), required=False)


class LivelihoodForm(forms.Form):
    """A matter that is put on the quarterly list."""

    matter = forms.ModelChoiceField(label=_("matter"), queryset=Matter.objects.none())

    def __init__(self, *args: Any, matters: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, matter=matters if matters is not None else Matter.objects.none())


class BeginListForm(forms.Form):
    """Until when a quarterly list is supported."""

    closes_on = forms.DateField(
        label=_("Supported until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
