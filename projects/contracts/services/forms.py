"""What is typed about services, venues and awards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.venues.models import Venue
from governance.forms import ToOperation, offer_rows
from projects.contracts.judging.models import Deliverable
from projects.contracts.services.models import AwardLevel, PurchasedPosts, ServiceKind
from projects.contracts.terms.forms import YuanTyped, day_field

if TYPE_CHECKING:
    from projects.contracts.models import Contract


class ServiceForm(forms.Form):
    """One day's service."""

    kind = forms.ChoiceField(label=_("Kind of service"), choices=ServiceKind.choices)
    served_on = day_field(_("Day"))
    place = forms.CharField(label=_("Where"), max_length=120)
    people = forms.IntegerField(label=_("People served"), min_value=1, help_text=_("A figure only, no names."))
    hours = forms.DecimalField(label=_("Hours of work"), min_value=0, max_digits=6, decimal_places=1, initial=0)
    deliverable = forms.ModelChoiceField(Deliverable.objects.none(), label=_("For the item"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, deliverable=contract.deliverables.all())


class VenueForm(forms.Form):
    """Which venue a contract is about."""

    venue = forms.ModelChoiceField(
        Venue.objects.none(), label=_("Venue"), help_text=_("Venues of the place are entered on the desk first.")
    )
    hours_a_week = forms.IntegerField(label=_("Open hours a week"), min_value=1, max_value=168)
    opening_hours = forms.CharField(label=_("Opening hours"), max_length=200)
    services = forms.CharField(label=_("What can be used there"), widget=forms.Textarea(attrs={"rows": 3}))
    free_services = forms.CharField(label=_("What is free"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    handed_over = forms.CharField(
        label=_("What was handed over"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, venue=Venue.objects.in_use().in_division(contract.division).order_by("name", "pk"))


class AwardForm(forms.Form):
    """An award that a project won."""

    title = forms.CharField(label=_("Award"), max_length=120)
    level = forms.ChoiceField(label=_("Level"), choices=AwardLevel.choices)
    granted_by = forms.CharField(label=_("Granted by"), max_length=120)
    granted_on = day_field(_("Granted on"))
    is_brand = forms.BooleanField(label=_("names a brand project"), required=False)
    why = forms.CharField(
        label=_("What can be learnt from it"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    certificate = forms.FileField(
        label=_("Certificate"),
        required=False,
        help_text=_(
            "A photo or PDF of the certificate or the notice; everybody can open it. It is looked at before the award is shown."
        ),
    )

    def clean_certificate(self) -> tuple[str, bytes] | None:
        """Read the file."""
        file = self.cleaned_data["certificate"]
        return (file.name, file.read()) if file else None


class PostsForm(ToOperation):
    """Posts that were bought."""

    amount = YuanTyped(label=_("Amount (yuan)"))

    class Meta:
        model = PurchasedPosts
        fields: ClassVar[list[str]] = [
            *("division", "kind", "contract", "agency_name", "posts", "filled", "amount", "starts_on", "ends_on"),
            *("results", "source"),
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "contract": _(
                "Since 1 March 2020 people are not bought as services (Ministry of Finance order 102): name the service "
                "contract, and below its results. Older purchases need neither."
            ),
        }


class FilledForm(forms.Form):
    """How many posts are filled now."""

    filled = forms.IntegerField(label=_("Posts filled"), min_value=0)
