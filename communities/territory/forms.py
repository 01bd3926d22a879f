"""Forms of the desk for divisions."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.territory.models import CodeSystem, Division, DivisionLevel


class ImportForm(forms.Form):
    """A code list to take in."""

    file = forms.FileField(
        label=_("file"),
        help_text=_("CSV in UTF-8 or GB 18030 with the columns code, name, parent_code, level."),
    )
    system = forms.ChoiceField(label=_("code system"), choices=CodeSystem.choices)
    edition = forms.IntegerField(label=_("edition (year)"))
    valid_from = forms.DateField(
        label=_("valid from"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Of divisions that are new; empty: since always."),
    )
    managed = forms.CharField(
        label=_("run by other units"),
        required=False,
        widget=forms.Textarea,
        help_text=_("One line per unit: codes, separated by commas, an equals sign, the name of the unit."),
    )

    def clean_managed(self) -> dict[str, int]:
        """Find the units."""
        found: dict[str, int] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["managed"].splitlines())):
            codes, _sign, unit = line.partition("=")
            units = list(Division.objects.open().filter(name=unit.strip())[:2])
            if len(units) != 1:
                raise forms.ValidationError(
                    _("“%(unit)s” is not the name of exactly one division."), params={"unit": unit.strip()}
                )
            found |= dict.fromkeys(map(str.strip, codes.split(",")), units[0].pk)
        return found


class DivisionForm(forms.ModelForm[Division]):
    """A division that no code list holds: a zone, or a stub known as a predecessor only."""

    level = forms.ChoiceField(
        label=_("level"),
        choices=DivisionLevel.choices,
        initial=DivisionLevel.SPECIAL_ZONE,
    )

    class Meta:
        model = Division
        fields: ClassVar = ["name", "short_name", "level", "parent", "valid_from", "is_stub", "valid_to"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed through as they come
        if "short_name" in self.fields:
            self.fields["short_name"].required = False

    def _post_clean(self) -> None:
        """Leave the checks of the row to the operation, which knows tier and path."""


class FiguresForm(forms.Form):
    """What an edit may change; an empty field stays as it is."""

    short_name = forms.CharField(label=_("short name"), max_length=60, required=False)
    urban_rural_class = forms.CharField(label=_("urban-rural class"), max_length=3, required=False)
    households = forms.IntegerField(label=_("households"), min_value=0, required=False)
    registered_population = forms.IntegerField(label=_("registered population"), min_value=0, required=False)
    resident_population = forms.IntegerField(label=_("resident population"), min_value=0, required=False)
    population_as_of = forms.DateField(
        label=_("population as of"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Fields that are left empty stay as they are."),
    )


class ManagerForm(forms.Form):
    """Which other unit runs a division, by its number on the desk."""

    unit = forms.IntegerField(
        label=_("number of the managing unit"),
        required=False,
        help_text=_("Empty: its own parent."),
    )
    reason = forms.CharField(label=_("reason"), required=False, widget=forms.Textarea)

    def clean_unit(self) -> Division | None:
        """Find the unit."""
        key = self.cleaned_data["unit"]
        if key is None:
            return None
        unit = Division.objects.filter(pk=key).first()
        if unit is None:
            raise forms.ValidationError(_("There is no division with this number."))
        return unit


class CodeForm(forms.Form):
    """A code of a division in one edition of a list."""

    system = forms.ChoiceField(label=_("code system"), choices=CodeSystem.choices)
    edition = forms.IntegerField(label=_("edition (year)"))
    code = forms.CharField(label=_("code"), max_length=20)
    name = forms.CharField(label=_("name in the list"), max_length=100, required=False)
