"""What a management fee is computed from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from governance.money import ZERO

if TYPE_CHECKING:
    from funds.charity.models import CommunityFund


def given_between(fund: CommunityFund, first: dt.date, last: dt.date) -> Decimal:
    """Return the money given to a fund on these days and not given back; one query."""
    rows = fund.donations.arrived().of_money().filter(received_on__range=(first, last))
    given: Decimal = rows.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    return given
