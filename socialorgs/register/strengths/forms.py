"""What is asked for of what organizations can do, offer and belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.calendar import clock
from governance.forms import offer_choices, offer_rows
from socialorgs.register.forms import DAY
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organization_named
from socialorgs.register.strengths.models import Capability
from socialorgs.register.strengths.policy import LONGEST_TEXT
from socialorgs.register.strengths.queries import fields_of
from socialorgs.register.ties.models import FederationMember, OfferedResource, ResourceKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

REACH = (Tier.DISTRICT, Tier.STREET, Tier.COMMUNITY)


class DayField(forms.DateField):
    """A day, picked or typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs)


class LongField(forms.CharField):
    """A text of several lines."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_TEXT)
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **kwargs)


class CodeField(forms.CharField):
    """A body of the register, named by its credit code or filing number.

    `only_active` is left off where the operation asks the gate and tells the reason itself.
    """

    def __init__(self, *, only_active: bool = True, **kwargs: Any) -> None:
        self.only_active = only_active
        super().__init__(label=_("credit code or filing number"), max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        """Find the organization in the register."""
        text = super().clean(value).strip()
        if not text:
            return None
        found = organization_named(text)
        if found is None and not self.only_active:
            raise forms.ValidationError(_("The register holds no organization under this code or number."))
        if found is None or (self.only_active and found.status != OrganizationStatus.ACTIVE):
            raise forms.ValidationError(_("The register holds no active organization under this code or number."))
        return found


def places_around(division: Division) -> QuerySet[Division]:
    """Return the places that hold a division, itself and those below it, in order."""
    above = Division.objects.filter(pk__in=division.ancestor_ids, tier__in=REACH)
    below = Division.objects.filter(path__startswith=division.path, tier__in=REACH, status=DivisionStatus.ACTIVE)
    return (above | below).filter(is_stub=False).order_by("path")


class AbilityForm(forms.Form):
    """What an organization can do in one field."""

    field = forms.ChoiceField(label=pgettext_lazy("capability", "field"))
    summary = LongField(label=_("what it can do"))
    staff_count = forms.IntegerField(label=_("people who work on it"), min_value=0, max_value=100_000)
    certificates = LongField(label=_("certificates and experience"), required=False)
    area = forms.ModelChoiceField(label=pgettext_lazy("capability", "where"), queryset=Division.objects.none())

    def __init__(self, *args: Any, organization: SocialOrganization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = fields_of(organization.division, clock.today())
        offer_choices(self, field=[(word, word) for word in words])
        offer_rows(self, area=places_around(organization.division))


class OneCapabilityForm(forms.Form):
    """One of the capabilities of an organization."""

    capability = forms.ModelChoiceField(label=_("capability"), queryset=Capability.objects.none())

    def __init__(self, *args: Any, rows: QuerySet[Capability], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, capability=rows.select_related("organization"))


class CapabilityReasonForm(OneCapabilityForm):
    """A capability that is not confirmed or is ended, and why."""

    reason = LongField(label=_("reason"))


class OriginForm(forms.Form):
    """Where a brand comes from."""

    brand = forms.CharField(label=_("brand"), max_length=120)
    origin_city = forms.CharField(label=_("city of origin"), max_length=60)
    fields_said = forms.MultipleChoiceField(
        label=pgettext_lazy("capability", "fields"), widget=forms.CheckboxSelectMultiple
    )
    agreement_number = forms.CharField(label=_("agreement"), max_length=80)
    brought_in_on = DayField(label=_("brought in on"))

    def __init__(self, *args: Any, organization: SocialOrganization | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = fields_of(organization.division if organization else None, clock.today())
        offer_choices(self, fields_said=[(word, word) for word in words])

    def clean(self) -> dict[str, Any]:
        """Hand the fields on under their own name."""
        data = super().clean() or {}
        return {
            **{key: value for key, value in data.items() if key != "fields_said"},
            "fields": data.get("fields_said"),
        }


class OfferForm(forms.Form):
    """What is offered."""

    kind = forms.ChoiceField(label=_("kind"), choices=ResourceKind.choices)
    title = forms.CharField(label=_("what is offered"), max_length=120)
    quantity = forms.IntegerField(label=_("how much"), min_value=1, max_value=1_000_000)
    unit = forms.CharField(label=pgettext_lazy("resource", "unit"), max_length=20)
    valid_from = DayField(label=_("valid from"))
    valid_to = DayField(label=_("first day without it"), required=False)


def _resource() -> forms.ModelChoiceField[OfferedResource]:
    """Return the field that asks for one of the offers of an organization."""
    return forms.ModelChoiceField(label=_("offered resource"), queryset=OfferedResource.objects.none())


class UseForm(forms.Form):
    """What of an offer was used where."""

    resource = _resource()
    division = forms.ModelChoiceField(label=_("used in"), queryset=Division.objects.none())
    used_on = DayField(label=_("used on"))
    quantity = forms.IntegerField(label=_("how much"), min_value=1, max_value=1_000_000)
    purpose = forms.CharField(label=_("used for"), max_length=200)

    def __init__(self, *args: Any, rows: QuerySet[OfferedResource], places: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, resource=rows, division=places)


class EndOfferForm(forms.Form):
    """An offer that ends."""

    resource = _resource()
    valid_to = DayField(label=_("first day without it"))
    reason = LongField(label=_("reason"))

    def __init__(self, *args: Any, rows: QuerySet[OfferedResource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, resource=rows)


class MemberForm(forms.Form):
    """A body that has joined a federation."""

    member = CodeField()
    duty = forms.CharField(label=_("duty in the federation"), max_length=60, required=False)
    valid_from = DayField(label=_("valid from"))


class EndMemberForm(forms.Form):
    """A body that has left a federation."""

    tie = forms.ModelChoiceField(
        label=pgettext_lazy("organization", "member"), queryset=FederationMember.objects.none()
    )
    valid_to = DayField(label=_("first day without it"))
    reason = LongField(label=_("reason"))

    def __init__(self, *args: Any, rows: QuerySet[FederationMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, tie=rows)
