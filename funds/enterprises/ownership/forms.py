"""The shape of what is typed about shareholders."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from communities.policy.models import PolicyDocument
from communities.territory.spreadsheet import spoken
from funds.enterprises.ownership.models import HolderKind, Shareholder
from funds.enterprises.ownership.operations import Holding
from governance.errors import DomainError
from governance.money import ZERO, format_yuan, parse_yuan

PARTS = 3


class ShareholdersForm(forms.Form):
    """All shareholders, one a line: kind, name, share, what was paid in."""

    valid_from = forms.DateField(
        label=_("valid from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    holdings = forms.CharField(
        label=_("shareholders"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    document = forms.ModelChoiceField(
        label=_("decision"), queryset=PolicyDocument.objects.order_by("-pk"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = _(
            "One a line, separated by commas: kind (%(kinds)s), name, share with a percent sign or as a part of 1, and "
            "what was paid in. The shares add up to 100 %%. All present shareholders are replaced."
        )
        self.fields["holdings"].help_text = text % {"kinds": "、".join(str(kind.label) for kind in HolderKind)}

    def clean_holdings(self) -> list[Holding]:
        """Read the lines; what cannot be read is named by its line."""
        words = spoken(HolderKind)
        lines = enumerate(self.cleaned_data["holdings"].splitlines(), start=1)
        return [_holding(number, line, words) for number, line in lines if line.strip()]


def _holding(number: int, line: str, words: dict[str, str]) -> Holding:
    parts = [part.strip() for part in line.replace("，", ",").split(",", PARTS)]
    kind, name, share, paid = [*parts, "", "", "", ""][: PARTS + 1]
    wrong = ValidationError(_("Line %(number)s cannot be read: %(line)s"), params={"number": number, "line": line})
    try:
        part = Decimal(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
        contributed = parse_yuan(paid) if paid else ZERO
    except (InvalidOperation, DomainError) as error:
        raise wrong from error
    if kind not in words or not name or not part.is_finite():
        raise wrong
    return Holding(words[kind], name, part, contributed)


def written(parts: list[Shareholder]) -> dict[str, Any]:
    """Return the present shareholders as the form takes them."""
    lines = (
        f"{part.get_kind_display()}, {part.name}, {part.percent}%, {format_yuan(part.contributed).replace(',', '')}"
        for part in parts
    )
    return {"holdings": "\n".join(lines)}
