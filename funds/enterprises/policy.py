"""What a declared period is (a calendar quarter or year, pure), and the numbers of declarations, declared."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole, yes_or_no

STATEMENTS_REQUIRED = declare(
    "enterprise.statements_required",
    _("Whether a year is declared with its balance sheet and income statement"),
    unit="yes or no",
    read=yes_or_no,
    default=False,
    basis="Accounting Law art. 20",
)
TERM_AUDIT_DAYS = declare(
    "enterprise.term_audit_days",
    _("Days before the end of the committee's term from which the audit of its enterprise is due"),
    unit="calendar days",
    read=whole,
    default=180,
    basis="Organic Law of Villagers' Committees art. 35",
)

PERIOD_MONTHS = {"QUARTER": 3, "YEAR": 12}
"""How many months a period of each kind has; its first month follows a multiple of that."""


def period_end(period_kind: str, starts_on: dt.date) -> dt.date | None:
    """Return the first day after the quarter or year that begins on this day, None where none begins."""
    months = PERIOD_MONTHS[period_kind]
    if starts_on.day != 1 or (starts_on.month - 1) % months:
        return None
    years, month = divmod(starts_on.month - 1 + months, 12)
    return dt.date(starts_on.year + years, month + 1, 1)


def periods_before(today: dt.date, *, years: int = 3) -> list[tuple[str, dt.date, dt.date]]:
    """Return the finished years and quarters of so many years back as (kind, first day, first day after), newest first."""
    found = []
    for kind, months in PERIOD_MONTHS.items():
        for year in range(today.year - years, today.year + 1):
            for month in range(1, 13, months):
                starts_on = dt.date(year, month, 1)
                ends_on = period_end(kind, starts_on)
                if ends_on and ends_on <= today:
                    found.append((kind, starts_on, ends_on))
    return sorted(found, key=lambda period: (period[2], period[0]), reverse=True)
