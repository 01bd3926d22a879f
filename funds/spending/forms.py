"""The shape of what is typed about requests, resolutions and payments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultation.decisions.models import Decision
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from funds.charity.forms import AmountField
from funds.charity.models import CommunityFund
from funds.ledger.models import FREE, Account, AccountKind
from funds.spending.asking import FINAL
from funds.spending.models import Duty, Purpose, SpendingRequest, Stand
from governance.calendar import clock
from governance.errors import DomainError
from governance.forms import ToOperation, offer_rows
from governance.money import format_yuan, parse_yuan
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from communities.bodies.models import BodyMembership

DAY = {"type": "date"}


def read_lines(text: str) -> list[tuple[str, Decimal]]:
    """Read a budget, one line each: what for, then the amount after the last comma, colon, tab or blank.

    Raises:
        ValidationError: a line has no description or no amount; it is named by its number.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.replace("，", ",").replace("：", ":").strip().removesuffix("元")
        if not plain:
            continue
        cut = max(plain.rfind(sign) for sign in ",: \t")
        try:
            found.append((plain[:cut].strip(" ,:\t") if cut > 0 else "", parse_yuan(plain[cut + 1 :])))
        except DomainError as refusal:
            shown = {"number": number, "line": line}
            raise ValidationError(_("Line %(number)s cannot be read: %(line)s"), params=shown) from refusal
        if not found[-1][0]:
            raise ValidationError(
                _("Line %(number)s cannot be read: %(line)s"), params={"number": number, "line": line}
            )
    return found


class DecisionField(forms.ModelChoiceField[Decision]):
    """A decision by its number and what it is about; nobody knows it by the number alone."""

    def label_from_instance(self, obj: Decision) -> str:
        """Name the topic."""
        return f"{obj.number} {obj.topic.title}"


class MatterField(forms.ModelChoiceField[Matter]):
    """A matter by its number and title."""

    def label_from_instance(self, obj: Matter) -> str:
        """Name what it is about, by its summary where there is one."""
        return f"{obj.number} {obj.summary or obj.title}"


class RequestForm(forms.Form):
    """A request to one fund: for which decision, what for, how much."""

    decision = DecisionField(label=_("decision"), queryset=Decision.objects.none(), required=False)
    topic = forms.ModelChoiceField(
        label=_("topic"),
        queryset=Topic.objects.none(),
        required=False,
        help_text=_("For a small use or emergency relief that no decision stands behind yet."),
    )
    matter = MatterField(
        label=_("need"),
        queryset=Matter.objects.none(),
        required=False,
        help_text=_("The matter in which the need was told."),
    )
    title = forms.CharField(label=_("title"), max_length=120)
    purpose = forms.ChoiceField(label=_("kind of use"), choices=Purpose.choices)
    duty = forms.ChoiceField(label=_("who would have to pay for it otherwise"), choices=Duty.choices)
    is_emergency = forms.BooleanField(
        label=_("emergency relief"),
        required=False,
        help_text=_("Hardship relief that cannot wait for the committee; it ratifies it within the days of the rules."),
    )
    plan = forms.CharField(label=_("plan"), widget=forms.Textarea(attrs={"rows": 5}))
    beneficiaries = forms.CharField(label=_("beneficiaries"), max_length=200)
    amount = AmountField(label=_("amount"))
    lines = forms.CharField(
        label=_("budget"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One line each: what for, a comma, the amount in yuan. The lines sum to the amount."),
    )
    pool = forms.ModelChoiceField(
        label=_("pool"), queryset=Account.objects.none(), required=False, empty_label=_("free money")
    )
    organization = forms.ModelChoiceField(
        label=_("organization to be paid"),
        queryset=SocialOrganization.objects.none(),
        required=False,
        help_text=_("Where it is known already. Members of the committee who act for it withdraw from the vote."),
    )

    def __init__(self, *args: Any, fund: CommunityFund, request: SpendingRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decisions = Decision.objects.in_division(fund.division).filter(status__in=FINAL).select_related("topic")
        pools = Account.objects.filter(book=fund.book_id, kind=AccountKind.POOL).exclude(code=FREE)
        near = fund.division.parent or fund.division
        bodies = SocialOrganization.objects.in_division(near).filter(status=OrganizationStatus.ACTIVE)
        topics = Topic.objects.in_division(fund.division).exclude(status=TopicStatus.PREPARED)
        matters = Matter.objects.in_division(fund.division).exclude(status=MatterStatus.WITHDRAWN)
        offer_rows(
            self,
            decision=decisions.order_by("-pk"),
            topic=topics.order_by("-pk"),
            matter=matters.order_by("-pk"),
            pool=pools.order_by("code"),
            organization=bodies.order_by("name", "pk"),
        )
        if request is not None:
            for name in ("decision", "topic", "matter", "is_emergency"):
                del self.fields[name]

    def clean_lines(self) -> list[tuple[str, Decimal]]:
        """Read the budget."""
        return read_lines(self.cleaned_data["lines"])


def written(request: SpendingRequest) -> dict[str, Any]:
    """Return what stands in a request, for its form; one query for the lines."""
    budget = (f"{line.description}, {format_yuan(line.amount).replace(',', '')}" for line in request.lines.all())
    names = ("title", "purpose", "duty", "plan", "beneficiaries", "amount", "pool", "organization")
    return {**{name: getattr(request, name) for name in names}, "lines": "\n".join(budget)}


class ResolutionForm(forms.Form):
    """A meeting of the committee: each member's vote, and what the ladder asks for."""

    met_on = forms.DateField(label=_("met on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    supervisor_opinion = forms.CharField(
        label=_("opinion of the supervisor"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    party_consent = forms.CharField(
        label=_("consent of the community's party committee"),
        required=False,
        max_length=200,
        help_text=_("Day and number, where the ladder asks for it."),
    )
    residents_meeting = forms.CharField(
        label=_("resolution of the residents' meeting"),
        required=False,
        max_length=200,
        help_text=_("Day and result, where the ladder asks for it."),
    )
    minutes = forms.CharField(
        label=_("minutes"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=5000
    )

    def __init__(self, *args: Any, members: list[BodyMembership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members
        for member in members:
            chair = gettext(" (chair)") if member.is_chair else ""
            self.fields[f"stand_{member.pk}"] = forms.ChoiceField(
                label=f"{member.name}{chair}", choices=Stand.choices, initial=Stand.ABSENT
            )
            self.fields[f"reason_{member.pk}"] = forms.CharField(
                label=gettext("%(member)s withdraws because") % {"member": member.name}, required=False, max_length=200
            )
        votes = [f"{part}_{member.pk}" for member in members for part in ("stand", "reason")]
        self.order_fields(["met_on", *votes])

    def clean(self) -> dict[str, Any]:
        """Gather the votes as the operation takes them."""
        data = self.cleaned_data
        if self.errors:
            return data
        stands = {member.pk: (data[f"stand_{member.pk}"], data[f"reason_{member.pk}"]) for member in self.members}
        names = ("met_on", "supervisor_opinion", "party_consent", "residents_meeting", "minutes")
        return {**{name: data[name] for name in names}, "stands": stands}


class PaymentForm(forms.Form):
    """One instalment."""

    number = forms.IntegerField(label=_("instalment"), min_value=1, max_value=999)
    amount = AmountField(label=_("amount"))
    payee = forms.CharField(
        label=_("payee"), max_length=120, required=False, help_text=_("Empty for the organization's name.")
    )
    organization = forms.ModelChoiceField(
        label=_("organization"), queryset=SocialOrganization.objects.none(), required=False
    )
    note = forms.CharField(label=_("what for"), max_length=200, required=False)

    def __init__(self, *args: Any, request: SpendingRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = request.fund.division
        bodies = SocialOrganization.objects.in_division(place.parent or place)
        offer_rows(self, organization=bodies.filter(status=OrganizationStatus.ACTIVE).order_by("name", "pk"))


class PaidForm(forms.Form):
    """When the money left, and the slip that proves it."""

    paid_on = forms.DateField(
        label=_("paid on"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), initial=clock.today
    )
    bank_reference = forms.CharField(label=_("number of the bank slip"), max_length=80)


class DeskRequestForm(ToOperation):
    """A request as it is entered on the desk; a restricted pool is chosen when the draft is changed."""

    amount = AmountField(label=_("amount"))
    lines = forms.CharField(
        label=_("budget"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One line each: what for, a comma, the amount in yuan. The lines sum to the amount."),
    )

    class Meta:
        model = SpendingRequest
        fields: ClassVar[list[str]] = [
            "fund",
            "decision",
            "topic",
            "matter",
            "title",
            "purpose",
            "duty",
            "is_emergency",
            "plan",
            "beneficiaries",
            "amount",
            "organization",
        ]

    def clean_lines(self) -> list[tuple[str, Decimal]]:
        """Read the budget."""
        return read_lines(self.cleaned_data["lines"])
