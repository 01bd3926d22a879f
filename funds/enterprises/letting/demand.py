"""The letter by which late rent is demanded from a lessee, as PDF (Basis: Civil Code art. 722)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from funds.enterprises.letting.policy import MonthState
from funds.enterprises.letting.queries import months_of
from governance.money import ZERO
from governance.printing import render

if TYPE_CHECKING:
    from funds.enterprises.letting.models import Letting


def print_demand(letting: Letting) -> bytes:
    """Return the letter of the last demand: the months that were late on its day, and the day to pay by.

    Charges and receipts must be loaded. What has come since is left out of the letter.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    day = letting.demanded_on or dt.date.max
    months = [month for month in months_of(letting, day) if month.state == MonthState.OVERDUE]
    total = sum((month.left for month in months), ZERO)
    return render("funds/enterprises/demand.html", {"letting": letting, "months": months, "total": total})
