"""What each field of the app holds, and how long a row is kept (Basis: domain.md §11.3)."""

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
