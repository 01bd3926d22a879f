"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

"""What each field of the app holds, and how long a row is kept.

Basis: Personal Information Protection Law art. 19; Rules on Accounting Archives art. 14; product default.
"""

FIELDS: dict[str, dict[str, str]] = {
    "AuditEntry": {
        "id": "INTERNAL",
        "at": "INTERNAL",
        "actor": "INTERNAL",
        "verb": "INTERNAL",
        "object_label": "INTERNAL",
        "object_key": "INTERNAL",
        "object_name": "INTERNAL",
        "before": "INTERNAL",
        "after": "INTERNAL",
        "reason": "INTERNAL",
        "basis": "INTERNAL",
    },
    "AuditSeal": {
        "id": "INTERNAL",
        "day": "INTERNAL",
        "first_id": "INTERNAL",
        "last_id": "INTERNAL",
        "count": "INTERNAL",
        "previous_digest": "INTERNAL",
        "digest": "INTERNAL",
        "sealed_at": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "AuditEntry": "30 years (accounting archive)",
    "AuditSeal": "30 years (accounting archive)",
}
