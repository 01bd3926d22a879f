"""How a month is written (pure)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from governance.calendar.days import FIRST_YEAR, LAST_YEAR
from governance.errors import Invalid

_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?([-/.]\s*0?1(\s+00:00:00)?)?")
DECEMBER = 12


class NotAMonth(Invalid):
    """The text is no month."""

    code = "not_a_month"
    message = _("“%(text)s” is not a month. Write it as 2025-03.")


def read_month(text: str) -> dt.date:
    """Return the first day of a month as people write it: 2025-03, 2025/3, 2025年3月, also in full-width digits.

    Raises:
        NotAMonth: with the text as it was given.
    """
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or not 1 <= int(found[2]) <= DECEMBER or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise NotAMonth(field="month", text=text)
    return dt.date(int(found[1]), int(found[2]), 1)
