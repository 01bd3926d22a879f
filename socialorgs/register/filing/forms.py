"""What is asked for when a group is filed, confirmed, sorted or registered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.queries import value
from governance.calendar import clock
from governance.forms import offer_choices
from socialorgs.register.filing.operations import Described
from socialorgs.register.filing.policy import (
    LONGEST_NAMES,
    LONGEST_OPINION,
    LONGEST_RULES,
    SCHEMES,
    FilingForm,
    Scheme,
)
from socialorgs.register.forms import CapitalField
from socialorgs.register.models import OrganizationType, ServiceClass, SocialOrganization


class DescribedForm(forms.Form):
    """What a group says of itself."""

    name = forms.CharField(label=_("name"), max_length=120)
    form = forms.ChoiceField(label=pgettext_lazy("group", "form"), choices=FilingForm.choices)
    service_class = forms.ChoiceField(label=_("service class"), choices=ServiceClass.choices)
    purpose = forms.CharField(label=_("what it does"), widget=forms.Textarea(attrs={"rows": 3}))
    activity_place = forms.CharField(label=_("where it meets"), max_length=200)
    head_name = forms.CharField(label=_("head"), max_length=50)
    contact = forms.CharField(label=_("contact"), max_length=200, help_text=_("Shown to the staff of the place only."))
    members = forms.CharField(
        label=pgettext_lazy("organization", "members"),
        max_length=LONGEST_NAMES,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One name a line. The names are never public."),
    )
    rules_text = forms.CharField(
        label=_("rules of the group"),
        max_length=LONGEST_RULES,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What it is for, how it decides, how it keeps its money."),
    )

    def described(self) -> Described:
        """Return what was typed."""
        return Described(**self.cleaned_data)


class OpinionForm(forms.Form):
    """The community's opinion."""

    opinion = forms.CharField(
        label=_("opinion of the community"), max_length=LONGEST_OPINION, widget=forms.Textarea(attrs={"rows": 3})
    )


class YearForm(forms.Form):
    """What a filed organization did in a year."""

    year = forms.IntegerField(label=_("year"), min_value=1949, max_value=2200)
    members_count = forms.IntegerField(label=pgettext_lazy("organization", "members"), min_value=0)
    activities = forms.IntegerField(label=_("activities in the year"), min_value=0)
    report = forms.CharField(
        label=_("what it did"), max_length=LONGEST_OPINION, widget=forms.Textarea(attrs={"rows": 4})
    )


class UpgradeForm(forms.Form):
    """What the registrar has recorded."""

    organization_type = forms.ChoiceField(label=_("type"), choices=OrganizationType.choices)
    credit_code = forms.CharField(label=_("credit code"))
    registrar = forms.CharField(label=_("registrar"), max_length=120)
    capital = CapitalField(label=_("capital"), required=False)


class ClassForm(forms.Form):
    """A class of one of the further schemes, by the words that hold where the organization is."""

    takes_row = True
    choice = forms.ChoiceField(label=_("class"))

    def __init__(self, *args: Any, row: SocialOrganization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = clock.today()
        pairs = [
            (f"{scheme}:{word}", f"{Scheme(scheme).label} · {word}")
            for scheme, parameter in SCHEMES.items()
            for word in value(parameter, row.division, today)
        ]
        offer_choices(self, choice=pairs)
