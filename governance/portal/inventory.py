"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

"""What each field of the app holds, and how long a row is kept.

Basis: Personal Information Protection Law art. 19; Rules on Accounting Archives art. 14; product default.
"""

FIELDS: dict[str, dict[str, str]] = {
    "Heartbeat": {
        "id": "INTERNAL",
        "at": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "Heartbeat": "one row, overwritten",
}
