"""The forms of the market: what is typed on its pages and on the desk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funds.spending.lifecycle import RequestStatus
from funds.spending.models import SpendingRequest
from governance.calendar import clock
from governance.forms import offer_choices, offer_rows
from governance.money import ZERO
from projects.contracts.policy import ServiceField
from projects.market.models import PosterKind, Settlement, Side
from projects.market.operations import Terms
from projects.market.policy import STARS, Choice
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of
from socialorgs.register.strengths.queries import fields_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from communities.territory.models import Division
    from governance.accounts.models import User

MOST_PLACES = 200


class ReasonForm(forms.Form):
    """Why something is turned down, called off or taken down; the other side reads it."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500)


class CodeForm(forms.Form):
    """The code that whoever posted the service shows."""

    code = forms.CharField(
        label=pgettext_lazy("market", "Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RateForm(forms.Form):
    """Stars, and a word if one likes."""

    stars = forms.TypedChoiceField(
        label=pgettext_lazy("market", "Stars"),
        coerce=int,
        choices=[(number, "★" * number) for number in reversed(STARS)],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(label=_("Comment"), max_length=200, required=False)


class TakeForm(forms.Form):
    """For whom a service is taken, and a word to whoever posted it."""

    organization = forms.ModelChoiceField(
        label=pgettext_lazy("market", "Taken for"),
        queryset=SocialOrganization.objects.none(),
        required=False,
        empty_label=pgettext_lazy("market", "myself"),
    )
    note = forms.CharField(label=pgettext_lazy("market", "Message"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = organizations_of(user) if user is not None else []
        if own:
            offer_rows(self, organization=SocialOrganization.objects.filter(pk__in=own).order_by("name", "pk"))
        else:
            del self.fields["organization"]


class ServiceForm(forms.Form):
    """What is said of a service; a day and two hours, as people speak."""

    side = forms.ChoiceField(
        label=pgettext_lazy("market", "I"),
        choices=[
            (Side.NEED.value, pgettext_lazy("market", "need something")),
            (Side.OFFER.value, pgettext_lazy("market", "offer something")),
        ],
        widget=forms.RadioSelect,
    )
    poster = forms.ChoiceField(label=pgettext_lazy("market", "Posted for"), required=False)
    field = forms.ChoiceField(label=pgettext_lazy("market", "Field"), choices=ServiceField.choices)
    title = forms.CharField(label=_("Title"), max_length=60)
    text = forms.CharField(
        label=pgettext_lazy("market", "What it is about"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    begins = forms.TimeField(
        label=pgettext_lazy("market", "From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=pgettext_lazy("market", "To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = forms.CharField(
        label=pgettext_lazy("market", "Where, as everybody may read it"),
        max_length=120,
        help_text=_("The building or square, without a door number."),
    )
    contact = forms.CharField(
        label=pgettext_lazy("market", "How to find each other"),
        max_length=200,
        required=False,
        help_text=_("Door number or telephone; shown only to the two sides of a confirmed taking."),
    )
    places = forms.IntegerField(label=pgettext_lazy("market", "Places"), min_value=1, max_value=MOST_PLACES, initial=1)
    capability = forms.ChoiceField(
        label=pgettext_lazy("market", "Asks a checked capability in"),
        required=False,
        help_text=_("Then organizations alone can take it whose capability was checked for this place."),
    )
    choice = forms.ChoiceField(
        label=pgettext_lazy("market", "Places are given"),
        choices=[("", pgettext_lazy("market", "as the community's rule says")), *Choice.choices],
        required=False,
    )
    settlement = forms.ChoiceField(
        label=pgettext_lazy("market", "What it costs"), choices=Settlement.choices, initial=Settlement.FREE
    )
    price = forms.DecimalField(
        label=pgettext_lazy("market", "Price in yuan"), min_value=0, max_digits=8, decimal_places=2, required=False
    )
    points = forms.IntegerField(label=_("Points"), min_value=0, max_value=1000, required=False)
    request = forms.ModelChoiceField(
        label=pgettext_lazy("market", "Request of the fund"), queryset=SpendingRequest.objects.none(), required=False
    )

    controls: ClassVar[dict[str, str]] = {"starts_at": "begins", "ends_at": "ends"}

    def __init__(self, *args: Any, user: User, place: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_staff = user.has_perm("communities.enter_resident", place)
        own = SocialOrganization.objects.filter(pk__in=organizations_of(user)).order_by("name", "pk")
        posters: list[tuple[str, StrOrPromise]] = [("", pgettext_lazy("market", "myself"))]
        posters += [(str(PosterKind.COMMUNITY), place.short_name or place.name)] if is_staff else []
        posters += [(str(row.pk), row.name) for row in own]
        if len(posters) > 1:
            offer_choices(self, poster=posters)
        else:
            del self.fields["poster"]
        fields = fields_of(place, clock.today())
        offer_choices(
            self, capability=[("", pgettext_lazy("market", "nothing of the kind")), *zip(fields, fields, strict=True)]
        )
        if is_staff:
            approved = SpendingRequest.objects.filter(fund__division=place, status=RequestStatus.APPROVED)
            offer_rows(self, request=approved.order_by("-pk"))
        else:
            del self.fields["request"]
            offer_choices(self, settlement=[pair for pair in Settlement.choices if pair[0] != Settlement.FUND])

    def terms(self) -> Terms:
        """Return what was typed, as the operation takes it."""
        data = self.cleaned_data
        starts_at, ends_at = self._moment(data["begins"]), self._moment(data["ends"])
        return Terms(
            side=data["side"],
            field=data["field"],
            title=data["title"],
            text=data["text"],
            place=data["place"],
            contact=data["contact"],
            starts_at=starts_at,
            ends_at=ends_at,
            places=data["places"],
            capability=data["capability"],
            choice=data["choice"],
            settlement=data["settlement"],
            price=data["price"] or ZERO,
            points=data["points"] or 0,
            request=data.get("request"),
        )

    def _moment(self, hour: dt.time) -> dt.datetime:
        return timezone.make_aware(dt.datetime.combine(self.cleaned_data["day"], hour))

    def poster_chosen(self) -> dict[str, Any]:
        """Return for whom it is posted."""
        chosen = self.cleaned_data.get("poster", "")
        if chosen == PosterKind.COMMUNITY:
            return {"is_for_community": True}
        return {"organization": SocialOrganization.objects.get(pk=chosen)} if chosen else {}
