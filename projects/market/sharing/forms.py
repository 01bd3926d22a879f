"""The forms of shops, resources and rooms: what is typed on the pages and on the desk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.accounts.queries import people_named
from governance.forms import ToOperation, offer_rows
from projects.market.forms import ReasonForm
from projects.market.sharing.models import CessionService, Merchant, OpenResource, VenueCession
from projects.market.sharing.policy import OfferKind

if TYPE_CHECKING:
    from governance.accounts.models import User

DAY = {"type": "date"}
HOUR = {"type": "time"}


class OfferForm(forms.Form):
    """An offer of a day."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    kind = forms.ChoiceField(label=_("Kind"), choices=OfferKind.choices)
    text = forms.CharField(label=pgettext_lazy("shop", "What is offered"), max_length=200)
    usual_price = forms.DecimalField(
        label=pgettext_lazy("shop", "Usual price"), max_digits=8, decimal_places=2, required=False
    )
    price = forms.DecimalField(
        label=pgettext_lazy("shop", "Price of the day"), max_digits=8, decimal_places=2, required=False
    )


class BookingForm(forms.Form):
    """A day and two hours, how many people, and what for."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    begins = forms.TimeField(label=pgettext_lazy("market", "From"), widget=forms.TimeInput(attrs=HOUR, format="%H:%M"))
    ends = forms.TimeField(label=pgettext_lazy("market", "To"), widget=forms.TimeInput(attrs=HOUR, format="%H:%M"))
    people = forms.IntegerField(label=pgettext_lazy("booking", "People who come"), min_value=1, max_value=9999)
    about = forms.CharField(label=pgettext_lazy("booking", "What for"), max_length=200)

    controls: ClassVar[dict[str, str]] = {"starts_at": "begins", "ends_at": "ends"}

    def clean(self) -> dict[str, Any]:
        """Put day and hours together, in the district's time."""
        data = super().clean() or {}
        if not {"day", "begins", "ends"} <= set(data):
            return data
        day, begins, ends = data.pop("day"), data.pop("begins"), data.pop("ends")
        return {**data, "starts_at": self._moment(day, begins), "ends_at": self._moment(day, ends)}

    @staticmethod
    def _moment(day: dt.date, hour: dt.time) -> dt.datetime:
        return timezone.make_aware(dt.datetime.combine(day, hour))


class ReportForm(forms.Form):
    """Hours that were served for a room."""

    served_on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    hours = forms.DecimalField(
        label=pgettext_lazy("cession", "Hours"), min_value=0, max_value=24, max_digits=4, decimal_places=1
    )
    text = forms.CharField(label=pgettext_lazy("cession", "What was done"), max_length=200)


class ReviewForm(forms.Form):
    """What is found after the end of a use."""

    review = forms.CharField(
        label=pgettext_lazy("cession", "Finding"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class CheckForm(forms.Form):
    """Which of the reported hours, and whether they are right."""

    service = forms.ModelChoiceField(
        label=pgettext_lazy("cession", "Reported hours"), queryset=CessionService.objects.none()
    )
    is_right = forms.TypedChoiceField(
        label=pgettext_lazy("cession", "They are"),
        choices=[("yes", pgettext_lazy("cession", "right")), ("no", pgettext_lazy("cession", "not right"))],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, cession: VenueCession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, service=cession.services.filter(checked_by=None).order_by("served_on", "pk"))


class MerchantForm(ToOperation):
    """What is entered of a shop on the desk; its keeper by mobile number or log-in name."""

    keeper = forms.CharField(
        label=pgettext_lazy("shop", "Who publishes for it"), help_text=_("Mobile number or log-in name.")
    )

    class Meta:
        model = Merchant
        fields: ClassVar[list[str]] = ["division", "name", "line", "address", "enterprise", "consented_on"]

    def clean_keeper(self) -> User:
        """Find the person."""
        text = self.cleaned_data["keeper"].strip()
        found = people_named([text])
        if text not in found:
            raise ValidationError(_("Nobody with this number or name has a log-in."))
        return found[text]


class ResourceForm(ToOperation):
    """What is entered of a resource on the desk."""

    class Meta:
        model = OpenResource
        fields: ClassVar[list[str]] = [
            *("division", "title", "kind", "field", "venue", "organization"),
            *("place", "text", "seats", "opens", "closes"),
        ]


class CessionForm(ToOperation):
    """What is entered of the free use of a room on the desk."""

    class Meta:
        model = VenueCession
        fields: ClassVar[list[str]] = ["resource", "organization", "starts_on", "ends_on", "hours_owed", "what_for"]


__all__ = [
    "BookingForm",
    "CessionForm",
    "CheckForm",
    "MerchantForm",
    "OfferForm",
    "ReasonForm",
    "ReportForm",
    "ResourceForm",
    "ReviewForm",
]
