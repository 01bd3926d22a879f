"""What is asked for when a sheet of the register is taken in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division, Tier
from governance.forms import offer_rows
from socialorgs.register.forms import reach
from socialorgs.register.intake.models import SheetKind


class SheetForm(forms.Form):
    """A file and the place whose register or credit lists it holds."""

    division = forms.ModelChoiceField(
        label=_("place"),
        queryset=Division.objects.none(),
        help_text=_("The street or district whose organizations the workbook lists."),
    )
    kind = forms.TypedChoiceField(
        label=_("what it holds"), choices=SheetKind.choices, required=False, empty_value=SheetKind.ORGANIZATIONS
    )
    file = forms.FileField(
        label=_("workbook"),
        help_text=_("Excel (.xlsx) with the columns of the export, codes as text; credit lists also as CSV."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, division=reach(user).filter(tier__in=(Tier.DISTRICT, Tier.STREET)))


class ConfirmForm(forms.Form):
    """Whether rows that cannot be used are left out."""

    leave_out_bad = forms.BooleanField(label=_("leave out the rows that cannot be used"), required=False)
