"""The register of contracts of a place as a workbook (合同台账)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tablib
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.territory.spreadsheet import TextXLSX, wholly
from governance.money import ZERO
from projects.contracts.models import Instalment, Milestone
from projects.contracts.terms.models import AwardPayment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.contracts.models import Contract

MOST_ROWS = 5000


def contracts_sheet(contracts: QuerySet[Contract]) -> bytes:
    """Return contracts, newest first, with their milestones and what was paid; all cells are text; one query.

    Raises:
        SheetTooLong: there are more than one workbook holds.
    """
    steps = Milestone.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
    of_fund = Instalment.objects.filter(payment__status="PAID", contract=OuterRef("pk")).order_by().values("contract")
    public = AwardPayment.objects.filter(status="PAID", contract=OuterRef("pk")).order_by().values("contract")
    rows: QuerySet[Any] = contracts.select_related("division", "organization")
    rows = rows.annotate(
        steps=Subquery(steps.annotate(all=Count("pk")).values("all")),
        confirmed=Subquery(steps.annotate(done=Count("pk", filter=Q(status="CONFIRMED"))).values("done")),
        of_fund=Subquery(of_fund.annotate(total=Sum("payment__amount")).values("total")),
        public=Subquery(public.annotate(total=Sum("amount")).values("total")),
    )
    data = tablib.Dataset(
        headers=[
            *(_("number"), _("title"), _("landing community"), _("organization"), _("unified social credit code")),
            *(pgettext("contract", "kind"), _("amount"), _("starts on"), _("ends on"), _("signed on"), _("status")),
            *(_("milestones"), _("Milestones confirmed"), _("Paid")),
        ]
    )
    for row in wholly(rows.order_by("-pk"), MOST_ROWS):
        body = row.organization
        data.append(
            [
                *(row.number, row.title, row.division.name, body.name, body.credit_code or body.filing_number or ""),
                *(row.get_kind_display(), f"{row.amount:.2f}", str(row.starts_on), str(row.last_day)),
                *(str(row.signed_on or ""), row.get_status_display(), str(row.steps or 0), str(row.confirmed or 0)),
                f"{(row.of_fund or ZERO) + (row.public or ZERO):.2f}",
            ]
        )
    return TextXLSX().export_data(data)
