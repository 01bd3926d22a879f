"""The shape of what is typed about charities, funds and donations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Seat
from communities.people.queries import posts_of
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.charity.committee import Seated
from funds.charity.models import CharityAppointment, CommunityFund, DonationStation, FundCategory, HostCharity
from governance.accounts.forms import PersonField
from governance.accounts.queries import people_named
from governance.forms import ToOperation, choice_named, words_of
from governance.money import NotAnAmount, format_yuan, parse_yuan
from socialorgs.register.queries import organization_named
from socialorgs.register.strengths.forms import CodeField

MINUS = ("-", "−", "－")

CHAIR = pgettext_lazy("fund committee", "chair")
"""By which word a line of a committee names its chair."""


class AmountField(forms.DecimalField):
    """An amount in yuan as people type it: full-width digits and thousands separators are understood."""

    widget = forms.TextInput

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        self.signed = signed
        super().__init__(**{"max_digits": 14, "decimal_places": 2, **kwargs})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones for the keyboard with digits."""
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs inherit it from integers
        """Read the text, or say what is wrong with it."""
        if value in self.empty_values:
            return None
        text = str(value).strip()
        is_negative = self.signed and text.startswith(MINUS)
        try:
            amount = parse_yuan(text[1:] if is_negative else text)
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return -amount if is_negative else amount

    def prepare_value(self, value: Any) -> Any:
        """Show an amount with two decimals, and what was typed as it was typed."""
        return format_yuan(value).replace(",", "") if isinstance(value, Decimal) else value


def reach(user: Any, *tiers: int) -> Any:
    """Return the places of these tiers at or below the user's posts that are in operation, in order."""
    found = Division.objects.none()
    for post in posts_of(user):
        found = found | Division.objects.filter(path__startswith=post.division.path)
    return found.filter(tier__in=tiers, status=DivisionStatus.ACTIVE, is_stub=False).order_by("path")


STREET_AND_COMMUNITY = (Tier.STREET, Tier.COMMUNITY)


class CharityForm(ToOperation):
    """A charity to be entered."""

    class Meta:
        model = HostCharity
        fields: ClassVar[list[str]] = [
            "name",
            "credit_code",
            "division",
            "has_public_fundraising",
            "fundraising_valid_to",
            "contact",
        ]

    credit_code = forms.CharField(label=_("credit code"))


class CharityAppointmentForm(ToOperation):
    """An appointment to be made."""

    user = PersonField()

    class Meta:
        model = CharityAppointment
        fields: ClassVar[list[str]] = ["charity", "user", "valid_from"]


class FundForm(ToOperation):
    """An application for a fund."""

    class Meta:
        model = CommunityFund
        fields: ClassVar[list[str]] = [
            *("category", "charity", "partner", "division", "name", "short_name", "purpose", "kind", "rule_pack"),
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("Empty for the name by the pattern: charity, street, community, 慈善基金."),
            "rule_pack": _("The key of the guide that the fund follows; empty for the one that the place has set."),
        }

    category = forms.ChoiceField(
        label=_("category"), choices=FundCategory.choices, initial=FundCategory.CHARITY, required=False
    )
    name = forms.CharField(label=_("name"), max_length=120, required=False)
    short_name = forms.CharField(label=_("short name"), max_length=60, required=False)

    def clean_category(self) -> str:
        """Take a fund under a charity where nothing is said."""
        return self.cleaned_data["category"] or FundCategory.CHARITY


class AgreementForm(forms.Form):
    """The number under which the agreement is signed."""

    agreement_number = forms.CharField(label=_("agreement number"), max_length=60)
    fee_rate = forms.DecimalField(
        label=_("management fee (part of a donation)"),
        max_digits=5,
        decimal_places=4,
        required=False,
        help_text=_("Such as 0.03; empty for the fee of the rules."),
    )
    ends_on = forms.DateField(
        label=_("last day of the agreement"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Empty for an agreement without an end."),
    )
    terms = forms.CharField(
        label=_("what the agreement says"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Uses, rights, end and use of the balance. Public. Write no names of persons, addresses or numbers."
        ),
    )


class StationForm(ToOperation):
    """A station to be opened."""

    valid_from = forms.DateField(
        label=_("valid from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    class Meta:
        model = DonationStation
        fields: ClassVar[list[str]] = [
            *("charity", "division", "name", "place", "hours", "contact", "takes", "valid_from"),
        ]


class StationEndForm(forms.Form):
    """The first day on which a station is closed."""

    on = forms.DateField(label=_("closed from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class CommitteeForm(forms.Form):
    """A committee, one person a line: seat, name, a log-in name where there is one, the word for the chair."""

    valid_from = forms.DateField(
        label=_("in office from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    seats = forms.CharField(
        label=_("seats"),
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=format_lazy(
            _(
                "One person a line, separated by commas: seat ({}), name, log-in name or mobile number or nothing, "
                "“{}” for the chair or nothing. Who sits for a social organization is followed by its credit code or "
                "filing number."
            ),
            words_of(Seat),
            CHAIR,
        ),
    )

    def clean_seats(self) -> list[Seated]:
        """Read the lines; what cannot be read is named by its line."""
        lines = self.cleaned_data["seats"].splitlines()
        return [_seat(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _seat(number: int, line: str) -> Seated:
    parts = [part.strip() for part in line.replace("，", ",").split(",")]
    said, name, person, chair, code = [*parts, "", "", "", "", ""][:5]
    seat = choice_named(Seat, said)
    user = people_named([person]).get(person) if person else None
    if not seat or not name or (person and user is None) or chair not in {"", "chair", str(CHAIR), gettext("chair")}:
        raise ValidationError(_("Line %(number)s cannot be read: %(line)s"), params={"number": number, "line": line})
    organization = organization_named(code) if code else None
    if code and organization is None:
        text = _("Line %(number)s: the register holds no organization under “%(code)s”.")
        raise ValidationError(text, params={"number": number, "code": code})
    return Seated(name, seat, user, is_chair=bool(chair), organization=organization)


class FillSeatForm(forms.Form):
    """One seat of a committee in office; a supervisor is named apart."""

    name = forms.CharField(label=_("name"), max_length=50)
    seat = forms.ChoiceField(
        label=_("seat"), choices=[(value, label) for value, label in Seat.choices if value != Seat.SUPERVISOR]
    )
    organization = CodeField(
        only_active=False, required=False, help_text=_("Of the organization for which the person sits, if it is one.")
    )
    user = PersonField(required=False, help_text=_("Needed to vote on the platform."))
    is_chair = forms.BooleanField(label=CHAIR, required=False)
    valid_from = forms.DateField(
        label=_("in office from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """Gather who is to sit."""
        said = super().clean() or {}
        wanted: dict[str, Any] = {key: said.get(key) for key in ("name", "seat", "user", "is_chair", "organization")}
        return {**said, "seated": Seated(**wanted)}
