"""The shape of what is typed about organizations."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from communities.people.queries import posts_of
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.accounts.forms import PersonField
from governance.errors import DomainError
from governance.money import parse_yuan
from socialorgs.register.models import (
    CreditList,
    InspectionConclusion,
    OrganizationAppointment,
    SocialOrganization,
)
from socialorgs.register.policy import LONGEST_REASON

DAY = {"type": "date"}


class CapitalField(forms.CharField):
    """An amount in yuan as people type it, or nothing."""

    def clean(self, value: Any) -> Any:
        """Read the text, or say what is wrong with it."""
        text = super().clean(value)
        try:
            return parse_yuan(text) if text else None
        except DomainError as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


def reach(user: Any) -> Any:
    """Return the districts, streets and communities at or below the user's posts, in order."""
    found = Division.objects.none()
    for post in posts_of(user):
        found = found | Division.objects.filter(path__startswith=post.division.path)
    tiers = (Tier.DISTRICT, Tier.STREET, Tier.COMMUNITY)
    return found.filter(tier__in=tiers, status=DivisionStatus.ACTIVE, is_stub=False).order_by("path")


class ReasonForm(forms.Form):
    """Why something is sent back, refused, taken back or ended; the operation asks for it as well."""

    reason = forms.CharField(label=_("reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}))


class OrganizationForm(forms.ModelForm[SocialOrganization]):
    """An entry of the register; whether it is possible is judged by the operation, which names the reason."""

    credit_code = forms.CharField(label=_("credit code"), required=False)
    filing_number = forms.CharField(label=_("filing number"), required=False, max_length=40)
    capital = CapitalField(label=_("capital"), required=False)

    class Meta:
        model = SocialOrganization
        fields: ClassVar[list[str]] = [
            "division",
            "name",
            "standing",
            "organization_type",
            "credit_code",
            "filing_number",
            "service_class",
            "registrar",
            "supervising_body",
            "head_name",
            "contact",
            "members_count",
            "capital",
            "scope",
            "founded_on",
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "standing": _(
                "A registered organization has a credit code, a filed one the number that the street gave it."
            ),
        }
        widgets: ClassVar[dict[str, Any]] = {"founded_on": forms.DateInput(attrs=DAY, format="%Y-%m-%d")}

    def clean(self) -> dict[str, Any]:
        """Leave uniqueness to the operation."""
        return self.cleaned_data

    def _post_clean(self) -> None:
        """Check the fields only: constraints are named by the operation."""


class AppointmentForm(forms.ModelForm[OrganizationAppointment]):
    """An appointment to be made."""

    user = PersonField()

    class Meta:
        model = OrganizationAppointment
        fields: ClassVar[list[str]] = ["organization", "user", "valid_from"]

    def clean(self) -> dict[str, Any]:
        """Leave uniqueness to the operation."""
        return self.cleaned_data

    def _post_clean(self) -> None:
        """Check the fields only: constraints are named by the operation."""


class AppointForm(forms.Form):
    """Who acts for the organization from when on."""

    user = PersonField()
    valid_from = forms.DateField(label=_("valid from"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))


class EndForm(forms.Form):
    """The first day on which something holds no more."""

    valid_to = forms.DateField(label=_("first day without it"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))


class ListingForm(forms.Form):
    """A decision of the registrar that puts the organization on a list."""

    credit_list = forms.ChoiceField(label=_("list"), choices=CreditList.choices)
    decision_number = forms.CharField(label=_("decision number"), max_length=80)
    reason = forms.CharField(label=_("reason"), widget=forms.Textarea(attrs={"rows": 3}))
    listed_on = forms.DateField(label=_("listed on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))


class ListingEndForm(forms.Form):
    """The day from which the listing holds no more, and why."""

    removed_on = forms.DateField(label=_("removed on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("reason"), widget=forms.Textarea(attrs={"rows": 3}))


class InspectionForm(forms.Form):
    """The registrar's conclusion on a year."""

    year = forms.IntegerField(label=_("year"), min_value=1949, max_value=2200)
    conclusion = forms.ChoiceField(label=_("conclusion"), choices=InspectionConclusion.choices)
    concluded_on = forms.DateField(label=_("concluded on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))


class RevisionForm(InspectionForm):
    """A conclusion that the registrar has changed, and why."""

    reason = forms.CharField(label=_("reason"), widget=forms.Textarea(attrs={"rows": 3}))
