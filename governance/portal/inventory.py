"""What each field of the app holds, and how long a row is kept (Basis: domain.md §11.3)."""

FIELDS: dict[str, dict[str, str]] = {
    "Heartbeat": {
        "id": "INTERNAL",
        "at": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "Heartbeat": "one row, overwritten",
}
