"""Whom a negotiation or an inquiry asks by name."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms import offer_rows
from projects.purchasing.inviting.queries import able_for
from socialorgs.register.models import SocialOrganization
from socialorgs.register.strengths.forms import CodeField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projects.purchasing.models import Purchase


class InviteForm(forms.Form):
    """Bodies that are able, to be ticked, and others by their codes."""

    organizations = forms.ModelMultipleChoiceField(
        SocialOrganization.objects.none(),
        label=_("Able bodies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Their capability in the field was checked, and reaches the place."),
    )
    codes = forms.CharField(
        label=_("Other bodies by their credit codes or filing numbers, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def __init__(
        self,
        *args: Any,
        purchase: Purchase,
        day: dt.date,
        invited: Sequence[SocialOrganization] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        able = able_for(purchase, day).order_by("name", "pk")
        offer_rows(self, organizations=able)
        if not purchase.field:
            del self.fields["organizations"]
        keys = set(able.values_list("pk", flat=True)) if invited else set()
        self.initial = {
            "organizations": [body.pk for body in invited if body.pk in keys],
            "codes": "\n".join(body.credit_code or body.filing_number or "" for body in invited if body.pk not in keys),
        }

    def clean_codes(self) -> list[SocialOrganization]:
        """Find the bodies in the register."""
        lines = [line.strip() for line in self.cleaned_data["codes"].splitlines() if line.strip()]
        return [CodeField().clean(line) for line in lines]

    def named(self) -> list[SocialOrganization]:
        """Return all bodies that were ticked or typed."""
        return [*self.cleaned_data.get("organizations", ()), *self.cleaned_data["codes"]]
