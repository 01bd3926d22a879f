"""What is asked for when organizations offer, a committee is named, offers are scored and awards are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.forms import ManyFilesField
from governance.accounts.models import User
from governance.accounts.queries import people_named
from governance.forms import offer_rows
from projects.purchasing.awarding.models import PurchaseOffer, SeatKind
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.awarding.policy import LONGEST_NUMBER, usual_duties
from projects.purchasing.awarding.queries import standings
from projects.purchasing.catalogue.forms import AmountField, ReasonForm, day_field
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.purchasing.policy import competes
from socialorgs.register.models import SocialOrganization

__all__ = ["ReasonForm"]

LONGEST_PLAN = 10000


class OfferChangeForm(forms.Form):
    """What is offered, with papers."""

    controls: ClassVar = {"file": "papers", "files": "papers"}

    amount = AmountField(label=_("price"), help_text=_("In yuan, for the whole term, not above the ceiling."))
    plan = forms.CharField(
        label=_("how the service is delivered"), max_length=LONGEST_PLAN, widget=forms.Textarea(attrs={"rows": 8})
    )
    team = forms.CharField(
        label=_("who delivers it"),
        required=False,
        max_length=LONGEST_PLAN,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Numbers and qualifications; no identity numbers, no telephones."),
    )
    papers = ManyFilesField(
        label=_("Papers to be added"),
        required=False,
        help_text=_("PDF, JPEG, PNG, WebP, Word or Excel, at most 10 MB each; sealed until the offers are opened."),
    )

    def offered(self) -> Offered:
        """Return what was typed."""
        given = self.cleaned_data
        files = [(file.name, file.read()) for file in given["papers"]]
        return Offered(given["amount"], given["plan"], given["team"], files)


class OfferForm(OfferChangeForm):
    """A new offer of one of the organizations that one acts for."""

    organization = forms.ModelChoiceField(SocialOrganization.objects.none(), label=_("organization"), empty_label=None)
    field_order = ("organization",)

    def __init__(self, *args: Any, organizations: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, organization=SocialOrganization.objects.filter(pk__in=organizations).order_by("pk"))


def _people(text: str) -> list[User]:
    names = [name.strip() for name in text.splitlines() if name.strip()]
    found = people_named(names)
    if unknown := [name for name in names if name not in found]:
        raise ValidationError(
            _("There is nobody with the log-in name or mobile number “%(name)s”."), params={"name": unknown[0]}
        )
    return [found[name] for name in names]


class CommitteeForm(forms.Form):
    """Who judges the offers."""

    experts = forms.CharField(
        label=_("Experts by their log-in names or mobile numbers, one a line"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("Whoever is or was tied to a bidder is refused."),
    )
    for_buyer = forms.CharField(
        label=_("For the buyer, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )

    def clean_experts(self) -> list[User]:
        """Find the persons."""
        return _people(self.cleaned_data["experts"])

    def clean_for_buyer(self) -> list[User]:
        """Find the persons."""
        return _people(self.cleaned_data["for_buyer"])


def members_of(typed: Mapping[str, Any]) -> list[tuple[User, str]]:
    """Return the members of a committee with what they sit there for, from what was typed."""
    experts = [(person, str(SeatKind.EXPERT)) for person in typed["experts"]]
    return [*experts, *((person, str(SeatKind.BUYER)) for person in typed["for_buyer"])]


class PointsField(forms.DecimalField):
    """Points as people write them: an exponent is a slip."""

    def to_python(self, value: Any) -> Any:
        """Refuse 1e1."""
        if "e" in str(value or "").casefold():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class ScoreForm(forms.Form):
    """One's points for each admitted offer under each criterion but the price."""

    def __init__(
        self,
        *args: Any,
        offers: Sequence[PurchaseOffer] = (),
        criteria: Sequence[PurchaseCriterion] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pairs = [(offer, criterion) for offer in offers for criterion in criteria]
        for offer, criterion in self.pairs:
            self.fields[f"points-{offer.pk}-{criterion.pk}"] = PointsField(
                label=f"{offer.organization.name} · {criterion.name}",
                min_value=0,
                max_value=criterion.points,
                max_digits=5,
                decimal_places=2,
                help_text=_("0 to %(most)s points") % {"most": criterion.points},
            )

    def points(self) -> dict[tuple[int, int], Decimal]:
        """Return the points by offer and criterion."""
        return {
            (offer.pk, criterion.pk): self.cleaned_data[f"points-{offer.pk}-{criterion.pk}"]
            for offer, criterion in self.pairs
        }


class AwardForm(forms.Form):
    """The award that is proposed, with what the three parties undertake."""

    offer = forms.ModelChoiceField(PurchaseOffer.objects.none(), label=_("offer"), empty_label=None)
    reason = forms.CharField(label=_("why this offer"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    buyer_duties = forms.CharField(
        label=_("what the buyer undertakes"),
        widget=forms.Textarea(attrs={"rows": 3}),
        initial=lambda: usual_duties().buyer,
    )
    landing_duties = forms.CharField(
        label=_("what the community undertakes"),
        widget=forms.Textarea(attrs={"rows": 3}),
        initial=lambda: usual_duties().landing,
    )
    organization_duties = forms.CharField(
        label=_("what the organization undertakes"),
        widget=forms.Textarea(attrs={"rows": 3}),
        initial=lambda: usual_duties().organization,
    )

    def __init__(self, *args: Any, purchase: Purchase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = standings(purchase) if purchase is not None else []
        rows = PurchaseOffer.objects.filter(pk__in=[one.offer.pk for one in standing])
        offer_rows(self, offer=rows.select_related("purchase", "organization").order_by("pk"))
        if purchase is not None and competes(purchase.procedure):
            self.about = "\n".join(f"{number}. {one}" for number, one in enumerate(standing, start=1))
        if standing:
            self.initial.setdefault("offer", standing[0].offer.pk)


class PublishForm(forms.Form):
    """The notice of an award."""

    contact = forms.CharField(label=_("contact"), max_length=200)


class PaymentForm(forms.Form):
    """A payment of public money, as the treasury's document has it."""

    amount = AmountField(label=_("amount"))
    paid_on = day_field(_("paid on"))
    document_number = forms.CharField(label=pgettext_lazy("payment", "document number"), max_length=LONGEST_NUMBER)
    purpose = forms.CharField(label=pgettext_lazy("use", "purpose"), max_length=200)


class SupplementForm(ReasonForm):
    """A supplement of at most a tenth, with its reason."""

    amount = AmountField(label=_("amount"))
