"""What is asked for of residents' service centers and their tenants."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.venues.models import Venue
from governance.forms import ToOperation, offer_rows
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.forms import DAY
from socialorgs.register.housing import venues_for
from socialorgs.register.strengths.forms import CodeField, DayField, LongField


class HouseForm(ToOperation):
    """A center."""

    class Meta:
        model = ServiceCenter
        fields: ClassVar[list[str]] = [
            "division",
            "name",
            "address",
            "venue",
            "rooms",
            "floor_area",
            "services",
            "operator",
            "opened_on",
        ]
        widgets: ClassVar[dict[str, Any]] = {"opened_on": forms.DateInput(attrs=DAY, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "venue" in self.fields:  # a row that is only looked at has no fields to fill in
            offer_rows(self, venue=Venue.objects.in_use().select_related("division").order_by("division__path", "name"))


class HousedForm(forms.Form):
    """The venue in which a center is run."""

    takes_row = True
    venue = forms.ModelChoiceField(
        label=_("venue"),
        queryset=Venue.objects.none(),
        required=False,
        help_text=_("Venues in use of the community, its street and its district."),
    )

    def __init__(self, *args: Any, row: ServiceCenter, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"venue": row.venue_id}, **kwargs})
        offer_rows(self, venue=venues_for(row.division))


class TenantForm(forms.Form):
    """An organization and its room."""

    organization = CodeField()
    room = forms.IntegerField(label=_("room"), min_value=1, max_value=10_000)
    used_for = forms.CharField(label=_("used for"), max_length=200)
    valid_from = DayField(label=_("valid from"))


class MovedOutForm(forms.Form):
    """A tenancy that ends."""

    tenancy = forms.ModelChoiceField(label=_("tenancy"), queryset=Tenancy.objects.none())
    valid_to = DayField(label=_("first day without it"))
    reason = LongField(label=_("reason"))

    def __init__(self, *args: Any, center: ServiceCenter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, tenancy=center.tenancies.filter(valid_to=None).for_list())
