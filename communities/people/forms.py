"""The forms of the people pages and of the desk."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.people.models import Post, Resident
from governance.accounts.forms import PersonField


class RegistrationForm(forms.Form):
    """What is needed to register as a resident."""

    name = forms.CharField(label=_("Name"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=40,
        required=False,
        help_text=_("Needed to vote. It is stored encrypted and never shown to the public."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=_("Compound, building, entrance, flat"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )


class MovingForm(forms.Form):
    """When somebody leaves."""

    on = forms.DateField(
        label=_("I no longer live here from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PostForm(forms.ModelForm[Post]):
    """A post to fill; the person is named by the log-in name or the mobile number."""

    log_in_name = PersonField()

    class Meta:
        model = Post
        fields: ClassVar = ["role", "division", "title", "valid_from", "valid_to"]


class EndForm(forms.Form):
    """The end of a post, and why."""

    on = forms.DateField(label=_("No longer from"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class LeaveForm(forms.Form):
    """When somebody has moved away."""

    on = forms.DateField(label=_("No longer lives here from"), widget=DAY)


class ReasonForm(forms.Form):
    """Why somebody needs to see personal data in full."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is recorded with your name and kept."),
    )


class ResidentForm(forms.ModelForm[Resident]):
    """A resident without a log-in."""

    identity_number = forms.CharField(label=_("identity number"), max_length=40, required=False)

    class Meta:
        model = Resident
        fields: ClassVar = ["division", "name", "identity_number", "birth_on", "address"]
