"""What is asked for in incubation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.forms import ToOperation, offer_rows
from socialorgs.incubation.lifecycle import SHELLS
from socialorgs.incubation.models import (
    ApplicantKind,
    CapacityItem,
    IncubationStay,
    Incubator,
    IncubatorPlace,
    ReviewVerdict,
)
from socialorgs.incubation.policy import LONGEST_TEXT, MOST_POINTS, Criterion, Phase
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of
from socialorgs.register.strengths.forms import CodeField

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = {"type": "date"}
LARGEST_FLOOR = 1_000_000


class DayField(forms.DateField):
    """A day, picked or typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs)


class LongField(forms.CharField):
    """A text of several lines."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_TEXT)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class SiteForm(ToOperation):
    """An incubator."""

    class Meta:
        model = Incubator
        fields: ClassVar[list[str]] = [
            "name",
            "tier",
            "parent",
            "division",
            "operator",
            "contract_number",
            "floor_area",
            "services",
            "opened_on",
        ]
        widgets: ClassVar[dict[str, Any]] = {"opened_on": forms.DateInput(attrs=DAY, format="%Y-%m-%d")}


class SiteEditForm(forms.Form):
    """What may be changed of an incubator; its place and its tier stay."""

    name = forms.CharField(label=_("name"), max_length=120)
    parent = forms.ModelChoiceField(label=_("site of"), queryset=Incubator.objects.none(), required=False)
    operator = CodeField(required=False, help_text=_("Of who runs it; empty where staff run it."))
    contract_number = forms.CharField(label=_("contract with who runs it"), max_length=80, required=False)
    floor_area = forms.IntegerField(
        label=_("floor area in square meters"), min_value=1, max_value=LARGEST_FLOOR, required=False
    )
    services = LongField(label=_("what it offers"))
    opened_on = DayField(label=_("opened on"))

    def __init__(self, *args: Any, incubator: Incubator, **kwargs: Any) -> None:
        plain = ("name", "parent", "contract_number", "floor_area", "services", "opened_on")
        known = {name: getattr(incubator, name) for name in plain}
        run_by = incubator.operator
        known["operator"] = (run_by.credit_code or run_by.filing_number) if run_by else ""
        kwargs["initial"] = {**known, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        above = Incubator.objects.filter(closed_on=None, division__in=incubator.division.ancestor_ids)
        offer_rows(self, parent=above.exclude(pk=incubator.pk).order_by("name", "pk"))


class PlaceForm(forms.Form):
    """A room or desk."""

    label = forms.CharField(label=_("room or desk"), max_length=60)


class PlaceEditForm(forms.Form):
    """Which room or desk, its label, and whether it can be given."""

    place = forms.ModelChoiceField(label=_("room or desk"), queryset=IncubatorPlace.objects.none())
    label = forms.CharField(label=_("new label"), max_length=60, required=False, help_text=_("Empty: it stays."))
    is_open = forms.BooleanField(label=_("can be given"), required=False, initial=True)

    def __init__(self, *args: Any, incubator: Incubator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, place=incubator.places.select_related("incubator").order_by("label"))


class WishForm(forms.Form):
    """An application."""

    kind = forms.ChoiceField(label=_("who applies"), choices=ApplicantKind.choices)
    organization = forms.ModelChoiceField(
        label=_("organization"),
        queryset=SocialOrganization.objects.none(),
        required=False,
        help_text=_("Only for organizations: one for which you act."),
    )
    name = forms.CharField(
        label=_("name"),
        max_length=120,
        required=False,
        help_text=_("Of the group or the founder. A single founder is shown to the public by the family name only."),
    )
    idea = LongField(label=_("what it wants to do"), rows=5)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, organization=SocialOrganization.objects.filter(pk__in=organizations_of(user)).order_by("name"))

    def clean(self) -> dict[str, Any]:
        """Ask for the name of whoever is no organization."""
        data = super().clean() or {}
        if data.get("kind") != ApplicantKind.ORGANIZATION and not data.get("name"):
            self.add_error("name", _("Enter the name."))
        return data


class PointsForm(forms.Form):
    """The points of one phase."""

    phase: ClassVar[str] = Phase.ENTRY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion, most in MOST_POINTS[self.phase].items():
            self.fields[criterion.lower()] = forms.IntegerField(
                label=Criterion(criterion).label,
                min_value=0,
                max_value=most,
                help_text=_("0 to %(most)s points") % {"most": most},
            )

    def points(self) -> dict[str, int]:
        """Return the points by criterion."""
        return {criterion: self.cleaned_data[criterion.lower()] for criterion in MOST_POINTS[self.phase]}

    def clean(self) -> dict[str, Any]:
        """Hand the points on as one."""
        data = super().clean() or {}
        return {**data, "points": self.points()} if not self.errors else data


class ExitForm(PointsForm):
    """The points for leaving, and what is looked at besides."""

    phase: ClassVar[str] = Phase.EXIT

    projects_done = forms.IntegerField(label=_("projects finished"), min_value=0, max_value=999)
    has_finances = forms.BooleanField(label=_("accounts are kept"), required=False)
    has_party_work = forms.BooleanField(label=_("party work is covered"), required=False)


class AdmitForm(forms.Form):
    """The place that is given."""

    place = forms.ModelChoiceField(label=_("room or desk"), queryset=IncubatorPlace.objects.none())

    def __init__(self, *args: Any, stay: IncubationStay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = stay.incubator.places.filter(is_open=True).exclude(stays__status__in=SHELLS)
        offer_rows(self, place=free.select_related("incubator").order_by("label"))


class PlanForm(forms.Form):
    """One thing to be learned or set up."""

    title = forms.CharField(label=_("what is to be learned or set up"), max_length=200)
    due_on = DayField(label=_("by"))


class DoneForm(forms.Form):
    """What of the plan is done."""

    item = forms.ModelChoiceField(label=_("item of the plan"), queryset=CapacityItem.objects.none())
    evidence = LongField(label=_("what shows it"))

    def __init__(self, *args: Any, stay: IncubationStay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, item=stay.plan_items.filter(done_on=None).order_by("due_on", "pk"))


class ReviewForm(forms.Form):
    """How the stay goes."""

    held_on = DayField(label=pgettext_lazy("review", "held on"))
    verdict = forms.ChoiceField(label=_("verdict"), choices=ReviewVerdict.choices)
    findings = LongField(label=_("findings"))


class GraduateForm(forms.Form):
    """The organization that a group or founder has become."""

    code = forms.CharField(
        label=_("credit code or filing number"),
        required=False,
        max_length=40,
        help_text=_("Of the organization that a group or a founder has become; not needed for an organization."),
    )
    organization: SocialOrganization | None = None

    def clean_code(self) -> str:
        """Find the organization in the register."""
        text: str = self.cleaned_data["code"].strip()
        if text:
            active: Iterable[str] = [OrganizationStatus.ACTIVE]
            rows = SocialOrganization.objects.filter(status__in=active)
            self.organization = rows.filter(credit_code=text.upper()).first() or rows.filter(filing_number=text).first()
            if self.organization is None:
                raise forms.ValidationError(_("The register holds no active organization under this code or number."))
        return text

    def clean(self) -> dict[str, Any]:
        """Hand the organization on."""
        return {**(super().clean() or {}), "organization": self.organization}


class ExtendForm(forms.Form):
    """A later end, and why."""

    due_on = DayField(label=_("to leave by"))
    reason = LongField(label=_("reason"))
