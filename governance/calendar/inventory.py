"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

"""What each field of the app holds, and how long a row is kept.

Basis: Personal Information Protection Law art. 19; Rules on Accounting Archives art. 14; product default.
"""

FIELDS: dict[str, dict[str, str]] = {
    "CalendarDay": {
        "day": "PUBLIC",
        "is_workday": "PUBLIC",
        "note": "PUBLIC",
    },
    "ClockOffset": {
        "id": "INTERNAL",
        "days": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "CalendarDay": "permanent",
    "ClockOffset": "demonstration only",
}
