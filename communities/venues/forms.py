"""The forms of venues on the desk."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.venues.models import Venue
from governance.forms import ToOperation


class CloseForm(forms.Form):
    """Why a venue is given up."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class VenueForm(ToOperation):
    """What is entered of a venue."""

    class Meta:
        model = Venue
        fields: ClassVar[list[str]] = ["division", "name", "address", "property_class", "area"]
