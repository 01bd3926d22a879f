"""Enterprises in Excel: a row is found by its credit code, else by community and name, and goes through the operations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Choices
from django.utils.translation import gettext_lazy
from import_export import fields

from communities.territory.spreadsheet import PlacedResource, TextXLSX, cell_day
from funds.enterprises import operations
from funds.enterprises.models import CommunityEnterprise, LegalForm
from governance.money import parse_yuan
from socialorgs.register.policy import read_credit_code

__all__ = ["COLUMNS", "EnterpriseResource", "TextXLSX"]

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


class EnterpriseResource(PlacedResource):
    """One enterprise a row. `import_data` needs `user`, who must hold the right, and `now`."""

    columns = COLUMNS
    required = ("street", "community", "name", "legal_form", "business_lines", "founded_on")
    choices: ClassVar[dict[str, type[Choices]]] = {"legal_form": LegalForm}

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

    def read(self, key: str, text: str, value: Any) -> Any:
        """Read days, amounts and credit codes; everything else is text."""
        if key == "founded_on":
            return cell_day(value)
        if key == "registered_capital":
            return parse_yuan(text) if text else Decimal(0)
        return read_credit_code(text) if key == "credit_code" and text else text

    def known(self) -> CommunityEnterprise | None:
        """Find the enterprise by its credit code, else by community and name."""
        rows = CommunityEnterprise.objects.select_related("division__parent")
        if code := self.values["credit_code"]:
            return rows.filter(credit_code=code).first()
        return rows.filter(division=self.division, name=self.values["name"]).first()

    def enter(self, wanted: dict[str, Any]) -> CommunityEnterprise:
        """Enter a new enterprise."""
        return operations.enter_enterprise(by=self.by, division=self.division, now=self.now, **wanted)

    def edit(self, instance: CommunityEnterprise, wanted: dict[str, Any]) -> CommunityEnterprise:
        """Edit a known one."""
        return operations.edit_enterprise(by=self.by, enterprise=instance, now=self.now, **wanted)
