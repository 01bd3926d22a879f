"""What is asked for of residents' service centers and their tenants."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.staff import ToOperation, offer_rows
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.forms import DAY
from socialorgs.register.strengths.forms import CodeField, DayField


class HouseForm(ToOperation):
    """A center."""

    class Meta:
        model = ServiceCenter
        fields: ClassVar[list[str]] = [
            "division",
            "name",
            "address",
            "rooms",
            "floor_area",
            "services",
            "operator",
            "opened_on",
        ]
        widgets: ClassVar[dict[str, Any]] = {"opened_on": forms.DateInput(attrs=DAY, format="%Y-%m-%d")}


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

    def __init__(self, *args: Any, center: ServiceCenter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, tenancy=center.tenancies.filter(valid_to=None).for_list())
