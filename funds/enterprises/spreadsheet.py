"""Enterprises in Excel: out with codes as text, in through the operations with every wrong row named.

A row is found by its credit code, else by community and name; it is entered or edited by the operation. One wrong row
and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from import_export import fields, resources
from import_export.formats.base_formats import XLSX
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.charity.policy import read_credit_code
from funds.enterprises import operations
from funds.enterprises.models import CommunityEnterprise, LegalForm
from governance.errors import DomainError
from governance.money import parse_yuan

COLUMNS = {
    "street": gettext_lazy("street"),
    "community": gettext_lazy("community"),
    "name": gettext_lazy("name"),
    "legal_form": gettext_lazy("legal form"),
    "credit_code": gettext_lazy("credit code"),
    "business_lines": gettext_lazy("business lines"),
    "registered_capital": gettext_lazy("registered capital"),
    "founded_on": gettext_lazy("founded on"),
    "charter_clause": gettext_lazy("charter clause on giving back"),
}
"""Key and heading of each column, in order; headings are understood in every language, keys always."""

REQUIRED = ("street", "community", "name", "legal_form", "business_lines", "founded_on")
WIDTH = 24


class TextXLSX(XLSX):
    """A workbook whose cells are text, so that Excel rounds no code and computes no formula."""

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """Write every cell as text, whatever it begins with."""
        del kwargs
        book = Workbook()
        sheet = book.worksheets[0]
        for line, row in enumerate([dataset.headers, *dataset], start=1):
            for column, value in enumerate(row, start=1):
                cell: Any = sheet.cell(row=line, column=column, value="" if value is None else str(value))
                cell.data_type, cell.number_format = "s", "@"
        for column in range(1, len(dataset.headers) + 1):
            sheet.column_dimensions[get_column_letter(column)].width = WIDTH
        out = BytesIO()
        book.save(out)
        return out.getvalue()


def _headings() -> dict[str, str]:
    """Return what a heading may read, with the key of its column."""
    found = {key: key for key in COLUMNS}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(heading): key for key, heading in COLUMNS.items()}
    return found


def _legal_forms() -> dict[str, str]:
    """Return what a legal form may read, with its stored value."""
    found = {form.value: form.value for form in LegalForm}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(form.label): form.value for form in LegalForm}
    return found


def _text(value: Any) -> str:
    """Return a cell as text; a number as its digits."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else str(value)
    return "" if value is None else str(value).strip()


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    try:
        return dt.date.fromisoformat(_text(value).replace("/", "-"))
    except ValueError as error:
        raise ValidationError(_("“%(text)s” is not a date. Write it as 2020-05-01.") % {"text": value}) from error


class EnterpriseResource(resources.ModelResource):  # type: ignore[type-arg]  # the stubs' parameter is not there at run time
    """One enterprise a row. `import_data` needs `user`, who must hold the right, and `now`."""

    street = fields.Field(column_name="street", attribute="division__parent__short_name")
    community = fields.Field(column_name="community", attribute="division__short_name")
    legal_form = fields.Field(column_name="legal_form", attribute="get_legal_form_display")

    class Meta:
        model = CommunityEnterprise
        fields = tuple(COLUMNS)
        export_order = tuple(COLUMNS)
        import_order = tuple(COLUMNS)
        use_transactions = True
        clean_model_instances = False

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        """Return the headings in the reader's language."""
        return [str(COLUMNS[key]) for key in super().get_export_headers(selected_fields=selected_fields)]

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Read the headings and the places once; without a needed column nothing is read at all."""
        self.by, self.now = kwargs["user"], kwargs["now"]
        known = _headings()
        dataset.headers = [known.get(_text(heading), _text(heading)) for heading in dataset.headers]
        if missing := [str(COLUMNS[key]) for key in REQUIRED if key not in dataset.headers]:
            dataset.wipe()
            raise ValidationError(_("The sheet has no column: %(names)s.") % {"names": "、".join(missing)})
        self.forms = _legal_forms()
        self.places: dict[tuple[str, str], list[Division]] = {}
        rows = Division.objects.filter(status=DivisionStatus.ACTIVE, tier=Tier.COMMUNITY, is_stub=False)
        for place in rows.filter(parent__in=self._streets()).select_related("parent"):
            for street in {place.parent.name, place.parent.short_name} if place.parent else set():
                for name in {place.name, place.short_name}:
                    self.places.setdefault((street, name), []).append(place)

    def _streets(self) -> Any:
        """Return the streets at or below the user's posts, or above them."""
        found = Division.objects.none()
        for post in self.by.posts.select_related("division"):
            found = found | Division.objects.filter(path__startswith=post.division.path)
            found = found | Division.objects.filter(pk__in=post.division.ancestor_ids)
        return found.filter(tier=Tier.STREET)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Read the cells of one row; what cannot be read is named with the row."""
        self.line = kwargs["row_number"] + 1
        self.is_blank = not any(_text(value) for value in row.values())
        if self.is_blank:
            return
        errors: dict[str, str] = {}
        self.values = {}
        for key in COLUMNS:
            try:
                self.values[key] = self._read(key, row.get(key))
            except DomainError as refusal:
                errors[key] = self._named(str(refusal))
            except ValidationError as refusal:
                errors[key] = self._named(" ".join(refusal.messages))
        if errors:
            raise ValidationError(errors)
        self.division = self._place()

    def _read(self, key: str, value: Any) -> Any:
        text = _text(value)
        if not text and key in REQUIRED:
            raise ValidationError(_("“%(name)s” is empty.") % {"name": COLUMNS[key]})
        if key == "founded_on":
            return _day(value)
        if key == "registered_capital":
            return parse_yuan(text) if text else Decimal(0)
        if key == "credit_code":
            return read_credit_code(text) if text else ""
        if key == "legal_form":
            if text not in self.forms:
                raise ValidationError(_("“%(text)s” is not a legal form.") % {"text": text})
            return self.forms[text]
        return text

    def _named(self, text: str) -> str:
        return _("Row %(row)s: %(text)s") % {"row": self.line, "text": text}

    def _place(self) -> Division:
        found = self.places.get((self.values["street"], self.values["community"]), [])
        if len(found) != 1:
            text = _("There is no community “%(community)s” in “%(street)s” within your reach.") % self.values
            raise ValidationError({"community": self._named(text)})
        return found[0]

    def get_instance(self, instance_loader: Any, row: Any) -> CommunityEnterprise | None:
        """Find the enterprise by its credit code, else by community and name."""
        del instance_loader, row
        if self.is_blank:
            return None
        rows = CommunityEnterprise.objects.select_related("division__parent")
        if code := self.values["credit_code"]:
            return rows.filter(credit_code=code).first()
        return rows.filter(division=self.division, name=self.values["name"]).first()

    def import_instance(self, instance: CommunityEnterprise, row: Any, **kwargs: Any) -> None:
        """Leave the row as it is: the operation sets what it accepts."""

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Pass over blank rows."""
        return self.is_blank

    def do_instance_save(self, instance: CommunityEnterprise, is_create: bool) -> None:  # type: ignore[override]  # noqa: FBT001 - the library's
        """Enter or edit by the operation; a refusal is named with the row."""
        wanted = {key: value for key, value in self.values.items() if key not in {"street", "community"}}
        try:
            if is_create:
                made = operations.enter_enterprise(by=self.by, division=self.division, now=self.now, **wanted)
            else:
                self._stay(instance)
                made = operations.edit_enterprise(by=self.by, enterprise=instance, now=self.now, **wanted)
        except DomainError as refusal:
            raise ValidationError({refusal.field or "name": self._named(str(refusal))}) from refusal
        except ValidationError as refusal:
            raise ValidationError({"name": self._named(" ".join(refusal.messages))}) from refusal
        instance.__dict__.update(made.__dict__)
        instance.division = self.division

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave the sequences of the database alone, where the library would reset them."""

    def _stay(self, instance: CommunityEnterprise) -> None:
        """Refuse to move an enterprise to another community: that is no correction of master data."""
        if instance.division_id != self.division.pk:
            text = _("The enterprise belongs to %(place)s.") % {"place": instance.division.name}
            raise ValidationError(text)
