"""The period over which rates are asked: half-open, the year so far by default."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid

LONGEST = dt.timedelta(days=366 * 3)


class PeriodBackwards(Invalid):
    """A period begins before it ends."""

    code = "period_backwards"
    message = _("The period must begin before it ends, and be three years at most.")


@dataclass(frozen=True, slots=True)
class Period:
    """From a day up to before another."""

    since: dt.date
    until: dt.date

    @classmethod
    def of(cls, since: dt.date | None, until: dt.date | None, today: dt.date) -> Period:
        """Return the period that is asked for.

        Raises:
            PeriodBackwards: it runs backwards or is too long.
        """
        end = until or today + dt.timedelta(days=1)
        begin = since or dt.date(end.year if end.month > 1 or end.day > 1 else end.year - 1, 1, 1)
        if not begin < end or end - begin > LONGEST:
            raise PeriodBackwards(field="since")
        return cls(begin, end)
