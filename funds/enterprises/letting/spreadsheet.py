"""Lettings in Excel: a row is known by its asset and first day, and goes through the operations."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Choices, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import fields

from communities.policy.models import PolicyDocument
from communities.territory.spreadsheet import cell_day
from funds.enterprises.letting import operations
from funds.enterprises.letting.lifecycle import LettingStatus
from funds.enterprises.letting.models import CommunityAsset, LesseeKind, Letting, Terms
from funds.enterprises.sheets import ENTERPRISE, EnterpriseSheet, YesNo
from governance.money import ZERO, parse_yuan

COLUMNS = {
    "enterprise": ENTERPRISE,
    "asset": gettext_lazy("asset"),
    "lessee_kind": gettext_lazy("kind of lessee"),
    "lessee": gettext_lazy("lessee"),
    "purpose": gettext_lazy("let for"),
    "starts_on": gettext_lazy("first day"),
    "last_day": gettext_lazy("last day"),
    "monthly_rent": gettext_lazy("rent a month"),
    "deposit": gettext_lazy("deposit"),
    "days_to_pay": gettext_lazy("days to pay"),
    "document": gettext_lazy("decision that allowed it"),
    "is_related": gettext_lazy("related party"),
    "relation": gettext_lazy("relation"),
    "recusal": gettext_lazy("who withdrew"),
}
"""Key and heading of each column, in order; headings are understood in every language, keys always."""
AMOUNTS = {"monthly_rent", "deposit"}
DAYS = {"starts_on", "last_day"}
DAYS_TO_PAY = 10
LONGEST_TO_PAY = 366


class LettingSheet(EnterpriseSheet):
    """One letting a row. New ones are drafts, which another person confirms."""

    permission = "funds.keep_lettings"
    columns = COLUMNS
    required = ("asset", "lessee_kind", "lessee", "purpose", "starts_on", "last_day", "monthly_rent", "document")
    choices: ClassVar[dict[str, type[Choices]]] = {"lessee_kind": LesseeKind, "is_related": YesNo}

    enterprise = fields.Field(column_name="enterprise", attribute="enterprise__name")
    asset = fields.Field(column_name="asset", attribute="asset__name")
    lessee_kind = fields.Field(column_name="lessee_kind", attribute="get_lessee_kind_display")
    last_day = fields.Field(column_name="last_day")
    document = fields.Field(column_name="document")
    is_related = fields.Field(column_name="is_related")

    class Meta:
        model = Letting
        fields = tuple(COLUMNS)
        export_order = tuple(COLUMNS)
        import_order = tuple(COLUMNS)
        use_transactions = True
        clean_model_instances = False

    def dehydrate_last_day(self, row: Letting) -> str:
        """Write the last day of the term."""
        return row.last_day.isoformat()

    def dehydrate_document(self, row: Letting) -> str:
        """Write the number of the decision, or its title where it has none."""
        return row.document.document_number or row.document.title

    def dehydrate_is_related(self, row: Letting) -> str:
        """Write one of two words."""
        return str(YesNo.YES.label if row.is_related else YesNo.NO.label)

    def read(self, key: str, text: str, value: Any) -> Any:
        """Read days, amounts and counts; everything else is text."""
        if key in DAYS:
            return cell_day(value)
        if key in AMOUNTS:
            return parse_yuan(text) if text else ZERO
        if key == "days_to_pay":
            if text and not (text.isdecimal() and int(text) <= LONGEST_TO_PAY):
                raise ValidationError(_("“%(text)s” is not a number of days.") % {"text": text})
            return int(text) if text else DAYS_TO_PAY
        return text

    def known(self) -> Letting | None:
        """Find the letting of the same asset and first day; one that says the same stays as it is."""
        rows = Letting.objects.exclude(status=LettingStatus.WITHDRAWN).select_related("asset", "enterprise__division")
        row = rows.filter(
            enterprise=self.firm, asset__name=self.values["asset"], starts_on=self.values["starts_on"]
        ).first()
        self.terms = self._terms(row)
        wanted = self.terms.values()
        self.is_same = row is not None and all(getattr(row, name) == wanted[name] for name in wanted)
        return row

    def _terms(self, row: Letting | None) -> Terms:
        given = {key: found for key, found in self.values.items() if key not in {"enterprise", "asset", "last_day"}}
        return Terms(
            **{
                **given,
                "ends_on": self.values["last_day"] + dt.timedelta(days=1),
                "document": self._document(),
                "is_related": given["is_related"] == YesNo.YES,
                "notice": row.notice if row else None,
            }
        )

    def _document(self) -> PolicyDocument:
        """Find the decision by its number or title, the nearest place first."""
        text = self.values["document"]
        place = self.firm.division
        near = [*place.ancestor_ids, place.pk]
        rows = PolicyDocument.objects.filter(Q(division__in=near) | Q(division=None))
        found = list(rows.filter(Q(document_number=text) | Q(title=text)).order_by("-division__tier", "-pk")[:1])
        if not found:
            message = _("There is no decision “%(text)s” of this place or of one above it.") % {"text": text}
            raise ValidationError({"document": self.named(message)})
        return found[0]

    def enter(self, wanted: dict[str, Any]) -> Letting:
        """Enter a new letting as a draft."""
        assets = CommunityAsset.objects.filter(enterprise=self.firm)
        asset = assets.select_related("enterprise__division").filter(name=wanted["asset"]).first()
        if asset is None:
            message = _("The enterprise has no asset “%(name)s”.") % {"name": wanted["asset"]}
            raise ValidationError(message)
        return operations.enter_letting(by=self.by, asset=asset, terms=self.terms, now=self.now)

    def edit(self, instance: Letting, wanted: dict[str, Any]) -> Letting:
        """Change a draft."""
        del wanted
        return operations.edit_letting(by=self.by, letting=instance, terms=self.terms, now=self.now)
