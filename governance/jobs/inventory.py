"""What each field of the app holds, and how long a row is kept (Basis: Personal Information Protection Law art. 19)."""

"""What each field of the app holds, and how long a row is kept.

Basis: Personal Information Protection Law art. 19; Rules on Accounting Archives art. 14; product default.
"""

FIELDS: dict[str, dict[str, str]] = {
    "Job": {
        "id": "INTERNAL",
        "kind": "INTERNAL",
        "parameters": "INTERNAL",
        "parent": "INTERNAL",
        "key": "INTERNAL",
        "status": "INTERNAL",
        "requested_by": "INTERNAL",
        "requested_at": "INTERNAL",
        "due_at": "INTERNAL",
        "started_at": "INTERNAL",
        "finished_at": "INTERNAL",
        "lease_token": "INTERNAL",
        "lease_until": "INTERNAL",
        "attempts": "INTERNAL",
        "done": "INTERNAL",
        "total": "INTERNAL",
        "counts": "INTERNAL",
        "failures": "INTERNAL",
        "last_error": "INTERNAL",
    },
}

RETENTION: dict[str, str] = {
    "Job": "1 year after the end",
}
