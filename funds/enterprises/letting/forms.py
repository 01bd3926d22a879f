"""The shape of what is typed about assets, lettings and rent."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.notices.models import PublicNotice
from communities.policy.models import PolicyDocument
from funds.charity.forms import AmountField
from funds.enterprises.letting.models import AssetFacts, CommunityAsset, Letting, Terms
from funds.enterprises.models import CommunityEnterprise
from governance.forms import ToOperation, offer_rows
from governance.money import ZERO

DAY = {"type": "date"}
FACTS = [
    "name",
    "kind",
    "address",
    "area",
    "area_unit",
    "owner_kind",
    "owner_name",
    "right_to_let",
    "right_paper",
    "right_until",
]
LAST_DAY = _("Last day")


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs})


class AssetForm(ToOperation):
    """What is known of an asset."""

    right_until = DayField(label=_("right until"), required=False)

    class Meta:
        model = CommunityAsset
        fields: ClassVar[list[str]] = FACTS

    def facts(self) -> AssetFacts:
        """Return what was typed, as the operation takes it."""
        return AssetFacts(**{name: self.cleaned_data[name] for name in FACTS})


class DeskAssetForm(AssetForm):
    """The same with its enterprise, as it is entered on the desk."""

    class Meta(AssetForm.Meta):
        fields: ClassVar[list[str]] = ["enterprise", *FACTS]


TERMS = [
    "lessee_kind",
    "lessee",
    "purpose",
    "starts_on",
    "monthly_rent",
    "deposit",
    "days_to_pay",
    "document",
    "is_related",
    "relation",
    "recusal",
]


class LettingForm(ToOperation):
    """The terms of a contract; the last day is typed, the first day after it is stored."""

    starts_on = DayField(label=_("First day"))
    last_day = DayField(label=LAST_DAY)
    monthly_rent = AmountField(label=_("rent a month"))
    deposit = AmountField(label=_("deposit"), required=False)

    field_order = ["asset", "lessee_kind", "lessee", "purpose", "starts_on", "last_day"]  # noqa: RUF012 - Django's own attribute

    class Meta:
        model = Letting
        fields: ClassVar[list[str]] = TERMS

    def __init__(self, *args: Any, enterprise: CommunityEnterprise | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["last_day"] = self.instance.last_day
        if enterprise is not None:
            place = enterprise.division
            near = PolicyDocument.objects.filter(division__in=[*place.ancestor_ids, place.pk]).order_by("-pk")
            offer_rows(self, document=near)
            if "asset" in self.fields:
                offer_rows(self, asset=CommunityAsset.objects.filter(enterprise=enterprise).order_by("name", "pk"))

    def terms(self) -> Terms:
        """Return what was typed, as the operation takes it; the notice of a draft stays."""
        data = {name: self.cleaned_data[name] for name in TERMS}
        return Terms(
            **{
                **data,
                "ends_on": self.cleaned_data["last_day"] + dt.timedelta(days=1),
                "deposit": data["deposit"] or ZERO,
                "notice": self.instance.notice if self.instance.pk else None,
            }
        )


class NewLettingForm(LettingForm):
    """The same with the asset."""

    class Meta(LettingForm.Meta):
        fields: ClassVar[list[str]] = ["asset", *TERMS]


class NoticeForm(forms.Form):
    """The public notice that tells of a letting to a related party, by its number."""

    notice = forms.ModelChoiceField(
        label=_("notice"),
        queryset=PublicNotice.objects.order_by("-pk"),
        widget=forms.NumberInput,
        help_text=_("Number of the notice, as the end of its address shows it."),
    )


class PaperForm(forms.Form):
    """A file."""

    file = forms.FileField(label=_("file (PDF, picture, Word or Excel)"))


class EndForm(forms.Form):
    """The last day of a letting that ends early, and why."""

    last_day = DayField(label=LAST_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class RentForm(forms.Form):
    """Rent that has arrived."""

    received_on = DayField(label=_("received on"))
    amount = AmountField(label=_("amount"))
    reference = forms.CharField(label=_("number of the bank slip"), max_length=80)
    file = forms.FileField(label=_("picture of the slip"), required=False)


class DemandForm(forms.Form):
    """The last day that a demand for unpaid rent leaves the lessee."""

    pay_by = DayField(label=_("to be paid by"))


class WaiverForm(forms.Form):
    """How much of a month is let off, and why."""

    amount = AmountField(label=_("amount that is waived"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
