"""What is asked for when a purchase is planned, checked and announced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from governance.calendar import clock
from governance.forms import ToOperation, offer_choices
from governance.money import format_yuan
from projects.purchasing.catalogue.forms import AmountField
from projects.purchasing.models import Purchase
from projects.purchasing.operations import Criterion
from projects.purchasing.policy import NEEDS_A_REASON, NegativeGround
from socialorgs.register.strengths.queries import fields_of

USUAL_PRICE_POINTS = 20


class PurchaseForm(ToOperation):
    """The plan of a purchase, as staff enter it."""

    amount = AmountField(label=pgettext_lazy("purchase", "at most"))
    price_points = forms.IntegerField(
        label=_("points of the price"), min_value=1, max_value=100, initial=USUAL_PRICE_POINTS
    )
    criteria = forms.CharField(
        label=_("further criteria, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Points and name, such as 50 plan of the service. With the price together 100 points."),
    )

    field = forms.ChoiceField(
        label=_("field of the ability"),
        required=False,
        help_text=_("In which field bodies must be able; those whose capability was checked are found by it."),
    )

    class Meta:
        model = Purchase
        fields: ClassVar[list[str]] = [
            *("buyer", "landing", "kind", "title", "item", "handed_item", "budget_line", "service", "need"),
            *("decision", "topic", "matter", "amount", "starts_on", "ends_on", "continuity_reason", "procedure"),
            *("procedure_reason", "field"),
        ]
        help_texts: ClassVar = {
            "handed_item": _("Only for a service that was handed over."),
            "decision": _("A decision, a topic or a matter in which the need was stated, if there is one."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "procedure_reason" in self.fields:
            named = " / ".join(str(one.label) for one in NEEDS_A_REASON)
            self.fields["procedure_reason"].help_text = gettext("Needed for: %(procedures)s.") % {"procedures": named}
        if "field" in self.fields:
            offer_choices(self, field=[("", "—"), *((name, name) for name in fields_of(None, clock.today()))])

    def clean_criteria(self) -> list[tuple[int, str]]:
        """Read the lines."""
        found = []
        for line in self.cleaned_data["criteria"].splitlines():
            points, _blank, name = line.strip().partition(" ")
            if not points:
                continue
            if not points.isdecimal() or not name.strip():
                raise ValidationError(
                    _("“%(line)s” is not a whole number of points and a name, such as 50 plan of the service."),
                    params={"line": line},
                )
            found.append((int(points), name.strip()))
        return found


def planned(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan from what was typed, with the criteria as the plan has them: the price first."""
    given = dict(typed)
    price = Criterion(gettext("Price"), given.pop("price_points"), is_price=True)
    rest = [Criterion(name, points) for points, name in given.pop("criteria")]
    return {**given, "criteria": (price, *rest)}


def criteria_of(row: Purchase) -> dict[str, Any]:
    """Return the criteria of a plan as the form asks for them."""
    rows = list(row.criteria.all())
    price = next((one.points for one in rows if one.is_price), USUAL_PRICE_POINTS)
    rest = [f"{one.points} {one.name}" for one in rows if not one.is_price]
    return {"price_points": price, "criteria": "\n".join(rest)}


def _told(row: Purchase) -> str:
    """Return what a purchase is about, for who judges it by its words."""
    lines = [
        f"{row.get_kind_display()} · {row.item}",
        row.service,
        gettext("Need: %(need)s") % {"need": row.need},
        gettext("At most %(amount)s yuan, %(first)s to %(last)s")
        % {"amount": format_yuan(row.amount), "first": row.starts_on, "last": row.ends_on},
    ]
    return "\n".join(lines)


class NegativeListForm(forms.Form):
    """Each ground of the negative list, to be answered by the named officer, below what is to be bought."""

    def __init__(self, *args: Any, purchase: Purchase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = _told(purchase) if purchase is not None else ""
        for ground in NegativeGround:
            self.fields[ground.value] = forms.TypedChoiceField(
                label=ground.label,
                choices=[("no", _("No")), ("yes", _("Yes"))],
                coerce=lambda text: text == "yes",
                widget=forms.RadioSelect,
            )


class CallForm(forms.Form):
    """The announcement."""

    contact = forms.CharField(label=_("contact"), max_length=200)
    days = forms.IntegerField(
        label=_("days"), required=False, min_value=1, help_text=_("Empty for the shortest time of the law.")
    )


class SplittingForm(forms.Form):
    """Why several purchases are no splitting."""

    reason = forms.CharField(
        label=_("why this is no splitting"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500
    )
