"""The books in Excel: a row is known by its paper, month and line, and goes through the operation."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Choices
from django.utils.translation import gettext_lazy
from import_export import fields

from communities.territory.spreadsheet import cell_text
from funds.enterprises.records import operations
from funds.enterprises.records.models import BusinessLine, BusinessRecord, EvidenceKind, RecordKind
from funds.enterprises.records.policy import read_month
from funds.enterprises.sheets import ENTERPRISE, EnterpriseSheet, YesNo
from governance.money import parse_yuan

COLUMNS = {
    "enterprise": ENTERPRISE,
    "kind": gettext_lazy("kind"),
    "line": gettext_lazy("business line"),
    "month": gettext_lazy("month"),
    "amount": gettext_lazy("amount"),
    "description": gettext_lazy("what for"),
    "party": gettext_lazy("other side"),
    "evidence_kind": gettext_lazy("kind of evidence"),
    "evidence_number": gettext_lazy("number of the evidence"),
    "is_related": gettext_lazy("related party"),
    "relation": gettext_lazy("relation"),
    "recusal": gettext_lazy("who withdrew"),
}
"""Key and heading of each column, in order; headings are understood in every language, keys always."""


class RecordSheet(EnterpriseSheet):
    """One record a row."""

    permission = "funds.keep_records"
    columns = COLUMNS
    required = ("kind", "line", "month", "amount", "description", "evidence_kind", "evidence_number")
    choices: ClassVar[dict[str, type[Choices]]] = {
        "kind": RecordKind,
        "line": BusinessLine,
        "evidence_kind": EvidenceKind,
        "is_related": YesNo,
    }

    enterprise = fields.Field(column_name="enterprise", attribute="enterprise__name")
    kind = fields.Field(column_name="kind", attribute="get_kind_display")
    line = fields.Field(column_name="line", attribute="get_line_display")
    month = fields.Field(column_name="month")
    evidence_kind = fields.Field(column_name="evidence_kind", attribute="get_evidence_kind_display")
    is_related = fields.Field(column_name="is_related")

    class Meta:
        model = BusinessRecord
        fields = tuple(COLUMNS)
        export_order = tuple(COLUMNS)
        import_order = tuple(COLUMNS)
        use_transactions = True
        clean_model_instances = False

    def dehydrate_month(self, row: BusinessRecord) -> str:
        """Write the month as it is read."""
        return f"{row.month:%Y-%m}"

    def dehydrate_is_related(self, row: BusinessRecord) -> str:
        """Write one of two words."""
        return str(YesNo.YES.label if row.is_related else YesNo.NO.label)

    def read(self, key: str, text: str, value: Any) -> Any:
        """Read months and amounts; everything else is text."""
        if key == "month":
            return read_month(cell_text(value))
        return parse_yuan(text) if key == "amount" else text

    def _noted(self) -> operations.Noted:
        given = {key: found for key, found in self.values.items() if key != "enterprise"}
        return operations.Noted(**{**given, "is_related": given["is_related"] == YesNo.YES})

    def known(self) -> BusinessRecord | None:
        """Find the standing record of the same paper; one that says the same stays as it is."""
        key = {name: self.values[name] for name in ("kind", "line", "month", "evidence_number")}
        rows = BusinessRecord.objects.standing().filter(enterprise=self.firm, **key)
        row = rows.select_related("enterprise__division").first()
        wanted = self._noted().values()
        self.is_same = row is not None and all(getattr(row, name) == wanted[name] for name in wanted)
        return row

    def enter(self, wanted: dict[str, Any]) -> BusinessRecord:
        """Enter a new record."""
        del wanted
        return operations.enter_record(by=self.by, enterprise=self.firm, noted=self._noted(), now=self.now)

    def edit(self, instance: BusinessRecord, wanted: dict[str, Any]) -> BusinessRecord:
        """Refuse another amount for a paper that is recorded: it is taken back first."""
        del instance
        return self.enter(wanted)
