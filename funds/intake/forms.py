"""The shape of what is typed about files of donations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.appeals.models import HIDDEN, Appeal
from funds.charity.models import CommunityFund, HostCharity, own_charities
from funds.intake.models import ColumnMapping, MappingKind
from funds.intake.operations import LAYOUTS
from governance.forms import offer_rows


class FileForm(forms.Form):
    """A platform's file for one fund."""

    file = forms.FileField(
        label=_("file of donations"),
        help_text=_("CSV (UTF-8 or GB18030) or XLSX, at most 30 MB and 200,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    mapping = forms.ModelChoiceField(
        label=_("columns"),
        queryset=ColumnMapping.objects.none(),
        required=False,
        empty_label=_("find the headings"),
    )
    appeal = forms.ModelChoiceField(label=_("appeal"), queryset=Appeal.objects.none(), required=False)

    def __init__(self, *args: Any, fund: CommunityFund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mappings = (
            ColumnMapping.objects.of(MappingKind.DONATIONS).filter(charity=fund.charity_id).order_by("name", "pk")
        )
        appeals = Appeal.objects.filter(fund=fund).exclude(status__in=HIDDEN).order_by("-pk")
        offer_rows(self, mapping=mappings, appeal=appeals)


class DeskFileForm(forms.Form):
    """A platform's file for a fund that is chosen."""

    fund = forms.ModelChoiceField(label=_("fund"), queryset=CommunityFund.objects.none())
    file = FileForm.base_fields["file"]
    mapping = forms.ModelChoiceField(
        label=_("columns"),
        queryset=ColumnMapping.objects.none(),
        required=False,
        empty_label=_("find the headings"),
    )
    appeal = forms.ModelChoiceField(label=_("appeal"), queryset=Appeal.objects.none(), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        funds = CommunityFund.objects.handled_by(user).taking_donations().order_by("name")
        mappings = ColumnMapping.objects.of(MappingKind.DONATIONS).visible_to(user).for_list()
        appeals = Appeal.objects.visible_to(user).filter(fund__in=funds).exclude(status__in=HIDDEN).order_by("-pk")
        offer_rows(self, fund=funds, mapping=mappings, appeal=appeals)


class ConfirmForm(forms.Form):
    """Whether rows that cannot be used are left out."""

    leave_out_bad = forms.BooleanField(label=_("leave the unusable rows out"), required=False)


class DiscardForm(forms.Form):
    """Why a file is discarded."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class PublishForm(forms.Form):
    """Who issues the receipts of a file's donations."""

    note = forms.CharField(label=_("who issues the receipts"), max_length=200)


class MappingForm(forms.Form):
    """How a platform heads its columns; a subclass of another `kind` asks for a bank's."""

    kind = MappingKind.DONATIONS
    charity = forms.ModelChoiceField(label=_("charity"), queryset=HostCharity.objects.none())
    name = forms.CharField(label=_("platform or bank"), max_length=60)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = HostCharity.objects.filter(pk__in=own_charities(user)).order_by("name", "pk")
        offer_rows(self, charity=mine)
        self.fields["charity"].initial = mine.first()
        layout = LAYOUTS[self.kind]
        for key, (label, known) in layout.fields.items():
            self.fields[f"column_{key}"] = forms.CharField(
                label=label,
                max_length=60,
                required=key in layout.needed,
                help_text=_("The heading in the file, such as %(heading)s.") % {"heading": known[0]},
            )

    def columns(self) -> dict[str, str]:
        """Return our columns with their headings."""
        return {key: self.cleaned_data[f"column_{key}"] for key in LAYOUTS[self.kind].fields}
