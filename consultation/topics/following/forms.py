"""The form of following."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.topics.following.models import Channel


class FollowForm(forms.Form):
    """On which channel one hears of a topic."""

    channel = forms.ChoiceField(
        label=_("One message a week, by"), choices=Channel.choices, initial=Channel.SMS, widget=forms.RadioSelect
    )
