"""What pages and desk ask for in the room of accounts to the public."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class AccountTextForm(forms.Form):
    """What was done with the money."""

    text = forms.CharField(
        label=_("Account in words"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "What was done with the money and what came of it. Public: no names of persons, addresses or numbers."
        ),
    )


class PublishForm(forms.Form):
    """Whom to ask about a published account."""

    contact = forms.CharField(
        label=_("Contact"), max_length=200, required=False, help_text=_("Empty: the office of the place.")
    )


class SendBackForm(forms.Form):
    """Why an account goes back to its author."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class CorrectionForm(forms.Form):
    """Why a published account is corrected."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Public. The published account stays as it is; a new one of the same period corrects it."),
    )
