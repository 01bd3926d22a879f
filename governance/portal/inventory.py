"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

FIELDS: dict[str, dict[str, str]] = {
    "Heartbeat": {
        "id": "INTERNAL",
        "at": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "Heartbeat": "one row, overwritten",
}
