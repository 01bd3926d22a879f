"""The register of purchases of a place as a workbook (购买服务台账)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tablib
from django.db.models import OuterRef, Subquery, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.territory.spreadsheet import TextXLSX, wholly
from governance.calendar.days import written_until
from projects.purchasing.awarding.lifecycle import AwardStatus
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.purchasing.models import Purchase

MOST_ROWS = 5000


def purchases_sheet(purchases: QuerySet[Purchase]) -> bytes:
    """Return purchases, newest first, with their awards and what was paid; all cells are text; one query.

    Raises:
        SheetTooLong: there are more than one workbook holds.
    """
    final = PurchaseAward.objects.filter(purchase=OuterRef("pk"), status=AwardStatus.FINAL).order_by("-pk")
    paid = PublicPayment.objects.filter(award__purchase=OuterRef("pk")).order_by().values("award__purchase")
    rows: QuerySet[Any] = purchases.select_related("buyer", "landing", "item", "budget_line", "decision")
    rows = rows.annotate(
        body=Subquery(final.values("organization__name")[:1]),
        awarded=Subquery(final.values("amount")[:1]),
        paid=Subquery(paid.annotate(total=Sum("amount")).values("total")),
    )
    data = tablib.Dataset(
        headers=[
            *(_("number"), _("title"), pgettext("purchase", "buyer"), _("landing community"), _("kind")),
            *(_("item of the catalogue"), pgettext("purchase", "budget line"), _("decision"), _("procedure")),
            *(pgettext("purchase", "at most"), _("starts on"), _("ends on"), _("offers until"), _("status")),
            *(_("Awarded to"), _("Awarded"), _("Paid"), _("fiscal year")),
        ]
    )
    for row in wholly(rows.order_by("-pk"), MOST_ROWS):
        data.append(
            [
                *(row.number, row.title, row.buyer.name, row.landing.name, row.get_kind_display()),
                *(str(row.item), str(row.budget_line), row.decision.number if row.decision else ""),
                *(row.get_procedure_display(), f"{row.amount:.2f}", str(row.starts_on), str(row.ends_on)),
                *(
                    written_until(row.offers_until) if row.offers_until else "",
                    row.get_status_display(),
                    row.body or "",
                ),
                *("" if given is None else f"{given:.2f}" for given in (row.awarded, row.paid)),
                str(row.budget_line.fiscal_year),
            ]
        )
    return TextXLSX().export_data(data)
