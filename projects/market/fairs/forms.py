"""The forms of fairs: what is typed on the pages and on the desk."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.queries import appointments_of
from governance.forms import ToOperation, choice_named, offer_choices, offer_rows, words_of
from projects.contracts.lifecycle import SIGNED
from projects.contracts.models import Contract
from projects.contracts.policy import ServiceField
from projects.market.fairs.models import FairIntention, FairProject, MatchFair
from projects.market.fairs.operations import Listed
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accounts.models import User

PARTS = (3, 4)


class FairForm(ToOperation):
    """What is entered of a fair on the desk."""

    class Meta:
        model = MatchFair
        fields: ClassVar[list[str]] = ["title", "division", "place", "starts_at", "ends_at"]


class ListForm(forms.Form):
    """Projects for the list, one a line: title, field, place, and the amount where it is known."""

    lines = forms.CharField(
        label=pgettext_lazy("fair", "Projects, one a line"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Title | field | place | amount in yuan (may be left out)"),
    )

    def clean(self) -> dict[str, Any]:
        """Read the lines; the first that says too little is named."""
        data = super().clean() or {}
        if "lines" in data:
            data["listed"] = [self._read(line) for line in data["lines"].splitlines() if line.strip()]
        return data

    @staticmethod
    def _read(line: str) -> Listed:
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        field = choice_named(ServiceField, parts[1]) if len(parts) in PARTS else ""
        if not field or not all(parts[:3]):
            raise ValidationError(
                _("“%(line)s” is no project. Fields: %(fields)s"),
                params={"line": line, "fields": words_of(ServiceField)},
            )
        try:
            amount = Decimal(parts[3]) if len(parts) == max(PARTS) and parts[3] else None
        except InvalidOperation as error:
            raise ValidationError(_("“%(text)s” is no amount."), params={"text": parts[3]}) from error
        return Listed(parts[0], field, parts[2], amount)


class IntentionForm(forms.Form):
    """Which project one's organization or enterprise wants to carry out."""

    project = forms.ModelChoiceField(label=pgettext_lazy("fair", "Project"), queryset=FairProject.objects.none())
    organization = forms.ModelChoiceField(
        label=pgettext_lazy("fair", "Organization"), queryset=SocialOrganization.objects.none(), required=False
    )
    enterprise = forms.ModelChoiceField(
        label=pgettext_lazy("fair", "Community enterprise"), queryset=CommunityEnterprise.objects.none(), required=False
    )
    note = forms.CharField(label=pgettext_lazy("fair", "What is intended"), max_length=300, required=False)

    def __init__(
        self, *args: Any, fair: MatchFair, user: User, shown: Sequence[FairProject] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        own = SocialOrganization.objects.filter(pk__in=organizations_of(user)).order_by("name", "pk")
        firms = CommunityEnterprise.objects.filter(pk__in=[row.enterprise_id for row in appointments_of(user)])
        offer_rows(self, project=fair.projects.order_by("number"), organization=own, enterprise=firms.order_by("pk"))
        if shown is not None:
            offer_choices(self, project=[("", "—"), *((row.pk, f"{row.number}. {row.title}") for row in shown)])


class SignForm(forms.Form):
    """The contract that came of an intention."""

    contract = forms.ModelChoiceField(
        label=pgettext_lazy("fair", "Contract"), queryset=Contract.objects.none(), required=False
    )
    reference = forms.CharField(
        label=pgettext_lazy("fair", "Number of a contract outside the platform"), max_length=80, required=False
    )

    def __init__(self, *args: Any, intention: FairIntention, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Contract.objects.filter(organization=intention.organization_id, status__in=SIGNED)
        offer_rows(self, contract=own.order_by("-pk"))
