"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

"""What each field of the app holds, and how long a row is kept.

Basis: Personal Information Protection Law art. 19; Rules on Accounting Archives art. 14; product default.
"""

FIELDS: dict[str, dict[str, str]] = {
    "OutboxEvent": {
        "id": "INTERNAL",
        "event_id": "INTERNAL",
        "transaction_id": "INTERNAL",
        "topic": "INTERNAL",
        "object_label": "INTERNAL",
        "object_key": "INTERNAL",
        "division_key": "INTERNAL",
        "payload": "INTERNAL",
        "created_at": "INTERNAL",
        "due_at": "INTERNAL",
        "attempts": "INTERNAL",
        "relayed_at": "INTERNAL",
        "last_error": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "OutboxEvent": "1 year after relay",
}
